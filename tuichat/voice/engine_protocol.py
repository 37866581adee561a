"""What the call agent and the audio engine say to each other over their socket.

A frame is a length (4 bytes, big-endian, 1 to MAX_FRAME_BYTES) and that many bytes of MessagePack holding one
message with its `type`. The agent opens with Hello, the engine answers HelloReply or HelloRefused, and nothing
else may stand before these. Unknown fields are ignored, so a newer side may add some. What is said of a call's
sound stands in audio_protocol, and is spoken from version 2 on; what is said of its packets and of laptops stands in
media_protocol and place_protocol, from version 3 on. A Datagram alone is no MessagePack: the byte DATAGRAM, which
MessagePack never begins with, its way (1 byte, with the bit SQUEEZED where header_squeeze has left something out, which only the
feature of that name allows), its stamp (2, big-endian) and what it carries.
"""

import struct
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta

from tuichat.errors import TuichatError
from tuichat.voice.audio_protocol import AudioReport, AudioRequest
from tuichat.voice.bounds import Text
from tuichat.voice.call_protocol import CallReport, CallRequest
from tuichat.voice.device import AudioDevice, ServerReach
from tuichat.voice.header_squeeze import HeaderSqueeze, SqueezeError
from tuichat.voice.media_protocol import MAX_DATAGRAM_BYTES, Datagram, MediaReport, MediaRequest, Way
from tuichat.voice.place_protocol import PlaceReport, PlaceRequest

OLDEST_VERSION = 1
NEWEST_VERSION = 3
AUDIO_VERSION = 2  # the first that has AudioRequest and AudioReport
MEDIA_VERSION = 3  # the first that has MediaRequest, MediaReport, PlaceRequest and PlaceReport
LANGUAGE = "language"  # an engine's feature: it takes UseLanguage
PLACES = "places"  # an agent's feature: the engine is to look for laptops, and to tell of them
MAX_FRAME_BYTES = 512 * 1024  # 5.2 s of a soundboard's samples; 128 devices a direction are a third of it
MAX_LISTED = 256  # devices a direction; our own backends tell of half as many
LENGTH = struct.Struct("!I")
DATAGRAM = 0xC1  # "never used" by the MessagePack specification
SQUEEZED = 0x80
SQUEEZE = "squeeze"  # a feature of either side: it restores what header_squeeze left out
_DATAGRAM_HEAD = struct.Struct("!BBH")


class EngineProtocolError(TuichatError):
    """The other side of the engine's socket said something that cannot be understood or agreed to."""


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """Agent: the first frame. Versions are inclusive; `program` is for people and logs."""

    program: str
    oldest_version: int
    newest_version: int
    features: tuple[str, ...] = ()
    language: str = ""  # in which the engine's sentences are, as the setting names it


class DevicesRequest(msgspec.Struct, frozen=True, tag_field="type", tag="devices_request"):
    """Agent: list the devices anew."""


class Ping(msgspec.Struct, frozen=True, tag_field="type", tag="ping"):
    """Agent: are you alive? The engine sends the number back."""

    number: int


class UseLanguage(msgspec.Struct, frozen=True, tag_field="type", tag="use_language"):
    """Agent, to an engine with the feature LANGUAGE: say everything in this one from now on, as the setting names it."""

    language: str


class Shutdown(msgspec.Struct, frozen=True, tag_field="type", tag="shutdown"):
    """Agent: end with status 0."""


class HelloReply(msgspec.Struct, frozen=True, tag_field="type", tag="hello_reply"):
    """Engine: `version` is spoken from now on; `libraries` maps those found to their versions."""

    program: str
    version: int
    features: tuple[str, ...] = ()
    libraries: dict[str, str] = {}
    problems: tuple[str, ...] = ()
    """One sentence for each library that is missing."""


class HelloRefused(msgspec.Struct, frozen=True, tag_field="type", tag="hello_refused"):
    """Engine: the sides cannot agree; the engine ends after it."""

    reason: str


class Devices(msgspec.Struct, frozen=True, tag_field="type", tag="devices"):
    """Engine: sent once after HelloReply, and in answer to DevicesRequest.

    `problem` says in a sentence why a list is empty, `server` which sound server the devices are of, if any, and
    `reach` how far away that is.
    """

    inputs: Annotated[tuple[AudioDevice, ...], Meta(max_length=MAX_LISTED)] = ()
    outputs: Annotated[tuple[AudioDevice, ...], Meta(max_length=MAX_LISTED)] = ()
    problem: Text | None = None
    server: Text = ""
    reach: ServerReach | None = None


