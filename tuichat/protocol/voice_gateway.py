"""The voice gateway's words, versions 4 to 8: opcodes, close codes, and the payloads that clients and servers exchange.

Discord's documentation, "Voice Connections"; discord-userdoccers, "Voice Connections" for what it leaves out.
"""

import enum
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec, json
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.snowflake import Snowflake

SUPPORTED_VERSIONS = range(4, 9)
NEWEST_VERSION = SUPPORTED_VERSIONS[-1]
FIRST_BUFFERED_VERSION = 8  # from here payloads carry `seq`, heartbeats `seq_ack`, and a resume replays what was missed
FIRST_SEQUENCE = 1  # @discordjs/voice ignores 0
NOTHING_SEEN = -1  # the `seq_ack` of a client that has seen no `seq`

MAX_CLIENT_PAYLOAD_BYTES = 8192  # taste: a browser's select_protocol with its codecs has 2 kB
MAX_SERVER_PAYLOAD_BYTES = 1 << 20  # taste: a CLIENTS_CONNECT of 10 000 users has 230 kB
MAX_DEPTH = 16  # taste: the deepest payload has 5 levels
DEFAULT_HEARTBEAT_INTERVAL_MS = 13_750  # what Discord itself sends

PROTOCOL_UDP = "udp"  # what SELECT_PROTOCOL names; the other one is in `voice_extensions`


class Opcode(enum.IntEnum):
    IDENTIFY = 0
    SELECT_PROTOCOL = 1
    READY = 2
    HEARTBEAT = 3
    SESSION_DESCRIPTION = 4
    SPEAKING = 5
    HEARTBEAT_ACK = 6
    RESUME = 7
    HELLO = 8
    RESUMED = 9
    CLIENTS_CONNECT = 11
    VIDEO = 12
    CLIENT_DISCONNECT = 13
    SESSION_UPDATE = 14
    MEDIA_SINK_WANTS = 15
    BACKEND_VERSION = 16
    CHANNEL_OPTIONS_UPDATE = 17
    CLIENT_FLAGS = 18
    SPEED_TEST = 19
    CLIENT_PLATFORM = 20
    DAVE_PREPARE_TRANSITION = 21
    DAVE_EXECUTE_TRANSITION = 22
    DAVE_TRANSITION_READY = 23
    DAVE_PREPARE_EPOCH = 24
    MLS_EXTERNAL_SENDER = 25
    MLS_KEY_PACKAGE = 26
    MLS_PROPOSALS = 27
    MLS_COMMIT_WELCOME = 28
    MLS_ANNOUNCE_COMMIT = 29
    MLS_WELCOME = 30
    MLS_INVALID_COMMIT_WELCOME = 31


class CloseCode(enum.IntEnum):
    NORMAL = 1000
    GOING_AWAY = 1001
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    SESSION_INVALID = 4006
    SESSION_TIMED_OUT = 4009
    SERVER_NOT_FOUND = 4011
    UNKNOWN_PROTOCOL = 4012
    DISCONNECTED = 4014
    SERVER_CRASHED = 4015
    UNKNOWN_ENCRYPTION_MODE = 4016
    ENCRYPTION_REQUIRED = 4017
    BAD_REQUEST = 4020
    RATE_LIMITED = 4021
    CALL_TERMINATED = 4022


class Recovery(enum.Enum):
    """What a client does after a close of its voice connection."""

    RESUME = "resume"
    ASK_AGAIN = "ask the gateway for the place again"  # op 4, which brings a new token
    WAIT = "wait for what the gateway says"  # moved: a VOICE_SERVER_UPDATE comes; put out: a VOICE_STATE_UPDATE came
    GIVE_UP = "give up"


