"""Plain mode while it runs: the accounts, the channel that is open, and the lines that are typed."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from tuichat.client import change, timeline
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.line_history import LineHistory
from tuichat.client.live_desk import LiveDesk
from tuichat.client.reminder_book import ReminderBook
from tuichat.client.session import Accounts
from tuichat.client.state import Connection, Delivery, Entry
from tuichat.client.voice_desk import VoiceDesk
from tuichat.commands.choosing import Chooser
from tuichat.commands.context import CommandContext, FoundMessage
from tuichat.commands.engine import Engine
from tuichat.commands.errors import CommandError
from tuichat.commands.jobs import Jobs
from tuichat.commands.naming.places import Place, all_places, find_place, place_name, short_name, unread_places
from tuichat.commands.recorder import Recorder
from tuichat.commands.screen import Severity
from tuichat.config.schema import Settings
from tuichat.plain.herald import Herald
from tuichat.plain.line_source import LineSource
from tuichat.plain.message_words import MessageWords
from tuichat.plain.printed import PrintedMessages
from tuichat.plain.printer import Printer
from tuichat.plain.reminders import Reminders
from tuichat.plain.room import Room
from tuichat.plain.room_herald import RoomHerald
from tuichat.plain.voice_herald import VoiceHerald
from tuichat.protocol.interaction import ModalCreate
from tuichat.text import mention_text
from tuichat.text.call_words import figures
from tuichat.text.channel_names import ChannelNames, channel_name
from tuichat.text.event_words import event_lines
from tuichat.text.message_time import Clock
from tuichat.text.safe_text import safe_block, safe_line
from tuichat.translation import _, ngettext

logger = logging.getLogger(__name__)

MAX_NEW = 30  # new messages that are printed when a channel is opened; /history has the rest (taste)
CONTEXT = 5  # messages that are printed where nothing is new, or before what is (taste)
YES = ("y", "yes")
SEND_LIMIT_S = 30.0  # how long the end waits for what was written


def _now() -> datetime:
    return datetime.now().astimezone()


class Session:
    """The `Screen` of the commands. Whoever makes it calls `close` in the end."""

    def __init__(
        self,
        accounts: Accounts,
        settings: Settings,
        source: LineSource,
        printer: Printer,
        *,
        takes_commands: bool = False,
        now: Callable[[], datetime] = _now,
        desk: VoiceDesk | None = None,
        lines: LineHistory | None = None,
    ) -> None:
        """`takes_commands` has lines be commands that nobody types: a program's output may look like one."""
        self.accounts = accounts
        self.settings = settings
        self.source = source
        self.takes_commands = takes_commands or source.is_terminal
        self.printer = printer
        self.now = now
        self.printed = PrintedMessages()
        self.lines = lines
        self.chooser: Chooser | None = None  # whoever keeps the settings gives it
        self.jobs = Jobs(self.show_notice)
        self.recorder = Recorder()
        self.room: Room | None = None
        self.engine = Engine()
        self.find_numbered: Callable[[str], FoundMessage | None] | None = None  # a message by the number before it
        self.use_bot: Callable[[str], Awaitable[bool]] | None = None  # uses a bot's command where a line is one
        self.forms: list[tuple[Client, ModalCreate]] = []  # of bots, to be filled in
        self.has_failed = False  # whether something that was written was not sent
        self.leaving = asyncio.Event()
        self._entering: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._subscriptions: dict[str, tuple[Client, Callable[[], None]]] = {}
        self._herald = Herald(accounts.clients, settings.notifications, printer, now)
        self._moved = asyncio.Event()  # set at each change
        self.desk: VoiceDesk = desk or LiveDesk(settings.voice, name_channel=channel_name)
        self._room_herald = RoomHerald(self.desk, accounts.clients, self.say, self._herald.call)
        self._voice_herald = VoiceHerald(self.desk, self.say, self._room_herald.is_stage)
        accounts.subscribe_accounts(self._accounts_changed)
        self._accounts_changed()

    @property
    def here(self) -> Place | None:
        return self.room.place if self.room is not None else None

    @property
    def client(self) -> Client | None:
        """The account of the open channel; the only one where none is open."""
        if self.room is not None:
            return self.room.client
        clients = list(self.accounts.clients.values())
        return clients[0] if len(clients) == 1 else None

    def say(self, sentence: str) -> None:
        """Print a sentence of tuichat's own; what strangers wrote may be in it."""
        self.printer.say(safe_line(sentence))

    def use_settings(self, settings: Settings) -> None:
        self.settings = settings
        self.desk.use_settings(settings.voice)

    # What commands ask for.

    def open_channel(self, account_key: str, channel_id: int) -> None:
        before = self._entering
        self._entering = asyncio.create_task(self._enter(Place(account_key, channel_id), before))

    def show_notice(self, text: str, severity: Severity = Severity.INFORMATION) -> None:
        for line in safe_block(text).split("\n"):
            self.say(line)

    def show_text(self, title: str, text: str) -> None:
        for line in safe_block(text).split("\n"):
            if line.strip():
                self.printer.message(line)

    def copy_text(self, text: str) -> bool:
        return False  # a terminal that is read aloud has its own way to copy

    async def show_message(self, account_key: str, channel_id: int, message_id: int) -> None:
        """Tell all of a message, wherever it stands. Raises ClientError."""
        client = self.accounts.clients.get(account_key)
        message = await client.history.find(channel_id, message_id) if client is not None else None
        if client is not None and message is not None:
            words = MessageWords(ChannelNames(client.state, channel_id), self.now())
            for line in words.whole(Entry(str(int(message.id)), timeline.plain(message))):
                self.printer.message(line)

    async def confirm(self, question: str, detail: str, label: str) -> bool:
        """Ask at a terminal; elsewhere nobody is there who could answer, and the line is meant as it stands."""
        if not self.source.is_terminal:
            return True
        for line in safe_block(detail).split("\n"):
            if line.strip():
                self.say(line)
        prompt = _("{question} Type yes to go on: ").format(question=safe_line(question))
        answer = await self.source.read(prompt)
        return answer is not None and answer.strip().lower() in (*YES, _("yes"))

    def show_event(self, account_key: str, guild_id: int, event_id: int) -> None:
        client = self.accounts.clients.get(account_key)
        guild = client.state.guilds.get(guild_id) if client is not None else None
        event = guild.events.get(event_id) if guild is not None else None
        if client is not None and event is not None:
            now = self.now()
            self.show_text("", "\n".join(event_lines(client.state, event, Clock(now.date(), now=now))))

    def show_hallway(self, words: str = "") -> bool:
        return False

    def show_call_stats(self) -> None:
        for line in figures(self.desk.view):
            self.printer.message(line)

    def test_sound(self) -> None:
        self.desk.start_test()

    def quit(self) -> None:
        self.leaving.set()

    # Lines.

    async def submit(self, line: str) -> None:
        """Carry out what was typed; from a pipe, a message is waited for, so that what comes next comes after it."""
        line = line.rstrip("\r\n")  # a paste may end with one
        if not line.strip():
            return
        is_pasted = "\n" in line  # nobody types an end of a line into one
        if is_pasted and not await self._is_meant(line):
            self.say(_("It was not sent; the arrow up brings it back."))
            return
        room, typed = self.room, line
        is_text = is_pasted or not self.takes_commands
        if room is None and (is_text or not line.startswith("/")):
            self.has_failed = True
            self.say(
                _("No channel is open, so that was not sent. /open and its name opens one, or --channel at the start.")
                if self.takes_commands
                else _("No channel is open, so that was not sent. --channel and its name opens one at the start.")
            )
            return
        if not is_text and self.use_bot is not None and await self.use_bot(line):
            self._keep(line)
            self.recorder.leave_out()
            return
        if room is not None and (is_text or not line.startswith("/")):
            line = mention_text.encode(line, room.client.state, room.place.channel_id)
        carry_out = self.engine.say if is_text else self.engine.submit
        recorded = None if is_pasted else self.recorder.take(typed)
        outcome = await carry_out(line, self.context())
        if not outcome.is_done:
            self.recorder.drop(recorded)
        if outcome.text:
            self.show_notice(outcome.text, outcome.severity)
        if outcome.is_done:
            self._keep(typed)
        else:
            self.has_failed = True
        await self.settle()
        if outcome.entry_key is not None:
            await self.sent(room, outcome.entry_key)

    async def begin_history(self) -> None:
        """Have what was entered before be found again, where somebody types."""
        lines = self.lines
        if lines is None:
            return
        if not self.settings.composer.history:
            await asyncio.to_thread(lines.wipe)
        elif self.source.is_terminal:
            lines.on_forgotten = lambda: self.source.recall(lines.texts())
            self.source.recall(await asyncio.to_thread(lines.texts))

    def _keep(self, line: str) -> None:
        """Keep what somebody typed and what was sent or run."""
        if self.lines is not None and self.source.is_terminal and self.settings.composer.history:
            self._keeping = asyncio.create_task(self._keep_after(self._keeping, self.lines, line))

    async def _keep_after(self, before: "asyncio.Task[None] | None", lines: LineHistory, line: str) -> None:
        if before is not None:
            await before
        await asyncio.to_thread(lines.add, line)

    async def _is_meant(self, pasted: str) -> bool:
        """Ask before several lines are sent at once, which a paste may hold by mistake."""
        question = _("Send these {count} lines as one message? Type yes to send them: ")
        answer = await self.source.read(question.format(count=pasted.count("\n") + 1))
        return answer is not None and answer.strip().lower() in (*YES, _("yes"))

    def context(self) -> CommandContext:
        here = self.here
        return CommandContext(
            self.client,
            here.channel_id if here else None,
            screen=self,
            clients=self.accounts.clients,
            desk=self.desk,
            lines=self.lines,
            find_numbered=self.find_numbered,
            chooser=self.chooser,
            jobs=self.jobs if self.source.is_terminal else None,
            recorder=self.recorder if self.source.is_terminal else None,
        )

    async def sent(self, room: Room | None, key: str) -> None:
        """Tell why a message waits; without a terminal, wait until it is there."""
        if room is None:
            return
        if room.client.state.connection is not Connection.READY:
            self.say(_("Not connected: it goes out by itself as soon as the server is back."))
        if not self.source.is_terminal:
            await self.wait_until(lambda: not _is_pending(room, key), None)
            if any(entry.key == key and entry.delivery is Delivery.FAILED for entry in room.timeline.unsent):
                self.has_failed = True

    async def wait_until(self, holds: Callable[[], bool], limit_s: float | None) -> bool:
        """Wait for something that changes with the accounts; return whether it came about before the limit and the end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while not holds() and not self.leaving.is_set():
                    self._moved.clear()
                    await self._moved.wait()
        return holds()

    async def settle(self) -> None:
        """Return once the channel that was asked for last is open."""
        if self._entering is not None:
            await self._entering

    async def _enter(self, place: Place, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await before
        client = self.accounts.clients.get(place.account_key)
        if client is None or place.channel_id not in client.state.channels:
            self.say(_("That channel is not there any more."))
            return
        is_12h = self.settings.ui.clock == "12h"
        room = self.room = Room(client, place, self.printed, self.printer, self.now, is_12h=is_12h)
        self._herald.was_opened(place)
        read = client.state.read_states.get(place.channel_id)
        is_unread = client.state.is_unread(place.channel_id)
        last_read = int(read.last_message_id or 0) if read is not None else 0
        try:
            await client.open_channel(place.channel_id)
        except ClientError as error:
            self.say(
                _("You are in {place}. What was written there cannot be read: {reason}").format(
                    place=place_name(self.accounts.clients, place), reason=str(error)
                )
            )
        new = room.count_after(last_read) if is_unread else 0
        if self.source.is_terminal:
            self.say(self._welcome(place, new))
            room.begin(min(MAX_NEW, new) + CONTEXT if new else CONTEXT)
        else:
            room.begin(0)
        await self._mark_read(room)

    def _welcome(self, place: Place, new: int) -> str:
        name = place_name(self.accounts.clients, place)
        if not new:
            return _("You are in {place}. Nothing is new.").format(place=name)
        words = ngettext("You are in {place}. {count} new message.", "You are in {place}. {count} new messages.", new)
        sentence = words.format(place=name, count=new)
        if new > MAX_NEW:
            sentence += " " + _("The last {count} follow; /history tells what was before.").format(count=MAX_NEW)
        return sentence

    async def _mark_read(self, room: Room) -> None:
        """What was printed is read."""
        state = room.client.state
        if state.is_unread(room.place.channel_id) or state.mention_count(room.place.channel_id):
            await room.client.mark_read(room.place.channel_id)

    # What happens.

    def _accounts_changed(self) -> None:
        clients = self.accounts.clients
        for key in [key for key, (client, _end) in self._subscriptions.items() if clients.get(key) is not client]:
            self._subscriptions.pop(key)[1]()
            self._herald.forget_account(key)
            if self.room is not None and self.room.place.account_key == key:
                self.room = None
        for key, client in clients.items():
            if key not in self._subscriptions:
                self._subscriptions[key] = client, client.subscribe(partial(self._take, key, client))
        self.desk.use_clients(clients)
        self._moved.set()

    def _take(self, account_key: str, client: Client, changes: Sequence[change.Change]) -> None:
        self._moved.set()
        self._room_herald.take(client, changes)
        has_printed = False
        room = self.room if self.room is not None and self.room.is_open else None
        for item in changes:
            if isinstance(item, change.ConnectionChanged):
                self._herald.tell_connection(account_key, client)
            elif isinstance(item, change.MessageArrived):
                self._herald.hear(Place(account_key, item.channel_id), client, item.message, self.here)
            elif isinstance(item, change.FollowedWentLive):
                self._herald.hear_live(client, item)
            elif isinstance(item, change.ModalOpened):
                self.forms.append((client, item.modal))
            elif isinstance(item, change.GuildsChanged | change.ChannelsChanged):
                self._check_room()
            elif room is not None and getattr(item, "channel_id", None) == room.place.channel_id:
                has_printed |= room.place.account_key == account_key and room.take(item)
        if has_printed and room is not None:
            task = asyncio.create_task(self._mark_read(room))
            self._tasks = [each for each in self._tasks if not each.done()] + [task]

    def _check_room(self) -> None:
        room = self.room
        if room is None or not room.is_open or room.client.state.connection is not Connection.READY:
            return
        if room.place.channel_id not in room.client.state.channels:
            self.room = None
            self.say(_("The channel that was open is gone, or closed to you. /channels lists the others."))

    # Beginning and end.

    @property
    def is_connected(self) -> bool:
        """Whether any account is."""
        return any(client.state.connection is Connection.READY for client in self.accounts.clients.values())

    async def open_first(self, name: str | None) -> bool:
        """Open the channel of a name; without one the first of the first server, at a terminal. Return whether it was found."""
        clients = self.accounts.clients
        place = None
        if name is not None:
            try:
                place = find_place(name, clients, None)
            except CommandError as error:
                self.say(str(error))
                return False
        elif self.source.is_terminal:
            places = all_places(clients)
            in_guilds = [
                each for each in places if clients[each.account_key].state.guild_of(each.channel_id) is not None
            ]
            place = next(iter([*in_guilds, *places]), None)
            if place is None:
                self.say(_("You are in no server yet. /join and an invite's code lets you in; /create makes one."))
        if place is not None:
            self.open_channel(place.account_key, place.channel_id)
            await self.settle()
        if self.source.is_terminal:
            self.tell_news()
        return True

    def open_first_later(self, name: str | None) -> None:
        """Open it once an account is connected, unless the user has opened another one by then."""

        async def wait() -> None:
            if await self.wait_until(lambda: self.is_connected or self.room is not None, None) and self.room is None:
                await self.open_first(name)

        self._tasks.append(asyncio.create_task(wait()))

    def begin_reminders(self) -> None:
        """Say from now on what one is to be reminded of, for as long as tuichat runs."""
        book = ReminderBook(self.accounts.profile)
        reminders = Reminders(self.accounts.clients, self.settings.notifications, book, self.say, self.now)
        self._tasks.append(asyncio.create_task(reminders.run()))

    def tell_news(self) -> None:
        """Say how many channels wait."""
        places = [place for place in unread_places(self.accounts.clients) if place != self.here]
        if not places:
            return
        words = ngettext(
            "{count} other channel has something new", "{count} other channels have something new", len(places)
        )
        shown = ", ".join(
            short_name(self.accounts.clients[place.account_key].state, place.channel_id) for place in places[:CONTEXT]
        )
        self.say(f"{words.format(count=len(places))}: {shown}. " + _("/next opens the next one, /unread lists them."))

    async def finish(self) -> None:
        """Wait for what was written to arrive, and say what did not."""

        def pending() -> int:
            return sum(
                entry.delivery is Delivery.PENDING
                for client in self.accounts.clients.values()
                for timeline in client.state.timelines.values()
                for entry in timeline.unsent
            )

        if pending() and not await self.wait_until(lambda: not pending(), SEND_LIMIT_S):
            self.has_failed = True
            words = ngettext(
                "{count} message is not sent yet; it goes out when tuichat runs again.",
                "{count} messages are not sent yet; they go out when tuichat runs again.",
                pending(),
            )
            self.say(words.format(count=pending()))

    async def close(self) -> None:
        await self.jobs.close()
        if self._keeping is not None:
            await self._keeping
        for _client, unsubscribe in self._subscriptions.values():
            unsubscribe()
        self._subscriptions.clear()
        self._voice_herald.close()
        self._room_herald.close()
        await self.desk.close()
        tasks = [*self._tasks, *([self._entering] if self._entering is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _is_pending(room: Room, key: str) -> bool:
    return any(entry.key == key and entry.delivery is Delivery.PENDING for entry in room.timeline.unsent)
