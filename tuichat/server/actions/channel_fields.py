"""What a channel can be set to, kind by kind, each field within its limits."""

import re
from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.channel import POST_CHANNELS, VOICE_CHANNELS, ChannelFlags, ChannelType, DefaultReaction
from tuichat.protocol.rest.channel import ChannelFields, ForumTagRequest
from tuichat.protocol.rest.error import ErrorCode
from tuichat.server.actions import errors, fields
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.threads import require_minutes
from tuichat.server.store.channel_rows import ChannelRow, ForumFields, ForumTagRow

NAME_CHARACTERS = (1, 100)
MAX_TOPIC_CHARACTERS = 1024
MAX_GUIDELINES_CHARACTERS = 4096  # a forum's topic
MAX_CHANNELS_PER_CATEGORY = 50
MAX_SLOWMODE_S = 21_600
BITRATES = (8_000, 384_000)  # bits a second; Discord's highest tier, since our servers have no tiers
STAGE_BITRATES = (8_000, 64_000)
USER_LIMITS = {ChannelType.VOICE: 99, ChannelType.STAGE: 10_000}
MAX_POSITION = 2**31 - 1
MAX_TAGS = 20
TAG_CHARACTERS = (1, 20)
MAX_EMOJI_CHARACTERS = 32  # taste: the longest that Unicode has are of some ten code points
MAX_REGION_CHARACTERS = 32  # taste
TEXT_LIKE = frozenset({ChannelType.TEXT, ChannelType.ANNOUNCEMENT, *POST_CHANNELS})
CONVERTIBLE = frozenset({ChannelType.TEXT, ChannelType.ANNOUNCEMENT})
_TAG_NAMES_NOT_UNIQUE = 40061  # Discord's documentation, "JSON Error Codes"
_NO_TAG_FOR_EVERYBODY = 40066
_UNKNOWN_TAG = 10087
_SPACES = re.compile(r"\s+")
_SPOILER = 1 << 21
_FLAGS = {
    ChannelType.TEXT: _SPOILER,
    ChannelType.ANNOUNCEMENT: _SPOILER,
    ChannelType.VOICE: _SPOILER,
    ChannelType.FORUM: ChannelFlags.REQUIRE_TAG | _SPOILER,
    ChannelType.MEDIA: ChannelFlags.REQUIRE_TAG | ChannelFlags.HIDE_MEDIA_DOWNLOAD_OPTIONS | _SPOILER,
}  # what can be set of each kind


def changed(ctx: Context, state: GuildState, row: ChannelRow, request: ChannelFields) -> ChannelRow:
    """Apply the plain fields of a request, each within its limits; null sets a field back.

    Fields that the channel's kind does not have are passed over, as Discord does. Raises ActionError 50035, and for tags
    30048 (20), 40061 (two of one name), 10087 (unknown) and 40066 (required, and none that everybody may set).
    """
    changes: dict[str, object] = {}
    if request.topic is not UNSET:
        limit = MAX_GUIDELINES_CHARACTERS if row.type in POST_CHANNELS else MAX_TOPIC_CHARACTERS
        changes["topic"] = fields.require_length("topic", request.topic or "", 0, limit) or None
    if request.position is not UNSET and request.position is not None:
        changes["position"] = fields.require_range("position", request.position, 0, MAX_POSITION)
    if request.nsfw is not UNSET:
        changes["is_nsfw"] = bool(request.nsfw)
    if request.rate_limit_per_user is not UNSET:
        changes["rate_limit_s"] = _slowmode("rate_limit_per_user", request.rate_limit_per_user)
    if isinstance(request.flags, int):
        settable = int(_FLAGS.get(ChannelType(row.type), 0))
        changes["flags"] = row.flags & ~settable | request.flags & settable
    if row.type in VOICE_CHANNELS:
        changes |= _of_voice(ctx, row, request)
    elif row.type in TEXT_LIKE:
        changes |= _of_threads(request)
    if row.type in POST_CHANNELS:
        changes["forum"] = _forum(ctx, state, row, request)
    row = msgspec.structs.replace(row, **changes)
    if row.flags & ChannelFlags.REQUIRE_TAG and all(tag.is_moderated for tag in (row.forum or ForumFields()).tags):
        raise errors.ActionError(
            400, _NO_TAG_FOR_EVERYBODY, "There are no tags available that can be set by non-moderators"
        )
    return row


def name(kind: int, given: str) -> str:
    """A channel's name; where one writes it is in lower case with hyphens for spaces, as Discord has it."""
    cleaned = fields.require_name("name", given, *NAME_CHARACTERS)
    if kind in TEXT_LIKE:
        cleaned = _SPACES.sub("-", cleaned.lower())[: NAME_CHARACTERS[1]]
    return cleaned


