"""What somebody can do with commands somewhere: the list that a user's client completes from."""

from collections.abc import Sequence

from msgspec import UNSET

from tuichat.protocol.interaction import CommandIndex, ModalApplication
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors
from tuichat.server.actions.access import require_guild, require_place
from tuichat.server.actions.application_commands import shown, usable_commands
from tuichat.server.actions.context import Actor, Context
from tuichat.server.store.command_rows import CommandRow


async def channel_index(ctx: Context, actor: Actor, channel_id: int) -> CommandIndex:
    """The commands that the actor may use in a channel, thread or direct message."""
    if actor.is_bot:
        raise errors.bots_cannot()
    return await _index(ctx, usable_commands(ctx, actor, require_place(ctx, actor, channel_id)))


async def guild_index(ctx: Context, actor: Actor, guild_id: int) -> CommandIndex:
    """The commands of a guild's applications that the actor may use in any of its channels."""
    if actor.is_bot:
        raise errors.bots_cannot()
    state = require_guild(ctx, actor, guild_id)
    rows: dict[int, CommandRow] = {}
    for channel in state.visible_channels(state.members[actor.user_id]):
        if state.can_view(actor.user_id, channel.id):
            place = require_place(ctx, actor, channel.id)
            rows.update({row.id: row for row in usable_commands(ctx, actor, place)})
    return await _index(ctx, [rows[command_id] for command_id in sorted(rows)])


async def modal_application(ctx: Context, application_id: int) -> ModalApplication:
    """An application as users see it."""
    row = await ctx.store.read_application(application_id)
    if row is None:
        raise errors.unknown_application()
    return ModalApplication(
        id=row.id,
        name=row.name,
        icon=row.icon,
        description=row.description,
        bot=ctx.users.wire(row.id) if ctx.users.get(row.id) else UNSET,
    )


async def _index(ctx: Context, rows: Sequence[CommandRow]) -> CommandIndex:
    application_ids = dict.fromkeys(row.application_id for row in rows)
    return CommandIndex(
        applications=[await modal_application(ctx, application_id) for application_id in application_ids],
        application_commands=[shown(row) for row in rows],
        version=max((row.version for row in rows), default=Snowflake(0)),
    )
