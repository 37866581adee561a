"""How guilds stand in tables: their roles, members, emojis and sounds, who may come in and who may not, and what was done."""

from tuichat.protocol import codec
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.columns import optional_id, read_ids, write_ids, write_json
from tuichat.server.store.rows import (
    AuditRow,
    BanRow,
    EmojiRow,
    GuildRow,
    GuildSettings,
    InviteRow,
    LeftTimeoutRow,
    MemberRow,
    RoleRow,
    SoundRow,
    TemplateRow,
    WebhookRow,
)
from tuichat.server.store.table import Record, table_of

_PLAIN_SETTINGS = GuildSettings()


def _guild_values(row: GuildRow) -> tuple[object, ...]:
    return (
        row.id, row.name, row.owner_id, row.system_channel_id, row.icon, row.banner, row.splash, row.discovery_splash,
        row.vanity_code, row.vanity_uses, None if row.settings == _PLAIN_SETTINGS else write_json(row.settings),
    )  # fmt: skip


def _template_values(row: TemplateRow) -> tuple[object, ...]:
    return (
        row.code, row.guild_id, row.name, row.description, row.creator_id, row.created_ms, row.updated_ms,
        row.snapshot.decode(), row.usage_count,
    )  # fmt: skip


def _member_values(row: MemberRow) -> tuple[object, ...]:
    return (
        row.guild_id, row.user_id, row.joined_ms, row.nick, write_ids(row.role_ids), row.timeout_until_ms, row.flags,
        row.avatar, row.banner, row.bio, row.is_temporary, row.is_mute, row.is_deaf,
    )  # fmt: skip


def _emoji_values(row: EmojiRow) -> tuple[object, ...]:
    return (
        row.id, row.guild_id, row.application_id, row.name, row.creator_id, row.is_animated, write_ids(row.role_ids),
    )  # fmt: skip


def _audit_values(row: AuditRow) -> tuple[object, ...]:
    return (
        row.id, row.guild_id, row.user_id, row.action_type, row.target_id, row.changes.decode(),
        None if row.options is None else row.options.decode(), row.reason, row.channel_id, row.is_hidden,
    )  # fmt: skip


GUILDS = table_of("guilds", GuildRow, "id", values=_guild_values)
TEMPLATES = table_of("templates", TemplateRow, "code", values=_template_values)
ROLES = table_of("roles", RoleRow, "id")
MEMBERS = table_of("members", MemberRow, "guild_id", "user_id", values=_member_values)
LEFT_TIMEOUTS = table_of("left_timeouts", LeftTimeoutRow, "guild_id", "user_id")
BANS = table_of("bans", BanRow, "guild_id", "user_id")
INVITES = table_of("invites", InviteRow, "code")
EMOJIS = table_of("emojis", EmojiRow, "id", values=_emoji_values)
SOUNDS = table_of("sounds", SoundRow, "id")
WEBHOOKS = table_of("webhooks", WebhookRow, "id")
AUDIT_LOG = table_of("audit_log", AuditRow, "id", values=_audit_values)


def read_guild(r: Record) -> GuildRow:
    return GuildRow(
        id=Snowflake(r[0]),
        name=r[1],
        owner_id=Snowflake(r[2]),
        system_channel_id=optional_id(r[3]),
        icon=r[4],
        banner=r[5],
        splash=r[6],
        discovery_splash=r[7],
        vanity_code=r[8],
        vanity_uses=r[9],
        settings=_PLAIN_SETTINGS if r[10] is None else codec.decode(r[10].encode(), GuildSettings),
    )


def read_template(r: Record) -> TemplateRow:
    return TemplateRow(
        code=r[0],
        guild_id=Snowflake(r[1]),
        name=r[2],
        description=r[3],
        creator_id=Snowflake(r[4]),
        created_ms=r[5],
        updated_ms=r[6],
        snapshot=r[7].encode(),
        usage_count=r[8],
    )


def read_role(r: Record) -> RoleRow:
    return RoleRow(
        id=Snowflake(r[0]),
        guild_id=Snowflake(r[1]),
        name=r[2],
        permissions=Permissions(r[3]),
        position=r[4],
        color=r[5],
        is_hoisted=bool(r[6]),
        is_mentionable=bool(r[7]),
        is_managed=bool(r[8]),
        secondary_color=r[9],
        tertiary_color=r[10],
        icon=r[11],
        unicode_emoji=r[12],
        bot_id=optional_id(r[13]),
    )


def read_member(r: Record) -> MemberRow:
    return MemberRow(
        guild_id=Snowflake(r[0]),
        user_id=Snowflake(r[1]),
        joined_ms=r[2],
        nick=r[3],
        role_ids=read_ids(r[4]),
        timeout_until_ms=r[5],
        flags=r[6],
        avatar=r[7],
        banner=r[8],
        bio=r[9],
        is_temporary=bool(r[10]),
        is_mute=bool(r[11]),
        is_deaf=bool(r[12]),
    )


def read_left_timeout(r: Record) -> LeftTimeoutRow:
    return LeftTimeoutRow(guild_id=Snowflake(r[0]), user_id=Snowflake(r[1]), until_ms=r[2])


def read_ban(r: Record) -> BanRow:
    return BanRow(guild_id=Snowflake(r[0]), user_id=Snowflake(r[1]), reason=r[2])


def read_invite(r: Record) -> InviteRow:
    return InviteRow(
        code=r[0],
        guild_id=Snowflake(r[1]),
        channel_id=Snowflake(r[2]),
        inviter_id=optional_id(r[3]),
        created_ms=r[4],
        max_age_s=r[5],
        max_uses=r[6],
        uses=r[7],
        is_temporary=bool(r[8]),
    )


def read_emoji(r: Record) -> EmojiRow:
    return EmojiRow(
        id=Snowflake(r[0]),
        guild_id=optional_id(r[1]),
        application_id=optional_id(r[2]),
        name=r[3],
        creator_id=Snowflake(r[4]),
        is_animated=bool(r[5]),
        role_ids=read_ids(r[6]),
    )


def read_sound(r: Record) -> SoundRow:
    return SoundRow(
        id=Snowflake(r[0]),
        guild_id=Snowflake(r[1]),
        name=r[2],
        volume=r[3],
        emoji_id=optional_id(r[4]),
        emoji_name=r[5],
        creator_id=Snowflake(r[6]),
        content_type=r[7],
        size_bytes=r[8],
    )


def read_webhook(r: Record) -> WebhookRow:
    return WebhookRow(
        id=Snowflake(r[0]),
        type=r[1],
        guild_id=Snowflake(r[2]),
        channel_id=Snowflake(r[3]),
        name=r[4],
        avatar=r[5],
        token=r[6],
        user_id=optional_id(r[7]),
        application_id=optional_id(r[8]),
        source_guild_id=optional_id(r[9]),
        source_channel_id=optional_id(r[10]),
    )


def read_audit(r: Record) -> AuditRow:
    return AuditRow(
        id=Snowflake(r[0]),
        guild_id=Snowflake(r[1]),
        user_id=Snowflake(r[2]),
        action_type=r[3],
        target_id=optional_id(r[4]),
        changes=r[5].encode(),
        options=None if r[6] is None else r[6].encode(),
        reason=r[7],
        channel_id=optional_id(r[8]),
        is_hidden=bool(r[9]),
    )
