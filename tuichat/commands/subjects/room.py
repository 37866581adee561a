"""The command of live rooms: all that hosts, speakers and listeners do in one."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from tuichat.client.arrival import arrived
from tuichat.client.errors import ClientError
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.names import find_emoji, is_channel
from tuichat.commands.naming.room_place import RoomPlace, find_room
from tuichat.commands.subjects import room_editing, room_hosting
from tuichat.protocol.json import printable
from tuichat.text import room_words
from tuichat.translation import N_, _, ngettext

Act = Callable[[CommandContext, RoomPlace], Awaitable[Outcome]]
ACTIONS = {
    "start": N_("start TOPIC: have a room in this stage channel, and join it"),
    "end": N_("end: end the room for everybody"),
    "join": N_("join [#channel]: come into a room, also where somebody asked you into one"),
    "leave": N_("leave: leave it"),
    "topic": N_("topic TEXT: what it is about"),
    "describe": N_("describe TEXT: say more about it; none takes that away"),
    "language": N_("language TAG: what is spoken, such as en; none for no word of it"),
    "tags": N_("tags TAG ...: up to five; none for no tags"),
    "open": N_("open guild, role @role, invited @name ... or public: who may come in"),
    "link": N_("link ADDRESS: pin a link; none unpins it"),
    "hands": N_("hands all, followed or off: who may raise a hand"),
    "raise": N_("raise: raise your hand"),
    "lower": N_("lower: lower it"),
    "accept": N_("accept: take the stage, asked up by a host or as one"),
    "decline": N_("decline [@name]: do not take the stage; as a host, decline a hand"),
    "invite": N_("invite [@name]: ask somebody to speak, by default whose hand was up first"),
    "down": N_("down [@name]: have somebody listen again, by default yourself"),
    "mute": N_("mute @name: have somebody not be heard until they unmute themselves"),
    "remove": N_("remove @name: put somebody out, who may come back"),
    "block": N_("block @name: keep somebody out while the room is live"),
    "unblock": N_("unblock @name: let somebody in again"),
    "uninvite": N_("uninvite @name: take an invitation into the room back"),
    "host": N_("host @name: make somebody a host"),
    "unhost": N_("unhost [@name]: have somebody host no more, by default yourself"),
    "ping": N_("ping @name: ask somebody to come"),
    "react": N_("react EMOJI: let an emoji fly over the room"),
    "who": N_("who: what the room is, and who is in it"),
    "audience": N_("audience: who listens, page by page"),
    "kept": N_("kept: who was invited, blocked and muted by a host"),
}


@command
async def room(
    context: CommandContext,
    action: Annotated[str, "start, join, raise, accept, invite, who or another; /room help lists them"],
    details: Annotated[
        Text | None, "a #channel where it is not the open one; then a topic, @name or what it takes"
    ] = None,
) -> Outcome:
    """Live rooms: have one in a stage channel, come into one, speak, and decide who does."""
    name = action.lower()
    if name == "help":
        return _told(context, "/room", _listed())
    if name == "join":
        return await _join(context, details)
    act = _ACTS.get(name)
    if act is None:
        raise CommandError(_("/room has no {action}. It has:").format(action=printable(action)) + "\n" + _listed())
    place = find_room(context, details, may_name=name != "tags")  # which may be written with the same sign
    if name in _ALONE and place.details:
        raise CommandError(_("/room {action} takes nothing more.").format(action=name))
    return await act(context, place)


registry.tell_actions("room", ACTIONS)


def _listed() -> str:
    return "\n".join(f"/room {_(words)}" for words in ACTIONS.values())


def _told(context: CommandContext, title: str, text: str) -> Outcome:
    """Show what is longer than a sentence."""
    if context.screen is None:
        return Outcome(text=text)
    context.screen.show_text(title, text)
    return Outcome()


# The room


async def _start(context: CommandContext, place: RoomPlace) -> Outcome:
    if not place.details:
        raise CommandError(_("Say what it is about: /room start News of the week."))
    if not place.view.may_start and not place.view.is_live:
        raise CommandError(
            _("Your roles here do not let you open a stage: it takes managing channels, muting and moving members.")
        )
    await place.client.live_rooms.start(place.channel_id, place.details)
    words = _("The room is live in {channel}.").format(channel=place.name)
    return Outcome(text=f"{words} {_come_in(context, place)}")


async def _end(context: CommandContext, place: RoomPlace) -> Outcome:
    await place.client.live_rooms.end(place.channel_id)
    return Outcome(text=_("The room has ended. Who was in it may stay in {channel}.").format(channel=place.name))


async def _join(context: CommandContext, details: str | None) -> Outcome:
    """Come into a room: the one that is named or open, else the one that one was asked into last."""
    client, text = context.require_client(), (details or "").strip()
    if not text:
        here = client.state.channels.get(context.channel_id or 0)
        is_open = here is not None and client.live_rooms.view(int(here.id)).is_live
        for known in [client, *context.clients.values()]:
            if not is_open and known.state.room_invitations:
                return await _accept_invitation(context, RoomPlace(known, list(known.state.room_invitations)[-1], ""))
    elif not is_channel(text.lstrip('"'), context):
        raise CommandError(_("A channel is written #name."))
    place = find_room(context, text)
    if place.details:
        raise CommandError(_("/room {action} takes nothing more.").format(action="join"))
    return Outcome(text=_come_in(context, place))


async def _accept_invitation(context: CommandContext, place: RoomPlace) -> Outcome:
    """Come in where somebody asked one to; a room of a guild that one is not in lets one in first, where it is public."""
    invitation = place.client.state.room_invitations.pop(place.channel_id)
    if place.channel_id not in place.client.state.channels:
        await place.client.live_rooms.join_public(place.channel_id)
        if not await arrived(place.client, place.channel_id):
            words = _("You may come into {channel} as soon as the connection is back: /room join joins it then.")
            place.client.state.room_invitations[place.channel_id] = invitation
            return Outcome(text=words.format(channel=f"#{printable(invitation.channel_name)}"))
    if context.screen is not None:
        context.screen.open_channel(place.client.key, place.channel_id)
    return Outcome(text=_come_in(context, place))


def _come_in(context: CommandContext, place: RoomPlace) -> str:
    """Join the stage's voice, where one is not there yet; return a sentence."""
    desk = context.desk
    if desk is None:
        return _("A room ends when no host was in it for a minute: join it with a running tuichat.")
    if desk.view.is_here(place.client.key, place.channel_id):
        return _("You are in it.")
    try:
        desk.join(place.client.key, place.channel_id)
    except ClientError as error:
        return str(error)
    return _("Joining {channel} …").format(channel=place.name)


