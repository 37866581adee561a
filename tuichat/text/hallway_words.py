"""The hallway in words: what a live room is, who is in it, and what of it is told."""

from collections.abc import Sequence
from datetime import datetime

from tuichat.client.change import FollowedWentLive
from tuichat.protocol.coming import ComingEvent
from tuichat.protocol.follow import Follows
from tuichat.protocol.live_room import FoundRoom
from tuichat.text.date_words import DAYS, MONTHS
from tuichat.text.message_time import clock
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext

MAX_NAMES = 30  # taste: of people or clubs that one follows, in one sentence
_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000


def topic_of(found: FoundRoom) -> str:
    return safe_line(found.room.topic) or _("a room without a topic")


def place_of(found: FoundRoom) -> str:
    """Return the club and the channel."""
    return f"{safe_name(found.guild_name)} · {safe_name(found.channel_name)}"


def elapsed(started_ms: int, now_ms: int) -> str:
    """Return since when a room is live, in at most six cells or so: "25 min", "3:05 h"."""
    minutes = max(0, now_ms - started_ms) // _MINUTE_MS
    if minutes < 60:
        return _("{count} min").format(count=minutes)
    return _("{hours}:{minutes} h").format(hours=minutes // 60, minutes=f"{minutes % 60:02}")


def counted(speakers: int, listeners: int) -> str:
    speaking = ngettext("{count} speaks", "{count} speak", speakers).format(count=speakers)
    listening = ngettext("{count} listens", "{count} listen", listeners).format(count=listeners)
    return f"{speaking} · {listening}"


def begins(begins_ms: int, now: datetime, *, is_12h: bool) -> str:
    """Return when an event begins, as one plans by it: with how soon, the day's name, or the date."""
    moment = datetime.fromtimestamp(begins_ms / 1000, now.tzinfo)
    time = clock(moment, is_12h=is_12h)
    days = (moment.date() - now.date()).days
    left_ms = begins_ms - int(now.timestamp() * 1000)
    if left_ms < 0:
        return _("about to begin")
    if left_ms < _HOUR_MS:
        return _("in {count} min").format(count=max(1, left_ms // _MINUTE_MS))
    if days == 0:
        return _("today {time}").format(time=time)
    if days == 1:
        return _("tomorrow {time}").format(time=time)
    weekday = _(DAYS[moment.weekday()])
    if days < 7:
        return _("{weekday} {time}").format(weekday=weekday, time=time)
    words = _("{day} {month} {time}") if moment.year == now.year else _("{day} {month} {year} {time}")
    return words.format(day=moment.day, month=_(MONTHS[moment.month - 1]), year=moment.year, time=time)


def went_live(told: FollowedWentLive, *, shows_topic: bool = True) -> str:
    """Return in one sentence who of those whom one follows is live."""
    topic, club = topic_of(told.found), safe_name(told.found.guild_name)
    name = "" if told.user is None else safe_name(told.user.display_name)
    if not shows_topic:
        return _("{name} is live.").format(name=name or club)
    match told.reason:
        case "started":
            words = _("{name} started “{topic}” in {club}.")
        case "speaks":
            words = _("{name} speaks in “{topic}”, in {club}.")
        case _:
            words = _("{club} has a room: “{topic}”.")
    return words.format(name=name or club, topic=topic, club=club)


def follows_words(follows: Follows) -> list[str]:
    """Return whom and what one follows, a line each."""
    lines = []
    if follows.users:
        lines.append(
            _("People: {names}").format(names=_listed([f"@{safe_name(user.username)}" for user in follows.users]))
        )
    if follows.guilds:
        lines.append(_("Clubs: {names}").format(names=_listed([safe_name(guild.name) for guild in follows.guilds])))
    if follows.topics:
        lines.append(_("Topics: {names}").format(names=", ".join(f"#{safe_name(topic)}" for topic in follows.topics)))
    return lines


def room_lines(found: FoundRoom, now_ms: int) -> list[str]:
    """Return a live room for where nothing but text is."""
    room = found.room
    line = _("● {topic} — {place}, {counts}, {elapsed}").format(
        topic=topic_of(found), place=place_of(found), counts=counted(room.speakers, room.listeners),
        elapsed=elapsed(room.started_ms, now_ms),
    )  # fmt: skip
    names = [safe_name(user.display_name) + (" ★" if user.id in found.followed_ids else "") for user in found.people]
    return [line, f"  {', '.join(names)}"] if names else [line]


def event_line(coming: ComingEvent, now: datetime, *, is_12h: bool) -> str:
    """Return an event that comes for where nothing but text is."""
    place = " · ".join(safe_name(each) for each in (coming.guild_name, coming.channel_name or "") if each)
    words = _("○ {name} — {place}, {begins}")
    return words.format(
        name=safe_line(coming.event.name), place=place, begins=begins(coming.begins_ms, now, is_12h=is_12h)
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_NAMES])
    more = len(names) - MAX_NAMES
    return _("{names} and {count} more").format(names=shown, count=more) if more > 0 else shown
