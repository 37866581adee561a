"""Reactions: who reacts to a message with which emoji."""

import re

import msgspec

from tuichat.protocol.dispatch.message import ReactionAdd, ReactionRemove, ReactionRemoveAll, ReactionRemoveEmoji
from tuichat.protocol.message import ReactionEmoji
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import MAX_SNOWFLAKE, Snowflake
from tuichat.protocol.user import User
from tuichat.server import unicode_emoji
from tuichat.server.actions import emojis, errors, fields, wire
from tuichat.server.actions.access import Place, is_timed_out, require_awake, require_place
from tuichat.server.actions.context import Actor, Context
from tuichat.server.bus import Event
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import AddReaction, Operation, RemoveReaction, RemoveReactions

MAX_EMOJIS = 20  # of one message
MAX_PAGE = 100
BURST = 1  # the kind of reactions that this server does not have
_BLOCKED = 90001  # Discord's documentation, "JSON Error Codes"
_CUSTOM = re.compile(r"(?:a:)?(?P<name>[^:]{1,32}):(?P<id>[0-9]{1,19})")


class Emoji(msgspec.Struct, frozen=True):
    """An emoji as a path names it: a unicode one in full, or one of a guild by its id."""

    key: str
    name: str
    custom_id: Snowflake | None = None
    is_animated: bool = False

    @property
    def wire(self) -> ReactionEmoji:
        return ReactionEmoji(id=self.custom_id, name=self.name, animated=self.is_animated)


def parse_emoji(ctx: Context, text: str) -> Emoji:
    """Read an emoji of a path: unicode, or `name:id`. Raises ActionError 10014 for what is none.

    One of a guild has the name that it has there; one that is gone has the name that it is called by.
    """
    custom = _CUSTOM.fullmatch(text)
    if custom is None:
        found = unicode_emoji.qualified(text)
        if found is None:
            raise errors.unknown_emoji()
        return Emoji(found, found)
    emoji_id = int(custom["id"])
    if emoji_id > MAX_SNOWFLAKE:
        raise errors.unknown_emoji()
    fields.require_text("emoji", custom["name"])
    row = ctx.guilds.emojis.get(emoji_id)
    if row is None:
        return Emoji(str(emoji_id), custom["name"].replace("\0", ""), Snowflake(emoji_id))
    return Emoji(str(emoji_id), row.name, row.id, row.is_animated)


async def add_reaction(ctx: Context, actor: Actor, channel_id: int, message_id: int, text: str) -> None:
    """React to a message: READ_MESSAGE_HISTORY, and ADD_REACTIONS where nobody has reacted with this emoji yet.

    Doing it twice changes nothing. Raises ActionError 10014 for an emoji that is none or not the actor's to use, 30010 for
    the 21st emoji of a message, 90001 where the message's author blocked the actor, 50083 in an archived thread.
    """
    emoji = parse_emoji(ctx, text)
    async with ctx.edits.hold(message_id):
        require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
        row = await ctx.store.read_message(channel_id, message_id)
        present = await ctx.store.read_reactions([message_id], actor.user_id)
        place = _require_reacting(ctx, actor, channel_id)
        if row is None:
            raise errors.unknown_message()
        if ctx.relations.blocks(row.author_id, actor.user_id):
            raise errors.ActionError(403, _BLOCKED, "Reaction was blocked")
        same = next((count for count in present if count.emoji == emoji.key), None)
        if same is not None and same.is_mine:
            return
        if same is None:
            _require_first(ctx, actor, place, emoji)
            if len(present) >= MAX_EMOJIS:
                raise errors.limit_reached(ErrorCode.MAX_REACTIONS, "reactions", MAX_EMOJIS)
        else:
            emoji = msgspec.structs.replace(emoji, name=same.name or emoji.name, is_animated=same.is_animated)
        added = AddReaction(
            message_id=row.id,
            channel_id=row.channel_id,
            emoji=emoji.key,
            name=emoji.name,
            is_animated=emoji.is_animated,
            user_id=actor.user_id,
            order_id=ctx.next_id(),
        )
        await _write(ctx, added, _added(ctx, place, actor.user_id, row, emoji))