_RECOVERIES = {
    CloseCode.NORMAL: Recovery.ASK_AGAIN,
    CloseCode.SERVER_CRASHED: Recovery.RESUME,
    CloseCode.DISCONNECTED: Recovery.WAIT,
    CloseCode.CALL_TERMINATED: Recovery.WAIT,
    CloseCode.UNKNOWN_PROTOCOL: Recovery.GIVE_UP,
    CloseCode.UNKNOWN_ENCRYPTION_MODE: Recovery.GIVE_UP,
    CloseCode.ENCRYPTION_REQUIRED: Recovery.GIVE_UP,
    CloseCode.RATE_LIMITED: Recovery.GIVE_UP,
}


def recovery_after(code: int | None) -> Recovery:
    """Say what a client does when a voice server closed with `code`; None means that the connection broke."""
    if code is None:
        return Recovery.RESUME
    known = _RECOVERIES.get(code)  # type: ignore[call-overload]  # an int that equals a key finds it
    if isinstance(known, Recovery):
        return known
    return Recovery.RESUME if code < 4000 else Recovery.ASK_AGAIN


def explain_close(code: int | None) -> str:
    """Return one clause for the user: what a close of the voice connection means."""
    if code is None:
        return "the connection to the voice server broke"
    try:
        name = CloseCode(code).name.lower().replace("_", " ")
    except ValueError:
        name = "no known reason"
    return f"the voice server closed the connection: {name} (close code {code})"


class VoiceGatewayError(ProtocolError):
    """A payload that the voice gateway does not allow; `close_code` is what a server closes the connection with."""

    def __init__(self, sentence: str, close_code: CloseCode = CloseCode.DECODE_ERROR) -> None:
        super().__init__(sentence)
        self.close_code = close_code


class Speaking(enum.IntFlag):
    MICROPHONE = 1 << 0
    SOUNDSHARE = 1 << 1
    PRIORITY = 1 << 2


# What clients send


