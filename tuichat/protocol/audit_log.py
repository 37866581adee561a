"""The audit log: who did what to whom in a guild, and why."""

from enum import IntEnum
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel
from tuichat.protocol.scheduled_event import ScheduledEvent
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.protocol.webhook import Webhook


class AuditAction(IntEnum):
    """What was done (Discord's documentation, "Audit Log Events")."""

    GUILD_UPDATE = 1
    CHANNEL_CREATE = 10
    CHANNEL_UPDATE = 11
    CHANNEL_DELETE = 12
    OVERWRITE_CREATE = 13
    OVERWRITE_UPDATE = 14
    OVERWRITE_DELETE = 15
    MEMBER_KICK = 20
    MEMBER_PRUNE = 21
    MEMBER_BAN_ADD = 22
    MEMBER_BAN_REMOVE = 23
    MEMBER_UPDATE = 24
    MEMBER_ROLE_UPDATE = 25
    MEMBER_MOVE = 26
    MEMBER_DISCONNECT = 27
    BOT_ADD = 28
    ROLE_CREATE = 30
    ROLE_UPDATE = 31
    ROLE_DELETE = 32
    INVITE_CREATE = 40
    INVITE_UPDATE = 41
    INVITE_DELETE = 42
    WEBHOOK_CREATE = 50
    WEBHOOK_UPDATE = 51
    WEBHOOK_DELETE = 52
    EMOJI_CREATE = 60
    EMOJI_UPDATE = 61
    EMOJI_DELETE = 62
    MESSAGE_DELETE = 72
    MESSAGE_BULK_DELETE = 73
    MESSAGE_PIN = 74
    MESSAGE_UNPIN = 75
    INTEGRATION_CREATE = 80
    INTEGRATION_UPDATE = 81
    INTEGRATION_DELETE = 82
    STAGE_INSTANCE_CREATE = 83
    STAGE_INSTANCE_UPDATE = 84
    STAGE_INSTANCE_DELETE = 85
    SCHEDULED_EVENT_CREATE = 100
    SCHEDULED_EVENT_UPDATE = 101
    SCHEDULED_EVENT_DELETE = 102
    THREAD_CREATE = 110
    THREAD_UPDATE = 111
    THREAD_DELETE = 112
    APPLICATION_COMMAND_PERMISSION_UPDATE = 121
    SOUNDBOARD_SOUND_CREATE = 130
    SOUNDBOARD_SOUND_UPDATE = 131
    SOUNDBOARD_SOUND_DELETE = 132
    VOICE_CHANNEL_STATUS_CREATE = 192
    VOICE_CHANNEL_STATUS_DELETE = 193
    EVENT_EXCEPTION_CREATE = 200
    EVENT_EXCEPTION_UPDATE = 201
    EVENT_EXCEPTION_DELETE = 202


class AuditChange(msgspec.Struct, frozen=True, kw_only=True):
    """One key that changed; a value that was not there, or is not there any more, is absent."""

    key: str
    new_value: Any = UNSET
    old_value: Any = UNSET


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry, as GET /guilds/{id}/audit-logs lists it. Numbers in `options` are strings, by Discord's documentation."""

    id: Snowflake
    user_id: Snowflake | None
    target_id: str | None
    action_type: int
    changes: msgspec.Raw | UnsetType = UNSET
    options: msgspec.Raw | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class AuditEntryCreate(AuditEntry, frozen=True, kw_only=True):
    """GUILD_AUDIT_LOG_ENTRY_CREATE."""

    guild_id: Snowflake


class AuditLog(msgspec.Struct, frozen=True, kw_only=True):
    """GET /guilds/{id}/audit-logs: entries, and what they name."""

    audit_log_entries: list[AuditEntry]
    users: list[User]
    threads: list[Channel] = []
    webhooks: list[Webhook] = []
    integrations: list[msgspec.Raw] = []
    guild_scheduled_events: list[ScheduledEvent] = []
    auto_moderation_rules: list[msgspec.Raw] = []
    application_commands: list[msgspec.Raw] = []
