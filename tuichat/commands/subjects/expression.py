"""Commands of a server's own emojis and sounds: listed, made, renamed, deleted; and sounds that are played."""

import asyncio
from pathlib import Path
from typing import Annotated

from tuichat.client.guild_emojis import MAX_IMAGE_BYTES
from tuichat.client.picture_file import read_picture
from tuichat.commands.action import chosen_action, missing
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.naming.names import find_emoji, named
from tuichat.commands.subjects.asking import is_sure, kept
from tuichat.commands.subjects.telling import told
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.soundboard import SoundboardSound
from tuichat.text.safe_text import safe_name
from tuichat.translation import N_, _

NONE = "none"
EMOJI_ACTIONS = {
    "list": N_("list: the server's own emojis"),
    "add": N_("add NAME FILE: make one of a picture of at most 256 KiB"),
    "rename": N_("rename NAME NEW: call one otherwise"),
    "delete": N_("delete NAME: delete one"),
}
SOUND_ACTIONS = {
    "list": N_("list: the sounds that can be played here"),
    "play": N_("play NAME: play one to everybody in your call"),
    "add": N_("add NAME FILE: make one of an MP3 or Ogg file of at most 512 KiB and 5 seconds"),
    "rename": N_("rename NAME NEW: call one otherwise"),
    "volume": N_("volume NAME 0-100: how loud it is, in percent"),
    "emoji": N_("emoji NAME EMOJI: what stands beside it; none for nothing"),
    "delete": N_("delete NAME: delete one"),
}
MAKING = Permissions.CREATE_GUILD_EXPRESSIONS | Permissions.MANAGE_GUILD_EXPRESSIONS


@command
async def emoji(
    context: CommandContext,
    action: Annotated[str, "list, add, rename or delete"],
    name: Annotated[str | None, "what the emoji is called"] = None,
    value: Annotated[Text | None, "the file of its picture, or its new name"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """The server's own emojis: list, make, rename and delete them."""
    chosen = chosen_action("emoji", action, EMOJI_ACTIONS)
    place = server or guild_place(context)
    emojis = place.client.guild_settings.emojis
    if chosen == "list":
        lines = [f":{safe_name(each.name or '')}:" for each in place.guild.guild.emojis]
        nothing = _("{server} has no emojis of its own. /emoji add NAME FILE makes one.").format(server=place.name)
        return told(context, _("Emojis of {server}").format(server=place.name), lines, nothing)
    if name is None or (value is None and chosen != "delete"):
        raise missing("emoji", chosen, EMOJI_ACTIONS)
    _require_making(place)
    if chosen == "add":
        image = await asyncio.to_thread(read_picture, Path(value or ""), MAX_IMAGE_BYTES)
        await emojis.create(place.id, name, image)
        return Outcome(text=_(":{name}: is made.").format(name=safe_name(name.strip(":"))))
    found = _find_emoji(place, name)
    assert found.id is not None, "those of a server have ids"
    if chosen == "rename":
        await emojis.rename(place.id, int(found.id), value or "")
        return Outcome(text=_(":{name}: is saved.").format(name=safe_name((value or "").strip(":"))))
    question = _("Delete the emoji :{name}:?").format(name=safe_name(found.name or ""))
    if not await is_sure(context, question, _("Messages that hold it show its name alone."), _("delete")):
        return kept()
    await emojis.delete(place.id, int(found.id))
    return Outcome(text=_(":{name}: is deleted.").format(name=safe_name(found.name or "")))


registry.tell_actions("emoji", EMOJI_ACTIONS)


@command
async def soundboard(
    context: CommandContext,
    action: Annotated[str, "list, play, add, rename, volume, emoji or delete"],
    name: Annotated[str | None, "what the sound is called; in quotes where it has blanks"] = None,
    value: Annotated[Text | None, "its file, new name, volume in percent, or emoji"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """The sounds of a call: play one, or list, make, change and delete those of the server."""
    chosen = chosen_action("soundboard", action, SOUND_ACTIONS)
    place = server or guild_place(context)
    board = place.client.soundboard
    if chosen == "list":
        lines = [_sound_line(each) for each in await board.sounds(place.id)]
        return told(context, _("Sounds of {server}").format(server=place.name), lines, _("There are no sounds here."))
    if name is None or (value is None and chosen not in ("play", "delete")):
        raise missing("soundboard", chosen, SOUND_ACTIONS)
    if chosen == "play":
        return await _play(context, place, name)
    _require_making(place)
    if chosen == "add":
        await board.create(place.id, name, Path(value or "").expanduser())
        return Outcome(text=_("The sound {name} is made.").format(name=safe_name(name)))
    sound_id = int((found := _find_sound(await board.of_guild(place.id), name)).sound_id)
    shown = safe_name(found.name)
    match chosen:
        case "rename":
            await board.rename(place.id, sound_id, value or "")
            shown = safe_name(value or "")
        case "volume":
            await board.set_volume(place.id, sound_id, _percent(value or ""))
        case "emoji":
            text = (value or "").strip()
            wanted = None if text == NONE else find_emoji(text, place.client.state, place.guild.channel_ids[0])
            await board.set_emoji(place.id, sound_id, wanted)
        case "delete":
            if not await is_sure(context, _("Delete the sound {name}?").format(name=shown), "", _("delete")):
                return kept()
            await board.delete(place.id, sound_id)
            return Outcome(text=_("The sound {name} is deleted.").format(name=shown))
    return Outcome(text=_("The sound {name} is saved.").format(name=shown))


registry.tell_actions("soundboard", SOUND_ACTIONS)


async def _play(context: CommandContext, place: GuildPlace, name: str) -> Outcome:
    view = context.require_desk().view
    if not view.is_in_call or view.channel_id is None:
        raise CommandError(_("You are in no call. /call join joins one."))
    client = context.clients.get(view.account_key, place.client)
    guild = client.state.guild_of(view.channel_id)
    if guild is None:
        raise CommandError(_("Sounds are for the calls of servers."))
    await client.soundboard.play(view.channel_id, _find_sound(await client.soundboard.sounds(guild.guild.id), name))
    return Outcome()


def _require_making(place: GuildPlace) -> None:
    if not place.may(MAKING):
        place.require(Permissions.CREATE_GUILD_EXPRESSIONS)


def _find_emoji(place: GuildPlace, text: str) -> Emoji:
    known = [each for each in place.guild.guild.emojis if each.id is not None]
    found = named(text.strip(":"), known, lambda each: [each.name, str(int(each.id or 0))])
    if len(found) == 1:
        return found[0]
    names = ", ".join(safe_name(each.name or "") for each in known[:20]) or "-"
    words = _("No one emoji of {server} is called {name}. There are: {names}.")
    raise CommandError(words.format(server=place.name, name=printable(text), names=names))


def _find_sound(known: list[SoundboardSound], text: str) -> SoundboardSound:
    found = named(text, known, lambda each: [each.name, str(int(each.sound_id))])
    if len(found) == 1:
        return found[0]
    names = ", ".join(safe_name(each.name) for each in known[:20]) or "-"
    raise CommandError(
        _("No one sound is called {name}. There are: {names}.").format(name=printable(text), names=names)
    )


def _sound_line(sound: SoundboardSound) -> str:
    return f"{safe_name(sound.name)}, {round(sound.volume * 100)} %"


def _percent(text: str) -> int:
    number = text.strip().removesuffix("%").strip()
    if not (number.isascii() and number.isdigit() and len(number) <= 3 and int(number) <= 100):
        raise CommandError(_("The volume is 0 to 100 percent."))
    return int(number)
