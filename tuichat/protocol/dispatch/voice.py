"""Dispatches of voice: who is in which channel, what it tells, and stages."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.guild import VoiceState
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import StageInstance


class VoiceChannelStatusUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """VOICE_CHANNEL_STATUS_UPDATE: the line over a voice channel; null where there is none any more."""

    id: Snowflake
    guild_id: Snowflake
    status: str | None


class VoiceChannelStartTimeUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """VOICE_CHANNEL_START_TIME_UPDATE: when the first of those in a channel came, in Unix seconds; null once it is empty."""

    id: Snowflake
    guild_id: Snowflake
    voice_start_time: int | None


class VoiceRefused(msgspec.Struct, frozen=True, kw_only=True):
    """TUICHAT_VOICE_REFUSED: why a session may not join where it asked to (op 4), by an error's code and sentence."""

    guild_id: Snowflake | None
    channel_id: Snowflake | None
    code: int
    message: str


class ChannelMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What CHANNEL_INFO tells of a voice channel; `voice_start_time` in Unix seconds."""

    id: Snowflake
    status: str | UnsetType | None = UNSET
    voice_start_time: int | UnsetType | None = UNSET


class ChannelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """CHANNEL_INFO, the answer to op 43."""

    guild_id: Snowflake
    channels: list[ChannelMetadata]


class VoiceStateUpdate(VoiceState, frozen=True, kw_only=True):
    pass


class StageCreate(StageInstance, frozen=True, kw_only=True):
    """STAGE_INSTANCE_CREATE: a stage goes live."""


class StageUpdate(StageInstance, frozen=True, kw_only=True):
    """STAGE_INSTANCE_UPDATE."""


class StageDelete(StageInstance, frozen=True, kw_only=True):
    """STAGE_INSTANCE_DELETE: a stage is live no more."""
