"""Soundboards: a guild's sounds, and playing one, or an emoji, to those in a voice channel."""

import asyncio
import binascii

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import VOICE_CHANNELS
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import (
    MAX_SOUND_BYTES,
    MAX_SOUND_MS,
    CreateSoundRequest,
    EditSoundRequest,
    SendEffectRequest,
    SendSoundRequest,
    SoundboardSound,
    SoundDelete,
    SoundList,
    VoiceChannelEffectSend,
)
from tuichat.server import unicode_emoji
from tuichat.server.actions import audit, emojis, errors, expressions, fields, wire
from tuichat.server.actions.access import Place, require_channel, require_guild, require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.images import ImageKind, put_image
from tuichat.server.actions.sound_cache import DEFAULT_SOUNDS
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.bus import Event, event
from tuichat.server.files.sound_clip import SoundRefused, inspect
from tuichat.server.store.operations import Put, Remove
from tuichat.server.store.rows import SoundRow

NAME_CHARACTERS = (2, 32)
MAX_SOUNDS = 48  # of a guild; Discord's for one with all boosts, of which there are none here
MAX_SOUND_BODY_BYTES = MAX_SOUND_BYTES * 4 // 3 + 64 * 1024
MAX_ANIMATION_ID = 20  # discord-userdoccers, "Send Voice Channel Effect"
_SCHEMES = ("data:audio/", "data:application/ogg", "data:application/octet-stream")  # the content says what it is


async def list_sounds(ctx: Context, actor: Actor, guild_id: int) -> SoundList:
    """The sounds of a guild; who made them, for those who may make or manage them."""
    state = require_guild(ctx, actor, guild_id)
    with_user = expressions.sees_makers(ctx, actor, state)
    return SoundList(items=[shown(ctx, row, with_user=with_user) for row in ctx.sounds.of(state.id)])


async def get_sound(ctx: Context, actor: Actor, guild_id: int, sound_id: int) -> SoundboardSound:
    state = require_guild(ctx, actor, guild_id)
    row = _find(ctx, state, sound_id)
    return shown(ctx, row, with_user=expressions.sees_makers(ctx, actor, state))


async def create_sound(ctx: Context, actor: Actor, guild_id: int, request: CreateSoundRequest) -> SoundboardSound:
    """Make a sound: CREATE_GUILD_EXPRESSIONS. It is an MP3 or an Ogg file of at most 512 KiB and 5.2 s."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.CREATE_GUILD_EXPRESSIONS)
    name = fields.require_length("name", request.name, *NAME_CHARACTERS)
    content, content_type = await asyncio.to_thread(_decode, request.sound)
    blob = await ctx.files.keep_bytes(content)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.CREATE_GUILD_EXPRESSIONS)
        if len(ctx.sounds.of(state.id)) >= MAX_SOUNDS:
            raise errors.limit_reached(ErrorCode.MAX_SOUNDS, "soundboard sounds", MAX_SOUNDS)
        emoji_id, emoji_name = _emoji(ctx, state, request.emoji_id, request.emoji_name)
        row = SoundRow(
            id=ctx.next_id(),
            guild_id=state.id,
            name=name,
            volume=_volume(request.volume),
            emoji_id=emoji_id,
            emoji_name=emoji_name,
            creator_id=actor.user_id,
            content_type=content_type,
            size_bytes=len(content),
        )
        put, told = audit.change_entry(
            ctx, actor, state, AuditAction.SOUNDBOARD_SOUND_CREATE, audit.SOUND_KEYS, None, row
        )
        await ctx.store.write(
            [Put(row), put_image(ImageKind.SOUND, row.id, blob.name, guild_id=state.id), put],
            [_told(ctx, "GUILD_SOUNDBOARD_SOUND_CREATE", row), told],
            before_publish=lambda: ctx.sounds.put(row),
        )
    return shown(ctx, row, with_user=True)


async def edit_sound(
    ctx: Context, actor: Actor, guild_id: int, sound_id: int, request: EditSoundRequest
) -> SoundboardSound:
    """Change a sound's name, volume or emoji: MANAGE_GUILD_EXPRESSIONS; one's own with CREATE_GUILD_EXPRESSIONS."""
    state = require_guild(ctx, actor, guild_id)
    async with state.lock:
        require_still(ctx, state)
        row = _require_changeable(ctx, actor, guild_id, sound_id)
        changed = row
        if isinstance(request.name, str):
            name = fields.require_length("name", request.name, *NAME_CHARACTERS)
            changed = msgspec.structs.replace(changed, name=name)
        if request.volume is not UNSET:
            changed = msgspec.structs.replace(changed, volume=_volume(request.volume))
        if request.emoji_id is not UNSET or request.emoji_name is not UNSET:
            emoji_id, emoji_name = _emoji(ctx, state, request.emoji_id, request.emoji_name)
            changed = msgspec.structs.replace(changed, emoji_id=emoji_id, emoji_name=emoji_name)
        if changed != row:
            put, told = audit.change_entry(
                ctx, actor, state, AuditAction.SOUNDBOARD_SOUND_UPDATE, audit.SOUND_KEYS, row, changed
            )
            await ctx.store.write(
                [Put(changed), put],
                [_told(ctx, "GUILD_SOUNDBOARD_SOUND_UPDATE", changed), told],
                before_publish=lambda: ctx.sounds.put(changed),
            )
    return shown(ctx, changed, with_user=True)


async def delete_sound(ctx: Context, actor: Actor, guild_id: int, sound_id: int) -> None:
    """Delete a sound: MANAGE_GUILD_EXPRESSIONS; one's own with CREATE_GUILD_EXPRESSIONS."""
    state = require_guild(ctx, actor, guild_id)
    async with state.lock:
        require_still(ctx, state)
        row = _require_changeable(ctx, actor, guild_id, sound_id)
        put, told = audit.change_entry(
            ctx, actor, state, AuditAction.SOUNDBOARD_SOUND_DELETE, audit.SOUND_KEYS, row, None
        )
        gone = SoundDelete(sound_id=row.id, guild_id=state.id)
        await ctx.store.write(
            [Remove(row), put_image(ImageKind.SOUND, row.id, None, guild_id=state.id), put],
            [event("GUILD_SOUNDBOARD_SOUND_DELETE", gone, guild_id=state.id), told],
            before_publish=lambda: ctx.sounds.remove(row),
        )


