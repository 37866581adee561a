"""The client's half of the voice gateway for one grant, without I/O: messages and the time go in, orders come out."""

import enum
from collections.abc import Callable

import msgspec

from tuichat.protocol.backoff import Backoff
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway_connection import Close, SendText
from tuichat.protocol.heartbeat import Heartbeat
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.voice_extensions import FEATURES, PROTOCOL_WEBSOCKET, agreed, unpack_media
from tuichat.protocol.voice_gateway import (
    NOTHING_SEEN,
    PROTOCOL_UDP,
    ClientDisconnect,
    ClientPayload,
    ClientsConnect,
    CloseCode,
    Hello,
    Identify,
    Ready,
    Recovery,
    Resume,
    Resumed,
    SelectProtocol,
    ServerPayload,
    SessionDescription,
    SpeakingRequest,
    SpeakingUpdate,
    TransportChoice,
    decode_server,
    encode,
    explain_close,
    recovery_after,
)
from tuichat.protocol.voice_gateway import Heartbeat as HeartbeatPayload
from tuichat.protocol.voice_gateway import HeartbeatAck as HeartbeatAckPayload

HELLO_TIMEOUT_MS = 3000  # taste: somebody waits to speak
READY_TIMEOUT_MS = 5000
PROBE_LIMIT_MS = 1500  # taste: an answer that takes longer is no line to talk over
MAX_HEARTBEAT_MS = 5000  # as discord.py: the round trip is shown, and a dead line is found within ten seconds
STABLE_MS = 10_000  # taste: a connection that lived this long starts the back-off anew

