"""How channels stand in tables, who is in threads, and how far each channel was read."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.channel_rows import ChannelRow, ForumFields, OverwriteRow, ThreadFields, ThreadMemberRow
from tuichat.server.store.columns import optional_id, read_ids, write_ids, write_json
from tuichat.server.store.rows import ReadStateRow
from tuichat.server.store.table import Record, table_of


def _channel_values(row: ChannelRow) -> tuple[object, ...]:
    return (
        row.id, row.type, row.guild_id, row.name, row.position, row.parent_id, write_overwrites(row.overwrites),
        row.topic, row.is_nsfw, row.rate_limit_s, row.bitrate, row.user_limit, row.flags, row.owner_id, row.icon,
        write_ids(row.recipient_ids) if row.recipient_ids else None,
        row.default_auto_archive_minutes, row.default_thread_rate_limit_s,
        write_json(row.thread), write_json(row.forum), row.rtc_region, row.video_quality,
    )  # fmt: skip


class _Overwrite(msgspec.Struct, array_like=True):
    id: int
    type: int
    allow: int
    deny: int


def write_overwrites(overwrites: Sequence[OverwriteRow]) -> str:
    packed = [_Overwrite(int(o.id), o.type, int(o.allow), int(o.deny)) for o in overwrites]
    return msgspec.json.encode(packed).decode()


def _read_overwrites(text: str) -> tuple[OverwriteRow, ...]:
    return tuple(
        OverwriteRow(id=Snowflake(o.id), type=o.type, allow=Permissions(o.allow), deny=Permissions(o.deny))
        for o in msgspec.json.decode(text, type=list[_Overwrite])
    )


CHANNELS = table_of("channels", ChannelRow, "id", values=_channel_values)
THREAD_MEMBERS = table_of("thread_members", ThreadMemberRow, "thread_id", "user_id")
READ_STATES = table_of("read_states", ReadStateRow, "user_id", "channel_id")


def read_channel(r: Record) -> ChannelRow:
    return ChannelRow(
        id=Snowflake(r[0]),
        type=r[1],
        guild_id=optional_id(r[2]),
        name=r[3],
        position=r[4],
        parent_id=optional_id(r[5]),
        overwrites=_read_overwrites(r[6]),
        topic=r[7],
        is_nsfw=bool(r[8]),
        rate_limit_s=r[9],
        bitrate=r[10],
        user_limit=r[11],
        flags=r[12],
        owner_id=optional_id(r[13]),
        icon=r[14],
        recipient_ids=read_ids(r[15]) if r[15] else (),
        default_auto_archive_minutes=r[16],
        default_thread_rate_limit_s=r[17],
        thread=None if r[18] is None else codec.decode(r[18].encode(), ThreadFields),
        forum=None if r[19] is None else codec.decode(r[19].encode(), ForumFields),
        rtc_region=r[20],
        video_quality=r[21],
    )


def read_thread_member(r: Record) -> ThreadMemberRow:
    return ThreadMemberRow(thread_id=Snowflake(r[0]), user_id=Snowflake(r[1]), joined_ms=r[2], flags=r[3])


def read_read_state(r: Record) -> ReadStateRow:
    return ReadStateRow(
        user_id=Snowflake(r[0]), channel_id=Snowflake(r[1]), last_message_id=optional_id(r[2]), mention_count=r[3],
        version=r[4], last_pin_ms=r[5], flags=r[6], last_viewed=r[7],
    )  # fmt: skip
