"""States made by hand, and an account that lives in memory: what the screen's tests show."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace as replace_record
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec

from tests.tui.archive import ArchiveRest
from tests.tui.fake_rooms import FakeLiveRooms
from tuichat.client.change import (
    Change,
    ChannelsChanged,
    ConnectionChanged,
    GuildsChanged,
    HistoryLoaded,
    MessageAdded,
    MessageChanged,
    MessageRemoved,
    ReadStateChanged,
    TypingChanged,
)
from tuichat.client.client import Client
from tuichat.client.endpoint import Endpoint
from tuichat.client.errors import ClientError
from tuichat.client.follows import Follows
from tuichat.client.guild_people import GuildPeople
from tuichat.client.guild_settings import GuildSettings
from tuichat.client.hallway import Hallway
from tuichat.client.history import History
from tuichat.client.interactions import Interactions
from tuichat.client.message_marks import MessageMarks
from tuichat.client.notice_levels import Level
from tuichat.client.people import People
from tuichat.client.pins import Pins
from tuichat.client.polls import Polls
from tuichat.client.rest import Rest
from tuichat.client.roles import Roles
from tuichat.client.routes import Body, Request
from tuichat.client.scheduled_events import ScheduledEvents
from tuichat.client.search import Search
from tuichat.client.session import Accounts, ServerProbe
from tuichat.client.soundboard import Soundboard
from tuichat.client.state import Connection, Delivery, Entry, GuildState, State
from tuichat.client.threads import Threads
from tuichat.client.voice import Voice
from tuichat.config.accounts import AccountRecord, PersonalAddress
from tuichat.protocol import gateway
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.dispatch.read_state import ReadState
from tuichat.protocol.guild import Guild, Invite, InviteChannel, InviteGuild, Member, Role
from tuichat.protocol.message import MentionedUser, Message, MessageReference, MessageType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.profile import AuthSession, RecoveryState
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.snowflake import EPOCH_MS, Snowflake
from tuichat.protocol.user import Activity, OwnUser, Presence, User, UserReference

NOW = datetime(2026, 11, 19, 9, 58, tzinfo=UTC)
GUILD = 1000
GENERAL, VOICE_ENGINE, REVIEWS, RANDOM, STANDUP, TOWNHALL, NEWS = range(2001, 2008)
ME, GRACE, LINUS, MARGARET, BARBARA, KEN, RADIA, ALAN, BOT = range(101, 110)
NAMES = {
    ME: "ada",
    GRACE: "grace",
    LINUS: "linus",
    MARGARET: "margaret",
    BARBARA: "barbara",
    KEN: "ken",
    RADIA: "radia",
    ALAN: "alan",
    BOT: "buildbot",
}
ADA_NICK = "the countess"
ALL = Permissions(2**53 - 1)


def snowflake(moment: datetime, number: int = 0) -> Snowflake:
    return Snowflake(((int(moment.timestamp() * 1000) - EPOCH_MS) << 22) + number)


def user(user_id: int) -> User:
    return User(id=Snowflake(user_id), username=NAMES[user_id], bot=user_id == BOT)


def member(user_id: int, roles: Sequence[int] = (), nick: str | None = None) -> Member:
    return Member(user=user(user_id), roles=[Snowflake(role) for role in roles], nick=nick)


def message(
    author: int,
    minutes_ago: float,
    content: str,
    *,
    number: int = 0,
    channel: int = GENERAL,
    edited: bool = False,
    mentions: Sequence[int] = (),
    kind: int = MessageType.DEFAULT,
    answers: Message | None = None,
) -> Message:
    moment = NOW - timedelta(minutes=minutes_ago)
    made = Message(
        id=snowflake(moment, number),
        channel_id=Snowflake(channel),
        author=user(author),
        content=content,
        timestamp=moment.isoformat(),
        edited_timestamp=moment.isoformat() if edited else None,
        mentions=tuple(MentionedUser(id=Snowflake(someone), username=NAMES[someone]) for someone in mentions),
        type=MessageType.REPLY if answers else kind,
    )
    if answers is not None:
        reference = MessageReference(message_id=answers.id, channel_id=answers.channel_id)
        made = msgspec.structs.replace(made, message_reference=reference, referenced_message=answers)
    return made


def channel(channel_id: int, kind: int, name: str, topic: str | None = None, last: int | None = None) -> Channel:
    return Channel(
        id=Snowflake(channel_id),
        type=kind,
        guild_id=Snowflake(GUILD),
        name=name,
        topic=topic,
        last_message_id=Snowflake(last) if last else None,
        permission_overwrites=[],
    )


def conversation() -> list[Message]:
    """A morning among people who build something: every way of showing a message occurs."""
    first = message(GRACE, 17, "the jitter buffer holds at **3 frames** now, p99 < 30 ms.")
    numbers = message(GRACE, 16.9, "numbers: https://bench.example.org/run/118", number=1)
    code = "\n".join(
        [
            "nice. here is what I changed in the mixer:",
            "```python",
            "def mix(frames) -> Frame:",
            "    acc = np.zeros(960, np.int32)",
            "    for f in frames: acc += f.pcm",
            "    return Frame(np.clip(acc, LO, HI))",
            "```",
        ]
    )
    answer = message(LINUS, 14, code, answers=first)
    return [
        message(MARGARET, 60 * 18, "> measure first\nagreed, ~~later~~ *now*. the plan is ||ship on friday||"),
        message(ALAN, 60 * 17.9, "", kind=MessageType.MEMBER_JOIN),
        first,
        numbers,
        answer,
        message(BOT, 11, "build 1184 passed in 4 min 12 s: `make test` is green"),
        message(MARGARET, 6, "<@101> can you look at <#2002> before standup?", mentions=[ME]),
        message(ME, 5, "on it, joining <#2005> in a minute", edited=True),
        message(ME, 4.9, "also: the new numbers look **great**", number=1),
    ]


def guild_state() -> GuildState:
    roles = {
        GUILD: Role(id=Snowflake(GUILD), name="@everyone", permissions=ALL),
        3001: Role(id=Snowflake(3001), name="maintainers", color=0xC6A0F6, hoist=True, position=2),
    }
    members = {user_id: member(user_id, [3001] if user_id == MARGARET else []) for user_id in NAMES}
    guild = Guild(id=Snowflake(GUILD), name="Textual Labs", owner_id=Snowflake(MARGARET), roles=list(roles.values()))
    ids = [NEWS, GENERAL, VOICE_ENGINE, REVIEWS, RANDOM, STANDUP, TOWNHALL]
    return GuildState(guild, ids, dict(roles), members, {}, member_count=412)


def sample_state(messages: Sequence[Message] | None = None) -> State:
    """An account in one guild, with a conversation in #general and something unread elsewhere."""
    state = State(me=OwnUser(id=Snowflake(ME), username="ada"), connection=Connection.READY)
    state.session_hash = "here"
    state.features = frozenset({"recovery"})
    state.users = {user_id: user(user_id) for user_id in NAMES}
    state.guilds = {GUILD: guild_state()}
    written = conversation() if messages is None else list(messages)
    last = written[-1].id if written else None
    kinds = [
        (NEWS, ChannelType.ANNOUNCEMENT, "announcements", None, 10),
        (GENERAL, ChannelType.TEXT, "general", "measure first, ship small", last),
        (VOICE_ENGINE, ChannelType.TEXT, "voice-engine", None, 20),
        (REVIEWS, ChannelType.TEXT, "reviews", None, 30),
        (RANDOM, ChannelType.TEXT, "random", None, 5),
        (STANDUP, ChannelType.VOICE, "standup", None, None),
        (TOWNHALL, ChannelType.STAGE, "townhall", None, None),
    ]
    state.channels = {
        channel_id: channel(channel_id, kind, name, topic, end) for channel_id, kind, name, topic, end in kinds
    }
    for channel_id, read, count in (
        (NEWS, 10, 0),
        (GENERAL, last, 0),
        (VOICE_ENGINE, 1, 3),
        (REVIEWS, 1, 0),
        (RANDOM, 5, 0),
    ):
        state.read_states[channel_id] = ReadState(
            id=Snowflake(channel_id), last_message_id=Snowflake(read) if read else None, mention_count=count
        )
    for user_id, status in (
        (ME, "online"),
        (GRACE, "online"),
        (LINUS, "online"),
        (KEN, "idle"),
        (RADIA, "dnd"),
        (BOT, "online"),
        (MARGARET, "online"),
    ):
        activities = [Activity(name="Custom Status", type=4, state="hacking on the mixer")] if user_id == LINUS else []
        state.presences[user_id] = Presence(
            user=UserReference(id=Snowflake(user_id)), status=status, activities=activities
        )
    timeline = state.timeline(GENERAL)
    timeline.confirmed = [Entry(str(int(item.id)), item) for item in written]
    timeline.has_older = False
    timeline.is_stale = False
    return state


