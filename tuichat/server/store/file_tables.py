"""How it stands in tables which files there are: pictures and sounds of somebody, and what is on its way up."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.rows import ImageRow, UploadRow
from tuichat.server.store.table import Record, table_of

IMAGES = table_of("images", ImageRow, "kind", "owner_id", "guild_id")
UPLOADS = table_of("uploads", UploadRow, "key")


def read_image(r: Record) -> ImageRow:
    return ImageRow(kind=r[0], owner_id=Snowflake(r[1]), guild_id=Snowflake(r[2]), hash=r[3], file=r[4])


def read_upload(r: Record) -> UploadRow:
    return UploadRow(
        key=r[0],
        user_id=Snowflake(r[1]),
        channel_id=Snowflake(r[2]),
        filename=r[3],
        size_bytes=r[4],
        created_ms=r[5],
    )
