"""How a tuichat on a machine that is logged in to and the laptop's bridge get to know each other, over the forwarded socket.

Each message is a length (4 bytes, big-endian, at most MAX_OPENING_BYTES) and that many bytes of MessagePack. The host opens,
both prove that they know the session's secret without telling it (HMAC-SHA256 over both sides' nonces), and the laptop
admits the host, once its owner agreed. From then on the connection speaks `engine_protocol`, the host as its agent.
"""

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from tuichat import __version__
from tuichat.errors import TuichatError
from tuichat.translation import _
from tuichat.voice.engine_protocol import LENGTH

MAX_OPENING_BYTES = 4096
NONCE_BYTES = 16
PROOF_BYTES = 32
VERSION = 1  # of the opening
STEP_TIMEOUT_S = 10.0  # taste: a round trip through two slow links
ASK_TIMEOUT_S = 120.0  # taste: until somebody at the laptop has answered
MAX_ASKED = 1000  # times in one opening; each 40 s they last for hours, and then the host begins another

# Words of an end that has proven nothing yet go to logs and screens: without what gives a terminal orders or begins a line.
_ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z"
Name = Annotated[str, Meta(max_length=200, pattern=_ONE_LINE)]
Sentence = Annotated[str, Meta(max_length=400, pattern=_ONE_LINE)]
Nonce = Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]
Proof = Annotated[bytes, Meta(min_length=PROOF_BYTES, max_length=PROOF_BYTES)]


class OpeningError(TuichatError):
    """The other end did not prove what it is, or the two cannot agree; the text is a sentence for the user."""


class OpeningTimeout(OpeningError):
    """The other end did not answer in time."""


class HostHello(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="host_hello"):
    """Host: the first message. `features` are names of what it knows beyond this version."""

    oldest_version: int
    newest_version: int
    program: Name
    host: Name
    user: Name
    nonce: Nonce
    features: tuple[Name, ...] = ()


class LaptopHello(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="laptop_hello"):
    """Laptop: the version that is spoken, and its proof."""

    version: int
    program: Name
    nonce: Nonce
    proof: Proof
    features: tuple[Name, ...] = ()


class HostProof(msgspec.Struct, frozen=True, tag_field="type", tag="host_proof"):
    """Host: its own proof."""

    proof: Proof


class Asking(msgspec.Struct, frozen=True, tag_field="type", tag="asking"):
    """Laptop: its owner is being asked; Admitted or OpeningRefused follows. `sentence` says where to answer."""

    sentence: Sentence


class Admitted(msgspec.Struct, frozen=True, tag_field="type", tag="admitted"):
    """Laptop: `engine_protocol` begins."""


class OpeningRefused(msgspec.Struct, frozen=True, tag_field="type", tag="opening_refused"):
    """Laptop: no, and why. The connection ends after it."""

    reason: Sentence


ToLaptop = HostHello | HostProof
ToHost = LaptopHello | Asking | Admitted | OpeningRefused
MessageT = TypeVar("MessageT")

_encoder = msgspec.msgpack.Encoder()
_to_laptop: "msgspec.msgpack.Decoder[ToLaptop]" = msgspec.msgpack.Decoder(ToLaptop)
_to_host: "msgspec.msgpack.Decoder[ToHost]" = msgspec.msgpack.Decoder(ToHost)


