"""Whether a database holds together: what SQLite can say of it, and what only we know must be so."""

import sqlite3

from tuichat.server.store.message_batch import read_rows
from tuichat.server.store.search_index import UNINDEXED_KEY, TermsReader, add_terms

MESSAGES_AT_ONCE = 2_000


def search_faults(connection: sqlite3.Connection) -> list[str]:
    """Compare the search index with one that is made anew, for a while, of the messages that there are.

    The connection must stand in no transaction that others write in. Takes some 15 s for a million messages.
    """
    execute = connection.execute
    found = execute("SELECT value FROM settings WHERE key = ?", (UNINDEXED_KEY,)).fetchone()
    bound = 0 if found is None else int(found[0])
    (definition,) = execute("SELECT sql FROM sqlite_master WHERE name = 'message_search'").fetchone()
    execute(definition.replace("TABLE message_search", "TABLE temp.expected_search", 1))
    for name, schema, table in (("kept_terms", "main", "message_search"), ("due_terms", "temp", "expected_search")):
        execute(f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab ({schema}, {table}, col)")
    try:
        reader = TermsReader(connection)
        while rows := read_rows(connection, "WHERE id >= ? ORDER BY id LIMIT ?", (bound, MESSAGES_AT_ONCE)):
            add_terms(connection, "temp.expected_search", [(int(row.id), terms) for row, terms in reader.read(rows)])
            bound = int(rows[-1].id) + 1
        differing = 0
        for one, other in (("kept_terms", "due_terms"), ("due_terms", "kept_terms")):
            sql = f"SELECT count(*) FROM (SELECT * FROM temp.{one} EXCEPT SELECT * FROM temp.{other})"  # noqa: S608
            differing += execute(sql).fetchone()[0]
    finally:
        for name in ("kept_terms", "due_terms", "expected_search"):
            execute(f"DROP TABLE temp.{name}")
    return [f"The search index is not that of the messages: {differing} entries differ."] if differing else []