class Identify(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Op 0. `session_id` is that of the main gateway, `token` that of VOICE_SERVER_UPDATE; see `voice_extensions`."""

    server_id: Snowflake  # the guild, or the channel of a call
    user_id: Snowflake
    session_id: str
    token: str
    channel_id: Snowflake | UnsetType | None = UNSET
    max_dave_protocol_version: int | UnsetType | None = UNSET
    tuichat_features: list[str] | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"Identify(server_id={int(self.server_id)}, user_id={int(self.user_id)}, token=<hidden>)"


class TransportChoice(msgspec.Struct, frozen=True, kw_only=True):
    """Where the client is reached, as discovery told it, and the mode that it chose of READY's."""

    mode: str
    address: str = ""
    port: int = 0


class SelectProtocol(msgspec.Struct, frozen=True, kw_only=True):
    """Op 1; `protocol` is PROTOCOL_UDP or an extension's. User accounts repeat the data beside it, which says nothing new."""

    protocol: str
    data: TransportChoice


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """Op 3; before version 8 it is `t` alone on the wire. The server sends `t` back as it came."""

    t: int | float | str | None
    seq_ack: int | None = NOTHING_SEEN


class SpeakingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Op 5 of a client: the bits of `Speaking`; some old libraries send true and false."""

    speaking: int | bool
    delay: int = 0
    ssrc: int = 0

    @property
    def flags(self) -> Speaking:
        return Speaking(int(self.speaking) & 7)


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """Op 7: `seq_ack` is the last `seq` that the client has seen; absent before version 8."""

    server_id: Snowflake
    session_id: str
    token: str
    seq_ack: int | None = NOTHING_SEEN

    def __repr__(self) -> str:
        return f"Resume(server_id={int(self.server_id)}, token=<hidden>, seq_ack={self.seq_ack})"


class Ignored(msgspec.Struct, frozen=True):
    """A payload whose opcode is known, or may come later, and that asks nothing of us."""

    op: int


ClientPayload = Identify | SelectProtocol | Heartbeat | SpeakingRequest | Resume | Ignored


# What servers send


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """Op 8. Some libraries beat more often than the interval (ms) says."""

    heartbeat_interval: float
    v: int = NEWEST_VERSION


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Op 2: the media port, and the modes in the server's order. `experiments` answers IDENTIFY's `tuichat_features`."""

    ssrc: int
    ip: str
    port: int
    modes: list[str]
    experiments: list[str] = []
    streams: list[msgspec.Raw] = []


class SessionDescription(msgspec.Struct, frozen=True, kw_only=True):
    """Op 4: `secret_key` is 32 bytes as numbers."""

    mode: str
    secret_key: list[int]
    dave_protocol_version: int = 0  # discord.py raises where it is absent
    audio_codec: str | None = "opus"
    video_codec: str | None = None
    media_session_id: str = ""

    @property
    def key(self) -> bytes:
        """The key as bytes. Raises VoiceGatewayError where a number is no byte."""
        try:
            return bytes(self.secret_key)
        except ValueError:
            raise VoiceGatewayError("secret_key holds a number that is no byte") from None

    def __repr__(self) -> str:
        return f"SessionDescription(mode={self.mode!r}, secret_key=<hidden>)"


class HeartbeatAck(msgspec.Struct, frozen=True, kw_only=True):
    """Op 6; before version 8 it is `t` alone on the wire."""

    t: int | float | str | None


class SpeakingUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """Op 5 of a server: who sends under which SSRC. It comes before the first packet of anybody."""

    user_id: Snowflake
    ssrc: int
    speaking: int = 0
    delay: int = 0

    @property
    def flags(self) -> Speaking:
        return Speaking(self.speaking & 7)


class Resumed(msgspec.Struct, frozen=True):
    """Op 9; null on the wire."""


class ClientsConnect(msgspec.Struct, frozen=True, kw_only=True):
    """Op 11: the others in the channel for a newcomer, the newcomer for the others."""

    user_ids: list[Snowflake]


class ClientDisconnect(msgspec.Struct, frozen=True, kw_only=True):
    """Op 13: somebody left the channel; its SSRC means nobody now."""

    user_id: Snowflake


class BackendVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Op 16, sent when a client asks with the same opcode."""

    voice: str = ""
    rtc_worker: str = ""


ServerPayload = (
    Hello
    | Ready
    | SessionDescription
    | HeartbeatAck
    | SpeakingUpdate
    | Resumed
    | ClientsConnect
    | ClientDisconnect
    | BackendVersion
    | Ignored
)

_CLIENT_KINDS: dict[int, type[Any]] = {
    Opcode.IDENTIFY: Identify,
    Opcode.SELECT_PROTOCOL: SelectProtocol,
    Opcode.HEARTBEAT: Heartbeat,
    Opcode.SPEAKING: SpeakingRequest,
    Opcode.RESUME: Resume,
}
_SERVER_KINDS: dict[int, type[Any]] = {
    Opcode.HELLO: Hello,
    Opcode.READY: Ready,
    Opcode.SESSION_DESCRIPTION: SessionDescription,
    Opcode.HEARTBEAT_ACK: HeartbeatAck,
    Opcode.SPEAKING: SpeakingUpdate,
    Opcode.CLIENTS_CONNECT: ClientsConnect,
    Opcode.CLIENT_DISCONNECT: ClientDisconnect,
    Opcode.BACKEND_VERSION: BackendVersion,
}
_OPCODES: dict[type[Any], int] = {kind: op for kinds in (_CLIENT_KINDS, _SERVER_KINDS) for op, kind in kinds.items()}
_ONLY_SERVERS_SEND = frozenset(
    {Opcode.READY, Opcode.SESSION_DESCRIPTION, Opcode.HEARTBEAT_ACK, Opcode.HELLO, Opcode.RESUMED}
)
_NOT_BUFFERED = (Hello, HeartbeatAck, Resumed)


class _Envelope(msgspec.Struct, frozen=True):
    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")
    seq: int | None = None


def is_buffered(payload: ServerPayload, version: int) -> bool:
    """Say whether a payload carries a `seq`, and is sent again after a resume that has not seen it."""
    return version >= FIRST_BUFFERED_VERSION and not isinstance(payload, _NOT_BUFFERED)


def encode(payload: ClientPayload | ServerPayload, *, version: int = NEWEST_VERSION, seq: int | None = None) -> bytes:
    """Return a payload as JSON, the same for both sides; `seq` for what `is_buffered`."""
    if isinstance(payload, Resumed):
        op, body = int(Opcode.RESUMED), b"null"
    elif isinstance(payload, Heartbeat | HeartbeatAck) and version < FIRST_BUFFERED_VERSION:
        op, body = _OPCODES[type(payload)], codec.encode(payload.t)
    elif isinstance(payload, Ignored):
        op, body = payload.op, b"null"
    else:
        op, body = _OPCODES[type(payload)], codec.encode(payload)
    if seq is None:
        return b'{"op":%d,"d":%b}' % (op, body)
    return b'{"op":%d,"d":%b,"seq":%d}' % (op, body, seq)


def decode_client(data: bytes | str) -> ClientPayload:
    """Read what a client sent. Raises VoiceGatewayError, with the code to close with, and nothing else."""
    envelope = _decode_envelope(data, MAX_CLIENT_PAYLOAD_BYTES)
    if envelope.op in _ONLY_SERVERS_SEND or not 0 <= envelope.op <= 255:
        raise VoiceGatewayError(f"opcode {envelope.op} is none that a client may send", CloseCode.UNKNOWN_OPCODE)
    kind = _CLIENT_KINDS.get(envelope.op)
    if kind is None:
        return Ignored(envelope.op)
    payload: ClientPayload = _decode_body(envelope, kind, MAX_CLIENT_PAYLOAD_BYTES)
    return payload


def decode_server(data: bytes | str) -> tuple[ServerPayload, int | None]:
    """Read what a server sent: the payload, and its `seq` where it has one. Raises VoiceGatewayError and nothing else."""
    envelope = _decode_envelope(data, MAX_SERVER_PAYLOAD_BYTES)
    if envelope.op == Opcode.RESUMED:
        return Resumed(), envelope.seq
    kind = _SERVER_KINDS.get(envelope.op)
    if kind is None:
        return Ignored(envelope.op), envelope.seq
    payload: ServerPayload = _decode_body(envelope, kind, MAX_SERVER_PAYLOAD_BYTES)
    return payload, envelope.seq


def _decode_envelope(data: bytes | str, max_bytes: int) -> _Envelope:
    try:
        return json.decode(data, _Envelope, source="the payload", max_bytes=max_bytes, max_depth=MAX_DEPTH)
    except ProtocolError as error:
        raise VoiceGatewayError(str(error)) from None


def _decode_body(envelope: _Envelope, kind: type[Any], max_bytes: int) -> Any:
    body = envelope.d
    if kind in (Heartbeat, HeartbeatAck) and not bytes(body).lstrip().startswith(b"{"):
        body = msgspec.Raw(b'{"t":%b}' % bytes(body))
    source = Opcode(envelope.op).name
    try:
        payload = json.decode(body, kind, source=source, max_bytes=max_bytes, max_depth=None)
    except ProtocolError as error:
        raise VoiceGatewayError(str(error)) from None
    if isinstance(payload, Ready | SpeakingUpdate | SpeakingRequest) and not 0 <= payload.ssrc <= 0xFFFF_FFFF:
        raise VoiceGatewayError(f"{source} has an SSRC of 32 bits, got {payload.ssrc}")
    if isinstance(payload, Ready | SelectProtocol):
        port = payload.port if isinstance(payload, Ready) else payload.data.port
        if not 0 <= port <= 65_535:
            raise VoiceGatewayError(f"{source} has a port of 0 to 65535, got {port}")
    if isinstance(payload, Hello) and payload.heartbeat_interval < 1:
        raise VoiceGatewayError(f"HELLO has an interval of 1 ms or more, got {payload.heartbeat_interval}")
    return payload
