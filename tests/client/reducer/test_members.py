"""Members come, change and go, and show what they are."""

from tests.client.builders import GENERAL, GUILD, ME, OTHER, user
from tests.client.reducer.states import NOW, member_event, state
from tuichat.client.change import MembersChanged, PresenceChanged
from tuichat.client.reducer import reducer
from tuichat.protocol.dispatch.member import MemberAdd, MemberRemove, MembersChunk, MemberUpdate
from tuichat.protocol.dispatch.user import PresenceUpdate, UserUpdate
from tuichat.protocol.guild import Member
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import Presence, UserReference


def test_members_come_change_and_go() -> None:
    made = state()
    assert reducer.reduce(made, member_event(MemberAdd, 7), NOW) == [MembersChanged(GUILD)]
    assert made.guilds[GUILD].member_count == 3
    reducer.reduce(made, member_event(MemberUpdate, 7, nick="Seven"), NOW)
    assert made.display_name(GENERAL, user(7)) == "Seven"
    reducer.reduce(made, member_event(MemberRemove, 7), NOW)
    assert 7 not in made.guilds[GUILD].members
    assert made.guilds[GUILD].member_count == 2


def test_members_come_in_chunks_with_presences() -> None:
    made = state()
    chunk = MembersChunk(
        guild_id=Snowflake(GUILD),
        members=[Member(user=user(number)) for number in range(50, 60)],
        chunk_index=0,
        chunk_count=1,
        presences=[Presence(user=UserReference(id=Snowflake(50)), status="dnd")],
    )
    assert reducer.reduce(made, chunk, NOW) == [MembersChanged(GUILD)]
    assert made.status(50) == "dnd"
    assert made.guilds[GUILD].member_count == 12


def test_presence_shows() -> None:
    made = state()
    presence = PresenceUpdate(user=UserReference(id=Snowflake(OTHER)), status="idle")
    assert reducer.reduce(made, presence, NOW) == [PresenceChanged(OTHER)]
    assert made.status(OTHER) == "idle"


def test_own_new_display_name_shows_everywhere() -> None:
    made = state()
    renamed = UserUpdate(id=Snowflake(ME), username="me", global_name="My New Name")
    reducer.reduce(made, renamed, NOW)
    assert made.guilds[GUILD].members[ME].display_name == "My New Name"
    stranger = UserUpdate(id=Snowflake(OTHER), username="not me")
    assert reducer.reduce(made, stranger, NOW) == []
