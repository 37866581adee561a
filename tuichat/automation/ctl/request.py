"""What is said over the ctl socket: requests and answers, each a line of JSON; strangers' bytes become these or a ProtocolError."""

from typing import Annotated, Literal

import msgspec

from tuichat.automation.ctl.limits import ANSWER_LIMIT_S, MAX_ANSWER_LIMIT_S, VERSION
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.records import AnyRecord
from tuichat.errors import TuichatError
from tuichat.translation import _

MAX_ADDRESS = 1000
MAX_WORDS = 1000
MAX_FILES = 10

Id = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=MAX_ANSWER_LIMIT_S)]
Address = Annotated[str, msgspec.Meta(max_length=MAX_ADDRESS)]


class RequestError(TuichatError):
    """A line that is no request; `request_id` is the one that it names, 0 where it names none."""

    def __init__(self, sentence: str, request_id: int = 0) -> None:
        super().__init__(sentence)
        self.request_id = request_id


class _Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="op", forbid_unknown_fields=True):
    v: int
    id: Id = 0


class _Awaited(_Request, frozen=True, kw_only=True):
    limit_s: Seconds = ANSWER_LIMIT_S


class RunRequest(_Awaited, frozen=True, kw_only=True, tag="run"):
    """Carry out a line, as the composer would, or the words of a shell; in the channel of `in`, or where the person is (`here`)."""

    line: str | None = None
    words: Annotated[tuple[str, ...], msgspec.Meta(max_length=MAX_WORDS)] = ()
    place: Address | None = msgspec.field(default=None, name="in")
    here: bool = False


class SendRequest(_Awaited, frozen=True, kw_only=True, tag="send"):
    """Send a text, which is never a command, and files by their whole paths."""

    to: Address
    text: str = ""
    files: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=4096)], ...], msgspec.Meta(max_length=MAX_FILES)] = ()


class StatusRequest(_Request, frozen=True, kw_only=True, tag="status"):
    """Ask how tuichat is."""


class SubscribeRequest(_Request, frozen=True, kw_only=True, tag="subscribe"):
    """Have records of these types from now on, of all where none is named; the first is a status."""

    types: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=50)], ...], msgspec.Meta(max_length=50)] = ()


class TalkRequest(_Request, frozen=True, kw_only=True, tag="ptt"):
    """Press, let go or turn the key of push to talk."""

    key: Literal["down", "up", "toggle"]


Request = RunRequest | SendRequest | StatusRequest | SubscribeRequest | TalkRequest


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a request: the exit code of `tuichat ctl`, `out` for standard output and `say` for standard error."""

    v: int
    id: Id
    code: int
    out: str = ""
    say: str = ""
    record: AnyRecord | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A record of a subscription, which has the id of its request."""

    v: int = VERSION
    id: Id
    record: AnyRecord


class _Outline(msgspec.Struct):
    """What is read first, to answer under the right id."""

    v: object = None
    id: object = 0


_decoder: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)


def read_request(line: bytes) -> Request:
    """Raises RequestError, with what is wrong where."""
    request_id = 0
    try:
        outline = msgspec.json.decode(line, type=_Outline)
        if isinstance(outline.id, int) and 0 <= outline.id <= 2**53:
            request_id = int(outline.id)
        if outline.v != VERSION:
            raise RequestError(
                _("This tuichat speaks version {mine} of the ctl protocol, and the request has {yours!r}.").format(
                    mine=VERSION, yours=str(outline.v)[:20]
                ),
                request_id,
            )
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(_("That is no request: {error}.").format(error=error), request_id) from error


def failure(
    request_id: int, sentence: str, code: ExitCode = ExitCode.FAILED, record: AnyRecord | None = None
) -> Answer:
    return Answer(v=VERSION, id=request_id, code=code, say=sentence, record=record)


def success(request_id: int, out: str = "", record: AnyRecord | None = None) -> Answer:
    return Answer(v=VERSION, id=request_id, code=ExitCode.DONE, out=out, record=record)
