"""The voice gateway: every voice connection and session of this process, and the clock of the forwarder."""

import asyncio
import logging
import secrets
from collections.abc import Callable

from tuichat.protocol import voice_gateway
from tuichat.protocol.encryption import KEY_BYTES, MODES
from tuichat.protocol.voice_extensions import PROTOCOL_WEBSOCKET, WEBSOCKET_MEDIA, agreed
from tuichat.protocol.voice_gateway import NOTHING_SEEN, PROTOCOL_UDP, CloseCode
from tuichat.server.peer_limits import MAX_UNIDENTIFIED, PeerLimits
from tuichat.server.voice.connection import VoiceConnection
from tuichat.server.voice.forwarder import TICK_MS, Forwarder
from tuichat.server.voice.participant import Address, Departure
from tuichat.server.voice.rooms import SLOTS, Refusal, Rooms
from tuichat.server.voice.session import VoiceSession
from tuichat.server.websocket import WebSocket

MAX_CONNECTIONS = 10_000
RESUME_WINDOW_MS = 60_000  # how long a session waits for its client; taste, longer than a change of networks
LEAVE_DELAY_S = 0.3  # so that libraries have found their new place, or left by themselves, before the old one closes
FEW = 100  # participants; a sign of life costs 10 us
SWEEP_TICKS = 50  # ticks of the forwarder between two looks at silent connections
WRITE_BUFFER_HIGH_BYTES = 64 * 1024  # of media some seconds: who is further behind misses some

CLOSES = {
    Departure.MOVED: (CloseCode.DISCONNECTED, "you were moved, or joined again"),
    Departure.REMOVED: (CloseCode.DISCONNECTED, "you are not in voice any more"),
    Departure.CALL_ENDED: (CloseCode.CALL_TERMINATED, "the call has ended"),
    Departure.WORN_OUT: (CloseCode.SESSION_INVALID, "the key of this connection is used up: join again"),
    Departure.REPLACED: (CloseCode.SESSION_INVALID, "somebody identified with the same token"),
}
REFUSALS = {
    Refusal.TOKEN: (CloseCode.AUTHENTICATION_FAILED, "the token is not good: join again"),
    Refusal.SESSION: (CloseCode.SESSION_INVALID, "session_id is not that of the gateway session that joined"),
}

logger = logging.getLogger(__name__)


