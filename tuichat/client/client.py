"""One signed-in account without a screen: all that its user can do, and the state that follows."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from tuichat.client import message_limits, routes, timeline
from tuichat.client.attention import Attention
from tuichat.client.change import Change, ConnectionChanged, MessageChanged
from tuichat.client.delivery import Deliverer
from tuichat.client.downloads import Downloads
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.event_body import decode_event
from tuichat.client.file_cache import FileCache
from tuichat.client.follows import Follows
from tuichat.client.gateway import Gateway, Target, now_ms
from tuichat.client.guild_people import GuildPeople
from tuichat.client.guild_settings import GuildSettings
from tuichat.client.hallway import Hallway
from tuichat.client.history import History
from tuichat.client.inbox import Inbox
from tuichat.client.interactions import Interactions, Told
from tuichat.client.listeners import Listener, Listeners
from tuichat.client.live_rooms import LiveRooms
from tuichat.client.locator import Locator
from tuichat.client.member_requests import MemberRequests
from tuichat.client.message_cache import MessageCache
from tuichat.client.message_marks import MessageMarks
from tuichat.client.notice_settings import NoticeSettings
from tuichat.client.offline_reading import OfflineReading
from tuichat.client.opened_channels import OpenedChannels
from tuichat.client.outbox import Outbox
from tuichat.client.own_account import OwnAccount
from tuichat.client.people import People
from tuichat.client.pins import Pins
from tuichat.client.places import Places
from tuichat.client.polls import Polls
from tuichat.client.reducer import reducer
from tuichat.client.rest import Rest
from tuichat.client.roles import Roles
from tuichat.client.scheduled_events import ScheduledEvents
from tuichat.client.search import Search
from tuichat.client.soundboard import Soundboard
from tuichat.client.state import Connection, State
from tuichat.client.threads import Threads
from tuichat.client.transfers import Transfers
from tuichat.client.uploads import OutgoingFile, Uploads
from tuichat.client.voice import Voice
from tuichat.config.accounts import AccountRecord
from tuichat.config.paths import cache_dir
from tuichat.config.secret import Token
from tuichat.protocol import gateway
from tuichat.protocol.dispatch.guild import GuildCreate
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway import Capability
from tuichat.protocol.gateway_client import SessionOptions
from tuichat.protocol.message import Message
from tuichat.protocol.rest.error import ErrorCode
from tuichat.translation import _

logger = logging.getLogger(__name__)

CLOSE_LIMIT_S = 3.0
# Calls that go on are told with READY; why one may not join voice, and what rooms are about, is told at all.
_OPTIONS = SessionOptions(
    capabilities=Capability.AUTO_CALL_CONNECT,
    tuichat_events=[
        "TUICHAT_VOICE_REFUSED",
        "TUICHAT_EVENT_DETAILS",
        "TUICHAT_LIVE_ROOM_CREATE",
        "TUICHAT_LIVE_ROOM_UPDATE",
        "TUICHAT_LIVE_ROOM_DELETE",
        "TUICHAT_LIVE_ROOM_AUDIENCE",
        "TUICHAT_LIVE_ROOM_INVITED",
        "TUICHAT_LIVE_ROOM_MUTED",
        "TUICHAT_FOLLOWS_UPDATE",
        "TUICHAT_FOLLOWED_LIVE",
    ],
)
# A program's session: it shows nobody as online, and takes no calls.
_UNSEEN = msgspec.structs.replace(
    _OPTIONS, capabilities=msgspec.UNSET, presence=gateway.PresenceUpdate(status="invisible", activities=[])
)
LAST_ACKS_LIMIT_S = 1.0  # of the above, for telling what was read


class Client:
    """An account that is signed in. Owned by a task that runs `run`; every other call is for the same loop.

    Calls that wait raise ClientError alone.
    """

    def __init__(
        self,
        account: AccountRecord,
        *,
        token: Token | None,
        rest: Rest,
        locator: Locator,
        outbox: Outbox,
        renew_token: Callable[[], Awaitable[bool]],
        cache: MessageCache | None = None,
        files_dir: Path | None = None,
        is_unattended: bool = False,
    ) -> None:
        """`token` None: it is lost. `renew_token` sets `token` to another one and says whether there is one; `rest` belongs
        to this client from now; `files_dir` holds what was loaded to be shown, the user's cache folder by default;
        `is_unattended`: no person sits here, so that nobody is shown as online by it, and what a person left unsent
        is not touched."""
        self.account = account
        self.key = f"{account.server_id}/{account.user_id}"
        self.state = State()
        self._token = token
        self._renew_token = renew_token
        self._rest = rest
        self._locator = locator
        self._outbox = outbox
        self._is_unattended = is_unattended
        self._listeners = Listeners(self.key)
        self.inbox = Inbox(rest)
        self.search = Search(rest)
        self.pins = Pins(rest)
        self.marks = MessageMarks(self.state, rest, self._emit)
        self.polls = Polls(self.state, rest, self._emit)
        self.people = People(self.state, rest)
        self.places = Places(self.state, rest, self._emit)
        self.members = MemberRequests(self.state, self._command)
        self.threads = Threads(self.state, rest, self._emit)
        self.follows = Follows(self.state, rest, self._emit)
        self.hallway = Hallway(self.state, rest)
        self.events = ScheduledEvents(self.state, rest, self._emit)
        self._offline = None if cache is None else OfflineReading(self.state, cache, self._emit)
        self.history = History(self.state, rest, self._emit)
        self.transfers = Transfers(self.state.transfers, self._transfer_moved)
        self.downloads = Downloads(rest, self.transfers, FileCache(files_dir or cache_dir() / "files" / outbox.name))
        uploads = Uploads(rest, self.transfers)
        self.interactions = Interactions(self.state, rest, self._emit, uploads)
        self._deliverer = Deliverer(
            account, self.state, rest, outbox, self._emit, self._seek_connection, self._refresh, uploads
        )
        self._attention = Attention(self.state, rest, self._emit, self._start)
        self.own = OwnAccount(rest)
        self.guild_settings = GuildSettings(rest)
        self.soundboard = Soundboard(rest)
        self.live_rooms = LiveRooms(self.key, self.state, rest, self._emit, self._start, now_ms)
        self._listeners.add(self.live_rooms.take_changes)  # first of all: others ask for views
        self.live_rooms.followed_ids = lambda: {user.id for user in self.state.follows.users}
        self.roles = Roles(self.state, rest, self._emit)
        self.guild_people = GuildPeople(self.state, rest, self._emit)
        self.notices = NoticeSettings(self.state, rest, self._emit, self._attention.settings_seen)
        self._gateway = Gateway(
            find=self._find,
            token=self._known_token,
            renew_token=renew_token,
            options=_UNSEEN if is_unattended else _OPTIONS,
            owner=self,
        )
        self.voice = Voice(
            self.state,
            rest,
            self._emit,
            command=self._command,
            endpoint=lambda: rest.endpoint,
            seek=self._gateway.reconnect,
            drop=self._gateway.distrust,
        )
        self._tasks: asyncio.TaskGroup | None = None
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._is_running = False
        self._opened = OpenedChannels(self.state)

    # Life

    async def run(self) -> None:
        """Connect and stay connected, until `close` or cancelled."""
        self._is_running = True
        try:
            if self._offline is not None:
                await self._offline.restore()
            if not self._is_unattended:
                await self._deliverer.restore()
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                work = [
                    self._gateway.run,
                    self._deliverer.run,
                    self._attention.send_acks,
                    self._attention.expire_typing,
                    self._attention.end_mutes,
                ]
                if self._offline is not None:
                    work.append(self._offline.run)
                workers = [tasks.create_task(self._watched(each)) for each in work]
                await self._closing.wait()
                self.voice.close()
                await self._tell_reading()
                self._tasks = None
                for worker in workers:
                    worker.cancel()
        finally:
            self._tasks = None
            self._deliverer.keep_all()
            if self._offline is not None:
                await self._offline.write()
            await self.downloads.close()
            await self._rest.aclose()
            self._set_connection(Connection.OFFLINE, "")
            self._is_running = False
            self._ended.set()

    async def _tell_reading(self) -> None:
        """Have what was read in the last moment not be new the next time."""
        if self.state.connection is Connection.READY:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_ACKS_LIMIT_S):
                    await self._attention.send_acks_now()

    async def close(self) -> None:
        """End the session; what is unsent stays on disk. Returns when all is let go, a few seconds later at most."""
        self._closing.set()
        if not self._is_running:
            self._deliverer.keep_all()
            await self._rest.aclose()
            return
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._ended.wait()
        except TimeoutError:
            logger.warning("the account %s did not close in time", self.key)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called with the changes after each step; call what is returned to end that."""
        return self._listeners.add(listener)

    def now_ms(self) -> int:
        """Return the clock of `state.typing` and `state.next_try_ms`."""
        return now_ms()

    def replace_token(self, token: Token) -> None:
        self._token = token
        self._rest.token = token

    def reconnect_now(self) -> None:
        """Do not wait for the next try."""
        self._gateway.reconnect()

    def tell_progress(self, sentence: str) -> None:
        """Have the screen show how finding the server goes."""
        if self.state.connection in (Connection.CONNECTING, Connection.RECONNECTING):
            self._set_connection(self.state.connection, sentence)

    # Messages

    def send_message(
        self, channel_id: int, content: str, *, reply_to: int | None = None, files: Sequence[OutgoingFile] = ()
    ) -> str:
        """Put a message on its way and return its entry's key; the entry is in the timeline already.

        Raises ClientError for a text that is empty or too long, and for too many or too large files, so that it can be
        corrected where it was typed.
        """
        text = content.strip("\n")
        message_limits.check_new(text, files, self.state.max_upload_bytes)
        self._attention.stop_typing(channel_id)
        return self._deliverer.write(channel_id, text, reply_to, files)

    def _transfer_moved(self, key: str) -> None:
        """Have the message drawn anew whose file moved on."""
        channel_id, entry_key, _ = key.split("/")
        for line in self.state.all_timelines(int(channel_id)):
            index = line.index_of_key(entry_key)
            if index is not None:
                line[index].revision += 1
        self._emit([MessageChanged(int(channel_id), entry_key)])

    def check_file_sizes(self, files: Sequence[OutgoingFile]) -> None:
        """Raise RefusedError, with the limit, for a file that the server says it does not take."""
        message_limits.check_file_sizes(files, self.state.max_upload_bytes)

    def retry_message(self, channel_id: int, key: str) -> None:
        """Send a message again that was refused."""
        self._deliverer.retry(channel_id, key)

    def discard_message(self, channel_id: int, key: str) -> None:
        """Forget a message that was not sent."""
        self._deliverer.discard(channel_id, key)

    async def edit_message(self, channel_id: int, message_id: int, content: str) -> None:
        message_limits.check_edited(content)
        edited = await self._rest.get(routes.edit_message(channel_id, message_id, content), Message)
        if edited.id == message_id:
            for known in self.state.all_timelines(channel_id):
                self._emit(timeline.apply_edit(known, edited))

    async def delete_message(self, channel_id: int, message_id: int) -> None:
        """Delete a message; one that is gone already is as good."""
        try:
            await self._rest.perform(routes.delete_message(channel_id, message_id))
        except RefusedError as error:
            if error.code != ErrorCode.UNKNOWN_MESSAGE:
                raise
        for known in self.state.all_timelines(channel_id):
            self._emit(timeline.remove(known, message_id))

    async def open_channel(self, channel_id: int) -> None:
        """Make a channel's timeline fresh, and keep it so as long as it is among those opened lately."""
        self._opened.note(channel_id)
        if self._offline is not None:
            await self._offline.show(channel_id)
        if self.state.connection is Connection.READY or self._offline is None:
            await self.history.refresh(channel_id)
        # Else a fresh session makes what is shown true again.

    async def load_history(self, channel_id: int, *, limit: int = 50) -> None:
        """Fetch the page before the oldest known message."""
        await self.history.load_older(channel_id, limit)

    def typing(self, channel_id: int) -> None:
        """Say that the user types; call it at each key, a request goes out once in a while."""
        self._attention.type_in(channel_id)

    async def mark_read(self, channel_id: int, message_id: int | None = None) -> None:
        """Note that the user has seen a channel up to a message, by default its last."""
        self._attention.mark_read(channel_id, message_id)

    async def mark_unread(self, channel_id: int, message_id: int) -> None:
        """Have a message and all after it be unread again."""
        await self._attention.mark_unread(channel_id, message_id)

    # The account itself

    async def set_presence(self, status: str) -> None:
        """Show as online, idle, dnd or invisible."""
        self._command(gateway.PresenceUpdate(status=status, activities=[]))

    async def sign_out(self) -> None:
        """Make the token worthless, as far as the server can be reached, and close."""
        try:
            await self._rest.perform(routes.logout())
        except ClientError as error:
            logger.info("signing out of %s: %s", self.key, error)
        await self.close()

    # What the gateway tells

    def connecting(self, reason: str, next_try_ms: int | None) -> None:
        kind = Connection.RECONNECTING if reason or self.state.session else Connection.CONNECTING
        self._set_connection(kind, reason, next_try_ms)
        self.voice.connection_lost()

    def session_resumed(self) -> None:
        self._attention.session_started(is_fresh=False)
        self._become_ready()
        self.voice.session_ready(is_fresh=False)

    def dispatch(self, name: str, body: msgspec.Raw) -> None:
        """Take an event. A wrong one is logged and skipped, unless it is READY, without which nothing is known."""
        try:
            event = decode_event(name, body)
        except ProtocolError as error:
            if name == "READY":
                raise ProtocolError(
                    f"The server's READY cannot be read, so there is nothing to show: {error}"
                ) from error
            logger.warning("%s was skipped: %s", name, error)
            return
        if event is None:
            return
        self._emit(reducer.reduce(self.state, event, now_ms()))
        self.voice.take_event(event)
        if name == "READY":
            self._attention.session_started(is_fresh=True)
            self._become_ready()
            self.voice.session_ready(is_fresh=True)
            self._start(self.events.load_own)
            self._start(self.follows.load)
        elif isinstance(event, GuildCreate):
            self._start(partial(self.events.load_own, int(event.id)))
        elif isinstance(event, Told):
            self.interactions.take(event)
        elif name == "TYPING_START":
            self._attention.typing_seen()
        elif name == "USER_GUILD_SETTINGS_UPDATE":
            self._attention.settings_seen()

    def refused(self, sentence: str) -> None:
        self._set_connection(Connection.REFUSED, sentence)

    def _become_ready(self) -> None:
        self._set_connection(Connection.READY, "")
        self._deliverer.wake()
        for channel_id in self._opened.latest():
            self._refresh(channel_id)

    def _refresh(self, channel_id: int) -> None:
        if self.state.timeline(channel_id).is_stale:
            self._start(partial(self.history.refresh, channel_id))

    def _known_token(self) -> Token:
        if self._token is None:
            raise RefusedError(_("The token of this account is not on this machine any more: sign in again."))
        return self._token

    async def _find(self) -> Target:
        if self._token is None:
            await self._renew_token()
            self._known_token()
        target = await self._locator.find()
        if target.endpoint.socket_path is not None:
            await self._rest.move(target.endpoint)
        self.state.features = target.features
        self.state.max_upload_bytes = target.max_upload_bytes
        return target

    def _command(self, command: gateway.CommandPayload) -> None:
        try:
            self._gateway.send(command)
        except ProtocolError as error:
            raise RefusedError(str(error)) from error

    # Tasks

    async def _watched(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a task of this account; its failure is this account's alone."""
        try:
            await work()
        except Exception:
            logger.exception("a task of %s failed", self.key)
            self._set_connection(
                Connection.REFUSED, _("Something in tuichat failed; `tuichat logs` has it. Restart tuichat.")
            )

    def _start(self, request: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Send something whose failure the user need not hear of."""
        if self._tasks is not None:
            self._tasks.create_task(self._quietly(request))

    async def _quietly(self, request: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            await request()
        except ClientError as error:
            logger.info("%s: %s", self.key, error)

    def _seek_connection(self) -> None:
        if self.state.connection is Connection.RECONNECTING:
            self._gateway.reconnect()

    def _set_connection(self, connection: Connection, note: str, next_try_ms: int | None = None) -> None:
        state = self.state
        if (state.connection, state.connection_note, state.next_try_ms) == (connection, note, next_try_ms):
            return
        state.connection, state.connection_note, state.next_try_ms = connection, note, next_try_ms
        self._emit([ConnectionChanged()])

    def _emit(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        if self._offline is not None:
            self._offline.note(changes)
        self._listeners.tell(changes)
