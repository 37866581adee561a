"""The contract of every store for what stands between people, and follows an account."""

import pytest

from tests.server.store.conftest import OpenStore, World
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import (
    DeleteChannel,
    DeleteGuild,
    DeleteReadState,
    EraseAccount,
    ForgetDismissed,
    MarkPinsRead,
    MarkRead,
    Put,
    Remove,
)
from tuichat.server.store.rows import ReadStateRow, TokenRow
from tuichat.server.store.social_rows import (
    DirectStateRow,
    DismissedMentionRow,
    FeatureReadRow,
    FollowedGuildRow,
    FollowedTopicsRow,
    FollowedUserRow,
    GuildSettingsRow,
    NoteRow,
    PrivacyRow,
    ProfileRow,
    RelationshipRow,
    SettingsProtoRow,
    UserSettingsRow,
)
from tuichat.server.store.social_store import MentionQuery, SocialSnapshot


async def direct(world: World) -> ChannelRow:
    row = ChannelRow(id=world.take(), type=1, guild_id=None, name="", recipient_ids=(world.ada, world.bob))
    await world.store.write([Put(row)])
    return row


async def test_what_is_held_in_memory_comes_back_at_the_next_start(
    world: World, opening: tuple[OpenStore, list[Event]]
) -> None:
    channel = await direct(world)
    state = DirectStateRow(channel_id=channel.id, user_id=world.ada, is_open=False, consent=1, requested_ms=7)
    friend = RelationshipRow(
        user_id=world.ada, other_id=world.bob, type=1, nickname="B", since_ms=5, is_ignored=True, is_stranger=True
    )
    privacy = PrivacyRow(
        user_id=world.ada, restricted_guild_ids=(world.guild,), restricts_new_guilds=True, friend_sources=4
    )
    suppressing, plain, own = (
        GuildSettingsRow(user_id=user, guild_id=guild, version=3, settings=b"{}", suppresses=bits)
        for user, guild, bits in (
            (world.ada, world.guild, 2),
            (world.bob, world.guild, 0),
            (world.bob, Snowflake(0), 0),
        )
    )
    await world.store.write([Put(row) for row in (state, friend, privacy, suppressing, plain, own)])
    await world.store.close()
    reopened = await opening[0]()
    snapshot = await reopened.load_social()
    assert snapshot.direct_states == [state]
    assert snapshot.relationships == [friend]
    assert snapshot.privacy == [privacy]
    assert sorted(snapshot.guild_settings, key=lambda row: row.user_id) == [suppressing, own]
    await reopened.write([Remove(state), Remove(friend), Remove(privacy), Remove(suppressing), Remove(own)])
    assert await reopened.load_social() == SocialSnapshot(
        direct_states=[], relationships=[], privacy=[], guild_settings=[]
    )


async def test_follows_come_back_in_their_order_and_go_with_what_is_followed(world: World) -> None:
    users = [
        FollowedUserRow(user_id=world.ada, followed_id=world.bob, since_ms=7),
        FollowedUserRow(user_id=world.bob, followed_id=world.ada, since_ms=5),
    ]
    club = FollowedGuildRow(user_id=world.ada, guild_id=world.guild, since_ms=6)
    topics = FollowedTopicsRow(user_id=world.ada, topics=("bees", "Käse"))
    await world.store.write([*map(Put, users), Put(club), Put(topics)])
    read = await world.store.load_social()
    assert (read.followed_users, read.followed_guilds) == (users[::-1], [club])
    assert read.followed_topics == [topics]
    await world.store.write([DeleteGuild(world.guild), EraseAccount(world.ada)])
    read = await world.store.load_social()
    assert (read.followed_users, read.followed_guilds, read.followed_topics) == ([], [], [])


async def test_a_channels_states_go_with_it(world: World) -> None:
    channel = await direct(world)
    await world.store.write([Put(DirectStateRow(channel_id=channel.id, user_id=world.ada))])
    await world.store.write([DeleteChannel(channel.id)])
    assert (await world.store.load_social()).direct_states == []


async def test_an_account_is_read_whole(world: World) -> None:
    empty = await world.store.read_account(world.ada)
    assert (empty.settings, empty.profile, empty.notes, empty.read_states) == (None, None, [], [])
    profile = ProfileRow(user_id=world.ada, email="a@b", bio="é", pronouns="p", banner="h", accent_color=5)
    note = NoteRow(user_id=world.ada, about_id=world.bob, note="tall")
    feature = FeatureReadRow(user_id=world.ada, resource_id=world.guild, type=1, last_acked_id=Snowflake(9), version=4)
    guild_settings = GuildSettingsRow(user_id=world.ada, guild_id=world.guild, version=3, settings=b'{"a":1}')
    settings = UserSettingsRow(user_id=world.ada, settings=b'{"theme":"dark"}')
    await world.store.write([Put(profile), Put(note), Put(feature), Put(guild_settings), Put(settings)])
    await world.store.write([MarkRead(world.ada, world.channel, 5, version=6)])
    account = await world.store.read_account(world.ada)
    assert (account.profile, account.notes, account.feature_reads) == (profile, [note], [feature])
    assert (account.guild_settings, account.settings) == ([guild_settings], settings.settings)
    assert [row.version for row in account.read_states] == [6]
    assert await world.store.read_profile(world.ada) == profile
    assert await world.store.read_notes(world.ada) == [note]
    assert await world.store.read_guild_settings(world.ada) == [guild_settings]
    assert await world.store.read_user_settings(world.ada) == settings.settings
    assert (await world.store.read_account(world.bob)).profile is None


