"""How a transaction on PostgreSQL begins and ends, with other nodes that write at the same time."""

import secrets
from collections.abc import Callable, Sequence

from tuichat.server.bus import Event
from tuichat.server.store.connection import Connection, ConnectionLost, DatabaseError
from tuichat.server.store.engine import LAST_ID_KEY, OutcomeUnknown, SearchWrites
from tuichat.server.store.event_log import EventLog
from tuichat.server.store.postgresql.connection import PostgresConnection
from tuichat.server.store.postgresql.search_index import PostgresSearchIndex

COMMIT_KEY = "commit"  # the setting that names a node's last transaction


class PostgresEngine:
    """The writer's side of one node."""

    max_batch = 2048  # measured: the ways to the server and back are shared by more, and beyond it by enough
    is_careful = False  # savepoints are two more ways to the server and back for each write

    def __init__(self, connection: PostgresConnection, wall_ms: Callable[[], int], worker: int) -> None:
        self._server = connection
        self._last_id_key = f"{LAST_ID_KEY}_{worker}" if worker else LAST_ID_KEY
        self._commit_key = f"{COMMIT_KEY}_{worker}"
        add = "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING"
        connection.executemany(add, [(self._last_id_key, "0"), (self._commit_key, "")])
        self.connection: Connection = connection
        self.event_log: EventLog = SharedEventLog(connection, wall_ms)
        self.search: SearchWrites = PostgresSearchIndex(connection)

    def begin(self) -> None:
        self.connection.execute("BEGIN")

    def commit(self, last_id: int) -> None:
        mark = secrets.token_hex(8)
        sql = "UPDATE settings SET value = CASE key WHEN ?1 THEN ?2 ELSE ?3 END WHERE key = ?1 OR key = ?4"
        self.connection.execute(sql, (self._last_id_key, str(last_id), mark, self._commit_key))
        try:
            status = self._server.execute("COMMIT").status
        except ConnectionLost as error:
            if self._was_committed(mark):
                return
            raise ConnectionLost(str(error)) from error
        if status != "COMMIT":
            raise DatabaseError("the transaction was given up before its end")

    def recover(self, error: DatabaseError) -> None:
        if isinstance(error, ConnectionLost):
            self._server.reconnect()

    def _was_committed(self, mark: str) -> bool:
        """Ask what became of a commit whose answer did not come, by the mark that only it wrote.

        A transaction's own id would not do: after a crash of the server, another one can have it.
        """
        sql = "SELECT value FROM settings WHERE key = ? FOR UPDATE"  # waits for the transaction, where it still goes on
        try:
            self._server.reconnect()
            (found,) = self._server.execute(sql, (self._commit_key,)).fetchone()
        except ConnectionLost as error:
            raise OutcomeUnknown(f"the database went away in the middle of a commit ({error})") from error
        return bool(found == mark)


class SharedEventLog(EventLog):
    """Numbers that other nodes give as well: a guild's are taken from its row, which is locked until the commit."""

    def __init__(self, connection: Connection, wall_ms: Callable[[], int]) -> None:
        super().__init__(connection, wall_ms)
        self._sequences = {}

    def begin(self) -> dict[int, int]:
        self._sequences = {}
        return {}

    def _learn(self, batches: Sequence[Sequence[Event]]) -> None:
        guild_ids = {int(event.guild_id) for events in batches for event in events if event.is_kept and event.guild_id}
        # In one order on all nodes, so that none waits for another that waits for it.
        for guild_id in sorted(guild_ids - self._sequences.keys()):
            sql = (
                "INSERT INTO guild_sequences (guild_id, last_seq) VALUES (?, 0) ON CONFLICT (guild_id)"
                " DO UPDATE SET last_seq = guild_sequences.last_seq RETURNING last_seq"
            )
            (self._sequences[guild_id],) = self._connection.execute(sql, (guild_id,)).fetchone()
