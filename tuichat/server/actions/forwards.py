"""Forwards: what a message shows of another one, as it was when it was forwarded."""

import msgspec
from msgspec import Raw

from tuichat.protocol import codec
from tuichat.protocol.message import Attachment, MentionedUser, MessageFlag, MessageType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import attachments, errors, wire
from tuichat.server.actions.access import Place, require_place
from tuichat.server.actions.context import Actor, Context
from tuichat.server.store.rows import MessageRow

_CANNOT_READ = 160014  # Discord's documentation, "JSON Error Codes"
_FORWARDED_TYPES = frozenset(
    {MessageType.DEFAULT, MessageType.REPLY, MessageType.CHAT_INPUT_COMMAND, MessageType.CONTEXT_MENU_COMMAND}
)
_KEPT_FLAGS = int(MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_VOICE_MESSAGE | MessageFlag.IS_COMPONENTS_V2)
_NO_CONTENT = b',"content":"","embeds":[],"attachments":[],"components":[]}}'


class _Snapshot(msgspec.Struct, kw_only=True):
    """What a forward keeps of a message. Its files have no URL: each time it is shown they get one that is good."""

    type: int
    content: str
    timestamp: str
    edited_timestamp: str | None
    flags: int
    mentions: list[MentionedUser]
    mention_roles: list[Snowflake]
    attachments: list[Attachment]
    embeds: list[Raw]
    components: list[Raw]


class _Shown(msgspec.Struct, kw_only=True):
    message: _Snapshot


class _BareMessage(msgspec.Struct, kw_only=True):
    type: int = 0
    timestamp: str = ""
    edited_timestamp: str | None = None
    flags: int = 0
    mentions: list[Raw] = []
    mention_roles: list[Snowflake] = []


class _Bare(msgspec.Struct, kw_only=True):
    message: _BareMessage


async def find(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> tuple[Place, MessageRow]:
    """Read a message that the actor wants to forward: it must see and read it there.

    Raises ActionError 10003, 50001, 10008, 160014 without READ_MESSAGE_HISTORY, 50035 for what cannot be forwarded: polls,
    system messages, calls.
    """
    origin = require_place(ctx, actor, channel_id)
    if not origin.granted & Permissions.READ_MESSAGE_HISTORY:
        raise errors.ActionError(403, _CANNOT_READ, "You cannot forward a message whose content you cannot read.")
    row = await ctx.store.read_message(channel_id, message_id)
    origin = require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    if row is None:
        raise errors.unknown_message()
    if row.type not in _FORWARDED_TYPES or (row.extras is not None and row.extras.poll is not None):
        raise errors.invalid_field(
            "message_reference", "MESSAGE_REFERENCE_INVALID", "This message cannot be forwarded."
        )
    return origin, row


def snapshots(ctx: Context, origin: Place, row: MessageRow) -> tuple[Raw, ...]:
    """What a forward of a message shows; a forward's forward shows the first message."""
    if row.extras is not None and row.extras.snapshots:
        return row.extras.snapshots
    snapshot = _Snapshot(
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
    return (Raw(codec.encode(_Shown(message=snapshot))),)


def shown(ctx: Context, row: MessageRow) -> list[Raw]:
    """The snapshots of a forward, as the wire has them."""
    if row.extras is None or not row.extras.snapshots:
        return []
    return [_with_urls(ctx, row, raw) for raw in row.extras.snapshots]


def without_content(raw: Raw) -> Raw:
    """A snapshot for those who may not read content."""
    return Raw(codec.encode(codec.decode(raw, _Bare))[:-2] + _NO_CONTENT)


def _with_urls(ctx: Context, row: MessageRow, raw: Raw) -> Raw:
    raw = Raw(ctx.links.with_proxies(bytes(raw)))
    if b'"attachments":[]' in bytes(raw):
        return raw
    snapshot = codec.decode(raw, _Shown).message
    now_s = ctx.now_ms() // 1000
    urls = {
        each.filename: ctx.links.attachment(row.channel_id, each.id, each.filename, now_s)
        for each in snapshot.attachments
    }
    snapshot.attachments = [
        msgspec.structs.replace(each, url=urls[each.filename], proxy_url=urls[each.filename])
        for each in snapshot.attachments
    ]
    snapshot.embeds = [attachments.put_urls(urls, each) for each in snapshot.embeds]
    snapshot.components = [attachments.put_urls(urls, each) for each in snapshot.components]
    return Raw(codec.encode(_Shown(message=snapshot)))
