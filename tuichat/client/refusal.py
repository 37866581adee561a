"""Turns an error answer into the error, and its sentence, that the user sees."""

import http

import msgspec

from tuichat.client.errors import SERVER_ERROR, ClientError, RefusedError, UnreachableError
from tuichat.protocol import json
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.rest.error import ErrorBody
from tuichat.translation import _

MAX_FIELDS = 4  # taste: what a person reads at once
UNAUTHORIZED = 401


def refusal(host: str, status: int, body: bytes, location: str | None = None) -> ClientError:
    """Return the error for an answer that is none of 2xx and 429."""
    if 300 <= status < 400:
        where = f" {json.printable(location)}" if location else _(" another address")
        return RefusedError(
            _("{host} sends its visitors to{where}: sign in with that address.").format(host=host, where=where),
            status=status,
        )
    try:
        error = json.decode(body, ErrorBody, source="the answer", max_bytes=256 * 1024)
    except ProtocolError:
        error = ErrorBody(message=_phrase(status))
    if status >= SERVER_ERROR:
        sentence = _("{host} could not do it: {message} (HTTP {status}).").format(
            host=host, message=json.printable(error.message), status=status
        )
        return UnreachableError(sentence, status=status, code=error.code)
    if status == UNAUTHORIZED:
        return RefusedError(
            _("{host} does not accept this account's token any more: sign in again.").format(host=host), status=status
        )
    return RefusedError(_sentence(error), status=status, code=error.code)


def _sentence(error: ErrorBody) -> str:
    faults = _field_faults(error.errors) if isinstance(error.errors, msgspec.Raw) else []
    if not faults:
        return _ended(json.printable(error.message) or _("The server refused it"))
    # Discord tells one fault of several fields, such as a wrong login or password, once for each of them.
    fields_of: dict[str, list[str]] = {}
    for path, message in faults:
        fields_of.setdefault(message, []).extend([path] if path else [])
    shown = [
        _ended(f"{', '.join(sorted(paths))}: {message}" if paths else message)
        for message, paths in list(fields_of.items())[:MAX_FIELDS]
    ]
    if len(fields_of) > MAX_FIELDS:
        shown.append(_("And {count} more.").format(count=len(fields_of) - MAX_FIELDS))
    return " ".join(shown)


def _field_faults(errors: msgspec.Raw) -> list[tuple[str, str]]:
    """Flatten {"content": {"_errors": [{code, message}]}} into (field, message), whatever its depth."""
    try:
        tree = json.decode(errors, object, source="errors")
    except ProtocolError:
        return []
    faults: list[tuple[str, str]] = []
    waiting: list[tuple[str, object]] = [("", tree)]
    while waiting and len(faults) < 100:
        path, node = waiting.pop()
        if not isinstance(node, dict):
            continue
        for name, child in node.items():
            if name == "_errors" and isinstance(child, list):
                for fault in child:
                    message = fault.get("message") if isinstance(fault, dict) else None
                    if isinstance(message, str):
                        faults.append((path, json.printable(message)))
            else:
                shown = json.printable(str(name))
                waiting.append((f"{path}.{shown}" if path else shown, child))
    return faults


def _phrase(status: int) -> str:
    try:
        return f"{status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return _("HTTP status {status}").format(status=status)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."
