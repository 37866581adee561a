"""Voice states: who may join, what it is told, who is heard, and what ends it (lines 4.1, 4.11 and 4.12)."""

import asyncio

import msgspec
import pytest
from msgspec import UNSET

from tests.server.actions.conftest import Town, outcome, refused
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol import codec
from tuichat.protocol.audit_log import AuditEntryCreate
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.voice import VoiceChannelStartTimeUpdate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, EditChannelRequest, OverwriteRequest
from tuichat.protocol.rest.guild import CreateGuildRequest, EditGuildRequest, WidgetRequest
from tuichat.protocol.rest.member import EditMemberRequest, EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import (
    channels,
    guild_editing,
    guilds,
    members,
    overwrites,
    presence,
    storefront,
    voice_moderation,
    voice_states,
    voice_status,
    voice_telling,
    voice_upkeep,
)
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.ready import full_guild
from tuichat.server.actions.voice_rooms import Removal

UNKNOWN_CHANNEL, UNKNOWN_STATE, NOT_IN_VOICE = 10003, 10065, 40032
NO_ACCESS, NO_PERMISSION, WRONG_TYPE, INVALID = 50001, 50013, 50024, 50035


@pytest.fixture
def voice(town: Town) -> VoiceTown:
    return VoiceTown(town)


async def make_channel(town: Town, name: str, kind: ChannelType = ChannelType.VOICE, **fields: object) -> Snowflake:
    request = msgspec.convert({"name": name, "type": int(kind), **fields}, CreateChannelRequest)
    return (await channels.create_channel(town.ctx, town.ada, town.guild_id, request)).id


async def deny(town: Town, channel_id: int, permission: Permissions) -> None:
    """Take a permission, and no other, away from everybody in a channel."""
    request = OverwriteRequest(id=Snowflake(town.guild_id), deny=permission)
    await overwrites.set_overwrite(town.ctx, town.ada, channel_id, town.guild_id, request)


def look_again(voice: VoiceTown) -> None:
    for seat in voice.ctx.voice_seats.in_server(voice.town.guild_id):
        voice_upkeep.look_again(voice.ctx, voice.town.guild_id, seat.user_id)


async def test_a_join_is_told_to_all_and_its_server_to_the_session_alone(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge, mute=True)
    (server_event,) = voice.take("VOICE_SERVER_UPDATE")
    (server,) = voice.servers()
    assert (server.guild_id, server.endpoint, server.token) == (voice.town.guild_id, "voice.test:1", "token-1")
    assert (server_event.user_ids, server_event.session_id) == (frozenset({int(voice.town.bob.user_id)}), "of-bob")
    names = [event.name for event in voice.town.published if event.name.startswith("VOICE_S")]
    assert names == ["VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE"]
    (state,) = voice.states()
    assert (state.channel_id, state.user_id, state.session_id) == (voice.lounge, voice.town.bob.user_id, "of-bob")
    assert (state.self_mute, state.self_deaf, state.mute, state.suppress) == (True, False, False, False)
    assert state.member
    assert state.member.user.username == "bob"


async def test_muting_oneself_is_told_and_opens_no_connection_anew(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge)
    voice.states()
    voice.ask("bob", voice.lounge, mute=True, deaf=True)
    assert len(voice.rooms.granted) == 1
    (state,) = voice.states()
    assert (state.self_mute, state.self_deaf) == (True, True)
    assert voice.rooms.updated[-1].is_deaf


async def test_asking_again_for_the_same_lets_a_lost_voice_connection_in_again(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge)
    voice.states()
    voice.ask("bob", voice.lounge)
    assert [server.token for server in voice.servers()] == ["token-2"]
    (state_event,) = voice.take("VOICE_STATE_UPDATE")  # libraries wait for both; nobody else has news
    assert (state_event.user_ids, state_event.session_id) == (frozenset({int(voice.town.bob.user_id)}), "of-bob")


async def test_who_lost_its_voice_connection_and_comes_back_muted_is_let_in_again(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge)
    voice.states()
    voice.rooms.lost.add(int(voice.town.bob.user_id))
    voice.ask("bob", voice.lounge, mute=True)
    assert [server.token for server in voice.servers()] == ["token-2"]
    assert [state.self_mute for state in voice.states()] == [True]


