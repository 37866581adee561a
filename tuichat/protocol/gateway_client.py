"""The client's half of the gateway over all its connections, without I/O: messages and the time go in, orders come out."""

import enum
from collections.abc import Callable

import msgspec

from tuichat.protocol import codec, json
from tuichat.protocol.backoff import Backoff
from tuichat.protocol.command_queue import CommandQueue
from tuichat.protocol.compression import Compression, Decompressor, make_decompressor
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway import (
    CloseCode,
    CommandPayload,
    Envelope,
    Hello,
    Identify,
    IdentifyProperties,
    Opcode,
    PresenceUpdate,
    Recovery,
    Resume,
    encode_client_payload,
    explain_close,
    recovery_after,
)
from tuichat.protocol.gateway_connection import Close, SendText, connection_url, is_safe_resume_url
from tuichat.protocol.heartbeat import Heartbeat
from tuichat.protocol.resumable_session import MAX_SEQUENCE, Arrival, ResumableSession, SavedSession

HELLO_TIMEOUT_MS = 20_000  # taste
READY_TIMEOUT_MS = 120_000  # taste: a large READY over a slow line still comes through
PROBE_LIMIT_MS = 1500  # taste: an answer that takes longer is no line to talk over
STABLE_MS = 10_000  # taste: a session that lived this long starts the back-off anew
RESUME_URL_ATTEMPTS = 3  # failed connections to the resume URL before the main one is tried
MAX_EVENT_NAME_CHARACTERS = 64


class Connect(msgspec.Struct, frozen=True):
    """Open a WebSocket to `url` after `delay_ms`, then call connection_opened or connection_lost.

    `reason` is a sentence without a full stop for the user, empty for the first connection.
    """

    url: str
    resume: bool
    delay_ms: int
    reason: str = ""


class Dispatch(msgspec.Struct, frozen=True):
    """An event, never twice and never out of order within a session. The body is JSON that nobody has checked yet."""

    name: str
    sequence: int
    body: msgspec.Raw


class SessionStarted(msgspec.Struct, frozen=True):
    """A new session is ready; what was known before is stale. Its READY follows as a Dispatch."""

    session_id: str


class SessionResumed(msgspec.Struct, frozen=True):
    """The session goes on, and every dispatch that was missed has been given out."""

    replayed: int


class LatencyMeasured(msgspec.Struct, frozen=True):
    """The time from a heartbeat to its answer."""

    latency_ms: int


class Fatal(msgspec.Struct, frozen=True):
    """The gateway gives up: `sentence` tells the user why and what to do. Nothing comes any more."""

    code: int
    sentence: str


ClientAction = Connect | SendText | Close | Dispatch | SessionStarted | SessionResumed | LatencyMeasured | Fatal


class ClientState(enum.Enum):
    IDLE = "idle"  # not started
    CONNECTING = "connecting"
    GREETING = "greeting"  # the socket is open, HELLO has not come
    IDENTIFYING = "identifying"
    RESUMING = "resuming"
    READY = "ready"
    CLOSED = "closed"  # left, suspended or given up


class SessionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What IDENTIFY says about us, beside the token. Bots give `intents`, user accounts `capabilities`."""

    properties: IdentifyProperties = IdentifyProperties(os="linux", browser="tuichat", device="tuichat")
    intents: int | msgspec.UnsetType = msgspec.UNSET
    capabilities: int | msgspec.UnsetType = msgspec.UNSET
    large_threshold: int = 250
    shard: list[int] | msgspec.UnsetType = msgspec.UNSET
    presence: PresenceUpdate | msgspec.UnsetType = msgspec.UNSET
    tuichat_events: list[str] | msgspec.UnsetType = msgspec.UNSET


class _ReadySession(msgspec.Struct, frozen=True):
    """The part of READY that the connection itself needs."""

    session_id: str
    resume_gateway_url: str | None = None


class ClientConnection:
    """A client's gateway session, over as many connections as it takes.

    Every method returns the orders for the owner, in the order to carry them out. Times are milliseconds of any one
    monotonic clock. The owner reports each socket it opens once: opened, its messages, and its loss, unless the machine
    itself has ordered its Close. `token` is called when a token is needed, so that it is kept in one place;
    `random` returns a float in [0, 1).
    """

    def __init__(
        self,
        gateway_url: str,
        token: Callable[[], str],
        options: SessionOptions,
        *,
        random: Callable[[], float],
        compression: Compression = Compression.ZSTD_STREAM,
        saved_session: SavedSession | None = None,
        backoff: Backoff | None = None,
        may_resume_at: Callable[[str, str], bool] = is_safe_resume_url,
    ) -> None:
        self._gateway_url = gateway_url
        self._token = token
        self._options = options
        self._random = random
        self._compression = compression
        self._session = ResumableSession(saved_session)
        self._backoff = backoff or Backoff()
        self._may_resume_at = may_resume_at
        self._state = ClientState.IDLE
        self._commands = CommandQueue()
        self._attempt = 0
        self._failed_connects = 0
        self._replayed = 0
        self._ready_ms: int | None = None
        self._forget_connection()

    def _forget_connection(self) -> None:
        self._decompressor: Decompressor | None = None
        self._heartbeat = Heartbeat()
        self._phase_deadline_ms: int | None = None

    @property
    def state(self) -> ClientState:
        return self._state

    @property
    def session(self) -> SavedSession | None:
        """The session as it stands, to be saved; None where there is none to go on with."""
        return self._session.saved

    def start(self, now_ms: int) -> list[ClientAction]:
        """Begin: the first order is to connect."""
        del now_ms
        if self._state is not ClientState.IDLE:
            return []
        return [self._connect(0, "")]

    def connection_opened(self, now_ms: int) -> list[ClientAction]:
        """Note that the WebSocket asked for by Connect is open."""
        if self._state is not ClientState.CONNECTING:
            return []
        self._forget_connection()
        self._commands.connection_opened(now_ms)
        self._failed_connects = 0
        self._decompressor = make_decompressor(self._compression)
        self._state = ClientState.GREETING
        self._phase_deadline_ms = now_ms + HELLO_TIMEOUT_MS
        return []

    def connection_lost(self, code: int | None, now_ms: int) -> list[ClientAction]:
        """Note that the WebSocket could not be opened, broke (code None), or was closed by the server."""
        if self._state in (ClientState.IDLE, ClientState.CLOSED):
            return []
        if self._state is ClientState.CONNECTING:
            self._failed_connects += 1
            return [self._retry(now_ms, "the server cannot be reached")]
        recovery = recovery_after(code)
        if recovery is Recovery.GIVE_UP:
            return self._give_up(code or 0)
        if recovery is Recovery.NEW_SESSION:
            self._session.drop()
        return [self._retry(now_ms, explain_close(code))]

    def receive_text(self, message: bytes | str, now_ms: int) -> list[ClientAction]:
        """Take one WebSocket text message of the server. Never raises for what is in it."""
        if not self._is_open():
            return []
        try:
            if isinstance(message, bytes):
                json.check_utf8(message, "the payload")
            return self._receive(json.decode(message, Envelope, source="the payload", max_depth=None), now_ms)
        except ProtocolError as error:
            return self._violation(error, now_ms)

    def receive_binary(self, message: bytes, now_ms: int) -> list[ClientAction]:
        """Take one WebSocket binary message: a compressed payload, or a part of one. Never raises for what is in it."""
        if not self._is_open():
            return []
        try:
            if self._decompressor is None:
                raise ProtocolError(f"a binary message of {len(message)} bytes came, text was asked for")
            payload = self._decompressor.feed(message)
        except ProtocolError as error:
            return self._violation(error, now_ms)
        return [] if payload is None else self.receive_text(payload, now_ms)

    def next_timeout_ms(self) -> int | None:
        """Return when `tick` is due, on the clock of `now_ms`; None when never."""
        due = [self._heartbeat.due_ms(), self._phase_deadline_ms]
        if self._state is ClientState.READY:
            due.append(self._commands.due_ms())
        return min((moment for moment in due if moment is not None), default=None)

    def tick(self, now_ms: int) -> list[ClientAction]:
        """Act on the time: heartbeats, servers that went silent, commands that waited for the rate limit."""
        if not self._is_open():
            return []
        if self._phase_deadline_ms is not None and now_ms >= self._phase_deadline_ms:
            if self._state is ClientState.READY:
                return self._abandon(now_ms, "the server stopped answering")
            return self._abandon(now_ms, f"the server did not finish {self._state.value} in time")
        actions: list[ClientAction] = []
        if self._heartbeat.is_due(now_ms):
            if self._heartbeat.is_unanswered():
                return self._abandon(now_ms, "the server stopped answering")
            self._heartbeat.beat(now_ms)
            actions.append(self._encode_heartbeat(now_ms))
        return actions + self._send_waiting(now_ms)

    def send_command(self, command: CommandPayload, now_ms: int) -> list[ClientAction]:
        """Send a command now, or as soon as the session is ready and the rate limit lets it.

        A newer presence or voice state takes the place of one that still waits. Raises ProtocolError where the command is
        over 4096 bytes, or where too many wait.
        """
        if isinstance(command, PresenceUpdate):
            self._options = msgspec.structs.replace(self._options, presence=command)
        self._commands.add(command)
        return self._send_waiting(now_ms)

    def distrust(self, now_ms: int) -> list[ClientAction]:
        """Beat at once: where no answer comes within PROBE_LIMIT_MS, the connection is given up for another."""
        if self._state is not ClientState.READY or self._phase_deadline_ms is not None:
            return []
        self._phase_deadline_ms = now_ms + PROBE_LIMIT_MS
        self._heartbeat.beat_on_request(now_ms)
        return [self._encode_heartbeat(now_ms)]

    def leave(self) -> list[ClientAction]:
        """End the session: the account goes offline at once."""
        self._session.drop()
        was_open = self._is_open()
        self._state = ClientState.CLOSED
        self._forget_connection()
        return [Close(int(CloseCode.NORMAL))] if was_open else []

    def _is_open(self) -> bool:
        return self._state not in (ClientState.IDLE, ClientState.CONNECTING, ClientState.CLOSED)

    def _receive(self, envelope: Envelope, now_ms: int) -> list[ClientAction]:
        if self._state is ClientState.GREETING and envelope.op not in (Opcode.HELLO, Opcode.HEARTBEAT):
            raise ProtocolError(f"op {str(envelope.op)[:20]} came before HELLO")
        match envelope.op:
            case Opcode.DISPATCH:
                return self._receive_dispatch(envelope, now_ms)
            case Opcode.HEARTBEAT:
                self._heartbeat.beat_on_request(now_ms)
                return [self._encode_heartbeat(now_ms)]
            case Opcode.HEARTBEAT_ACK:
                if self._state is ClientState.READY:
                    self._phase_deadline_ms = None  # a line that was distrusted is well
                latency_ms = self._heartbeat.acknowledge(now_ms)
                return [] if latency_ms is None else [LatencyMeasured(latency_ms)]
            case Opcode.HELLO:
                return self._receive_hello(envelope, now_ms)
            case Opcode.RECONNECT:
                return self._abandon(now_ms, "the server asked for a new connection")
            case Opcode.INVALID_SESSION:
                return self._receive_invalid_session(envelope, now_ms)
        return []  # an opcode of a newer server: it cannot matter to us

    def _receive_hello(self, envelope: Envelope, now_ms: int) -> list[ClientAction]:
        hello = json.decode(envelope.d, Hello, source="HELLO")
        if hello.heartbeat_interval <= 0:
            raise ProtocolError(f"heartbeat_interval must be over 0 ms, got {str(hello.heartbeat_interval)[:20]}")
        if self._state is not ClientState.GREETING:
            return []
        self._heartbeat.begin(hello.heartbeat_interval, now_ms, self._random())
        self._phase_deadline_ms = now_ms + READY_TIMEOUT_MS
        self._commands.count_frame(now_ms)
        session = self.session
        if session is not None:
            self._state, self._replayed = ClientState.RESUMING, 0
            resume = Resume(token=self._token(), session_id=session.session_id, seq=session.sequence)
            return [SendText(encode_client_payload(Opcode.RESUME, resume))]
        self._session.drop()
        self._state = ClientState.IDENTIFYING
        return [SendText(encode_client_payload(Opcode.IDENTIFY, self._identify()))]

    def _identify(self) -> Identify:
        options = self._options
        self._commands.forget_presence()
        return Identify(
            token=self._token(),
            properties=options.properties,
            intents=options.intents,
            capabilities=options.capabilities,
            large_threshold=options.large_threshold,
            shard=options.shard,
            presence=options.presence,
            tuichat_events=options.tuichat_events,
        )

    def _receive_dispatch(self, envelope: Envelope, now_ms: int) -> list[ClientAction]:
        name, sequence = envelope.t, envelope.s
        if name is None or not 0 < len(name) <= MAX_EVENT_NAME_CHARACTERS or not name.replace("_", "a").isalnum():
            raise ProtocolError("a dispatch has no proper name")
        if sequence is not None and not 0 <= sequence <= MAX_SEQUENCE:
            raise ProtocolError("a dispatch's sequence number is out of range")
        arrival = self._session.arrive(sequence)
        if arrival is Arrival.AFTER_GAP:
            known = self._session.sequence or 0
            self._session.meet_gap()
            return self._abandon(now_ms, f"dispatches {known + 1} to {(sequence or 0) - 1} are missing")
        if name == "RESUMED":  # some servers do not count it
            return self._receive_resumed(now_ms)
        if arrival is Arrival.SEEN:
            return []
        if name == "READY":
            return self._receive_ready(envelope, now_ms)
        self._replayed += 1
        return [Dispatch(name, self._session.sequence or 0, envelope.d)]

    def _receive_ready(self, envelope: Envelope, now_ms: int) -> list[ClientAction]:
        ready = json.decode(envelope.d, _ReadySession, source="READY", max_bytes=None, max_depth=None)
        resume_url = ready.resume_gateway_url or self._gateway_url
        if not self._may_resume_at(resume_url, self._gateway_url):
            resume_url = self._gateway_url
        self._session.begin(ready.session_id, resume_url)
        self._become_ready(now_ms)
        dispatch = Dispatch("READY", self._session.sequence or 0, envelope.d)
        return [SessionStarted(ready.session_id), dispatch, *self._send_waiting(now_ms)]

    def _receive_resumed(self, now_ms: int) -> list[ClientAction]:
        if self._state is not ClientState.RESUMING:
            return []
        self._session.prosper()
        self._become_ready(now_ms)
        return [SessionResumed(self._replayed), *self._send_waiting(now_ms)]

    def _become_ready(self, now_ms: int) -> None:
        self._state = ClientState.READY
        self._phase_deadline_ms = None
        self._ready_ms = now_ms

    def _receive_invalid_session(self, envelope: Envelope, now_ms: int) -> list[ClientAction]:
        is_resumable = json.decode(envelope.d, bool, source="d of op 9")
        code = CloseCode.UNKNOWN_ERROR
        if not is_resumable:
            self._session.drop()
            code = CloseCode.NORMAL
        wait_ms = 1000 + int(self._random() * 4000)  # Discord's documentation, "Resuming": 1 to 5 seconds
        return [Close(int(code)), self._retry(now_ms, "the server does not know this session any more", wait_ms)]

    def _encode_heartbeat(self, now_ms: int) -> SendText:
        self._commands.count_frame(now_ms)
        return SendText(b'{"op":1,"d":%b}' % codec.encode(self._session.sequence))

    def _send_waiting(self, now_ms: int) -> list[ClientAction]:
        if self._state is not ClientState.READY:
            return []
        return [SendText(payload) for payload in self._commands.take(now_ms)]

    def _violation(self, error: ProtocolError, now_ms: int) -> list[ClientAction]:
        return self._abandon(now_ms, f"the server broke the protocol: {error}")

    def _abandon(self, now_ms: int, reason: str) -> list[ClientAction]:
        """Close the socket so that the session survives (4000 does, 1000 would not), and come back."""
        return [Close(int(CloseCode.UNKNOWN_ERROR)), self._retry(now_ms, reason)]

    def _retry(self, now_ms: int, reason: str, min_delay_ms: int = 0) -> Connect:
        if self._ready_ms is not None and now_ms - self._ready_ms >= STABLE_MS:
            self._attempt = 0
        self._ready_ms = None
        if self._state is ClientState.RESUMING:
            self._session.fail_to_resume()
        delay_ms = max(min_delay_ms, self._backoff.delay_ms(self._attempt, self._random()))
        self._attempt += 1
        return self._connect(delay_ms, reason)

    def _connect(self, delay_ms: int, reason: str) -> Connect:
        self._forget_connection()
        self._state = ClientState.CONNECTING
        session = self.session
        gateway_url = self._gateway_url
        if session is not None and self._failed_connects < RESUME_URL_ATTEMPTS:
            gateway_url = session.resume_url
        return Connect(connection_url(gateway_url, self._compression), session is not None, delay_ms, reason)

    def _give_up(self, code: int) -> list[ClientAction]:
        self._session.drop()
        self._state = ClientState.CLOSED
        self._forget_connection()
        return [Fatal(code, explain_close(code))]