def parent(state: GuildState, parent_id: int | None, kind: int) -> ChannelRow | None:
    """The category that a channel of this kind is to stand in, with room for it."""
    if parent_id is None:
        return None
    found = state.channels.get(parent_id)
    if found is None or found.type != ChannelType.CATEGORY:
        raise errors.invalid_field("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
    if kind == ChannelType.CATEGORY:
        raise errors.invalid_field("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "A category cannot stand in a category")
    if sum(1 for row in state.channels.values() if row.parent_id == parent_id) >= MAX_CHANNELS_PER_CATEGORY:
        raise errors.invalid_field(
            "parent_id",
            "CHANNEL_PARENT_MAX_CHANNELS",
            f"Maximum number of channels in category reached ({MAX_CHANNELS_PER_CATEGORY})",
        )
    return found


def _slowmode(field: str, seconds: object) -> int:
    return fields.require_range(field, seconds if isinstance(seconds, int) else 0, 0, MAX_SLOWMODE_S)


def _of_voice(ctx: Context, row: ChannelRow, request: ChannelFields) -> dict[str, object]:
    changes: dict[str, object] = {}
    if request.bitrate is not UNSET:
        limits = STAGE_BITRATES if row.type == ChannelType.STAGE else BITRATES
        changes["bitrate"] = fields.require_range("bitrate", request.bitrate or 64_000, *limits)
    if request.user_limit is not UNSET:
        limit = USER_LIMITS[ChannelType(row.type)]
        changes["user_limit"] = fields.require_range("user_limit", request.user_limit or 0, 0, limit)
    if request.rtc_region is not UNSET:
        region = fields.require_length("rtc_region", request.rtc_region or "", 0, MAX_REGION_CHARACTERS)
        running = [known.id for known in ctx.voice_rooms.regions()]
        if region and running and region not in running:  # one that is gone later is like none
            raise errors.invalid_field(
                "rtc_region", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(running)}: the voice nodes that run."
            )
        changes["rtc_region"] = region or None
    if request.video_quality_mode is not UNSET:
        changes["video_quality"] = _choice("video_quality_mode", request.video_quality_mode or 1, (1, 2))
    return changes


def _of_threads(request: ChannelFields) -> dict[str, object]:
    changes: dict[str, object] = {}
    if request.default_auto_archive_duration is not UNSET:
        minutes = request.default_auto_archive_duration
        changes["default_auto_archive_minutes"] = (
            None if minutes is None else require_minutes("default_auto_archive_duration", minutes)
        )
    if request.default_thread_rate_limit_per_user is not UNSET:
        changes["default_thread_rate_limit_s"] = _slowmode(
            "default_thread_rate_limit_per_user", request.default_thread_rate_limit_per_user
        )
    return changes


def _forum(ctx: Context, state: GuildState, row: ChannelRow, request: ChannelFields) -> ForumFields:
    forum = row.forum or ForumFields()
    changes: dict[str, object] = {}
    if request.available_tags is not UNSET:
        changes["tags"] = _tags(ctx, state, forum, request.available_tags or [])
    if request.default_reaction_emoji is not UNSET:
        wanted = request.default_reaction_emoji or DefaultReaction()
        check_emoji(ctx, state, "default_reaction_emoji", wanted.emoji_id, wanted.emoji_name)
        changes |= {"reaction_emoji_id": wanted.emoji_id, "reaction_emoji_name": wanted.emoji_name or None}
    if request.default_sort_order is not UNSET:
        order = request.default_sort_order
        changes["sort_order"] = None if order is None else _choice("default_sort_order", order, (0, 1))
    if request.default_forum_layout is not UNSET:
        changes["layout"] = _choice("default_forum_layout", request.default_forum_layout or 0, (0, 1, 2))
    return msgspec.structs.replace(forum, **changes)


def _tags(
    ctx: Context, state: GuildState, forum: ForumFields, requests: Sequence[ForumTagRequest]
) -> tuple[ForumTagRow, ...]:
    if len(requests) > MAX_TAGS:
        raise errors.limit_reached(ErrorCode.MAX_FORUM_TAGS, "tags in a forum channel", MAX_TAGS)
    known = {tag.id for tag in forum.tags}
    found: list[ForumTagRow] = []
    for index, request in enumerate(requests):
        path = f"available_tags.{index}"
        if request.id and request.id not in known:
            raise errors.ActionError(404, _UNKNOWN_TAG, "Unknown Tag")
        check_emoji(ctx, state, path, request.emoji_id, request.emoji_name)
        found.append(
            ForumTagRow(
                id=request.id or ctx.next_id(),
                name=fields.require_name(f"{path}.name", request.name, *TAG_CHARACTERS),
                is_moderated=bool(request.moderated),
                emoji_id=request.emoji_id or None,
                emoji_name=request.emoji_name or None,
            )
        )
    if len({tag.name for tag in found}) < len(found) or len({tag.id for tag in found}) < len(found):
        raise errors.ActionError(400, _TAG_NAMES_NOT_UNIQUE, "Tag names must be unique")
    return tuple(found)


def check_emoji(ctx: Context, state: GuildState, path: str, emoji_id: int | None, emoji_name: str | None) -> None:
    """One of the guild's emojis, or a character, or nothing."""
    if emoji_name:
        fields.require_length(f"{path}.emoji_name", emoji_name, 0, MAX_EMOJI_CHARACTERS)
        if emoji_id:
            raise errors.invalid_field(path, "BASE_TYPE_CHOICES", "At most one of emoji_id and emoji_name can be set.")
    emoji = ctx.guilds.emojis.get(emoji_id) if emoji_id else None
    if emoji_id and (emoji is None or emoji.guild_id != state.id):
        raise errors.invalid_field(f"{path}.emoji_id", "INVALID_EMOJI", "This guild has no such emoji.")


def _choice(field: str, value: int, choices: tuple[int, ...]) -> int:
    if value not in choices:
        raise errors.invalid_field(field, "BASE_TYPE_CHOICES", f"Value must be one of {choices}.")
    return value
