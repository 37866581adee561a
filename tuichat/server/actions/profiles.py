"""Profiles: what somebody shows of itself, and what it has in common with the one who looks."""

from msgspec import UNSET

from tuichat.protocol.profile import MutualGuild, Profile, ProfileMetadata, ProfileUser
from tuichat.server.actions import errors, wire
from tuichat.server.actions.access import require_guild
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.relationships import knows, mutual_friend_ids
from tuichat.server.store.social_rows import ProfileRow


async def get_profile(
    ctx: Context,
    actor: Actor,
    user_id: int,
    *,
    guild_id: int | None = None,
    with_mutual_guilds: bool = True,
    with_mutual_friends: bool = False,
    with_mutual_friends_count: bool = False,
) -> Profile:
    """The profile of a user that the actor knows (`relationships.knows`); with a guild, as a member of it, too.

    Whom the user blocked sees its name alone. Raises ActionError 10013, 20001, 10004, 50001.
    """
    if actor.is_bot:
        raise errors.bots_cannot()
    if not knows(ctx, actor.user_id, user_id):
        raise errors.unknown_user()
    member = None
    if guild_id is not None:
        state = require_guild(ctx, actor, guild_id)
        member = state.members.get(user_id)
    row = await ctx.store.read_profile(user_id)
    user = ctx.users.wire(user_id)
    known = {field: getattr(user, field) for field in user.__struct_fields__}
    if ctx.relations.blocks(user_id, actor.user_id):
        return Profile(user=ProfileUser(**known))
    row = row or ProfileRow(user_id=user.id)
    friend_ids = mutual_friend_ids(ctx, actor.user_id, user_id) if user_id != actor.user_id else []
    return Profile(
        user=ProfileUser(**known, bio=row.bio, banner=row.banner, accent_color=row.accent_color),
        user_profile=ProfileMetadata(
            bio=row.bio, pronouns=row.pronouns, banner=row.banner, accent_color=row.accent_color
        ),
        badges=[],
        guild_badges=[],
        guild_member=UNSET if member is None else wire.member(ctx, member),
        mutual_guilds=_mutual_guilds(ctx, actor, user_id) if with_mutual_guilds else UNSET,
        mutual_friends=[ctx.users.wire(friend_id) for friend_id in friend_ids] if with_mutual_friends else UNSET,
        mutual_friends_count=len(friend_ids) if with_mutual_friends_count else UNSET,
    )


def _mutual_guilds(ctx: Context, actor: Actor, user_id: int) -> list[MutualGuild]:
    return [
        MutualGuild(id=state.id, nick=state.members[user_id].nick)
        for state in ctx.guilds.of_user(actor.user_id)
        if user_id in state.members
    ]
