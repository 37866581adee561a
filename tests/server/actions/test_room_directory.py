"""The directory: which rooms somebody finds, by what, in which order, and who is shown inside."""

from typing import Any

import msgspec

from tests.server.actions.conftest import Town
from tests.server.actions.test_live_rooms import start
from tests.server.actions.test_scheduled_events import new_stage
from tests.server.actions.test_voice_states import deny, make_channel
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol.ban import BanRequest
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.follow import ChooseTopicsRequest
from tuichat.protocol.live_room import MAX_PEOPLE_SHOWN, FoundRoom, Openness, StartLiveRoomRequest
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.rest.member import EditVoiceStateRequest
from tuichat.protocol.room_search import query_words
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import bans, follows, live_rooms, room_directory, users

UP = EditVoiceStateRequest(suppress=False)


async def found(town: Town, who: str = "bob", query: str = "", **options: Any) -> list[FoundRoom]:
    words = query_words(query)
    return (await room_directory.find_rooms(town.ctx, town.people[who], words, **options)).rooms


async def topics(town: Town, who: str = "bob", query: str = "", **options: Any) -> list[str]:
    return [each.room.topic for each in await found(town, who, query, **options)]


async def begin(town: Town, topic: str, **fields: Any) -> Snowflake:
    """A room on a stage of its own."""
    channel_id = await make_channel(town, topic, ChannelType.STAGE)
    request = StartLiveRoomRequest(channel_id=channel_id, topic=topic, **fields)
    await live_rooms.start_room(town.ctx, town.ada, request)
    return channel_id


async def test_members_find_what_they_see_and_strangers_what_is_public(town: Town) -> None:
    await begin(town, "Open")
    await begin(town, "Everybody", openness=Openness.PUBLIC)
    hidden = await begin(town, "Hidden")
    await deny(town, hidden, Permissions.VIEW_CHANNEL)
    assert sorted(await topics(town, "ada")) == ["Everybody", "Hidden", "Open"]
    assert sorted(await topics(town, "bob")) == ["Everybody", "Open"]
    (public,) = await found(town, "eve")
    assert (public.room.topic, public.is_member, public.may_join, public.guild_name) == (
        "Everybody",
        False,
        True,
        "Town",
    )


async def test_who_is_banned_or_blocked_finds_no_public_room(town: Town) -> None:
    channel_id = await begin(town, "Everybody", openness=Openness.PUBLIC)
    await bans.ban_user(town.ctx, town.ada, town.guild_id, town.eve.user_id, BanRequest())
    assert await topics(town, "eve") == []
    assert await topics(town, "bob") == ["Everybody"]
    stranger = await town.add_person("zoe")
    assert await topics(town, "zoe") == ["Everybody"]
    stage = town.state.stages[channel_id]
    town.state.stages[channel_id] = msgspec.structs.replace(stage, blocked_ids=(stranger.user_id,))
    assert await topics(town, "zoe") == []


async def test_a_room_for_others_is_seen_and_said_to_be_closed(town: Town) -> None:
    await begin(town, "Invited", openness=Openness.INVITED)
    (room,) = await found(town, "bob")
    assert not room.may_join
    (room,) = await found(town, "ada")  # she hosts it
    assert room.may_join


async def test_rooms_are_found_by_topic_description_tag_guild_and_people(town: Town) -> None:
    voice = VoiceTown(town)
    await begin(town, "Crème", description="We torch things", tags=["Cooking"])
    bees = await begin(town, "Bees")
    await users.edit_me(town.ctx, town.people["mod"], EditUserRequest(global_name="Zoë"))
    voice.ask("mod", bees)
    assert await topics(town, query="creme TORCH #cook") == ["Crème"]
    assert sorted(await topics(town, query="town")) == ["Bees", "Crème"]
    assert await topics(town, query="zoe") == ["Bees"]
    assert await topics(town, query="zoe creme") == []
    (room,) = await found(town, query="zoe")  # of the audience, and shown since it was searched for
    assert [user.username for user in room.people] == ["mod"]
    assert (await found(town, query="bees"))[0].people == []
    assert await topics(town, tags=["COOKING", "other"]) == ["Crème"]
    assert await topics(town, tags=["other"]) == []
    assert len(await topics(town, limit=1)) == 1


async def test_followed_people_come_first_then_topics_then_size(town: Town) -> None:
    voice = VoiceTown(town)
    small, tagged, big, known = [
        await begin(town, topic, tags=tags)
        for topic, tags in (("small", []), ("tagged", ["bees"]), ("big", []), ("known", []))
    ]
    del small, tagged
    voice.ask("mod", known)
    await town.join(await town.add_person("zoe"))
    voice.ask("ada", big)
    voice.ask("zoe", big)
    await follows.follow_user(town.ctx, town.bob, town.people["mod"].user_id)
    await follows.choose_topics(town.ctx, town.bob, ChooseTopicsRequest(topics=["Bees"]))
    assert await topics(town) == ["known", "tagged", "big", "small"]
    first, second, *_ = await found(town)
    assert (first.followed_ids, second.chosen_tags) == ([town.people["mod"].user_id], ["bees"])
    assert [user.username for user in first.people] == ["mod"]


async def test_who_speaks_is_shown_and_the_audience_counted(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await new_stage(town)
    voice.ask("ada", channel_id)
    await start(town, channel_id)
    for name in ("bob", "mod"):
        voice.ask(name, channel_id)
    (room,) = await found(town)
    assert ([user.username for user in room.people], room.speaker_ids) == (["ada"], [town.ada.user_id])
    assert (room.room.speakers, room.room.listeners) == (1, 2)


async def test_no_more_people_are_shown_than_there_is_room_for(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await begin(town, "Crowd")
    for number in range(MAX_PEOPLE_SHOWN + 3):
        person = await town.add_person(f"crowd{number}")
        await town.join(person)
        voice.ask(f"crowd{number}", channel_id)
    (room,) = await found(town, query="crowd1")
    assert len(room.people) <= MAX_PEOPLE_SHOWN
    (room,) = await found(town, query="crowd14")
    assert [user.username for user in room.people] == ["crowd14"]


async def test_one_follows_whom_one_meets_in_a_public_room(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await begin(town, "Everybody", openness=Openness.PUBLIC)
    voice.ask("bob", channel_id)
    await follows.follow_user(town.ctx, town.eve, town.bob.user_id)
    await follows.follow_guild(town.ctx, town.eve, town.guild_id)
    shown = follows.list_follows(town.ctx, town.eve)
    assert ([user.username for user in shown.users], [guild.name for guild in shown.guilds]) == (["bob"], ["Town"])
    (room,) = await found(town, "eve")
    assert (room.followed_ids, room.follows_guild) == ([town.bob.user_id], True)
