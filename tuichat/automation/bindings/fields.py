"""The fields of an event that a binding's line may name, and how they look in the environment of its program."""

import os
from collections.abc import Mapping

from tuichat.automation.records import (
    AnyRecord,
    CallRecord,
    ConnectionRecord,
    MessageEditedRecord,
    MessageRecord,
    Person,
    Place,
    ReactionRecord,
    RoomRecord,
    ScheduleRecord,
)
from tuichat.config.binding import PLACEHOLDER
from tuichat.text.safe_text import safe_line

MAX_VALUE_CHARACTERS = 1000  # in the environment: the JSON on standard input has all of it (taste)
INHERITED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR",
    "DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS",
)  # fmt: skip
INHERITED_BEGINNINGS = ("XDG_", "LC_")
NO_MENTION = "@\u200b"  # looks like an @, and calls nobody


def event_names(record: AnyRecord) -> tuple[str, ...]:
    """Return the names in bindings of what happened, none where no binding can be of it."""
    match record:
        case MessageEditedRecord():
            return ()
        case MessageRecord():
            return ("message", "mention") if record.is_mention else ("message",)
        case ReactionRecord():
            return ("reaction",)
        case CallRecord():
            return ("call",)
        case RoomRecord():
            return ("room",)
        case ConnectionRecord():
            return ("connection",)
        case ScheduleRecord():
            return ("schedule",)
    return ()


def kind(record: AnyRecord) -> str:
    """Return what exactly happened, as the filter `what` names it."""
    if isinstance(record, ConnectionRecord):
        return "connected" if record.is_connected else "lost"
    return str(getattr(record, "what", ""))


def person(record: AnyRecord) -> Person | None:
    if isinstance(record, MessageRecord):
        return record.author
    return record.person if isinstance(record, ReactionRecord | CallRecord) else None


def place(record: AnyRecord) -> Place | None:
    return getattr(record, "channel", None)


def values(record: AnyRecord) -> dict[str, str]:
    """Return the fields of an event by the names that stand in braces; one that is absent is empty."""
    found = {"account": str(getattr(record, "account", "")), "what": kind(record)}
    who, where = person(record), place(record)
    guild = where.guild if where is not None else None
    found |= {
        "from": who.username if who is not None else "",
        "from_id": who.id if who is not None else "",
        "from_name": who.display_name if who is not None else "",
        "channel": where.address if where is not None else "",
        "channel_id": where.id if where is not None else "",
        "guild": guild.name if guild is not None else "",
        "guild_id": guild.id if guild is not None else "",
    }
    for name in ("id", "text", "content", "written", "reply_to", "emoji", "topic", "name", "due"):
        found[name] = str(getattr(record, name, None) or "")
    return found


def filled(text: str, data: Mapping[str, str]) -> str:
    """Return a text with data in the place of its placeholders. What looks like a placeholder in the data stays as it is.

    An @ of the data mentions nobody: who may not call everyone must not have it called through a binding.
    """
    return PLACEHOLDER.sub(
        lambda found: data[found[1]].replace("@", NO_MENTION) if found[1] in data else found[0], text
    )


def environment(record: AnyRecord) -> dict[str, str]:
    """Return the whole environment of a program: a little of tuichat's own, and the event. No value has a control character."""
    names = event_names(record)
    told = {f"TUICHAT_{name.upper()}": _plain(value) for name, value in ({"event": names[-1]} | values(record)).items()}
    inherited = {
        name: value for name, value in os.environ.items() if name in INHERITED or name.startswith(INHERITED_BEGINNINGS)
    }
    return inherited | told


def _plain(value: str) -> str:
    line = safe_line(value[: 2 * MAX_VALUE_CHARACTERS])[:MAX_VALUE_CHARACTERS]
    return line.encode(errors="replace").decode().replace("\0", "")
