"""JSON to structs and back: the one encoder and the decoders that know snowflakes."""

from typing import Any, TypeVar

import msgspec

from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake

T = TypeVar("T")


def _encode_custom(value: object) -> str:
    if isinstance(value, (Snowflake, Permissions)):
        return str(int(value))
    raise NotImplementedError(f"{type(value).__name__} has no place on the wire")


def _decode_custom(kind: type, value: object) -> object:
    if kind is Snowflake:
        return Snowflake.parse(value)
    if kind is Permissions:
        return Permissions.parse(value)
    raise NotImplementedError(f"{kind.__name__} has no place on the wire")


_encoder = msgspec.json.Encoder(enc_hook=_encode_custom)


def encode(value: object) -> bytes:
    """Encode a struct as JSON: ids and permissions as decimal strings, UNSET fields absent."""
    return _encoder.encode(value)


_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}  # one a struct type, so bounded by the code


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind, dec_hook=_decode_custom)
    return decoder


def decode(data: bytes | str | msgspec.Raw, kind: type[T]) -> T:
    """Decode JSON into a struct. Raises msgspec.DecodeError (ValidationError for wrong types) or RecursionError;
    bytes from strangers go through `tuichat.protocol.json` first, which bounds size and depth."""
    decoded: T = _decoder(kind).decode(data)
    return decoded


def without_nulls(raw: msgspec.Raw) -> msgspec.Raw:
    """Return JSON without the keys whose value is null, at any depth: to some libraries they are the same as absent ones.

    Raises msgspec.DecodeError or RecursionError for what is no JSON.
    """
    if b"null" not in bytes(raw):
        return raw
    return msgspec.Raw(msgspec.json.encode(_without_nulls(msgspec.json.decode(raw))))


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(below) for key, below in value.items() if below is not None}
    if isinstance(value, list):
        return [_without_nulls(below) for below in value]
    return value
