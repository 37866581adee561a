"""What happens to an account becomes a record, once, whether or not a channel is open."""

from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from tests.automation.fake_site import FakeSite
from tests.client.builders import GUILD, ME, OTHER, created, deleted, message, updated, user
from tests.commands.fake_client import GENERAL, VOICE
from tuichat.automation.events import Events
from tuichat.automation.records import (
    AnyRecord,
    CallRecord,
    ConnectionRecord,
    MessageDeletedRecord,
    MessageEditedRecord,
    MessageRecord,
    ReactionRecord,
    RoomRecord,
)
from tuichat.automation.site import Site
from tuichat.client.change import ConnectionChanged, RoomCall, RoomCalled, VoiceChanged
from tuichat.client.own_call import SelfVoice
from tuichat.client.state import Connection
from tuichat.protocol.call import CallCreate
from tuichat.protocol.dispatch.message import ReactionAdd, ReactionRemove, ReactionRemoveAll
from tuichat.protocol.dispatch.voice import StageCreate, StageDelete, StageUpdate, VoiceStateUpdate
from tuichat.protocol.message import ReactionEmoji
from tuichat.protocol.snowflake import Snowflake


@pytest.fixture
def site() -> FakeSite:
    return FakeSite()


def told_of(site: FakeSite, *, tells_own: bool = False) -> list[AnyRecord]:
    told: list[AnyRecord] = []
    Events(cast(Site, site), told.append, tells_own=tells_own)
    return told


def reaction(kind: type[msgspec.Struct], user_id: int = OTHER) -> msgspec.Struct:
    emoji = ReactionEmoji(id=None, name="👀")
    return kind(user_id=Snowflake(user_id), channel_id=Snowflake(GENERAL), message_id=Snowflake(9000), emoji=emoji)


def seat(channel_id: int | None, user_id: int = OTHER) -> VoiceStateUpdate:
    place = None if channel_id is None else Snowflake(channel_id)
    return VoiceStateUpdate(channel_id=place, user_id=Snowflake(user_id), session_id="s", guild_id=Snowflake(GUILD))


def test_messages_of_a_channel_that_nobody_opened(site: FakeSite) -> None:
    told = told_of(site)
    said = message(9000, f"hello <@{ME}>")
    named = msgspec.structs.replace(said, mentions=[user(ME, "me")])
    site.happen(created(named))
    edit = msgspec.structs.replace(said, content="bye", edited_timestamp="2026-01-01T00:00:00+00:00")
    preview = msgspec.structs.replace(said, content="x", edited_timestamp=None)
    site.happen(updated(edit), updated(edit), updated(preview), deleted(9000))
    first, second, third = told
    assert isinstance(first, MessageRecord)
    assert (first.is_mention, first.is_own, first.text) == (True, False, f"hello @user{ME}")
    assert isinstance(second, MessageEditedRecord)
    assert (second.content, second.is_mention) == ("bye", False)
    assert isinstance(third, MessageDeletedRecord)
    assert third.id == "9000"


def test_roles_and_everyone_are_mentions(site: FakeSite) -> None:
    told = told_of(site)
    guild = site.client.state.guilds[Snowflake(GUILD)]
    guild.members[Snowflake(ME)] = msgspec.structs.replace(guild.members[Snowflake(ME)], roles=[Snowflake(77)])
    site.happen(
        created(msgspec.structs.replace(message(9000), mention_roles=[Snowflake(77)])),
        created(msgspec.structs.replace(message(9001), mention_everyone=True)),
        created(message(9002)),
    )
    assert [each.is_mention for each in told if isinstance(each, MessageRecord)] == [True, True, False]


def test_own_messages_are_told_where_one_asks(site: FakeSite) -> None:
    others, all_of_them = told_of(site), told_of(site, tells_own=True)
    site.happen(created(message(9000, "mine", author=ME)))
    assert others == []
    (own,) = all_of_them
    assert isinstance(own, MessageRecord)
    assert own.is_own


def test_who_is_blocked_makes_no_event(site: FakeSite) -> None:
    told = told_of(site)
    site.client.state.unheard_ids.add(OTHER)
    site.happen(created(message(9000, "x")), reaction(ReactionAdd), seat(VOICE))
    assert told == []