async def test_another_session_of_the_user_takes_over(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge, "phone")
    voice.states()
    voice.ask("bob", voice.lounge, "laptop")
    (server_event,) = voice.take("VOICE_SERVER_UPDATE")
    assert server_event.session_id == "laptop"
    assert [state.session_id for state in voice.states()] == ["laptop"]
    voice_states.session_ended(voice.ctx, voice.town.bob, "phone")
    assert voice.place("bob") is not None
    voice_states.session_ended(voice.ctx, voice.town.bob, "laptop")
    assert voice.place("bob") is None
    assert voice.rooms.removed[-1][2] is Removal.SESSION_ENDED


async def test_a_move_tells_the_state_before_the_server(voice: VoiceTown) -> None:
    other = await make_channel(voice.town, "Other")
    voice.ask("bob", voice.lounge)
    voice.states()
    voice.ask("bob", other)
    names = [event.name for event in voice.town.published if event.name.startswith("VOICE_S")]
    assert names == ["VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE"]
    assert [state.channel_id for state in voice.states()] == [other]
    assert [place.channel_id for place in voice.rooms.granted] == [voice.lounge, other]
    assert voice.rooms.removed == []


async def test_leaving_is_told_once(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge)
    voice.states()
    voice.ask("bob", None)
    voice.ask("bob", None)
    assert [state.channel_id for state in voice.states()] == [None]
    assert voice.rooms.removed == [(voice.town.guild_id, voice.town.bob.user_id, Removal.LEFT)]


@pytest.mark.parametrize(("name", "expected"), [("eve", NO_ACCESS), ("hush", NO_PERMISSION), ("bob", None)])
async def test_who_may_join(voice: VoiceTown, name: str, expected: int | None) -> None:
    if expected is None:
        voice.ask(name, voice.lounge)
    else:
        with refused(expected):
            voice.ask(name, voice.lounge)
    assert (voice.place(name) is None) == (expected is not None)


async def test_where_nobody_may_join(voice: VoiceTown) -> None:
    with refused(WRONG_TYPE):
        voice.ask("bob", voice.town.general)
    with refused(UNKNOWN_CHANNEL):
        voice.ask("bob", 1)
    await deny(voice.town, voice.lounge, Permissions.CONNECT)
    with refused(NO_PERMISSION):
        voice.ask("bob", voice.lounge)
    await deny(voice.town, voice.lounge, Permissions.VIEW_CHANNEL)
    with refused(NO_ACCESS):
        voice.ask("bob", voice.lounge)
    voice.ask("ada", voice.lounge)


async def test_a_full_channel_takes_only_those_in_who_move_members(voice: VoiceTown) -> None:
    small = await make_channel(voice.town, "Small", user_limit=1)
    voice.ask("bob", small)
    with refused(0) as caught:
        voice.ask("mod", small)
    assert "1" in caught.value.message
    voice.ask("bob", small, mute=True)  # who is in it already stays in it
    voice.ask("ada", small)


async def test_an_account_is_in_one_place_and_a_bot_in_one_of_each_guild(voice: VoiceTown) -> None:
    from tuichat.server.actions import guilds

    second = await guilds.create_guild(voice.ctx, voice.town.ada, CreateGuildRequest(name="Second"))
    state = voice.ctx.guilds.get(second.id)
    assert state is not None
    lounge = next(row.id for row in state.channels.values() if row.type == ChannelType.VOICE)
    voice.ask("ada", voice.lounge)
    voice.states()
    voice.ask("ada", lounge, guild_id=second.id)
    assert [(told.guild_id, told.channel_id) for told in voice.states()] == [
        (voice.town.guild_id, None),
        (second.id, lounge),
    ]
    assert voice.rooms.removed == [(voice.town.guild_id, voice.town.ada.user_id, Removal.LEFT)]


