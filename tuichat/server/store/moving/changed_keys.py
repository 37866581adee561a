"""Which rows are written while a store moves: triggers note their keys."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from tuichat.server.store.connection import Connection
from tuichat.server.store.moving.rows_of_keys import Key
from tuichat.server.store.row_copy import CopiedTable

TABLE = "moved_keys"
_TAKE = f"SELECT DISTINCT name, CAST(key AS TEXT) FROM {TABLE}"  # noqa: S608  # a name of ours
_decoder = msgspec.json.Decoder(list[int | str])


class ChangedKeys(Protocol):
    """Belongs to the writing connection."""

    def begin(self, connection: Connection, tables: Sequence[CopiedTable]) -> None:
        """From now on note keys; what an attempt before left is cleared away."""
        ...

    def end(self, connection: Connection) -> None:
        """Note no more."""
        ...


def take_keys(connection: Connection) -> dict[str, list[Key]]:
    """The keys that were noted since, by table."""
    taken: dict[str, list[Key]] = {}
    for name, key in connection.execute(_TAKE).fetchall():
        taken.setdefault(name, []).append(tuple(_decoder.decode(key)))
    connection.execute(f"DELETE FROM {TABLE}")  # noqa: S608  # likewise
    return taken


class EmbeddedChangedKeys:
    """Triggers that the connection alone has: when it ends, in whatever way, nothing of them was ever in the file."""

    def begin(self, connection: Connection, tables: Sequence[CopiedTable]) -> None:
        self.end(connection)
        connection.execute(f"CREATE TEMP TABLE {TABLE} (name TEXT NOT NULL, key TEXT NOT NULL)")
        for table in tables:
            for happening, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
                notes = "".join(
                    f"INSERT INTO {TABLE} VALUES ('{table.name}', json_array({', '.join(f'{row}.{c}' for c in table.key)}));"  # noqa: S608
                    for row in rows
                )
                connection.execute(
                    f"CREATE TEMP TRIGGER moved_{table.name}_{happening} AFTER {happening} ON main.{table.name} BEGIN {notes} END"
                )

    def end(self, connection: Connection) -> None:
        found = connection.execute(
            "SELECT name FROM temp.sqlite_master WHERE type = 'trigger' AND name LIKE 'moved\\_%' ESCAPE '\\'"
        )
        for (name,) in found.fetchall():
            connection.execute(f"DROP TRIGGER temp.{name}")
        connection.execute(f"DROP TABLE IF EXISTS temp.{TABLE}")


class PostgresChangedKeys:
    """Triggers in the database; those that a crash left there note for nobody, until the next `begin` or `end`."""

    def begin(self, connection: Connection, tables: Sequence[CopiedTable]) -> None:
        self.end(connection)
        connection.execute(f"CREATE UNLOGGED TABLE {TABLE} (name TEXT NOT NULL, key JSONB NOT NULL)")
        connection.execute(_NOTE)
        for table in tables:
            columns = ", ".join(f"'{column}'" for column in table.key)
            connection.execute(
                f"CREATE TRIGGER moved_key AFTER INSERT OR UPDATE OR DELETE ON {table.name} FOR EACH ROW"
                f" EXECUTE FUNCTION note_moved_key({columns})"
            )

    def end(self, connection: Connection) -> None:
        connection.execute("DROP FUNCTION IF EXISTS note_moved_key CASCADE")
        connection.execute(f"DROP TABLE IF EXISTS {TABLE}")


_KEY = (
    "(SELECT jsonb_agg(to_jsonb({row}) -> name ORDER BY place) FROM unnest(TG_ARGV) WITH ORDINALITY AS k (name, place))"
)
_NOTE = f"""
CREATE FUNCTION note_moved_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO {TABLE} VALUES (TG_TABLE_NAME, {_KEY.format(row="OLD")});
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO {TABLE} VALUES (TG_TABLE_NAME, {_KEY.format(row="NEW")});
    END IF;
    RETURN NULL;
END
$$
"""  # noqa: S608  # names of our own
