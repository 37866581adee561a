"""The guild in memory: what it has cached is what it would compute."""

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import ALL, DEFAULT_EVERYONE, NONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.guild_cache import GuildCache, GuildState
from tuichat.server.actions.keyed_locks import KeyedLocks
from tuichat.server.actions.slowmode import Slowmode
from tuichat.server.store.channel_rows import ChannelRow, OverwriteRow
from tuichat.server.store.rows import GuildRow, MemberRow, RoleRow
from tuichat.server.store.store import Snapshot

GUILD = Snowflake(1)
USERS = [Snowflake(number) for number in (10, 11, 12)]  # 10 owns it
ROLES = [Snowflake(number) for number in (20, 21)]
CHANNELS = [Snowflake(number) for number in (30, 31, 32)]
NOW = 1000
BITS = st.sampled_from(
    [NONE, Permissions.VIEW_CHANNEL, Permissions.SEND_MESSAGES, Permissions.ADMINISTRATOR, DEFAULT_EVERYONE]
)
OVERWRITES = st.lists(
    st.builds(OverwriteRow, id=st.sampled_from([GUILD, *ROLES, *USERS]), type=st.integers(0, 1), allow=BITS, deny=BITS),
    max_size=3,
).map(tuple)
MEMBERS = st.builds(
    MemberRow,
    guild_id=st.just(GUILD),
    user_id=st.sampled_from(USERS),
    joined_ms=st.just(0),
    role_ids=st.lists(st.sampled_from(ROLES), unique=True).map(tuple),
    timeout_until_ms=st.sampled_from([None, NOW - 1, NOW + 1]),
)
CHANNEL_ROWS = st.builds(
    ChannelRow,
    id=st.sampled_from(CHANNELS),
    type=st.sampled_from([ChannelType.TEXT, ChannelType.CATEGORY]),
    guild_id=st.just(GUILD),
    name=st.just("c"),
    overwrites=OVERWRITES,
    parent_id=st.sampled_from([None, *CHANNELS]),
)
ROLE_ROWS = st.builds(
    RoleRow,
    id=st.sampled_from([GUILD, *ROLES]),
    guild_id=st.just(GUILD),
    name=st.just("r"),
    permissions=BITS,
    position=st.integers(0, 2),
)
REMOVALS = st.sampled_from([*USERS, *ROLES, *CHANNELS])


def founded() -> tuple[GuildCache, GuildState]:
    cache = GuildCache()
    state = GuildState(GuildRow(id=GUILD, name="g", owner_id=USERS[0]))
    cache.add(state)
    state.put_role(RoleRow(id=GUILD, guild_id=GUILD, name="@everyone", permissions=DEFAULT_EVERYONE))
    return cache, state


def apply(cache: GuildCache, state: GuildState, change: MemberRow | ChannelRow | RoleRow | Snowflake) -> None:
    if isinstance(change, MemberRow):
        cache.put_member(state, change)
    elif isinstance(change, ChannelRow):
        cache.put_channel(state, change)
    elif isinstance(change, RoleRow):
        state.put_role(change)
    elif change in USERS:
        cache.remove_member(state, change)
    elif change in ROLES:
        state.remove_role(change)
    else:
        cache.remove_channel(state, change)


@given(st.lists(MEMBERS | CHANNEL_ROWS | ROLE_ROWS | REMOVALS, max_size=25))
def test_whatever_changes_the_cache_says_what_is_computed_anew(
    changes: list[MemberRow | ChannelRow | RoleRow | Snowflake],
) -> None:
    cache, state = founded()
    for change in changes:
        apply(cache, state, change)
        for user in USERS:
            member = state.members.get(user)
            assert state.permissions(user, NOW) == (NONE if member is None else state.compute(member, None, NOW))
            for channel_id in CHANNELS:
                channel = state.channels.get(channel_id)
                fresh = NONE if member is None or channel is None else state.compute(member, channel, NOW)
                assert state.permissions_in(user, channel_id, NOW) == fresh
                untimed = NONE if member is None or channel is None else state.compute(member, channel, None)
                assert state.can_view(user, channel_id) == bool(untimed & Permissions.VIEW_CHANNEL)
            if member is not None:
                shown = {row.id for row in state.visible_channels(member)}
                assert shown == {channel_id for channel_id in CHANNELS if state.shows(user, channel_id)} | {
                    row.parent_id
                    for row in state.channels.values()
                    if state.can_view(user, row.id) and row.parent_id in state.channels
                }
        for user in USERS:
            assert cache.of_user(user) == ([state] if state.has_member(user) else [])
        for channel_id in CHANNELS:
            assert cache.of_channel(channel_id) is (state if channel_id in state.channels else None)


