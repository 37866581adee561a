"""Whether a database holds together: what SQLite can say of it, and what only we know must be so."""

import sqlite3
from collections.abc import Callable, Iterator

from tuichat.server.store.message_batch import read_rows
from tuichat.server.store.search_index import INDEXED_KEY, UNINDEXED_KEY, TermsReader, add_terms

MESSAGES_AT_ONCE = 2_000
MAX_SHOWN = 10  # faults of one kind that are told; taste

Say = Callable[[str], None]

# Each counts what must not be there.
_RULES = {
    "messages in a channel that is not there": """
        SELECT count(*) FROM (SELECT DISTINCT channel_id FROM messages)
        WHERE channel_id NOT IN (SELECT id FROM channels) AND channel_id NOT IN (SELECT channel_id FROM purges)""",
    "ids above the highest one that was given": """
        SELECT count(*) FROM (SELECT max(id) AS id FROM messages UNION SELECT max(id) FROM channels
            UNION SELECT max(id) FROM users UNION SELECT max(id) FROM guilds UNION SELECT max(id) FROM roles)
        WHERE id > (SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'last_id')""",
    "guilds whose kept events have a gap": """
        SELECT count(*) FROM
            (SELECT guild_id FROM events GROUP BY guild_id HAVING max(seq) - min(seq) + 1 <> count(*))""",
    "guilds with events above their last number": """
        SELECT count(*) FROM (SELECT guild_id, max(seq) AS seq FROM events GROUP BY guild_id) AS newest
        WHERE seq > coalesce((SELECT last_seq FROM guild_sequences AS s WHERE s.guild_id = newest.guild_id), 0)""",
    "nonces of another message": """
        SELECT count(*) FROM nonces JOIN messages ON messages.id = nonces.message_id
        WHERE messages.channel_id <> nonces.channel_id OR messages.author_id <> nonces.author_id
            OR messages.nonce IS NULL OR nonces.nonce <>
                CASE WHEN messages.nonce LIKE '"%' THEN json_extract(messages.nonce, '$') ELSE messages.nonce END""",
    "read states of channels that are not there": """
        SELECT count(*) FROM read_states WHERE channel_id NOT IN (SELECT id FROM channels)""",
    "read states with a count below zero": "SELECT count(*) FROM read_states WHERE mention_count < 0",
    "threads whose channel is not there": """
        SELECT count(*) FROM channels WHERE thread IS NOT NULL
            AND (parent_id IS NULL OR parent_id NOT IN (SELECT id FROM channels))""",
    "attachments without a file": """
        SELECT count(*) FROM messages, json_each(messages.attachments) AS attachment
        WHERE messages.attachments IS NOT NULL AND NOT EXISTS (SELECT 1 FROM message_files AS f
            WHERE f.message_id = messages.id AND f.attachment_id = CAST(json_extract(attachment.value, '$.id') AS INTEGER))""",
    "reactions that are counted wrong": """
        SELECT count(*) FROM reaction_counts AS c WHERE c.count <>
            (SELECT count(*) FROM reactions AS r WHERE r.message_id = c.message_id AND r.emoji = c.emoji)""",
    "reactions that are not counted": """
        SELECT count(*) FROM (SELECT DISTINCT message_id, emoji FROM reactions EXCEPT
            SELECT message_id, emoji FROM reaction_counts)""",
    "guilds whose owner is no member": """
        SELECT count(*) FROM guilds WHERE NOT EXISTS
            (SELECT 1 FROM members WHERE members.guild_id = guilds.id AND members.user_id = guilds.owner_id)""",
    "guilds without a role for everyone": """
        SELECT count(*) FROM guilds WHERE id NOT IN (SELECT id FROM roles)""",
}


def faults(connection: sqlite3.Connection, say: Say) -> list[str]:
    """Look for everything that must not be, one sentence each; `say` is told what is looked at.

    The connection must be one that nobody else writes by, in no transaction. Raises sqlite3.Error for a file that is no
    database.
    """
    found: list[str] = []
    say("SQLite's own check")
    for (sentence,) in connection.execute(f"PRAGMA integrity_check({MAX_SHOWN})"):
        if sentence != "ok":
            found.append(f"SQLite says: {sentence}")
    if found:
        return found  # what else would be said means nothing
    say("what rows refer to")
    found += _loose_references(connection)
    say("our own rules")
    for what, sql in _RULES.items():
        (count,) = connection.execute(sql).fetchone()
        if count:
            found.append(f"{count} {what}.")
    say("the search index")
    return found + search_faults(connection)


def _loose_references(connection: sqlite3.Connection) -> Iterator[str]:
    counts: dict[tuple[str, str], int] = {}
    for table, _, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        counts[(table, parent)] = counts.get((table, parent), 0) + 1
    for (table, parent), count in counts.items():
        yield f"{count} rows of {table} refer to rows of {parent} that are not there."


def search_faults(connection: sqlite3.Connection) -> list[str]:
    """Compare the search index with one that is made anew, for a while, of the messages that there are.

    The connection must stand in no transaction; others may write meanwhile. Takes some 15 s for a million messages.
    """
    execute = connection.execute
    execute("BEGIN")
    try:
        found = dict(execute("SELECT key, value FROM settings WHERE key IN (?, ?)", (UNINDEXED_KEY, INDEXED_KEY)))
        first, last = int(found.get(UNINDEXED_KEY, 0)), int(found.get(INDEXED_KEY, 0))
        differing = _differing_terms(connection, first, last)
    finally:
        execute("ROLLBACK")  # what was made for this goes with it
    return [f"The search index is not that of the messages: {differing} entries differ."] if differing else []


def _differing_terms(connection: sqlite3.Connection, first: int, last: int) -> int:
    """How many terms stand in another number of messages than they should; the index has the ids from `first` to `last`."""
    execute = connection.execute
    (definition,) = execute("SELECT sql FROM sqlite_master WHERE name = 'message_search'").fetchone()
    execute(definition.replace("TABLE message_search", "TABLE temp.expected_search", 1))
    for name, schema, table in (("kept_terms", "main", "message_search"), ("due_terms", "temp", "expected_search")):
        execute(f"CREATE VIRTUAL TABLE temp.{name} USING fts5vocab ({schema}, {table}, col)")
    reader = TermsReader(connection)
    while rows := read_rows(
        connection, "WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?", (first, last, MESSAGES_AT_ONCE)
    ):
        add_terms(connection, "temp.expected_search", [(int(row.id), terms) for row, terms in reader.read(rows)])
        first = int(rows[-1].id) + 1
    return sum(
        execute(f"SELECT count(*) FROM (SELECT * FROM temp.{one} EXCEPT SELECT * FROM temp.{other})").fetchone()[0]  # noqa: S608
        for one, other in (("kept_terms", "due_terms"), ("due_terms", "kept_terms"))
    )
