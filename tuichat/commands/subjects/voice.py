"""Commands of voice by their own names: one's microphone and hearing, how loud others are, one's hand, and what moderators do."""

from typing import Annotated

from tuichat.client.voice_desk import MAX_VOLUME_PERCENT
from tuichat.commands import offers
from tuichat.commands.action import chosen_action, missing
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import Between, Offered
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.naming.names import describe_channel, find_channel
from tuichat.commands.subjects import call, room
from tuichat.protocol.channel import VOICE_CHANNELS
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.translation import N_, _

VOICE_ACTIONS = {
    "mute": N_("mute @name: have nobody hear somebody"),
    "unmute": N_("unmute @name: let them be heard again"),
    "deafen": N_("deafen @name: have somebody hear nobody"),
    "undeafen": N_("undeafen @name: let them hear again"),
    "move": N_("move @name #channel: move somebody into another voice channel"),
    "disconnect": N_("disconnect @name: put somebody out of voice"),
}
_NEEDED = {
    "mute": Permissions.MUTE_MEMBERS,
    "unmute": Permissions.MUTE_MEMBERS,
    "deafen": Permissions.DEAFEN_MEMBERS,
    "undeafen": Permissions.DEAFEN_MEMBERS,
    "move": Permissions.MOVE_MEMBERS,
    "disconnect": Permissions.MOVE_MEMBERS,
}


@command
async def mute(context: CommandContext) -> Outcome:
    """Send nothing of your microphone. /quiet has a channel call you no more."""
    return call.mute(context.require_desk(), True)


@command
async def unmute(context: CommandContext) -> Outcome:
    """Be heard again."""
    return call.mute(context.require_desk(), False)


@command
async def deafen(context: CommandContext) -> Outcome:
    """Hear nobody in the call, and be heard by nobody."""
    return call.deafen(context.require_desk(), True)


@command
async def undeafen(context: CommandContext) -> Outcome:
    """Hear the others in the call again."""
    return call.deafen(context.require_desk(), False)


@command
async def volume(
    context: CommandContext,
    person: Annotated[str, Offered(offers.people), "whom, as @name"],
    percent: Annotated[int, Between(0, MAX_VOLUME_PERCENT), "how loud"],
) -> Outcome:
    """Have somebody be louder or quieter for you."""
    return call.set_volume(context, context.require_desk(), f"{person} {percent}")


@command
async def raise_(
    context: CommandContext, channel: Annotated[str | None, "a stage, as #name, where it is not the open one"] = None
) -> Outcome:
    """Raise your hand in the room: a host may ask you to speak."""
    return await room.room(context, "raise", channel)


@command
async def lower(
    context: CommandContext, channel: Annotated[str | None, "a stage, as #name, where it is not the open one"] = None
) -> Outcome:
    """Lower your hand in the room."""
    return await room.room(context, "lower", channel)


@command
async def voice(
    context: CommandContext,
    action: Annotated[str, "mute, unmute, deafen, undeafen, move or disconnect"],
    person: Annotated[str, Offered(offers.people), "whom, as @name"],
    channel: Annotated[Text | None, "where to, as #name"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """As a moderator: have somebody in voice not be heard or not hear, move them, put them out."""
    name = chosen_action("voice", action, VOICE_ACTIONS)
    place = server or guild_place(context)
    place.require(_NEEDED[name])
    user = await place.find_user(person)
    moderation = place.client.voice.moderation
    shown, user_id = f"@{printable(user.username)}", int(user.id)
    if user_id not in place.guild.voice_states:
        raise CommandError(_("{name} is in no voice channel of {server}.").format(name=shown, server=place.name))
    match name:
        case "mute" | "unmute":
            await moderation.mute(place.id, user_id, is_muted=name == "mute")
            words = _("Nobody hears {name}.") if name == "mute" else _("{name} may be heard again.")
        case "deafen" | "undeafen":
            await moderation.deafen(place.id, user_id, is_deafened=name == "deafen")
            words = _("{name} hears nobody.") if name == "deafen" else _("{name} may hear again.")
        case "move":
            if channel is None:
                raise missing("voice", name, VOICE_ACTIONS)
            target = find_channel(channel, place.context)
            if target.type not in VOICE_CHANNELS:
                raise CommandError(
                    _("{channel} is no voice channel.").format(channel=describe_channel(place.client, target))
                )
            await moderation.move(place.id, user_id, int(target.id))
            words = _("{name} is moved.")
        case _:
            await moderation.disconnect(place.id, user_id)
            words = _("{name} is put out of voice.")
    return Outcome(text=words.format(name=shown))


registry.tell_actions("voice", VOICE_ACTIONS)
