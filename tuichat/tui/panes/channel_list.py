"""The channels of one guild: categories, marks of what is unread, who is in voice."""

from collections.abc import Hashable
from enum import Enum

from rich.cells import cell_len

from tuichat.translation import _
from tuichat.tui import call_gestures, gestures
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

DRAFT = "✎"  # behind the name of a channel in whose composer words wait
MUTED = "⊘"  # behind the name of a muted channel


class ChannelKind(Enum):
    """How a channel's sign looks."""

    TEXT = "#"
    NEWS = "≡"
    VOICE = "♪"
    STAGE = "◈"
    THREAD = "↳"
    FORUM = "▤"
    PRIVATE = "@"


class GuildHeadRow(ListRow, frozen=True):
    """The guild's name, how many people it has, and by which account it is seen where there are several."""

    name: str
    subtitle: str
    account: str = ""
    has_settings: bool = False

    @property
    def key(self) -> Hashable | None:
        return "head" if self.has_settings else None

    @property
    def height(self) -> int:
        return 4 if self.account else 3


class CategoryRow(ListRow, frozen=True):
    category_id: int
    name: str
    is_folded: bool = False
    is_first: bool = False

    @property
    def key(self) -> Hashable | None:
        return ("category", self.category_id)

    @property
    def height(self) -> int:
        return 1 if self.is_first else 2


class ChannelRow(ListRow, frozen=True):
    account_key: str
    channel_id: int
    name: str
    kind: ChannelKind = ChannelKind.TEXT
    is_chosen: bool = False
    is_unread: bool = False
    is_muted: bool = False
    has_draft: bool = False
    mentions: int = 0
    count: str = ""  # of people in voice
    is_live: bool = False  # a room is
    indent: int = 1

    @property
    def key(self) -> Hashable | None:
        return ("channel", self.channel_id)


class VoiceMemberRow(ListRow, frozen=True):
    """Somebody in the voice channel above; `marks` are signs with their styles, `level` how loud they are just now."""

    user_id: int
    name: str
    marks: tuple[tuple[str, str], ...] = ()
    level: str = ""
    is_speaking: bool = False

    @property
    def key(self) -> Hashable | None:
        return ("voice", self.user_id)


class InviteRow(ListRow, frozen=True):
    @property
    def key(self) -> Hashable | None:
        return "invite"

    @property
    def height(self) -> int:
        return 2


class EventsRow(ListRow, frozen=True):
    """How many events the guild has planned, and whether one is on now."""

    count: int
    is_on: bool = False

    @property
    def key(self) -> Hashable | None:
        return "events"

    @property
    def height(self) -> int:
        return 2


class WordsRow(ListRow, frozen=True):
    """A quiet sentence where there is nothing else to show."""

    text: str


AnyRow = GuildHeadRow | CategoryRow | ChannelRow | VoiceMemberRow | InviteRow | EventsRow | WordsRow


