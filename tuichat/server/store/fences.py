"""Fences: a node whose lease has passed to another writes nothing more, however late it wakes."""

from collections.abc import Iterable

import msgspec

from tuichat.server.store.connection import Connection

# One statement that finds, raises and locks: what another node does with the same fence waits for this transaction's end.
_CLAIM = (
    "INSERT INTO fences (owned_id, epoch) VALUES (?, ?) ON CONFLICT (owned_id)"
    " DO UPDATE SET epoch = excluded.epoch WHERE fences.epoch <= excluded.epoch RETURNING epoch"
)


class Fence(msgspec.Struct, frozen=True, order=True):
    """In whose name a write is done: `epoch` is the number of the lease of a guild, or a direct message.

    Each new lease has a higher one. The first write with it shuts every older one out.
    """

    owned_id: int
    epoch: int


def refused(connection: Connection, fences: Iterable[Fence]) -> set[Fence]:
    """In a transaction: which of these are older than one that was written with before. Raises one of ERRORS."""
    # In one order on all nodes, so that none waits for another that waits for it.
    return {
        fence
        for fence in sorted(set(fences))
        if not connection.execute(_CLAIM, (int(fence.owned_id), fence.epoch)).fetchall()
    }
