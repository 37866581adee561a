"""How stages that are live stand in a table."""

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.columns import optional_id
from tuichat.server.store.stage_rows import StageRow
from tuichat.server.store.table import Record, Table, table_of

STAGES = table_of("stages", StageRow, "id")
TABLES: dict[type[msgspec.Struct], Table] = {StageRow: STAGES}


def read_stage(r: Record) -> StageRow:
    return StageRow(
        id=Snowflake(r[0]),
        guild_id=Snowflake(r[1]),
        channel_id=Snowflake(r[2]),
        topic=r[3],
        guild_scheduled_event_id=optional_id(r[4]),
        starter_id=Snowflake(r[5]),
    )
