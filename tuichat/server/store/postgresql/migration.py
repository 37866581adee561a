"""Bringing a PostgreSQL database to this release's shape."""

from tuichat.server.store.connection import ERRORS
from tuichat.server.store.errors import StoreError, StoreTooNew
from tuichat.server.store.migration import migrations
from tuichat.server.store.postgresql.connection import PostgresConnection

FOLDER = "tuichat.server.store.postgresql.migrations"
_LOCK = 0x7475_6963  # "tuic": one node at a time brings a database to its shape


def migrate(connection: PostgresConnection, shown: str) -> None:
    """Apply the steps that the database has not had, each in a transaction; other nodes that start meanwhile wait.

    Raises StoreTooNew for a database of a newer release, StoreError when a step fails; the database then is as before it.
    """
    steps = migrations(FOLDER)
    newest = steps[-1].version
    connection.execute("SELECT pg_advisory_lock(?)", (_LOCK,))
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS format (version BIGINT NOT NULL)")
        found = connection.execute("SELECT version FROM format").fetchone()
        version = 0 if found is None else int(found[0])
        if version > newest:
            raise StoreTooNew(
                f"{shown} was written by a newer tuichat (its format is {version}, this one knows {newest}). Update tuichat."
            )
        for step in steps:
            if step.version <= version:
                continue
            noted = f"DELETE FROM format; INSERT INTO format VALUES ({step.version})"  # noqa: S608  # a number of ours
            try:
                connection.script(f"{step.sql}\n{noted};")
            except ERRORS as error:
                raise StoreError(
                    f"{shown} could not be brought to format {step.version} ({step.name}): {error}."
                ) from error
    finally:
        connection.execute("SELECT pg_advisory_unlock(?)", (_LOCK,))
