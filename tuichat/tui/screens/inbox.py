"""The inbox: what mentions you and what is unread, over all accounts."""

import asyncio
from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message as ScreenMessage
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.client.state import State
from tuichat.protocol.message import Message
from tuichat.text.channel_names import ChannelNames, channel_name
from tuichat.text.date_words import date_words
from tuichat.text.markup import beginning
from tuichat.text.message_time import written_at
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext
from tuichat.tui import keys, rows
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

if TYPE_CHECKING:
    from tuichat.client.client import Client

MAX_TEXT_CHARACTERS = 300


class HeadRow(ListRow, frozen=True):
    title: str

    @property
    def height(self) -> int:
        return 2


class InboxRow(ListRow, frozen=True):
    """A message that mentions the user, or (without `message_id`) a channel with something new."""

    account_key: str
    channel_id: int
    message_id: int | None
    where: str
    name: str = ""
    text: str = ""
    when: str = ""
    mentions: int = 0

    @property
    def key(self) -> Hashable | None:
        return (self.account_key, self.channel_id, self.message_id)

    @property
    def height(self) -> int:
        return 1 if self.message_id is None else 2


def unread_rows(states: Mapping[str, State], accounts: Mapping[str, str]) -> list[InboxRow]:
    """Return the channels with something new, those that mention the user first."""
    found = []
    for chosen in rows.unread_channels(states):
        channel_id = chosen.channel_id or 0
        state = states[chosen.account_key]
        found.append(
            InboxRow(
                chosen.account_key,
                channel_id,
                None,
                place(state, channel_id, accounts.get(chosen.account_key, "")),
                mentions=state.mention_count(channel_id),
            )
        )
    return sorted(found, key=lambda row: -row.mentions)


def mention_row(account_key: str, state: State, message: Message, account: str, now: datetime) -> InboxRow:
    names = ChannelNames(state, message.channel_id)
    written = written_at(message)
    day = "" if written.date() == now.date() else date_words(written, "%d %b ")
    return InboxRow(
        account_key,
        message.channel_id,
        message.id,
        place(state, message.channel_id, account),
        names.name_of(message.author),
        safe_line(beginning(message.content, names, MAX_TEXT_CHARACTERS)) or _("(no text)"),
        f"{day}{written:%H:%M}",
    )


def place(state: State, channel_id: int, account: str) -> str:
    """Return where a channel is, for people: server, channel, and the account where there are several."""
    channel = state.channels.get(channel_id)
    if channel is None:
        return _("a channel that is gone")
    guild = state.guild_of(channel_id)
    name = rows.channel_kind(channel).value + channel_name(channel)
    parts = [name, safe_name(guild.guild.name) if guild else _("private"), safe_line(account)]
    return " · ".join(part for part in parts if part)


class InboxRows(LineList["HeadRow | InboxRow"]):
    BACKGROUND = "raised"

    class Taken(ScreenMessage):
        def __init__(self, row: InboxRow, wants_dismissal: bool) -> None:
            super().__init__()
            self.row = row
            self.wants_dismissal = wants_dismissal

    def draw(self, row: "HeadRow | InboxRow", look: Look) -> list[Line]:
        palette = look.palette
        background = palette.background("chosen" if look.has_cursor else "raised")
        if isinstance(row, HeadRow):
            blank = LineBuilder(background).build(look.width)
            return [
                blank,
                LineBuilder(background).add(fit(row.title, look.width), palette.style("dim")).build(look.width),
            ]
        builder = LineBuilder(background).add("› " if look.has_cursor else "  ", palette.style("accent"))
        button = f" {_('read')} "
        builder.add(fit(row.where, max(8, look.width - 14 - len(button))), palette.style("bright"))
        if row.mentions:
            builder.space(2).add(f" {row.mentions} ", palette.style("badge"))
        if row.when:
            builder.space(2).add(row.when, palette.style("dim"))
        builder.space_to(look.width - len(button)).add(button, palette.style("chip"), "dismiss")
        lines = [builder.build(look.width)]
        if row.message_id is not None:
            text = LineBuilder(background).space(2).add(f"{row.name}: ", palette.style("muted"))
            lines.append(
                text.add(fit(row.text, max(4, look.width - text.cells)), palette.style("text")).build(look.width)
            )
        return lines

    def choose(self, row: "HeadRow | InboxRow", action: str | None) -> None:
        if isinstance(row, InboxRow):
            self.post_message(self.Taken(row, action == "dismiss"))


