"""How much a store holds."""

import msgspec

from tuichat.server.store.connection import Connection

MAX_LISTED = 10  # guilds, and channels; taste

_COUNTS = {
    "accounts": "SELECT count(*) FROM users WHERE is_bot = 0 AND is_system = 0 AND is_deleted = 0",
    "bots": "SELECT count(*) FROM users WHERE is_bot <> 0",
    "guilds": "SELECT count(*) FROM guilds",
    "channels": "SELECT count(*) FROM channels WHERE guild_id IS NOT NULL AND thread IS NULL",
    "threads": "SELECT count(*) FROM channels WHERE thread IS NOT NULL",
    "direct_messages": "SELECT count(*) FROM channels WHERE guild_id IS NULL",
    "members": "SELECT count(*) FROM members",
    "messages": "SELECT count(*) FROM messages",
    "reactions": "SELECT count(*) FROM reactions",
    "sign_ins": "SELECT count(*) FROM tokens",
    "kept_events": "SELECT count(*) FROM events",
    "files": "SELECT count(DISTINCT file) FROM message_files",
    "file_bytes": "SELECT coalesce(sum(size), 0) FROM (SELECT max(size_bytes) AS size FROM message_files GROUP BY file) AS sizes",
    "pictures": "SELECT count(DISTINCT file) FROM images",
}


class Amount(msgspec.Struct, frozen=True):
    """How many messages a guild or a channel has."""

    id: int
    messages: int


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of everything, and the guilds and channels with the most messages, largest first."""

    counts: dict[str, int]
    database_bytes: int
    guilds: list[Amount]
    channels: list[Amount]


def read_statistics(connection: Connection, database_bytes: int) -> Statistics:
    """Count everything: some 100 ms for a million messages."""
    execute = connection.execute
    by_channel = "SELECT channel_id AS id, count(*) AS messages FROM messages GROUP BY channel_id"
    largest = f"SELECT id, messages FROM ({by_channel}) AS counted ORDER BY messages DESC, id LIMIT ?"  # noqa: S608  # words of our own
    channels = execute(largest, (MAX_LISTED,))
    guilds = execute(
        f"SELECT guild_id, sum(messages) AS total FROM ({by_channel}) AS counted JOIN channels ON channels.id = counted.id"  # noqa: S608
        " WHERE guild_id IS NOT NULL GROUP BY guild_id ORDER BY total DESC, guild_id LIMIT ?",
        (MAX_LISTED,),
    )
    return Statistics(
        counts={name: int(execute(sql).fetchone()[0]) for name, sql in _COUNTS.items()},
        database_bytes=database_bytes,
        guilds=[Amount(int(guild_id), int(messages)) for guild_id, messages in guilds],
        channels=[Amount(int(channel_id), int(messages)) for channel_id, messages in channels],
    )
