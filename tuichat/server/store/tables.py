"""Every table by the kind of its rows."""

import msgspec

from tuichat.server.store import (
    account_tables,
    channel_tables,
    command_tables,
    file_tables,
    guild_tables,
    message_tables,
    scheduled_event_tables,
    social_tables,
    stage_tables,
)
from tuichat.server.store.channel_rows import ChannelRow, ThreadMemberRow
from tuichat.server.store.command_rows import CommandPermissionsRow, CommandRow, InteractionRow
from tuichat.server.store.message_rows import CrosspostRow, MessageRow, OpenPollRow
from tuichat.server.store.rows import (
    ApplicationRow,
    AuditRow,
    BanRow,
    EmojiRow,
    GuildRow,
    ImageRow,
    InviteRow,
    LeftTimeoutRow,
    MemberRow,
    PasswordRow,
    ReadStateRow,
    RoleRow,
    SeenRow,
    SettingRow,
    SoundRow,
    TemplateRow,
    TokenRow,
    UploadRow,
    UserRow,
    WebhookRow,
)
from tuichat.server.store.table import Table, table_of

SETTINGS = table_of("settings", SettingRow, "key")

TABLES: dict[type[msgspec.Struct], Table] = {
    SettingRow: SETTINGS,
    UserRow: account_tables.USERS,
    PasswordRow: account_tables.PASSWORDS,
    TokenRow: account_tables.TOKENS,
    ApplicationRow: account_tables.APPLICATIONS,
    GuildRow: guild_tables.GUILDS,
    TemplateRow: guild_tables.TEMPLATES,
    RoleRow: guild_tables.ROLES,
    ChannelRow: channel_tables.CHANNELS,
    MemberRow: guild_tables.MEMBERS,
    MessageRow: message_tables.MESSAGES,
    InviteRow: guild_tables.INVITES,
    ReadStateRow: channel_tables.READ_STATES,
    ThreadMemberRow: channel_tables.THREAD_MEMBERS,
    AuditRow: guild_tables.AUDIT_LOG,
    OpenPollRow: message_tables.OPEN_POLLS,
    WebhookRow: guild_tables.WEBHOOKS,
    CrosspostRow: message_tables.CROSSPOSTS,
    CommandRow: command_tables.COMMANDS,
    CommandPermissionsRow: command_tables.COMMAND_PERMISSIONS,
    InteractionRow: command_tables.INTERACTIONS,
    ImageRow: file_tables.IMAGES,
    BanRow: guild_tables.BANS,
    EmojiRow: guild_tables.EMOJIS,
    SoundRow: guild_tables.SOUNDS,
    SeenRow: account_tables.SEEN,
    LeftTimeoutRow: guild_tables.LEFT_TIMEOUTS,
    UploadRow: file_tables.UPLOADS,
    **scheduled_event_tables.TABLES,
    **stage_tables.TABLES,
    **social_tables.TABLES,
}