class VoiceGateway:
    """Takes voice clients in, keeps their sessions over broken sockets, and ends those whom the rooms end.

    `run` must be running. `media_address` gives READY's ip and port for a client that came in on this address of ours.
    """

    def __init__(
        self,
        rooms: Rooms,
        forwarder: Forwarder,
        media_address: Callable[[str | None], Address],
        *,
        has_limits: bool = True,
    ) -> None:
        self._rooms = rooms
        self._forwarder = forwarder
        self._media_address = media_address
        self._has_limits = has_limits
        self._loop = asyncio.get_running_loop()
        self._peers = PeerLimits()
        self._sessions: dict[tuple[int, str], VoiceSession] = {}  # by server id and token
        self._leaving: set[asyncio.TimerHandle] = set()
        self.connections: set[VoiceConnection] = set()

    def now_ms(self) -> int:
        return int(self._loop.time() * 1000)

    def open(
        self, transport: asyncio.Transport, handshake: bytes, *, address: str | None, local_host: str | None
    ) -> WebSocket:
        """Take over a transport whose client asks for a voice WebSocket; `address` is where it comes from."""
        connection = VoiceConnection(self, address=address, local_host=local_host)
        websocket = WebSocket(transport, connection)
        connection.attach(websocket)
        transport.set_write_buffer_limits(high=WRITE_BUFFER_HIGH_BYTES)
        transport.set_protocol(websocket)
        websocket.data_received(handshake)
        return websocket

    async def run(self) -> None:
        """Keep time: signs of life, silent connections, sessions whose clients do not come back. Cancel it to end."""
        ticks = 0
        due_s = self._loop.time()
        while True:
            # A few are looked after at once, so that the process sleeps for most of the second.
            steps = SLOTS if len(self._rooms.by_ssrc) <= FEW else 1
            due_s = max(due_s + steps * TICK_MS / 1000, self._loop.time())
            await asyncio.sleep(due_s - self._loop.time())
            ticks += steps
            try:
                for _ in range(steps):
                    self._forwarder.tick(self.now_ms())
                if ticks >= SWEEP_TICKS:
                    ticks = 0
                    self.sweep(self.now_ms())
            except Exception:
                logger.exception("a tick of the voice gateway failed")

    def sweep(self, now_ms: int) -> None:
        for connection in list(self.connections):
            connection.tick(now_ms)
        self.expire_sessions(now_ms)

    def expire_sessions(self, now_ms: int) -> None:
        """Let go of those whose clients did not come back."""
        for session in list(self._sessions.values()):
            if session.line is None and now_ms - session.detached_ms >= RESUME_WINDOW_MS:
                self._drop(session)

    def close(self) -> None:
        """Send every client away: it joins again once the server is back."""
        for timer in self._leaving:
            timer.cancel()
        for connection in list(self.connections):
            connection.end(1012, "the server is restarting")  # RFC 6455's registry: service restart
        for session in list(self._sessions.values()):
            self._drop(session)

    # What connections ask (connection.Desk).

    def opened(self, connection: VoiceConnection) -> None:
        self.connections.add(connection)
        if len(self.connections) > MAX_CONNECTIONS:
            connection.end(1013, "the server takes no more voice connections now")
        elif connection.address is not None and self._has_limits:
            connection.peer = self._peers.enter(connection.address)
            if connection.peer is None:
                reason = f"{MAX_UNIDENTIFIED} connections of this address have not identified"
                connection.end(CloseCode.RATE_LIMITED, reason)

    def closed(self, connection: VoiceConnection, code: int | None) -> None:
        self.connections.discard(connection)
        self._settle(connection)
        session, connection.session = connection.session, None
        if session is None or session.line is not connection:
            return
        session.line = None
        session.detached_ms = self.now_ms()
        if code in (1000, 1001):  # the client is done; any other end it may resume after
            self._drop(session)

    def identify(self, connection: VoiceConnection, identify: voice_gateway.Identify) -> None:
        features = agreed(identify.tuichat_features or ())
        session = VoiceSession(self, connection, frozenset(features))
        admitted = self._rooms.admit(
            int(identify.server_id),
            int(identify.user_id),
            identify.session_id,
            identify.token,
            signals=session,
            features=frozenset(features),
        )
        if isinstance(admitted, Refusal):
            connection.end(*REFUSALS[admitted])
            return
        self._settle(connection)
        session.participant = admitted
        session.key = (int(identify.server_id), identify.token)
        self._sessions[session.key] = session
        connection.accept(session)
        host, port = self._media_address(connection.local_host)
        session.tell(
            voice_gateway.Ready(ssrc=admitted.ssrc, ip=host, port=port, modes=list(MODES), experiments=list(features))
        )

    def resume(self, connection: VoiceConnection, resume: voice_gateway.Resume) -> None:
        session = self._sessions.get((int(resume.server_id), resume.token))
        participant = None if session is None else session.participant
        if session is None or participant is None or participant.place.session_id != resume.session_id:
            connection.end(CloseCode.SESSION_INVALID, "the session is over: join again")
            return
        missed = session.replay(NOTHING_SEEN if resume.seq_ack is None else resume.seq_ack)
        if missed is None:
            self._drop(session)
            connection.end(CloseCode.SESSION_INVALID, "too much happened since: join again")
            return
        self._settle(connection)
        before, session.line = session.line, connection
        if isinstance(before, VoiceConnection):
            before.session = None
            before.end(CloseCode.SESSION_INVALID, "the session was resumed over another connection")
        connection.accept(session)
        for payload in missed:
            connection.send(payload)
        connection.tell(voice_gateway.Resumed())

    def select_protocol(self, session: VoiceSession, choice: voice_gateway.SelectProtocol) -> None:
        participant, line = session.participant, session.line
        if participant is None or line is None or session.is_ended:  # it has a moment to leave by itself
            return
        if choice.data.mode not in MODES:
            line.end(CloseCode.UNKNOWN_ENCRYPTION_MODE, f"the modes are {' and '.join(MODES)}")
            return
        is_piped = choice.protocol == PROTOCOL_WEBSOCKET and WEBSOCKET_MEDIA in session.features
        if not is_piped and choice.protocol != PROTOCOL_UDP:
            line.end(CloseCode.UNKNOWN_PROTOCOL, "the protocol is udp")
            return
        participant.set_keys(choice.data.mode, secrets.token_bytes(KEY_BYTES))
        participant.pipe = session.pipe if is_piped else None
        named = (choice.data.address, choice.data.port)
        self._rooms.bind(participant, named if not is_piped and named in participant.discovered else None)
        session.tell(
            voice_gateway.SessionDescription(
                mode=participant.mode, secret_key=list(participant.key), media_session_id=secrets.token_hex(16)
            )
        )
        self._rooms.enter(participant)

    def speaking(self, session: VoiceSession, speaking: voice_gateway.SpeakingRequest) -> None:
        if session.participant is not None:
            self._rooms.speak(session.participant, int(speaking.flags))

    def media(self, session: VoiceSession, packet: bytes) -> None:
        if session.participant is not None:
            self._forwarder.receive_piped(session.participant, packet, self.now_ms())

    # What sessions tell (session.Ending).

    def session_ended(self, session: VoiceSession, departure: Departure) -> None:
        """The rooms have let somebody go: close its connection, with time to leave by itself."""
        if session.key is not None and self._sessions.get(session.key) is session:
            del self._sessions[session.key]
        participant = session.participant
        if participant is not None and departure is not Departure.WORN_OUT:
            # A last sign of life wakes discord.py's reader, which looks at its next socket only then.
            self._forwarder.keep_alive(participant, self.now_ms())
        if departure in (Departure.REPLACED, Departure.WORN_OUT):
            self._close(session, departure)
            return

        def close() -> None:
            self._leaving.discard(timer)
            self._close(session, departure)

        timer = self._loop.call_later(LEAVE_DELAY_S, close)
        self._leaving.add(timer)

    # Inside.

    def _close(self, session: VoiceSession, departure: Departure) -> None:
        if session.participant is not None and departure is not Departure.WORN_OUT:
            self._forwarder.keep_alive(session.participant, self.now_ms())
        if session.line is not None:
            session.line.end(*CLOSES[departure])

    def _drop(self, session: VoiceSession) -> None:
        """Forget a session whose client is gone, or cannot be told what it missed."""
        session.is_ended = True
        line, session.line = session.line, None
        if line is not None:
            line.end(CloseCode.SESSION_INVALID, "the session is over: join again")
        if session.key is not None and self._sessions.get(session.key) is session:
            del self._sessions[session.key]
        if session.participant is not None:
            self._rooms.leave(session.participant)

    def _settle(self, connection: VoiceConnection) -> None:
        peer, connection.peer = connection.peer, None
        if peer is not None:
            self._peers.leave(peer)
