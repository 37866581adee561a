"""Members by a temporary invite: they go when they disconnect, unless somebody gave them a role."""

from tuichat.server.actions import joining
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.store.rows import MemberRow


async def remove(ctx: Context, user_id: int) -> None:
    """Take a user out of the guilds that it is a temporary member of, where it has not come back meanwhile."""
    for state in ctx.guilds.of_user(user_id):
        member = state.members.get(user_id)
        if member is not None and _goes(ctx, state, member):
            async with state.lock:
                member = state.members.get(user_id)
                if ctx.guilds.get(state.id) is state and member is not None and _goes(ctx, state, member):
                    await joining.write(ctx, joining.leave(ctx, state, user_id))


async def remove_all(ctx: Context) -> None:
    """Take out all who are not connected: for those who went while the server was not there."""
    leaving = {
        int(member.user_id)
        for state in ctx.guilds.all()
        for member in state.members.values()
        if member.is_temporary and _goes(ctx, state, member)
    }
    for user_id in leaving:
        await remove(ctx, user_id)


def _goes(ctx: Context, state: GuildState, member: MemberRow) -> bool:
    return (
        member.is_temporary
        and not member.role_ids
        and member.user_id != state.row.owner_id
        and not ctx.presences.is_connected(member.user_id)
    )
