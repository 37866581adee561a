"""One voice WebSocket: what its client says, read and checked, and handed to the voice gateway."""

import enum
import logging
from typing import Protocol
from urllib.parse import parse_qs

import tuichat
from tuichat.protocol import voice_gateway
from tuichat.protocol.voice_extensions import pack_media, unpack_media
from tuichat.protocol.voice_gateway import (
    DEFAULT_HEARTBEAT_INTERVAL_MS,
    MAX_CLIENT_PAYLOAD_BYTES,
    NEWEST_VERSION,
    SUPPORTED_VERSIONS,
    CloseCode,
    Opcode,
    ServerPayload,
    VoiceGatewayError,
)
from tuichat.server.voice.session import VoiceSession
from tuichat.server.websocket import WebSocket, binary_frame_header, text_frame_header

DEAD_AFTER_MS = DEFAULT_HEARTBEAT_INTERVAL_MS * 3 // 2
IDENTIFY_LIMIT_MS = 15_000  # taste
MAX_PAYLOADS = 600  # in a window: somebody who begins and ends to speak five times a second
WINDOW_MS = 60_000
MAX_MEDIA_WAITING_BYTES = 8 * 1024  # a second of one voice; far under what text may wait in, cut off only beyond that
MAX_VERSION_DIGITS = 3  # of `v` in the URL, which comes before anybody says who it is

logger = logging.getLogger(__name__)


class Desk(Protocol):
    """Who decides about what a voice client asks for. None of these may raise or wait."""

    def identify(self, connection: "VoiceConnection", identify: voice_gateway.Identify) -> None: ...
    def resume(self, connection: "VoiceConnection", resume: voice_gateway.Resume) -> None: ...
    def select_protocol(self, session: VoiceSession, choice: voice_gateway.SelectProtocol) -> None: ...
    def speaking(self, session: VoiceSession, speaking: voice_gateway.SpeakingRequest) -> None: ...
    def media(self, session: VoiceSession, packet: bytes) -> None: ...
    def now_ms(self) -> int: ...
    def opened(self, connection: "VoiceConnection") -> None: ...
    def closed(self, connection: "VoiceConnection", code: int | None) -> None: ...


class _State(enum.Enum):
    OPENING = "opening"
    UNIDENTIFIED = "unidentified"
    READY = "ready"
    CLOSED = "closed"


