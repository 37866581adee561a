"""No work holds the event loop over 5 ms: each callback's time on the processor is measured while the server is busy.

Time on the processor and not by the clock, so that waiting for it counts for nothing; what a cold cache adds is taken out by
trying again, for noise only ever adds. Where others keep the caches busy all the time, the same work takes up to twice as
long, so these run in CI's second step, when nothing else does; and the 5 ms are those of a machine that does `known_work` in
`KNOWN_WORK_S`: a slower one, which says so in the same run, is given as much more.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from tests.server.actions.conftest import Clock, Town, open_server
from tests.server.gateway.test_connection import FakeWebSocket
from tuichat.protocol.gateway import GuildSubscriptions, RequestGuildMembers
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import CreateGuildRequest, RoleRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server import garbage
from tuichat.server.accounts import Actor
from tuichat.server.actions import guilds, messages, presence, roles
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.bus import Event
from tuichat.server.gateway.connection import GatewayConnection
from tuichat.server.gateway.gateway import Gateway
from tuichat.server.gateway.session import Session
from tuichat.server.options import Registration
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import GuildRow, MemberRow, RoleRow, UserRow

pytestmark = [pytest.mark.slow, pytest.mark.alone]

LIMIT_S = 0.005
TRIES = 10
KNOWN_WORK_S = 0.00047  # the best of many on the machine where the limit was set
PLAIN, ZLIB = "v=10&encoding=json", "v=10&encoding=json&compress=zlib-stream"


class Watch:
    """Notes the longest callback of the loop, and what it was."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self.culprit = ""

    def note(self, handle: asyncio.Handle, seconds: float) -> None:
        if seconds > self.longest_s:
            self.longest_s, self.culprit = seconds, repr(handle)


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watching = Watch()
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        begin = time.thread_time()
        run(handle)
        watching.note(handle, time.thread_time() - begin)

    monkeypatch.setattr(asyncio.Handle, "_run", timed)
    return watching


class Crowd:
    """A server without sockets whose gateway has many sessions."""

    def __init__(self, town: Town, gateway: Gateway) -> None:
        self.town = town
        self.ctx: Context = town.ctx
        self.gateway = gateway
        self._next_id = 10**15

    def new_id(self) -> Snowflake:
        self._next_id += 1
        return Snowflake(self._next_id)

    def add_user(self) -> Snowflake:
        id = self.new_id()
        self.ctx.users.put(UserRow(id=id, username=f"u{id}", name_key=f"u{id}"))
        return id

    def join(self, state: GuildState, user_id: Snowflake) -> None:
        self.ctx.guilds.put_member(state, MemberRow(guild_id=state.id, user_id=user_id, joined_ms=0))

    def add_guild(self, members: list[Snowflake], channels: int) -> GuildState:
        """A guild in memory alone."""
        id = self.new_id()
        state = GuildState(GuildRow(id=id, name="crowd", owner_id=members[0]))
        state.put_role(
            RoleRow(
                id=id, guild_id=id, name="@everyone", permissions=self.town.state.roles[self.town.guild_id].permissions
            )
        )
        self.ctx.guilds.add(state)
        self.add_channels(state, channels)
        for user_id in members:
            self.join(state, user_id)
        return state

    def add_channels(self, state: GuildState, count: int) -> None:
        for number in range(count):
            row = ChannelRow(id=self.new_id(), type=0, guild_id=state.id, name=f"channel-{number}", position=number)
            self.ctx.guilds.put_channel(state, row)

    def connect(self, user_id: Snowflake, query: str = PLAIN) -> Session:
        """A session that has begun."""
        gateway = self.gateway
        connection = GatewayConnection(gateway, gateway._flusher, gateway.now_ms)
        connection.attach(FakeWebSocket())  # type: ignore[arg-type]  # as far as a connection uses it
        connection.opened(query)
        connection.text_received(b'{"op":2,"d":{"token":"x"}}')
        session = Session(actor=Actor(user_id))
        gateway.hub.add(session)
        connection.accept(session)
        session.begin([], 0)
        self.ctx.presences.set(user_id, session.id, "online", ())
        return session

    async def settle(self) -> None:
        """Let the loop do all that it has to do."""
        for _ in range(2000):
            await asyncio.sleep(0)
            if not self.gateway._tasks and not self.gateway.hub._deliveries and not self.gateway._flusher._waiting:
                return


