"""Whatever a server puts into an event: it is skipped or taken, and the state stays one that the screen can read."""

import copy
from typing import cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client.builders import GENERAL, GUILD, ME, OTHER, channel, created, guild, message, ready, user
from tests.client.stages import STAGE, room, stage, stage_guild
from tuichat.client import timeline
from tuichat.client.event_body import decode_event
from tuichat.client.reducer import reducer, typists
from tuichat.client.room_composer import compose, flying
from tuichat.client.state import State
from tuichat.protocol import codec
from tuichat.protocol.dispatch.events import EVENTS
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.guild import Member, Role, VoiceState
from tuichat.protocol.live_room import FEATURE
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import Presence, UserReference

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def _plain(value: msgspec.Struct) -> dict[str, Json]:
    return cast(dict[str, Json], msgspec.json.decode(codec.encode(value)))


IN_GUILD: dict[str, Json] = {"guild_id": str(GUILD)}
VALID: dict[str, dict[str, Json]] = {
    "READY": _plain(ready(guild(GUILD, channel(), channel(20, "more", type=4)))),
    "GUILD_CREATE": _plain(guild(2, channel(30, "new"))),
    "GUILD_UPDATE": _plain(guild()),
    "GUILD_DELETE": {"id": str(GUILD), "unavailable": True},
    "CHANNEL_CREATE": _plain(channel(31, "new")) | IN_GUILD,
    "CHANNEL_UPDATE": _plain(channel(GENERAL, "renamed")) | IN_GUILD,
    "CHANNEL_DELETE": _plain(channel()) | IN_GUILD,
    "GUILD_ROLE_CREATE": IN_GUILD | {"role": _plain(Role(id=Snowflake(5), name="role"))},
    "GUILD_ROLE_DELETE": IN_GUILD | {"role_id": "5"},
    "GUILD_MEMBER_ADD": IN_GUILD | _plain(Member(user=user(7))),
    "GUILD_MEMBER_UPDATE": IN_GUILD | _plain(Member(user=user(OTHER), nick="nick")),
    "GUILD_MEMBER_REMOVE": IN_GUILD | {"user": _plain(user(OTHER))},
    "MESSAGE_CREATE": _plain(created(message(50))),
    "MESSAGE_UPDATE": _plain(message(40, "new", edited="2026-01-01T00:00:00+00:00")),
    "MESSAGE_DELETE": {"id": "40", "channel_id": str(GENERAL)},
    "MESSAGE_DELETE_BULK": {"ids": ["40", "41"], "channel_id": str(GENERAL)},
    "MESSAGE_ACK": {"channel_id": str(GENERAL), "message_id": "40", "mention_count": 3},
    "TYPING_START": {"channel_id": str(GENERAL), "user_id": str(OTHER), "timestamp": 1},
    "PRESENCE_UPDATE": _plain(Presence(user=UserReference(id=Snowflake(OTHER)), status="idle")),
    "USER_UPDATE": _plain(user(ME)),
    "VOICE_STATE_UPDATE": IN_GUILD
    | _plain(VoiceState(channel_id=Snowflake(9), user_id=Snowflake(OTHER), session_id="s")),
    "STAGE_INSTANCE_CREATE": _plain(stage()),
    "STAGE_INSTANCE_UPDATE": _plain(stage("Other")),
    "STAGE_INSTANCE_DELETE": _plain(stage()),
    "TUICHAT_LIVE_ROOM_CREATE": _plain(room(tags=["news"], link="https://example.org")),
    "TUICHAT_LIVE_ROOM_UPDATE": _plain(room(description="All")),
    "TUICHAT_LIVE_ROOM_DELETE": {"id": "900", "guild_id": str(GUILD), "channel_id": str(STAGE)},
    "TUICHAT_LIVE_ROOM_AUDIENCE": IN_GUILD | {"channel_id": str(STAGE), "speakers": 1, "listeners": 5},
    "TUICHAT_LIVE_ROOM_INVITED": {
        "room": _plain(room()),
        "guild_name": "Club",
        "channel_name": "weekly",
        "inviter": _plain(user(OTHER)),
    },
    "TUICHAT_LIVE_ROOM_MUTED": IN_GUILD | {"channel_id": str(STAGE), "user_id": str(ME), "by_id": str(OTHER)},
    "VOICE_CHANNEL_EFFECT_SEND": IN_GUILD
    | {"channel_id": str(STAGE), "user_id": str(OTHER), "emoji": {"id": None, "name": "👏"}},
}

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["0", "1", str(GUILD), str(GENERAL), str(ME), "9" * 19, "-1", "2026-13-45T99:99:99"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def places(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every value inside."""
    children: list[tuple[str | int, Json]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    return [path, *(place for key, child in children for place in places(child, (*path, key)))]


def replaced(value: Json, path: tuple[str | int, ...], new: Json) -> Json:
    if not path:
        return new
    changed = copy.deepcopy(value)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]  # type: ignore[index]  # the path was made from this value
    inside[path[-1]] = new  # type: ignore[index]  # the path was made from this value
    return changed


def some_state() -> State:
    state = State(features=frozenset({FEATURE}))
    reducer.reduce(state, ready(stage_guild(stage())), 0)
    known = state.timeline(GENERAL)
    timeline.begin_load(known)
    timeline.show_newest(known, [message(40), message(41)], reaches_start=True, own_id=ME)
    timeline.end_load(known)
    return state


def read_all(state: State) -> None:
    """Look at everything that a screen looks at."""
    for guild_state in state.guilds.values():
        for channel_id in guild_state.channel_ids:
            state.is_unread(channel_id)
            state.mention_count(channel_id)
            state.permissions(channel_id)
            compose(state, "key", channel_id)
            flying(state, channel_id, 1000)
        for member in guild_state.members.values():
            assert isinstance(member.display_name, str)
            state.status(member.user.id)
    for channel_id, known in state.timelines.items():
        for index, entry in enumerate(known):
            assert known.index_of_key(entry.key) == index
            state.display_name(channel_id, entry.message.author)


@pytest.mark.slow
@settings(max_examples=400)
@given(st.data())
def test_event_with_any_part_replaced_is_harmless(data: st.DataObject) -> None:
    state = some_state()
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(sorted(VALID)))
        path = data.draw(st.sampled_from(places(VALID[name])))
        body = msgspec.json.encode(replaced(VALID[name], path, data.draw(ANYTHING)))
        try:
            event = decode_event(name, msgspec.Raw(body))
        except ProtocolError:
            continue
        assert event is not None
        reducer.reduce(state, event, 1000)
        typists.expire_typing(state, 20_000)
        read_all(state)


def test_every_valid_body_is_read() -> None:
    for name, body in VALID.items():
        event = decode_event(name, msgspec.Raw(msgspec.json.encode(body)))
        assert isinstance(event, EVENTS[name])
