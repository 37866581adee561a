"""Many new messages in a few statements.

Every call into SQLite gives up the interpreter's lock and has to win it back from a busy loop, which costs more than the
insert. So the messages that wait together are written table by table, as many rows as one statement takes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from tuichat.server.store import message_files, message_tables, polls
from tuichat.server.store.connection import Connection, TakesLists
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import MessageRow

MAX_ROWS = 64  # in one statement; SQLite takes 32766 parameters
NONCE_LIFE_MS = 86_400_000

_MESSAGES = f"INSERT INTO messages ({', '.join(message_tables.MESSAGES.columns)}) VALUES"
_NONCES = "INSERT INTO nonces (channel_id, author_id, nonce, message_id, created_ms) VALUES"
_NONCE_AGAIN = (
    "ON CONFLICT (channel_id, author_id, nonce) DO UPDATE"
    " SET message_id = excluded.message_id, created_ms = excluded.created_ms"
)
_READ_STATES = "INSERT INTO read_states (user_id, channel_id, last_message_id, mention_count) VALUES"
_RAISE = (
    "ON CONFLICT (user_id, channel_id) DO UPDATE SET mention_count = read_states.mention_count + excluded.mention_count"
)
_READ = (
    "ON CONFLICT (user_id, channel_id) DO UPDATE"
    " SET last_message_id = excluded.last_message_id, mention_count = excluded.mention_count"
)
_RAISE_IN_GUILD = " ".join(
    (
        "INSERT INTO read_states (user_id, channel_id, last_message_id, mention_count)",
        "SELECT user_id, ?1, NULL, 1 FROM members WHERE guild_id = ?2 AND user_id <> ?3",
        "AND user_id NOT IN (SELECT user_id FROM guild_settings WHERE guild_id = ?2 AND suppresses & 1 <> 0 AND suppresses <> 0)",
        "AND user_id NOT IN (SELECT user_id FROM relationships WHERE other_id = ?3 AND (type = 2 OR is_ignored <> 0))",
        _RAISE,
    )
)
_NONCE_KEY = "(CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT))"

NonceKey = tuple[int, int, str]


class NewMessage(msgspec.Struct, frozen=True):
    """A message to insert, as `Store.add_message` describes it."""

    row: MessageRow
    is_nonce_unique: bool = False
    pinged_ids: tuple[int, ...] = ()
    pings_guild_id: int | None = None
    marks_read: bool = False

    @property
    def nonce_key(self) -> NonceKey | None:
        if not self.is_nonce_unique or self.row.nonce is None:
            return None
        return (int(self.row.channel_id), int(self.row.author_id), str(self.row.nonce))


class Repeated(msgspec.Struct, frozen=True):
    """The message was sent before with the same nonce: this is the first one."""

    row: MessageRow


Outcome = MessageRow | Repeated | Conflict


def add_messages(connection: Connection, messages: Sequence[NewMessage]) -> list[Outcome]:
    """Insert messages in their order, and say of each what became of it. Raises one of ERRORS; then nothing may stay."""
    channels = _existing_channels(connection, {int(new.row.channel_id) for new in messages})
    taken = _taken_nonces(connection, messages)
    outcomes: list[Outcome] = []
    added: list[NewMessage] = []
    for new in messages:
        if int(new.row.channel_id) not in channels:
            outcomes.append(Conflict("The channel of the message is gone."))
            continue
        key = new.nonce_key
        if key is not None:
            first = taken.get(key)
            if first is not None:
                outcomes.append(first)
                continue
            taken[key] = Repeated(new.row)
        added.append(new)
        outcomes.append(new.row)
    _insert(connection, added)
    return outcomes


def _insert(connection: Connection, added: Sequence[NewMessage]) -> None:
    insert_rows(connection, _MESSAGES, [message_tables.MESSAGES.values(new.row) for new in added])
    message_files.add(connection, (new.row for new in added))
    polls.open_with(connection, (new.row for new in added))
    nonces = [(*key, int(new.row.id), new.row.id.timestamp_ms) for new in added if (key := new.nonce_key) is not None]
    insert_rows(connection, _NONCES, nonces, _NONCE_AGAIN)
    raised: Counter[tuple[int, int]] = Counter()  # mentions, by user and channel
    read: dict[tuple[int, int], tuple[int, int]] = {}  # last message and mentions since, likewise

    def flush() -> None:
        insert_rows(connection, _READ_STATES, [(*place, None, count) for place, count in raised.items()], _RAISE)
        insert_rows(connection, _READ_STATES, [(*place, *state) for place, state in read.items()], _READ)
        raised.clear()
        read.clear()

    for new in added:
        channel_id, author_id = int(new.row.channel_id), int(new.row.author_id)
        if new.pings_guild_id is not None:
            flush()  # what came before in this batch stands before it in the table too
            connection.execute(_RAISE_IN_GUILD, (channel_id, new.pings_guild_id, author_id))
        else:
            for user_id in new.pinged_ids:
                place = (int(user_id), channel_id)
                if user_id == author_id:
                    continue
                if place in read:
                    last, mentions = read[place]
                    read[place] = (last, mentions + 1)
                else:
                    raised[place] += 1
        if new.marks_read:
            raised.pop((author_id, channel_id), None)
            read[(author_id, channel_id)] = (int(new.row.id), 0)
    flush()


def insert_rows(connection: Connection, insert: str, rows: Sequence[tuple[object, ...]], suffix: str = "") -> None:
    """Insert rows, up to 64 with one statement; sizes are powers of two, so that few statements are compiled.

    A database that takes columns as lists gets them all at once.
    """
    if isinstance(connection, TakesLists):
        connection.insert_rows(insert, rows, suffix)
        return
    begin = 0
    while begin < len(rows):
        size = 1 << (min(len(rows) - begin, MAX_ROWS).bit_length() - 1)
        chunk = rows[begin : begin + size]
        marks = f"({', '.join('?' * len(chunk[0]))})"
        statement = f"{insert} {', '.join([marks] * size)} {suffix}"
        connection.execute(statement, [value for row in chunk for value in row])
        begin += size


def read_rows(connection: Connection, where: str, parameters: Sequence[object]) -> list[MessageRow]:
    """Read the messages that a clause with its parameters names."""
    return [
        message_tables.read_message(record)
        for record in connection.execute(f"{message_tables.MESSAGES.select} {where}", parameters)
    ]


def _existing_channels(connection: Connection, wanted: Iterable[int]) -> set[int]:
    ids = list(wanted)
    found: set[int] = set()
    for begin in range(0, len(ids), MAX_ROWS):
        chunk = ids[begin : begin + MAX_ROWS]
        sql = f"SELECT id FROM channels WHERE id IN ({', '.join('?' * len(chunk))})"  # noqa: S608  # marks only
        found.update(channel_id for (channel_id,) in connection.execute(sql, chunk))
    return found


def _taken_nonces(connection: Connection, messages: Sequence[NewMessage]) -> dict[NonceKey, Repeated | Conflict]:
    """The nonces that a message of the last day has; Conflict where that message was deleted since."""
    wanted = {key: new.row.id.timestamp_ms for new in messages if (key := new.nonce_key) is not None}
    keys = list(wanted)
    taken: dict[NonceKey, Repeated | Conflict] = {}
    for begin in range(0, len(keys), MAX_ROWS):
        chunk = keys[begin : begin + MAX_ROWS]
        sql = (
            "SELECT channel_id, author_id, nonce, message_id, created_ms FROM nonces"  # noqa: S608  # marks only
            f" WHERE (channel_id, author_id, nonce) IN (VALUES {', '.join([_NONCE_KEY] * len(chunk))})"
        )
        for channel_id, author_id, nonce, message_id, created_ms in connection.execute(
            sql, [part for key in chunk for part in key]
        ).fetchall():
            key = (channel_id, author_id, nonce)
            if created_ms <= wanted[key] - NONCE_LIFE_MS:
                continue
            record = connection.execute(f"{message_tables.MESSAGES.select} WHERE id = ?", (message_id,)).fetchone()
            taken[key] = (
                Conflict("The message with this nonce was deleted.")
                if record is None
                else Repeated(message_tables.read_message(record))
            )
    return taken
