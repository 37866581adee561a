"""The emojis in memory: a reaction or a message names one by its id."""

from collections.abc import Iterable

from tuichat.server.actions.expression_cache import ExpressionCache
from tuichat.server.store.rows import EmojiRow


class EmojiCache(ExpressionCache[EmojiRow]):
    """Every emoji of this server."""

    def __init__(self, rows: Iterable[EmojiRow] = ()) -> None:
        super().__init__(_owner, rows)


def _owner(row: EmojiRow) -> int:
    owner_id = row.application_id if row.guild_id is None else row.guild_id
    assert owner_id is not None  # one of the two is always there
    return owner_id