async def play_sound(ctx: Context, actor: Actor, channel_id: int, request: SendSoundRequest) -> None:
    """Play a sound to those in the voice channel that the actor is in: SPEAK and USE_SOUNDBOARD, and for another guild's
    sound USE_EXTERNAL_SOUNDS. Raises ActionError 40032 where it is not in there, 50167 where nobody would hear it, 10097."""
    state, seat, granted = _require_seat(ctx, actor, channel_id, Permissions.SPEAK, Permissions.USE_SOUNDBOARD)
    _require_heard(seat)
    volume = _volume_of(ctx, actor, state, granted, request.sound_id)
    effect = _effect(seat, state, sound_id=request.sound_id, sound_volume=volume)
    _send(ctx, state, seat, effect)


async def send_effect(ctx: Context, actor: Actor, channel_id: int, request: SendEffectRequest) -> None:
    """Let an emoji fly over the voice channel that the actor is in. Raises ActionError 40032, 50167, 10014.

    Who listens to a live room may, too; of what a large audience sends at once some is not shown.
    """
    state, seat, granted = _require_seat(ctx, actor, channel_id)
    reacts = seat.is_listening and seat.channel_id in state.stages and seat.told is not None and not seat.told.mute
    if not reacts:
        _require_heard(seat)
    place = Place(channel=state.channels[seat.channel_id], guild=state, granted=granted)
    emoji = _flying(ctx, place, actor, request)
    animation_id = fields.require_range("animation_id", request.animation_id or 0, 0, MAX_ANIMATION_ID)
    kind = fields.require_range(
        "animation_type", 1 if request.animation_type in (UNSET, None) else request.animation_type, 0, 1
    )
    if not reacts or not ctx.room_reactions.take(str(int(seat.channel_id)), ctx.now_ms()):
        _send(ctx, state, seat, _effect(seat, state, emoji=emoji, animation_type=kind, animation_id=animation_id))


def shown(ctx: Context, row: SoundRow, *, with_user: bool = False) -> SoundboardSound:
    return SoundboardSound(
        sound_id=row.id,
        name=row.name,
        volume=row.volume,
        emoji_id=row.emoji_id,
        emoji_name=row.emoji_name,
        guild_id=row.guild_id,
        user=ctx.users.wire(row.creator_id) if with_user else UNSET,
    )


def _require_seat(
    ctx: Context, actor: Actor, channel_id: int, *needed: Permissions
) -> tuple[GuildState, Seat, Permissions]:
    """Find the actor's place in a voice channel: else 50024, 40032 or 50013."""
    state, channel, granted = require_channel(ctx, actor, channel_id)
    if channel.type not in VOICE_CHANNELS:
        raise errors.wrong_channel_type()
    seat = ctx.voice_seats.get(state.id, actor.user_id)
    if seat is None or seat.channel_id != channel.id:
        raise errors.not_in_voice()
    if any(not granted & permission for permission in needed):
        raise errors.missing_permissions()
    return state, seat, granted


def _require_heard(seat: Seat) -> None:
    """Refuse who is not heard where it is, or does not hear."""
    if (
        seat.place is None or not seat.place.may_speak or seat.place.is_deaf
    ):  # on a stage, who is invited has to accept first
        raise errors.bad_request(
            ErrorCode.NO_VOICE_EFFECT, "Cannot send voice effect when user is server muted, deafened, or suppressed"
        )


