"""Integrations: which bots are in a guild."""

import asyncio

from msgspec import UNSET

from tuichat.protocol.integration import Integration, IntegrationAccount, IntegrationApplication
from tuichat.protocol.permissions import Permissions
from tuichat.server.actions.access import require_in_guild
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.store.rows import ApplicationRow

MAX_LISTED = 50  # Discord's documentation, "Get Guild Integrations"
LOOKED_AT_ONCE = 2_000  # members in one turn of the loop


async def list_integrations(ctx: Context, actor: Actor, guild_id: int) -> list[Integration]:
    """The first fifty bots of a guild by their ids: MANAGE_GUILD."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    found = []
    for application_id in sorted(await _bots(ctx, state))[:MAX_LISTED]:
        row = await ctx.store.read_application(application_id)
        if row is not None:
            found.append(_shown(ctx, row))
    require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    return found


async def _bots(ctx: Context, state: GuildState) -> list[int]:
    bots = []
    for count, user_id in enumerate(list(state.members), 1):
        user = ctx.users.get(user_id)
        if user is not None and user.is_bot:
            bots.append(int(user_id))
        if count % LOOKED_AT_ONCE == 0:
            await asyncio.sleep(0)
    return bots


def _shown(ctx: Context, row: ApplicationRow) -> Integration:
    owner = None if row.owner_id is None else ctx.users.get(row.owner_id)
    bot = ctx.users.wire(row.id)
    return Integration(
        id=row.id,
        name=row.name,
        application=IntegrationApplication(
            id=row.id, name=row.name, icon=row.icon, description=row.description, bot=bot
        ),
        account=IntegrationAccount(id=str(int(row.id)), name=row.name),
        user=UNSET if owner is None else ctx.users.wire(owner.id),
    )