@pytest.fixture
async def crowd(tmp_path: Path) -> AsyncIterator[Crowd]:
    published: list[Event] = []
    ctx = await open_server(tmp_path / "tuichat.db", published, Clock(), Registration.OPEN)
    town = Town(ctx, published, Clock())
    await town.add_person("ada")
    town.guild_id = (await guilds.create_guild(ctx, town.ada, CreateGuildRequest(name="Town"))).id
    made = Crowd(town, Gateway(ctx))
    thresholds = gc.get_threshold()
    garbage.calm()  # as the server does at its start
    yield made
    gc.set_threshold(*thresholds)
    for task in list(made.gateway._tasks):
        task.cancel()
    await ctx.store.close()
    ctx.accounts.close()


def known_work() -> None:
    """Objects made, looked up and encoded, as the server's work is."""
    rows = {number: (number, str(number), {"id": number}) for number in range(2000)}
    msgspec.json.encode([rows[number] for number in reversed(rows)])


def slowness() -> float:
    """Return by how much this machine is slower now than the one where the limit was set; 1 for a faster one."""
    best = 1.0
    for _ in range(5):
        begin = time.thread_time()
        known_work()
        best = min(best, time.thread_time() - begin)
    return max(1.0, best / KNOWN_WORK_S)


async def hold_s(watch: Watch, work: Callable[[], Awaitable[object]], crowd: Crowd) -> float:
    """The longest that one callback held the loop, in the best of a few tries."""
    best, culprit, limit = 1.0, "", LIMIT_S
    for _ in range(TRIES):
        await crowd.settle()
        watch.longest_s = 0.0
        await asyncio.create_task(_turn(work))
        await crowd.settle()
        if watch.longest_s < best:
            best, culprit = watch.longest_s, watch.culprit
        limit = max(limit, LIMIT_S * slowness())
        if best < limit:
            break
    assert best < limit, f"{culprit} held the loop for {best * 1000:.1f} ms, {limit * 1000:.1f} are allowed"
    return best


async def _turn(work: Callable[[], Awaitable[object]]) -> None:
    await asyncio.sleep(0)
    await work()


@pytest.mark.parametrize("query", [PLAIN, ZLIB])
async def test_ready_of_many_guilds(crowd: Crowd, watch: Watch, query: str) -> None:
    me = crowd.town.ada.user_id
    everybody = [me, *(crowd.add_user() for _ in range(249))]
    for _ in range(60):
        crowd.add_guild(everybody, channels=30)
    token = await crowd.ctx.accounts.issue_token(me)
    sockets = []

    async def identify() -> None:
        socket = FakeWebSocket()
        sockets.append(socket)
        connection = GatewayConnection(crowd.gateway, crowd.gateway._flusher, crowd.gateway.now_ms)
        connection.attach(socket)  # type: ignore[arg-type]  # likewise
        connection.opened(query)
        connection.text_received(msgspec.json.encode({"op": 2, "d": {"token": token}}))
        while sum(map(len, socket.writes)) < 100_000:  # noqa: ASYNC110  # a fake tells nobody
            await asyncio.sleep(0.001)

    await hold_s(watch, identify, crowd)


async def test_a_message_to_thousands(crowd: Crowd, watch: Watch) -> None:
    for number in range(4000):
        user_id = crowd.add_user()
        crowd.join(crowd.town.state, user_id)
        crowd.connect(user_id, ZLIB if number % 2 else PLAIN)
    await hold_s(watch, lambda: crowd.town.say("hello everybody"), crowd)


async def test_everybody_loses_and_gains_many_channels(crowd: Crowd, watch: Watch) -> None:
    crowd.add_channels(crowd.town.state, 50)
    for _ in range(1000):
        user_id = crowd.add_user()
        crowd.join(crowd.town.state, user_id)
        crowd.connect(user_id)

    async def toggle() -> None:
        everyone = crowd.town.state.roles[crowd.town.guild_id].permissions
        for permissions in (everyone & ~Permissions.VIEW_CHANNEL, everyone):
            request = RoleRequest(permissions=permissions)
            await roles.edit_role(crowd.ctx, crowd.town.ada, crowd.town.guild_id, crowd.town.guild_id, request)

    await hold_s(watch, toggle, crowd)


