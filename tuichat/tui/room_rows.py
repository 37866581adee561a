"""The rows of a room: what it is about, who speaks, who has a hand up, and who listens."""

from collections.abc import Hashable, Mapping, Sequence
from enum import Enum

import msgspec
from rich.cells import cell_len

from tuichat.client.room_view import RoomPerson, RoomView
from tuichat.client.voice_desk import Stage, VoicePerson, VoiceView
from tuichat.text.safe_text import safe_name
from tuichat.translation import _
from tuichat.tui.room_floats import Float
from tuichat.tui.spoken_rows import INDENT, Button, ButtonsRow, MeterRow, WordsRow
from tuichat.tui.widgets.line_list import ListRow

MAX_NAME_CELLS = 24
GAP = 2  # between parts of a line
MINUTE_MS = 60_000
Part = tuple[str, str]  # text and style


class Section(Enum):
    STAGE = "stage"
    HANDS = "hands"
    INVITED = "invited"
    AUDIENCE = "audience"
    CHANNEL = "channel"  # of a stage on which no room is live


class RoomContent(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page of a stage shows. `voice` is that of the call, wherever it is; `is_here` says that it is here.

    `now_ms` is Unix time, `clock_ms` that of reactions. `told_keys` are keys as they are told, by the names of a room's
    actions. `people` are those in the channel while no room is live there.
    """

    view: RoomView
    voice: VoiceView = VoiceView()
    is_here: bool = False
    may_join: bool = True
    sentence: str = ""  # what stands against joining, or what it leaves; safe
    people: tuple[VoicePerson, ...] = ()
    now_ms: int = 0
    clock_ms: int = 0
    told_keys: Mapping[str, str] = {}
    has_extension: bool = True  # the server knows more of rooms than Discord's stages

    @property
    def is_connected(self) -> bool:
        return self.is_here and self.voice.stage is Stage.CONNECTED


class FlowRow(ListRow, frozen=True):
    """Parts of a line, each in its style, `GAP` cells from each other."""

    parts: tuple[Part, ...]
    indent: int = INDENT


class FoldRow(ListRow, frozen=True):
    """The line of a description at which the rest is shown, or hidden again."""

    text: str
    style: str = "muted"

    @property
    def key(self) -> Hashable | None:
        return "description"


class LinkRow(ListRow, frozen=True):
    """`words` are safe, `address` is that of a link: quoted, with its scheme."""

    words: str
    address: str

    @property
    def key(self) -> Hashable | None:
        return "link"


class StageRow(ListRow, frozen=True):
    """A line of the stage that is nobody's: its heading, or air. `floats` are the reactions that pass it by."""

    text: str = ""
    style: str = "dim"
    indent: int = 0
    floats: tuple[Float, ...] = ()


class PersonRow(ListRow, frozen=True):
    """Somebody in the room. `name_cells` is the column that names take there; `heard` is how they sound, where one is
    in the call; `told` stands behind, `buttons` at the end."""

    section: Section
    person: RoomPerson
    name_cells: int
    heard: VoicePerson | None = None
    number: int = 0  # in the order of hands
    told: tuple[str, ...] = ()  # as much of it as there is room for
    buttons: tuple[Button, ...] = ()
    floats: tuple[Float, ...] = ()

    @property
    def key(self) -> Hashable | None:
        return (self.section, self.person.user_id)

    @property
    def words(self) -> str:
        return self.person.name


class AudienceRow(WordsRow, frozen=True):
    """The heading of the audience."""


class MoreRow(ListRow, frozen=True):
    """So many of the audience are not known yet."""

    count: int

    @property
    def key(self) -> Hashable | None:
        return "more"


AnyRow = WordsRow | ButtonsRow | MeterRow | FlowRow | FoldRow | LinkRow | StageRow | PersonRow | MoreRow


def flow(parts: Sequence[Part], width: int, indent: int = INDENT) -> list[FlowRow]:
    """Put parts into lines, breaking between them alone."""
    lines: list[list[Part]] = []
    used = 0
    for part in parts:
        cells = cell_len(part[0])
        if lines and used + GAP + cells <= width - indent:
            lines[-1].append(part)
            used += GAP + cells
        else:
            lines.append([part])
            used = cells
    return [FlowRow(tuple(line), indent) for line in lines]


def elapsed(ms: int) -> str:
    """Return how long something lasts as a clock: 4:05, 1:04:05."""
    minutes, seconds = divmod(max(0, ms) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def since(asked_ms: int | None, now_ms: int) -> str:
    """Return in words how long a hand is up."""
    if asked_ms is None:
        return ""
    ago_ms = now_ms - asked_ms
    return _("just now") if ago_ms < MINUTE_MS else _("{count} min").format(count=ago_ms // MINUTE_MS)


def name_column(people: Sequence[RoomPerson], chip: str = "") -> int:
    """Return the cells that names take below each other, with the sign of hosts behind theirs."""
    longest = [
        min(MAX_NAME_CELLS, cell_len(safe_name(each.name))) + (cell_len(chip) + 1 if chip and each.is_host else 0)
        for each in people
    ]
    return max(longest, default=0)


def tag(person: RoomPerson) -> str:
    """Return what is told of somebody besides: that it is oneself, a bot, or followed."""
    if person.is_me:
        return _("you")
    if person.is_bot:
        return _("bot")
    return _("you follow") if person.is_followed else ""
