"""How interactions reach their applications."""

from tuichat.protocol.interaction import InteractionRequest
from tuichat.server.actions import interactions
from tuichat.server.actions.context import Actor, Context
from tuichat.server.bus import event


async def create_interaction(ctx: Context, actor: Actor, request: InteractionRequest) -> None:
    """Hand an interaction of a user to its application at the gateway.

    Raises ActionError as `interactions.open_interaction` does.
    """
    application, row, interaction = await interactions.open_interaction(ctx, actor, request)
    ctx.bus.publish(event("INTERACTION_CREATE", interaction, guild_id=row.guild_id, user_ids=[application.id]))
