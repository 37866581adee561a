"""Forwards: what a message shows of another one, as it was when it was forwarded."""

import msgspec
from msgspec import Raw

from tuichat.protocol import codec
from tuichat.protocol.message import WRITTEN_TYPES, MessageFlag
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import attachments, errors, message_objects, wire
from tuichat.server.actions.access import Place, require_place
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.posting import Draft
from tuichat.server.actions.snapshots import Shown, Snapshot
from tuichat.server.store.message_rows import MessageExtras, MessageRow, ReferenceRow

_CANNOT_READ = 160014  # Discord's documentation, "JSON Error Codes"
_KEPT_FLAGS = int(MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_VOICE_MESSAGE | MessageFlag.IS_COMPONENTS_V2)


async def find(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> tuple[Place, MessageRow]:
    """Read a message that the actor wants to forward: it must see and read it there.

    Raises ActionError 10003, 50001, 10008, 160014 without READ_MESSAGE_HISTORY, 50035 for what cannot be forwarded: polls,
    system messages, calls.
    """
    origin = require_place(ctx, actor, channel_id)
    if not origin.granted & Permissions.READ_MESSAGE_HISTORY:
        raise _cannot_read()
    row = await ctx.store.read_message(channel_id, message_id)
    origin = require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    if row is None:
        raise errors.unknown_message()
    if not message_objects.reads_content(actor, origin, row):
        raise _cannot_read()
    if row.type not in WRITTEN_TYPES or (row.extras is not None and row.extras.poll is not None):
        raise errors.invalid_field(
            "message_reference", "MESSAGE_REFERENCE_INVALID", "This message cannot be forwarded."
        )
    return origin, row


def _cannot_read() -> errors.ActionError:
    return errors.ActionError(403, _CANNOT_READ, "You cannot forward a message whose content you cannot read.")


def snapshots(ctx: Context, origin: Place, row: MessageRow) -> tuple[Raw, ...]:
    """What a forward of a message shows; a forward's forward shows the first message."""
    if row.extras is not None and row.extras.snapshots:
        return row.extras.snapshots
    snapshot = Snapshot(
        type=row.type,
        content=row.content,
        timestamp=format_timestamp(row.id.timestamp_ms),
        edited_timestamp=None if row.edited_ms is None else format_timestamp(row.edited_ms),
        flags=row.flags & _KEPT_FLAGS,
        mentions=wire.mentioned_users(ctx, origin.guild, row),
        mention_roles=list(row.mention_role_ids),
        attachments=[msgspec.structs.replace(each, url="", proxy_url="") for each in attachments.shown(ctx, row)],
        embeds=wire.raw_list(row.embeds),
        components=wire.raw_list(row.components),
    )
    return (Raw(codec.encode(Shown(message=snapshot))),)


def forwarding(ctx: Context, origin: Place, row: MessageRow, draft: Draft) -> Draft:
    """The draft of a message that forwards another one."""
    return msgspec.structs.replace(
        draft,
        flags=draft.flags | MessageFlag.HAS_SNAPSHOT,
        reference=ReferenceRow(
            channel_id=row.channel_id,
            message_id=row.id,
            guild_id=None if origin.guild is None else origin.guild.id,
            type=1,
        ),
        extras=msgspec.structs.replace(draft.extras or MessageExtras(), snapshots=snapshots(ctx, origin, row)),
    )
