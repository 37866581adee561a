"""The history of each guild: its events, numbered, in the transaction of what they tell of."""

from collections.abc import Callable, Sequence

import msgspec

from tuichat.server.bus import Event
from tuichat.server.store.connection import Connection
from tuichat.server.store.message_batch import insert_rows

MAX_EVENTS_PER_GUILD = 10_000


class EventLog:
    """Belongs to the writing thread."""

    def __init__(self, connection: Connection, wall_ms: Callable[[], int]) -> None:
        self._connection = connection
        self._wall_ms = wall_ms
        self._sequences: dict[int, int] = dict(connection.execute("SELECT guild_id, last_seq FROM guild_sequences"))

    def begin(self) -> dict[int, int]:
        """A transaction begins: return the point to go back to should it fail."""
        return self.mark()

    def mark(self) -> dict[int, int]:
        """Return a point of the transaction to go back to."""
        return dict(self._sequences)

    def go_back(self, mark: dict[int, int]) -> None:
        """Give the numbers again that were given since: it was rolled back."""
        self._sequences = mark

    def keep(self, batches: Sequence[Sequence[Event]]) -> list[list[Event]]:
        """Number the events that belong to a guild's history, and store them. Raises one of ERRORS."""
        self._learn(batches)
        rows: list[tuple[object, ...]] = []
        full: list[tuple[int, int]] = []
        now_ms = self._wall_ms()
        kept: list[list[Event]] = []
        for events in batches:
            numbered = []
            for event in events:
                guild_id = event.guild_id
                if event.is_kept and guild_id is not None:
                    seq = self._sequences[guild_id] = self._sequences.get(guild_id, 0) + 1
                    event = msgspec.structs.replace(event, seq=seq)
                    rows.append((int(guild_id), seq, now_ms, _encoder.encode(event)))
                    if seq % 1000 == 0:
                        full.append((int(guild_id), seq))
                numbered.append(event)
            kept.append(numbered)
        insert_rows(self._connection, "INSERT INTO events (guild_id, seq, created_ms, event) VALUES", rows)
        for guild_id, seq in full:
            self._connection.execute(
                "DELETE FROM events WHERE guild_id = ? AND seq <= ?", (guild_id, seq - MAX_EVENTS_PER_GUILD)
            )
        return kept

    def _learn(self, batches: Sequence[Sequence[Event]]) -> None:
        """Find out the last numbers of guilds: nobody else gives any, so they are known."""

    def stage(self, since: dict[int, int]) -> None:
        """Before the commit: write the last number of each guild where it is another than at the mark `since`."""
        changed = self._sequences.items() - since.items()
        if changed:
            self._connection.executemany(
                "INSERT INTO guild_sequences VALUES (?, ?) ON CONFLICT (guild_id) DO UPDATE SET last_seq = excluded.last_seq",
                list(changed),
            )


def decode_event(data: bytes) -> Event:
    return _decoder.decode(data)


def _as_plain(value: object) -> int:
    if isinstance(value, int):  # a Snowflake
        return int(value)
    raise NotImplementedError(f"{type(value).__name__} has no place in an event")


_encoder = msgspec.msgpack.Encoder(enc_hook=_as_plain)
_decoder = msgspec.msgpack.Decoder(Event)
