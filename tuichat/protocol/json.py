"""JSON from strangers: size, depth and types are checked here, and every fault is a ProtocolError."""

import re
from typing import Any, TypeVar

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.errors import ProtocolError

T = TypeVar("T")

DEFAULT_MAX_BYTES = 8 * 1024 * 1024  # taste: far over any REST answer or dispatch that we know
DEFAULT_MAX_DEPTH = 64  # taste: Discord's deepest object (nested components in an embed's message) stays under 20
MAX_REASON_CHARACTERS = 200

_ANY_JSON: Any = Any  # what `object` means to a caller; to msgspec it is a class that it does not know
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def decode(
    data: bytes | str | msgspec.Raw,
    kind: type[T],
    *,
    source: str = "the body",
    max_bytes: int | None = DEFAULT_MAX_BYTES,
    max_depth: int | None = DEFAULT_MAX_DEPTH,
) -> T:
    """Decode bytes that a stranger wrote into a struct.

    `source` names them in the error ("IDENTIFY", "the body"). `kind` may be `object`: any JSON. `max_bytes` None is for
    what came in bounded; `max_depth` None leaves depth to the decoder's own bound, which is cheaper for large bodies of
    known structs. Raises ProtocolError and nothing else: for size, depth, bad UTF-8, lone surrogates, NaN and Infinity,
    integers out of range, wrong types and missing keys.
    """
    encoded = _encode(data, source) if isinstance(data, str) else data
    size_bytes = memoryview(encoded).nbytes
    if max_bytes is not None and size_bytes > max_bytes:
        raise ProtocolError(f"{source} has {size_bytes} bytes, the limit is {max_bytes}")
    if max_depth is not None:
        _check_depth(bytes(encoded), max_depth, source)
    try:
        decoded: T = codec.decode(encoded, _ANY_JSON if kind is object else kind)
    except RecursionError:
        raise ProtocolError(f"{source} is nested deeper than the decoder can follow") from None
    except (msgspec.DecodeError, ValueError, OverflowError) as error:  # a UnicodeError is a ValueError
        raise ProtocolError(f"{source} is not valid: {printable(str(error))}") from None
    return decoded


def check_utf8(data: bytes, source: str) -> None:
    """Raise ProtocolError where bytes are not UTF-8; a decoder skips what it does not keep without looking."""
    if data.isascii():
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError(f"{source} is not UTF-8: byte {error.start} of {len(data)} is wrong") from None


def printable(text: str) -> str:
    """Return a stranger's words safe for a log or a sentence: one short line without control characters."""
    short = text if len(text) <= MAX_REASON_CHARACTERS else text[: MAX_REASON_CHARACTERS - 1] + "…"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in short)


def _encode(text: str, source: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ProtocolError(f"{source} holds a lone surrogate at character {error.start}") from None


def _check_depth(data: bytes, limit: int, source: str) -> None:
    if data.count(b"[") + data.count(b"{") <= limit:
        return
    depth = 0
    for bracket in _STRING.sub(b"", data).translate(None, _NOT_BRACKETS):
        if bracket in b"[{":
            depth += 1
            if depth > limit:
                raise ProtocolError(f"{source} is nested deeper than {limit} levels")
        else:
            depth -= 1
