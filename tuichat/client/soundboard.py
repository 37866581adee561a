"""The sounds that people in a voice channel play to each other."""

import asyncio
import base64
import sys
from pathlib import Path

from tuichat.client.errors import RefusedError
from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.protocol.message import ReactionEmoji
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import (
    MAX_SOUND_BYTES,
    CreateSoundRequest,
    EditSoundRequest,
    SendSoundRequest,
    SoundboardSound,
    SoundList,
)
from tuichat.translation import _

NAME_CHARACTERS = (2, 32)  # Discord's documentation, "Create Guild Soundboard Sound"
DECODE_LIMIT_S = 10.0
_KINDS = ((b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"), (b"\xff\xfb", "audio/mpeg"), (b"\xff\xf3", "audio/mpeg"))
# -P: a folder named tuichat in the current directory must not be what is run.
_DECODER = (sys.executable, "-P", "-m", "tuichat.voice.sound_file")


def list_sounds(guild_id: int) -> Request:
    return make_request("GET", "/guilds/{}/soundboard-sounds", guild_id)


def default_sounds() -> Request:
    return make_request("GET", "/soundboard-default-sounds")


def send_sound(channel_id: int, body: SendSoundRequest) -> Request:
    return make_request(
        "POST", "/channels/{}/send-soundboard-sound", channel_id, body=body, repeat=Repeat.UNSAFE, patience_s=3
    )


def create_sound(guild_id: int, body: CreateSoundRequest) -> Request:
    return make_request("POST", "/guilds/{}/soundboard-sounds", guild_id, body=body, repeat=Repeat.UNSAFE)


def edit_sound(guild_id: int, sound_id: int, edit: EditSoundRequest) -> Request:
    return make_request("PATCH", "/guilds/{}/soundboard-sounds/{}", guild_id, sound_id, body=edit)


def delete_sound(guild_id: int, sound_id: int) -> Request:
    return make_request("DELETE", "/guilds/{}/soundboard-sounds/{}", guild_id, sound_id)


class Soundboard:
    """One account's. What is played comes as a dispatch, also to who plays it. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def of_guild(self, guild_id: int) -> list[SoundboardSound]:
        return (await self._rest.get(list_sounds(guild_id), SoundList)).items

    async def sounds(self, guild_id: int) -> list[SoundboardSound]:
        """Return a guild's sounds, and behind them those that every server has."""
        own = await self.of_guild(guild_id)
        return [*own, *await self._rest.get(default_sounds(), list[SoundboardSound])]

    async def play(self, channel_id: int, sound: SoundboardSound) -> None:
        """Play a sound to everybody in the voice channel that one is in."""
        source = sound.guild_id if isinstance(sound.guild_id, int) else None
        body = SendSoundRequest(sound_id=sound.sound_id, source_guild_id=source and Snowflake(source))
        await self._rest.perform(send_sound(channel_id, body))

    async def create(self, guild_id: int, name: str, path: Path) -> None:
        """Make a sound of a file of this computer: MP3 or Ogg, at most 512 KiB and 5.2 s."""
        name = sound_name(name)
        uri = await asyncio.to_thread(read_sound, path)
        await self._rest.perform(create_sound(guild_id, CreateSoundRequest(name=name, sound=uri)))

    async def rename(self, guild_id: int, sound_id: int, name: str) -> None:
        await self._edit(guild_id, sound_id, EditSoundRequest(name=sound_name(name)))

    async def set_emoji(self, guild_id: int, sound_id: int, emoji: ReactionEmoji | None) -> None:
        """Give a sound an emoji of the guild, or a character; None: no more."""
        emoji_id = emoji.id if emoji is not None else None
        name = emoji.name if emoji is not None and emoji_id is None else None
        await self._edit(guild_id, sound_id, EditSoundRequest(emoji_id=emoji_id, emoji_name=name))

    async def set_volume(self, guild_id: int, sound_id: int, percent: int) -> None:
        await self._edit(guild_id, sound_id, EditSoundRequest(volume=percent / 100))

    async def delete(self, guild_id: int, sound_id: int) -> None:
        await self._rest.perform(delete_sound(guild_id, sound_id))

    async def _edit(self, guild_id: int, sound_id: int, edit: EditSoundRequest) -> None:
        await self._rest.perform(edit_sound(guild_id, sound_id, edit))


def sound_name(typed: str) -> str:
    """Return a name that a sound may have. Raises RefusedError."""
    low, high = NAME_CHARACTERS
    name = typed.strip()
    if not low <= len(name) <= high:
        raise RefusedError(_("The name of a sound has {low} to {high} characters.").format(low=low, high=high))
    return name


def read_sound(path: Path) -> str:
    """Return a sound's file as a data URI; takes some disk. Raises RefusedError with the reason."""
    try:
        with path.expanduser().open("rb") as file:
            data = file.read(MAX_SOUND_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else _("that is no path")
        raise RefusedError(_("The sound cannot be read: {reason}.").format(reason=reason)) from error
    if len(data) > MAX_SOUND_BYTES:
        words = _("The sound has more than {limit} KiB, which is the most: make it shorter.")
        raise RefusedError(words.format(limit=MAX_SOUND_BYTES // 1024))
    kind = next((kind for begin, kind in _KINDS if data.startswith(begin)), None)
    if kind is None:
        raise RefusedError(_("A sound is an MP3 or an Ogg file; this one is neither."))
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


async def samples_of(path: Path) -> bytes:
    """Return a sound file's samples (16 bit, 48 kHz, one channel), decoded by another process. Raises RefusedError."""
    content = await asyncio.to_thread(path.read_bytes)
    process = await asyncio.create_subprocess_exec(
        *_DECODER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        samples, _errors = await asyncio.wait_for(process.communicate(content[:MAX_SOUND_BYTES]), DECODE_LIMIT_S)
    except TimeoutError as error:
        raise RefusedError(_("The sound takes too long to decode.")) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 2:
        raise RefusedError(_("Sounds of the soundboard need the library soundfile: pip install 'tuichat[voice]'."))
    if process.returncode != 0:
        raise RefusedError(_("That sound cannot be decoded."))
    return samples
