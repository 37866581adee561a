"""The body of an event, read into the struct of its name."""

import msgspec

from tuichat.protocol import json
from tuichat.protocol.dispatch.events import EVENTS
from tuichat.protocol.dispatch.ready import Ready, UserReady
from tuichat.protocol.errors import ProtocolError


def decode_event(name: str, body: msgspec.Raw) -> msgspec.Struct | None:
    """None for a name that is not known. Raises ProtocolError for a wrong body."""
    kind = EVENTS.get(name)
    if kind is None:
        return None
    try:
        return json.decode(body, kind, source=name, max_depth=None, max_bytes=len(bytes(body)))
    except ProtocolError:
        if kind is not UserReady:
            raise
        return json.decode(body, Ready, source=name, max_depth=None, max_bytes=len(bytes(body)))  # a bot's
