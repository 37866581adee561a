"""Who may write to whom, as people set it, in memory: every direct message asks for it."""

from collections.abc import Iterable
from enum import IntFlag

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.social_rows import PrivacyRow


class FriendSource(IntFlag):
    """Who may ask for friendship; Discord's documentation, "Friend Source Flags"."""

    MUTUAL_FRIENDS = 1 << 1
    MUTUAL_GUILDS = 1 << 2
    ANYBODY = 1 << 3


EVERY_SOURCE = FriendSource.MUTUAL_FRIENDS | FriendSource.MUTUAL_GUILDS | FriendSource.ANYBODY


class PrivacyCache:
    """The privacy settings of those who changed them. Only actions change it, once the store has committed."""

    def __init__(self, rows: Iterable[PrivacyRow] = ()) -> None:
        self._rows: dict[int, PrivacyRow] = {row.user_id: row for row in rows}

    def get(self, user_id: int) -> PrivacyRow:
        return self._rows.get(user_id) or PrivacyRow(user_id=Snowflake(user_id), friend_sources=EVERY_SOURCE)

    def put(self, row: PrivacyRow) -> None:
        self._rows[row.user_id] = row
