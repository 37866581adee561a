"""The lists show what the states say: marks, order, counts, and hostile names as text."""

import msgspec
from msgspec import UNSET

from tests.tui.hostile import FORBIDDEN, HOSTILE, WORD
from tests.tui.samples import (
    ALAN,
    GENERAL,
    GUILD,
    ME,
    NEWS,
    RADIA,
    REVIEWS,
    STANDUP,
    VOICE_ENGINE,
    channel,
    member,
    sample_state,
    user,
)
from tuichat.client.state import CallInfo, Connection, MemberListState
from tuichat.protocol.channel import Channel, ChannelType, ThreadMember
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.member_list import ListGroup
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui.panes.channel_list import CategoryRow, ChannelRow, GuildHeadRow, InviteRow, VoiceMemberRow
from tuichat.tui.panes.member_list import HeadingRow, MemberRow
from tuichat.tui.rows import (
    PRIVATE,
    Chosen,
    all_channels,
    channel_rows,
    first_channel,
    guild_initials,
    member_rows,
    rail_rows,
    unread_channels,
)

HERE = Chosen("s1/101", GUILD, GENERAL)


def test_the_rail_marks_the_guild_shown_and_counts_mentions() -> None:
    guild, plus = rail_rows({"s1/101": sample_state()}, HERE, frozenset())
    assert (guild.sign, guild.is_chosen, guild.is_unread, guild.mentions) == ("TL", True, True, 3)
    assert plus.account_key == ""


def test_the_rail_holds_the_guilds_of_all_accounts_apart() -> None:
    states = {"s1/101": sample_state(), "s2/5": sample_state()}
    rows = rail_rows(states, HERE, frozenset())
    assert [(row.account_key, row.is_rule) for row in rows] == [
        ("s1/101", False),
        ("", True),
        ("s2/5", False),
        ("", False),
    ]
    assert [row.is_chosen for row in rows] == [True, False, False, False]


def test_an_account_without_guilds_can_still_be_chosen() -> None:
    state = sample_state()
    state.guilds.clear()
    state.connection = Connection.REFUSED
    (row, _) = rail_rows({"s1/101": state}, Chosen("s1/101"), frozenset())
    assert row.guild_id is None
    assert row.is_offline
    assert row.key is not None


def test_channels_stand_below_their_kind_with_what_is_unread() -> None:
    rows = channel_rows(sample_state(), HERE, frozenset())
    assert isinstance(rows[0], GuildHeadRow)
    assert rows[0].subtitle == "412 members · 7 online"
    assert isinstance(rows[-1], InviteRow)
    found = {row.channel_id: row for row in rows if isinstance(row, ChannelRow)}
    assert found[GENERAL].is_chosen
    assert found[VOICE_ENGINE].mentions == 3
    assert found[REVIEWS].is_unread
    assert not found[NEWS].is_unread
    assert [row.name for row in rows if isinstance(row, CategoryRow)] == ["text", "voice"]


def test_a_folded_category_keeps_what_needs_attention() -> None:
    rows = channel_rows(sample_state(), HERE, frozenset({-1, -2}))
    assert [row.channel_id for row in rows if isinstance(row, ChannelRow)] == [GENERAL, VOICE_ENGINE, REVIEWS]


def test_channels_stand_below_the_guilds_own_categories() -> None:
    state = sample_state()
    state.channels[3000] = channel(3000, ChannelType.CATEGORY, "work")
    state.channels[REVIEWS] = msgspec.structs.replace(state.channels[REVIEWS], parent_id=Snowflake(3000))
    state.guilds[GUILD].channel_ids = [GENERAL, 3000, REVIEWS]
    rows = [row for row in channel_rows(state, HERE, frozenset()) if isinstance(row, CategoryRow | ChannelRow)]
    assert [row.name for row in rows] == ["general", "work", "reviews"]


def test_threads_that_one_follows_stand_below_their_channel() -> None:
    state = sample_state()
    followed = ThreadMember(join_timestamp="2026-11-01T00:00:00+00:00")
    for thread_id, name, membership in ((3001, "followed", followed), (3002, "other", UNSET)):
        made = channel(thread_id, ChannelType.PUBLIC_THREAD, name, last=thread_id)
        state.channels[thread_id] = msgspec.structs.replace(made, parent_id=Snowflake(GENERAL), member=membership)
        state.guilds[GUILD].thread_ids.add(thread_id)
    rows = [row for row in channel_rows(state, HERE, frozenset()) if isinstance(row, ChannelRow)]
    names = [row.name for row in rows]
    assert names[names.index("general") + 1] == "followed"
    assert "other" not in names
    assert rows[names.index("followed")].is_unread
    state.channels[3000] = channel(3000, ChannelType.FORUM, "help")
    state.guilds[GUILD].channel_ids.append(3000)
    assert "help" in [row.name for row in channel_rows(state, HERE, frozenset()) if isinstance(row, ChannelRow)]