class RecordedRest:
    """Takes requests and keeps them; `fault` is raised instead, `answers` are given by route: what comes, or a function of
    the request."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[Body] = []
        self.reasons: list[str] = []
        self.answers: dict[str, object] = {}
        self.fault: ClientError | None = None
        self.endpoint = Endpoint("https://chat.example.org")
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def perform(self, wanted: Request) -> bytes:
        await self.may_answer.wait()
        if self.fault is not None:
            raise self.fault
        self.asked.append((wanted.method, wanted.path))
        self.bodies.append(wanted.body)
        self.reasons.append(wanted.reason)
        return b""

    async def get(self, wanted: Request, kind: type[object]) -> object:
        await self.perform(wanted)
        answer = self.answers.get(wanted.route)
        return answer(wanted) if callable(answer) else answer


class FakeInbox:
    """What an account is mentioned in, held in memory."""

    def __init__(self) -> None:
        self.listed: list[Message] = []
        self.fault: ClientError | None = None

    async def mentions(self, before: int | None = None) -> list[Message]:
        if self.fault is not None:
            raise self.fault
        return self.listed

    async def dismiss(self, message_id: int) -> None:
        self.listed = [message for message in self.listed if message.id != message_id]


class FakeOwnAccount:
    """What a user does with the own account, held in memory."""

    def __init__(self, asked: list[tuple[object, ...]]) -> None:
        self.asked = asked
        self.fault: ClientError | None = None
        self.listed = [
            AuthSession(id_hash=name, approx_last_used_time=f"2026-11-{day}T09:41:00+00:00")
            for name, day in (("here", "19"), ("phone", "12"), ("work", "03"))
        ]

    def _note(self, *what: object) -> None:
        if self.fault is not None:
            raise self.fault
        self.asked.append(what)

    async def edit(self, edit: EditUserRequest) -> None:
        self._note("edit", edit)

    async def set_status(self, status: str) -> None:
        self._note("status", status)

    async def set_custom_status(self, text: str, end_ms: int | None) -> None:
        self._note("custom status", text, end_ms)

    async def sessions(self) -> list[AuthSession]:
        return self.listed

    async def end_sessions(self, hashes: list[str], password: str) -> None:
        self._note("end", tuple(hashes), password)
        self.listed = [session for session in self.listed if session.id_hash not in hashes]

    async def recovery(self) -> RecoveryState:
        return RecoveryState(left=3, has_password=True)

    async def make_recovery_codes(self, password: str) -> list[str]:
        self._note("codes", password)
        return [f"abcd-efgh-jkmn-pq{number}s" for number in range(2, 10)]

    async def delete(self, password: str) -> None:
        self._note("delete", password)


class FakeNotices:
    """What a user wants to hear of, as it asks for it."""

    def __init__(self, asked: list[tuple[object, ...]]) -> None:
        self.asked = asked

    async def set_guild_level(self, guild_id: int, level: Level) -> None:
        self.asked.append(("guild level", guild_id, level))

    async def set_channel_level(self, channel_id: int, level: Level) -> None:
        self.asked.append(("channel level", channel_id, level))

    async def mute_guild(self, guild_id: int, end_ms: int | None) -> None:
        self.asked.append(("mute guild", guild_id, end_ms))

    async def unmute_guild(self, guild_id: int) -> None:
        self.asked.append(("unmute guild", guild_id))

    async def mute_channel(self, channel_id: int, end_ms: int | None) -> None:
        self.asked.append(("mute channel", channel_id, end_ms))

    async def unmute_channel(self, channel_id: int) -> None:
        self.asked.append(("unmute channel", channel_id))

    async def suppress(self, guild_id: int, *, everyone: bool, roles: bool) -> None:
        self.asked.append(("suppress", guild_id, everyone, roles))


class FakePlaces:
    """Guilds and channels that are made or opened, held in memory."""

    def __init__(self, state: State, asked: list[tuple[object, ...]]) -> None:
        self._state = state
        self._asked = asked

    async def open_private_channel(self, user_id: int) -> Channel:
        self._asked.append(("private", user_id))
        made = Channel(id=Snowflake(9000 + user_id), type=ChannelType.DM, recipients=[user(user_id)])
        self._state.channels[made.id] = made
        self._state.private_channel_ids.append(made.id)
        return made

    async def create_invite(self, channel_id: int) -> Invite:
        self._asked.append(("invite", channel_id))
        return Invite(
            code="kT9mPq2x",
            guild=InviteGuild(id=Snowflake(GUILD), name="Textual Labs"),
            channel=InviteChannel(id=Snowflake(channel_id), name="general", type=0),
        )


class FakeMemberRequests:
    def __init__(self, asked: list[tuple[object, ...]]) -> None:
        self._asked = asked

    async def ask_for_all(self, guild_id: int) -> None:
        self._asked.append(("members", guild_id))

    async def search(self, guild_id: int, beginning: str) -> None:
        self._asked.append(("search", guild_id, beginning))

    async def open_list(self, channel_id: int, first: int = 0, last: int = 0) -> None:
        self._asked.append(("rows", first))


class FakeClient:
    """An account as the screen knows one: keeps what it was asked, and changes its state when a test says so."""

    def __init__(self, state: State, *, key: str = "s1/101", username: str = "ada") -> None:
        server_id, user_id = key.split("/")
        self.key = key
        self.state = state
        self.account = AccountRecord(server_id, user_id, username, username, PersonalAddress())
        self.asked: list[tuple[object, ...]] = []
        self.own = FakeOwnAccount(self.asked)
        self.notices = FakeNotices(self.asked)
        self.places = FakePlaces(state, self.asked)
        self.members = FakeMemberRequests(self.asked)
        self.older: list[Message] = []
        self.inbox = FakeInbox()
        self.rest = RecordedRest()
        self.guild_settings = GuildSettings(cast(Rest, self.rest))
        self.soundboard = Soundboard(cast(Rest, self.rest))
        self.hallway = Hallway(state, cast(Rest, self.rest))
        self.follows = Follows(state, cast(Rest, self.rest), lambda changes: self.emit(*changes))
        self.roles = Roles(state, cast(Rest, self.rest), lambda changes: self.emit(*changes))
        self.guild_people = GuildPeople(state, cast(Rest, self.rest), lambda changes: self.emit(*changes))
        self.marks = MessageMarks(state, cast(Rest, self.rest), lambda changes: self.emit(*changes))
        self.polls = Polls(state, cast(Rest, self.rest), lambda changes: self.emit(*changes))
        self.people = People(state, cast(Rest, self.rest))
        self.interactions = Interactions(state, cast(Rest, self.rest), lambda changes: self.emit(*changes))
        self.archive = ArchiveRest()
        self.search = Search(cast(Rest, self.archive))
        self.pins = Pins(cast(Rest, self.archive))
        self.threads = Threads(state, cast(Rest, self.archive), lambda changes: self.emit(*changes))
        self.events = ScheduledEvents(state, cast(Rest, self.archive), lambda changes: self.emit(*changes))
        self.history = History(state, cast(Rest, self.archive), lambda changes: self.emit(*changes))
        self.time_ms = 0
        self.commands: list[gateway.CommandPayload] = []  # what went to the gateway
        self.voice = Voice(
            state,
            cast(Rest, self.rest),
            lambda changes: self.emit(*changes),
            command=self.commands.append,
            endpoint=lambda: self.rest.endpoint,
            seek=lambda: None,
            drop=lambda: None,
        )
        self.live_rooms = FakeLiveRooms(key, self.asked)
        self._listeners: list[Callable[[Sequence[Change]], None]] = []
        self._nonce = 0

    def reconnect_now(self) -> None:
        self.asked.append(("reconnect",))

    def subscribe(self, listener: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, *changes: Change) -> None:
        for listener in list(self._listeners):
            listener(changes)

    def now_ms(self) -> int:
        return self.time_ms

    # What a test lets happen.

    def receive(self, item: Message) -> None:
        timeline = self.state.timeline(item.channel_id)
        timeline.confirmed.append(Entry(str(int(item.id)), item))
        old = self.state.channels[item.channel_id]
        self.state.channels[item.channel_id] = msgspec.structs.replace(old, last_message_id=item.id)
        self.emit(MessageAdded(item.channel_id, str(int(item.id))), ReadStateChanged(item.channel_id))

    def confirm(self, channel_id: int, key: str, message_id: int) -> None:
        timeline = self.state.timeline(channel_id)
        entry = next(entry for entry in timeline.unsent if entry.key == key)
        timeline.unsent.remove(entry)
        entry.message = msgspec.structs.replace(entry.message, id=Snowflake(message_id))
        entry.delivery = Delivery.CONFIRMED
        entry.revision += 1
        timeline.confirmed.append(entry)
        self.emit(MessageChanged(channel_id, key))

    def fail(self, channel_id: int, key: str, sentence: str) -> None:
        entry = next(entry for entry in self.state.timeline(channel_id).unsent if entry.key == key)
        entry.delivery, entry.error = Delivery.FAILED, sentence
        entry.revision += 1
        self.emit(MessageChanged(channel_id, key))

    def edit(self, channel_id: int, message_id: int, content: str) -> None:
        entry = self.state.timeline(channel_id).find(message_id)
        assert entry is not None
        entry.message = msgspec.structs.replace(entry.message, content=content, edited_timestamp=NOW.isoformat())
        entry.revision += 1
        self.emit(MessageChanged(channel_id, entry.key))

    def remove(self, channel_id: int, message_id: int) -> None:
        timeline = self.state.timeline(channel_id)
        entry = timeline.find(message_id)
        assert entry is not None
        timeline.confirmed.remove(entry)
        self.emit(MessageRemoved(channel_id, entry.key))

    def connect(self, connection: Connection, note: str = "", next_try_ms: int | None = None) -> None:
        self.state.connection, self.state.connection_note, self.state.next_try_ms = connection, note, next_try_ms
        self.emit(ConnectionChanged())

    def show_typing(self, channel_id: int, *user_ids: int) -> None:
        self.state.typing[channel_id] = dict.fromkeys(user_ids, 10_000)
        self.emit(TypingChanged(channel_id))

    def restructure(self) -> None:
        self.emit(GuildsChanged(), ChannelsChanged(GUILD))

    # What the screen asks.

    def send_message(self, channel_id: int, content: str, *, reply_to: int | None = None) -> str:
        self.asked.append(("send", channel_id, content, reply_to))
        self._nonce += 1
        key = f"n{self._nonce}"
        made = message(ME, 0, content, channel=channel_id)
        self.state.timeline(channel_id).unsent.append(Entry(key, made, Delivery.PENDING))
        self.emit(MessageAdded(channel_id, key))
        return key

    def retry_message(self, channel_id: int, key: str) -> None:
        self.asked.append(("retry", channel_id, key))

    def discard_message(self, channel_id: int, key: str) -> None:
        self.asked.append(("discard", channel_id, key))
        timeline = self.state.timeline(channel_id)
        timeline.unsent = [entry for entry in timeline.unsent if entry.key != key]
        self.emit(MessageRemoved(channel_id, key))

    async def edit_message(self, channel_id: int, message_id: int, content: str) -> None:
        self.asked.append(("edit", channel_id, message_id, content))

    async def delete_message(self, channel_id: int, message_id: int) -> None:
        self.asked.append(("delete", channel_id, message_id))

    async def open_channel(self, channel_id: int) -> None:
        self.asked.append(("open", channel_id))
        self.state.timeline(channel_id).is_stale = False

    async def load_history(self, channel_id: int, *, limit: int = 50) -> None:
        self.asked.append(("history", channel_id))
        if channel_id in self.archive.messages:
            await self.history.load_older(channel_id, limit)
            return
        timeline = self.state.timeline(channel_id)
        page, self.older = self.older[-limit:], self.older[:-limit]
        timeline.confirmed[:0] = [Entry(str(int(item.id)), item) for item in page]
        timeline.has_older = bool(self.older)
        self.emit(HistoryLoaded(channel_id, len(page)))

    def typing(self, channel_id: int) -> None:
        self.asked.append(("typing", channel_id))

    async def mark_unread(self, channel_id: int, message_id: int) -> None:
        self.asked.append(("unread", channel_id, message_id))
        read = ReadState(id=Snowflake(channel_id), last_message_id=Snowflake(message_id - 1))
        self.state.read_states[channel_id] = read
        self.emit(ReadStateChanged(channel_id))

    async def mark_read(self, channel_id: int, message_id: int | None = None) -> None:
        self.asked.append(("read", channel_id))
        last = self.state.channels[channel_id].last_message_id
        read = Snowflake(last) if isinstance(last, int) else None
        self.state.read_states[channel_id] = ReadState(id=Snowflake(channel_id), last_message_id=read)
        self.emit(ReadStateChanged(channel_id))

    def use_address(self, record: AccountRecord) -> None:
        self.account = replace_record(record) if not isinstance(record, msgspec.Struct) else record


class FakeAccounts:
    """The accounts of a profile, held in memory."""

    def __init__(self, *clients: FakeClient) -> None:
        self.clients = {client.key: client for client in clients}
        self.has_accounts = bool(clients)
        self._listeners: list[Callable[[], None]] = []

    def subscribe_accounts(self, listener: Callable[[], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def change_password(self, key: str, current: str, new: str) -> None:
        self.clients[key].asked.append(("password", current, new))

    async def probe(self, url: str, fingerprint: str | None = None) -> ServerProbe:
        return ServerProbe(url)

    async def recover(
        self, url: str, login: str, code: str, password: str, fingerprint: str | None = None
    ) -> FakeClient:
        client = next(iter(self.clients.values()))
        client.asked.append(("recover", url, login, code, password))
        return client

    async def remove(self, key: str) -> None:
        self.clients[key].asked.append(("remove", key))

    def tell(self) -> None:
        for listener in list(self._listeners):
            listener()

    async def start_all(self) -> None:
        pass

    async def close(self) -> None:
        pass

    def as_accounts(self) -> Accounts:
        return cast(Accounts, self)


def as_client(client: FakeClient) -> Client:
    return cast(Client, client)