async def test_a_proto_is_kept_as_bytes(world: World) -> None:
    row = SettingsProtoRow(user_id=world.ada, kind=1, version=2, content=b"\x00\xff" * 100)
    await world.store.write([Put(row)])
    assert await world.store.read_settings_proto(world.ada, 1) == row
    assert await world.store.read_settings_proto(world.ada, 2) is None


async def test_marking_tells_the_count_of_that_moment(world: World) -> None:
    mention = world.message(mention_ids=(world.bob,))
    plain, everyone = world.message(), world.message(mentions_everyone=True)
    for row in (mention, plain, everyone):
        await world.store.add_message(row)
    told: list[int] = []

    def tell(mark: MarkRead, count: int) -> Event:
        told.append(count)
        return Event(name="ACK", body=b"{}", user_ids=frozenset({int(mark.user_id)}))

    before, channel, bob = Snowflake(mention.id - 1), world.channel, world.bob
    marks = [
        MarkRead(bob, channel, before),
        MarkRead(bob, channel, before, skips_everyone=True),
        MarkRead(bob, channel, before, counts_all=True),
        MarkRead(bob, channel, before, counts_all=True, ignored_ids=frozenset({int(world.ada)})),
        MarkRead(bob, channel, before, mention_count=9),
        MarkRead(bob, channel, everyone.id, flags=1, last_viewed=2),
    ]
    await world.store.mark_read(marks, tell)
    assert told == [2, 1, 3, 0, 9, 0]
    assert [event.name for event in world.published] == ["ACK"] * 6
    (state,) = await world.store.read_states(world.bob)
    assert (state.last_message_id, state.mention_count, state.flags, state.last_viewed) == (everyone.id, 0, 1, 2)


async def test_pins_and_messages_are_read_apart_and_forgotten_together(world: World) -> None:
    pins = MarkPinsRead(user_id=world.bob, channel_id=world.channel, pinned_ms=8, version=1)
    await world.store.write([pins, MarkRead(world.bob, world.channel, 5, version=2)])
    (state,) = await world.store.read_states(world.bob)
    assert state == ReadStateRow(
        user_id=world.bob, channel_id=world.channel, last_message_id=Snowflake(5), version=2, last_pin_ms=8
    )
    await world.store.write([DeleteReadState(world.bob, world.channel)])
    assert await world.store.read_states(world.bob) == []


async def test_everybody_is_raised_but_those_who_do_not_want_it(world: World) -> None:
    async def ping() -> None:
        await world.store.add_message(world.message(mentions_everyone=True), pings_guild_id=world.guild)

    async def count() -> int:
        return sum(row.mention_count for row in await world.store.read_states(world.bob))

    await ping()
    assert await count() == 1
    settings = GuildSettingsRow(user_id=world.bob, guild_id=world.guild, version=1, settings=b"{}", suppresses=1)
    await world.store.write([Put(settings)])
    await ping()
    assert await count() == 1
    await world.store.write([Remove(settings)])
    for kind, is_ignored in ((2, False), (0, True)):
        row = RelationshipRow(user_id=world.bob, other_id=world.ada, type=kind, is_ignored=is_ignored)
        await world.store.write([Put(row)])
        await ping()
        assert await count() == 1
    await world.store.write([Put(RelationshipRow(user_id=world.bob, other_id=world.ada, type=1))])
    await ping()
    assert await count() == 2


@pytest.mark.parametrize(("with_roles", "with_everyone"), [(True, True), (False, True), (True, False)])
async def test_mentions_are_found_newest_first(world: World, with_roles: bool, with_everyone: bool) -> None:
    named = world.message(mention_ids=(world.ada, world.bob))
    role = world.message(mention_role_ids=(world.guild,))
    everyone = world.message(mentions_everyone=True)
    other = world.message(mention_ids=(world.ada,))
    own = world.message(mention_ids=(world.bob,), author_id=world.bob)
    for row in (named, role, everyone, other, own, world.message()):
        await world.store.add_message(row)
    query = MentionQuery(
        user_id=world.bob, after=0, before=2**63 - 1, with_roles=with_roles, with_everyone=with_everyone
    )
    expected = [*([everyone] if with_everyone else []), *([role] if with_roles else []), named]
    assert [row.id for row in await world.store.read_mentions(query, 10)] == [row.id for row in expected]
    assert len(await world.store.read_mentions(query, 1)) == 1
    await world.store.write([Put(DismissedMentionRow(user_id=world.bob, message_id=named.id))])
    await world.store.write([Put(DismissedMentionRow(user_id=world.bob, message_id=named.id))])
    assert named.id not in {row.id for row in await world.store.read_mentions(query, 10)}
    await world.store.write([ForgetDismissed(world.bob, named.id + 1)])
    assert named.id in {row.id for row in await world.store.read_mentions(query, 10)}


async def test_token_ids_are_read_newest_first(world: World) -> None:
    rows = [TokenRow(id=world.take(), user_id=world.ada, secret_hash=b"x") for _ in range(3)]
    await world.store.write([Put(row) for row in rows])
    assert await world.store.read_token_ids(world.ada) == [row.id for row in rows][::-1]
    assert await world.store.read_token_ids(world.bob) == []
