"""A guild with a stage channel, and what servers tell of it."""

from tests.client.builders import GUILD, ME, OTHER, channel, guild, ready, user
from tuichat.client.reducer import reducer
from tuichat.client.state import Connection, State
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.dispatch.voice import StageCreate, VoiceStateUpdate
from tuichat.protocol.guild import FullGuild, Member
from tuichat.protocol.live_room import FEATURE, LiveRoom, LiveRoomCreate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import StageInstance

STAGE, STAGE_ID = 20, 900
NOW = 5_000
ASKED = "2026-11-27T10:00:00.000000+00:00"
EARLIER = "2026-11-27T09:00:00.000000+00:00"
MODERATING = Permissions.MANAGE_CHANNELS | Permissions.MUTE_MEMBERS | Permissions.MOVE_MEMBERS


def stage_channel() -> Channel:
    return channel(STAGE, "weekly", type=ChannelType.STAGE)


def stage_guild(*stages: StageInstance, is_mine: bool = False, members: tuple[int, ...] = (ME, OTHER)) -> FullGuild:
    """A guild whose owner, OTHER unless it `is_mine`, moderates its stage."""
    made = guild(GUILD, channel(), stage_channel(), members=members)
    fields = {name: getattr(made, name) for name in made.__struct_fields__}
    return FullGuild(**(fields | {"stage_instances": list(stages), "owner_id": Snowflake(ME if is_mine else OTHER)}))


def stage_state(*stages: StageInstance, has_extension: bool = True, is_mine: bool = False) -> State:
    made = State(features=frozenset({FEATURE}) if has_extension else frozenset())
    reducer.reduce(made, ready(stage_guild(*stages, is_mine=is_mine)), NOW)
    made.connection = Connection.READY
    return made


def stage(topic: str = "News", stage_id: int = STAGE_ID) -> StageInstance:
    return StageInstance(id=Snowflake(stage_id), guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE), topic=topic)


def stage_created(topic: str = "News") -> StageCreate:
    told = stage(topic)
    return StageCreate(**{name: getattr(told, name) for name in told.__struct_fields__})


def room(**fields: object) -> LiveRoom:
    known: dict[str, object] = {
        "id": Snowflake(STAGE_ID),
        "guild_id": Snowflake(GUILD),
        "channel_id": Snowflake(STAGE),
        "topic": "News",
        "starter_id": Snowflake(OTHER),
        "host_ids": [Snowflake(OTHER)],
        "started_ms": 1_000,
    }
    return LiveRoom(**(known | fields))  # type: ignore[arg-type]  # fields of any type


def room_created(**fields: object) -> LiveRoomCreate:
    told = room(**fields)
    return LiveRoomCreate(**{name: getattr(told, name) for name in told.__struct_fields__})


def seat(
    user_id: int, *, suppress: bool = True, asked: str | None = None, channel_id: int | None = STAGE
) -> VoiceStateUpdate:
    return VoiceStateUpdate(
        guild_id=Snowflake(GUILD),
        channel_id=None if channel_id is None else Snowflake(channel_id),
        user_id=Snowflake(user_id),
        session_id="session",
        member=Member(user=user(user_id)),
        suppress=suppress,
        request_to_speak_timestamp=asked,
    )
