"""Purges: the messages of channels that are gone, removed a little at a time."""

import logging

from tuichat.server.store.connection import ERRORS, Connection
from tuichat.server.store.engine import SearchWrites
from tuichat.server.store.message_batch import read_rows

logger = logging.getLogger(__name__)

STEP = 500  # messages removed at once; a write that comes meanwhile waits for so many


class Purges:
    """Belongs to the writing thread."""

    def __init__(self, connection: Connection, search: SearchWrites) -> None:
        self._connection = connection
        self._search = search
        self._channel_ids: list[int] = []
        self._has_new = True

    def add(self, channel_id: int, guild_id: int | None) -> None:
        """In a write: remove a gone channel's messages later, when there is nothing else to do."""
        self._connection.execute(
            "INSERT INTO purges (channel_id, guild_id) VALUES (?, ?) ON CONFLICT DO NOTHING", (channel_id, guild_id)
        )
        self._has_new = True

    def finish(self, channel_id: int) -> None:
        """In a write: remove all that is left of a gone channel whose id is taken anew."""
        if self._connection.execute("SELECT 1 FROM purges WHERE channel_id = ?", (channel_id,)).fetchone() is None:
            return
        while self._remove_some(channel_id):
            pass
        self._has_new = True

    def has_some(self) -> bool:
        """Whether there is something to remove."""
        if self._has_new:
            try:
                found = self._connection.execute("SELECT channel_id FROM purges")
            except ERRORS as error:
                logger.error("The deleted channels cannot be read: %s", error)
                return False
            self._has_new = False
            self._channel_ids = [channel for (channel,) in found]
        return bool(self._channel_ids)

    def step(self) -> None:
        """Remove some messages of the first channel, when there is nothing else to do."""
        channel_id = self._channel_ids[0]
        try:
            with self._search.transaction():
                has_more = self._remove_some(channel_id)
            if not has_more:
                del self._channel_ids[0]
        except ERRORS as error:
            logger.error("Messages of a deleted channel could not be removed: %s", error)
            del self._channel_ids[0]  # the next start tries again

    def _remove_some(self, channel_id: int) -> bool:
        """Remove some messages of a gone channel, and say whether there may be more."""
        rows = read_rows(self._connection, "WHERE channel_id = ? ORDER BY id LIMIT ?", (channel_id, STEP))
        self._search.removed(rows)
        if rows:
            self._connection.execute(
                "DELETE FROM messages WHERE channel_id = ? AND id <= ?", (channel_id, int(rows[-1].id))
            )
        if len(rows) < STEP:
            self._connection.execute("DELETE FROM purges WHERE channel_id = ?", (channel_id,))
        return len(rows) == STEP
