"""What is said over a bridge's control socket: requests and answers, each a line of JSON, as at the ctl socket of tuichat."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tuichat.errors import TuichatError

VERSION = 1
MAX_LINE_BYTES = 4096
DONE, FAILED, MISTAKE, UNREACHABLE = 0, 1, 2, 3  # exit codes, as exit_code.py has them

Id = Annotated[int, Meta(ge=0, le=2**53)]


class ControlError(TuichatError):
    """A line that is no request."""


class _Request(msgspec.Struct, frozen=True, kw_only=True, tag_field="op"):
    v: Literal[1]
    id: Id = 0


class StatusRequest(_Request, frozen=True, kw_only=True, tag="status"):
    """Ask what is lent to whom."""


class StopRequest(_Request, frozen=True, kw_only=True, tag="stop"):
    """End the sound at once, and have none until AllowRequest."""


class AllowRequest(_Request, frozen=True, kw_only=True, tag="allow"):
    """Go on, its owner having just allowed it."""

    unseen: bool = False


class LookRequest(_Request, frozen=True, kw_only=True, tag="look"):
    """See that the kept answer is another one."""


class TalkRequest(_Request, frozen=True, kw_only=True, tag="ptt"):
    """Press, let go or turn the key of push to talk."""

    key: Literal["down", "up", "toggle"]


Request = StatusRequest | StopRequest | AllowRequest | LookRequest | TalkRequest


class LineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One program of the other machine that has sound. `device` is the microphone that is open, a text of the sound system."""

    engine_pid: int | None = None
    is_in_call: bool = False
    is_capturing: bool = False
    is_muted: bool = False
    device: str = ""


class BridgeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One session: `since_s` is Unix time, `is_stopped` lasts until the sound is allowed anew."""

    destination: str
    name: str
    since_s: float
    is_allowed: bool
    is_logging_in: bool = False
    is_asking: bool = False
    is_stopped: bool = False
    lacks_microphone: bool = False  # nothing here would show that it is open
    lines: tuple[LineStatus, ...] = ()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Whose sound a bridge lends: in a file beside its control socket, so that one that hangs can be told from another."""

    destination: str
    name: str

    def is_meant(self, host: str) -> bool:
        there, _via, _way = self.destination.partition(" via ")
        return host in (self.name, self.destination, there)


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`code` is an exit code, `say` a sentence. `did` tells whether a stop ended an engine."""

    v: int = VERSION
    id: int = 0
    code: int = DONE
    say: str = ""
    did: bool = False
    record: BridgeStatus | None = None


_requests: "msgspec.json.Decoder[Request]" = msgspec.json.Decoder(Request)
_answers: "msgspec.json.Decoder[Answer]" = msgspec.json.Decoder(Answer)


def read_request(line: bytes) -> Request:
    """Raises ControlError."""
    try:
        return _requests.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ControlError(f"That is no request: {error}.") from error


def read_answer(line: bytes) -> Answer:
    """Raises ControlError."""
    try:
        return _answers.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ControlError(f"That is no answer: {error}.") from error


def encode(message: Request | Answer) -> bytes:
    return msgspec.json.encode(message) + b"\n"
