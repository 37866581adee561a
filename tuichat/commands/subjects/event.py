"""The command of scheduled events: planning, showing, starting, ending, and saying that one is interested."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated

from tuichat.client import planned_events
from tuichat.client.client import Client
from tuichat.client.event_plan import plan_of
from tuichat.client.state import GuildState
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.names import find_person, named
from tuichat.commands.parser import next_word
from tuichat.commands.subjects.call import join_channel
from tuichat.commands.subjects.event_parts import WORDS, planned, split_parts
from tuichat.local.time_zone import own_zone_name
from tuichat.protocol.json import printable
from tuichat.protocol.scheduled_event import EventStatus, ScheduledEvent
from tuichat.protocol.time_zone import find_zone
from tuichat.text.event_calendar import guild_calendar, save_calendar
from tuichat.text.event_words import (
    begin_words,
    event_lines,
    interested_words,
    person_name,
    place_words,
    recurrence_words,
    status_words,
    when_words,
)
from tuichat.text.message_time import Clock
from tuichat.text.safe_text import safe_line
from tuichat.translation import N_, _, ngettext

MAX_NAMED = 20  # people whom a sentence names; taste
ACTIONS = {
    "new": N_(
        "new NAME; WHEN; in #stage (or at PLACE): plan an event; more parts: for, until, every, zone, cover, about"
    ),
    "list": N_("list: the events of this server"),
    "show": N_("show EVENT: all about one"),
    "edit": N_("edit EVENT; PARTS: change it, by the parts of new"),
    "start": N_("start EVENT: begin it now; one in a channel takes you there"),
    "end": N_("end EVENT: have one that is on be over"),
    "cancel": N_("cancel EVENT: have it not take place, nor any later time of it"),
    "interested": N_("interested EVENT: say that you are; you are reminded of it"),
    "uninterested": N_("uninterested EVENT: take that back"),
    "people": N_("people EVENT: who is interested"),
    "cohost": N_("cohost @name EVENT: make somebody a co-host, or no more"),
    "ics": N_("ics PATH [EVENT]: save all events of this server, or one, for your calendar"),
}


@command
async def event(
    context: CommandContext,
    action: Annotated[
        str, "new, list, show, edit, start, end, cancel, interested, uninterested, people, cohost or ics"
    ],
    details: Annotated[Text | None, "an event's name, and what the action needs beside it"] = None,
) -> Outcome:
    """Events of this server: plan, change, start and end them, and say that you are interested."""
    client, name, rest = context.require_client(), action.lower(), (details or "").strip()
    guild = context.guild()
    if guild is None:
        raise CommandError(_("Choose a channel of a server first: events are a server's."))
    match name:
        case "new":
            return await _new(context, client, guild, rest)
        case "list":
            return await _list(client, guild, rest)
        case "edit":
            return await _edit(context, client, guild, rest)
        case "cohost":
            return await _cohost(context, client, guild, rest)
        case "ics":
            return await _save(context, client, guild, rest)
        case _ if name not in ACTIONS:
            raise CommandError(_("/event has no {action}. It has:").format(action=printable(action)) + "\n" + _listed())
    found = find_event(guild, rest, is_whole=context.is_script)
    match name:
        case "show":
            return await _show(context, client, found)
        case "start":
            return await _start(context, client, found)
        case "interested" | "uninterested":
            return await _interest(client, found, is_interested=name == "interested")
        case "people":
            return await _people(client, found)
        case "end":
            ended = await client.events.end(found)
            return Outcome(text=_ended(client, ended))
    await client.events.cancel(found)
    return Outcome(text=_("{name} does not take place.").format(name=safe_line(found.name)))


registry.tell_actions("event", ACTIONS)


def find_event(guild: GuildState, typed: str, *, is_whole: bool = False) -> ScheduledEvent:
    """Return the event of a name, of the beginning of one unless it `is_whole`, or of an id; without any the only one.

    Raises CommandError.
    """
    events = planned_events.in_order(guild.events.values())
    if not events:
        raise CommandError(_("No events are planned here. /event new plans one."))
    if typed.isascii() and typed.isdigit() and len(typed) <= 19 and int(typed) in guild.events:
        return guild.events[int(typed)]
    found = events if not typed else named(typed, events, lambda each: [each.name])
    if not found and not is_whole:
        folded = typed.casefold()
        found = [each for each in events if each.name.casefold().startswith(folded)]
    if len(found) == 1:
        return found[0]
    told = Clock(_now().date())
    names = [f"{safe_line(each.name)} ({int(each.id)}, {begin_words(each, told)})" for each in found or events]
    words = _("No event is called {name}. There are: {list}") if not found else _("Which event: {list}")
    raise CommandError(words.format(name=printable(typed[:60]), list="; ".join(names[:MAX_NAMED])))


def _now() -> datetime:
    """The time by this machine's clock, with a zone that knows its summer where it has a name."""
    zone = find_zone(own_zone_name() or "")
    return datetime.now(UTC).astimezone(zone)


