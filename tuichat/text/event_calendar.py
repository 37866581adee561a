"""Events as a calendar file that says where they are as the screen does, and the file it is saved in."""

from collections.abc import Sequence
from pathlib import Path

from tuichat.client import planned_events
from tuichat.client.calendar_file import CalendarEvent, calendar_file
from tuichat.client.errors import RefusedError
from tuichat.client.state import GuildState, State
from tuichat.protocol.scheduled_event import ScheduledEvent
from tuichat.text.event_words import place_words
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

SUFFIX = ".ics"
_BEGIN = b"BEGIN:VCALENDAR"


def guild_calendar(
    state: State, guild: GuildState, events: Sequence[ScheduledEvent], *, server_id: str, now_ms: int, url: str = ""
) -> bytes:
    """Return the file of some of a guild's events; `url` is a link to a single one."""
    told = [
        CalendarEvent(
            event=event,
            details=planned_events.details_of(guild, event),
            place=f"{place_words(state, event)}, {safe_line(guild.guild.name)}",
            url=url if len(events) == 1 else "",
        )
        for event in planned_events.in_order(events)
    ]
    return calendar_file(guild.guild.name, told, domain=f"{server_id}.tuichat", now_ms=now_ms)


def save_calendar(typed: str, name: str, content: bytes) -> Path:
    """Write the file where somebody typed to, in a folder under `name`; takes some disk. Only a calendar is written over.

    Raises RefusedError with the reason.
    """
    try:
        path = Path(typed).expanduser()
        if path.is_dir():
            path /= _file_name(name)
        elif not path.suffix:
            path = path.with_suffix(SUFFIX)
        if path.exists():
            with path.open("rb") as file:
                if file.read(len(_BEGIN)) != _BEGIN:
                    raise RefusedError(
                        _("{path} is no calendar, and stays as it is.").format(path=safe_line(str(path)))
                    )
        path.write_bytes(content)
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else _("that is no path")
        raise RefusedError(_("The calendar cannot be saved: {reason}.").format(reason=reason)) from error
    return path


def _file_name(name: str) -> str:
    """Return a name that every file system takes."""
    kept = "".join(each if each.isalnum() else "-" for each in safe_line(name)[:60]).strip("-")
    return (kept or "events") + SUFFIX