class ChannelList(LineList[AnyRow]):
    """Posts which channel was chosen."""

    def draw(self, row: AnyRow, look: Look) -> list[Line]:
        match row:
            case GuildHeadRow():
                return self._head(row, look)
            case CategoryRow():
                return self._category(row, look)
            case ChannelRow():
                return [self._channel(row, look)]
            case VoiceMemberRow():
                return [self._voice_member(row, look)]
            case InviteRow():
                return self._invite(look)
            case EventsRow():
                return self._events(row, look)
            case WordsRow():
                builder = LineBuilder(look.palette.background("side")).space(2)
                return [builder.add(fit(row.text, max(1, look.width - 3)), look.palette.style("dim")).build(look.width)]

    def _head(self, row: GuildHeadRow, look: Look) -> list[Line]:
        palette = look.palette
        background = palette.background("chosen" if look.has_cursor else "side")
        room = max(1, look.width - 3)
        lines = [LineBuilder(background).space(2).add(fit(row.name, room), palette.style("bright"))]
        if row.account:
            lines.append(LineBuilder(background).space(2).add(fit(row.account, room), palette.style("muted")))
        lines.append(LineBuilder(background).space(2).add(fit(row.subtitle, room), palette.style("dim")))
        lines.append(LineBuilder(background))
        return [line.build(look.width) for line in lines]

    def _category(self, row: CategoryRow, look: Look) -> list[Line]:
        palette = look.palette
        background = palette.background("chosen" if look.has_cursor else "side")
        builder = LineBuilder(background).space().add("▸ " if row.is_folded else "▾ ", palette.style("dim"))
        line = builder.add(fit(row.name.upper(), max(1, look.width - 4)), palette.style("dim")).build(look.width)
        blank = LineBuilder(palette.background("side")).build(look.width)
        return [line] if row.is_first else [blank, line]

    def _channel(self, row: ChannelRow, look: Look) -> Line:
        palette = look.palette
        side = palette.background("side")
        builder = LineBuilder(side)
        is_loud = row.is_unread or row.mentions > 0
        if row.is_chosen:
            builder.add("▌", palette.style("accent"))
        elif is_loud:
            builder.add("╻", palette.style("bright"))
        elif look.has_cursor:
            builder.add("›", palette.style("accent"))
        else:
            builder.space()
        inner = LineBuilder(palette.background("chosen") if row.is_chosen or look.has_cursor else side)
        badge = f" {row.mentions if row.mentions < 100 else '99+'} " if row.mentions else ""
        inner.space(row.indent)
        if row.is_chosen:
            sign = "accent"
        else:
            sign = {ChannelKind.VOICE: "good", ChannelKind.STAGE: "stage"}.get(row.kind, "dim") if row.count else "dim"
        inner.add(row.kind.value, palette.style(sign)).space()
        signs = [DRAFT] * row.has_draft + [MUTED] * (row.is_muted and not badge and not row.count)
        live = _("LIVE") if row.is_live and not badge else ""
        right = (len(badge) or (len(row.count) + 1 if row.count else 0)) + 2 * len(signs)
        right += cell_len(live) + 1 if live else 0
        room = max(1, look.width - 2 - inner.cells - right)
        name = "bright" if row.is_chosen or is_loud else "dim" if row.is_muted else "muted"
        inner.add(fit(row.name, room), palette.style(name))
        width = look.width - 2
        if signs:
            inner.space_to(width - right).add(" ".join(signs), palette.style("dim"))
        if badge:
            inner.space_to(width - len(badge)).add(badge, palette.style("badge"))
        elif row.count:
            if live:
                inner.space_to(width - right).add(live, palette.style("stage-bold"))
            inner.space_to(width - len(row.count) - 1).add(row.count, palette.style("dim"))
        for text, style, _each in inner.build(width).strip:
            builder.add(text, style or side)
        return builder.build(look.width)

    def _voice_member(self, row: VoiceMemberRow, look: Look) -> Line:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "side")).space(5)
        sign, style = ("● ", "good") if row.is_speaking else ("○ ", "dim")
        right = len(row.marks) + len(row.level)
        builder.add(sign, palette.style(style))
        room = max(1, look.width - builder.cells - right - 3)
        builder.add(fit(row.name, room), palette.style("bright" if row.is_speaking else "muted"))
        builder.space_to(look.width - right - 2)
        builder.add(row.level, palette.style("good"))
        for mark, style_name in row.marks:
            builder.add(mark, palette.style(style_name))
        return builder.build(look.width)

    def _events(self, row: EventsRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "side")).space(2)
        builder.add("◷ ", palette.style("good" if row.is_on else "dim"))
        count = _("now") if row.is_on else str(row.count)
        builder.add(fit(_("Events"), max(1, look.width - builder.cells - len(count) - 2)), palette.style("muted"))
        builder.space_to(look.width - len(count) - 2).add(count, palette.style("good" if row.is_on else "dim"))
        return [builder.build(look.width), LineBuilder(palette.background("side")).build(look.width)]

    def _invite(self, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("side")).space(2)
        style = palette.style("accent-bold" if look.has_cursor else "muted")
        builder.add(_("+ invite someone"), style)
        return [LineBuilder(palette.background("side")).build(look.width), builder.build(look.width)]

    def choose(self, row: AnyRow, action: str | None) -> None:
        match row:
            case ChannelRow():
                self.post_message(gestures.ChannelChosen(row.account_key, row.channel_id))
            case CategoryRow():
                self.post_message(gestures.CategoryToggled(row.category_id))
            case GuildHeadRow():
                self.post_message(gestures.GuildSettingsAsked())
            case VoiceMemberRow():
                self.post_message(call_gestures.VoicePersonChosen(row.user_id))
            case EventsRow():
                self.post_message(gestures.EventsAsked())
            case InviteRow():
                self.post_message(gestures.InviteAsked())