async def test_without_speak_somebody_is_suppressed_and_not_heard(voice: VoiceTown) -> None:
    await deny(voice.town, voice.lounge, Permissions.SPEAK)
    voice.ask("bob", voice.lounge)
    assert [state.suppress for state in voice.states()] == [True]
    assert voice.rooms.granted[-1].may_speak is False


async def test_priority_and_bitrate_go_to_the_voice_server(voice: VoiceTown) -> None:
    high = await make_channel(voice.town, "High", bitrate=96_000)
    voice.ask("ada", high)
    voice.ask("bob", high)
    ada, bob = voice.rooms.granted
    assert (ada.bitrate, ada.is_priority, bob.is_priority) == (96_000, True, False)
    await channels.edit_channel(voice.ctx, voice.town.ada, high, EditChannelRequest(bitrate=32_000))
    look_again(voice)
    assert {place.bitrate for place in voice.rooms.updated} == {32_000}
    assert len(voice.rooms.updated) == 2


async def test_a_moderator_mutes_and_it_lasts_over_a_new_join(voice: VoiceTown) -> None:
    await voice.town.give_role("mod", Permissions.MUTE_MEMBERS | Permissions.DEAFEN_MEMBERS)
    voice.ask("bob", voice.lounge)
    voice.states()
    shown = await members.edit_member(
        voice.ctx, voice.town.people["mod"], voice.town.guild_id, voice.town.bob.user_id,
        EditMemberRequest(mute=True, deaf=True),
    )  # fmt: skip
    assert (shown.mute, shown.deaf) == (True, True)
    assert (voice.rooms.updated[-1].may_speak, voice.rooms.updated[-1].is_deaf) == (False, True)
    (entry,) = voice.take("GUILD_AUDIT_LOG_ENTRY_CREATE")
    changes = codec.decode(entry.body, AuditEntryCreate).changes
    assert b'"mute"' in codec.encode(changes)
    assert [(state.mute, state.deaf) for state in voice.states()] == [(True, True)]
    voice.ask("bob", None)
    voice.ask("bob", voice.lounge)
    assert voice.states()[-1].mute
    assert voice.rooms.granted[-1].may_speak is False


@pytest.mark.parametrize("fields", [{"mute": True}, {"deaf": True}, {"channel_id": None}])
async def test_moderation_needs_its_permission_and_somebody_in_voice(
    voice: VoiceTown, fields: dict[str, object]
) -> None:
    async def edit(who: str, whom: str) -> object:
        request = msgspec.convert(fields, EditMemberRequest)
        actor, member = voice.town.people[who], voice.town.people[whom].user_id
        return await outcome(members.edit_member(voice.ctx, actor, voice.town.guild_id, member, request))

    assert await edit("ada", "bob") == NOT_IN_VOICE
    voice.ask("bob", voice.lounge)
    assert await edit("mod", "bob") == NO_PERMISSION
    assert not isinstance(await edit("ada", "bob"), int)


