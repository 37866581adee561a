"""How far a long piece of upkeep is, as whoever asked for it is told."""

import msgspec


class UpkeepStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last step of what went well has `is_done`; one with a `fault` is the last one, too."""

    phase: str = ""
    done: int = 0
    total: int = 0
    is_done: bool = False
    missing: list[str] = []  # files that rows name and nobody has
    fault: str | None = None
    note: str | None = None  # what came of it, in a sentence, with the last step
