"""Bodies of members: what changes them, by others and by themselves."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class EditMemberRequest(msgspec.Struct, frozen=True, kw_only=True):
    nick: str | UnsetType | None = UNSET
    roles: list[Snowflake] | UnsetType | None = UNSET
    communication_disabled_until: str | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET
    mute: bool | UnsetType | None = UNSET
    deaf: bool | UnsetType | None = UNSET
    channel_id: Snowflake | UnsetType | None = UNSET


class EditVoiceStateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to somebody on a stage; `request_to_speak_timestamp` is for oneself alone."""

    channel_id: Snowflake | UnsetType | None = UNSET
    suppress: bool | UnsetType | None = UNSET
    request_to_speak_timestamp: str | UnsetType | None = UNSET


class EditOwnMemberRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a member shows of itself in one guild; pictures as data URIs."""

    nick: str | UnsetType | None = UNSET
    avatar: str | UnsetType | None = UNSET
    banner: str | UnsetType | None = UNSET
    bio: str | UnsetType | None = UNSET