ENCRYPTION_WANTED = "it asks for end-to-end encryption, which tuichat does not speak yet"
RECONNECT_BACKOFF = Backoff(first_ms=100, base_ms=400, cap_ms=1000)  # taste: a talk is cut off meanwhile


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway gave for one place in voice."""

    server_id: int
    channel_id: int
    user_id: int
    session_id: str
    token: str

    def __repr__(self) -> str:
        return f"Grant(server_id={self.server_id}, channel_id={self.channel_id}, token=<hidden>)"


class Open(msgspec.Struct, frozen=True):
    """Open the WebSocket after `delay_ms`, then call connection_opened or connection_lost; `reason` is empty at first."""

    delay_ms: int
    reason: str = ""


class MediaOffered(msgspec.Struct, frozen=True):
    """The session is ready: a media port, and the modes and extensions that the server has. `select` answers it."""

    ssrc: int
    ip: str
    port: int
    modes: tuple[str, ...]
    features: tuple[str, ...]


class MediaAgreed(msgspec.Struct, frozen=True):
    """Media may flow: under this key from now on."""

    mode: str
    key: bytes

    def __repr__(self) -> str:
        return f"MediaAgreed(mode={self.mode!r}, key=<hidden>)"


class SessionResumed(msgspec.Struct, frozen=True):
    """The session goes on as it was: key, SSRC and address are kept."""


class SpeakerSeen(msgspec.Struct, frozen=True):
    """Whose packets carry an SSRC, and whether with priority."""

    user_id: int
    ssrc: int
    is_speaking: bool
    is_priority: bool


class PersonLeft(msgspec.Struct, frozen=True):
    user_id: int


class Media(msgspec.Struct, frozen=True, gc=False):
    """A sealed packet that came through the WebSocket."""

    packet: bytes


class RttMeasured(msgspec.Struct, frozen=True):
    rtt_ms: int


class GrantRefused(msgspec.Struct, frozen=True):
    """This grant is good for nothing any more. Where `is_put_out`, the gateway tells whether one was moved or put out."""

    reason: str
    is_put_out: bool = False


class GivenUp(msgspec.Struct, frozen=True):
    """Nothing helps; `reason` is a clause for the user."""

    reason: str


Order = (
    Open
    | SendText
    | Close
    | MediaOffered
    | MediaAgreed
    | SessionResumed
    | SpeakerSeen
    | PersonLeft
    | Media
    | RttMeasured
    | GrantRefused
    | GivenUp
)


class _State(enum.Enum):
    CONNECTING = "connecting"
    GREETING = "greeting"
    IDENTIFYING = "identifying"
    RESUMING = "resuming"
    READY = "ready"
    CLOSED = "closed"


class VoiceSession:
    """One grant's voice session, over as many connections as it takes.

    Times are milliseconds of any one monotonic clock; `random` returns a float in [0, 1). The owner reports each socket it
    opens once: opened, its messages, and its loss, unless a Close was ordered for it.
    """

    def __init__(self, grant: Grant, *, random: Callable[[], float], backoff: Backoff = RECONNECT_BACKOFF) -> None:
        self._grant = grant
        self._random = random
        self._backoff = backoff
        self._state = _State.CONNECTING
        self._is_resumable = False
        self._ssrc = 0
        self._sequence = NOTHING_SEEN
        self._attempt = 0
        self._ready_ms: int | None = None
        self._forget_connection()

    def _forget_connection(self) -> None:
        self._heartbeat = Heartbeat()
        self._deadline_ms: int | None = None
        self._nonce = 0

    @property
    def is_ready(self) -> bool:
        """Whether the server knows us over the connection there is now."""
        return self._state is _State.READY

    @property
    def is_over(self) -> bool:
        """Whether it was left, refused or given up: nothing follows."""
        return self._state is _State.CLOSED

    def start(self) -> list[Order]:
        return [Open(0)]

    def connection_opened(self, now_ms: int) -> list[Order]:
        if self._state is _State.CONNECTING:
            self._forget_connection()
            self._state = _State.GREETING
            self._deadline_ms = now_ms + HELLO_TIMEOUT_MS
        return []

    def connection_lost(self, code: int | None, now_ms: int, reason: str = "") -> list[Order]:
        """Note that the WebSocket could not be opened (`reason` says why), broke (None), or was closed with a code."""
        if self._state is _State.CLOSED:
            return []
        if self._state is _State.CONNECTING:
            return [self._retry(now_ms, reason or "the voice server cannot be reached")]
        match recovery_after(code):
            case Recovery.RESUME:
                return [self._retry(now_ms, explain_close(code))]
            case Recovery.WAIT:
                return self._end(GrantRefused(explain_close(code), is_put_out=True))
            case Recovery.GIVE_UP:
                return self._end(
                    GivenUp(ENCRYPTION_WANTED if code == CloseCode.ENCRYPTION_REQUIRED else explain_close(code))
                )
        was_resuming = self._state is _State.RESUMING
        self._is_resumable = False
        if was_resuming:  # the token may still be good for a new session
            return [self._retry(now_ms, explain_close(code))]
        return self._end(GrantRefused(explain_close(code)))

    def receive_text(self, message: bytes | str, now_ms: int) -> list[Order]:
        """Take one text message. Never raises for what is in it."""
        if not self._is_open():
            return []
        try:
            payload, sequence = decode_server(message)
            if sequence is not None:
                if sequence <= self._sequence:
                    return []  # it was seen before the connection broke
                self._sequence = sequence
            return self._receive(payload, now_ms)
        except ProtocolError as error:
            return self._abandon(now_ms, f"the voice server broke the protocol: {error}")

    def receive_binary(self, message: bytes) -> list[Order]:
        """Take one binary message: media, or something of an extension that was not agreed on."""
        packet = unpack_media(message) if self._is_open() else None
        return [] if packet is None else [Media(packet)]

    def next_timeout_ms(self) -> int | None:
        """Return when `tick` is due; None when never."""
        due = (self._heartbeat.due_ms(), self._deadline_ms)
        return min((moment for moment in due if moment is not None), default=None)

    def tick(self, now_ms: int) -> list[Order]:
        """Act on the time: heartbeats, and servers that went silent."""
        if not self._is_open():
            return []
        if self._deadline_ms is not None and now_ms >= self._deadline_ms:
            return self._abandon(now_ms, "the voice server stopped answering")
        if not self._heartbeat.is_due(now_ms):
            return []
        if self._heartbeat.is_unanswered():
            return self._abandon(now_ms, "the voice server stopped answering")
        self._heartbeat.beat(now_ms)
        return [self._beat()]

    def select(self, *, mode: str, address: str, port: int) -> list[Order]:
        """Choose UDP, from the address that discovery told."""
        return self._send(
            SelectProtocol(protocol=PROTOCOL_UDP, data=TransportChoice(mode=mode, address=address, port=port))
        )

    def select_websocket(self, *, mode: str) -> list[Order]:
        """Choose media through this WebSocket."""
        return self._send(SelectProtocol(protocol=PROTOCOL_WEBSOCKET, data=TransportChoice(mode=mode)))

    def speak(self, flags: int) -> list[Order]:
        """Say that one speaks (the bits of `voice_gateway.Speaking`), or with 0 that one stopped."""
        return self._send(SpeakingRequest(speaking=flags, delay=0, ssrc=self._ssrc))

    def probe(self, now_ms: int) -> list[Order]:
        """Find out soon whether the connection is alive: where no answer comes within PROBE_LIMIT_MS, it is made anew."""
        if self._state is not _State.READY or self._deadline_ms is not None:
            return []
        self._deadline_ms = now_ms + PROBE_LIMIT_MS
        self._heartbeat.beat_on_request(now_ms)
        return [self._beat()]

    def hurry(self, now_ms: int) -> list[Order]:
        """Begin the back-off anew: something says that the network is back."""
        self._attempt = 0
        return self.probe(now_ms)

    def reconnect(self, now_ms: int, reason: str) -> list[Order]:
        """Take the connection for dead, as after a sleep."""
        return self._abandon(now_ms, reason) if self._is_open() else []

    def leave(self) -> list[Order]:
        """End the session on purpose."""
        was_open = self._is_open()
        self._state = _State.CLOSED
        self._forget_connection()
        return [Close(int(CloseCode.NORMAL))] if was_open else []

    def _is_open(self) -> bool:
        return self._state not in (_State.CONNECTING, _State.CLOSED)

    def _receive(self, payload: ServerPayload, now_ms: int) -> list[Order]:
        match payload:
            case Hello():
                return self._greet(payload, now_ms)
            case HeartbeatAckPayload():
                if self._state is _State.READY:
                    self._deadline_ms = None
                rtt_ms = self._heartbeat.acknowledge(now_ms)
                return [] if rtt_ms is None else [RttMeasured(rtt_ms)]
            case Ready() if self._state is _State.IDENTIFYING:
                return self._become_ready(payload, now_ms)
            case Resumed() if self._state is _State.RESUMING:
                self._state, self._deadline_ms, self._ready_ms = _State.READY, None, now_ms
                return [SessionResumed()]
            case SessionDescription():
                return [MediaAgreed(payload.mode, payload.key)]
            case SpeakingUpdate():
                flags = payload.flags
                is_speaking = bool(flags & (flags.MICROPHONE | flags.PRIORITY))
                is_priority = bool(flags & flags.PRIORITY)
                return [SpeakerSeen(int(payload.user_id), payload.ssrc, is_speaking, is_priority)]
            case ClientDisconnect():
                return [PersonLeft(int(payload.user_id))]
            case ClientsConnect() | _:
                return []  # who is there, the gateway tells

    def _greet(self, hello: Hello, now_ms: int) -> list[Order]:
        if self._state is not _State.GREETING:
            return []
        if not hello.heartbeat_interval > 0:
            raise ProtocolError(f"heartbeat_interval must be over 0 ms, got {str(hello.heartbeat_interval)[:20]}")
        self._heartbeat.begin(int(min(hello.heartbeat_interval, MAX_HEARTBEAT_MS)), now_ms, 0.0)
        self._deadline_ms = now_ms + READY_TIMEOUT_MS
        grant = self._grant
        if self._is_resumable:
            self._state = _State.RESUMING
            resume = Resume(
                server_id=Snowflake(grant.server_id),
                session_id=grant.session_id,
                token=grant.token,
                seq_ack=self._sequence,
            )
            return [SendText(encode(resume))]
        self._state = _State.IDENTIFYING
        self._sequence = NOTHING_SEEN
        identify = Identify(
            server_id=Snowflake(grant.server_id),
            channel_id=Snowflake(grant.channel_id),
            user_id=Snowflake(grant.user_id),
            session_id=grant.session_id,
            token=grant.token,
            max_dave_protocol_version=0,
            tuichat_features=list(FEATURES),
        )
        return [SendText(encode(identify))]

    def _become_ready(self, ready: Ready, now_ms: int) -> list[Order]:
        if ready.ssrc == 0:
            raise ProtocolError("READY gives the SSRC 0, which is none")
        self._state, self._deadline_ms, self._ready_ms = _State.READY, None, now_ms
        self._is_resumable = True
        self._ssrc = ready.ssrc
        return [MediaOffered(ready.ssrc, ready.ip, ready.port, tuple(ready.modes), agreed(ready.experiments))]

    def _send(self, payload: ClientPayload) -> list[Order]:
        return [SendText(encode(payload))] if self._state is _State.READY else []

    def _beat(self) -> SendText:
        self._nonce += 1
        return SendText(encode(HeartbeatPayload(t=self._nonce, seq_ack=self._sequence)))

    def _abandon(self, now_ms: int, reason: str) -> list[Order]:
        """Close so that the session survives (4000 does, 1000 would not), and come back."""
        return [Close(4000), self._retry(now_ms, reason)]

    def _retry(self, now_ms: int, reason: str) -> Open:
        if self._ready_ms is not None and now_ms - self._ready_ms >= STABLE_MS:
            self._attempt = 0
        self._ready_ms = None
        delay_ms = self._backoff.delay_ms(self._attempt, self._random())
        self._attempt += 1
        self._forget_connection()
        self._state = _State.CONNECTING
        return Open(delay_ms, reason)

    def _end(self, last: GrantRefused | GivenUp) -> list[Order]:
        self._state = _State.CLOSED
        self._forget_connection()
        return [last]
