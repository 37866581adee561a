"""The command of voice: join, leave, mute, deafen, volume, test and figures of a call."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from tuichat.client.client import Client
from tuichat.client.voice_desk import MAX_VOLUME_PERCENT, Stage, VoiceDesk, VoicePlace, VoiceView
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.names import describe_channel, find_account_channel, find_person, find_user
from tuichat.commands.screen import Severity
from tuichat.protocol.channel import VOICE_CHANNELS, Channel, ChannelType
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.text.message_time import clock
from tuichat.text.moderation_words import DEAFENED, MUTED
from tuichat.translation import N_, _
from tuichat.voice.place_protocol import HERE, SoundPlace

CALLABLE = frozenset({ChannelType.DM, ChannelType.GROUP_DM})
ACTIONS = {
    "join": N_("join [#channel]: join a voice channel, by default the one that is open"),
    "leave": N_("leave: leave the call"),
    "mute": N_("mute: send nothing of your microphone, or be heard again; from a script it only mutes"),
    "deafen": N_("deafen: hear nobody, or hear them again; from a script it only deafens"),
    "toggle-mute": N_("toggle-mute: mute, or unmute where one is muted, in scripts too"),
    "toggle-deafen": N_("toggle-deafen: deafen, or undeafen where one is deafened, in scripts too"),
    "volume": N_("volume @name 0-200: how loud somebody is for you, in percent"),
    "ring": N_("ring [@name]: call the people of this private channel, or one of them"),
    "accept": N_("accept: answer the call that rings"),
    "decline": N_("decline: let it ring no more"),
    "test": N_("test: try microphone and speaker"),
    "stats": N_("stats: how well the call goes, by person"),
    "priority": N_("priority: speak so that the others are lowered, or no more"),
    "device": N_("device [NAME|here|newest]: where the sound is: on a laptop that you log in from, or on this machine"),
    "who": N_("who: who is in the call"),
}


@command
async def call(
    context: CommandContext,
    action: Annotated[
        str, "join, leave, mute, deafen, volume, ring, accept, decline, test, stats, priority, device or who"
    ],
    details: Annotated[
        Text | None,
        "a #channel to join; @name and percent for the volume; @name to ring; a laptop, here or newest",
    ] = None,
) -> Outcome:
    """Voice: join a call, leave it, and all that is done in one."""
    desk = context.require_desk()
    name = action.lower()
    match name:
        case "join":
            return _join(context, desk, details)
        case "volume":
            return set_volume(context, desk, details)
        case "ring":
            return await _ring(context, desk, details)
        case "device":
            return await _choose_place(desk, details)
        case _ if name not in (*ACTIONS, "unmute", "undeafen"):
            raise CommandError(_("/call has no {action}. It has:").format(action=printable(action)) + "\n" + _listed())
        case _ if details is not None:
            raise CommandError(_("/call {action} takes nothing more.").format(action=name))
        case "accept" | "decline":
            return await _answer(context, desk, is_accepted=name == "accept")
        case "leave":
            return _leave(desk)
        case "mute" | "unmute" | "toggle-mute":
            return mute(desk, _wanted(name, context))
        case "deafen" | "undeafen" | "toggle-deafen":
            return deafen(desk, _wanted(name, context))
        case "priority":
            return _speak_with_priority(context, desk)
        case "test":
            context.require_screen("call test").test_sound()
            return Outcome()
        case "stats":
            _require_call(desk)
            context.require_screen("call stats").show_call_stats()
            return Outcome()
    return _who(desk)


registry.tell_actions("call", ACTIONS)


def _listed() -> str:
    return "\n".join(f"/call {_(words)}" for words in ACTIONS.values())


def _require_call(desk: VoiceDesk) -> VoiceView:
    if not desk.view.is_in_call:
        raise CommandError(_("You are in no call. /call join joins one."))
    return desk.view


def _join(context: CommandContext, desk: VoiceDesk, details: str | None) -> Outcome:
    if details:
        client, found = find_account_channel(details.strip(), context)
        channel: Channel | None = found
    else:
        client = context.require_client()
        channel = client.state.channels.get(context.require_channel())
    if channel is None or channel.type not in VOICE_CHANNELS | CALLABLE:
        raise CommandError(_("That is no voice channel. /call join and the name of one, such as #Lounge, joins it."))
    desk.join(client.key, int(channel.id))
    return Outcome(text=_("Joining {channel} …").format(channel=describe_channel(client, channel)))


def join_channel(context: CommandContext, client: Client, channel_id: int) -> None:
    """Join a voice channel that was named otherwise, where there is anything to join with."""
    if context.desk is not None:
        context.desk.join(client.key, channel_id)


def _leave(desk: VoiceDesk) -> Outcome:
    is_over = desk.view.stage in (Stage.OUT, Stage.FAILED)
    desk.leave()
    return Outcome(text=_("You were in no call.") if is_over else _("You left the call."))


def _wanted(name: str, context: CommandContext) -> bool | None:
    """Return what a word asks for, None for the other of the two; a script that says mute means that."""
    if name.startswith("toggle-"):
        return None
    return False if name.startswith("un") else True if context.is_script else None


def mute(desk: VoiceDesk, wanted: bool | None) -> Outcome:
    """Mute or unmute; None: the other of the two."""
    view = desk.view
    if view.is_server_muted:
        raise CommandError(_(MUTED))
    is_muted = not (view.is_muted or view.is_deafened) if wanted is None else wanted
    desk.set_muted(is_muted)
    return Outcome(text=_("You are muted.") if is_muted else _("You are heard again."))


def deafen(desk: VoiceDesk, wanted: bool | None) -> Outcome:
    if desk.view.is_server_deafened:
        raise CommandError(_(DEAFENED))
    is_deafened = not desk.view.is_deafened if wanted is None else wanted
    desk.set_deafened(is_deafened)
    return Outcome(text=_("You hear nobody, and nobody hears you.") if is_deafened else _("You hear the others again."))


def _speak_with_priority(context: CommandContext, desk: VoiceDesk) -> Outcome:
    view = _require_call(desk)
    is_priority = not view.has_priority
    client = context.clients.get(view.account_key, context.client)
    if is_priority and client is not None and client.key == view.account_key and view.channel_id is not None:
        may = client.state.permissions(view.channel_id)
        if view.guild_id is not None and not may & Permissions.PRIORITY_SPEAKER:
            raise CommandError(_("Your roles here do not let you speak so that the others are lowered."))
    desk.set_priority(is_priority)
    if is_priority:
        return Outcome(text=_("The others are lowered while you speak."))
    return Outcome(text=_("You speak like everybody else again."))


def set_volume(context: CommandContext, desk: VoiceDesk, details: str | None) -> Outcome:
    name, _blank, number = (details or "").strip().rpartition(" ")
    number = number.removesuffix("%")
    if not name or not (number.isdecimal() and len(number) <= 4 and int(number) <= MAX_VOLUME_PERCENT):
        raise CommandError(_("Write @name and 0 to 200: /call volume @ada 150 makes ada half as loud again."))
    user = find_user(name.strip(), context)
    desk.set_volume(context.require_client().key, int(user.id), int(number))
    return Outcome(
        text=_("{name} is played at {percent} %.").format(name=printable(user.display_name), percent=int(number))
    )


async def _ring(context: CommandContext, desk: VoiceDesk, details: str | None) -> Outcome:
    client = context.require_client()
    if details is not None:
        channel_id = int(
            (await client.places.open_private_channel((await find_person(details.strip(), context)).id)).id
        )
    else:
        channel_id = context.require_channel()
        channel = client.state.channels.get(channel_id)
        if channel is None or channel.type not in CALLABLE:
            raise CommandError(_("This is no private channel. /call ring @name calls somebody."))
    await desk.start_call(client.key, channel_id)
    return Outcome(text=_("Calling …"))


async def _answer(context: CommandContext, desk: VoiceDesk, *, is_accepted: bool) -> Outcome:
    if not desk.view.incoming:
        return Outcome(False, _("No call rings now."), Severity.ERROR)
    incoming = desk.view.incoming[0]
    if not is_accepted:
        await desk.decline(incoming.account_key, incoming.channel_id)
        return Outcome(text=_("Declined."))
    desk.join(incoming.account_key, incoming.channel_id)
    if context.screen is not None:
        context.screen.open_channel(incoming.account_key, incoming.channel_id)
    return Outcome(text=_("Answering …"))


def _who(desk: VoiceDesk) -> Outcome:
    view = _require_call(desk)
    names = ", ".join(printable(person.name) or _("somebody") for person in view.people)
    return Outcome(
        text=_("In {channel}: {names}").format(channel=printable(view.title), names=names or _("nobody yet"))
    )


async def _choose_place(desk: VoiceDesk, details: str | None) -> Outcome:
    """Say where the sound is and could be, or have it elsewhere."""
    laptops = await desk.look_for_laptops()
    view = desk.view
    place = view.place
    if details is None:
        return Outcome(text=_listed_places(place, laptops))
    if not view.is_enabled:
        raise CommandError(_("Voice is off here: voice.enabled is false in the settings."))
    name = details.strip()
    if name == HERE:
        desk.choose_place(HERE)
        is_coming = place.is_laptop
        return Outcome(
            text=_("The sound comes to this machine.") if is_coming else _("The sound stays on this machine.")
        )
    labels = _labels(laptops)
    if name == "newest":
        desk.choose_place("")
        if not laptops:
            return Outcome(
                text=_("No laptop is logged in here. Log in from one by `tuichat ssh`: it has the sound then.")
            )
        return _going(laptops[0], place, labels)
    found = (
        [each for each in laptops if name in (each.key, labels[each.key])]
        or [each for each in laptops if labels[each.key].casefold() == name.casefold()]
        or [each for each in laptops if each.name.casefold() == name.casefold()]
    )
    if not found:
        words = _("No laptop of that name is logged in here by `tuichat ssh`. There are: {names}")
        names = (*map(printable, labels.values()), HERE)
        raise CommandError(words.format(names=", ".join(names)))
    desk.choose_place(found[0].key)
    outcome = _going(found[0], place, labels)
    if len(found) == 1:
        return outcome
    others = _("Several logins are from a laptop of that name; `/call device {name}` has the sound of another one.")
    return Outcome(text=f"{outcome.text}\n{others.format(name=printable(labels[found[1].key]))}")


def _going(to: SoundPlace, place: VoicePlace, labels: Mapping[str, str]) -> Outcome:
    is_there = to.key == place.key and not place.is_away
    words = _("The sound is on {name}.") if is_there else _("The sound goes to {name} …")
    return Outcome(text=words.format(name=printable(labels[to.key])))


def _labels(laptops: Sequence[SoundPlace]) -> dict[str, str]:
    """Return what each laptop is called here, by key: with a number where several have one name, that of the oldest login 1."""
    left = Counter(each.name.casefold() for each in laptops)
    shared = {name for name, count in left.items() if count > 1}
    labels = {}
    for each in laptops:
        name = each.name.casefold()
        labels[each.key] = f"{each.name} {left[name]}" if name in shared else each.name
        left[name] -= 1
    return labels


def _listed_places(place: VoicePlace, laptops: Sequence[SoundPlace]) -> str:
    lines = []
    labels = _labels(laptops)
    for each in laptops:
        sign = "›" if each.key == place.key else " "
        since = datetime.fromtimestamp(each.began_s).astimezone()
        label = printable(labels[each.key])
        words = _("{name}, logged in at {time}").format(name=label, time=clock(since, is_12h=False))
        lines.append(f"{sign} {words}")
    lines.append(("› " if not place.is_laptop else "  ") + _("here: the devices of this machine"))
    if place.sentence:
        lines.append(printable(place.sentence))
    return "\n".join(lines)
