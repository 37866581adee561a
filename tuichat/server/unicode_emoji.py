"""Unicode emojis: which texts are one, and how each is written in full."""

import functools
from importlib.resources import files

VARIATION = "\ufe0f"  # asks for a character's emoji form; people and programs leave it out
MAX_CHARACTERS = 16  # the longest sequence has ten


def qualified(text: str) -> str | None:
    """Return an emoji with all its variation selectors, None for what is no emoji."""
    if not text or len(text) > MAX_CHARACTERS:
        return None
    return _sequences().get(text.replace(VARIATION, ""))


@functools.cache
def _sequences() -> dict[str, str]:
    """Every emoji by its bare characters; read once, in a few ms."""
    lines = files(__package__).joinpath("emoji_sequences.txt").read_text().splitlines()
    sequences = [sequence for line in lines if not line.startswith("# ") for sequence in line.split()]
    return {sequence.replace(VARIATION, ""): sequence for sequence in sequences}
