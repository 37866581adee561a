"""Which node should own which guild: evenly, and so that few move when a node comes or goes.

Rendezvous hashing (Thaler and Ravishankar, 1998): each node draws a number for each guild, and the highest has it.
"""

from collections.abc import Collection, Iterable
from hashlib import blake2b


def preferred(guild_id: int, node_ids: Collection[str]) -> str | None:
    """Return the node that should own a guild; None where there is no node."""
    return max(node_ids, key=lambda node_id: _draw(guild_id, node_id), default=None)


def misplaced(guild_ids: Iterable[int], node_id: str, node_ids: Collection[str]) -> list[int]:
    """Return those of a node's guilds that another should own."""
    return [guild_id for guild_id in guild_ids if preferred(guild_id, node_ids) != node_id]


def _draw(guild_id: int, node_id: str) -> bytes:
    return blake2b(f"{int(guild_id)} {node_id}".encode(), digest_size=8).digest()
