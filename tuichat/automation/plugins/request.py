"""A request of a plugin: one line of JSON that names a command, its arguments, and where it is meant."""

from dataclasses import dataclass

import msgspec

from tuichat.commands.command import Command
from tuichat.commands.parser import quoted
from tuichat.errors import TuichatError
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.json import decode, printable
from tuichat.translation import _

MAX_REQUEST_BYTES = 64 * 1024
MAX_DEPTH = 4

Value = str | int | float | bool | None


class RequestError(TuichatError):
    """A line that is no request, or one with arguments that its command does not have."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"place": "in"}):
    """`id` comes back with the answer; `place` is the address of the channel in which the command is run."""

    id: int | str
    action: str
    arguments: dict[str, Value] = {}
    place: str | None = None


@dataclass(frozen=True, slots=True)
class _Id:
    id: int | str | None


def parse(line: bytes) -> Request:
    """Raises RequestError."""
    try:
        return decode(line, Request, source="the request", max_bytes=MAX_REQUEST_BYTES, max_depth=MAX_DEPTH)
    except ProtocolError as error:
        raise RequestError(printable(str(error))) from None


def id_of(line: bytes) -> int | str | None:
    """Return the id of a line that is no request, None where it has none that can be told."""
    try:
        return decode(line, _Id, max_bytes=MAX_REQUEST_BYTES, max_depth=MAX_DEPTH).id
    except ProtocolError:
        return None


def build_line(command: Command, arguments: dict[str, Value]) -> str:
    """Return the line that is this command with these arguments, each in its place, whatever stands in them. Raises RequestError."""
    known = {parameter.name: parameter for parameter in command.parameters}
    for name in arguments:
        if name not in known:
            raise RequestError(
                _("/{command} has no argument {name}. It has: {names}.").format(
                    command=command.name, name=printable(name), names=", ".join(known) or "-"
                )
            )
    given = {known[name]: _text(value) for name, value in arguments.items() if value is not None}
    words = [f"{each.name}={quoted(text)}" for each, text in given.items() if not each.kind.takes_rest]
    for each, text in given.items():
        if each.kind.takes_rest:
            # A text that comes first is taken as it stands, also where it begins as an argument by name does.
            is_first = each is command.parameters[0] and not any(other.is_option for other in command.parameters)
            words.append(text if is_first else f"{each.name}={text}")
    return " ".join([f"/{command.name}", *words])


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
