"""How stages that are live stand in a table."""

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.live_room import Hands, Openness
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.columns import optional_id, read_ids, write_ids
from tuichat.server.store.stage_rows import StageRow
from tuichat.server.store.table import Record, Table, table_of


def _values(row: StageRow) -> tuple[object, ...]:
    return (
        row.id, row.guild_id, row.channel_id, row.topic, row.guild_scheduled_event_id, row.starter_id, row.description,
        row.language, codec.encode(row.tags).decode(), row.openness.value, row.role_id, row.hands.value, row.link,
        write_ids(row.host_ids), write_ids(row.invited_ids), write_ids(row.blocked_ids),
    )  # fmt: skip


STAGES = table_of("stages", StageRow, "id", values=_values)
TABLES: dict[type[msgspec.Struct], Table] = {StageRow: STAGES}


def read_stage(r: Record) -> StageRow:
    return StageRow(
        id=Snowflake(r[0]),
        guild_id=Snowflake(r[1]),
        channel_id=Snowflake(r[2]),
        topic=r[3],
        guild_scheduled_event_id=optional_id(r[4]),
        starter_id=Snowflake(r[5]),
        description=r[6],
        language=r[7],
        tags=codec.decode(r[8].encode(), tuple[str, ...]),
        openness=Openness(r[9]),
        role_id=optional_id(r[10]),
        hands=Hands(r[11]),
        link=r[12],
        host_ids=read_ids(r[13]),
        invited_ids=read_ids(r[14]),
        blocked_ids=read_ids(r[15]),
    )
