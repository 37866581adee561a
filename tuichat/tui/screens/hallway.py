"""The hallway: what is live and what comes, in all accounts' guilds and the public directories, searched as one types."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message as ScreenMessage
from textual.timer import Timer
from textual.widgets import Input, Static

from tuichat.client.change import Change, EventsChanged, FollowsChanged
from tuichat.client.errors import ClientError
from tuichat.client.hallway_board import ComingEntry, HallwayBoard, LiveEntry, steadied
from tuichat.protocol.follow import FollowedGuild
from tuichat.protocol.live_room import MAX_QUERY_CHARACTERS
from tuichat.protocol.room_search import query_words
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext
from tuichat.tui import hallway_rows, keys
from tuichat.tui.hallway_rows import CLUB, FOLLOWED, INTEREST, EventRow, HeadRow, RoomRow, Row, WordsRow
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line
from tuichat.tui.widgets.line_list import LineList, Look
from tuichat.tui.widgets.sign_input import SignInput

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.client.state import State

PAUSE_S = 0.25  # taste: so long nothing is typed before servers are asked
RENEW_S = 10.0  # taste: how old what is shown may be

Entry = LiveEntry | ComingEntry


class HallwayRows(LineList[Row]):
    BACKGROUND = "raised"

    class Taken(ScreenMessage):
        def __init__(self, row: RoomRow | EventRow, action: str | None) -> None:
            super().__init__()
            self.row = row
            self.action = action

    class Moved(ScreenMessage):
        """The cursor is on another row."""

    class FilterAsked(ScreenMessage):
        """What is typed next is to be looked for."""

    def draw(self, row: Row, look: Look) -> list[Line]:
        return hallway_rows.draw(row, look)

    def shows_cursor(self) -> bool:
        return True  # the focus may be in the line above

    def cursor_moved(self) -> None:
        self.post_message(self.Moved())

    def action_filter(self) -> None:
        self.post_message(self.FilterAsked())

    def choose(self, row: Row, action: str | None) -> None:
        if isinstance(row, RoomRow | EventRow):
            self.post_message(self.Taken(row, action))

    def show_in_place(self, rows: Sequence[Row]) -> None:
        """Show these rows instead; the row under the cursor stays at its line of the view, as far as rows allow."""
        before = None if self._cursor is None else self._starts[self._cursor] - self._top
        self.show_rows(rows)
        if before is not None and self._cursor is not None:
            self._move_view(self._starts[self._cursor] - before)
            self._show_cursor()


class HallwayScreen(Dialog[Entry | None]):
    """Answers with the room to come into, or the event to go to."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.HALLWAY)

    def __init__(
        self,
        clients: "Mapping[str, Client]",
        accounts: Mapping[str, str],
        now: Callable[[], datetime],
        *,
        is_12h: bool,
        query: str = "",
    ) -> None:
        super().__init__()
        self._clients = {key: each for key, each in clients.items() if each.hallway.is_there}
        self._accounts = accounts
        self._now = now
        self._is_12h = is_12h
        self._query = query[:MAX_QUERY_CHARACTERS]
        self._board = HallwayBoard({key: each.account.server_id for key, each in self._clients.items()})
        self._entries: dict[Hashable, Entry] = {}  # by the key of its row
        self._interest: dict[tuple[str, int], bool] = {}  # what one said here of an event
        self._faults: dict[str, str] = {}  # by account
        self._is_loading = bool(self._clients)
        self._is_searching = False
        self._pause: Timer | None = None
        self._unsubscribe: list[Callable[[], None]] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="hallway-box", classes="dialog"):
            words = _("Hallway: rooms, topics, people, clubs, #tags")
            yield SignInput(self._query, placeholder=words, max_length=MAX_QUERY_CHARACTERS, id="hallway-query")
            yield HallwayRows(id="hallway-rows")
            yield Static("", id="hallway-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Input))
        self._unsubscribe = [each.subscribe(self._changed) for each in self._clients.values()]
        self._show()
        self.run_worker(self._load())
        self.set_interval(RENEW_S, lambda: self.run_worker(self._load(), group="renew", exclusive=True))

    def on_unmount(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def _changed(self, changes: Sequence[Change]) -> None:
        if any(isinstance(each, FollowsChanged | EventsChanged) for each in changes):
            self._show_in_place()

    # Asking.

    async def _load(self) -> None:
        """Ask all servers at once; one that does not answer is named, and hinders no other."""
        await asyncio.gather(*(self._load_account(key, each) for key, each in self._clients.items()))
        self._is_loading = False
        self._show_in_place()
        if query_words(self._query):
            await self._search(self._query)

    async def _load_account(self, key: str, client: "Client") -> None:
        try:
            rooms, events = await asyncio.gather(client.hallway.live(), client.hallway.coming())
        except ClientError as error:
            self._faults[key] = safe_line(str(error))
            return
        self._faults.pop(key, None)
        self._board.take_rooms(key, rooms)
        self._board.take_events(key, events)

    @on(Input.Changed)
    def _typed(self) -> None:
        query = self.query_one(Input).value
        if query == self._query:
            return
        self._query = query
        if self._pause is not None:
            self._pause.stop()
        if query_words(query):
            self._is_searching = True
            self._pause = self.set_timer(PAUSE_S, lambda: self.run_worker(self._search(query)))
        else:
            self._is_searching = False
            self._board.forget_searched()
        self._show()

    async def _search(self, query: str) -> None:
        """Ask all servers what they find beside what is known here."""
        await asyncio.gather(*(self._search_account(key, each, query) for key, each in self._clients.items()))
        if query == self._query:
            self._is_searching = False
            self._show_in_place()

    async def _search_account(self, key: str, client: "Client", query: str) -> None:
        try:
            rooms = await client.hallway.live(query)
        except ClientError as error:
            self._faults[key] = safe_line(str(error))
            return
        if query == self._query:
            self._faults.pop(key, None)
            self._board.take_rooms(key, rooms, query)

    # Showing.

    def _show(self) -> None:
        """Show what fits, best first, the cursor on its row where it is still there, else on the first one."""
        found = self._list
        if found is None:
            return
        found.show_rows(self._made(self._board.rooms(self._query), self._board.events(self._query)))
        if found.cursor_row is None:
            found.action_cursor_first()
        self._tell()

    def _show_in_place(self) -> None:
        """Show what came meanwhile without moving the chosen row."""
        found = self._list
        if found is None:
            return
        before = [self._entries[row.key].key for row in found.rows if row.key in self._entries]
        chosen = found.cursor_row.key if found.cursor_row is not None else None
        entry = self._entries.get(chosen)
        rooms, events = self._board.rooms(self._query), self._board.events(self._query)
        if isinstance(entry, LiveEntry):
            rooms = steadied(rooms, before, entry.key)
        elif isinstance(entry, ComingEntry):
            events = steadied(events, before, entry.key)
        found.show_in_place(self._made(rooms, events))
        if found.cursor_row is None:
            found.action_cursor_first()
        self._tell()

    def _made(self, rooms: Sequence[LiveEntry], events: Sequence[ComingEntry]) -> list[Row]:
        now = self._now()
        now_ms = int(now.timestamp() * 1000)
        live = [hallway_rows.room_row(each, self._state(each), self._accounts, now_ms) for each in rooms]
        coming = [
            hallway_rows.event_row(
                each,
                self._state(each),
                self._accounts,
                now,
                is_12h=self._is_12h,
                is_interested=self._is_interested(each),
            )
            for each in events
        ]
        self._entries = {row.key: entry for row, entry in zip(live, rooms, strict=True)}
        self._entries |= {row.key: entry for row, entry in zip(coming, events, strict=True)}
        words = _("asking …") if self._is_loading or self._is_searching else str(len(live))
        shown: list[Row] = [HeadRow(_("LIVE NOW — {count}").format(count=words)), *live]
        if not live:
            shown.append(self._nothing_live(bool(coming)))
        if coming:
            shown += [HeadRow(_("COMING — {count}").format(count=len(coming)), has_air=True), *coming]
        return shown

    def _nothing_live(self, has_coming: bool) -> WordsRow:
        if not self._clients:
            return WordsRow(
                _("None of your servers knows live rooms."),
                _("A server of tuichat does: f5 on the main screen adds one."),
            )
        if self._is_loading:
            count = len(self._clients)
            return WordsRow(ngettext("Asking your server …", "Asking {count} servers …", count).format(count=count))
        if self._faults and len(self._faults) == len(self._clients):
            return WordsRow(_("No server answers."), _("{key} asks again.").format(key=self._key("renew")))
        if query_words(self._query):
            if self._is_searching:
                return WordsRow(_("Nothing yet: the servers are being asked …"))
            return WordsRow(_("No live room fits these words."), _("Fewer words find more."))
        return WordsRow(
            _("Nothing is live now."),
            _("/room start TOPIC in a stage channel begins a room; whom you follow calls you when they do."),
        )

    @property
    def _list(self) -> HallwayRows | None:
        """The list, None once the screen was left: what servers are asked for may come after that."""
        return next(iter(self.query(HallwayRows)), None) if self.is_open else None

    def _tell(self) -> None:
        found = self._list
        if found is None:
            return
        row = found.cursor_row
        parts = []
        if isinstance(row, RoomRow):
            parts = [_("enter comes in"), _("{key} follows the club"), _("{key} follows people")]
            names = ["", "follow_club", "follow_people"]
        elif isinstance(row, EventRow):
            parts = [_("enter goes there"), _("{key} interested"), _("{key} follows the club")]
            names = ["", "interest", "follow_club"]
        else:
            names = []
        told = [part.format(key=self._key(name)) for part, name in zip(parts, names, strict=True)]
        if self._faults or not told:
            told.append(_("{key} asks again").format(key=self._key("renew")))
        told.append(_("esc closes"))
        note = " · ".join(told)
        faults = list(dict.fromkeys(self._faults.values()))
        self.query_one("#hallway-note", Static).update("\n".join([*faults[:2], note]))

    def _key(self, name: str) -> str:
        return keys.BY_ID[f"hallway.{name}"].keys[0] if name else ""

    def _state(self, entry: Entry) -> "State":
        return self._clients[entry.account_key].state

    def _is_interested(self, entry: ComingEntry) -> bool:
        known = entry.coming.is_interested or entry.coming.event.id in self._state(entry).interested_ids
        return self._interest.get(entry.key, known)

    # The cursor and the line.

    def action_cursor_up(self) -> None:
        self.query_one(HallwayRows).action_cursor_up()

    def action_cursor_down(self) -> None:
        self.query_one(HallwayRows).action_cursor_down()

    def action_switch_focus(self) -> None:
        line, found = self.query_one(Input), self.query_one(HallwayRows)
        (found if line.has_focus else line).focus()

    @on(HallwayRows.FilterAsked)
    def _filter_asked(self) -> None:
        self.query_one(Input).focus()

    @on(HallwayRows.Moved)
    def _moved(self) -> None:
        self._tell()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._typed()  # letters that were typed just before are still on their way
        self.query_one(HallwayRows).action_choose()

    # What is done with a row.

    @on(HallwayRows.Taken)
    def _taken(self, event: HallwayRows.Taken) -> None:
        entry = self._entries.get(event.row.key)
        if event.action == CLUB:
            self.action_follow_club()
        elif event.action == INTEREST:
            self.action_interest()
        elif isinstance(entry, LiveEntry) and not entry.found.may_join:
            self.app.notify(_("This room is not open to you. Its hosts can ask you in."), timeout=4)
        elif entry is not None:
            self.dismiss(entry)

    @property
    def _chosen(self) -> Entry | None:
        row = self.query_one(HallwayRows).cursor_row
        return None if row is None else self._entries.get(row.key)

    def action_follow_club(self) -> None:
        """Follow the club of the chosen row, or no more."""
        entry = self._chosen
        if entry is None:
            return
        follows = self._clients[entry.account_key].follows
        club = _club_of(entry)
        name = safe_name(club.name)
        if self._state(entry).follows.follows_guild(club.id):
            self._attempt(follows.unfollow_guild(club.id), _("You follow the club {name} no more.").format(name=name))
        else:
            words = _("You follow the club {name}: you are told of its rooms.")
            self._attempt(follows.follow_guild(club), words.format(name=name))

    def action_follow_people(self) -> None:
        """Follow somebody of the chosen row, or no more: the one who is there, or whom one picks."""
        entry = self._chosen
        if entry is None:
            return
        state = self._state(entry)
        people = [user for user in _people_of(entry) if state.me is None or user.id != state.me.id]
        if not people:
            self.app.notify(_("Nobody is named here whom you could follow."), timeout=3)
        elif len(people) == 1:
            self._turn_person(entry, people[0])
        else:
            self._pick_person(entry, people)

    def _pick_person(self, entry: Entry, people: Sequence[User]) -> None:
        from tuichat.tui.screens.choice_dialog import ChoiceDialog
        from tuichat.tui.widgets.choice_rows import ChoiceRow

        known = self._state(entry).follows
        choices = [
            ChoiceRow(
                str(int(user.id)), f"{FOLLOWED if known.follows(user.id) else ' '} {safe_name(user.display_name)}"
            )
            for user in people
        ]

        def picked(key: str | None) -> None:
            user = next((user for user in people if str(int(user.id)) == key), None)
            if user is not None:
                self._turn_person(entry, user)

        self.app.push_screen(ChoiceDialog(_("Follow, or no more"), choices), picked)

    def _turn_person(self, entry: Entry, user: User) -> None:
        follows = self._clients[entry.account_key].follows
        name = safe_name(user.display_name)
        if self._state(entry).follows.follows(user.id):
            self._attempt(follows.unfollow_user(user.id), _("You follow {name} no more.").format(name=name))
        else:
            words = _("You follow {name}: you are told when they start a room or speak in one.")
            self._attempt(follows.follow_user(user), words.format(name=name))

    def action_interest(self) -> None:
        """Say that one is interested in the chosen event, or take it back."""
        entry = self._chosen
        if not isinstance(entry, ComingEntry):
            self.app.notify(_("That is live now: come in. Interest is for what comes."), timeout=3)
            return
        is_interested = not self._is_interested(entry)
        words = _("You are interested: you are reminded.") if is_interested else _("You are not interested any more.")

        async def say() -> None:
            client = self._clients[entry.account_key]
            await client.events.set_interested(entry.coming.event, is_interested=is_interested)
            self._interest[entry.key] = is_interested

        self._attempt(say(), words)

    def action_renew(self) -> None:
        """Ask all servers again now."""
        self._is_loading = bool(self._clients)
        self._show_in_place()
        self.run_worker(self._load(), group="renew", exclusive=True)

    def _attempt(self, work: Awaitable[object], words: str) -> None:
        async def attempt() -> None:
            try:
                await work
            except ClientError as error:
                self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
                return
            self.app.notify(words, markup=False, timeout=3)
            self._show_in_place()

        self.run_to_end(attempt())

    def action_close(self) -> None:
        self.dismiss(None)


def _club_of(entry: Entry) -> FollowedGuild:
    if isinstance(entry, LiveEntry):
        found = entry.found
        return FollowedGuild(id=found.room.guild_id, name=found.guild_name, icon=found.guild_icon)
    coming = entry.coming
    return FollowedGuild(id=Snowflake(coming.event.guild_id), name=coming.guild_name, icon=coming.guild_icon)


def _people_of(entry: Entry) -> list[User]:
    if isinstance(entry, LiveEntry):
        return list(entry.found.people)
    creator = entry.coming.event.creator
    return [creator] if isinstance(creator, User) else []
