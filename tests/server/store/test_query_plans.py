"""No read goes through a whole table that grows with what people write."""

import inspect
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.store.conftest import World, embedded_only
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.message_rows import MessageRow, ReferenceRow
from tuichat.server.store.message_search import MessageSearch
from tuichat.server.store.readers import Readers
from tuichat.server.store.social_store import MentionQuery
from tuichat.server.store.store import Store

GROWING = (
    "messages",
    "reactions",
    "reaction_counts",
    "events",
    "nonces",
    "read_states",
    "message_files",
    "audit_log",
    "scheduled_event_users",
)
# At a start, and when somebody asks for all of it.
WHOLE = {"load", "statistics", "copy_to"}
READS = re.compile(r"read_|count_|search$|find_")
MESSAGE = MessageRow(
    id=Snowflake(1),
    channel_id=Snowflake(2),
    author_id=Snowflake(3),
    type=19,
    reference=ReferenceRow(message_id=Snowflake(4), channel_id=Snowflake(2)),
)
ARGUMENTS: dict[str, object] = {
    "int": 1,
    "int | None": 1,
    "str": "x",
    "str | None": "x",
    "bool": True,
    "Sequence[int]": [1, 2],
    "Collection[int]": [1, 2],
    "Iterable[int]": [1, 2],
    "Sequence[Snowflake]": [1, 2],
    "Collection[str]": ["x", "y"],
    "Iterable[str]": ["x", "y"],
    "Sequence[str]": ["x", "y"],
    "set[str]": {"x", "y"},
    "set[int]": {1, 2},
    "Sequence[MessageRow]": [MESSAGE],
    "MentionQuery": MentionQuery(user_id=1, after=1, before=2**60),
    "MessageSearch": MessageSearch(guild_id=1, phrases=("x",)),
}


def calls(method: Callable[..., Any]) -> Iterator[dict[str, object]]:
    """Arguments of every kind for a method: all that it takes, and for each optional one, once without it."""
    parameters = list(inspect.signature(method).parameters.values())
    given = {}
    for parameter in parameters:
        kind = re.sub(r"\w+\.", "", inspect.formatannotation(parameter.annotation))
        if kind not in ARGUMENTS:
            assert parameter.default is not parameter.empty, f"{method.__name__}: give ARGUMENTS something for {kind}"
            continue
        given[parameter.name] = ARGUMENTS[kind]
    yield given
    for parameter in parameters:
        if parameter.default is not parameter.empty and parameter.name in given:
            yield {name: value for name, value in given.items() if name != parameter.name}


def scanned(connection: sqlite3.Connection, sql: str) -> list[str]:
    """The growing tables that a statement goes through from end to end."""
    names = {table: table for table in GROWING}
    for table, alias in re.findall(r"(?:FROM|JOIN) (\w+) (?:AS )?(\w+)", sql):
        if table in GROWING and alias.upper() not in ("WHERE", "ORDER", "GROUP", "JOIN", "ON", "LIMIT"):
            names[alias] = table
    plan = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    return [names[match[1]] for detail in plan if (match := re.match(r"SCAN (\w+)", detail)) and match[1] in names]


@embedded_only
async def test_no_read_goes_through_all_messages(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements: set[str] = set()
    connect = Readers._connection

    def traced(readers: Readers) -> sqlite3.Connection:
        connection = connect(readers)
        assert isinstance(connection, sqlite3.Connection)
        connection.set_trace_callback(statements.add)
        return connection

    monkeypatch.setattr(Readers, "_connection", traced)
    tried = 0
    with sqlite3.connect(tmp_path / DATABASE_NAME) as plain:
        for name, _ in inspect.getmembers(Store, inspect.iscoroutinefunction):
            if not READS.match(name) or name in WHOLE:
                continue
            for given in calls(getattr(world.store, name)):
                statements.clear()
                await getattr(world.store, name)(**given)
                tried += len(statements)
                for sql in statements:
                    if sql.lstrip().upper().startswith(("SELECT", "WITH")):
                        assert scanned(plain, sql) == [], f"Store.{name}({given}) scans: {sql}"
    plain.close()
    assert tried > 30


def test_a_scan_is_seen(tmp_path: Path) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, content TEXT)")
    assert scanned(connection, "SELECT * FROM messages WHERE content = 'x'") == ["messages"]
    assert scanned(connection, "SELECT m.id FROM messages m WHERE m.content = 'x'") == ["messages"]
    assert scanned(connection, "SELECT m.id FROM messages AS m WHERE m.id > 3") == []
    connection.close()
