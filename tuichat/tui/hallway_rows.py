"""The rows of the hallway: rooms that are live, events that come, and how each is drawn."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime

import msgspec
from rich.cells import cell_len
from rich.style import Style

from tuichat.client.hallway_board import ComingEntry, LiveEntry
from tuichat.client.state import State
from tuichat.protocol.live_room import Openness
from tuichat.protocol.user import User
from tuichat.text.hallway_words import begins, counted, elapsed, topic_of
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _, ngettext
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import ListRow, Look

FOLLOWED = "★"
WIDE = 66  # cells from which on counts are told in words
CLUB, INTEREST = "club", "interest"  # what a click on a button of a row means
CLOSED = {
    Openness.ROLE: N_("open to one role"),
    Openness.INVITED: N_("open to invited people"),
}


class Name(msgspec.Struct, frozen=True):
    """Somebody in a room: safe text."""

    name: str
    is_followed: bool = False
    is_speaker: bool = True


class HeadRow(ListRow, frozen=True):
    title: str
    has_air: bool = False  # a blank line above it

    @property
    def height(self) -> int:
        return 1 + self.has_air


class WordsRow(ListRow, frozen=True):
    """A sentence where there are no rows, and what to do next."""

    sentence: str
    hint: str = ""

    @property
    def height(self) -> int:
        return 2 if self.hint else 1


class RoomRow(ListRow, frozen=True):
    account_key: str
    channel_id: int
    topic: str
    club: str
    channel: str
    account: str
    language: str
    tags: tuple[tuple[str, bool], ...]  # and whether one chose it
    people: tuple[Name, ...]
    speakers: int
    listeners: int
    elapsed: str
    follows_club: bool
    closed: str

    @property
    def key(self) -> Hashable | None:
        return ("room", self.account_key, self.channel_id)

    @property
    def height(self) -> int:
        return 3


class EventRow(ListRow, frozen=True):
    account_key: str
    event_id: int
    name: str
    club: str
    place: str
    account: str
    creator: Name | None
    when: str
    count: int
    is_interested: bool
    follows_club: bool

    @property
    def key(self) -> Hashable | None:
        return ("event", self.account_key, self.event_id)

    @property
    def height(self) -> int:
        return 2


Row = HeadRow | WordsRow | RoomRow | EventRow


def room_row(entry: LiveEntry, state: State, accounts: Mapping[str, str], now_ms: int) -> RoomRow:
    found, room = entry.found, entry.found.room
    chosen = set(found.chosen_tags)
    speaker_ids = set(found.speaker_ids)
    people = [_name(user, state, is_speaker=user.id in speaker_ids) for user in found.people]
    closed = "" if found.may_join else _(CLOSED.get(room.openness, N_("closed to you")))
    return RoomRow(
        account_key=entry.account_key,
        channel_id=int(room.channel_id),
        topic=topic_of(found),
        club=safe_name(found.guild_name),
        channel=safe_name(found.channel_name),
        account=safe_line(accounts.get(entry.account_key, "")),
        language=safe_line(room.language),
        tags=tuple((safe_name(tag), tag in chosen) for tag in room.tags),
        people=tuple(sorted(people, key=lambda each: not each.is_speaker)),
        speakers=room.speakers,
        listeners=room.listeners,
        elapsed=elapsed(room.started_ms, now_ms),
        follows_club=state.follows.follows_guild(room.guild_id),
        closed=closed,
    )


def event_row(
    entry: ComingEntry, state: State, accounts: Mapping[str, str], now: datetime, *, is_12h: bool, is_interested: bool
) -> EventRow:
    coming, event = entry.coming, entry.coming.event
    location = "" if event.entity_metadata is None else event.entity_metadata.location
    place = coming.channel_name or (location if isinstance(location, str) else "")
    return EventRow(
        account_key=entry.account_key,
        event_id=int(event.id),
        name=safe_line(event.name),
        club=safe_name(coming.guild_name),
        place=safe_line(place),
        account=safe_line(accounts.get(entry.account_key, "")),
        creator=_name(event.creator, state) if isinstance(event.creator, User) else None,
        when=begins(coming.begins_ms, now, is_12h=is_12h),
        count=event.user_count if isinstance(event.user_count, int) else 0,
        is_interested=is_interested,
        follows_club=state.follows.follows_guild(event.guild_id),
    )


def _name(user: User, state: State, *, is_speaker: bool = True) -> Name:
    return Name(safe_name(user.display_name), state.follows.follows(user.id), is_speaker)


def draw(row: Row, look: Look) -> list[Line]:
    match row:
        case HeadRow():
            return _draw_head(row, look)
        case WordsRow():
            return _draw_words(row, look)
        case RoomRow():
            return _draw_room(row, look)
        case EventRow():
            return _draw_event(row, look)


def _draw_head(row: HeadRow, look: Look) -> list[Line]:
    background = look.palette.background("raised")
    head = LineBuilder(background).add(fit(row.title, look.width), look.palette.style("dim")).build(look.width)
    return [LineBuilder(background).build(look.width), head] if row.has_air else [head]


def _draw_words(row: WordsRow, look: Look) -> list[Line]:
    background, palette = look.palette.background("raised"), look.palette
    lines = [(row.sentence, "text"), (row.hint, "muted")] if row.hint else [(row.sentence, "text")]
    return [
        LineBuilder(background).space(2).add(fit(words, look.width - 2), palette.style(style)).build(look.width)
        for words, style in lines
    ]


def _begin(look: Look) -> LineBuilder:
    palette = look.palette
    builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
    return builder.add("› " if look.has_cursor else "  ", palette.style("accent"))


def _next(look: Look) -> LineBuilder:
    return LineBuilder(look.palette.background("chosen" if look.has_cursor else "raised")).space(4)


def _draw_room(row: RoomRow, look: Look) -> list[Line]:
    palette, width = look.palette, look.width
    counts = counted(row.speakers, row.listeners)
    if width < WIDE:
        total = row.speakers + row.listeners
        counts = ngettext("{count} in", "{count} in", total).format(count=total)
    right = f"{counts} · {row.elapsed} "
    first = _begin(look).add("● ", palette.style("stage"))
    first.add(fit(row.topic, max(8, width - first.cells - cell_len(right) - 2)), palette.style("bright"))
    first.space_to(width - cell_len(right)).add(right, palette.style("muted"))
    button = _button(row.follows_club)
    second = _add_place(_next(look), row.club, row.channel, row.account, row.follows_club, look, cell_len(button) + 2)
    _add_tags(second, row, look, width - cell_len(button) - 2)
    second.space_to(width - cell_len(button)).add(button, _button_style(look), CLUB)
    third = _next(look)
    if row.closed:
        third.add(fit(row.closed, width // 2), palette.style("warn"))
        third.add(" · " if row.people else "", palette.style("dim"))
    _add_people(third, row.people, look)
    return [each.build(width) for each in (first, second, third)]


def _draw_event(row: EventRow, look: Look) -> list[Line]:
    palette, width = look.palette, look.width
    when = f"{row.when} "
    first = _begin(look).add("○ ", palette.style("dim"))
    first.add(fit(row.name, max(8, width - first.cells - cell_len(when) - 2)), palette.style("bright"))
    first.space_to(width - cell_len(when)).add(when, palette.style("muted"))
    button = f" ✓ {_('interested')} " if row.is_interested else f" {_('interested?')} "
    second = _add_place(_next(look), row.club, row.place, row.account, row.follows_club, look, cell_len(button) + 2)
    end = width - cell_len(button) - 2
    if row.creator is not None and end - second.cells > 8:
        second.add(" · ", palette.style("dim"))
        _add_name(second, row.creator, look, end)
    counts = ngettext("{count} interested", "{count} interested", row.count).format(count=row.count)
    if row.count and end - second.cells > cell_len(counts) + 2:
        second.space(2).add(counts, palette.style("muted"))
    style = palette.style("chip-accent") if row.is_interested else _button_style(look)
    second.space_to(width - cell_len(button)).add(button, style, INTEREST)
    return [each.build(width) for each in (first, second)]


def _button_style(look: Look) -> Style:
    """A button stands out on the chosen row, too, whose background is that of buttons."""
    return look.palette.style("pill" if look.has_cursor else "chip")


def _button(follows_club: bool) -> str:
    return f" {FOLLOWED} {_('followed')} " if follows_club else f" {_('follow')} "


def _add_place(
    builder: LineBuilder, club: str, place: str, account: str, is_followed: bool, look: Look, reserved: int
) -> LineBuilder:
    palette, end = look.palette, look.width - reserved
    if is_followed:
        builder.add(f"{FOLLOWED} ", palette.style("accent-bold"))
    builder.add(fit(club, max(6, min(end - builder.cells, look.width // 3))), palette.style("text"))
    for part in (place, account):
        room = end - builder.cells - 3
        if part and room > 4:
            builder.add(" · ", palette.style("dim")).add(fit(part, min(room, look.width // 4)), palette.style("muted"))
    return builder


def _add_tags(builder: LineBuilder, row: RoomRow, look: Look, end: int) -> None:
    palette = look.palette
    parts = [(row.language, "dim")] if row.language else []
    parts += [(f"#{tag}", "accent-bold" if is_chosen else "muted") for tag, is_chosen in row.tags]
    gap = 2
    for text, style in parts:
        if builder.cells + gap + cell_len(text) > end:
            return
        builder.space(gap).add(text, palette.style(style))
        gap = 1


def _add_people(builder: LineBuilder, people: Sequence[Name], look: Look) -> None:
    palette, width = look.palette, look.width
    if not people:
        builder.add(fit(_("nobody is on the stage yet"), width - builder.cells), palette.style("dim"))
        return
    before: bool | None = None
    for each in people:
        between = "" if before is None else ", "
        if each.is_speaker != before:
            between = ("" if before is None else " · ") + (_("speaking: ") if each.is_speaker else _("listening: "))
        if width - builder.cells - cell_len(between) < 6:
            builder.add("…", palette.style("dim"))
            return
        builder.add(between, palette.style("dim"))
        _add_name(builder, each, look, width)
        before = each.is_speaker


def _add_name(builder: LineBuilder, name: Name, look: Look, end: int) -> None:
    palette = look.palette
    if name.is_followed:
        builder.add(f"{FOLLOWED} ", palette.style("accent-bold"))
    builder.add(
        fit(name.name, max(1, end - builder.cells - 2)), palette.style("accent" if name.is_followed else "text")
    )
