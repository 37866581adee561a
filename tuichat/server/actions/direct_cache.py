"""Direct messages and groups in memory: by id, and by who is in them."""

from collections.abc import Iterable

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.social_rows import DirectStateRow


class DirectCache:
    """Every direct message and group of this server. Only actions change it, once the store has committed."""

    def __init__(self, rows: Iterable[ChannelRow] = (), states: Iterable[DirectStateRow] = ()) -> None:
        self._rows: dict[int, ChannelRow] = {}
        self._by_user: dict[int, set[int]] = {}
        self._by_pair: dict[tuple[int, int], int] = {}
        self.last_message_ids: dict[int, Snowflake] = {}
        self.last_pins_ms: dict[int, int] = {}
        self._states: dict[int, dict[int, DirectStateRow]] = {}  # by channel and user
        for row in rows:
            self.put(row)
        for state in states:
            self.put_state(state)

    def get(self, channel_id: int) -> ChannelRow | None:
        return self._rows.get(channel_id)

    def between(self, user_id: int, other_id: int) -> ChannelRow | None:
        """The direct message of two people, where there is one."""
        channel_id = self._by_pair.get(_pair(user_id, other_id))
        return None if channel_id is None else self._rows[channel_id]

    def of_user(self, user_id: int) -> list[ChannelRow]:
        """All that a user is in, oldest first."""
        return [self._rows[channel_id] for channel_id in sorted(self._by_user.get(user_id, ()))]

    def share(self, user_id: int, other_id: int) -> bool:
        """Whether two people are in a direct message or a group together."""
        return not self._by_user.get(user_id, set()).isdisjoint(self._by_user.get(other_id, set()))

    def shown_to(self, user_id: int) -> list[ChannelRow]:
        """What stands in a user's list: its groups, and the direct messages that it has not closed."""
        return [row for row in self.of_user(user_id) if self.is_shown(row, user_id)]

    def is_shown(self, row: ChannelRow, user_id: int) -> bool:
        if row.type == ChannelType.GROUP_DM:
            return True
        state = self.state(row.id, user_id)
        return state is not None and state.is_open

    def state(self, channel_id: int, user_id: int) -> DirectStateRow | None:
        """A direct message as a user has it; None where it never opened it and nobody wrote to it."""
        return self._states.get(channel_id, {}).get(user_id)

    def put_state(self, state: DirectStateRow) -> None:
        self._states.setdefault(state.channel_id, {})[state.user_id] = state

    def put(self, row: ChannelRow) -> None:
        before = self._rows.get(row.id)
        for user_id in set(before.recipient_ids if before else ()) - set(row.recipient_ids):
            self._leave(user_id, row.id)
        self._rows[row.id] = row
        for user_id in row.recipient_ids:
            self._by_user.setdefault(user_id, set()).add(row.id)
        if row.type == ChannelType.DM:
            self._by_pair[_pair(*row.recipient_ids)] = row.id

    def remove(self, channel_id: int) -> None:
        row = self._rows.pop(channel_id, None)
        self.last_message_ids.pop(channel_id, None)
        self.last_pins_ms.pop(channel_id, None)
        self._states.pop(channel_id, None)
        if row is None:
            return
        for user_id in row.recipient_ids:
            self._leave(user_id, row.id)
        if row.type == ChannelType.DM:
            self._by_pair.pop(_pair(*row.recipient_ids), None)

    def _leave(self, user_id: int, channel_id: int) -> None:
        of_user = self._by_user.get(user_id, set())
        of_user.discard(channel_id)
        if not of_user:
            self._by_user.pop(user_id, None)


def _pair(user_id: int, other_id: int) -> tuple[int, int]:
    return (min(user_id, other_id), max(user_id, other_id))
