"""What hosts do in a room by commands: who speaks, who is put out, who hosts with them."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator

from tuichat.client.errors import RefusedError
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.room_place import RoomPlace, Somebody, find_person
from tuichat.protocol.json import printable
from tuichat.protocol.rest.error import ErrorCode
from tuichat.text.safe_text import safe_name
from tuichat.translation import _

_GONE = (ErrorCode.UNKNOWN_VOICE_STATE, ErrorCode.NOT_IN_VOICE)


async def invite(context: CommandContext, place: RoomPlace) -> Outcome:
    """Ask somebody to speak: without a name, who raised a hand first."""
    who = _first_hand(place) if not place.details else find_person(context, place)
    await _act(place.client.live_rooms.invite_up, place, who)
    user = place.client.state.users.get(who.user_id)
    if user is not None and user.bot:
        return Outcome(text=_("{name} speaks now.").format(name=who.name))
    return Outcome(text=_("{name} is asked to speak, and has to accept.").format(name=who.name))


async def decline_hand(context: CommandContext, place: RoomPlace) -> Outcome:
    who = find_person(context, place)
    if all(each.user_id != who.user_id for each in place.view.asking):
        raise CommandError(_("{name} has raised no hand. /room who tells who has.").format(name=who.name))
    await _act(place.client.live_rooms.decline_hand, place, who)
    return Outcome(text=_("The hand of {name} is declined.").format(name=who.name))


async def down(context: CommandContext, place: RoomPlace) -> Outcome:
    """Have somebody listen again, without a name oneself."""
    if not place.details:
        await place.client.live_rooms.move_down(place.channel_id)
        return Outcome(text=_("You listen now."))
    who = find_person(context, place)
    await _act(place.client.live_rooms.move_down, place, who)
    return Outcome(text=_("{name} listens now.").format(name=who.name))


async def mute(context: CommandContext, place: RoomPlace) -> Outcome:
    who = find_person(context, place)
    await _act(place.client.live_rooms.mute, place, who)
    return Outcome(text=_("{name} is muted until they unmute themselves.").format(name=who.name))


async def remove(context: CommandContext, place: RoomPlace) -> Outcome:
    who = find_person(context, place)
    await _act(place.client.live_rooms.remove, place, who)
    return Outcome(
        text=_("{name} is put out, and may come back. /room block keeps somebody out.").format(name=who.name)
    )


async def block(context: CommandContext, place: RoomPlace) -> Outcome:
    who = find_person(context, place)
    await place.client.live_rooms.block(place.channel_id, who.user_id)
    return Outcome(text=_("{name} is blocked while this room is live. /room unblock ends that.").format(name=who.name))


async def unblock(context: CommandContext, place: RoomPlace) -> Outcome:
    who = find_person(context, place)
    await place.client.live_rooms.unblock(place.channel_id, who.user_id)
    return Outcome(text=_("{name} may come in again.").format(name=who.name))


async def uninvite(context: CommandContext, place: RoomPlace) -> Outcome:
    who = find_person(context, place)
    await place.client.live_rooms.uninvite(place.channel_id, who.user_id)
    return Outcome(text=_("{name} is invited no more.").format(name=who.name))


async def host(context: CommandContext, place: RoomPlace) -> Outcome:
    who = find_person(context, place)
    await place.client.live_rooms.make_host(place.channel_id, who.user_id)
    return Outcome(text=_("{name} is a host now.").format(name=who.name))


async def unhost(context: CommandContext, place: RoomPlace) -> Outcome:
    """Have somebody host no more, without a name oneself."""
    me = place.client.state.me
    if not place.details and me is not None:
        await place.client.live_rooms.unmake_host(place.channel_id, int(me.id))
        return Outcome(text=_("You are no host any more."))
    who = find_person(context, place)
    await place.client.live_rooms.unmake_host(place.channel_id, who.user_id)
    return Outcome(text=_("{name} is no host any more.").format(name=who.name))


async def ping(context: CommandContext, place: RoomPlace) -> Outcome:
    who = find_person(context, place)
    await place.client.live_rooms.ping(place.channel_id, who.user_id)
    return Outcome(text=_("{name} is asked to come.").format(name=who.name))


async def kept(context: CommandContext, place: RoomPlace) -> Outcome:
    """Tell who was invited, blocked and muted by a host."""
    if place.details:
        raise CommandError(_("/room {action} takes nothing more.").format(action="kept"))
    state, found = place.client.state, await place.client.live_rooms.keeping(place.channel_id)
    muted = [state.person_name(place.channel_id, each) or str(int(each)) for each in found.muted_ids]
    lists = (
        (_("Invited: {names}"), [user.display_name for user in found.invited]),
        (_("Blocked: {names}"), [user.display_name for user in found.blocked]),
        (_("Muted by a host: {names}"), muted),
    )
    lines = [words.format(names=", ".join(map(safe_name, names)) or _("nobody")) for words, names in lists]
    if context.screen is None:
        return Outcome(text="\n".join(lines))
    context.screen.show_text(printable(place.name), "\n".join(lines))
    return Outcome()


def _first_hand(place: RoomPlace) -> Somebody:
    hands = place.view.asking
    if not hands:
        raise CommandError(_("Nobody has raised a hand. /room invite @name asks somebody of the audience to speak."))
    return Somebody(hands[0].user_id, printable(hands[0].name) or _("somebody"))


async def _act(action: Callable[[int, int], Awaitable[None]], place: RoomPlace, who: Somebody) -> None:
    with _told_where(who):
        await action(place.channel_id, who.user_id)


@contextlib.contextmanager
def _told_where(who: Somebody) -> Iterator[None]:
    """Somebody who is not there cannot be decided about: say what can be done instead."""
    try:
        yield
    except RefusedError as error:
        if error.code not in _GONE:
            raise
        words = _("{name} is not in the room. /room ping @name asks somebody to come.")
        raise CommandError(words.format(name=who.name)) from error
