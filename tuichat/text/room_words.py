"""Live rooms in words: what one is and who is in it, and what it has to say to the user."""

from collections.abc import Iterable

import msgspec

from tuichat.client.change import RoomCall, RoomCalled
from tuichat.client.room_view import RoomPerson, RoomView
from tuichat.protocol.live_room import Hands, Openness
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _, ngettext

MAX_NAMES = 30  # of people that are told at once (taste)
OPENNESS = {
    Openness.GUILD: N_("open to the server"),
    Openness.ROLE: N_("open to one role"),
    Openness.INVITED: N_("open to invited people"),
    Openness.PUBLIC: N_("open to everybody"),
}
HANDS = {
    Hands.ALL: N_("everybody may raise a hand"),
    Hands.FOLLOWED: N_("whom a host follows may raise a hand"),
    Hands.OFF: N_("hands are off"),
}


def openness(view: RoomView) -> str:
    """Return who may come into a room, as the end of a sentence."""
    if view.openness is Openness.ROLE and view.role:
        return _("open to {role}").format(role=safe_name(view.role))
    return _(OPENNESS[view.openness])


def about(view: RoomView) -> list[str]:
    """Return what a room is, line by line."""
    lines = [safe_line(view.topic)]
    if view.description:
        lines.append(safe_line(view.description))
    words = [openness(view), _(HANDS[view.hands])]
    if view.language:
        words.append(safe_line(view.language))
    words += [f"#{safe_name(tag)}" for tag in view.tags]
    lines.append(", ".join(words))
    if view.link:
        lines.append(_("Pinned: {link}").format(link=safe_line(view.link)))
    return lines


def people(view: RoomView) -> list[str]:
    """Return who is in a room, line by line."""
    lines = [_("On the stage: {names}").format(names=_names(view.speakers) or _("nobody yet"))]
    if view.invited:
        lines.append(_("Asked to speak: {names}").format(names=_names(view.invited)))
    if view.asking:
        hands = (f"{place}. {described(each)}" for place, each in enumerate(view.asking[:MAX_NAMES], 1))
        lines.append(_("Hands: {names}").format(names=", ".join(hands)))
    lines.append(ngettext("{count} listens.", "{count} listen.", view.listeners).format(count=view.listeners))
    return lines


def described(person: RoomPerson) -> str:
    """Return somebody's name, with what is to be known of it."""
    name = _("you") if person.is_me else safe_name(person.name, _("somebody"))
    words = [_("host")] if person.is_host else []
    words += [_("muted")] if person.is_muted and person.asked_ms is None else []
    return f"{name} ({', '.join(words)})" if words else name


def called(told: RoomCalled) -> str:
    """Return what a room has to say, as one sentence with what to do."""
    name = safe_name(told.name, _("somebody"))
    topic, channel = safe_line(told.topic), safe_name(told.channel_name, _("a room"))
    match told.call:
        case RoomCall.INVITED:
            words = _("{name} asks you into the room “{topic}” in #{channel} of {guild}. /room join comes in.")
        case RoomCall.ASKED_UP:
            words = _("You are asked to speak in #{channel}. /room accept takes the stage, /room decline declines.")
        case RoomCall.MUTED:
            words = _("{name}, a host of #{channel}, has muted you. /call mute has you heard again.")
        case RoomCall.PUT_OUT:
            words = _("You were put out of the room in #{channel}.")
        case RoomCall.BEGAN:
            words = _("The room “{topic}” is live in #{channel}.")
        case RoomCall.ENDED:
            words = _("The room “{topic}” in #{channel} has ended.")
    return words.format(name=name, topic=topic, channel=channel, guild=safe_name(told.guild_name))


def called_without_words(told: RoomCalled) -> str:
    """Likewise, without what others wrote."""
    if told.call is not RoomCall.INVITED:
        return called(msgspec.structs.replace(told, topic=""))
    return _("{name} asks you into a room.").format(name=safe_name(told.name, _("somebody")))


def _names(people: Iterable[RoomPerson]) -> str:
    known = list(people)
    shown = ", ".join(map(described, known[:MAX_NAMES]))
    more = len(known) - MAX_NAMES
    return _("{names} and {count} more").format(names=shown, count=more) if more > 0 else shown