def _listed() -> str:
    return "\n".join(f"/event {_(words)}" for words in ACTIONS.values())


async def _new(context: CommandContext, client: Client, guild: GuildState, rest: str) -> Outcome:
    parts = split_parts(rest, ("name", "when"))
    if not parts.get("name"):
        raise CommandError(_("Say what it is called and when: /event {usage}").format(usage=_(ACTIONS["new"])))
    plan = await planned(parts, context, _now(), None, has_zones=client.events.has_details)
    made = await client.events.create(guild.guild.id, plan)
    return Outcome(text=_("{name} is planned: {what}.").format(name=safe_line(made.name), what=_told(client, made)))


async def _edit(context: CommandContext, client: Client, guild: GuildState, rest: str) -> Outcome:
    name, _mark, said = rest.partition(";")
    found = find_event(guild, name.strip(), is_whole=context.is_script)
    if not said.strip():
        raise CommandError(_("Say what is to change, behind a semicolon: {words}.").format(words=", ".join(WORDS)))
    base = plan_of(found, planned_events.details_of(guild, found))
    plan = await planned(split_parts(said), context, _now(), base, has_zones=client.events.has_details)
    edited = await client.events.edit(found, plan)
    return Outcome(text=_("{name} is changed: {what}.").format(name=safe_line(edited.name), what=_told(client, edited)))


async def _list(client: Client, guild: GuildState, rest: str) -> Outcome:
    if rest:
        raise CommandError(_("/event {action} takes nothing more.").format(action="list"))
    await client.events.load(guild.guild.id)
    events = planned_events.in_order(guild.events.values())
    if not events:
        return Outcome(text=_("No events are planned here. /event new plans one."))
    lines = []
    for each in events:
        count = interested_words(each.user_count) if isinstance(each.user_count, int) else ""
        parts = [safe_line(each.name), _told(client, each), status_words(each), count]
        lines.append(" · ".join(part for part in parts if part))
    return Outcome(text="\n".join(lines))


async def _show(context: CommandContext, client: Client, found: ScheduledEvent) -> Outcome:
    if context.screen is not None:
        context.screen.show_event(client.key, found.guild_id, found.id)
        return Outcome()
    now = _now()
    return Outcome(text="\n".join(event_lines(client.state, found, Clock(now.date(), now=now))))


async def _start(context: CommandContext, client: Client, found: ScheduledEvent) -> Outcome:
    begun = found if planned_events.is_on(found) else await client.events.start(found)
    name = safe_line(begun.name)
    if begun.channel_id is None:
        return Outcome(text=_("{name} is on, {place}.").format(name=name, place=place_words(client.state, begun)))
    if context.screen is not None:
        context.screen.open_channel(client.key, begun.channel_id)
    join_channel(context, client, int(begun.channel_id))
    return Outcome(text=_("{name} is on; you are taken there.").format(name=name))