class VoiceConnection:
    """The server's end of one voice WebSocket, from its upgrade to its close. It is the `Messages` of its WebSocket."""

    __slots__ = (
        "_carries_media",
        "_desk",
        "_heartbeat_ms",
        "_opened_ms",
        "_state",
        "_websocket",
        "_window_payloads",
        "_window_start_ms",
        "address",
        "local_host",
        "peer",
        "session",
        "version",
    )

    def __init__(self, desk: Desk, *, address: str | None, local_host: str | None) -> None:
        """`address` is where the client comes from, `local_host` the address of ours that it came in on."""
        self._desk = desk
        self._websocket: WebSocket | None = None
        self._state = _State.OPENING
        self._opened_ms = self._heartbeat_ms = self._window_start_ms = 0
        self._window_payloads = 0
        self._carries_media = False
        self.address = address
        self.local_host = local_host
        self.peer: str | None = None  # what it counts for among those that have not identified (PeerLimits)
        self.session: VoiceSession | None = None
        self.version = NEWEST_VERSION

    def attach(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    # What the WebSocket calls.

    def opened(self, query: str) -> None:
        self._opened_ms = self._heartbeat_ms = self._window_start_ms = self._desk.now_ms()
        self.version = version_of(query) or 0
        self._state = _State.UNIDENTIFIED
        self._desk.opened(self)
        if self.version not in SUPPORTED_VERSIONS:
            self.end(CloseCode.UNKNOWN_PROTOCOL, "this voice gateway speaks versions 4 to 8")
            return
        self.tell(voice_gateway.Hello(v=self.version, heartbeat_interval=DEFAULT_HEARTBEAT_INTERVAL_MS))

    def text_received(self, message: bytes) -> None:
        if self._state not in (_State.UNIDENTIFIED, _State.READY):
            return
        if self._is_over_rate():
            self.end(CloseCode.RATE_LIMITED, f"more than {MAX_PAYLOADS} payloads in {WINDOW_MS // 1000} s")
            return
        try:
            self._receive(message)
        except VoiceGatewayError as error:
            self.end(error.close_code, str(error))

    def binary_received(self, message: bytes) -> None:
        session = self.session
        packet = unpack_media(message)
        if session is not None and packet is not None:
            self._desk.media(session, packet)
        elif not message or len(message) > MAX_CLIENT_PAYLOAD_BYTES or self._is_over_rate():
            self.end(CloseCode.DECODE_ERROR, f"a binary message of {len(message)} bytes that is no media")
        # What is left are messages of end-to-end encryption, which this server has not agreed to.

    def writable(self) -> None:
        pass

    def closed(self, code: int | None) -> None:
        self._leave(code)

    # What the session and the gateway call.

    @property
    def is_open(self) -> bool:
        return self._websocket is not None and not self._websocket.is_closing

    def tell(self, payload: ServerPayload) -> None:
        """Say something that belongs to this connection alone."""
        self.send(voice_gateway.encode(payload, version=self.version))

    def send(self, payload: bytes) -> None:
        websocket = self._websocket
        if websocket is None:
            return
        if websocket.is_write_paused:
            websocket.abort()  # it reads nothing: what it missed comes when it resumes
            return
        websocket.write(text_frame_header(len(payload)) + payload)

    def send_media(self, packet: bytes) -> None:
        """Send one sealed packet, or drop it where the client is behind: audio does not wait."""
        websocket = self._websocket
        if websocket is None:
            return
        if not self._carries_media:
            self._carries_media = True
            websocket.keep_little_unsent()
        if websocket.waiting_bytes < MAX_MEDIA_WAITING_BYTES:
            message = pack_media(packet)
            websocket.write(binary_frame_header(len(message)) + message)

    def accept(self, session: VoiceSession) -> None:
        self._state = _State.READY
        self.session = session

    def end(self, code: int, reason: str) -> None:
        websocket = self._websocket
        if websocket is None or websocket.is_closing:
            return
        websocket.close(code, reason.encode()[:123].decode(errors="ignore"))  # RFC 6455, 5.5
        self._leave(None)

    def tick(self, now_ms: int) -> None:
        """Close what is silent, or never said who it is."""
        if self._state is _State.UNIDENTIFIED and now_ms - self._opened_ms >= IDENTIFY_LIMIT_MS:
            self.end(CloseCode.SESSION_TIMED_OUT, f"no IDENTIFY within {IDENTIFY_LIMIT_MS // 1000} s")
        elif now_ms - self._heartbeat_ms >= DEAD_AFTER_MS:
            self.end(CloseCode.SESSION_TIMED_OUT, f"no heartbeat for {now_ms - self._heartbeat_ms} ms")

    # Inside.

    def _receive(self, message: bytes) -> None:
        payload = voice_gateway.decode_client(message)
        session = self.session
        match payload:
            case voice_gateway.Heartbeat():
                self._heartbeat_ms = self._desk.now_ms()
                if session is not None and payload.seq_ack is not None:
                    session.acknowledge(payload.seq_ack)
                self.tell(voice_gateway.HeartbeatAck(t=payload.t))
            case voice_gateway.Identify() | voice_gateway.Resume() if session is not None:
                self.end(CloseCode.ALREADY_AUTHENTICATED, "a second IDENTIFY or RESUME came")
            case voice_gateway.Identify():
                self._desk.identify(self, payload)
            case voice_gateway.Resume():
                self._desk.resume(self, payload)
            case _ if session is None:
                self.end(CloseCode.NOT_AUTHENTICATED, "something else came before IDENTIFY")
            case voice_gateway.SelectProtocol():
                self._desk.select_protocol(session, payload)
            case voice_gateway.SpeakingRequest():
                self._desk.speaking(session, payload)
            case voice_gateway.Ignored(op=Opcode.BACKEND_VERSION):
                version = f"tuichat {tuichat.__version__}"
                session.tell(voice_gateway.BackendVersion(voice=version, rtc_worker=version))

    def _is_over_rate(self) -> bool:
        now_ms = self._desk.now_ms()
        if now_ms - self._window_start_ms >= WINDOW_MS:
            self._window_start_ms, self._window_payloads = now_ms, 0
        self._window_payloads += 1
        return self._window_payloads > MAX_PAYLOADS

    def _leave(self, code: int | None) -> None:
        if self._state is _State.CLOSED:
            return
        self._state = _State.CLOSED
        self._websocket = None  # it refers back to this object
        self._desk.closed(self, code)


def version_of(query: str) -> int | None:
    """Return the version that a URL asks for with `v=`, None where it names none."""
    version = parse_qs(query).get("v", [""])[0]
    is_number = len(version) <= MAX_VERSION_DIGITS and version.isascii() and version.isdigit()
    return int(version) if is_number else None
