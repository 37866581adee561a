"""The server's half of one gateway connection, without I/O: messages and the time go in, orders come out."""

import enum

import msgspec
from msgspec import UNSET

from tuichat.protocol import json
from tuichat.protocol.compression import Compression, make_compressor
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway import (
    COMMANDS,
    DEFAULT_HEARTBEAT_INTERVAL_MS,
    MAX_CLIENT_FRAMES,
    MAX_CLIENT_PAYLOAD_BYTES,
    RATE_WINDOW_MS,
    SUPPORTED_VERSIONS,
    CloseCode,
    CommandPayload,
    Envelope,
    Hello,
    Identify,
    Opcode,
    Resume,
    encode_server_payload,
)
from tuichat.protocol.gateway_connection import Close, ConnectionQuery, SendBinary, SendText
from tuichat.protocol.intents import parse_intents

IDENTIFY_TIMEOUT_MS = 30_000  # taste: longer than any library waits for its turn to identify
MAX_CLIENT_DEPTH = 32  # taste: the deepest command of a client has 5 levels


class IdentifyRequested(msgspec.Struct, frozen=True):
    """Authenticate this, then call accept, reject or invalidate_session."""

    identify: Identify


class ResumeRequested(msgspec.Struct, frozen=True):
    """Find this session, then call accept, reject or invalidate_session."""

    resume: Resume


class CommandReceived(msgspec.Struct, frozen=True):
    """A client that has identified asks for something: match on the payload's type."""

    command: CommandPayload


class HeartbeatReceived(msgspec.Struct, frozen=True, gc=False):
    """The client is alive and has seen dispatches up to `sequence`; it is already answered."""

    sequence: int | None


ServerAction = SendText | SendBinary | Close | IdentifyRequested | ResumeRequested | CommandReceived | HeartbeatReceived


class ServerState(enum.Enum):
    OPENING = "opening"
    UNIDENTIFIED = "unidentified"
    AUTHENTICATING = "authenticating"  # the owner is looking at an IDENTIFY or a RESUME
    READY = "ready"
    CLOSED = "closed"