def _ended(client: Client, ended: ScheduledEvent) -> str:
    name = safe_line(ended.name)
    if ended.status == EventStatus.SCHEDULED:
        words = _("{name} is over for this time. The next one: {what}.")
        return words.format(name=name, what=_told(client, ended))
    return _("{name} is over.").format(name=name)


async def _interest(client: Client, found: ScheduledEvent, *, is_interested: bool) -> Outcome:
    await client.events.set_interested(found, is_interested=is_interested)
    name = safe_line(found.name)
    if is_interested:
        words = _("You are interested in {name}, {when}, and are reminded of it.")
        return Outcome(text=words.format(name=name, when=begin_words(found, Clock(_now().date()))))
    return Outcome(text=_("You are not interested in {name} any more.").format(name=name))


async def _people(client: Client, found: ScheduledEvent) -> Outcome:
    pages = client.events.people(found)
    await pages.load()
    name = safe_line(found.name)
    if not pages.people:
        return Outcome(text=_("Nobody is interested in {name} yet.").format(name=name))
    names = [person_name(client.state, found, each.user_id) for each in pages.people[:MAX_NAMED]]
    more = len(pages.people) - len(names)
    list_ = ", ".join(names)
    if pages.has_more:
        return Outcome(text=_("Interested in {name}: {list} and many more").format(name=name, list=list_))
    if more:
        words = ngettext(
            "Interested in {name}: {list} and {count} more", "Interested in {name}: {list} and {count} more", more
        )
        return Outcome(text=words.format(name=name, list=list_, count=more))
    return Outcome(text=_("Interested in {name}: {list}").format(name=name, list=list_))


async def _cohost(context: CommandContext, client: Client, guild: GuildState, rest: str) -> Outcome:
    if not client.events.has_details:
        raise CommandError(_("This server knows no co-hosts of events."))
    word = next_word(rest, 0)
    if word is None:
        raise CommandError(_("Write who: /event cohost @name EVENT."))
    user = await find_person(word.text, context)
    found = find_event(guild, rest[word.end :].strip(), is_whole=context.is_script)
    details = planned_events.details_of(guild, found)
    is_cohost = user.id in details.cohost_ids
    ids = [each for each in details.cohost_ids if each != user.id] if is_cohost else [*details.cohost_ids, user.id]
    await client.events.set_details(found.id, time_zone=details.time_zone, cohost_ids=ids)
    words = _("{who} co-hosts {name} no more.") if is_cohost else _("{who} co-hosts {name}: starts, edits and ends it.")
    return Outcome(text=words.format(who=printable(user.display_name), name=safe_line(found.name)))


async def _save(context: CommandContext, client: Client, guild: GuildState, rest: str) -> Outcome:
    word = next_word(rest, 0)
    if word is None:
        raise CommandError(_("Write where to: /event ics PATH saves all events of this server."))
    name = rest[word.end :].strip()
    events = [find_event(guild, name, is_whole=context.is_script)] if name else list(guild.events.values())
    if not events:
        raise CommandError(_("No events are planned here. /event new plans one."))
    content = guild_calendar(
        client.state, guild, events, server_id=client.account.server_id, now_ms=time.time_ns() // 1_000_000
    )
    title = events[0].name if name else guild.guild.name
    path = await asyncio.to_thread(save_calendar, word.text, title, content)
    words = ngettext("{count} event is saved: {path}", "{count} events are saved: {path}", len(events))
    return Outcome(text=words.format(count=len(events), path=safe_line(str(path))))


def _told(client: Client, found: ScheduledEvent) -> str:
    """When, how often and where an event is."""
    now = _now()
    guild = client.state.guilds.get(found.guild_id)
    repeats = "" if guild is None else recurrence_words(found, planned_events.details_of(guild, found))
    parts = [when_words(found, Clock(now.date(), now=now)), repeats, place_words(client.state, found)]
    return ", ".join(part for part in parts if part)
