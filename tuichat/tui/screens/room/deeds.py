"""What can be done in a room, and with somebody there: what is offered, and how the footer calls it."""

from tuichat.client.room_view import RoomPerson, RoomView
from tuichat.protocol.live_room import Hands
from tuichat.translation import N_, _

SHORT_LABELS = {
    "invite_up": N_("invite up"),
    "decline_hand": N_("decline"),
    "move_down": N_("move down"),
    "mute": N_("mute"),
    "host": N_("host"),
    "remove": N_("put out"),
    "block": N_("block"),
    "profile": N_("profile"),
    "start": N_("start a room"),
    "accept": N_("speak"),
    "decline_invitation": N_("not now"),
    "join_or_leave": N_("join/leave"),
    "mute_self": N_("mute"),
    "hand": N_("hand"),
    "react": N_("react"),
    "edit": N_("edit"),
    "ping": N_("ask in"),
    "hands": N_("hands"),
    "end": N_("end"),
}
# What a menu calls a deed where the name of its action is too wide for who was chosen.
MENU_LABELS = {
    "decline_hand": N_("Decline the raised hand"),
    "make_host": N_("Make a host"),
    "unmake_host": N_("Take hosting back"),
    "stop_hosting": N_("Host this room no more"),
    "uninvite_up": N_("Take the invitation to speak back"),
    "leave_stage": N_("Leave the stage, and listen"),
    "profile": N_("Profile"),
}
NEXT_HANDS = {Hands.ALL: Hands.FOLLOWED, Hands.FOLLOWED: Hands.OFF, Hands.OFF: Hands.ALL}


def people_in(view: RoomView) -> tuple[RoomPerson, ...]:
    """Return who is in a room as far as that is known; some are named twice."""
    return (*view.speakers, *view.asking, *view.invited, *view.audience)


def person_of(view: RoomView, user_id: int) -> RoomPerson | None:
    return next((person for person in people_in(view) if person.user_id == user_id), None)


def deeds_with(view: RoomView, person: RoomPerson, *, moderates: bool, has_extension: bool) -> list[str]:
    """Return what one can do with somebody in a room; `moderates` says whether one's roles make one a stage moderator."""
    stands_above = moderates or not person.is_host
    speaks = any(each.user_id == person.user_id for each in view.speakers)
    is_invited = any(each.user_id == person.user_id for each in view.invited)
    asks = any(each.user_id == person.user_id for each in view.asking)
    leads_other = view.is_live and view.is_host and not person.is_me
    offered = {
        "invite_up": leads_other and not speaks and not is_invited,
        "decline_hand": leads_other and asks,
        "move_down": view.is_live and ((leads_other and (speaks or is_invited)) or (person.is_me and speaks)),
        "mute": leads_other and speaks and stands_above and has_extension,
        "host": view.is_live and view.is_host and has_extension,
        "remove": leads_other and stands_above,
        "block": leads_other and stands_above and has_extension,
        "profile": True,
    }
    return [deed for deed, is_possible in offered.items() if is_possible]


def menu_label(view: RoomView, person: RoomPerson, deed: str) -> str:
    """Return what a deed would do with this person, "" where its action says so already."""
    match deed:
        case "host":
            kind = ("stop_hosting" if person.is_me else "unmake_host") if person.is_host else "make_host"
        case "move_down" if person.is_me:
            kind = "leave_stage"
        case "move_down" if any(each.user_id == person.user_id for each in view.invited):
            kind = "uninvite_up"
        case _:
            kind = deed
    return _(MENU_LABELS[kind]) if kind in MENU_LABELS else ""


def own_deeds(view: RoomView, *, is_here: bool, may_join: bool) -> list[str]:
    """Return what one can do in a room oneself, what is needed most first."""
    if not view.is_live:
        return [
            deed for deed, is_possible in {"start": view.may_start, "join_or_leave": may_join}.items() if is_possible
        ]
    offered = {
        "accept": is_here and (view.is_invited or (view.is_host and not view.is_speaker)),
        "decline_invitation": is_here and view.is_invited,
        "join_or_leave": is_here or may_join,
        "mute_self": is_here and view.is_speaker,
        "hand": is_here and not view.is_speaker and ((view.may_ask and not view.is_host) or view.has_asked),
        "react": is_here,
        "ping": view.is_host,
        "edit": view.is_host,
        "hands": view.is_host,
        "end": view.is_host,
    }
    return [deed for deed, is_possible in offered.items() if is_possible]