class ServerConnection:
    """One client's connection, from HELLO to its close.

    Every method returns the orders for the owner, in the order to carry them out. Times are milliseconds of any one
    monotonic clock. After a Close nothing comes any more. Dispatches do not go through here, but for `message`: the
    session numbers them (ResumeBuffer), the hub joins prefix and tail.
    """

    __slots__ = (
        "_compressor",
        "_heartbeat_interval_ms",
        "_heartbeat_ms",
        "_is_beat_asked",
        "_query",
        "_state",
        "_unidentified_ms",
        "_window_frames",
        "_window_start_ms",
    )

    def __init__(self, query: ConnectionQuery, *, heartbeat_interval_ms: int = DEFAULT_HEARTBEAT_INTERVAL_MS) -> None:
        self._query = query
        self._heartbeat_interval_ms = heartbeat_interval_ms
        self._compressor = make_compressor(query.compression or Compression.NONE)
        self._state = ServerState.OPENING
        self._unidentified_ms = 0
        self._heartbeat_ms = 0
        self._is_beat_asked = False
        self._window_start_ms = 0
        self._window_frames = 0

    @property
    def state(self) -> ServerState:
        return self._state

    @property
    def version(self) -> int:
        """The gateway version that the client asked for; 9 or 10 once open() has said HELLO."""
        return self._query.version or SUPPORTED_VERSIONS[-1]

    @property
    def is_binary(self) -> bool:
        """Whether payloads go out as binary messages, that is compressed."""
        return self._compressor is not None

    def deadline_ms(self) -> int | None:
        """Return when `tick` is due, None when never."""
        if self._state in (ServerState.OPENING, ServerState.CLOSED):
            return None
        deadline = self._heartbeat_ms + (self._dead_after_ms if self._is_beat_asked else self._overdue_after_ms)
        if self._state is ServerState.UNIDENTIFIED:
            deadline = min(deadline, self._unidentified_ms + IDENTIFY_TIMEOUT_MS)
        return deadline

    @property
    def _overdue_after_ms(self) -> int:
        return self._heartbeat_interval_ms * 5 // 4  # a quarter for the network's and the client's own delays

    @property
    def _dead_after_ms(self) -> int:
        return self._heartbeat_interval_ms * 3 // 2

    def open(self, now_ms: int) -> list[ServerAction]:
        """Say HELLO to a client whose WebSocket is open, or refuse what its URL asks for."""
        self._unidentified_ms = self._heartbeat_ms = self._window_start_ms = now_ms
        query = self._query
        if query.version not in SUPPORTED_VERSIONS:
            return self.close(CloseCode.INVALID_API_VERSION, "this gateway speaks versions 9 and 10")
        if query.encoding != "json":
            return self.close(CloseCode.DECODE_ERROR, "this gateway speaks encoding=json only")
        if query.compression is None:
            return self.close(CloseCode.DECODE_ERROR, "compress takes zlib-stream or zstd-stream")
        self._state = ServerState.UNIDENTIFIED
        return [self.send(Opcode.HELLO, Hello(heartbeat_interval=self._heartbeat_interval_ms))]

    def receive_text(self, message: bytes | str, now_ms: int) -> list[ServerAction]:
        """Take one WebSocket text message of the client. Never raises for what is in it."""
        if self._state in (ServerState.OPENING, ServerState.CLOSED):
            return []
        size_bytes = len(message) if isinstance(message, bytes) else len(message.encode(errors="replace"))
        if size_bytes > MAX_CLIENT_PAYLOAD_BYTES:
            return self.close(
                CloseCode.DECODE_ERROR, f"a payload has {size_bytes} bytes, the limit is {MAX_CLIENT_PAYLOAD_BYTES}"
            )
        try:
            if isinstance(message, bytes):
                json.check_utf8(message, "the payload")
            envelope = json.decode(message, Envelope, source="the payload", max_depth=MAX_CLIENT_DEPTH)
            actions = self._receive(envelope, now_ms)
        except ProtocolError as error:
            actions = self.close(CloseCode.DECODE_ERROR, str(error))
        if self._is_over_rate(now_ms):
            answered = [action for action in actions if isinstance(action, SendText | SendBinary)]
            reason = f"more than {MAX_CLIENT_FRAMES} payloads in {RATE_WINDOW_MS // 1000} s"
            return answered + self.close(CloseCode.RATE_LIMITED, reason)
        return actions

    def receive_binary(self, message: bytes, now_ms: int) -> list[ServerAction]:
        """Take one WebSocket binary message: hikari sends its JSON so, and what is no JSON closes the connection."""
        return self.receive_text(message, now_ms)

    def connection_lost(self) -> None:
        """Note that the socket is gone; whether the session may resume, gateway.ends_session says."""
        self._state = ServerState.CLOSED

    def tick(self, now_ms: int) -> list[ServerAction]:
        """Act on the time: ask for a heartbeat that is overdue, close a client that stays silent or never identified."""
        deadline = self.deadline_ms()
        if deadline is None or now_ms < deadline:
            return []
        silent_ms = now_ms - self._heartbeat_ms
        if silent_ms >= self._dead_after_ms:
            return self.close(CloseCode.SESSION_TIMED_OUT, f"no heartbeat for {silent_ms} ms")
        if silent_ms >= self._overdue_after_ms and not self._is_beat_asked:
            self._is_beat_asked = True
            return self.ask_heartbeat()
        return self.close(CloseCode.SESSION_TIMED_OUT, f"no IDENTIFY within {IDENTIFY_TIMEOUT_MS // 1000} s")

    def accept(self) -> None:
        """Take the client in. The owner then sends READY as the new session's first dispatch, or replay and RESUMED."""
        if self._state is ServerState.AUTHENTICATING:
            self._state = ServerState.READY

    def reject(self, code: CloseCode, reason: str = "") -> list[ServerAction]:
        """Refuse an IDENTIFY or a RESUME for good: 4004, 4007, 4011, 4013, 4014."""
        return self.close(code, reason)

    def invalidate_session(self, *, resumable: bool) -> list[ServerAction]:
        """Say op 9. Not resumable leaves the connection open for an IDENTIFY."""
        if self._state in (ServerState.OPENING, ServerState.CLOSED):
            return []
        self._state = ServerState.UNIDENTIFIED
        self._unidentified_ms = self._heartbeat_ms  # the latest time that we were told
        return [self.send(Opcode.INVALID_SESSION, resumable)]

    def ask_reconnect(self) -> list[ServerAction]:
        """Ask the client to reconnect and resume (op 7), as before a restart."""
        return self._order(Opcode.RECONNECT)

    def ask_heartbeat(self) -> list[ServerAction]:
        """Ask the client for a heartbeat now (op 1)."""
        return self._order(Opcode.HEARTBEAT)

    def close(self, code: CloseCode, reason: str = "") -> list[ServerAction]:
        """Close the connection; the reason is cut to what a close frame holds (RFC 6455, 5.5: 123 bytes)."""
        if self._state is ServerState.CLOSED:
            return []
        self._state = ServerState.CLOSED
        return [Close(int(code), reason.encode()[:123].decode(errors="ignore"))]

    def send(self, opcode: Opcode, body: object) -> SendText | SendBinary:
        """Return the order that sends one payload which is not a dispatch."""
        return self.message(encode_server_payload(opcode, body))

    def message(self, payload: bytes) -> SendText | SendBinary:
        """Return the order that sends a payload, compressed where the client asked for it."""
        return SendText(payload) if self._compressor is None else SendBinary(self._compressor.compress(payload))

    def compress(self, payload: bytes) -> bytes:
        """Return the binary message of a payload, where `is_binary`. The client inflates messages in the order of these calls."""
        assert self._compressor is not None
        return self._compressor.compress(payload)

    def _order(self, opcode: Opcode) -> list[ServerAction]:
        if self._state in (ServerState.OPENING, ServerState.CLOSED):
            return []
        return [self.send(opcode, None)]

    def _is_over_rate(self, now_ms: int) -> bool:
        if now_ms - self._window_start_ms >= RATE_WINDOW_MS:
            self._window_start_ms, self._window_frames = now_ms, 0
        self._window_frames += 1
        return self._window_frames > MAX_CLIENT_FRAMES

    def _receive(self, envelope: Envelope, now_ms: int) -> list[ServerAction]:
        match envelope.op:
            case Opcode.HEARTBEAT:
                return self._receive_heartbeat(envelope, now_ms)
            case Opcode.IDENTIFY:
                return self._receive_identify(envelope)
            case Opcode.RESUME:
                return self._receive_resume(envelope)
        command = COMMANDS.get(envelope.op)
        if command is None:
            return self.close(CloseCode.UNKNOWN_OPCODE, f"op {str(envelope.op)[:20]} is not one that a client sends")
        if self._state is not ServerState.READY:
            return self.close(CloseCode.NOT_AUTHENTICATED, f"op {envelope.op} came before READY")
        payload = json.decode(envelope.d, command, source=f"d of op {envelope.op}")
        return [CommandReceived(payload)]

    def _receive_heartbeat(self, envelope: Envelope, now_ms: int) -> list[ServerAction]:
        sequence = json.decode(envelope.d, int | None, source="d of a heartbeat")  # type: ignore[arg-type]  # a union
        if sequence is not None and abs(sequence) >= 1 << 63:
            raise ProtocolError("d of a heartbeat is no sequence number: it has more than 63 bits")
        self._heartbeat_ms = now_ms
        self._is_beat_asked = False
        return [self.send(Opcode.HEARTBEAT_ACK, None), HeartbeatReceived(sequence)]

    def _receive_identify(self, envelope: Envelope) -> list[ServerAction]:
        if self._state is not ServerState.UNIDENTIFIED:
            return self.close(CloseCode.ALREADY_AUTHENTICATED, "a second IDENTIFY came")
        identify = json.decode(envelope.d, Identify, source="IDENTIFY")
        if identify.intents is not UNSET:
            try:
                parse_intents(identify.intents)
            except ProtocolError as error:
                return self.close(CloseCode.INVALID_INTENTS, str(error))
        if isinstance(identify.shard, list) and not _is_shard(identify.shard):
            return self.close(CloseCode.INVALID_SHARD, "shard must be [number, count] with 0 <= number < count")
        self._state = ServerState.AUTHENTICATING
        return [IdentifyRequested(identify)]

    def _receive_resume(self, envelope: Envelope) -> list[ServerAction]:
        if self._state is not ServerState.UNIDENTIFIED:
            return self.close(CloseCode.ALREADY_AUTHENTICATED, "a RESUME came after IDENTIFY or RESUME")
        resume = json.decode(envelope.d, Resume, source="RESUME")
        self._state = ServerState.AUTHENTICATING
        return [ResumeRequested(resume)]


def _is_shard(shard: list[int]) -> bool:
    return len(shard) == 2 and 0 <= shard[0] < shard[1] <= 1 << 16


def shard_of(guild_id: int, shard_count: int) -> int:
    """Return the shard that a guild's dispatches go to (Discord's documentation, "Sharding Formula")."""
    return (guild_id >> 22) % shard_count
