"""Every dispatch that is known is harmless, whatever it speaks of."""

from typing import Any

import msgspec
import pytest

from tests.client.builders import created, deleted, message, ready, updated, user
from tests.client.reducer.states import NOW, state
from tuichat.client.reducer import reducer
from tuichat.client.state import State
from tuichat.protocol.dispatch.channel import ChannelCreate, ChannelDelete, ChannelUpdate
from tuichat.protocol.dispatch.events import EVENTS
from tuichat.protocol.dispatch.guild import (
    GuildCreate,
    GuildDelete,
    GuildUpdate,
    InviteCreate,
    InviteDelete,
    RoleCreate,
    RoleDelete,
    RoleUpdate,
)
from tuichat.protocol.dispatch.member import MemberAdd, MemberRemove, MembersChunk, MemberUpdate
from tuichat.protocol.dispatch.message import MessageDeleteBulk, TypingStart
from tuichat.protocol.dispatch.read_state import MessageAck
from tuichat.protocol.dispatch.ready import Resumed
from tuichat.protocol.dispatch.thread import (
    ThreadCreate,
    ThreadDelete,
    ThreadListSync,
    ThreadMembersUpdate,
    ThreadMemberUpdate,
    ThreadUpdate,
)
from tuichat.protocol.dispatch.user import PresenceUpdate, UserUpdate
from tuichat.protocol.dispatch.voice import VoiceStateUpdate
from tuichat.protocol.guild import Role
from tuichat.protocol.member_list import MemberListUpdate
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import UserReference


def sample(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """An event of which only what must be there is, about things of id 9."""
    required = {field.name: _sample_value(field.type) for field in msgspec.structs.fields(kind) if field.required}
    return kind(**required)


def _sample_value(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sample(kind)
    if kind is Snowflake:
        return Snowflake(9)
    return next((made() for wanted, made in ((str, str), (int, int), (bool, bool)) if kind is wanted), [])


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_known_event_about_something_unknown_is_harmless(name: str) -> None:
    """A server may speak of guilds, channels and users that this account never heard of."""
    bodies = {
        "READY": ready(),
        "RESUMED": Resumed(),
        "GUILD_CREATE": GuildCreate(id=Snowflake(9), name="", owner_id=Snowflake(9)),
        "GUILD_UPDATE": GuildUpdate(id=Snowflake(9), name="", owner_id=Snowflake(9)),
        "GUILD_DELETE": GuildDelete(id=Snowflake(9)),
        "CHANNEL_CREATE": ChannelCreate(id=Snowflake(9), type=0, guild_id=Snowflake(9)),
        "CHANNEL_UPDATE": ChannelUpdate(id=Snowflake(9), type=77),
        "CHANNEL_DELETE": ChannelDelete(id=Snowflake(9), type=0),
        "THREAD_CREATE": ThreadCreate(id=Snowflake(9), type=11, guild_id=Snowflake(9)),
        "THREAD_UPDATE": ThreadUpdate(id=Snowflake(9), type=11),
        "THREAD_DELETE": ThreadDelete(id=Snowflake(9), guild_id=Snowflake(9), parent_id=Snowflake(9), type=11),
        "THREAD_LIST_SYNC": ThreadListSync(guild_id=Snowflake(9), threads=[]),
        "THREAD_MEMBER_UPDATE": ThreadMemberUpdate(guild_id=Snowflake(9), join_timestamp=""),
        "THREAD_MEMBERS_UPDATE": ThreadMembersUpdate(id=Snowflake(9), guild_id=Snowflake(9), member_count=0),
        "GUILD_ROLE_CREATE": RoleCreate(guild_id=Snowflake(9), role=Role(id=Snowflake(9), name="")),
        "GUILD_ROLE_UPDATE": RoleUpdate(guild_id=Snowflake(9), role=Role(id=Snowflake(9), name="")),
        "GUILD_ROLE_DELETE": RoleDelete(guild_id=Snowflake(9), role_id=Snowflake(9)),
        "GUILD_MEMBER_ADD": MemberAdd(guild_id=Snowflake(9), user=user(9)),
        "GUILD_MEMBER_UPDATE": MemberUpdate(guild_id=Snowflake(9), user=user(9)),
        "GUILD_MEMBER_REMOVE": MemberRemove(guild_id=Snowflake(9), user=user(9)),
        "GUILD_MEMBERS_CHUNK": MembersChunk(guild_id=Snowflake(9), members=[], chunk_index=0, chunk_count=1),
        "GUILD_MEMBER_LIST_UPDATE": MemberListUpdate(
            guild_id=Snowflake(9), id="everyone", member_count=1, online_count=1, groups=[], ops=[]
        ),
        "MESSAGE_CREATE": created(message(50, channel=9)),
        "MESSAGE_UPDATE": updated(message(50, channel=9)),
        "MESSAGE_DELETE": deleted(50, channel=9),
        "MESSAGE_DELETE_BULK": MessageDeleteBulk(ids=[Snowflake(50)], channel_id=Snowflake(9)),
        "MESSAGE_ACK": MessageAck(channel_id=Snowflake(9), message_id=Snowflake(9)),
        "TYPING_START": TypingStart(channel_id=Snowflake(9), user_id=Snowflake(9), timestamp=-1),
        "PRESENCE_UPDATE": PresenceUpdate(user=UserReference(id=Snowflake(9)), status="odd"),
        "USER_UPDATE": UserUpdate(id=Snowflake(9), username=""),
        "VOICE_STATE_UPDATE": VoiceStateUpdate(
            channel_id=None, user_id=Snowflake(9), session_id="", guild_id=Snowflake(9)
        ),
        "INVITE_CREATE": InviteCreate(channel_id=Snowflake(9), code="", created_at=""),
        "INVITE_DELETE": InviteDelete(channel_id=Snowflake(9), code=""),
    }
    for made in (State(), state()):
        reducer.reduce(made, bodies.get(name) or sample(EVENTS[name]), NOW)
        assert 9 not in made.timelines