async def _leave(context: CommandContext, place: RoomPlace) -> Outcome:
    desk = context.require_desk()
    if not desk.view.is_here(place.client.key, place.channel_id):
        raise CommandError(_("You are not in this room."))
    desk.leave()
    return Outcome(text=_("You left the room."))


# Oneself


async def _raise(context: CommandContext, place: RoomPlace) -> Outcome:
    await place.client.live_rooms.raise_hand(place.channel_id)
    return Outcome(text=_("Your hand is up: a host may ask you to speak. /room lower lowers it."))


async def _lower(context: CommandContext, place: RoomPlace) -> Outcome:
    await place.client.live_rooms.lower_hand(place.channel_id)
    return Outcome(text=_("Your hand is down."))


async def _accept(context: CommandContext, place: RoomPlace) -> Outcome:
    await place.client.live_rooms.accept(place.channel_id)
    view = context.desk.view if context.desk is not None else None
    if view is None or not view.is_here(place.client.key, place.channel_id):
        return Outcome(text=_("You are on the stage."))
    if view.is_muted or view.is_deafened:
        return Outcome(text=_("You are on the stage, and muted still: /call mute has you heard."))
    if view.gate == "push_to_talk":
        return Outcome(text=_("You are on the stage: you are heard while you hold the key of push to talk."))
    return Outcome(text=_("You are on the stage, and heard."))


async def _decline(context: CommandContext, place: RoomPlace) -> Outcome:
    if place.details:
        return await room_hosting.decline_hand(context, place)
    await place.client.live_rooms.decline_invitation(place.channel_id)
    return Outcome(text=_("You listen on."))


async def _react(context: CommandContext, place: RoomPlace) -> Outcome:
    emoji = find_emoji(place.required, place.client.state, place.channel_id)
    await place.client.live_rooms.react(place.channel_id, emoji)
    return Outcome()


# Who is there


async def _who(context: CommandContext, place: RoomPlace) -> Outcome:
    if not place.view.is_live:
        words = _("No room is live in {channel}.").format(channel=place.name)
        return Outcome(text=f"{words} {_('/room start TOPIC starts one.')}" if place.view.may_start else words)
    await place.client.live_rooms.learn(place.channel_id)
    view = place.view
    return _told(context, place.name, "\n".join([*room_words.about(view), *room_words.people(view)]))


async def _audience(context: CommandContext, place: RoomPlace) -> Outcome:
    """Load one page more, and tell it."""
    if not place.view.is_live:
        raise CommandError(_("No room is live in {channel}.").format(channel=place.name))
    known = {each.user_id for each in place.view.audience} if place.client.state.room(place.channel_id) else set()
    is_first = not _has_loaded(place)
    await place.client.live_rooms.load_audience(place.channel_id)
    view = place.view
    page = [each for each in view.audience if is_first or each.user_id not in known] or list(view.audience)
    head = ngettext("{count} listens.", "{count} listen.", view.listeners).format(count=view.listeners)
    names = ", ".join(map(room_words.described, page))
    more = _("/room audience tells more.") if view.has_more_audience else ""
    return _told(context, place.name, "\n".join(each for each in (head, names, more) if each))


def _has_loaded(place: RoomPlace) -> bool:
    known = place.client.state.room(place.channel_id)
    return known is not None and bool(known.audience_ids)


_ALONE = frozenset({"end", "leave", "raise", "lower", "accept", "who", "audience"})
_ACTS: Mapping[str, Act] = {
    "start": _start,
    "end": _end,
    "leave": _leave,
    "topic": room_editing.topic,
    "describe": room_editing.description,
    "language": room_editing.language,
    "tags": room_editing.tags,
    "open": room_editing.open_to,
    "link": room_editing.link,
    "hands": room_editing.hands,
    "raise": _raise,
    "lower": _lower,
    "accept": _accept,
    "decline": _decline,
    "invite": room_hosting.invite,
    "down": room_hosting.down,
    "mute": room_hosting.mute,
    "remove": room_hosting.remove,
    "block": room_hosting.block,
    "unblock": room_hosting.unblock,
    "uninvite": room_hosting.uninvite,
    "host": room_hosting.host,
    "unhost": room_hosting.unhost,
    "ping": room_hosting.ping,
    "react": _react,
    "who": _who,
    "audience": _audience,
    "kept": room_hosting.kept,
}
