"""Who sees which threads: the quick way to list them agrees with the one that decides."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import DEFAULT_EVERYONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.guild_cache import GuildCache, GuildState
from tuichat.server.store.channel_rows import ChannelRow, OverwriteRow, ThreadFields, ThreadMemberRow
from tuichat.server.store.rows import GuildRow, MemberRow, RoleRow

GUILD, ROLE = Snowflake(1), Snowflake(2)
USERS = [Snowflake(number) for number in (10, 11, 12)]
PARENTS = [Snowflake(number) for number in (20, 21)]
BITS = (Permissions.VIEW_CHANNEL, Permissions.MANAGE_THREADS, Permissions.VIEW_CHANNEL | Permissions.MANAGE_THREADS)
OVERWRITES = st.lists(
    st.builds(
        lambda target, is_allowed, bits: OverwriteRow(
            id=target,
            type=0 if target in (GUILD, ROLE) else 1,
            allow=bits if is_allowed else Permissions(0),
            deny=Permissions(0) if is_allowed else bits,
        ),
        st.sampled_from([GUILD, ROLE, *USERS]),
        st.booleans(),
        st.sampled_from(BITS),
    ),
    unique_by=lambda row: row.id,
    max_size=4,
)
THREADS = st.lists(
    st.tuples(
        st.integers(30, 60),
        st.sampled_from(PARENTS),
        st.sampled_from([ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD]),
        st.booleans(),
        st.sets(st.sampled_from(USERS)),
    ),
    unique_by=lambda made: made[0],
    max_size=8,
)


def thread(number: int, parent_id: Snowflake, kind: ChannelType, *, is_archived: bool) -> ChannelRow:
    return ChannelRow(
        id=Snowflake(number),
        type=kind,
        guild_id=GUILD,
        name="t",
        parent_id=parent_id,
        thread=ThreadFields(created_ms=0, changed_ms=0, is_archived=is_archived),
    )


def founded(overwrites: list[list[OverwriteRow]]) -> tuple[GuildCache, GuildState]:
    cache = GuildCache()
    state = GuildState(GuildRow(id=GUILD, name="g", owner_id=USERS[0]))
    cache.add(state)
    state.put_role(RoleRow(id=GUILD, guild_id=GUILD, name="@everyone", permissions=DEFAULT_EVERYONE))
    state.put_role(RoleRow(id=ROLE, guild_id=GUILD, name="r"))
    for parent_id, own in zip(PARENTS, overwrites, strict=True):
        cache.put_channel(state, ChannelRow(id=parent_id, type=0, guild_id=GUILD, name="p", overwrites=tuple(own)))
    return cache, state


@given(st.lists(OVERWRITES, min_size=2, max_size=2), THREADS, st.sets(st.sampled_from(USERS)))
def test_the_list_of_visible_threads_is_what_can_view_says(
    overwrites: list[list[OverwriteRow]],
    threads: list[tuple[int, Snowflake, ChannelType, bool, set[Snowflake]]],
    with_role: set[Snowflake],
) -> None:
    cache, state = founded(overwrites)
    members = {
        user_id: MemberRow(
            guild_id=GUILD, user_id=user_id, joined_ms=0, role_ids=(ROLE,) if user_id in with_role else ()
        )
        for user_id in USERS
    }
    for member in members.values():
        cache.put_member(state, member)
    for number, parent_id, kind, is_archived, followers in threads:
        cache.put_channel(state, thread(number, parent_id, kind, is_archived=is_archived))
        for user_id in followers:
            state.put_thread_member(ThreadMemberRow(thread_id=Snowflake(number), user_id=user_id, joined_ms=0))
    active = [row for row in state.threads.values() if row.thread is not None and not row.thread.is_archived]
    assert {row.id for row in state.active_threads()} == {row.id for row in active}
    for user_id, member in members.items():
        expected = sorted(row.id for row in active if state.can_view(user_id, row.id))
        assert [row.id for row in state.visible_threads(member)] == expected
    cache.remove_member(state, USERS[1])
    assert all(USERS[1] not in followers for followers in state.thread_members.values())
    assert not any(state.can_view(USERS[1], row.id) for row in active)
    cache.remove_channel(state, PARENTS[0])
    assert {row.parent_id for row in state.threads.values()} <= {PARENTS[1]}
    assert {row.parent_id for row in state.active_threads()} <= {PARENTS[1]}
    assert set(state.thread_counts) == set(state.threads)
