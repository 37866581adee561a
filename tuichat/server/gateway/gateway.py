"""The gateway: every connection and session of this process, from the upgrade to the end of the resume window."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterator

from tuichat.protocol.gateway import (
    CloseCode,
    CommandPayload,
    GuildSubscriptions,
    GuildSubscriptionsBulk,
    Identify,
    PresenceUpdate,
    RequestGuildMembers,
    Resume,
)
from tuichat.protocol.gateway_connection import ConnectionQuery
from tuichat.protocol.gateway_server import ServerConnection
from tuichat.protocol.rest.server import SessionStartLimit
from tuichat.protocol.resume_buffer import ReplayRefusal
from tuichat.server.actions import temporary_members, voice_states
from tuichat.server.actions.activity import note_connected, write_days
from tuichat.server.actions.context import Context
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.presence import expire_statuses, session_closed, session_opened
from tuichat.server.gateway.admission import (
    MAX_SESSIONS,
    Refused,
    client_info,
    first_dispatches,
    first_status,
    joined_guild,
    open_session,
)
from tuichat.server.gateway.commands import carry_out
from tuichat.server.gateway.connection import Flusher, GatewayConnection
from tuichat.server.gateway.hub import Hub
from tuichat.server.gateway.identify_limits import IdentifyLimits
from tuichat.server.gateway.member_requests import MemberRequests
from tuichat.server.gateway.member_subscriptions import MemberSubscriptions
from tuichat.server.gateway.prepared import PreparedDispatch, Scene
from tuichat.server.gateway.session import RESUME_WINDOW_MS, Session
from tuichat.server.peer_limits import MAX_UNIDENTIFIED, PeerLimits
from tuichat.server.websocket import WebSocket

SWEEP_INTERVAL_S = 5.0
SWEPT_AT_ONCE = 500  # connections or sessions; each takes a few microseconds
MAX_CONNECTIONS = 20_000
READIES_AT_ONCE = 8  # READYs of large guilds, all made at once after a restart, would be hundreds of MB for a moment
WRITE_BUFFER_HIGH_BYTES = 256 * 1024  # beyond it a client counts as slow

logger = logging.getLogger(__name__)

MakeMachine = Callable[[ConnectionQuery], ServerConnection]


class Gateway:
    """Takes clients in, keeps their sessions over broken sockets, and hands them what the bus publishes.

    `run` must be running; `tasks` belong to it. `make_machine` lets a test choose another heartbeat; `has_limits` False
    lets accounts identify, and addresses connect, as often as they like.
    """

    def __init__(
        self, context: Context, *, make_machine: MakeMachine = ServerConnection, has_limits: bool = True
    ) -> None:
        self._context = context
        self._loop = asyncio.get_running_loop()
        self._make_machine = make_machine
        self._flusher = Flusher(self._loop)
        self._tasks: set[asyncio.Task[None]] = set()
        self._limits = IdentifyLimits(are_lifted=not has_limits)
        self._peers = PeerLimits()
        self._has_limits = has_limits
        self._member_requests: dict[str, MemberRequests] = {}  # by session, once it has asked
        self._making = asyncio.Semaphore(READIES_AT_ONCE)
        self._is_draining = False
        self.hub = Hub(
            context.guilds,
            self.now_ms,
            lambda session, guild_id, body: joined_guild(context, session, guild_id, body),
            self._loop.call_soon,
            context.directs,
        )
        self.connections: set[GatewayConnection] = set()
        self._all_closed = asyncio.Event()
        self._all_closed.set()
        self._subscriptions = MemberSubscriptions(context, self.hub, self.now_ms, lambda work: self._spawn(work, None))
        self._unsubscribe = (
            context.bus.subscribe(self.hub.publish),
            context.bus.subscribe(self._subscriptions.publish),
        )
        context.accounts.on_revoked(self._end_revoked)

    def now_ms(self) -> int:
        """Milliseconds of the loop's monotonic clock."""
        return int(self._loop.time() * 1000)

    def session_start_limit(self, user_id: int) -> SessionStartLimit:
        return self._limits.limit_of(user_id, self.now_ms())

    def open(self, transport: asyncio.Transport, handshake: bytes, *, url: str, address: str | None) -> WebSocket:
        """Take over a transport whose client asks for a WebSocket.

        `url` is where it finds the gateway again, `address` where it comes from, None for a Unix socket.
        """
        connection = GatewayConnection(self, self._flusher, self.now_ms, self._make_machine, url, address)
        websocket = WebSocket(transport, connection)
        connection.attach(websocket)
        transport.set_write_buffer_limits(high=WRITE_BUFFER_HIGH_BYTES)
        transport.set_protocol(websocket)
        websocket.data_received(handshake)
        return websocket

    async def run(self) -> None:
        """Watch the clock: silent clients, sessions whose clients do not come back. Cancel it to end."""
        returned_ms: int | None = (
            self.now_ms() + RESUME_WINDOW_MS
        )  # by then, who was here before the server's start is back
        try:
            while True:
                await asyncio.sleep(SWEEP_INTERVAL_S)
                try:
                    for _ in self._sweeping(self.now_ms()):
                        await asyncio.sleep(0)
                    await write_days(self._context)
                    if returned_ms is not None and self.now_ms() > returned_ms:
                        returned_ms = None
                        await temporary_members.remove_all(self._context)
                except Exception:
                    logger.exception("a sweep of the gateway failed")
        finally:
            for unsubscribe in self._unsubscribe:
                unsubscribe()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def sweep(self, now_ms: int) -> None:
        """Act on the time: close connections whose clients are silent, end sessions that nobody resumed."""
        for _ in self._sweeping(now_ms):
            pass

    def _sweeping(self, now_ms: int) -> Iterator[None]:
        """The same, giving up the turn again and again."""
        for count, connection in enumerate(list(self.connections), 1):
            connection.tick(now_ms)
            if count % SWEPT_AT_ONCE == 0:
                yield
        for count, session in enumerate(self.hub.all(), 1):
            self._expire(session, now_ms)
            if count % SWEPT_AT_ONCE == 0:
                yield
        note_connected(self._context)
        expire_statuses(self._context)
        for session_id in [session_id for session_id in self._member_requests if session_id not in self.hub]:
            del self._member_requests[session_id]
        self._subscriptions.expire()

    def expire_sessions(self, now_ms: int) -> None:
        for session in self.hub.all():
            self._expire(session, now_ms)

    def _expire(self, session: Session, now_ms: int) -> None:
        if session.is_expired(now_ms):
            self._end_session(session)
        else:
            session.buffer.expire(now_ms)

    async def drain(self, limit_s: float) -> None:
        """Send every client away to reconnect, and close what is still open after `limit_s`."""
        self._is_draining = True
        for connection in list(self.connections):
            connection.ask_reconnect()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await self._all_closed.wait()
        for connection in list(self.connections):
            connection.end(1012, "the server is restarting")  # RFC 6455's registry: service restart
        await asyncio.sleep(0)

    # What connections ask (connection.Desk).

    def opened(self, connection: GatewayConnection) -> None:
        self.connections.add(connection)
        self._all_closed.clear()
        if len(self.connections) > MAX_CONNECTIONS or self._is_draining:
            connection.end(1013, "the server takes no more connections now")
        elif connection.address is not None and self._has_limits:
            connection.peer = self._peers.enter(connection.address)
            if connection.peer is None:
                connection.end(
                    CloseCode.RATE_LIMITED, f"{MAX_UNIDENTIFIED} connections of this address have not identified"
                )

    def closed(self, connection: GatewayConnection, ended: Session | None) -> None:
        self.connections.discard(connection)
        self._settle(connection)
        if not self.connections:
            self._all_closed.set()
        if ended is not None:
            self._end_session(ended)

    def identify(self, connection: GatewayConnection, identify: Identify) -> None:
        self._spawn(self._identify(connection, identify), connection)

    def resume(self, connection: GatewayConnection, resume: Resume) -> None:
        self._spawn(self._resume(connection, resume), connection)

    def command(self, session: Session, command: CommandPayload) -> None:
        if isinstance(command, RequestGuildMembers):
            self._request_members(session, command)
            return
        try:
            if isinstance(command, GuildSubscriptions | GuildSubscriptionsBulk):
                self._subscriptions.subscribe(session, command)
            else:
                carry_out(self._context, session, command, self.now_ms())
        except ActionError as error:
            logger.debug("a gateway command was refused: %s", error.message)
        except Exception:
            logger.exception("a gateway client's command failed")

    # Inside.

    def _settle(self, connection: GatewayConnection) -> None:
        """Count a connection no more among those that have not identified."""
        peer, connection.peer = connection.peer, None
        if peer is not None:
            self._peers.leave(peer)

    def _spawn(self, work: Coroutine[None, None, None], connection: GatewayConnection | None) -> None:
        """Run what a client asked for; a fault of ours costs that client its connection and nobody else anything."""

        async def guarded() -> None:
            try:
                await work
            except Exception:
                logger.exception("a gateway client's request failed")
                if connection is not None:
                    connection.end(CloseCode.UNKNOWN_ERROR, "the server failed: reconnect")

        task = self._loop.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _identify(self, connection: GatewayConnection, identify: Identify) -> None:
        actor = await self._context.accounts.authenticate(identify.bare_token)
        if actor is None:
            connection.reject(CloseCode.AUTHENTICATION_FAILED, "the token is not good")
            return
        if not self._limits.take(actor.user_id, self.now_ms()):
            connection.invalidate_session()
            return
        session = open_session(actor, identify)
        if isinstance(session, Refused):
            connection.reject(session.code, session.reason)
            return
        self._settle(connection)
        self._make_room(session.user_id)
        async with self._making:
            await self._begin(connection, session, identify)

    async def _begin(self, connection: GatewayConnection, session: Session, identify: Identify) -> None:
        self.hub.add(session)  # from here on it misses nothing; what comes waits for READY
        try:
            dispatches = await first_dispatches(
                self._context,
                session,
                identify,
                version=connection.version,
                resume_url=connection.url,
                note_told=lambda guild_id: session.note_told(guild_id, self.hub.published),
            )
        except BaseException:
            self.hub.remove(session)
            raise
        if not connection.is_open or session.has_lost or session.id not in self.hub:
            # It was revoked meanwhile, or too much happened: the next IDENTIFY will tell.
            self.hub.remove(session)
            connection.end(CloseCode.UNKNOWN_ERROR, "the session ended before it began: identify again")
            return
        connection.accept(session)
        with connection.bulk():
            session.begin(dispatches, self.now_ms())
        self._announce(session, identify)
        await connection.bulk_sent()

    def _announce(self, session: Session, identify: Identify) -> None:
        presence = identify.presence if isinstance(identify.presence, PresenceUpdate) else PresenceUpdate()
        client, settings = client_info(session, identify), session.settings
        session_opened(
            self._context,
            session.actor,
            session.id,
            status=first_status(session, identify),
            activities=presence.shown_activities,
            client=client.client,
            os=client.os,
            custom_status=None if settings is None else settings.custom_status,
        )
        session.settings = None  # they may change from here on

    async def _resume(self, connection: GatewayConnection, resume: Resume) -> None:
        actor = await self._context.accounts.authenticate(resume.bare_token)
        if actor is None:
            connection.reject(CloseCode.AUTHENTICATION_FAILED, "the token is not good")
            return
        session = self.hub.get(resume.session_id)
        if session is None or session.user_id != actor.user_id or not session.has_begun:
            connection.invalidate_session()
            return
        now_ms = self.now_ms()
        replay = session.replay_after(resume.seq, now_ms, lambda scene: self._still_sees(session, scene))
        if replay is ReplayRefusal.AHEAD:
            connection.reject(
                CloseCode.INVALID_SEQUENCE, f"seq is ahead of {session.buffer.last_sequence}, the last one"
            )
            return
        if replay is ReplayRefusal.TOO_OLD:
            self._end_session(session)
            connection.invalidate_session()
            return
        if not connection.is_open:
            return
        self._settle(connection)
        connection.accept(session)
        with connection.bulk():
            for payload in replay.payloads():
                connection.send_payload(payload)
            session.deliver(PreparedDispatch("RESUMED", b'{"_trace":[]}'), now_ms)
        await connection.bulk_sent()

    def _still_sees(self, session: Session, scene: Scene) -> bool:
        """Whether a session's user still sees where something happened that its client has not heard of yet."""
        if scene.guild_id and scene.guild_id not in session.guild_ids:
            return False
        if not scene.channel_id:
            return True
        state = self._context.guilds.of_channel(scene.channel_id)
        if state is not None:
            return state.shows(session.user_id, scene.channel_id)
        direct = self._context.directs.get(scene.channel_id)
        return direct is not None and session.user_id in direct.recipient_ids

    def _request_members(self, session: Session, request: RequestGuildMembers) -> None:
        requests = self._member_requests.get(session.id)
        if requests is None:
            requests = self._member_requests[session.id] = MemberRequests(
                self._context, session, self.now_ms, lambda: session.id in self.hub
            )
        if requests.add(request):
            self._spawn(requests.run(), None)

    def _make_room(self, user_id: int) -> None:
        """End the account's oldest session where it has as many as it may."""
        sessions = [session for session in self.hub.of_user(user_id) if session.has_begun]
        if len(sessions) < MAX_SESSIONS:
            return
        waiting = [session for session in sessions if session.link is None] or sessions
        oldest = min(waiting, key=lambda session: session.detached_ms)
        self._end_session(oldest, CloseCode.SESSION_TIMED_OUT, f"this account has {MAX_SESSIONS} newer sessions")

    def _end_revoked(self, user_id: int, token_id: int | None) -> None:
        for session in self.hub.of_user(user_id):
            if token_id is None or session.actor.token_id == token_id:
                self._end_session(session, CloseCode.AUTHENTICATION_FAILED, "the token was revoked")

    def _end_session(self, session: Session, code: int = CloseCode.SESSION_TIMED_OUT, reason: str = "") -> None:
        link, session.link = session.link, None
        if link is not None:
            link.end(code, reason)
        if session.id in self.hub:
            self.hub.remove(session)
            self._subscriptions.forget(session)
            voice_states.session_ended(self._context, session.actor, session.id)
            session_closed(self._context, session.actor, session.id)
            if not self._context.presences.is_connected(session.user_id):
                self._spawn(temporary_members.remove(self._context, session.user_id), None)
