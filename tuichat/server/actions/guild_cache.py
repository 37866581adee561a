"""The guilds in memory: what permission checks, audiences and answers are computed from."""

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable

from tuichat.protocol.channel import POST_CHANNELS, ChannelType
from tuichat.protocol.permissions import NONE, Permissions, channel_permissions, guild_permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.emoji_cache import EmojiCache
from tuichat.server.store.channel_rows import ChannelRow, ThreadMemberRow
from tuichat.server.store.rows import GuildRow, MemberRow, RoleRow
from tuichat.server.store.stage_rows import StageRow
from tuichat.server.store.store import Snapshot

MAX_ROLE_SETS = 50_000  # taste: of channels by sets of roles whose permissions are remembered, in one guild


class MessageCount:
    """How many messages stand in a thread, its first one aside, and how many were deleted there."""

    __slots__ = ("deleted", "kept")

    def __init__(self, kept: int = 0, deleted: int = 0) -> None:
        self.kept = kept
        self.deleted = deleted


MAX_ROLE_SETS = 50_000  # taste: of channels by sets of roles whose permissions are remembered, in one guild


class GuildState:
    """One guild. Read it freely; only actions change it, and only once the store has committed.

    `lock` is held by every action that changes the guild's structure, from its check to its commit; messages do not take it.
    """

    def __init__(self, row: GuildRow) -> None:
        self.row = row
        self.roles: dict[int, RoleRow] = {}
        self.channels: dict[int, ChannelRow] = {}
        self.threads: dict[int, ChannelRow] = {}
        self.thread_members: dict[int, dict[int, ThreadMemberRow]] = {}  # by thread and user
        self.thread_counts: dict[int, MessageCount] = {}
        self._active: dict[int, dict[int, ChannelRow]] = {}  # the threads that are not archived, by parent and id
        self.members: dict[int, MemberRow] = {}
        self.guest_ids: set[int] = set()  # temporary members of whom not every session was told
        self.left_timeouts_ms: dict[int, int] = {}  # until when who left may not speak, should it come back
        self.last_message_ids: dict[int, Snowflake] = {}
        self.voice_statuses: dict[int, str] = {}  # by channel
        self.stages: dict[int, StageRow] = {}  # those that are live, by channel
        self.last_pins_ms: dict[int, int] = {}  # when a channel's newest pin was pinned
        self.lock = asyncio.Lock()
        self._member_ids: list[int] = []  # in order
        self._granted: dict[int, dict[int, Permissions]] = {}  # channel (0: the guild) -> user -> permissions
        # The same for members who have only their roles, by those: what a change takes away is computed again for each set
        # of roles instead of for each member.
        self._granted_by_roles: dict[tuple[int, tuple[Snowflake, ...]], Permissions] = {}

    @property
    def id(self) -> Snowflake:
        return self.row.id

    def has_member(self, user_id: int) -> bool:
        return user_id in self.members

    def find_channel(self, channel_id: int) -> ChannelRow | None:
        """A channel or thread of this guild."""
        return self.channels.get(channel_id) or self.threads.get(channel_id)

    def permissions(self, user_id: int, now_ms: int) -> Permissions:
        """A member's permissions in the guild; NONE for a stranger."""
        return self._cached(user_id, 0, now_ms)

    def permissions_in(self, user_id: int, channel_id: int, now_ms: int) -> Permissions:
        """A member's permissions in a channel; NONE for a stranger and in a channel that is not here."""
        return self._cached(user_id, channel_id, now_ms)

    def can_view(self, user_id: int, channel_id: int) -> bool:
        """Whether a user may see a channel. A timeout does not change that, so no time is asked for."""
        return bool(self._cached(user_id, channel_id, None) & Permissions.VIEW_CHANNEL)

    def grants(self, user_id: int, channel_id: int, needed: int) -> bool:
        """Whether a member has permissions in a channel (0: in the guild), a timeout aside."""
        return self._cached(user_id, channel_id, None) & needed == needed

    def shows(self, user_id: int, channel_id: int) -> bool:
        """Whether a member's screen has a channel: one that it may see, or a category above one."""
        channel = self.find_channel(channel_id)
        if channel is None or user_id not in self.members:
            return False
        return self.can_view(user_id, channel_id) or (
            channel.type == ChannelType.CATEGORY
            and any(row.parent_id == channel_id and self.can_view(user_id, row.id) for row in self.channels.values())
        )

    def visible_channels(self, member: MemberRow) -> list[ChannelRow]:
        """The channels that a member may see, and the categories above them, in the order of the screen.

        Also for somebody who is just about to become a member.
        """
        if member.user_id in self.members:
            seen = {channel_id for channel_id in self.channels if self.can_view(member.user_id, channel_id)}
        else:
            seen = {
                channel.id
                for channel in self.channels.values()
                if self.compute(member, channel, None) & Permissions.VIEW_CHANNEL
            }
        parents = {self.channels[channel_id].parent_id for channel_id in seen}
        seen |= {parent_id for parent_id in parents if parent_id is not None and parent_id in self.channels}
        return sorted((self.channels[channel_id] for channel_id in seen), key=lambda row: (row.position, row.id))

    def compute(self, member: MemberRow, channel: ChannelRow | None, now_ms: int | None) -> Permissions:
        """Compute the permissions that a member would have, past the cache; `now_ms` None looks past a timeout.

        In a thread they are the parent's, with SEND_MESSAGES_IN_THREADS for SEND_MESSAGES; a private one is seen by those
        who are in it, and by those who manage threads.
        """
        is_timed_out = now_ms is not None and (member.timeout_until_ms or 0) > now_ms
        everyone = self.roles[self.id].permissions if self.id in self.roles else NONE
        base = guild_permissions(
            is_owner=member.user_id == self.row.owner_id,
            everyone=everyone,
            roles=[self.roles[role_id].permissions for role_id in member.role_ids if role_id in self.roles],
            is_timed_out=is_timed_out and channel is None,
        )
        if channel is None:
            return base
        is_thread = channel.thread is not None
        ruling = self.channels.get(channel.parent_id or 0) if is_thread else channel
        if ruling is None:
            return NONE
        granted = channel_permissions(
            base,
            guild_id=self.id,
            member_id=member.user_id,
            role_ids=member.role_ids,
            overwrites=ruling.overwrites,
            is_timed_out=is_timed_out,
            in_thread=is_thread,
        )
        return granted if not is_thread or self._shows_thread(member.user_id, channel, granted) else NONE

    def active_threads(self, parent_id: int | None = None) -> list[ChannelRow]:
        """The threads that are not archived, below one channel or in the whole guild."""
        if parent_id is not None:
            return list(self._active.get(parent_id, {}).values())
        return [row for below in self._active.values() for row in below.values()]

    def visible_threads(self, member: MemberRow, parent_ids: Iterable[int] | None = None) -> list[ChannelRow]:
        """The active threads that a member may see, oldest first, in these channels or in all.

        Also for somebody who is just about to become a member.
        """
        found: list[ChannelRow] = []
        for parent_id in self._active if parent_ids is None else parent_ids:
            below = self._active.get(parent_id)
            parent = self.channels.get(parent_id)
            if not below or parent is None:
                continue
            granted = (
                self._cached(member.user_id, parent_id, None)
                if member.user_id in self.members
                else self.compute(member, parent, None)
            )
            if granted & Permissions.VIEW_CHANNEL:
                found += [row for row in below.values() if self._shows_thread(member.user_id, row, granted)]
        return sorted(found, key=lambda row: row.id)

    def _shows_thread(self, user_id: int, row: ChannelRow, granted: Permissions) -> bool:
        """Whether somebody who sees a thread's parent sees the thread."""
        return (
            row.type != ChannelType.PRIVATE_THREAD
            or bool(granted & Permissions.MANAGE_THREADS)
            or user_id in self.thread_members.get(row.id, ())
        )

    def top_role(self, user_id: int) -> tuple[int, int]:
        """How high a member's highest role is, to compare: by position, at the same position the lower id is higher."""
        member = self.members.get(user_id)
        ranks = [self.rank(role_id) for role_id in (member.role_ids if member else ()) if role_id in self.roles]
        return max(ranks, default=(0, -int(self.id)))

    def rank(self, role_id: int) -> tuple[int, int]:
        return (self.roles[role_id].position, -role_id)

    def put_role(self, row: RoleRow) -> None:
        self.roles[row.id] = row
        self.forget_permissions()

    def remove_role(self, role_id: int) -> None:
        self.roles.pop(role_id, None)
        self.forget_permissions()

    def put_channel(self, row: ChannelRow) -> None:
        if row.thread is None:
            self.channels[row.id] = row
        else:
            self.threads[row.id] = row
            self.thread_counts.setdefault(row.id, MessageCount())
            below = self._active.setdefault(row.parent_id or 0, {})
            if row.thread.is_archived:
                below.pop(row.id, None)
            else:
                below[row.id] = row
        self._forget_channel(row.id)

    def remove_channel(self, channel_id: int) -> list[int]:
        """Remove a channel or thread; return the ids of the threads that go with it."""
        below = [row.id for row in self.threads.values() if row.parent_id == channel_id]
        self._forget_channel(channel_id)
        self.channels.pop(channel_id, None)
        self._active.pop(channel_id, None)
        for thread_id in (channel_id, *below):
            thread = self.threads.pop(thread_id, None)
            if thread is not None:
                self._active.get(thread.parent_id or 0, {}).pop(thread_id, None)
            self.thread_members.pop(thread_id, None)
            self.thread_counts.pop(thread_id, None)
        return list(map(int, below))

    def put_thread_member(self, row: ThreadMemberRow) -> None:
        self.thread_members.setdefault(row.thread_id, {})[row.user_id] = row
        self._forget_place_of(row.user_id, row.thread_id)

    def remove_thread_member(self, thread_id: int, user_id: int) -> None:
        self.thread_members.get(thread_id, {}).pop(user_id, None)
        self._forget_place_of(user_id, thread_id)

    def _forget_channel(self, channel_id: int) -> None:
        """Drop the cached permissions in a channel and in its threads."""
        self._granted.pop(channel_id, None)
        if channel_id not in self.threads:
            self._granted_by_roles.clear()
            for row in self.threads.values():
                if row.parent_id == channel_id:
                    self._granted.pop(row.id, None)

    def _forget_place_of(self, user_id: int, channel_id: int) -> None:
        self._granted.get(channel_id, {}).pop(user_id, None)

    def _forget_member(self, user_id: int) -> None:
        for by_user in self._granted.values():
            by_user.pop(user_id, None)

    def put_member(self, row: MemberRow) -> None:
        if row.user_id not in self.members:
            insort(self._member_ids, int(row.user_id))
            self.members[row.user_id] = row  # nothing was granted yet
            return
        self.members[row.user_id] = row
        self._forget_member(row.user_id)

    def remove_member(self, user_id: int) -> None:
        if self.members.pop(user_id, None) is not None:
            del self._member_ids[bisect_left(self._member_ids, user_id)]
        self._forget_member(user_id)

    def page_of_members(self, after: int, limit: int) -> list[MemberRow]:
        """Up to `limit` members whose ids follow `after`, lowest first."""
        start = bisect_right(self._member_ids, after)
        return [self.members[user_id] for user_id in self._member_ids[start : start + limit]]

    def forget_permissions(self) -> None:
        """Drop every cached permission: a role, an overwrite or the owner changed."""
        self._granted.clear()
        self._granted_by_roles.clear()

    def _cached(self, user_id: int, channel_id: int, now_ms: int | None) -> Permissions:
        member = self.members.get(user_id)
        if member is None:
            return NONE
        if now_ms is not None and member.timeout_until_ms is not None and member.timeout_until_ms > now_ms:
            return self._compute_in(member, channel_id, now_ms)  # ends by itself, so it is not kept
        by_user = self._granted.get(channel_id)
        if by_user is None:
            by_user = self._granted[channel_id] = {}
        granted = by_user.get(user_id)
        if granted is None:
            granted = by_user[user_id] = self._granted_for(member, channel_id)
        return granted

    def _granted_for(self, member: MemberRow, channel_id: int) -> Permissions:
        """Compute what a member is granted, timeouts aside, once for all who have only their roles."""
        channel = self.channels.get(channel_id)
        is_alone = (
            member.user_id == self.row.owner_id
            or (channel is None and channel_id != 0)
            or (channel is not None and any(own.type == 1 and own.id == member.user_id for own in channel.overwrites))
        )
        if is_alone:
            return self._compute_in(member, channel_id, None)
        key = (channel_id, member.role_ids)
        granted = self._granted_by_roles.get(key)
        if granted is None:
            if len(self._granted_by_roles) >= MAX_ROLE_SETS:
                self._granted_by_roles.clear()
            granted = self._granted_by_roles[key] = self._compute_in(member, channel_id, None)
        return granted

    def _compute_in(self, member: MemberRow, channel_id: int, now_ms: int | None) -> Permissions:
        if channel_id == 0:
            return self.compute(member, None, now_ms)
        channel = self.find_channel(channel_id)
        return NONE if channel is None else self.compute(member, channel, now_ms)


