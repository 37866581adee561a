"""What nodes of one server tell each other over a broker: messages to bytes and back.

A message is a byte with the version, then msgpack. Nodes of two releases run side by side during an upgrade: a node drops
what has a version that it does not know, and finds the kept events in the store.
"""

from typing import Annotated, Any, TypeVar

import msgspec

from tuichat.protocol.errors import ProtocolError
from tuichat.server.bus.events import Event

T = TypeVar("T")

VERSION = 1
MAX_MESSAGE_BYTES = 8 * 1024 * 1024  # of what is read; brokers are set to a megabyte, rarely to more
MAX_HEADS = 4000  # in one announcement: some 60 KB

NodeId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
Id = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]


class Told(msgspec.Struct, frozen=True, array_like=True, tag="told"):
    """An event. `number` counts what its node publishes that is not a guild's; 0 for what is."""

    node_id: NodeId
    number: Number
    event: Event


class Heads(msgspec.Struct, frozen=True, array_like=True, tag="heads"):
    """A sign of life, told about twice a second.

    `count` rises by one with each, so that a missing one shows. `breaches` rises when something that this node sent may not
    have reached the broker. `number` is that of the last private event. `heads` are guilds that this node owns, with the
    `seq` of their last kept event: those that changed, and now and then all.
    """

    node_id: NodeId
    count: Number
    breaches: Number
    number: Number
    heads: list[tuple[Id, Number]] = []


class Ask(msgspec.Struct, frozen=True, array_like=True, tag="ask"):
    """A node came, or came back: all tell it all heads."""

    node_id: NodeId


class Said(msgspec.Struct, frozen=True, array_like=True, tag="said"):
    """What a part of the server tells its like on other nodes."""

    node_id: NodeId
    body: bytes


class Farewell(msgspec.Struct, frozen=True, array_like=True, tag="farewell"):
    """A node ends on purpose: it has told everything."""

    node_id: NodeId


class PrivateAsk(msgspec.Struct, frozen=True, array_like=True):
    """A call: tell the private events behind `after`, up to `upto`."""

    after: Number
    upto: Number


class PrivatePage(msgspec.Struct, frozen=True, array_like=True):
    """Its answer: some of them in order, all up to `upto`; `is_forgotten` where some are not known any more."""

    upto: Number
    events: list[tuple[Number, Event]] = []
    is_forgotten: bool = False


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """What a call comes back with. One of: the answer, or why there is none."""

    body: bytes = b""
    problem: str = ""  # "", "failed", "too large", "busy"


Message = Told | Heads | Ask | Said | Farewell


def _as_plain(value: object) -> int:
    if isinstance(value, int):  # a Snowflake
        return int(value)
    raise NotImplementedError(f"{type(value).__name__} has no place on the bus")


_encoder = msgspec.msgpack.Encoder(enc_hook=_as_plain)
_message_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)
_decoders: dict[Any, msgspec.msgpack.Decoder[Any]] = {}  # one a struct, so bounded by the code
_VERSION_BYTE = bytes([VERSION])


def encode(message: msgspec.Struct) -> bytes:
    return _VERSION_BYTE + _encoder.encode(message)


def decode(data: bytes) -> Message:
    """Raises ProtocolError."""
    try:
        return _message_decoder.decode(_body(data))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProtocolError(f"A message of the bus with {len(data)} bytes cannot be read: {error}") from None


def decode_as(data: bytes, kind: type[T]) -> T:
    """Decode a call's struct. Raises ProtocolError."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.msgpack.Decoder(kind)
    try:
        decoded: T = decoder.decode(_body(data))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise ProtocolError(f"A {kind.__name__} with {len(data)} bytes cannot be read: {error}") from None
    return decoded


def _body(data: bytes) -> memoryview:
    if not 2 <= len(data) <= MAX_MESSAGE_BYTES:
        raise ProtocolError(f"A message of the bus has 2 to {MAX_MESSAGE_BYTES} bytes, got {len(data)}")
    if data[0] != VERSION:
        raise ProtocolError(f"A message of the bus has version {VERSION}, got {data[0]}")
    return memoryview(data)[1:]
