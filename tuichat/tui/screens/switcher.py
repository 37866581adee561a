"""Go to a channel: type a part of its name; all accounts' channels are offered."""

from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tuichat.client.state import State
from tuichat.tui import keys, rows
from tuichat.tui.channel_names import channel_name
from tuichat.tui.rows import Chosen
from tuichat.tui.safe_text import safe_line, safe_name
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

MAX_SHOWN = 200


class SwitchRow(ListRow, frozen=True):
    chosen: Chosen
    sign: str
    name: str
    where: str
    is_unread: bool
    mentions: int

    @property
    def key(self) -> Hashable | None:
        return self.chosen


def switch_rows(
    states: Mapping[str, State], shown: Chosen, accounts: Mapping[str, str], recent: Sequence[Chosen]
) -> list[SwitchRow]:
    """Return all channels: those with mentions first, then unread ones, then those open lately; the one shown is the last."""
    opened = {(chosen.account_key, chosen.channel_id): number for number, chosen in enumerate(recent, 1)}
    found: list[tuple[tuple[int, int, int, int], SwitchRow]] = []
    for chosen in rows.all_channels(states):
        if chosen.channel_id is None:
            continue
        state = states[chosen.account_key]
        channel = state.channels[chosen.channel_id]
        guild = state.guilds.get(chosen.guild_id or 0)
        where = safe_name(guild.guild.name) if guild else "private"
        if account := accounts.get(chosen.account_key):
            where = f"{where} · {safe_line(account)}"
        mentions = state.mention_count(channel.id)
        is_unread = state.is_unread(channel.id)
        row = SwitchRow(chosen, rows.channel_kind(channel).value, channel_name(channel), where, is_unread, mentions)
        last_opened = opened.get((chosen.account_key, chosen.channel_id), 0)
        found.append(((chosen == shown, -mentions, -is_unread, -last_opened), row))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def matching(all_rows: Sequence[SwitchRow], query: str) -> list[SwitchRow]:
    """Return the rows that a query fits, best first.

    Names that begin with it come before those that hold it, these before those that hold its letters in order, and last
    come the channels of a guild or an account that is called so.
    """
    query = query.casefold().strip().lstrip("#@♪◈")
    if not query:
        return list(all_rows[:MAX_SHOWN])
    scored: list[tuple[int, int, SwitchRow]] = []
    for order, row in enumerate(all_rows):
        name = row.name.casefold()
        if name.startswith(query):
            scored.append((0, order, row))
        elif query in name:
            scored.append((1, order, row))
        elif _has_letters(name, query):
            scored.append((2, order, row))
        elif query in f"{name} {row.where}".casefold():
            scored.append((3, order, row))
    return [row for _, _, row in sorted(scored, key=lambda item: item[:2])][:MAX_SHOWN]


def _has_letters(text: str, letters: str) -> bool:
    position = 0
    for letter in letters:
        position = text.find(letter, position) + 1
        if not position:
            return False
    return True


class SwitchRows(LineList[SwitchRow]):
    BACKGROUND = "raised"

    class Taken(Message):
        def __init__(self, chosen: Chosen) -> None:
            super().__init__()
            self.chosen = chosen

    def draw(self, row: SwitchRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent")).add(
            row.sign, palette.style("dim")
        ).space()
        is_loud = row.is_unread or row.mentions
        badge = f" {row.mentions} " if row.mentions else ""
        builder.add(fit(row.name, max(4, look.width - 8 - len(badge))), palette.style("bright" if is_loud else "text"))
        room = look.width - builder.cells - 3 - len(badge)
        if room > 6:
            builder.space(2).add(fit(row.where, room), palette.style("dim"))
        if badge:
            builder.space_to(look.width - len(badge)).add(badge, palette.style("badge"))
        return [builder.build(look.width)]

    def shows_cursor(self) -> bool:
        return True  # the focus is in the line above

    def choose(self, row: SwitchRow, action: str | None) -> None:
        self.post_message(self.Taken(row.chosen))


class SwitcherScreen(Dialog[Chosen | None]):
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.SWITCHER)

    def __init__(self, all_rows: Sequence[SwitchRow]) -> None:
        super().__init__()
        self._all = list(all_rows)
        self._query: str | None = None  # what the rows shown fit

    def compose(self) -> ComposeResult:
        with Vertical(id="switcher-box", classes="dialog"):
            yield Input(placeholder="Go to a channel", id="query")
            yield SwitchRows(id="switcher-rows")
            yield Static("↑↓ choose · enter go · esc close", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(SwitchRows).can_focus = False
        self._show("")
        self.set_focus(self.query_one(Input))

    def _show(self, query: str) -> None:
        if query == self._query:
            return
        self._query = query
        found = self.query_one(SwitchRows)
        found.show_rows(matching(self._all, query))
        found.action_cursor_first()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    @on(SwitchRows.Taken)
    def _taken(self, event: SwitchRows.Taken) -> None:
        self.dismiss(event.chosen)

    def action_cursor_up(self) -> None:
        self._show(self.query_one(Input).value)  # the message of a letter typed just before is still on its way
        self.query_one(SwitchRows).action_cursor_up()

    def action_cursor_down(self) -> None:
        self._show(self.query_one(Input).value)
        self.query_one(SwitchRows).action_cursor_down()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.query_one(SwitchRows).action_choose()

    def action_close(self) -> None:
        self.dismiss(None)
