"""Who is told that somebody, or a club, whom it follows went live."""

import msgspec
import pytest

from tests.server.actions.conftest import Town
from tests.server.actions.test_live_rooms import start
from tests.server.actions.test_scheduled_events import new_stage
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol import codec
from tuichat.protocol.ban import BanRequest
from tuichat.protocol.follow import FollowedLive
from tuichat.protocol.live_room import Openness
from tuichat.protocol.relationship import PutRelationshipRequest, RelationshipType
from tuichat.protocol.rest.member import EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import bans, followed_live, follows, relationships, stages, voice_moderation

DOWN, UP = EditVoiceStateRequest(suppress=True), EditVoiceStateRequest(suppress=False)


@pytest.fixture
def voice(town: Town) -> VoiceTown:
    """Everybody is connected."""
    for actor in town.people.values():
        town.ctx.presences.set(actor.user_id, "a-session", "online", [])
    return VoiceTown(town)


async def told(town: Town) -> list[tuple[str, str, str]]:
    """Who was told why of whom since the last look."""
    await town.ctx.background.settle()
    names = {int(actor.user_id): name for name, actor in town.people.items()}
    found = []
    for event in town.told("TUICHAT_FOLLOWED_LIVE"):
        assert event.user_ids is not None
        (user_id,) = event.user_ids
        live = codec.decode(event.body, FollowedLive)
        about = live.room.guild_name if live.user is None else live.user.username
        found.append((names[user_id], live.reason, about))
    town.published.clear()
    return sorted(found)


async def follow(town: Town, name: str, *others: str) -> None:
    for other in others:
        if other == "Town":
            await follows.follow_guild(town.ctx, town.people[name], town.guild_id)
        else:
            await follows.follow_user(town.ctx, town.people[name], town.people[other].user_id)


async def let_speak(town: Town, name: str, channel_id: Snowflake) -> None:
    """Invite somebody up, and have it accept."""
    user_id = town.people[name].user_id
    await voice_moderation.edit_state(town.ctx, town.ada, town.guild_id, user_id, UP)
    await voice_moderation.edit_own_state(town.ctx, town.people[name], town.guild_id, UP)


async def test_followers_of_who_starts_and_of_the_club_are_told_once(town: Town, voice: VoiceTown) -> None:
    await follow(town, "bob", "ada", "Town")
    await follow(town, "mod", "Town")
    await follow(town, "ada", "Town")
    channel_id = await new_stage(town)
    voice.ask("ada", channel_id)
    await start(town, channel_id)
    assert await told(town) == [("bob", "started", "ada"), ("mod", "club", "Town")]
    await stages.close_stage(town.ctx, town.ada, channel_id)
    await start(town, channel_id)
    assert await told(town) == [("bob", "started", "ada"), ("mod", "club", "Town")]


async def test_followers_of_a_new_speaker_are_told_once_a_room_when_it_accepts(town: Town, voice: VoiceTown) -> None:
    await follow(town, "bob", "mod")
    channel_id = await new_stage(town)
    await start(town, channel_id)
    voice.ask("mod", channel_id)
    await voice_moderation.edit_state(town.ctx, town.ada, town.guild_id, town.people["mod"].user_id, UP)
    assert await told(town) == []  # invited alone
    await voice_moderation.edit_own_state(town.ctx, town.people["mod"], town.guild_id, UP)
    assert await told(town) == [("bob", "speaks", "mod")]
    await voice_moderation.edit_own_state(town.ctx, town.people["mod"], town.guild_id, DOWN)
    await let_speak(town, "mod", channel_id)
    assert await told(town) == []
    await stages.close_stage(town.ctx, town.ada, channel_id)
    await start(town, channel_id)
    await let_speak(town, "mod", channel_id)
    assert await told(town) == [("bob", "speaks", "mod")]


async def test_who_sits_in_the_room_or_may_not_come_in_is_not_told(town: Town, voice: VoiceTown) -> None:
    await follow(town, "bob", "ada")
    await follow(town, "mod", "ada")
    channel_id = await new_stage(town)
    voice.ask("bob", channel_id)
    await start(town, channel_id)
    assert await told(town) == [("mod", "started", "ada")]
    await stages.close_stage(town.ctx, town.ada, channel_id)
    voice.ask("bob", None)
    await start(town, channel_id, openness=Openness.INVITED, invited_ids=[town.bob.user_id])
    assert await told(town) == [("bob", "started", "ada")]


async def test_strangers_are_told_of_public_rooms_unless_they_are_banned(town: Town, voice: VoiceTown) -> None:
    channel_id = await new_stage(town)
    await start(town, channel_id, openness=Openness.PUBLIC)
    await follow(town, "eve", "Town")
    for options, expected in (
        ({}, []),
        ({"openness": Openness.PUBLIC}, [("eve", "club", "Town")]),
    ):
        await stages.close_stage(town.ctx, town.ada, channel_id)
        await start(town, channel_id, **options)
        assert await told(town) == expected
    await bans.ban_user(town.ctx, town.ada, town.guild_id, town.eve.user_id, BanRequest())
    await stages.close_stage(town.ctx, town.ada, channel_id)
    await start(town, channel_id, openness=Openness.PUBLIC)
    assert await told(town) == []


async def test_blocks_and_ignored_people_keep_it_quiet(town: Town, voice: VoiceTown) -> None:
    await follow(town, "bob", "Town")
    await follow(town, "mod", "Town", "ada")
    await relationships.put_relationship(
        town.ctx, town.bob, town.ada.user_id, PutRelationshipRequest(type=RelationshipType.BLOCKED)
    )
    await relationships.set_ignored(town.ctx, town.people["mod"], town.ada.user_id, is_ignored=True)
    await start(town, await new_stage(town))
    assert await told(town) == []


async def test_who_is_not_connected_is_not_told(town: Town) -> None:
    VoiceTown(town)
    await follow(town, "bob", "ada")
    await start(town, await new_stage(town))
    assert await told(town) == []


async def test_a_room_that_is_over_by_then_is_told_to_nobody(town: Town, voice: VoiceTown) -> None:
    await follow(town, "bob", "ada")
    channel_id = await new_stage(town)
    await start(town, channel_id)
    await told(town)
    stage = msgspec.structs.replace(town.state.stages[channel_id], id=town.ctx.next_id())
    followed_live.tell_started(town.ctx, town.state, stage)
    assert await told(town) == []
