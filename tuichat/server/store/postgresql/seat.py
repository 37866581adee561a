"""A node's place among those that write to a database, held by locks of the connection that writes."""

import enum
import time

from tuichat.server.store.connection import ConnectionLost
from tuichat.server.store.errors import StoreInUse
from tuichat.server.store.postgresql.connection import PostgresConnection

WORKERS = 1024  # that a snowflake tells apart
GRACE_S = 5.0  # taste: how long the locks of a server that just ended are waited for
RETRY_S = 0.2
_WORKER_LOCKS = 0x7477  # "tw": the space of the locks that nodes hold as long as they write
_SERVER_LOCK = 0x7475_6973  # "tuis": held by each who has the database open


class Nodes(enum.Enum):
    """How many servers have a database open at once."""

    ONE = "one"
    MANY = "many"  # they know of each other by the bus


class Seat:
    """The lock of the database, alone or with others, and a worker number that no other node has."""

    def __init__(self, wanted: int | None, nodes: Nodes, shown: str) -> None:
        """`wanted` None takes the lowest number that is free; `shown` names the database."""
        self.worker = wanted
        self._nodes = nodes
        self._shown = shown
        self._was_taken = False

    def take(self, connection: PostgresConnection) -> None:
        """Raises StoreInUse where it is another's; ConnectionLost while the server still keeps it for a lost connection."""
        self._take_database(connection)
        for worker in range(WORKERS) if self.worker is None else (self.worker,):
            sql = "SELECT pg_try_advisory_lock(CAST(? AS integer), CAST(? AS integer))"
            (is_ours,) = connection.execute(sql, (_WORKER_LOCKS, worker)).fetchone()
            if is_ours:
                self.worker = worker
                self._was_taken = True
                return
        if self._was_taken:
            raise ConnectionLost(f"another connection writes as worker {self.worker}")
        raise StoreInUse(
            "The database has as many writers as there can be."
            if self.worker is None
            else f"Another node writes as worker {self.worker}: give each node a number of its own."
        )

    def _take_database(self, connection: PostgresConnection) -> None:
        lock = "pg_try_advisory_lock" if self._nodes is Nodes.ONE else "pg_try_advisory_lock_shared"
        end = time.monotonic() + (0 if self._was_taken else GRACE_S)
        while True:
            (is_ours,) = connection.execute(f"SELECT {lock}(CAST(? AS bigint))", (_SERVER_LOCK,)).fetchone()
            if is_ours:
                return
            if self._was_taken:
                raise ConnectionLost("another server has the database open")
            if time.monotonic() >= end:
                raise StoreInUse(
                    f"{self._shown} is open in another tuichat server{_where(connection)}. Stop that one first, or give "
                    "--database another database."
                )
            time.sleep(RETRY_S)


def _where(connection: PostgresConnection) -> str:
    """Where the connection of who holds the database comes from, as far as the database tells us."""
    found = connection.execute(
        "SELECT host(client_addr), pid FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND objid = CAST(? AS bigint) AND objsubid = 1 AND granted"
        " AND datid = (SELECT oid FROM pg_database WHERE datname = current_database())",
        (_SERVER_LOCK,),
    ).fetchone()
    if found is None:
        return ""
    host, pid = found
    return f" ({f'on {host}' if host else 'on the same machine as the database'}; its process there is {pid})"