async def test_a_moderator_moves_somebody_where_it_could_not_go_itself(voice: VoiceTown) -> None:
    closed = await make_channel(voice.town, "Closed", user_limit=1)
    await deny(voice.town, closed, Permissions.CONNECT)
    voice.ask("ada", closed)
    voice.ask("bob", voice.lounge)
    voice.states()
    await members.edit_member(
        voice.ctx, voice.town.ada, voice.town.guild_id, voice.town.bob.user_id, EditMemberRequest(channel_id=closed)
    )
    (entry,) = voice.take("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert b'"channel_id":"%d"' % int(closed) in entry.body
    assert [state.channel_id for state in voice.states()] == [closed]
    assert voice.rooms.granted[-1].channel_id == closed
    look_again(voice)
    assert voice.place("bob") is not None  # a guest stays
    await deny(voice.town, closed, Permissions.VIEW_CHANNEL)  # and may connect now
    look_again(voice)
    assert voice.place("bob") is None  # but what it saw it has to go on seeing


async def test_what_a_guest_is_given_it_has_to_keep(voice: VoiceTown) -> None:
    closed = await make_channel(voice.town, "Closed")
    await deny(voice.town, closed, Permissions.CONNECT)
    voice.ask("bob", voice.lounge)
    await members.edit_member(
        voice.ctx, voice.town.ada, voice.town.guild_id, voice.town.bob.user_id, EditMemberRequest(channel_id=closed)
    )
    await deny(voice.town, closed, Permissions.SPEAK)  # in the place of CONNECT
    look_again(voice)
    await deny(voice.town, closed, Permissions.CONNECT)
    look_again(voice)
    assert voice.place("bob") is None


async def test_a_moderator_moves_only_where_it_may_go_and_move_itself(voice: VoiceTown) -> None:
    await voice.town.give_role("mod", Permissions.MOVE_MEMBERS)
    closed = await make_channel(voice.town, "Closed")
    await deny(voice.town, closed, Permissions.CONNECT)
    voice.ask("bob", voice.lounge)
    mod, guild_id, bob_id = voice.town.people["mod"], voice.town.guild_id, voice.town.bob.user_id
    for channel_id, expected in ((closed, NO_PERMISSION), (voice.town.general, WRONG_TYPE), (1, UNKNOWN_CHANNEL)):
        request = EditMemberRequest(channel_id=Snowflake(channel_id))
        assert await outcome(members.edit_member(voice.ctx, mod, guild_id, bob_id, request)) == expected
    place = voice.place("bob")
    assert place is not None
    assert place.channel_id == voice.lounge


async def test_a_moderator_disconnects(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge)
    voice.states()
    await members.edit_member(
        voice.ctx, voice.town.ada, voice.town.guild_id, voice.town.bob.user_id, EditMemberRequest(channel_id=None)
    )
    assert [state.channel_id for state in voice.states()] == [None]
    assert voice.rooms.removed[-1][2] is Removal.DISCONNECTED


async def test_whoever_loses_the_channel_leaves_it(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge)
    voice.ask("ada", voice.lounge)
    voice.states()
    await deny(voice.town, voice.lounge, Permissions.CONNECT)
    look_again(voice)
    assert (voice.place("bob"), voice.place("ada") is None) == (None, False)
    assert [(state.user_id, state.channel_id) for state in voice.states()] == [(voice.town.bob.user_id, None)]
    assert voice.rooms.removed[-1][2] is Removal.NOT_ALLOWED


async def test_a_deleted_channel_and_a_kick_end_it(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge)
    voice.ask("mod", voice.lounge)
    await members.kick_member(voice.ctx, voice.town.ada, voice.town.guild_id, voice.town.bob.user_id)
    look_again(voice)
    assert voice.rooms.removed[-1][1:] == (voice.town.bob.user_id, Removal.NOT_ALLOWED)
    await channels.delete_channel(voice.ctx, voice.town.ada, voice.lounge)
    look_again(voice)
    assert voice.rooms.removed[-1][1:] == (voice.town.people["mod"].user_id, Removal.CHANNEL_GONE)
    assert len(voice.ctx.voice_seats) == 0


async def test_the_bus_has_those_in_voice_looked_at_again(voice: VoiceTown) -> None:
    voice.ctx.bus.subscribe(voice_upkeep.VoiceWatch(voice.ctx).follow)
    voice.ask("bob", voice.lounge)
    await deny(voice.town, voice.lounge, Permissions.SPEAK)
    await asyncio.sleep(0)
    assert voice.rooms.updated[-1].may_speak is False
    voice.ask("mod", voice.lounge)
    until = format_timestamp(voice.town.clock.ms + 60_000)
    timeout = EditMemberRequest(communication_disabled_until=until)
    await members.edit_member(voice.ctx, voice.town.ada, voice.town.guild_id, voice.town.bob.user_id, timeout)
    await asyncio.sleep(0)
    assert (voice.place("bob"), voice.place("mod") is None) == (None, False)
    await channels.delete_channel(voice.ctx, voice.town.ada, voice.lounge)
    await asyncio.sleep(0)
    assert voice.place("mod") is None


async def test_many_in_voice_are_looked_at_over_several_turns_of_the_loop(
    voice: VoiceTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_upkeep, "LOOK_SLICE_S", -1.0)  # each turn is over before it begins
    voice.ctx.bus.subscribe(voice_upkeep.VoiceWatch(voice.ctx).follow)
    for name in ("bob", "mod"):
        voice.ask(name, voice.lounge)
    await channels.delete_channel(voice.ctx, voice.town.ada, voice.lounge)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(voice.ctx.voice_seats) == 2
    monkeypatch.setattr(voice_upkeep, "LOOK_SLICE_S", 1.0)
    await asyncio.sleep(0)
    assert len(voice.ctx.voice_seats) == 0


async def test_a_deleted_guild_leaves_nobody_in_voice(voice: VoiceTown) -> None:
    voice.ctx.bus.subscribe(voice_upkeep.VoiceWatch(voice.ctx).follow)
    voice.ask("bob", voice.lounge)
    await guilds.delete_guild(voice.ctx, voice.town.ada, voice.town.guild_id)
    await asyncio.sleep(0)
    assert len(voice.ctx.voice_seats) == 0
    assert voice.rooms.removed[-1][1] == voice.town.bob.user_id


async def test_who_cannot_see_where_somebody_goes_sees_it_leave(voice: VoiceTown) -> None:
    """A secret channel's people are nobody else's business, and none of them stays behind as a ghost."""
    secret = await make_channel(voice.town, "Secret")
    await deny(voice.town, secret, Permissions.VIEW_CHANNEL)
    for name in ("ada", "bob", "mod"):
        presence.session_opened(voice.ctx, voice.town.people[name], f"of-{name}")
    voice.ask("ada", voice.lounge)
    voice.town.published.clear()
    voice.ask("ada", secret)
    gone, moved = voice.take("VOICE_STATE_UPDATE")
    assert gone.user_ids == frozenset(int(voice.town.people[name].user_id) for name in ("bob", "mod"))
    assert (moved.channel_id, moved.user_ids) == (secret, None)
    assert [state.channel_id for state in voice.states()] == [None, secret]
    members_view = full_guild(voice.ctx, voice.town.bob.user_id, voice.town.guild_id)
    owners_view = full_guild(voice.ctx, voice.town.ada.user_id, voice.town.guild_id)
    assert (members_view.voice_states, len(owners_view.voice_states)) == ([], 1)


async def test_who_begins_to_see_a_channel_is_told_who_is_in_it(voice: VoiceTown) -> None:
    voice.ctx.bus.subscribe(voice_upkeep.VoiceWatch(voice.ctx).follow)
    secret = await make_channel(voice.town, "Secret")
    await deny(voice.town, secret, Permissions.VIEW_CHANNEL)
    presence.session_opened(voice.ctx, voice.town.bob, "of-bob")
    voice.ask("ada", secret)
    voice.town.published.clear()
    await deny(voice.town, secret, Permissions.CONNECT)  # in the place of what hid it
    await asyncio.sleep(0)
    (told,) = voice.take("VOICE_STATE_UPDATE")
    assert told.user_ids == frozenset({int(voice.town.bob.user_id)})
    assert [state.channel_id for state in voice.states()] == [secret]
    await deny(voice.town, secret, Permissions.VIEW_CHANNEL)
    await asyncio.sleep(0)
    assert [state.channel_id for state in voice.states()] == [None]


async def test_a_guild_shows_who_is_in_voice_without_its_own_id(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge, deaf=True)
    shown = full_guild(voice.ctx, voice.town.ada.user_id, voice.town.guild_id, with_presences=False)
    (state,) = shown.voice_states
    assert b"guild_id" not in codec.encode(state)
    assert (state.user_id, state.channel_id, state.self_deaf) == (voice.town.bob.user_id, voice.lounge, True)
    assert {member.user.username for member in shown.members} == {"ada", "bob"}


async def test_the_afk_channel_takes_those_who_do_nothing(voice: VoiceTown) -> None:
    away = await make_channel(voice.town, "Away")
    request = EditGuildRequest(afk_channel_id=away, afk_timeout=60)
    await guild_editing.edit_guild(voice.ctx, voice.town.ada, voice.town.guild_id, request)
    for name in ("ada", "bob", "mod"):
        voice.ask(name, voice.lounge)
    voice.states()
    voice.town.clock.ms += 59_000
    voice_upkeep.tick(voice.ctx)
    assert voice.states() == []
    voice.rooms.heard[voice.town.ada.user_id] = 3_000  # she talks
    voice.ctx.voice_seats.note_active([voice.town.people["mod"].user_id], voice.town.clock.ms)  # mod writes
    voice.town.clock.ms += 1_000
    voice_upkeep.tick(voice.ctx)
    (state,) = voice.states()
    assert (state.user_id, state.channel_id, state.suppress) == (voice.town.bob.user_id, away, True)
    assert voice.rooms.granted[-1].may_speak is False
    voice_upkeep.tick(voice.ctx)
    assert voice.states() == []


async def test_what_goes_on_in_a_channel_ends_with_its_last_one(voice: VoiceTown) -> None:
    voice.ask("bob", voice.lounge)
    await voice.town.give_role("bob", Permissions.SET_VOICE_CHANNEL_STATUS)
    await voice_status.set_status(voice.ctx, voice.town.bob, voice.lounge, "chess")
    voice.ask("bob", None)
    starts = [
        codec.decode(event.body, VoiceChannelStartTimeUpdate) for event in voice.take("VOICE_CHANNEL_START_TIME_UPDATE")
    ]
    assert [start.voice_start_time for start in starts] == [voice.town.clock.ms // 1000, None]
    assert b'"status":null' in voice.take("VOICE_CHANNEL_STATUS_UPDATE")[-1].body
    with refused(NO_PERMISSION):  # from outside it takes more
        await voice_status.set_status(voice.ctx, voice.town.bob, voice.lounge, "chess")


async def test_a_state_is_read_by_who_sees_it(voice: VoiceTown) -> None:
    guild_id, bob_id = voice.town.guild_id, voice.town.bob.user_id
    with refused(UNKNOWN_STATE, 404):
        await voice_moderation.get_state(voice.ctx, voice.town.bob, guild_id, bob_id)
    voice.ask("bob", voice.lounge)
    shown = await voice_moderation.get_state(voice.ctx, voice.town.ada, guild_id, bob_id)
    assert (shown.channel_id, shown.guild_id) == (voice.lounge, guild_id)


@pytest.mark.parametrize(("late_ms", "is_taken"), [(23 * 3_600_000, True), (25 * 3_600_000, False)])
async def test_a_slow_clock_raises_a_hand_now(voice: VoiceTown, late_ms: int, *, is_taken: bool) -> None:
    stage = await make_channel(voice.town, "Stage", ChannelType.STAGE)
    voice.ask("bob", stage)
    asked = format_timestamp(voice.town.clock.ms - late_ms)
    hand = EditVoiceStateRequest(channel_id=stage, request_to_speak_timestamp=asked)
    edit = voice_moderation.edit_own_state(voice.ctx, voice.town.bob, voice.town.guild_id, hand)
    if is_taken:
        await edit
        assert voice.states()[-1].request_to_speak_timestamp == format_timestamp(voice.town.clock.ms)
    else:
        with pytest.raises(ActionError, match="Invalid Form Body"):
            await edit


async def test_on_a_stage_one_listens_until_one_is_let_speak(voice: VoiceTown) -> None:
    stage = await make_channel(voice.town, "Stage", ChannelType.STAGE)
    guild_id, bob = voice.town.guild_id, voice.town.bob
    voice.ask("bob", stage)
    assert [state.suppress for state in voice.states()] == [True]
    voice_telling.flush(voice.ctx)
    assert [state.suppress for state in voice.states()] == [True]
    own = EditVoiceStateRequest(channel_id=stage, suppress=False)
    with refused(NO_PERMISSION):
        await voice_moderation.edit_own_state(voice.ctx, bob, guild_id, own)
    hand = EditVoiceStateRequest(channel_id=stage, request_to_speak_timestamp="2099-01-01T00:00:00.000000+00:00")
    await voice_moderation.edit_own_state(voice.ctx, bob, guild_id, hand)
    assert [(state.suppress, state.request_to_speak_timestamp is None) for state in voice.states()] == [(True, False)]
    await voice_moderation.edit_state(voice.ctx, voice.town.ada, guild_id, bob.user_id, own)
    assert [(state.suppress, state.request_to_speak_timestamp is None) for state in voice.states()] == [(False, False)]
    place = voice.place("bob")
    assert place is not None
    assert not place.may_speak  # invited, and has not accepted
    await voice_moderation.edit_own_state(voice.ctx, bob, guild_id, own)
    assert [(state.suppress, state.request_to_speak_timestamp) for state in voice.states()] == [(False, None)]
    assert voice.rooms.updated[-1].may_speak
    back = EditVoiceStateRequest(suppress=True)
    await voice_moderation.edit_state(voice.ctx, voice.town.ada, guild_id, bob.user_id, back)
    assert not voice.rooms.updated[-1].may_speak


async def test_an_invitation_to_speak_can_be_declined(voice: VoiceTown) -> None:
    stage = await make_channel(voice.town, "Stage", ChannelType.STAGE)
    guild_id, bob = voice.town.guild_id, voice.town.bob
    voice.ask("bob", stage)
    invite = EditVoiceStateRequest(suppress=False)
    await voice_moderation.edit_state(voice.ctx, voice.town.ada, guild_id, bob.user_id, invite)
    voice.states()
    decline = EditVoiceStateRequest(request_to_speak_timestamp=None)
    await voice_moderation.edit_own_state(voice.ctx, bob, guild_id, decline)
    assert [(state.suppress, state.request_to_speak_timestamp) for state in voice.states()] == [(True, None)]


async def test_what_is_no_stage_knows_no_speakers(voice: VoiceTown) -> None:
    guild_id, ada = voice.town.guild_id, voice.town.ada
    own = EditVoiceStateRequest(suppress=False)
    with refused(NOT_IN_VOICE):
        await voice_moderation.edit_own_state(voice.ctx, ada, guild_id, own)
    with refused(UNKNOWN_STATE):
        await voice_moderation.edit_state(voice.ctx, ada, guild_id, voice.town.bob.user_id, own)
    voice.ask("ada", voice.lounge)
    with refused(WRONG_TYPE):
        await voice_moderation.edit_own_state(voice.ctx, ada, guild_id, own)
    stage = await make_channel(voice.town, "Stage", ChannelType.STAGE)
    voice.ask("ada", stage)
    for timestamp in ("yesterday", "2001-01-01T00:00:00.000000+00:00"):
        request = EditVoiceStateRequest(request_to_speak_timestamp=timestamp)
        with refused(INVALID):
            await voice_moderation.edit_own_state(voice.ctx, ada, guild_id, request)


async def test_a_channels_region_is_a_node_that_runs(voice: VoiceTown) -> None:
    await channels.edit_channel(voice.ctx, voice.town.ada, voice.lounge, EditChannelRequest(rtc_region="here"))
    with refused(INVALID):
        await channels.edit_channel(voice.ctx, voice.town.ada, voice.lounge, EditChannelRequest(rtc_region="mars"))
    await channels.edit_channel(voice.ctx, voice.town.ada, voice.lounge, EditChannelRequest(rtc_region=None))


async def test_a_widget_tells_who_is_in_a_voice_channel_that_all_see(voice: VoiceTown) -> None:
    request = WidgetRequest(enabled=True)
    await storefront.edit_widget_settings(voice.ctx, voice.town.ada, voice.town.guild_id, request)
    secret = await make_channel(voice.town, "Secret")
    await deny(voice.town, secret, Permissions.VIEW_CHANNEL)
    for name, channel_id in (("ada", secret), ("bob", voice.lounge)):
        presence.session_opened(voice.ctx, voice.town.people[name], f"of-{name}")
        voice.ask(name, channel_id, mute=True)
    shown = await storefront.get_widget(voice.ctx, voice.town.guild_id, base_url="")
    ada, bob = shown.members
    assert (ada.channel_id, bob.channel_id, bob.self_mute) == (UNSET, voice.lounge, True)