async def remove_reaction(
    ctx: Context, actor: Actor, channel_id: int, message_id: int, text: str, user_id: int | None = None
) -> None:
    """Take the own reaction back, or another's with MANAGE_MESSAGES; one that is not there is no error."""
    emoji = parse_emoji(ctx, text)
    target = Snowflake(actor.user_id if user_id is None else user_id)
    needed = () if target == actor.user_id else (Permissions.MANAGE_MESSAGES,)
    async with ctx.edits.hold(message_id):
        row, place = await _find(ctx, actor, channel_id, message_id, *needed)
        removed = ReactionRemove(
            user_id=target,
            channel_id=row.channel_id,
            message_id=row.id,
            emoji=emoji.wire,
            guild_id=place.guild_id,
        )
        gone = RemoveReaction(message_id=row.id, emoji=emoji.key, user_id=target)
        await _write(ctx, gone, place.event("MESSAGE_REACTION_REMOVE", removed))


async def remove_emoji(ctx: Context, actor: Actor, channel_id: int, message_id: int, text: str) -> None:
    """Remove all reactions with one emoji: MANAGE_MESSAGES."""
    emoji = parse_emoji(ctx, text)
    async with ctx.edits.hold(message_id):
        row, place = await _find(ctx, actor, channel_id, message_id, Permissions.MANAGE_MESSAGES)
        removed = ReactionRemoveEmoji(
            channel_id=row.channel_id, message_id=row.id, emoji=emoji.wire, guild_id=place.guild_id
        )
        gone = RemoveReactions(message_id=row.id, emoji=emoji.key)
        await _write(ctx, gone, place.event("MESSAGE_REACTION_REMOVE_EMOJI", removed))


async def remove_all(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> None:
    """Remove all reactions of a message: MANAGE_MESSAGES."""
    async with ctx.edits.hold(message_id):
        row, place = await _find(ctx, actor, channel_id, message_id, Permissions.MANAGE_MESSAGES)
        removed = ReactionRemoveAll(channel_id=row.channel_id, message_id=row.id, guild_id=place.guild_id)
        await _write(ctx, RemoveReactions(message_id=row.id), place.event("MESSAGE_REACTION_REMOVE_ALL", removed))


async def list_users(
    ctx: Context,
    actor: Actor,
    channel_id: int,
    message_id: int,
    text: str,
    *,
    kind: int = 0,
    after: int = 0,
    limit: int = 25,
) -> list[User]:
    """Who reacted with an emoji, by id, 1 to 100 of them: READ_MESSAGE_HISTORY."""
    fields.require_range("limit", limit, 1, MAX_PAGE)
    emoji = parse_emoji(ctx, text)
    row, _ = await _find(ctx, actor, channel_id, message_id)
    if kind == BURST:
        return []
    found = await ctx.store.read_reactors(row.id, emoji.key, after=after, limit=limit)
    return [ctx.users.wire(user_id) for user_id in found]


async def _find(
    ctx: Context, actor: Actor, channel_id: int, message_id: int, *needed: Permissions
) -> tuple[MessageRow, Place]:
    wanted = (Permissions.READ_MESSAGE_HISTORY, *needed)
    require_place(ctx, actor, channel_id, *wanted)
    row = await ctx.store.read_message(channel_id, message_id)
    place = require_place(ctx, actor, channel_id, *wanted)
    if row is None:
        raise errors.unknown_message()
    return row, place


def _require_reacting(ctx: Context, actor: Actor, channel_id: int) -> Place:
    place = require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    if place.guild is not None and is_timed_out(ctx, place.guild, actor.user_id):
        raise errors.missing_permissions()
    require_awake(place)
    return place


def _require_first(ctx: Context, actor: Actor, place: Place, emoji: Emoji) -> None:
    """Check what only the first reaction with an emoji needs."""
    if not place.granted & Permissions.ADD_REACTIONS:
        raise errors.missing_permissions()
    if emoji.custom_id is not None and emojis.find_usable(ctx, place, actor.user_id, emoji.custom_id) is None:
        raise errors.unknown_emoji()


def _added(ctx: Context, place: Place, user_id: Snowflake, row: MessageRow, emoji: Emoji) -> Event:
    member = None if place.guild is None else place.guild.members.get(user_id)
    payload = ReactionAdd(
        user_id=user_id,
        channel_id=row.channel_id,
        message_id=row.id,
        emoji=emoji.wire,
        guild_id=place.guild_id,
        member=msgspec.UNSET if member is None else wire.member(ctx, member),
        message_author_id=row.author_id,
    )
    return place.event("MESSAGE_REACTION_ADD", payload)


async def _write(ctx: Context, operation: Operation, told: Event) -> None:
    """Write a change of reactions, and tell it; what is so already is told to nobody."""
    try:
        await ctx.store.write([operation], [told])
    except Conflict:
        return
