"""Snapshots: what a forward shows of another message, with URLs that are good when it is shown."""

import msgspec
from msgspec import Raw

from tuichat.protocol import codec
from tuichat.protocol.message import Attachment, MentionedUser
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import attachments
from tuichat.server.actions.context import Context
from tuichat.server.store.message_rows import MessageRow

_NO_CONTENT = b',"content":"","embeds":[],"attachments":[],"components":[]}}'


class Snapshot(msgspec.Struct, kw_only=True):
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


class Shown(msgspec.Struct, kw_only=True):
    message: Snapshot


class _BareMessage(msgspec.Struct, kw_only=True):
    type: int = 0
    timestamp: str = ""
    edited_timestamp: str | None = None
    flags: int = 0
    mentions: list[Raw] = []
    mention_roles: list[Snowflake] = []


class _Bare(msgspec.Struct, kw_only=True):
    message: _BareMessage


def shown(ctx: Context, row: MessageRow) -> list[Raw]:
    """The snapshots of a forward, as the wire has them."""
    if row.extras is None or not row.extras.snapshots:
        return []
    return [_with_urls(ctx, row, raw) for raw in row.extras.snapshots]


def without_content(raw: Raw) -> Raw:
    """A snapshot for those who may not read content."""
    return Raw(codec.encode(codec.decode(raw, _Bare))[:-2] + _NO_CONTENT)


def _with_urls(ctx: Context, row: MessageRow, raw: Raw) -> Raw:
    now_s = ctx.now_ms() // 1000
    raw = Raw(ctx.links.with_urls(bytes(raw), now_s))
    if b'"attachments":[]' in bytes(raw):
        return raw
    snapshot = codec.decode(raw, Shown).message
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
    return Raw(codec.encode(Shown(message=snapshot)))
