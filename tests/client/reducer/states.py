"""States, and what happens in them, for the tests of the reducer."""

import msgspec

from tests.client.builders import GENERAL, GUILD, ME, OTHER, RANDOM, channel, created, guild, message, ready, user
from tuichat.client import timeline
from tuichat.client.reducer import reducer
from tuichat.client.state import State
from tuichat.protocol.channel import Channel
from tuichat.protocol.dispatch.channel import ChannelCreate
from tuichat.protocol.dispatch.message import MessageCreate
from tuichat.protocol.snowflake import Snowflake

NOW = 5_000
DIRECT = 77


def state(*channels: Channel, **fields: object) -> State:
    """A state after READY, with #general's timeline fresh."""
    made = State()
    reducer.reduce(
        made, ready(guild(GUILD, *(channels or (channel(), channel(RANDOM, "random", position=1)))), **fields), NOW
    )
    make_fresh(made)
    return made


def make_fresh(made: State, channel_id: int = GENERAL) -> None:
    known = made.timeline(channel_id)
    timeline.begin_load(known)
    timeline.show_newest(known, [], reaches_start=True, own_id=ME)
    timeline.end_load(known)


def member_event(kind: type[msgspec.Struct], user_id: int, **fields: object) -> msgspec.Struct:
    return kind(guild_id=Snowflake(GUILD), user=user(user_id), **fields)


def direct(*people: int, kind: int = 1) -> ChannelCreate:
    return ChannelCreate(
        id=Snowflake(DIRECT), type=kind, recipients=[user(person) for person in people], last_message_id=None
    )


def private(message_id: int, author: int = OTHER, kind: int = 0) -> MessageCreate:
    told = created(message(message_id, author=author, channel=DIRECT))
    return msgspec.structs.replace(told, guild_id=msgspec.UNSET, type=kind)
