"""How messages stand in tables, and what waits for some of them: the end of polls, and copies in other channels."""

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.columns import read_ids, write_ids, write_json
from tuichat.server.store.message_rows import (
    AttachmentRow,
    CrosspostRow,
    MessageExtras,
    MessageRow,
    OpenPollRow,
    ReferenceRow,
)
from tuichat.server.store.table import Record, table_of

EMPTY_LIST = b"[]"


def _message_values(row: MessageRow) -> tuple[object, ...]:
    return (
        row.id, row.channel_id, row.author_id, row.type, row.content, row.edited_ms, row.is_tts, row.flags,
        row.mentions_everyone,
        write_ids(row.mention_ids) if row.mention_ids else None,
        write_ids(row.mention_role_ids) if row.mention_role_ids else None,
        None if row.nonce is None else msgspec.json.encode(row.nonce).decode(),
        write_json(row.reference),
        None if row.embeds == EMPTY_LIST else row.embeds.decode(),
        None if row.components == EMPTY_LIST else row.components.decode(),
        write_json(row.attachments or None),
        row.pinned_ms,
        write_json(row.extras),
    )  # fmt: skip


MESSAGES = table_of("messages", MessageRow, "id", values=_message_values)
OPEN_POLLS = table_of("open_polls", OpenPollRow, "message_id")
CROSSPOSTS = table_of("crossposts", CrosspostRow, "source_id", "message_id")


def read_message(r: Record) -> MessageRow:
    return MessageRow(
        id=Snowflake(r[0]),
        channel_id=Snowflake(r[1]),
        author_id=Snowflake(r[2]),
        type=r[3],
        content=r[4],
        edited_ms=r[5],
        is_tts=bool(r[6]),
        flags=r[7],
        mentions_everyone=bool(r[8]),
        mention_ids=read_ids(r[9]) if r[9] else (),
        mention_role_ids=read_ids(r[10]) if r[10] else (),
        nonce=None if r[11] is None else msgspec.json.decode(r[11], type=str | int),
        reference=None if r[12] is None else codec.decode(r[12].encode(), ReferenceRow),
        embeds=EMPTY_LIST if r[13] is None else r[13].encode(),
        components=EMPTY_LIST if r[14] is None else r[14].encode(),
        attachments=() if r[15] is None else codec.decode(r[15].encode(), tuple[AttachmentRow, ...]),
        pinned_ms=r[16],
        extras=None if r[17] is None else codec.decode(r[17].encode(), MessageExtras),
    )
