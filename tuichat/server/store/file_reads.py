"""What every store reads of pictures and files: where they belong, and which of them are used."""

from collections.abc import Collection

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store import file_tables, message_files
from tuichat.server.store.message_rows import MessageFile
from tuichat.server.store.readers import Readers
from tuichat.server.store.rows import ImageRow, UploadRow

MAX_NAMERS = 20  # messages that name one file which are looked at: forwards come to many


class FileReads:
    """The reading of pictures and files, which TableStore takes over."""

    _readers: Readers

    async def read_image(self, kind: str, owner_id: int, guild_id: int | None = None) -> ImageRow | None:
        sql = f"{file_tables.IMAGES.select} WHERE kind = ?1 AND owner_id = ?2 AND guild_id = coalesce(?3, guild_id)"
        parameters = (kind, int(owner_id), None if guild_id is None else int(guild_id))
        return await self._readers.one(file_tables.read_image, sql, *parameters)

    async def read_author_avatar(self, webhook_id: int, image_hash: str) -> ImageRow | None:
        sql = f"{file_tables.IMAGES.select} WHERE file = ? AND kind = ? AND owner_id = ? AND hash = ? LIMIT 1"
        parameters = (image_hash.removeprefix("a_"), message_files.MESSAGE_AVATARS, int(webhook_id), image_hash)
        return await self._readers.one(file_tables.read_image, sql, *parameters)

    async def read_message_files(self, attachment_id: int) -> list[MessageFile]:
        sql = (
            "SELECT f.file, f.size_bytes, f.content_type, f.message_id, m.channel_id FROM message_files f"
            " JOIN messages m ON m.id = f.message_id JOIN channels c ON c.id = m.channel_id"
            " WHERE f.attachment_id = ? ORDER BY f.message_id LIMIT ?"
        )
        records = await self._readers.read(lambda c: c.execute(sql, (int(attachment_id), MAX_NAMERS)).fetchall())
        return [MessageFile(r[0], r[1], r[2], Snowflake(r[3]), Snowflake(r[4])) for r in records]

    async def read_uploads(self) -> list[UploadRow]:
        return await self._readers.all(file_tables.read_upload, file_tables.UPLOADS.select)

    async def read_loose_files(self, limit: int) -> list[tuple[int, str]]:
        sql = "SELECT id, file FROM loose_files ORDER BY id LIMIT ?"
        return await self._readers.all(lambda record: (int(record[0]), str(record[1])), sql, limit)

    async def read_used_files(self, names: Collection[str]) -> set[str]:
        marks = ", ".join("?" * len(names))
        sql = f"SELECT file FROM images WHERE file IN ({marks}) UNION SELECT file FROM message_files WHERE file IN ({marks})"  # noqa: S608
        return await self._readers.read(lambda c: {row[0] for row in c.execute(sql, (*names, *names))})

    async def read_files(self, prefix: str) -> set[str]:
        sql = (
            "SELECT file FROM images WHERE file >= ?1 AND file < ?2"
            " UNION SELECT file FROM message_files WHERE file >= ?1 AND file < ?2"
        )
        bounds = (prefix, prefix + "g")  # the letter behind the last one of hex
        return await self._readers.read(lambda c: {row[0] for row in c.execute(sql, bounds)})