def _volume_of(ctx: Context, actor: Actor, state: GuildState, granted: Permissions, sound_id: int) -> float:
    """How loud a sound is that the actor may play here."""
    row = ctx.sounds.get(sound_id)
    if row is None:
        for default in DEFAULT_SOUNDS:
            if default.sound_id == sound_id:
                return default.volume
        raise errors.unknown_sound()
    if row.guild_id != state.id:
        home = ctx.guilds.get(row.guild_id)
        if home is None or not home.has_member(actor.user_id):
            raise errors.unknown_sound()
        if not granted & Permissions.USE_EXTERNAL_SOUNDS:
            raise errors.missing_permissions()
    return row.volume


def _flying(ctx: Context, place: Place, actor: Actor, request: SendEffectRequest) -> Emoji:
    if isinstance(request.emoji_id, int):
        row = emojis.find_usable(ctx, place, actor.user_id, request.emoji_id)
        if row is None:
            raise errors.unknown_emoji()
        return wire.emoji(row)
    name = unicode_emoji.qualified(request.emoji_name) if isinstance(request.emoji_name, str) else None
    if name is None:
        raise errors.unknown_emoji()
    return Emoji(id=None, name=name)


def _effect(
    seat: Seat,
    state: GuildState,
    *,
    emoji: Emoji | UnsetType = UNSET,
    animation_type: int | UnsetType = UNSET,
    animation_id: int | UnsetType = UNSET,
    sound_id: Snowflake | UnsetType = UNSET,
    sound_volume: float | UnsetType = UNSET,
) -> VoiceChannelEffectSend:
    return VoiceChannelEffectSend(
        channel_id=seat.channel_id,
        guild_id=state.id,
        user_id=seat.user_id,
        emoji=emoji,
        animation_type=animation_type,
        animation_id=animation_id,
        sound_id=sound_id,
        sound_volume=sound_volume,
    )


def _send(ctx: Context, state: GuildState, seat: Seat, effect: VoiceChannelEffectSend) -> None:
    listener_ids = [other.user_id for other in ctx.voice_seats.in_channel(state.id, seat.channel_id)]
    ctx.bus.publish(event("VOICE_CHANNEL_EFFECT_SEND", effect, guild_id=state.id, user_ids=listener_ids))


def _find(ctx: Context, state: GuildState, sound_id: int) -> SoundRow:
    row = ctx.sounds.get(sound_id)
    if row is None or row.guild_id != state.id:
        raise errors.unknown_sound()
    return row


def _require_changeable(ctx: Context, actor: Actor, guild_id: int, sound_id: int) -> SoundRow:
    state = require_guild(ctx, actor, guild_id)
    row = _find(ctx, state, sound_id)
    expressions.require_change(ctx, actor, state, row.creator_id)
    return row


def _decode(data_uri: str) -> tuple[bytes, str]:
    """The bytes of a data URI, and what sound they are."""
    scheme, comma, encoded = data_uri.partition(";base64,")
    if not comma or not scheme.lower().startswith(_SCHEMES):
        wanted = "Must be a data URI: data:audio/mpeg;base64, (or audio/ogg) and the content."
        raise errors.invalid_field("sound", "SOUND_INVALID", wanted)
    if len(encoded) > MAX_SOUND_BYTES * 4 // 3 + 8:
        raise _too_large()
    try:
        content = binascii.a2b_base64(encoded, strict_mode=True)
    except ValueError as error:
        raise errors.invalid_field("sound", "SOUND_INVALID", f"The sound is not valid base64: {error}.") from None
    if len(content) > MAX_SOUND_BYTES:
        raise _too_large()
    try:
        clip = inspect(content)
    except SoundRefused as refusal:
        raise errors.invalid_field("sound", "SOUND_INVALID", str(refusal)) from None
    if clip.duration_ms > MAX_SOUND_MS:
        limit = f"A sound plays at most {MAX_SOUND_MS / 1000} seconds, this one {clip.duration_ms / 1000:.1f}."
        raise errors.invalid_field("sound", "SOUND_TOO_LONG", limit)
    return content, clip.content_type


def _too_large() -> errors.ActionError:
    return errors.invalid_field("sound", "SOUND_TOO_LARGE", f"File cannot be larger than {MAX_SOUND_BYTES} bytes.")


def _volume(volume: float | UnsetType | None) -> float:
    if not isinstance(volume, float):
        return 1.0
    if not 0 <= volume <= 1:
        raise errors.invalid_field("volume", "NUMBER_TYPE_RANGE", "The volume is 0 to 1.")
    return volume


def _emoji(
    ctx: Context, state: GuildState, emoji_id: Snowflake | UnsetType | None, emoji_name: str | UnsetType | None
) -> tuple[Snowflake | None, str | None]:
    """A sound's emoji: one of the guild's, or a character."""
    if isinstance(emoji_id, int):
        row = ctx.guilds.emojis.get(emoji_id)
        if row is None or row.guild_id != state.id:
            raise errors.unknown_emoji()
        return row.id, None
    if not isinstance(emoji_name, str):
        return None, None
    name = unicode_emoji.qualified(emoji_name)
    if name is None:
        raise errors.unknown_emoji()
    return None, name


def _told(ctx: Context, name: str, row: SoundRow) -> Event:
    return event(name, shown(ctx, row, with_user=True), guild_id=row.guild_id)
