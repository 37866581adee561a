"""Settings that follow an account: its own, told to its own sessions."""

import binascii
import re

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec, proto_fields
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp
from tuichat.protocol.user_settings import (
    CustomStatus,
    EditSettingsProto,
    EditUserSettings,
    FriendSourceFlags,
    ProtoContent,
    SettingsProto,
    UserSettings,
    UserSettingsProtoUpdate,
)
from tuichat.server.actions import errors, fields, presence
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.privacy_cache import EVERY_SOURCE, FriendSource
from tuichat.server.bus import event
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.social_rows import PrivacyRow, SettingsProtoRow, UserSettingsRow

THEMES = ("dark", "light", "darker", "midnight")
STATUSES = ("online", "idle", "dnd", "invisible")
MAX_IDS = 1000  # taste: of guilds in one setting; somebody is in 100 at most, and may come back to some
MAX_FOLDERS = 200
MAX_FOLDER_NAME = 100
MAX_STATUS_CHARACTERS = 128
MAX_EMOJI_CHARACTERS = 32
MAX_COLOR = 0xFFFFFF
RANGES = {
    "afk_timeout": (60, 600),
    "animate_stickers": (0, 2),
    "explicit_content_filter": (0, 2),
    "friend_discovery_flags": (0, 0b110),
    "slayer_sdk_receive_dms_in_game": (0, 2),
    "timezone_offset": (-840, 840),
}
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,4})?")
PRIVATE = ("restricted_guilds", "default_guilds_restricted", "friend_source_flags")  # which have a row of their own

PROTO_KINDS = (1, 2, 3)
PRELOADED = 1
MAX_PROTO_BYTES = 512 * 1024  # taste; Discord takes 5 MB, most of it for favourite pictures


async def get_settings(ctx: Context, actor: Actor) -> UserSettings:
    """All settings of the actor, as it left them."""
    if actor.is_bot:
        raise errors.bots_cannot()
    return await read_settings(ctx, actor.user_id)


async def read_settings(ctx: Context, user_id: int) -> UserSettings:
    return assemble(ctx, user_id, await ctx.store.read_user_settings(user_id))


def assemble(ctx: Context, user_id: int, stored: bytes | None) -> UserSettings:
    """An account's settings from what the store has of them, and its privacy from memory."""
    settings = UserSettings() if stored is None else codec.decode(stored, UserSettings)
    privacy = ctx.privacy.get(user_id)
    sources = privacy.friend_sources
    return msgspec.structs.replace(
        settings,
        restricted_guilds=list(privacy.restricted_guild_ids),
        default_guilds_restricted=privacy.restricts_new_guilds,
        friend_source_flags=FriendSourceFlags(
            all=bool(sources & FriendSource.ANYBODY),
            mutual_friends=bool(sources & FriendSource.MUTUAL_FRIENDS),
            mutual_guilds=bool(sources & FriendSource.MUTUAL_GUILDS),
        ),
    )


async def edit_settings(ctx: Context, actor: Actor, request: EditUserSettings) -> UserSettings:
    """Change some settings; status and custom status are shown to others at once. Raises ActionError 50035 with the limits."""
    if actor.is_bot:
        raise errors.bots_cannot()
    changes = _checked(ctx, request)
    async with ctx.edits.hold(actor.user_id):
        before = await read_settings(ctx, actor.user_id)
        after = msgspec.structs.replace(before, **changes)
        changed = {name: value for name, value in changes.items() if getattr(before, name) != value}
        if changed:
            privacy = _privacy(actor, after)
            operations: list[Operation] = [Put(UserSettingsRow(user_id=actor.user_id, settings=codec.encode(after)))]
            if not changed.keys().isdisjoint(PRIVATE):
                operations.append(Put(privacy))
            told = event("USER_SETTINGS_UPDATE", EditUserSettings(**changed), user_ids=[actor.user_id])  # type: ignore[arg-type]  # checked
            await ctx.store.write(operations, [told], before_publish=lambda: ctx.privacy.put(privacy))
            if not changed.keys().isdisjoint(("status", "custom_status")):
                status = after.status if "status" in changed else None
                presence.follow_settings(ctx, actor, status, after.custom_status)
    return after


async def get_proto(ctx: Context, actor: Actor, kind: int) -> SettingsProto:
    """The settings of one kind that clients keep as a protocol buffer, whole."""
    _require_kind(actor, kind)
    return SettingsProto(settings=await encoded_proto(ctx, actor.user_id, kind))


async def encoded_proto(ctx: Context, user_id: int, kind: int) -> str:
    row = await ctx.store.read_settings_proto(user_id, kind)
    return "" if row is None else _encode(row.content)


async def edit_proto(ctx: Context, actor: Actor, kind: int, request: EditSettingsProto) -> SettingsProto:
    """Put top-level fields of a settings proto in the place of the stored ones, up to 512 KiB in all.

    A change for an older `required_data_version` than the stored one is not carried out, and told as out of date.
    """
    _require_kind(actor, kind)
    change = _decode(request.settings)
    async with ctx.edits.hold(actor.user_id):
        row = await ctx.store.read_settings_proto(actor.user_id, kind)
        version, stored = (0, b"") if row is None else (row.version, row.content)
        required = request.required_data_version
        if isinstance(required, int) and required < version:
            return SettingsProto(settings=_encode(stored), out_of_date=True)
        try:
            content = proto_fields.with_data_version(proto_fields.merge(stored, change), version + 1)
        except ProtocolError as error:
            raise errors.invalid_field(
                "settings", "INVALID_USER_SETTINGS_DATA", f"No protocol buffer: {error}."
            ) from None
        if len(content) > MAX_PROTO_BYTES:
            raise _proto_too_long()
        encoded = _encode(content)
        payload = UserSettingsProtoUpdate(settings=ProtoContent(type=kind, proto=encoded))
        await ctx.store.write(
            [Put(SettingsProtoRow(user_id=actor.user_id, kind=kind, version=version + 1, content=content))],
            [event("USER_SETTINGS_PROTO_UPDATE", payload, user_ids=[actor.user_id])],
        )
    return SettingsProto(settings=encoded)


