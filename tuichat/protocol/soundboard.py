"""Soundboards: short sounds that people in voice play to each other, and effects of the kind."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.emoji import Emoji
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

MAX_SOUND_BYTES = 512 * 1024  # Discord's documentation, "Create Guild Soundboard Sound"
MAX_SOUND_MS = 5200


class SoundboardSound(msgspec.Struct, frozen=True, kw_only=True):
    """A sound; `volume` is 0 to 1. A default one, which every server has, belongs to no guild. Its file is found at
    /soundboard-sounds/{sound_id}."""

    sound_id: Snowflake
    name: str
    volume: float = 1.0
    emoji_id: Snowflake | None = None
    emoji_name: str | None = None
    guild_id: Snowflake | UnsetType | None = UNSET
    available: bool = True
    user: User | UnsetType | None = UNSET


class SoundList(msgspec.Struct, frozen=True, kw_only=True):
    """GET /guilds/{id}/soundboard-sounds."""

    items: list[SoundboardSound]


class CreateSoundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`sound` is a data URI of MP3 or Ogg, at most 512 KiB and 5.2 s."""

    name: str
    sound: str
    volume: float | UnsetType | None = UNSET
    emoji_id: Snowflake | UnsetType | None = UNSET
    emoji_name: str | UnsetType | None = UNSET


class EditSoundRequest(msgspec.Struct, frozen=True, kw_only=True):
    name: str | UnsetType | None = UNSET
    volume: float | UnsetType | None = UNSET
    emoji_id: Snowflake | UnsetType | None = UNSET
    emoji_name: str | UnsetType | None = UNSET


class SendSoundRequest(msgspec.Struct, frozen=True, kw_only=True):
    sound_id: Snowflake
    source_guild_id: Snowflake | UnsetType | None = UNSET


class SendEffectRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An emoji that flies over a voice channel."""

    emoji_id: Snowflake | UnsetType | None = UNSET
    emoji_name: str | UnsetType | None = UNSET
    animation_type: int | UnsetType | None = UNSET
    animation_id: int | UnsetType | None = UNSET


class SoundboardSounds(msgspec.Struct, frozen=True, kw_only=True):
    """SOUNDBOARD_SOUNDS, the answer to op 31, and GUILD_SOUNDBOARD_SOUNDS_UPDATE."""

    guild_id: Snowflake
    soundboard_sounds: list[SoundboardSound]


class SoundDelete(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_SOUNDBOARD_SOUND_DELETE."""

    sound_id: Snowflake
    guild_id: Snowflake


class VoiceChannelEffectSend(msgspec.Struct, frozen=True, kw_only=True):
    """VOICE_CHANNEL_EFFECT_SEND, to those who are in the channel: a sound is played, an emoji flies, or both."""

    channel_id: Snowflake
    guild_id: Snowflake
    user_id: Snowflake
    emoji: Emoji | UnsetType | None = UNSET
    animation_type: int | UnsetType | None = UNSET
    animation_id: int | UnsetType = UNSET
    sound_id: Snowflake | UnsetType = UNSET
    sound_volume: float | UnsetType = UNSET
