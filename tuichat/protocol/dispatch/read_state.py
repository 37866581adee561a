"""How far a user has read, and the dispatches that tell its sessions so."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class ReadState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a user has read a channel; `id` is the channel's. The last three are those of what is no channel."""

    id: Snowflake
    last_message_id: Snowflake | None = None
    mention_count: int = 0
    last_pin_timestamp: str | UnsetType = UNSET
    flags: int | UnsetType = UNSET
    last_viewed: int | UnsetType = UNSET
    read_state_type: int | UnsetType = UNSET
    last_acked_id: Snowflake | UnsetType = UNSET
    badge_count: int | UnsetType = UNSET


class VersionedReadStates(msgspec.Struct, frozen=True, kw_only=True):
    """Read states, as those sessions want them that asked for versions."""

    entries: list[ReadState]
    version: int
    partial: bool = False


class MessageAck(msgspec.Struct, frozen=True, kw_only=True):
    """MESSAGE_ACK, to the user's sessions: the channel was read up to a message; `manual` where the user chose it."""

    channel_id: Snowflake
    message_id: Snowflake
    mention_count: int = 0
    version: int = 0
    manual: bool | UnsetType = UNSET
    ack_type: int | UnsetType = UNSET
    flags: int | UnsetType | None = UNSET
    last_viewed: int | UnsetType | None = UNSET


class ChannelPinsAck(msgspec.Struct, frozen=True, kw_only=True):
    """CHANNEL_PINS_ACK: the pins were seen up to the newest one."""

    channel_id: Snowflake
    timestamp: str
    version: int


class FeatureAck(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_FEATURE_ACK and USER_NON_CHANNEL_ACK."""

    ack_type: int
    resource_id: Snowflake
    entity_id: Snowflake
    version: int


class GuildFeatureAck(FeatureAck, frozen=True, kw_only=True):
    pass


class UserNonChannelAck(FeatureAck, frozen=True, kw_only=True):
    pass


class RecentMentionDelete(msgspec.Struct, frozen=True, kw_only=True):
    message_id: Snowflake
