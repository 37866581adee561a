"""An empty PostgreSQL database that a store moves to."""

import contextlib
from collections.abc import Sequence

from tuichat.server.store.connection import ERRORS
from tuichat.server.store.database import Database
from tuichat.server.store.engine import LAST_ID_KEY
from tuichat.server.store.errors import StoreError
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.postgresql.connection import PostgresConnection
from tuichat.server.store.postgresql.seat import Nodes
from tuichat.server.store.postgresql.store import PostgresDatabase, take_database
from tuichat.server.store.row_copy import CopiedTable

# What a database has that was opened, and no more.
_BEGINNING = "key IN ('server_id', 'last_id') OR substr(key, 1, 7) IN ('commit_', 'search_', 'last_id')"


class PostgresDestination:
    """As Destination tells. All rows come in one transaction: who looks sees none of them, or all."""

    connection: PostgresConnection

    def __init__(self, url: str) -> None:
        self._address = DatabaseAddress(url)
        self._tables: Sequence[CopiedTable] = ()
        self._is_open = False

    @property
    def shown(self) -> str:
        return str(self._address)

    def open(self, tables: Sequence[CopiedTable]) -> None:
        self._tables = tables
        self.connection, _ = take_database(self._address, 0, Nodes.ONE)
        self._is_open = True
        execute = self.connection.execute
        execute("BEGIN")
        execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        for table in tables:
            but = f" WHERE NOT ({_BEGINNING})" if table.name == "settings" else ""
            sql = f"SELECT 1 FROM {table.name}{but} LIMIT 1"  # noqa: S608  # names of our own
            if execute(sql).fetchone() is not None:
                raise StoreError(
                    f"There is data of a server in {self.shown} already. Give an empty database: `createdb` makes one."
                )
            execute(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        execute("DELETE FROM settings")

    def prepare(self) -> None:
        for table in self._tables:
            self.connection.execute(f"ANALYZE {table.name}")  # else the first statements find slow ways

    def commit(self, last_id: int) -> None:
        execute = self.connection.execute
        for table in self._tables:
            execute(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
        execute("INSERT INTO settings VALUES (?, ?)", (LAST_ID_KEY, str(last_id)))
        execute(
            "SELECT setval(pg_get_serial_sequence('loose_files', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL)"
            " FROM loose_files"
        )
        if execute("COMMIT").status != "COMMIT":
            raise StoreError(f"{self.shown} gave the transaction up before its end.")

    def database(self) -> Database:
        return PostgresDatabase(self._address, self.connection, 0)

    def discard(self) -> None:
        if self._is_open:
            with contextlib.suppress(*ERRORS):
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
            self.connection.close()