class GuildCache:
    """Every guild of this server, and the ways to find one: by id, by channel, by member."""

    def __init__(self) -> None:
        self._guilds: dict[int, GuildState] = {}
        self._by_channel: dict[int, GuildState] = {}
        self._by_member: dict[int, set[int]] = {}
        self._by_vanity: dict[str, GuildState] = {}
        self.emojis = EmojiCache()

    @classmethod
    def of(cls, snapshot: Snapshot) -> "GuildCache":
        cache = cls()
        cache.emojis = EmojiCache(snapshot.emojis)
        for guild in snapshot.guilds:
            cache.add(GuildState(guild))
        for role in snapshot.roles:
            cache._guilds[role.guild_id].roles[role.id] = role
        for channel in snapshot.channels:
            if channel.guild_id is not None:
                cache.put_channel(cache._guilds[channel.guild_id], channel)
        for member in snapshot.members:
            cache.put_member(cache._guilds[member.guild_id], member)
        for stage in snapshot.stages:
            cache._guilds[stage.guild_id].stages[stage.channel_id] = stage
        for left in snapshot.left_timeouts:
            cache._guilds[left.guild_id].left_timeouts_ms[left.user_id] = left.until_ms
        for follower in snapshot.thread_members:
            if state := cache._by_channel.get(follower.thread_id):
                state.put_thread_member(follower)
        for channel_id, message_id in snapshot.last_message_ids.items():
            if state := cache._by_channel.get(channel_id):
                state.last_message_ids[channel_id] = message_id
        for channel_id, pinned_ms in snapshot.last_pins_ms.items():
            if state := cache._by_channel.get(channel_id):
                state.last_pins_ms[channel_id] = pinned_ms
        for thread_id, (kept, deleted) in snapshot.thread_counts.items():
            if state := cache._by_channel.get(thread_id):
                state.thread_counts[thread_id] = MessageCount(kept, deleted)
        for state in cache._guilds.values():
            for thread in state.threads.values():
                parent = state.channels.get(thread.parent_id or 0)
                if parent is not None and parent.type in POST_CHANNELS:
                    newest = state.last_message_ids.get(parent.id, thread.id)
                    state.last_message_ids[parent.id] = max(newest, thread.id)
        return cache

    def __len__(self) -> int:
        return len(self._guilds)

    def by_vanity(self, code: str) -> GuildState | None:
        """The guild that has this code of its own, in small letters."""
        return self._by_vanity.get(code)

    def put_row(self, state: GuildState, row: GuildRow) -> None:
        """A guild is set to something else, or has another owner."""
        if state.row.vanity_code != row.vanity_code:
            self._by_vanity.pop(state.row.vanity_code or "", None)
            if row.vanity_code is not None:
                self._by_vanity[row.vanity_code] = state
        if state.row.owner_id != row.owner_id:
            state.forget_permissions()
        state.row = row

    def get(self, guild_id: int) -> GuildState | None:
        return self._guilds.get(guild_id)

    def of_channel(self, channel_id: int) -> GuildState | None:
        """The guild that a channel or thread stands in; None for an unknown channel and for a direct message."""
        return self._by_channel.get(channel_id)

    def of_user(self, user_id: int) -> list[GuildState]:
        """The guilds that a user is a member of, oldest first."""
        return [self._guilds[guild_id] for guild_id in sorted(self._by_member.get(user_id, ()))]

    def share_guild(self, user_id: int, other_id: int) -> bool:
        return not self._by_member.get(user_id, set()).isdisjoint(self._by_member.get(other_id, set()))

    def all(self) -> Iterable[GuildState]:
        return self._guilds.values()

    def add(self, state: GuildState) -> None:
        self._guilds[state.id] = state
        if state.row.vanity_code is not None:
            self._by_vanity[state.row.vanity_code] = state
        for channel_id in (*state.channels, *state.threads):
            self._by_channel[channel_id] = state
        for user_id in state.members:
            self._by_member.setdefault(user_id, set()).add(state.id)

    def remove(self, state: GuildState) -> None:
        self._guilds.pop(state.id, None)
        self._by_vanity.pop(state.row.vanity_code or "", None)
        self.emojis.forget_owner(state.id)
        for channel_id in (*state.channels, *state.threads):
            self._by_channel.pop(channel_id, None)
        for user_id in state.members:
            self._forget_member(state.id, user_id)

    def put_channel(self, state: GuildState, row: ChannelRow) -> None:
        state.put_channel(row)
        self._by_channel[row.id] = state

    def remove_channel(self, state: GuildState, channel_id: int) -> None:
        for gone_id in (channel_id, *state.remove_channel(channel_id)):
            state.last_message_ids.pop(gone_id, None)
            state.voice_statuses.pop(gone_id, None)
            state.stages.pop(gone_id, None)
            state.last_pins_ms.pop(gone_id, None)
            self._by_channel.pop(gone_id, None)

    def put_member(self, state: GuildState, row: MemberRow) -> None:
        state.put_member(row)
        self._by_member.setdefault(row.user_id, set()).add(state.id)

    def remove_member(self, state: GuildState, user_id: int) -> None:
        state.remove_member(user_id)
        for followers in state.thread_members.values():
            followers.pop(user_id, None)
        self._forget_member(state.id, user_id)

    def _forget_member(self, guild_id: int, user_id: int) -> None:
        guild_ids = self._by_member.get(user_id)
        if guild_ids is not None:
            guild_ids.discard(guild_id)
            if not guild_ids:
                del self._by_member[user_id]