async def open_as_host(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    secret: bytes,
    *,
    host: str,
    user: str,
    on_asking: Callable[[str], None] = lambda sentence: None,
) -> LaptopHello:
    """Become known to the laptop, and return what it said of itself.

    `on_asking` is told the sentence while the person at the laptop is asked. Raises OpeningError, and OSError or EOFError
    where the connection breaks.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    hello = HostHello(
        oldest_version=VERSION,
        newest_version=VERSION,
        program=f"tuichat {__version__}",
        host=host[:200],
        user=user[:200],
        nonce=nonce,
    )
    _write(writer, hello)
    answer = await _read(reader, _to_host, STEP_TIMEOUT_S)
    if isinstance(answer, OpeningRefused):
        raise OpeningError(answer.reason)
    if not isinstance(answer, LaptopHello):
        raise OpeningError(_unexpected(answer))
    if answer.version != VERSION:
        raise OpeningError(
            _(
                "{program} on your laptop speaks version {version} of the opening, this side {ours}: update the older."
            ).format(program=answer.program, version=answer.version, ours=VERSION)
        )
    if not hmac.compare_digest(answer.proof, _proof(secret, b"laptop", nonce, answer.nonce)):
        raise OpeningError(_("What answers at the socket of your laptop's session is not your laptop."))
    _write(writer, HostProof(_proof(secret, b"host", nonce, answer.nonce)))
    limit_s = STEP_TIMEOUT_S
    for _asked in range(MAX_ASKED):
        match await _read(reader, _to_host, limit_s):
            case Admitted():
                return answer
            case Asking(sentence):
                on_asking(sentence)
                limit_s = ASK_TIMEOUT_S
            case OpeningRefused(reason):
                raise OpeningError(reason)
            case other:
                raise OpeningError(_unexpected(other))
    raise OpeningTimeout(_("Nobody has answered on your laptop."))


async def open_as_laptop(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    secret: bytes,
    admit: Callable[[HostHello, Callable[[str], None]], Awaitable[str]],
) -> HostHello:
    """Admit a host, and return what it said of itself, which is proven to come from the session's other end.

    `admit` is given that and what tells the host of a question (a sentence that says where to answer); it returns why not, or "". Raises
    OpeningError where the host was not admitted, and OSError or EOFError where the connection breaks.
    """
    hello = await _read(reader, _to_laptop, STEP_TIMEOUT_S)
    if not isinstance(hello, HostHello):
        raise OpeningError(_unexpected(hello))
    if not hello.oldest_version <= VERSION <= hello.newest_version:
        reason = _(
            "{program} speaks another version than tuichat {ours} on your laptop: update the older of the two."
        ).format(program=hello.program, ours=__version__)
        _write(writer, OpeningRefused(reason))
        raise OpeningError(reason)
    nonce = secrets.token_bytes(NONCE_BYTES)
    proof = _proof(secret, b"laptop", hello.nonce, nonce)
    _write(writer, LaptopHello(version=VERSION, program=f"tuichat {__version__}", nonce=nonce, proof=proof))
    answer = await _read(reader, _to_laptop, STEP_TIMEOUT_S)
    if not isinstance(answer, HostProof) or not hmac.compare_digest(
        answer.proof, _proof(secret, b"host", hello.nonce, nonce)
    ):
        reason = _("What asked for your laptop's sound does not know the session's secret.")
        _write(writer, OpeningRefused(reason))
        raise OpeningError(reason)
    refusal = await admit(hello, lambda sentence: _write(writer, Asking(sentence[:400])))
    if refusal:
        _write(writer, OpeningRefused(refusal[:400]))
        raise OpeningError(refusal)
    _write(writer, Admitted())
    return hello


def _proof(secret: bytes, role: bytes, host_nonce: bytes, laptop_nonce: bytes) -> bytes:
    return hmac.digest(secret, b"tuichat ssh 1 " + role + host_nonce + laptop_nonce, "sha256")


def _unexpected(message: object) -> str:
    return _("The other end of the session said {kind} out of order.").format(kind=type(message).__name__)


def _write(writer: asyncio.StreamWriter, message: ToLaptop | ToHost) -> None:
    body = _encoder.encode(message)
    writer.write(LENGTH.pack(len(body)) + body)


async def _read(reader: asyncio.StreamReader, decoder: "msgspec.msgpack.Decoder[MessageT]", limit_s: float) -> MessageT:
    try:
        async with asyncio.timeout(limit_s):
            (size,) = LENGTH.unpack(await reader.readexactly(LENGTH.size))
            if not 1 <= size <= MAX_OPENING_BYTES:
                raise OpeningError(
                    _("A message of the opening must have 1 to {limit} bytes, got {size}.").format(
                        limit=MAX_OPENING_BYTES, size=size
                    )
                )
            body = await reader.readexactly(size)
    except TimeoutError:
        raise OpeningTimeout(
            _("The other end of the session did not answer within {seconds} s.").format(seconds=f"{limit_s:g}")
        ) from None
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise OpeningError(
            _("The other end of the session sent {size} bytes that are no message.").format(size=size)
        ) from error
