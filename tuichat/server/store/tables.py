"""How rows stand in tables: the statements that write them, and how they are read back."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store import social_tables
from tuichat.server.store.channel_rows import ChannelRow, ForumFields, OverwriteRow, ThreadFields, ThreadMemberRow
from tuichat.server.store.command_rows import CommandPermissionsRow, CommandRow, InteractionRow
from tuichat.server.store.command_tables import COMMAND_PERMISSIONS, COMMANDS, INTERACTIONS
from tuichat.server.store.message_rows import (
    AttachmentRow,
    CrosspostRow,
    MessageExtras,
    MessageRow,
    OpenPollRow,
    ReferenceRow,
)
from tuichat.server.store.rows import (
    ApplicationRow,
    AuditRow,
    BanRow,
    EmojiRow,
    GuildRow,
    GuildSettings,
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
from tuichat.server.store.table import Record, Table, table_of

EMPTY_LIST = b"[]"
_PLAIN_SETTINGS = GuildSettings()


def _channel_values(row: ChannelRow) -> tuple[object, ...]:
    return (
        row.id, row.type, row.guild_id, row.name, row.position, row.parent_id, write_overwrites(row.overwrites),
        row.topic, row.is_nsfw, row.rate_limit_s, row.bitrate, row.user_limit, row.flags, row.owner_id, row.icon,
        write_ids(row.recipient_ids) if row.recipient_ids else None,
        row.default_auto_archive_minutes, row.default_thread_rate_limit_s,
        _write_json(row.thread), _write_json(row.forum), row.rtc_region, row.video_quality,
    )  # fmt: skip


def _guild_values(row: GuildRow) -> tuple[object, ...]:
    return (
        row.id, row.name, row.owner_id, row.system_channel_id, row.icon, row.banner, row.splash, row.discovery_splash,
        row.vanity_code, row.vanity_uses, None if row.settings == _PLAIN_SETTINGS else _write_json(row.settings),
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


def _message_values(row: MessageRow) -> tuple[object, ...]:
    return (
        row.id, row.channel_id, row.author_id, row.type, row.content, row.edited_ms, row.is_tts, row.flags,
        row.mentions_everyone,
        write_ids(row.mention_ids) if row.mention_ids else None,
        write_ids(row.mention_role_ids) if row.mention_role_ids else None,
        None if row.nonce is None else msgspec.json.encode(row.nonce).decode(),
        _write_json(row.reference),
        None if row.embeds == EMPTY_LIST else row.embeds.decode(),
        None if row.components == EMPTY_LIST else row.components.decode(),
        _write_json(row.attachments or None),
        row.pinned_ms,
        _write_json(row.extras),
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


def _write_json(value: object) -> str | None:
    return None if value is None else codec.encode(value).decode()


def write_ids(ids: Sequence[int]) -> str:
    return f"[{','.join(map(str, map(int, ids)))}]"


def read_ids(text: str) -> tuple[Snowflake, ...]:
    return tuple(map(Snowflake, msgspec.json.decode(text, type=list[int])))


class _Overwrite(msgspec.Struct, array_like=True):
    id: int
    type: int
    allow: int
    deny: int


def write_overwrites(overwrites: Sequence[OverwriteRow]) -> str:
    packed = [_Overwrite(int(o.id), o.type, int(o.allow), int(o.deny)) for o in overwrites]
    return msgspec.json.encode(packed).decode()


def _read_overwrites(text: str) -> tuple[OverwriteRow, ...]:
    return tuple(
        OverwriteRow(id=Snowflake(o.id), type=o.type, allow=Permissions(o.allow), deny=Permissions(o.deny))
        for o in msgspec.json.decode(text, type=list[_Overwrite])
    )


def _id(value: int | None) -> Snowflake | None:
    return None if value is None else Snowflake(value)


SETTINGS = table_of("settings", SettingRow, "key")
USERS = table_of("users", UserRow, "id")
PASSWORDS = table_of("passwords", PasswordRow, "user_id")
TOKENS = table_of("tokens", TokenRow, "id")
APPLICATIONS = table_of("applications", ApplicationRow, "id")
GUILDS = table_of("guilds", GuildRow, "id", values=_guild_values)
TEMPLATES = table_of("templates", TemplateRow, "code", values=_template_values)
ROLES = table_of("roles", RoleRow, "id")
CHANNELS = table_of("channels", ChannelRow, "id", values=_channel_values)
MEMBERS = table_of("members", MemberRow, "guild_id", "user_id", values=_member_values)
MESSAGES = table_of("messages", MessageRow, "id", values=_message_values)
INVITES = table_of("invites", InviteRow, "code")
BANS = table_of("bans", BanRow, "guild_id", "user_id")
EMOJIS = table_of("emojis", EmojiRow, "id", values=_emoji_values)
SOUNDS = table_of("sounds", SoundRow, "id")
SEEN = table_of("seen", SeenRow, "user_id")
LEFT_TIMEOUTS = table_of("left_timeouts", LeftTimeoutRow, "guild_id", "user_id")
UPLOADS = table_of("uploads", UploadRow, "key")
IMAGES = table_of("images", ImageRow, "kind", "owner_id", "guild_id")
READ_STATES = table_of("read_states", ReadStateRow, "user_id", "channel_id")
THREAD_MEMBERS = table_of("thread_members", ThreadMemberRow, "thread_id", "user_id")
OPEN_POLLS = table_of("open_polls", OpenPollRow, "message_id")
WEBHOOKS = table_of("webhooks", WebhookRow, "id")
CROSSPOSTS = table_of("crossposts", CrosspostRow, "source_id", "message_id")
AUDIT_LOG = table_of("audit_log", AuditRow, "id", values=_audit_values)

TABLES: dict[type[msgspec.Struct], Table] = {
    SettingRow: SETTINGS,
    UserRow: USERS,
    PasswordRow: PASSWORDS,
    TokenRow: TOKENS,
    ApplicationRow: APPLICATIONS,
    GuildRow: GUILDS,
    TemplateRow: TEMPLATES,
    RoleRow: ROLES,
    ChannelRow: CHANNELS,
    MemberRow: MEMBERS,
    MessageRow: MESSAGES,
    InviteRow: INVITES,
    ReadStateRow: READ_STATES,
    ThreadMemberRow: THREAD_MEMBERS,
    AuditRow: AUDIT_LOG,
    OpenPollRow: OPEN_POLLS,
    WebhookRow: WEBHOOKS,
    CrosspostRow: CROSSPOSTS,
    CommandRow: COMMANDS,
    CommandPermissionsRow: COMMAND_PERMISSIONS,
    InteractionRow: INTERACTIONS,
    ImageRow: IMAGES,
    BanRow: BANS,
    EmojiRow: EMOJIS,
    SoundRow: SOUNDS,
    SeenRow: SEEN,
    LeftTimeoutRow: LEFT_TIMEOUTS,
    UploadRow: UPLOADS,
    **social_tables.TABLES,
}


def read_user(r: Record) -> UserRow:
    return UserRow(
        id=Snowflake(r[0]),
        username=r[1],
        name_key=r[2],
        display_name=r[3],
        is_bot=bool(r[4]),
        is_system=bool(r[5]),
        avatar=r[6],
        is_deleted=bool(r[7]),
    )


def read_token(r: Record) -> TokenRow:
    return TokenRow(id=Snowflake(r[0]), user_id=Snowflake(r[1]), secret_hash=r[2])


def read_application(r: Record) -> ApplicationRow:
    return ApplicationRow(
        id=Snowflake(r[0]),
        owner_id=_id(r[1]),
        name=r[2],
        flags=r[3],
        is_public=bool(r[4]),
        description=r[5],
        icon=r[6],
        endpoint_url=r[7],
    )


def read_guild(r: Record) -> GuildRow:
    return GuildRow(
        id=Snowflake(r[0]),
        name=r[1],
        owner_id=Snowflake(r[2]),
        system_channel_id=_id(r[3]),
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
        bot_id=_id(r[13]),
    )


def read_channel(r: Record) -> ChannelRow:
    return ChannelRow(
        id=Snowflake(r[0]),
        type=r[1],
        guild_id=_id(r[2]),
        name=r[3],
        position=r[4],
        parent_id=_id(r[5]),
        overwrites=_read_overwrites(r[6]),
        topic=r[7],
        is_nsfw=bool(r[8]),
        rate_limit_s=r[9],
        bitrate=r[10],
        user_limit=r[11],
        flags=r[12],
        owner_id=_id(r[13]),
        icon=r[14],
        recipient_ids=read_ids(r[15]) if r[15] else (),
        default_auto_archive_minutes=r[16],
        default_thread_rate_limit_s=r[17],
        thread=None if r[18] is None else codec.decode(r[18].encode(), ThreadFields),
        forum=None if r[19] is None else codec.decode(r[19].encode(), ForumFields),
        rtc_region=r[20],
        video_quality=r[21],
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


def read_message(r: Record) -> MessageRow:
    return MessageRow(
        id=Snowflake(r[0]),
        channel_id=Snowflake(r[1]),
        author_id=Snowflake(r[2]),
        type=r[3],
        content=r[4],
        edited_ms=r[5],
        is_tts=bool(r[6]),
        flags=r[7],
        mentions_everyone=bool(r[8]),
        mention_ids=read_ids(r[9]) if r[9] else (),
        mention_role_ids=read_ids(r[10]) if r[10] else (),
        nonce=None if r[11] is None else msgspec.json.decode(r[11], type=str | int),
        reference=None if r[12] is None else codec.decode(r[12].encode(), ReferenceRow),
        embeds=EMPTY_LIST if r[13] is None else r[13].encode(),
        components=EMPTY_LIST if r[14] is None else r[14].encode(),
        attachments=() if r[15] is None else codec.decode(r[15].encode(), tuple[AttachmentRow, ...]),
        pinned_ms=r[16],
        extras=None if r[17] is None else codec.decode(r[17].encode(), MessageExtras),
    )


def read_invite(r: Record) -> InviteRow:
    return InviteRow(
        code=r[0],
        guild_id=Snowflake(r[1]),
        channel_id=Snowflake(r[2]),
        inviter_id=_id(r[3]),
        created_ms=r[4],
        max_age_s=r[5],
        max_uses=r[6],
        uses=r[7],
        is_temporary=bool(r[8]),
    )


def read_upload(r: Record) -> UploadRow:
    return UploadRow(
        key=r[0],
        user_id=Snowflake(r[1]),
        channel_id=Snowflake(r[2]),
        filename=r[3],
        size_bytes=r[4],
        created_ms=r[5],
    )


def read_image(r: Record) -> ImageRow:
    return ImageRow(kind=r[0], owner_id=Snowflake(r[1]), guild_id=Snowflake(r[2]), hash=r[3], file=r[4])


def read_read_state(r: Record) -> ReadStateRow:
    return ReadStateRow(
        user_id=Snowflake(r[0]), channel_id=Snowflake(r[1]), last_message_id=_id(r[2]), mention_count=r[3],
        version=r[4], last_pin_ms=r[5], flags=r[6], last_viewed=r[7],
    )  # fmt: skip


def read_thread_member(r: Record) -> ThreadMemberRow:
    return ThreadMemberRow(thread_id=Snowflake(r[0]), user_id=Snowflake(r[1]), joined_ms=r[2], flags=r[3])


def read_ban(r: Record) -> BanRow:
    return BanRow(guild_id=Snowflake(r[0]), user_id=Snowflake(r[1]), reason=r[2])


def read_emoji(r: Record) -> EmojiRow:
    return EmojiRow(
        id=Snowflake(r[0]),
        guild_id=_id(r[1]),
        application_id=_id(r[2]),
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
        emoji_id=_id(r[4]),
        emoji_name=r[5],
        creator_id=Snowflake(r[6]),
        content_type=r[7],
        size_bytes=r[8],
    )


def read_seen(r: Record) -> SeenRow:
    return SeenRow(user_id=Snowflake(r[0]), day=r[1])


def read_left_timeout(r: Record) -> LeftTimeoutRow:
    return LeftTimeoutRow(guild_id=Snowflake(r[0]), user_id=Snowflake(r[1]), until_ms=r[2])


def read_audit(r: Record) -> AuditRow:
    return AuditRow(
        id=Snowflake(r[0]),
        guild_id=Snowflake(r[1]),
        user_id=Snowflake(r[2]),
        action_type=r[3],
        target_id=_id(r[4]),
        changes=r[5].encode(),
        options=None if r[6] is None else r[6].encode(),
        reason=r[7],
        channel_id=_id(r[8]),
        is_hidden=bool(r[9]),
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
        user_id=_id(r[7]),
        application_id=_id(r[8]),
        source_guild_id=_id(r[9]),
        source_channel_id=_id(r[10]),
    )
