"""Announcing: messages that the server writes by itself, beside the change that they tell of."""

from tuichat.server.actions import message_objects
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context
from tuichat.server.actions.mentions import Mentions
from tuichat.server.actions.posting import Author, pinged, remember
from tuichat.server.actions.step import Step
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import AddMessage


def announce(ctx: Context, place: Place, row: MessageRow, *, marks_read: bool = False) -> Step:
    """The part of a write that puts a system message into its place; those it names are pinged.

    `marks_read`: its author has read the channel up to it.
    """
    shown = message_objects.message(ctx, place.guild, row)
    named = Mentions(user_ids=row.mention_ids, crowd="everyone" if row.mentions_everyone else None)
    pinged_ids = pinged(ctx, place, Author(id=row.author_id), row.type, named)
    pings_guild_id = place.guild.id if row.mentions_everyone and place.guild is not None else None
    return Step(
        [AddMessage(row, tuple(map(int, pinged_ids)), pings_guild_id, marks_read)],
        [message_objects.created(ctx, place, row, shown)],
        lambda: remember(ctx, place, row),
    )