class EngineError(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    """Engine: something went wrong; with `is_fatal` the engine ends after it."""

    reason: Text
    is_fatal: bool = False


class Pong(msgspec.Struct, frozen=True, tag_field="type", tag="pong"):
    """Engine: answers the Ping of this number."""

    number: int


Request = (
    Hello | DevicesRequest | Ping | Shutdown | UseLanguage | AudioRequest | CallRequest | MediaRequest | PlaceRequest
)
Report = HelloReply | HelloRefused | Devices | EngineError | Pong | AudioReport | CallReport | MediaReport | PlaceReport

MessageT = TypeVar("MessageT")

_encoder = msgspec.msgpack.Encoder()


def encode(message: Request | Report, squeeze: HeaderSqueeze | None = None) -> bytes:
    """Return the frame of a message, raising EngineProtocolError where it is over MAX_FRAME_BYTES.

    With a `squeeze`, the connection's own for this direction, datagrams go as small as they can; all of them must be sent then, in order.
    """
    if isinstance(message, Datagram):
        small = squeeze.squeeze(message.data) if squeeze is not None else None
        way, data = (message.way, message.data) if small is None else (message.way | SQUEEZED, small)
        head = _DATAGRAM_HEAD.pack(DATAGRAM, way, message.stamp_ms)
        return LENGTH.pack(len(head) + len(data)) + head + data
    body = _encoder.encode(message)
    if len(body) > MAX_FRAME_BYTES:
        raise EngineProtocolError(
            f"a {type(message).__name__} message must have at most {MAX_FRAME_BYTES} bytes, got {len(body)}"
        )
    return LENGTH.pack(len(body)) + body


class FrameSplitter:
    """Cuts a byte stream into frame bodies, and holds at most one unfinished frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the bodies that these bytes complete; a length of 0 or over the limit is an error.

        After an error the stream has no frame boundaries left and must be closed.
        """
        self._buffer += data
        bodies: list[bytes] = []
        start = 0
        while len(self._buffer) - start >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self._buffer, start)
            if not 1 <= size <= MAX_FRAME_BYTES:
                raise EngineProtocolError(f"a frame must have 1 to {MAX_FRAME_BYTES} bytes, got {size}")
            end = start + LENGTH.size + size
            if len(self._buffer) < end:
                break
            bodies.append(bytes(self._buffer[start + LENGTH.size : end]))
            start = end
        del self._buffer[:start]
        return bodies


class MessageReader(Generic[MessageT]):
    """Turns a byte stream into messages of one direction."""

    def __init__(self, decoder: "msgspec.msgpack.Decoder[MessageT]") -> None:
        self._decoder = decoder
        self._squeeze = HeaderSqueeze()
        self._splitter = FrameSplitter()

    def feed(self, data: bytes) -> list[MessageT]:
        """Return the messages that these bytes complete, raising EngineProtocolError at the first bad one."""
        return [self._decode(body) for body in self._splitter.feed(data)]

    def _decode_datagram(self, body: bytes) -> Datagram:
        """Return the datagram of a frame, raising EngineProtocolError where it is none."""
        size = len(body) - _DATAGRAM_HEAD.size
        if not 0 <= size <= MAX_DATAGRAM_BYTES:
            raise EngineProtocolError(f"a datagram must have 0 to {MAX_DATAGRAM_BYTES} bytes, got {size}")
        _mark, way, stamp_ms = _DATAGRAM_HEAD.unpack_from(body)
        if way & ~SQUEEZED not in (Way.UDP, Way.WEBSOCKET):
            raise EngineProtocolError(f"a datagram's way must be 0 or 1, got {way}")
        data = body[_DATAGRAM_HEAD.size :]
        if not way & SQUEEZED:
            self._squeeze.note(data)
            return Datagram(Way(way), stamp_ms, data)
        try:
            data = self._squeeze.restore(data)
        except SqueezeError as error:
            raise EngineProtocolError(str(error)) from error
        if len(data) > MAX_DATAGRAM_BYTES:
            raise EngineProtocolError(f"a datagram must have 0 to {MAX_DATAGRAM_BYTES} bytes, got {len(data)}")
        return Datagram(Way(way & ~SQUEEZED), stamp_ms, data)

    def _decode(self, body: bytes) -> MessageT:
        if body[0] == DATAGRAM:
            return self._decode_datagram(body)  # type: ignore[return-value]  # both directions have it
        try:
            return self._decoder.decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise EngineProtocolError(f"a frame of {len(body)} bytes is no message: {error}") from error


def request_reader() -> MessageReader[Request]:
    """Return the engine's ear."""
    return MessageReader(msgspec.msgpack.Decoder(Request))


def report_reader() -> MessageReader[Report]:
    """Return the agent's ear."""
    return MessageReader(msgspec.msgpack.Decoder(Report))


def agree_on_version(hello: Hello) -> int:
    """Return the newest version that both sides speak, raising EngineProtocolError where there is none."""
    version = min(hello.newest_version, NEWEST_VERSION)
    if hello.oldest_version > hello.newest_version or version < max(hello.oldest_version, OLDEST_VERSION):
        raise EngineProtocolError(
            f"this voice engine speaks protocol {_versions(OLDEST_VERSION, NEWEST_VERSION)}, "
            f"{hello.program[:100]} speaks {_versions(hello.oldest_version, hello.newest_version)}: "
            "update the older of the two"
        )
    return version


def check_agreed_version(reply: HelloReply) -> None:
    """Raise EngineProtocolError where the engine chose a version that this side does not speak."""
    if not OLDEST_VERSION <= reply.version <= NEWEST_VERSION:
        raise EngineProtocolError(
            f"the voice engine {reply.program[:100]} answered in protocol {reply.version}, "
            f"this side speaks {_versions(OLDEST_VERSION, NEWEST_VERSION)}: update the older of the two"
        )


def _versions(oldest: int, newest: int) -> str:
    return str(oldest) if oldest == newest else f"{oldest} to {newest}"