def _checked(ctx: Context, request: EditUserSettings) -> dict[str, object]:
    """The fields that are set, each within its limits."""
    changes = {name: value for name in request.__struct_fields__ if (value := getattr(request, name)) is not UNSET}
    for name, (low, high) in RANGES.items():
        if name in changes:
            fields.require_range(name, getattr(request, name), low, high)
    for name in (
        "activity_joining_restricted_guild_ids",
        "activity_restricted_guild_ids",
        "guild_positions",
        "restricted_guilds",
    ):
        ids = changes.get(name)
        if isinstance(ids, list):
            if len(ids) > MAX_IDS:
                raise errors.too_long(name, MAX_IDS)
            changes[name] = list(dict.fromkeys(ids))
    _require_choice("theme", request.theme, THEMES)
    _require_choice("status", request.status, STATUSES)
    if isinstance(request.locale, str) and not _LOCALE.fullmatch(request.locale):
        raise errors.invalid_field("locale", "BASE_TYPE_CHOICES", "Must be a language, for example en-US.")
    if isinstance(request.guild_folders, list):
        _check_folders(request)
    if isinstance(request.custom_status, CustomStatus):
        changes["custom_status"] = _custom_status(ctx, request.custom_status)
    return changes


def _require_choice(field: str, value: object, choices: tuple[str, ...]) -> None:
    if value is not UNSET and value not in choices:
        raise errors.invalid_field(field, "BASE_TYPE_CHOICES", f"Value must be one of {choices}.")


def _check_folders(request: EditUserSettings) -> None:
    folders = request.guild_folders if isinstance(request.guild_folders, list) else []
    if len(folders) > MAX_FOLDERS:
        raise errors.too_long("guild_folders", MAX_FOLDERS)
    if sum(len(folder.guild_ids) for folder in folders) > MAX_IDS:
        raise errors.invalid_field("guild_folders", "BASE_TYPE_MAX_LENGTH", f"Must name {MAX_IDS} or fewer guilds.")
    for index, folder in enumerate(folders):
        if folder.name is not None:
            fields.require_length(f"guild_folders.{index}.name", folder.name, 0, MAX_FOLDER_NAME)
        if folder.color is not None:
            fields.require_range(f"guild_folders.{index}.color", folder.color, 0, MAX_COLOR)
        if folder.id is not None:
            fields.require_range(f"guild_folders.{index}.id", folder.id, -(2**63), 2**63 - 1)


def _custom_status(ctx: Context, status: CustomStatus) -> CustomStatus | None:
    """A custom status as it is kept; None for one that says nothing, or ended already."""
    text = fields.require_length("custom_status.text", status.text or "", 0, MAX_STATUS_CHARACTERS) or None
    emoji = status.emoji_name or None
    if emoji is not None:
        emoji = fields.require_length("custom_status.emoji_name", emoji, 0, MAX_EMOJI_CHARACTERS) or None
    expires_at = None
    if status.expires_at is not None:
        try:
            expires_ms = parse_timestamp(status.expires_at)
        except ValueError as error:
            raise errors.invalid_field("custom_status.expires_at", "DATE_TIME_TYPE_PARSE", str(error)) from None
        if expires_ms <= ctx.now_ms():
            return None
        expires_at = format_timestamp(expires_ms)
    if text is None and emoji is None and status.emoji_id is None:
        return None
    return CustomStatus(text=text, emoji_id=status.emoji_id, emoji_name=emoji, expires_at=expires_at)


def _privacy(actor: Actor, settings: UserSettings) -> PrivacyRow:
    flags = settings.friend_source_flags
    sources = EVERY_SOURCE if flags.all else FriendSource(0)
    if flags.mutual_friends:
        sources |= FriendSource.MUTUAL_FRIENDS
    if flags.mutual_guilds:
        sources |= FriendSource.MUTUAL_GUILDS
    return PrivacyRow(
        user_id=actor.user_id,
        restricted_guild_ids=tuple(settings.restricted_guilds),
        restricts_new_guilds=settings.default_guilds_restricted,
        friend_sources=int(sources),
    )


def _require_kind(actor: Actor, kind: int) -> None:
    if actor.is_bot:
        raise errors.bots_cannot()
    if kind not in PROTO_KINDS:
        raise errors.invalid_field(
            "user_settings_proto_type", "BASE_TYPE_CHOICES", f"Value must be one of {PROTO_KINDS}."
        )


def _decode(settings: str) -> bytes:
    if len(settings) > MAX_PROTO_BYTES * 4 // 3 + 4:
        raise _proto_too_long()
    try:
        return binascii.a2b_base64(settings + "=" * (-len(settings) % 4), strict_mode=True)
    except ValueError as error:
        raise errors.invalid_field("settings", "INVALID_USER_SETTINGS_DATA", f"No base64: {error}.") from None


def _encode(content: bytes) -> str:
    return binascii.b2a_base64(content, newline=False).decode()


def _proto_too_long() -> errors.ActionError:
    return errors.too_long("settings", MAX_PROTO_BYTES * 4 // 3)
