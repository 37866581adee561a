"""Who is shown beside a channel, in the order of the screen: by hoisted role, then who is online, then the others."""

import bisect
from collections.abc import Iterator

from tuichat.protocol.member_list import (
    EVERYONE,
    MAX_LISTING_OFFLINE,
    OFFLINE,
    ONLINE,
    ListedMember,
    ListGroup,
    ListItem,
    member_list_id,
)
from tuichat.protocol.permissions import NONE
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import presence, wire
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.store.channel_rows import ChannelRow

Key = tuple[int, str, int]  # the group's rank, the folded name, the user; a heading has HEADING for a user
HEADING = -1
BUILT_AT_ONCE = 250  # members, which takes about a millisecond


def list_id(state: GuildState, channel: ChannelRow) -> str:
    everyone = state.roles[state.id].permissions if state.id in state.roles else NONE
    return member_list_id(everyone, channel.overwrites)


class MemberList:
    """The rows of one list. Good until a role, the channel's overwrites or the owner change; members are told by `touch`.

    `channel_id` is any channel of those that have this list. A guild of over MAX_LISTING_OFFLINE members lists who is online.
    """

    def __init__(self, ctx: Context, state: GuildState, channel_id: int, id: str) -> None:
        self._ctx = ctx
        self._state = state
        self.id = id
        self.channel_id = channel_id
        self._lists_offline = len(state.members) <= MAX_LISTING_OFFLINE
        hoisted = sorted(
            (role for role in state.roles.values() if role.is_hoisted and role.id != state.id),
            key=lambda role: (-role.position, role.id),
        )
        self._rank_of_role = {role.id: rank for rank, role in enumerate(hoisted)}
        self._group_ids = [*(str(int(role.id)) for role in hoisted), ONLINE, OFFLINE]
        self._online_rank = len(hoisted)
        self._counts = [0] * len(self._group_ids)
        self._rows: list[Key] = []  # headings among them
        self._key_of: dict[int, Key] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def build(self) -> Iterator[None]:
        """Put everybody in, and give up the turn every BUILT_AT_ONCE members. Then touch who changed meanwhile."""
        everybody = self._state.members if self._lists_offline else self._ctx.presences.connected_ids()
        for count, user_id in enumerate(list(everybody), 1):
            self._put(user_id)
            if count % BUILT_AT_ONCE == 0:
                yield

    @property
    def is_outgrown(self) -> bool:
        """Whether the guild passed MAX_LISTING_OFFLINE since this list was begun."""
        return self._lists_offline != (len(self._state.members) <= MAX_LISTING_OFFLINE)

    def touch(self, user_id: int) -> Key | None:
        """Bring one user up to date; return its row's key where it is shown."""
        key = self._key(user_id)
        if key != self._key_of.get(user_id):
            self._drop(user_id)
            self._insert(user_id, key)
        return key

    def window(self, first: int, last: int) -> list[Key]:
        """The rows from `first` to `last`, as many as there are."""
        return self._rows[first : last + 1]

    def item(self, key: Key) -> ListItem | None:
        """The row of a key; None for a member that has left and was not touched since."""
        rank, _, user_id = key
        if user_id == HEADING:
            return ListItem(group=ListGroup(id=self._group_ids[rank], count=self._counts[rank]))
        row = self._state.members.get(user_id)
        if row is None:
            return None
        shown = wire.member(self._ctx, row)
        here = presence.presence_object(user_id, self._ctx.presences.shown(user_id))
        fields = {field: getattr(shown, field) for field in shown.__struct_fields__}
        return ListItem(member=ListedMember(**fields, presence=here))

    def groups(self) -> list[ListGroup]:
        return [
            ListGroup(id=group_id, count=count)
            for group_id, count in zip(self._group_ids, self._counts, strict=True)
            if count
        ]

    @property
    def guild_id(self) -> Snowflake:
        return self._state.id

    @property
    def online_count(self) -> int:
        return sum(self._counts[:-1])

    @property
    def member_count(self) -> int:
        return len(self._state.members)

    def _put(self, user_id: int) -> None:
        if user_id not in self._key_of:
            self._insert(user_id, self._key(user_id))

    def _key(self, user_id: int) -> Key | None:
        state = self._state
        row = state.members.get(user_id)
        if row is None or (self.id != EVERYONE and not state.can_view(user_id, self.channel_id)):
            return None
        if self._ctx.presences.shown(user_id).status == "offline":
            if not self._lists_offline:
                return None
            rank = self._online_rank + 1
        else:
            ranks = (self._rank_of_role.get(role_id, self._online_rank) for role_id in row.role_ids)
            rank = min(ranks, default=self._online_rank)
        user = self._ctx.users.wire(user_id)
        return rank, (row.nick or user.display_name).casefold(), user_id

    def _insert(self, user_id: int, key: Key | None) -> None:
        if key is None:
            return
        rank = key[0]
        if not self._counts[rank]:
            bisect.insort(self._rows, (rank, "", HEADING))
        self._counts[rank] += 1
        self._key_of[user_id] = key
        bisect.insort(self._rows, key)

    def _drop(self, user_id: int) -> None:
        key = self._key_of.pop(user_id, None)
        if key is None:
            return
        del self._rows[bisect.bisect_left(self._rows, key)]
        rank = key[0]
        self._counts[rank] -= 1
        if not self._counts[rank]:
            del self._rows[bisect.bisect_left(self._rows, (rank, "", HEADING))]


def shown_channel(state: GuildState, channel_id: int) -> ChannelRow | None:
    """The channel whose list a channel or a thread has."""
    thread = state.threads.get(channel_id)
    return state.channels.get(channel_id if thread is None else thread.parent_id or 0)
