"""What ends a follow from outside: a block, or that the followed person or guild is gone."""

from collections.abc import Iterable

from tuichat.protocol.follow import FollowedGuild, Follows, FollowsUpdate
from tuichat.server.actions.context import Context
from tuichat.server.actions.step import Step
from tuichat.server.bus import event
from tuichat.server.store.operations import Remove


def shown(ctx: Context, user_id: int) -> Follows:
    """All that somebody follows."""
    states = (ctx.guilds.get(row.guild_id) for row in ctx.follows.guilds(user_id))
    return Follows(
        users=[ctx.users.wire(row.followed_id) for row in ctx.follows.users(user_id)],
        guilds=[
            FollowedGuild(id=state.id, name=state.row.name, icon=state.row.icon)
            for state in states
            if state is not None
        ],
        topics=list(ctx.follows.topics(user_id)),
    )


def tell(ctx: Context, user_ids: Iterable[int]) -> None:
    """Tell those of them who are connected what they follow now."""
    for user_id in user_ids:
        if ctx.presences.is_connected(user_id):
            follows = shown(ctx, user_id)
            payload = FollowsUpdate(users=follows.users, guilds=follows.guilds, topics=follows.topics)
            ctx.bus.publish(event("TUICHAT_FOLLOWS_UPDATE", payload, user_ids=[user_id]))


def parting(ctx: Context, user_id: int, other_id: int) -> Step:
    """What a write takes for two people to follow each other no more."""
    rows = [ctx.follows.user(user_id, other_id), ctx.follows.user(other_id, user_id)]
    ended = [row for row in rows if row is not None]

    def forget() -> None:
        for row in ended:
            ctx.follows.remove_user(row.user_id, row.followed_id)

    return Step([Remove(row) for row in ended], [], forget, lambda: tell(ctx, [row.user_id for row in ended]))
