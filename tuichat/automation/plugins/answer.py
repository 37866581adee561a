"""What tuichat says to a plugin beside events: the greeting, and the answers to its requests."""

from enum import Enum

import msgspec

from tuichat import __version__
from tuichat.automation.plugins.manifest import Manifest
from tuichat.automation.records import MessageRecord

PROTOCOL = 1  # grows when something goes, or means something else


class Reason(Enum):
    NOT_GRANTED = "not_granted"
    WRONG = "wrong"  # the request, an address or an argument: it would fail the next time, too
    FAILED = "failed"


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="type"):
    """The first line."""

    protocol: int
    tuichat: str
    plugin: str
    events: tuple[str, ...]
    actions: tuple[str, ...]
    network: bool


class Answer(msgspec.Struct, frozen=True, kw_only=True, tag="answer", tag_field="type"):
    """`id` is the request's; `text` a sentence or what was asked for; `reason` is there where it was not done."""

    id: int | str | None
    is_done: bool
    text: str = ""
    reason: Reason | None = None
    message_id: str | None = None
    messages: tuple[MessageRecord, ...] = ()


def hello(manifest: Manifest) -> bytes:
    return line(
        Hello(
            protocol=PROTOCOL,
            tuichat=__version__,
            plugin=manifest.name,
            events=tuple(dict.fromkeys(event.type for event in manifest.events)),
            actions=tuple(action.command for action in manifest.actions),
            network=manifest.network,
        )
    )


def line(told: Hello | Answer) -> bytes:
    return msgspec.json.encode(told) + b"\n"