@given(MEMBERS, st.lists(CHANNEL_ROWS, max_size=4, unique_by=lambda row: row.id))
def test_a_newcomer_is_shown_what_it_will_see_as_a_member(member: MemberRow, rows: list[ChannelRow]) -> None:
    cache, state = founded()
    for row in rows:
        cache.put_channel(state, row)
    before = state.visible_channels(member)
    cache.put_member(state, member)
    assert state.visible_channels(member) == before


def test_a_cache_from_a_snapshot_finds_everything() -> None:
    channel = ChannelRow(id=CHANNELS[0], type=0, guild_id=GUILD, name="c")
    cache = GuildCache.of(
        Snapshot(
            users=[],
            guilds=[GuildRow(id=GUILD, name="g", owner_id=USERS[0])],
            roles=[RoleRow(id=GUILD, guild_id=GUILD, name="@everyone", permissions=DEFAULT_EVERYONE)],
            channels=[channel],
            thread_members=[],
            emojis=[],
            seen=[],
            members=[MemberRow(guild_id=GUILD, user_id=user, joined_ms=0) for user in USERS],
            last_message_ids={CHANNELS[0]: Snowflake(99)},
            thread_counts={},
        )
    )
    state = cache.get(GUILD)
    assert state is not None
    assert cache.of_channel(CHANNELS[0]) is state
    assert state.last_message_ids == {CHANNELS[0]: 99}
    assert state.permissions(USERS[0], NOW) == ALL
    assert cache.share_guild(USERS[1], USERS[2])
    cache.remove(state)
    assert (cache.get(GUILD), cache.of_channel(CHANNELS[0]), cache.of_user(USERS[1])) == (None, None, [])
    assert not cache.share_guild(USERS[1], USERS[2])


def test_ranks_compare_by_position_then_by_age() -> None:
    cache, state = founded()
    for role, position in ((ROLES[0], 1), (ROLES[1], 1)):
        state.put_role(RoleRow(id=role, guild_id=GUILD, name="r", position=position))
    assert state.rank(ROLES[0]) > state.rank(ROLES[1])  # at the same position the older role is higher
    member = MemberRow(guild_id=GUILD, user_id=USERS[1], joined_ms=0)
    cache.put_member(state, member)
    assert state.top_role(USERS[1]) == state.rank(GUILD)
    cache.put_member(state, msgspec.structs.replace(member, role_ids=(ROLES[1],)))
    assert state.top_role(USERS[1]) == state.rank(ROLES[1])


async def test_a_keyed_lock_holds_one_at_a_time_and_is_forgotten() -> None:
    locks, inside = KeyedLocks(), list[int]()

    async def enter(key: int) -> None:
        async with locks.hold(key):
            assert key not in inside
            inside.append(key)
            await asyncio_turns()
            inside.remove(key)

    async def asyncio_turns() -> None:
        for _ in range(3):
            await asyncio.sleep(0)

    await asyncio.gather(*(enter(number % 2) for number in range(10)))
    assert len(locks) == 0
    with pytest.raises(RuntimeError):
        async with locks.hold(1):
            raise RuntimeError
    assert len(locks) == 0


def test_slow_mode_waits_from_the_last_message_and_no_longer_than_its_interval() -> None:
    slow = Slowmode()
    assert slow.wait_ms(1, 2, 10, NOW) == 0
    slow.note(1, 2, NOW)
    assert slow.wait_ms(1, 2, 10, NOW + 4000) == 6000
    assert slow.wait_ms(1, 3, 10, NOW) == slow.wait_ms(2, 2, 10, NOW) == slow.wait_ms(1, 2, 0, NOW) == 0
    assert slow.wait_ms(1, 2, 10, NOW - 10**9) == 10_000  # the clock went back
