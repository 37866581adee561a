"""Reads what somebody plans from one line: parts with semicolons between, each begun by the word that says what it is."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.client.event_plan import EventPlan, Repeats, repeats_of, rule_of
from tuichat.client.picture_file import NONE, read_picture
from tuichat.client.planned_events import local_time
from tuichat.commands.context import CommandContext
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.names import find_channel
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.json import printable
from tuichat.protocol.recurrence import RecurrenceRule
from tuichat.protocol.scheduled_event import EntityType
from tuichat.protocol.time_zone import find_zone, matching_zones
from tuichat.text.moment_input import MomentError, read_end, read_moment
from tuichat.translation import _

KINDS = {ChannelType.STAGE: EntityType.STAGE_INSTANCE, ChannelType.VOICE: EntityType.VOICE}
USUAL_LENGTH = timedelta(hours=1)  # taste: of an event elsewhere whose end is not said
REPEATS = {
    "never": Repeats.NEVER,
    "once": Repeats.NEVER,
    "day": Repeats.DAILY,
    "daily": Repeats.DAILY,
    "workday": Repeats.WORKDAYS,
    "workdays": Repeats.WORKDAYS,
    "week": Repeats.WEEKLY,
    "weekly": Repeats.WEEKLY,
    "2 weeks": Repeats.FORTNIGHTLY,
    "other week": Repeats.FORTNIGHTLY,
    "month": Repeats.MONTHLY,
    "monthly": Repeats.MONTHLY,
    "year": Repeats.YEARLY,
    "yearly": Repeats.YEARLY,
}
WORDS = ("name", "when", "for", "until", "in", "at", "every", "zone", "about", "cover")
_MAX_ZONES = 5


class Parts(msgspec.Struct, frozen=True):
    """What was typed, by the words of WORDS."""

    said: dict[str, str]

    def get(self, word: str) -> str | None:
        return self.said.get(word)


def split_parts(text: str, leading: Sequence[str] = ()) -> Parts:
    """Return the parts; the first ones may go without their words, in the order of `leading`. Raises CommandError."""
    said: dict[str, str] = {}
    rest, unnamed = text, list(leading)
    while rest.strip():
        part, _mark, after = rest.partition(";")
        word = _word(part, unnamed)
        value = part.strip().partition(" ")[2].strip()
        if word == "about":  # a description may have semicolons, so it is the last
            said[word] = rest.strip().partition(" ")[2].strip()
            break
        if word is not None:
            said[word] = value
            unnamed = [each for each in unnamed if each != word]
        elif part.strip() and unnamed:
            said[unnamed.pop(0)] = part.strip()
        elif part.strip():
            words = _("“{part}” begins with none of: {words}. Parts have a semicolon between them.")
            raise CommandError(words.format(part=printable(part.strip()[:60]), words=", ".join(WORDS)))
        rest = after
    return Parts(said)


def _word(part: str, unnamed: Sequence[str]) -> str | None:
    """Which part it is by its first word; None where that is one of what goes without: a name, or "in 2 hours"."""
    word, _blank, value = part.strip().partition(" ")
    word = word.lower().rstrip(":")
    if word not in WORDS or (unnamed[:1] == ["name"] and word != "name"):
        return None
    is_time = word == "at" or (word == "in" and not value.strip().startswith(("#", "<#")))
    return None if unnamed[:1] == ["when"] and is_time else word


async def planned(
    parts: Parts, context: CommandContext, now: datetime, base: EventPlan | None, *, has_zones: bool
) -> EventPlan:
    """Return what is planned by the parts: an event to be, or `base` with what they change. Raises CommandError, RefusedError.

    `now` has the zone by whose clock times are read where no other is said.
    """
    zone, zone_name = _zone(parts.get("zone"), base, now, has_zones=has_zones)
    here = now.astimezone(zone)
    try:
        start = _start(parts.get("when"), base, here, zone)
        end = _end(parts, base, start)
    except MomentError as error:
        raise CommandError(str(error)) from error
    kind, channel_id, location = _place(parts, base, context)
    if end is None and kind is EntityType.EXTERNAL:
        end = start + USUAL_LENGTH
    start_ms = _ms(start)
    return EventPlan(
        name=parts.get("name") or ("" if base is None else base.name),
        kind=kind,
        start_ms=start_ms,
        end_ms=None if end is None else _ms(end),
        channel_id=channel_id,
        location=location,
        description=parts.said.get("about", "" if base is None else base.description),
        rule=_rule(parts.get("every"), base, start_ms, zone),
        image=await _cover(parts.get("cover")),
        time_zone=zone_name,
        cohost_ids=None if base is None or not has_zones else base.cohost_ids,
    )


def _zone(typed: str | None, base: EventPlan | None, now: datetime, *, has_zones: bool) -> tuple[tzinfo, str | None]:
    """The zone by whose clock times are read, and what is sent of it."""
    if typed is None:
        name = None if base is None or not has_zones else base.time_zone
        found = None if name is None else find_zone(name)
        return found or now.tzinfo or UTC, name
    if not has_zones:
        raise CommandError(_("This server knows no time zones of events."))
    for candidate in (typed, *matching_zones(typed, 1)):
        zone = find_zone(candidate)
        if zone is not None and (candidate == typed or len(matching_zones(typed, 2)) == 1):
            return zone, candidate
    near = matching_zones(typed, _MAX_ZONES)
    if near:
        words = _("Which zone is “{typed}”: {names}?")
        raise CommandError(words.format(typed=printable(typed[:60]), names=", ".join(near)))
    raise CommandError(_("“{typed}” is no time zone; write one as Europe/Paris.").format(typed=printable(typed[:60])))


def _start(typed: str | None, base: EventPlan | None, now: datetime, zone: tzinfo) -> datetime:
    if typed is not None:
        return read_moment(typed, now)
    if base is None:
        raise CommandError(_("Say when it begins, behind a semicolon: tomorrow 20:00, friday 8pm or 2026-12-01 20:00."))
    return local_time(base.start_ms, zone)


def _end(parts: Parts, base: EventPlan | None, start: datetime) -> datetime | None:
    typed = parts.get("for") or parts.get("until")
    if typed is not None:
        return read_end(typed, start)
    if base is None or base.end_ms is None:
        return None
    return start + timedelta(milliseconds=base.end_ms - base.start_ms)  # it takes as long as before


def _place(parts: Parts, base: EventPlan | None, context: CommandContext) -> tuple[EntityType, int | None, str]:
    channel_name, location = parts.get("in"), parts.get("at")
    if channel_name:
        channel = find_channel(channel_name, context)
        kind = KINDS.get(ChannelType(channel.type)) if channel.type in tuple(ChannelType) else None
        if kind is None:
            raise CommandError(_("An event is in a stage or a voice channel; for any other place write at PLACE."))
        return kind, int(channel.id), ""
    if location:
        return EntityType.EXTERNAL, None, location
    if base is None:
        raise CommandError(_("Say where it is: in #Stage, or at PLACE."))
    return base.kind, base.channel_id, base.location


def _rule(typed: str | None, base: EventPlan | None, start_ms: int, zone: tzinfo) -> RecurrenceRule | None:
    if typed is not None:
        repeats = REPEATS.get(" ".join(typed.lower().split()))
        if repeats is None:
            words = _("“{typed}” is not how an event repeats; write every {list}.")
            raise CommandError(words.format(typed=printable(typed[:60]), list=", ".join(REPEATS)))
        return rule_of(repeats, start_ms, zone)
    if base is None or base.rule is None or base.start_ms == start_ms:
        return None if base is None else base.rule
    repeats = repeats_of(base.rule, zone)
    return base.rule if repeats is Repeats.OTHER else rule_of(repeats, start_ms, zone)


async def _cover(typed: str | None) -> str | UnsetType | None:
    if typed is None:
        return UNSET
    return None if typed == NONE else await asyncio.to_thread(read_picture, Path(typed))


def _ms(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