def test_people_in_voice_stand_below_their_channel() -> None:
    state = sample_state()
    voice = VoiceState(channel_id=Snowflake(STANDUP), user_id=Snowflake(RADIA), session_id="x", self_mute=True)
    state.guilds[GUILD].voice_states = {RADIA: voice}
    rows = channel_rows(state, HERE, frozenset())
    (person,) = [row for row in rows if isinstance(row, VoiceMemberRow)]
    assert person == VoiceMemberRow(RADIA, "radia", marks=(("✕", "bad"),))
    members = [row for row in member_rows(state, HERE) if isinstance(row, MemberRow)]
    assert [row.user_id for row in members if row.is_in_voice] == [RADIA]


def test_a_private_call_shows_its_people_below_the_channel() -> None:
    state = sample_state()
    made = Channel(id=Snowflake(9102), type=ChannelType.DM, recipients=[user(RADIA)])
    state.channels[9102] = made
    state.private_channel_ids.append(9102)
    voice = VoiceState(channel_id=Snowflake(9102), user_id=Snowflake(RADIA), session_id="x")
    state.calls[9102] = CallInfo(frozenset({ME}), {RADIA: voice})
    rows = channel_rows(state, Chosen("s1/101", PRIVATE), frozenset())
    assert [row.count for row in rows if isinstance(row, ChannelRow)] == ["1"]
    assert [row.name for row in rows if isinstance(row, VoiceMemberRow)] == ["radia"]


def test_members_stand_by_role_then_presence() -> None:
    rows = member_rows(sample_state(), HERE)
    headings = [row.text for row in rows if isinstance(row, HeadingRow)]
    assert headings == ["MAINTAINERS — 1", "ONLINE — 6", "OFFLINE — 405"]
    names = [row.name for row in rows if isinstance(row, MemberRow)]
    assert names[:2] == ["margaret", "ada"]
    me = next(row for row in rows if isinstance(row, MemberRow) and row.user_id == ME)
    assert me.is_me
    assert next(row for row in rows if isinstance(row, MemberRow) and row.user_id == ALAN).status == "offline"


def test_a_large_guilds_members_stand_where_the_server_puts_them() -> None:
    state = sample_state()
    guild = state.guilds[GUILD]
    role = next(role for role in guild.roles.values() if role.hoist)
    groups = [ListGroup(id=str(int(role.id)), count=1), ListGroup(id="online", count=3)]
    guild.member_list = MemberListState(groups=groups, rows={0: None, 1: ALAN, 2: None, 4: RADIA})
    assert [
        row.text if isinstance(row, HeadingRow) else row.name if isinstance(row, MemberRow) else "?"
        for row in member_rows(state, HERE)
    ] == [f"{role.name.upper()} — 1", "alan", "ONLINE — 3", "?", "radia", "?"]


def test_unread_channels_come_in_the_lists_order() -> None:
    states = {"s1/101": sample_state()}
    assert [chosen.channel_id for chosen in unread_channels(states)] == [VOICE_ENGINE, REVIEWS]
    assert len(all_channels(states)) == 7


def test_a_guild_opens_with_its_first_text_channel() -> None:
    assert first_channel(sample_state(), GUILD) == GENERAL


def test_initials() -> None:
    names = ["Textual Labs", "rust", "Home", "a", "", "東京", "x-y z", "\x1b[31m"]
    assert [guild_initials(name) for name in names] == ["TL", "ru", "Ho", "a", "?", "東京", "XY", "31"]


def test_hostile_names_are_text_everywhere() -> None:
    for text in HOSTILE.values():
        state = sample_state()
        guild = state.guilds[GUILD]
        guild.guild = msgspec.structs.replace(guild.guild, name=text)
        guild.members[RADIA] = member(RADIA, nick=text)
        state.channels[REVIEWS] = msgspec.structs.replace(state.channels[REVIEWS], name=text)
        rail = rail_rows({"s1/101": state}, HERE, frozenset())
        shown = [row.sign for row in rail]
        channels = channel_rows(state, HERE, frozenset())
        shown += [row.name for row in channels if isinstance(row, ChannelRow | GuildHeadRow)]
        people = [row.name for row in member_rows(state, HERE) if isinstance(row, MemberRow)]
        assert not FORBIDDEN & set("".join(shown + people))
        assert any(WORD in name for name in people)
        assert sum(WORD in name for name in shown) >= 2