def test_reactions_say_who_and_what(site: FakeSite) -> None:
    told = told_of(site)
    site.happen(
        reaction(ReactionAdd),
        reaction(ReactionRemove, ME),
        ReactionRemoveAll(channel_id=Snowflake(GENERAL), message_id=Snowflake(9000)),
    )
    added, removed, cleared = told
    assert isinstance(added, ReactionRecord)
    assert added.person is not None
    assert (added.what, added.emoji, added.person.username, added.is_own) == ("added", "👀", "bob", False)
    assert isinstance(removed, ReactionRecord)
    assert (removed.what, removed.is_own) == ("removed", True)
    assert isinstance(cleared, ReactionRecord)
    assert (cleared.what, cleared.person, cleared.emoji) == ("cleared", None, None)


def test_voice_tells_who_joined_moved_and_left(site: FakeSite) -> None:
    told = told_of(site)
    site.happen(seat(VOICE), seat(VOICE), seat(None))
    calls = [each for each in told if isinstance(each, CallRecord)]
    assert [(each.what, each.channel and each.channel.id, each.is_own) for each in calls] == [
        ("joined", str(VOICE), False),
        ("left", str(VOICE), False),
    ]


def test_a_private_call_rings_once(site: FakeSite) -> None:
    told = told_of(site)
    ring = CallCreate(
        channel_id=Snowflake(99), message_id=Snowflake(5), region="", ringing=[Snowflake(ME)], voice_states=[]
    )
    site.happen(ring, ring)
    (rings,) = told
    assert isinstance(rings, CallRecord)
    assert (rings.what, rings.person) == ("ringing", None)


def test_own_mute_is_told_as_it_changes(site: FakeSite) -> None:
    told = told_of(site)
    voice = cast(SimpleNamespace, site.client.voice)  # type: ignore[attr-defined]
    for own in (SelfVoice(is_muted=True), SelfVoice(is_muted=True), SelfVoice(is_deafened=True), SelfVoice()):
        voice.own = own
        site.change(VoiceChanged())
    assert [each.what for each in told if isinstance(each, CallRecord)] == [
        "muted",
        "unmuted",
        "deafened",
        "undeafened",
    ]


def test_rooms_begin_change_and_end(site: FakeSite) -> None:
    told = told_of(site)

    def stage(kind: type[msgspec.Struct], topic: str) -> msgspec.Struct:
        return kind(id=Snowflake(5), guild_id=Snowflake(GUILD), channel_id=Snowflake(VOICE), topic=topic)

    site.happen(stage(StageCreate, "one"), stage(StageUpdate, "two"), stage(StageDelete, "two"))
    site.change(RoomCalled(guild_id=GUILD, channel_id=VOICE, call=RoomCall.INVITED, topic="two", name="Bob"))
    rooms = [each for each in told if isinstance(each, RoomRecord)]
    assert [(each.what, each.topic, each.name) for each in rooms] == [
        ("began", "one", ""),
        ("topic", "two", ""),
        ("ended", "two", ""),
        ("invited", "two", "Bob"),
    ]


def test_a_connection_is_told_as_it_goes_and_comes(site: FakeSite) -> None:
    told = told_of(site)
    for connection in (Connection.RECONNECTING, Connection.CONNECTING, Connection.READY):
        site.client.state.connection = connection
        site.change(ConnectionChanged())
    assert [each.is_connected for each in told if isinstance(each, ConnectionRecord)] == [False, True]


def test_every_event_reads_back(site: FakeSite) -> None:
    told = told_of(site)
    site.happen(created(message(9000, "x")), reaction(ReactionAdd), seat(VOICE), deleted(9000))
    assert len(told) == 4
    for each in told:
        assert msgspec.json.decode(msgspec.json.encode(each), type=AnyRecord) == each


def test_nothing_is_told_after_the_end(site: FakeSite) -> None:
    told: list[AnyRecord] = []
    Events(cast(Site, site), told.append).close()
    site.happen(created(message(9000, "x")))
    assert told == []
