"""What a live room is about and who may come in, as a request says it: cleaned, or refused with the limit."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET

from tuichat.protocol.live_room import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_INVITED,
    MAX_LANGUAGE_CHARACTERS,
    MAX_LINK_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    TOPIC_CHARACTERS,
    EditLiveRoomRequest,
    Hands,
    Openness,
    StartLiveRoomRequest,
)
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server import names
from tuichat.server.actions import errors, fields
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.stage_doors import admits_all
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.stage_rows import StageRow

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646, section 2.1: the shape of a tag


class RoomFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a live room has beside its topic, of which a request says some."""

    topic: str = ""
    description: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    openness: Openness = Openness.GUILD
    role_id: Snowflake | None = None
    hands: Hands = Hands.ALL
    link: str | None = None
    invited_ids: tuple[Snowflake, ...] = ()

    def of(self, stage: StageRow) -> StageRow:
        """The room with these."""
        return msgspec.structs.replace(stage, **{name: getattr(self, name) for name in self.__struct_fields__})


def fields_of(stage: StageRow) -> RoomFields:
    return RoomFields(**{name: getattr(stage, name) for name in RoomFields.__struct_fields__})


def require_topic(topic: str) -> str:
    return fields.require_length("topic", topic, *TOPIC_CHARACTERS)


def require_fields(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    channel: ChannelRow,
    before: RoomFields,
    request: StartLiveRoomRequest | EditLiveRoomRequest,
) -> RoomFields:
    """Return a room's fields as a request changes them. Raises ActionError 50035 naming the field and its limit, 10007 for
    invited people who are no members, 50013 for a public room from who may not invite to the channel."""
    changed: dict[str, object] = {}
    if isinstance(request.topic, str):
        changed["topic"] = require_topic(request.topic)
    if request.description is not UNSET:
        description = request.description or ""
        changed["description"] = fields.require_length("description", description, 0, MAX_DESCRIPTION_CHARACTERS)
    if request.language is not UNSET:
        changed["language"] = _language(request.language or "")
    if request.tags is not UNSET:
        changed["tags"] = clean_tags("tags", request.tags or (), MAX_TAGS)
    if request.link is not UNSET:
        changed["link"] = _link(request.link or "")
    if isinstance(request.hands, str):
        changed["hands"] = _choice("hands", request.hands, Hands)
    if isinstance(request.openness, str):
        changed["openness"] = _choice("openness", request.openness, Openness)
    if request.role_id is not UNSET:
        changed["role_id"] = request.role_id
    if isinstance(request, StartLiveRoomRequest) and isinstance(request.invited_ids, list):
        changed["invited_ids"] = _invited(state, request.invited_ids)
    after = msgspec.structs.replace(before, **changed)
    if (after.openness, after.role_id) != (before.openness, before.role_id):
        after = _opened(ctx, actor, state, channel, after)
    return after


def clean_tags(field: str, tags: Sequence[str], limit: int) -> tuple[str, ...]:
    """Return tags in lower case, without a # before them, each once however it is written. Raises ActionError 50035."""
    if len(tags) > limit:
        raise errors.invalid_field(field, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")
    cleaned: dict[str, str] = {}
    for tag in tags:
        text = fields.require_name(field, tag.strip().lstrip("#").lower(), 1, MAX_TAG_CHARACTERS)
        if "," in text:
            raise errors.invalid_field(field, "BASE_TYPE_BAD_STRING", "A tag has no comma.")
        cleaned.setdefault(names.name_key(text), text)
    return tuple(cleaned.values())


def _language(text: str) -> str:
    cleaned = fields.require_length("language", text, 0, MAX_LANGUAGE_CHARACTERS)
    if cleaned and not _LANGUAGE.fullmatch(cleaned):
        raise errors.invalid_field(
            "language",
            "BASE_TYPE_BAD_STRING",
            f"{cleaned[:40]!r} is not a language tag such as en or pt-BR (RFC 5646).",
        )
    return cleaned


def _link(text: str) -> str | None:
    link = fields.require_length("link", text, 0, MAX_LINK_CHARACTERS)
    if not link:
        return None
    try:
        parts = urlsplit(link)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or not link.isprintable() or " " in link:
        raise errors.invalid_field("link", "URL_TYPE_INVALID_URL", "Not a well formed URL: http or https, and a host.")
    return link


def _choice(field: str, value: str, kind: type[Hands] | type[Openness]) -> Hands | Openness:
    try:
        return kind(value)
    except ValueError:
        choices = ", ".join(each.value for each in kind)
        raise errors.invalid_field(field, "BASE_TYPE_CHOICES", f"Value must be one of {{{choices}}}.") from None


def _invited(state: GuildState, user_ids: Sequence[Snowflake]) -> tuple[Snowflake, ...]:
    if len(user_ids) > MAX_INVITED:
        raise errors.too_long("invited_ids", MAX_INVITED)
    if any(user_id not in state.members for user_id in user_ids):
        raise errors.unknown_member()
    return tuple(dict.fromkeys(user_ids))


def _opened(ctx: Context, actor: Actor, state: GuildState, channel: ChannelRow, after: RoomFields) -> RoomFields:
    """Check who a room is opened to now."""
    if after.openness != Openness.ROLE:
        after = msgspec.structs.replace(after, role_id=None)
    elif after.role_id is None:
        raise errors.invalid_field("role_id", "BASE_TYPE_REQUIRED", "This field is required for a room of a role.")
    elif after.role_id not in state.roles or after.role_id == state.id:
        raise errors.unknown_role()
    if after.openness == Openness.PUBLIC:
        granted = state.permissions_in(actor.user_id, channel.id, ctx.now_ms())
        if not granted & Permissions.CREATE_INSTANT_INVITE:
            raise errors.missing_permissions()
        if not admits_all(state, channel):
            reason = "@everyone does not see this channel, or may not connect to it: it cannot be public."
            raise errors.invalid_field("openness", "BASE_TYPE_BAD_VALUE", reason)
    return after
