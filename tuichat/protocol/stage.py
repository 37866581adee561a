"""Stage instances: what a stage is about while it is live."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake

GUILD_ONLY = 2  # the privacy level that Discord still has


class StageInstance(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that is live. Also STAGE_INSTANCE_CREATE, _UPDATE and _DELETE."""

    id: Snowflake
    guild_id: Snowflake
    channel_id: Snowflake
    topic: str
    privacy_level: int = GUILD_ONLY
    discoverable_disabled: bool = True
    guild_scheduled_event_id: Snowflake | None = None


class CreateStageRequest(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    topic: str
    privacy_level: int | UnsetType | None = UNSET
    send_start_notification: bool | UnsetType | None = UNSET
    guild_scheduled_event_id: Snowflake | UnsetType | None = UNSET


class EditStageRequest(msgspec.Struct, frozen=True, kw_only=True):
    topic: str | UnsetType | None = UNSET
    privacy_level: int | UnsetType | None = UNSET
