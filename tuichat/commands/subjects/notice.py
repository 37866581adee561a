"""Commands of what calls one: levels and mutes of servers and channels, mentions, and not to be disturbed."""

import time
from typing import Annotated

from tuichat.client.notice_levels import Level, settings_of
from tuichat.commands.action import chosen_action, missing
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.naming.channel_place import ChannelPlace, channel_place
from tuichat.commands.naming.duration import parse_duration
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.naming.named_message import find_message
from tuichat.commands.subjects import message
from tuichat.commands.subjects.message_reading import found_messages
from tuichat.text.time_words import span_words
from tuichat.translation import N_, _

SERVER = "server"  # what stands for the whole server where a channel could stand
FOREVER = "forever"
NOTIFY_ACTIONS = {
    "all": N_("all [#channel | server]: every message calls you"),
    "mentions": N_("mentions [#channel | server]: mentions alone do"),
    "nothing": N_("nothing [#channel | server]: nothing does"),
    "default": N_("default [#channel | server]: as the server has it"),
    "everyone": N_("everyone on or off: whether @everyone and @here call you in this server"),
    "roles": N_("roles on or off: whether mentions of your roles call you in this server"),
}
_LEVELS = {
    "all": Level.ALL,
    "mentions": Level.MENTIONS,
    "nothing": Level.NOTHING,
    "default": Level.INHERITED,
}
_SWITCH = {"on": True, "yes": True, "off": False, "no": False}


@command
async def notify(
    context: CommandContext,
    level: Annotated[str, "all, mentions, nothing or default; or everyone or roles"],
    place: Annotated[Text | None, "a #channel, or the word server; the open channel without. Or on or off"] = None,
) -> Outcome:
    """Choose which messages call you, in a channel or in the whole server."""
    name = chosen_action("notify", level, NOTIFY_ACTIONS)
    if name not in _LEVELS:
        return await _suppress(guild_place(context), name, place or "")
    target = _target(context, place)
    if isinstance(target, GuildPlace):
        await target.client.notices.set_guild_level(target.id, _LEVELS[name])
    else:
        await target.client.notices.set_channel_level(target.id, _LEVELS[name])
    words = {
        "all": _("In {place} every message calls you."),
        "mentions": _("In {place} mentions alone call you."),
        "nothing": _("In {place} nothing calls you."),
        "default": _("In {place} what the server has chosen calls you."),
    }[name]
    return Outcome(text=words.format(place=target.name))


registry.tell_actions("notify", NOTIFY_ACTIONS)


@command
async def quiet(
    context: CommandContext,
    span: Annotated[str | None, "how long, as 30m or 8h; forever without"] = None,
    place: Annotated[Text | None, "a #channel, or the word server; the open channel without"] = None,
) -> Outcome:
    """Have a channel or the whole server call you no more for a while, but by mentions."""
    where: str | None = place
    if span is not None and (span.startswith(("#", "<#")) or span.lower() == SERVER or "/#" in span):
        span, where = None, span if place is None else f"{span} {place}"
    seconds = None if span is None or span.lower() == FOREVER else parse_duration(span)
    end_ms = None if seconds is None else time.time_ns() // 1_000_000 + seconds * 1000
    target = _target(context, where)
    if isinstance(target, GuildPlace):
        await target.client.notices.mute_guild(target.id, end_ms)
    else:
        await target.client.notices.mute_channel(target.id, end_ms)
    if seconds is None:
        return Outcome(text=_("{place} is quiet until /unquiet.").format(place=target.name))
    return Outcome(text=_("{place} is quiet for {span}.").format(place=target.name, span=span_words(seconds)))


@command
async def unquiet(
    context: CommandContext,
    place: Annotated[Text | None, "a #channel, or the word server; the open channel without"] = None,
) -> Outcome:
    """Have a channel or the whole server call you again."""
    target = _target(context, place)
    if isinstance(target, GuildPlace):
        await target.client.notices.unmute_guild(target.id)
    else:
        await target.client.notices.unmute_channel(target.id)
    return Outcome(text=_("{place} calls you again.").format(place=target.name))


@command
async def dnd(context: CommandContext, words: Annotated[Text | None, "what to say beside your name"] = None) -> Outcome:
    """Be seen as busy, and hear of nothing; /status online ends it."""
    outcome = await message.status(context, "dnd", words)
    return outcome if outcome.text else Outcome(text=_("You are seen as busy. /status online ends that."))


@command
async def mentions(
    context: CommandContext, done: Annotated[str | None, "a message to take off the list: its id or link"] = None
) -> Outcome:
    """List what mentions you, the newest first, or take one off the list."""
    client = context.require_client()
    if done is not None:
        if done.isascii() and done.isdigit():
            await client.inbox.dismiss(int(done))
        else:
            found = await find_message(context, done)
            await found.client.inbox.dismiss(int(found.message.id))
        return Outcome(text=_("It is off the list."))
    found_here = await client.inbox.mentions()
    title = _("What mentions you") if found_here else _("Nothing mentions you.")
    return found_messages(context, title, client, found_here)


def _target(context: CommandContext, place: str | None) -> GuildPlace | ChannelPlace:
    if place is not None and place.strip().lower() == SERVER:
        return guild_place(context)
    target = channel_place(context, place)
    return guild_place(context, target.details) if target.details else target


async def _suppress(place: GuildPlace, name: str, switch: str) -> Outcome:
    is_on = _SWITCH.get(switch.strip().lower())
    if is_on is None:
        raise missing("notify", name, NOTIFY_ACTIONS)
    known = settings_of(place.client.state, place.id)
    everyone = not is_on if name == "everyone" else known.suppress_everyone
    roles = not is_on if name == "roles" else known.suppress_roles
    await place.client.notices.suppress(place.id, everyone=everyone, roles=roles)
    if name == "everyone":
        words = _("In {place} @everyone calls you.") if is_on else _("In {place} @everyone does not call you.")
    else:
        words = (
            _("In {place} mentions of your roles call you.")
            if is_on
            else _("In {place} mentions of your roles do not call you.")
        )
    return Outcome(text=words.format(place=place.name))
