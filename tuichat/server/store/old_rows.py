"""Old rows: events, nonces, entries of the audit log and invites are kept for a time, and then forgotten."""

import logging

from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT
from tuichat.server.store.connection import ERRORS, Connection
from tuichat.server.store.message_batch import NONCE_LIFE_MS

logger = logging.getLogger(__name__)

EVENT_LIFE_MS = 86_400_000
AUDIT_LIFE_MS = 45 * 86_400_000  # Discord's documentation, "Audit Logs"
STEP = 500  # rows removed at once; a write that comes meanwhile waits for so many


def forget_old_rows(connection: Connection, now_ms: int) -> bool:
    """Forget some of each kind, and say whether there may be more."""
    removed = 0
    for table, key, age, oldest in (
        ("events", "guild_id, seq", "created_ms", now_ms - EVENT_LIFE_MS),
        ("nonces", "channel_id, author_id, nonce", "created_ms", now_ms - NONCE_LIFE_MS),
        ("audit_log", "id", "id", max(now_ms - AUDIT_LIFE_MS - EPOCH_MS, 0) << TIMESTAMP_SHIFT),
    ):
        old = f"SELECT {key} FROM {table} WHERE {age} < ? LIMIT ?"  # noqa: S608  # names of our own
        sql = f"DELETE FROM {table} WHERE ({key}) IN ({old})"  # noqa: S608  # likewise
        try:
            removed = max(removed, connection.execute(sql, (oldest, STEP)).rowcount)
        except ERRORS as error:
            logger.error("Old rows of %s could not be forgotten: %s", table, error)
    expired = "SELECT code FROM invites WHERE max_age_s > 0 AND created_ms + max_age_s * 1000 <= ? LIMIT ?"
    try:
        sql = f"DELETE FROM invites WHERE code IN ({expired})"  # noqa: S608  # a constant
        removed = max(removed, connection.execute(sql, (now_ms, STEP)).rowcount)
    except ERRORS as error:
        logger.error("Expired invites could not be removed: %s", error)
    return removed == STEP
