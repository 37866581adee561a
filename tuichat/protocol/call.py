"""Calls of direct messages and groups, and where a voice server is: what the gateway says of both."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.guild import VoiceState
from tuichat.protocol.snowflake import Snowflake


class VoiceServerUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """VOICE_SERVER_UPDATE: where to open a voice connection. `endpoint` is HOST:PORT without a scheme; null: wait for another."""

    token: str
    guild_id: Snowflake | UnsetType | None = UNSET
    channel_id: Snowflake | UnsetType | None = UNSET  # of a call
    endpoint: str | None = None

    def __repr__(self) -> str:
        return f"VoiceServerUpdate(guild_id={self.guild_id}, channel_id={self.channel_id}, token=<hidden>)"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call in a private channel; `ringing` are the users whose clients ring. `message_id` is of the message about it."""

    channel_id: Snowflake
    message_id: Snowflake | UnsetType | None = UNSET
    region: str | UnsetType | None = UNSET
    ringing: list[Snowflake] = []


class CallCreate(Call, frozen=True, kw_only=True):
    """CALL_CREATE: a call began, or one asked for it (op 13)."""

    voice_states: list[VoiceState] = []


class CallUpdate(Call, frozen=True, kw_only=True):
    """CALL_UPDATE: somebody is rung or is not any more, or the region changed."""


class CallDelete(msgspec.Struct, frozen=True, kw_only=True):
    """CALL_DELETE: the call is over, or (`unavailable`) its server cannot be reached."""

    channel_id: Snowflake
    unavailable: bool | UnsetType = UNSET


class RingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /channels/{id}/call/ring and stop-ringing; null recipients: everybody, or (stop-ringing) oneself."""

    recipients: list[Snowflake] | UnsetType | None = UNSET


class CallEligibility(msgspec.Struct, frozen=True, kw_only=True):
    """GET /channels/{id}/call."""

    ringable: bool


class EditCallRequest(msgspec.Struct, frozen=True, kw_only=True):
    """PATCH /channels/{id}/call."""

    region: str | UnsetType | None = UNSET