class InboxScreen(Dialog[InboxRow | None]):
    """Answers with what to go to. Reading a row off the list is told to the server."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.INBOX)

    def __init__(self, clients: "Mapping[str, Client]", accounts: Mapping[str, str], now: datetime) -> None:
        super().__init__()
        self._clients = clients
        self._accounts = accounts
        self._now = now
        self._mentions: list[tuple[str, Message]] = []
        self._faults: list[str] = []
        self._is_loading = True

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            yield Static(_("Inbox"), classes="dialog-title", markup=False)
            yield InboxRows(classes="dialog-rows")
            yield Static("", id="inbox-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(InboxRows).focus()
        self._show()
        self.run_worker(self._load())

    async def _load(self) -> None:
        """Ask all accounts at once; one that does not answer is named, and hinders no other."""
        await asyncio.gather(*(self._load_account(key, client) for key, client in self._clients.items()))
        self._is_loading = False
        self._mentions.sort(key=lambda pair: -pair[1].id)
        found = self.query_one(InboxRows)
        stood_first = found.cursor_row == next(
            (row for row in found.rows if row.key is not None), None
        )  # nobody moved it
        self._show()
        if stood_first:
            found.action_cursor_first()

    async def _load_account(self, key: str, client: "Client") -> None:
        try:
            self._mentions += [(key, message) for message in await client.inbox.mentions()]
        except ClientError as error:
            self._faults.append(safe_line(str(error)))

    def _states(self) -> dict[str, State]:
        return {key: client.state for key, client in self._clients.items()}

    def _show(self) -> None:
        states = self._states()
        unread = unread_rows(states, self._accounts)
        mentions = [
            mention_row(key, states[key], message, self._accounts.get(key, ""), self._now)
            for key, message in self._mentions
            if message.channel_id in states[key].channels
        ]
        shown: list[HeadRow | InboxRow] = []
        if mentions or self._is_loading:
            words = _("reading …") if self._is_loading else str(len(mentions))
            shown += [HeadRow(_("MENTIONS — {count}").format(count=words)), *mentions]
        if unread:
            shown += [HeadRow(_("UNREAD — {count}").format(count=len(unread))), *unread]
        found = self.query_one(InboxRows)
        found.show_rows(shown)
        if found.cursor_row is None:
            found.action_cursor_first()
        self._tell(len(mentions) + len(unread))

    def _tell(self, count: int) -> None:
        table = keys.BY_ID
        note = _("enter goes there · {one} read it · {all} read all · / filters · esc closes").format(
            one=table["inbox.read_one"].keys[0], all=table["inbox.read_all"].keys[0]
        )
        if not count and not self._is_loading:
            note = _("Nothing new: nobody mentions you, and everything is read. esc closes")
        if self._faults:
            note = self._faults[0] + "\n" + note
        self.query_one("#inbox-note", Static).update(note)

    @on(InboxRows.Taken)
    async def _taken(self, event: InboxRows.Taken) -> None:
        if event.wants_dismissal:
            await self._dismiss_row(event.row)
        else:
            self.dismiss(event.row)

    async def action_read_one(self) -> None:
        row = self.query_one(InboxRows).cursor_row
        if isinstance(row, InboxRow):
            await self._dismiss_row(row)

    async def action_read_all(self) -> None:
        """Read everything that is listed."""
        listed = [row for row in self.query_one(InboxRows).rows if isinstance(row, InboxRow)]
        for row in listed:
            await self._dismiss_row(row)
        self.app.notify(
            ngettext("{count} read.", "{count} read.", len(listed)).format(count=len(listed)), timeout=3, markup=False
        )

    async def _dismiss_row(self, row: InboxRow) -> None:
        client = self._clients[row.account_key]
        try:
            if row.message_id is None:
                await client.mark_read(row.channel_id)
            else:
                await client.inbox.dismiss(row.message_id)
                self._mentions = [pair for pair in self._mentions if pair[1].id != row.message_id]
        except ClientError as error:
            self._faults = [safe_line(str(error))]
        self._show()

    def action_close(self) -> None:
        self.dismiss(None)