async def test_a_hundred_messages_are_deleted_at_once(crowd: Crowd, watch: Watch) -> None:
    for _ in range(1000):
        user_id = crowd.add_user()
        crowd.join(crowd.town.state, user_id)
        crowd.connect(user_id)

    bot = Actor(crowd.town.ada.user_id, is_bot=True)  # accounts may not

    async def fill_and_delete() -> None:
        ids = [await crowd.town.say(f"message {number}") for number in range(100)]
        await messages.bulk_delete_messages(crowd.ctx, bot, crowd.town.general, ids)

    await hold_s(watch, fill_and_delete, crowd)


async def test_lists_of_members_of_a_large_guild(crowd: Crowd, watch: Watch) -> None:
    for number in range(5000):
        user_id = crowd.add_user()
        crowd.join(crowd.town.state, user_id)
        if number < 2000:
            crowd.ctx.presences.set(user_id, f"s{number}", "online", ())
    crowd.join(crowd.town.state, crowd.town.ada.user_id)
    session = crowd.connect(crowd.town.ada.user_id)

    async def look() -> None:
        ranges = [(0, 99), (100, 199), (1900, 1999)]
        lists = GuildSubscriptions(guild_id=crowd.town.guild_id, channels={str(crowd.town.general): ranges})
        crowd.gateway.command(session, lists)
        crowd.gateway.command(session, RequestGuildMembers(guild_id=int(crowd.town.guild_id), query="", limit=0))
        presence.set_presence(crowd.ctx, crowd.town.ada, session.id, "dnd")

    crowd.gateway._subscriptions._opened.clear()
    await hold_s(watch, look, crowd)


async def test_the_sweep_of_thousands_of_sessions(crowd: Crowd, watch: Watch) -> None:
    for _ in range(5000):
        user_id = crowd.add_user()
        crowd.join(crowd.town.state, user_id)
        crowd.connect(user_id)

    async def sweep() -> None:
        for _ in crowd.gateway._sweeping(crowd.gateway.now_ms()):
            await asyncio.sleep(0)

    await hold_s(watch, sweep, crowd)


async def test_a_role_that_many_have_is_deleted(crowd: Crowd, watch: Watch) -> None:
    town, state = crowd.town, crowd.town.state
    people = [crowd.add_user() for _ in range(2000)]
    known = [user for user_id in people if (user := crowd.ctx.users.get(user_id)) is not None]
    await crowd.ctx.store.write([Put(user) for user in known])
    for user_id in people[:500]:
        crowd.join(state, user_id)
        crowd.connect(user_id)

    async def delete() -> None:
        role = await roles.create_role(crowd.ctx, town.ada, town.guild_id, RoleRequest(name="crowd", hoist=True))
        for user_id in people:
            row = MemberRow(guild_id=state.id, user_id=user_id, joined_ms=0, role_ids=(role.id,))
            crowd.ctx.guilds.put_member(state, row)
            if user_id % 200 == 0:
                await asyncio.sleep(0)
        await roles.delete_role(crowd.ctx, town.ada, town.guild_id, role.id)

    await hold_s(watch, delete, crowd)


async def test_a_guild_of_many_is_deleted(crowd: Crowd, watch: Watch) -> None:
    me = crowd.town.ada.user_id
    everybody = [me, *(crowd.add_user() for _ in range(5000))]
    for user_id in everybody[:1000]:
        crowd.connect(user_id)

    async def delete() -> None:
        state = crowd.add_guild(everybody[:1], channels=30)
        for count, user_id in enumerate(everybody[1:]):
            crowd.join(state, user_id)
            for session in crowd.gateway.hub.of_user(user_id):
                crowd.gateway.hub._enter(session, state.id)
            if count % 200 == 0:
                await asyncio.sleep(0)
        await guilds.delete_guild(crowd.ctx, crowd.town.ada, state.id)

    await hold_s(watch, delete, crowd)
