"""A status as a line for the bar of tmux or of a desktop, in which nothing that strangers wrote is obeyed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tuichat.automation.ctl.command_words import Complaint
from tuichat.translation import N_, _

Status = Mapping[str, Any]  # as JSON has it; the record is StatusRecord

# tmux reads #[style] and #(command) out of what it shows, polybar %{action}.
_ORDERS = tuple(f"{sign}{bracket}" for sign in "#%" for bracket in "[({")


def harmless(text: str) -> str:
    """Return text that a terminal and a bar only show."""
    line = "".join(character if character.isprintable() else " " for character in text)
    for order in _ORDERS:
        line = line.replace(order, f"{order[0]} {order[1]}")
    return line


def _call(status: Status) -> "Mapping[str, Any]":
    return status["call"] or {}


def _sound(status: Status) -> str:
    """Return where the sound is: here, on a laptop, from there by which way in a call, or away where that does not answer."""
    sound = status["sound"]
    if sound is None:
        return "here"
    if sound["state"] != "ready":
        return "away"
    return sound["way"] or "laptop"


def _mic(status: Status) -> str:
    """Return what becomes of the microphone's sound: off outside of a call, else away, deafened, muted, heard or silent."""
    call = _call(status)
    if not call:
        return "off"
    if _sound(status) == "away":
        return "away"
    if call["is_deafened"]:
        return "deafened"
    if call["is_muted"] or call["is_muted_by_others"]:
        return "muted"
    return "heard" if call["is_heard"] else "silent"


def _minutes(status: Status) -> str:
    since = _call(status).get("since")
    if not since:
        return ""
    passed_s = (datetime.now().astimezone() - datetime.fromisoformat(since)).total_seconds()
    return str(max(int(passed_s // 60), 0))


def _name(place: "Mapping[str, Any] | None") -> str:
    return "" if place is None else str(place["address"])


def _connection(status: Status) -> str:
    """Return up, down, or part where some accounts alone are connected."""
    connected = [bool(each["is_connected"]) for each in status["accounts"]]
    return "up" if connected and all(connected) else "part" if any(connected) else "down"


FIELDS: "Mapping[str, Callable[[Status], str]]" = {
    "unread": lambda status: str(status["unread"]),
    "mentions": lambda status: str(status["mentions"]),
    "connection": _connection,
    "accounts": lambda status: str(len(status["accounts"])),
    "channel": lambda status: _name(status["channel"]),
    "dnd": lambda status: "on" if status["do_not_disturb"] else "off",
    "call": lambda status: _name(_call(status).get("channel")),
    "stage": lambda status: str(_call(status).get("stage", "out")),
    "mic": _mic,
    "sound": _sound,
    "laptop": lambda status: str((status["sound"] or {}).get("laptop", "")),
    "people": lambda status: str(_call(status).get("people", 0)),
    "speaking": lambda status: ", ".join(_call(status).get("speaking", ())),
    "minutes": _minutes,
    "topic": lambda status: str((status["room"] or {}).get("topic", "")),
    "part": lambda status: str((status["room"] or {}).get("part", "")),
}


def check_format(template: str) -> None:
    """Raises Complaint, with the list of fields, for a template that has another one."""
    _pieces(template)


def format_status(template: str, status: Status) -> str:
    """Return a template with its fields, as {unread}, filled in; {{ and }} stand for braces. Raises Complaint."""
    return "".join(text if not is_field else harmless(FIELDS[text](status)) for text, is_field in _pieces(template))


def status_words(status: Status) -> str:
    """Return what is worth to be seen at a glance, empty where there is nothing new and no call."""
    parts = []
    connection = _connection(status)
    if connection != "up":
        parts.append(_("offline") if connection == "down" else _("partly offline"))
    if status["mentions"]:
        parts.append(f"@{status['mentions']}")
    if status["unread"]:
        parts.append(_("{count} new").format(count=status["unread"]))
    if status["do_not_disturb"]:
        parts.append(_("quiet"))
    if status["call"]:
        words = {
            "away": _("sound away"),
            "deafened": _("deafened"),
            "muted": _("muted"),
            "heard": _("heard"),
            "silent": _("mic on"),
        }
        parts.append(f"{harmless(_name(status['call']['channel']))} ({words[_mic(status)]})")
    return " · ".join(parts) or _("nothing new")


def _pieces(template: str) -> "list[tuple[str, bool]]":
    """Return the parts of a template, each with whether it is a field's name."""
    found: list[tuple[str, bool]] = []
    position = 0
    while position < len(template):
        sign = template[position]
        if sign in "{}" and template[position : position + 2] == sign * 2:
            found.append((sign, False))
            position += 2
        elif sign == "{":
            name, end, _rest = template[position + 1 :].partition("}")
            if not end or name not in FIELDS:
                raise Complaint(
                    N_("{{{name}}} is no field. There are: {fields}."),
                    name=harmless(name[:40]),
                    fields=" ".join(f"{{{each}}}" for each in FIELDS),
                )
            found.append((name, True))
            position += len(name) + 2
        else:
            found.append((sign, False))
            position += 1
    return found
