"""Following: people, clubs and topics whose rooms one wants to hear of."""

import msgspec

from tuichat.protocol.follow import MAX_FOLLOWED, MAX_TOPICS, ChooseTopicsRequest, Follows
from tuichat.protocol.rest.error import ErrorCode
from tuichat.server.actions import errors, follow_steps, relationships
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.room_directory import has_public_room, is_in_public_room
from tuichat.server.actions.room_fields import clean_tags
from tuichat.server.actions.step import Step, write
from tuichat.server.store.operations import Put, Remove
from tuichat.server.store.rows import UserRow
from tuichat.server.store.social_rows import FollowedGuildRow, FollowedTopicsRow, FollowedUserRow

DISCOVERABLE = "DISCOVERABLE"


def list_follows(ctx: Context, actor: Actor) -> Follows:
    return follow_steps.shown(ctx, actor.user_id)


async def follow_user(ctx: Context, actor: Actor, user_id: int) -> None:
    """Follow somebody whom the actor sees; once more changes nothing.

    Raises ActionError 10013 for who is not seen, 50001 where it blocked the actor, 0 for oneself, who is blocked, and over
    the limit.
    """
    async with ctx.edits.hold(actor.user_id):
        row = _require_followable(ctx, actor, user_id)
        if ctx.follows.follows(actor.user_id, row.id):
            return
        _require_space(len(ctx.follows.users(actor.user_id)), "followed people")
        followed = FollowedUserRow(user_id=actor.user_id, followed_id=row.id, since_ms=ctx.now_ms())
        await _write(ctx, actor, Step([Put(followed)], [], lambda: ctx.follows.put_user(followed)))


async def unfollow_user(ctx: Context, actor: Actor, user_id: int) -> None:
    """Follow somebody no more; who was not followed is left as it is."""
    async with ctx.edits.hold(actor.user_id):
        row = ctx.follows.user(actor.user_id, user_id)
        if row is not None:
            forget = Step([Remove(row)], [], lambda: ctx.follows.remove_user(actor.user_id, user_id))
            await _write(ctx, actor, forget)


async def follow_guild(ctx: Context, actor: Actor, guild_id: int) -> None:
    """Follow a club that the actor is in, that anybody may find, or that has a public room now.

    Raises ActionError 10004, and 0 over the limit.
    """
    async with ctx.edits.hold(actor.user_id):
        state = ctx.guilds.get(guild_id)
        if state is None or not (state.has_member(actor.user_id) or _is_found(state)):
            raise errors.unknown_guild()
        if ctx.follows.follows_guild(actor.user_id, guild_id):
            return
        _require_space(len(ctx.follows.guilds(actor.user_id)), "followed clubs")
        followed = FollowedGuildRow(user_id=actor.user_id, guild_id=state.id, since_ms=ctx.now_ms())
        await _write(ctx, actor, Step([Put(followed)], [], lambda: ctx.follows.put_guild(followed)))


async def unfollow_guild(ctx: Context, actor: Actor, guild_id: int) -> None:
    async with ctx.edits.hold(actor.user_id):
        row = ctx.follows.guild(actor.user_id, guild_id)
        if row is not None:
            forget = Step([Remove(row)], [], lambda: ctx.follows.remove_guild(actor.user_id, guild_id))
            await _write(ctx, actor, forget)


async def choose_topics(ctx: Context, actor: Actor, request: ChooseTopicsRequest) -> Follows:
    """Follow these topics and no others. Raises ActionError 50035 naming the limits."""
    topics = clean_tags("topics", request.topics, MAX_TOPICS)
    async with ctx.edits.hold(actor.user_id):
        if topics != ctx.follows.topics(actor.user_id):
            row = FollowedTopicsRow(user_id=actor.user_id, topics=topics)
            await _write(
                ctx, actor, Step([Put(row) if topics else Remove(row)], [], lambda: ctx.follows.put_topics(row))
            )
    return list_follows(ctx, actor)


def _is_found(state: GuildState) -> bool:
    return DISCOVERABLE in state.row.settings.features or has_public_room(state)


def _require_followable(ctx: Context, actor: Actor, user_id: int) -> UserRow:
    row = ctx.users.get(user_id)
    if row is None or row.is_system or row.is_deleted:
        raise errors.unknown_user()
    if not (relationships.knows(ctx, actor.user_id, user_id) or is_in_public_room(ctx, user_id)):
        raise errors.unknown_user()
    if user_id == actor.user_id:
        raise errors.bad_request(ErrorCode.GENERAL, "Nobody can follow itself.")
    if ctx.relations.blocks(user_id, actor.user_id):
        raise errors.missing_access()
    if ctx.relations.blocks(actor.user_id, user_id):
        raise errors.bad_request(ErrorCode.GENERAL, "You have blocked this person: unblock it first.")
    return row


def _require_space(count: int, noun: str) -> None:
    if count >= MAX_FOLLOWED:
        raise errors.limit_reached(ErrorCode.GENERAL, noun, MAX_FOLLOWED)


async def _write(ctx: Context, actor: Actor, step: Step) -> None:
    """Write, and tell the actor's own sessions what they follow now."""
    await write(ctx, msgspec.structs.replace(step, after_publish=lambda: follow_steps.tell(ctx, [actor.user_id])))
