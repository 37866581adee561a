"""What hosts say of a room by commands, and whom they open it to."""

from collections.abc import Awaitable, Callable

from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.names import find_role, find_user
from tuichat.commands.naming.room_place import RoomPlace
from tuichat.protocol.json import printable
from tuichat.protocol.live_room import EditLiveRoomRequest, Hands, Openness
from tuichat.protocol.snowflake import Snowflake
from tuichat.translation import _

Act = Callable[[CommandContext, RoomPlace], Awaitable[Outcome]]
NOTHING = frozenset({"none", "off", "-"})  # what takes something away


def _editing(make: Callable[[CommandContext, RoomPlace], tuple[EditLiveRoomRequest, str]]) -> Act:
    """Return an action that changes what the room is, and says so."""

    async def act(context: CommandContext, place: RoomPlace) -> Outcome:
        edit, sentence = make(context, place)
        await place.client.live_rooms.edit(place.channel_id, edit)
        return Outcome(text=sentence)

    return act


@_editing
def topic(context: CommandContext, place: RoomPlace) -> tuple[EditLiveRoomRequest, str]:
    return EditLiveRoomRequest(topic=place.required), _("The room has another topic.")


@_editing
def description(context: CommandContext, place: RoomPlace) -> tuple[EditLiveRoomRequest, str]:
    text = _unless_none(place.required)
    words = _("The room is described.") if text else _("The room has no description any more.")
    return EditLiveRoomRequest(description=text), words


@_editing
def language(context: CommandContext, place: RoomPlace) -> tuple[EditLiveRoomRequest, str]:
    tag = _unless_none(place.required)
    words = _("The room speaks {language}.") if tag else _("The room says no language any more.")
    return EditLiveRoomRequest(language=tag), words.format(language=printable(tag))


@_editing
def tags(context: CommandContext, place: RoomPlace) -> tuple[EditLiveRoomRequest, str]:
    tags = _unless_none(place.required).replace(",", " ").split()
    words = _("The room has these tags: {tags}.") if tags else _("The room has no tags any more.")
    return EditLiveRoomRequest(tags=tags), words.format(tags=printable(" ".join(tags)))


@_editing
def link(context: CommandContext, place: RoomPlace) -> tuple[EditLiveRoomRequest, str]:
    link = _unless_none(place.required)
    return EditLiveRoomRequest(link=link or None), _("The link is pinned.") if link else _(
        "No link is pinned any more."
    )


@_editing
def hands(context: CommandContext, place: RoomPlace) -> tuple[EditLiveRoomRequest, str]:
    wanted = place.required.lower()
    if wanted not in set(Hands):
        raise CommandError(_("Write all, followed or off: /room hands followed."))
    hands = Hands(wanted)
    sentence = {
        Hands.ALL: _("Everybody may raise a hand now."),
        Hands.FOLLOWED: _("Whom a host follows may raise a hand now."),
        Hands.OFF: _("Nobody may raise a hand now; those that were up are down."),
    }
    return EditLiveRoomRequest(hands=hands), sentence[hands]


async def open_to(context: CommandContext, place: RoomPlace) -> Outcome:
    kind, _blank, names = place.required.partition(" ")
    if kind.lower() not in set(Openness):
        raise CommandError(_("Write guild, role @role, invited @name ... or public: /room open role @Members."))
    openness, names = Openness(kind.lower()), names.strip()
    if names and openness in (Openness.GUILD, Openness.PUBLIC):
        raise CommandError(_("/room {action} takes nothing more.").format(action=f"open {openness}"))
    guild = place.client.state.guild_of(place.channel_id)
    edit = EditLiveRoomRequest(openness=openness)
    if openness is Openness.ROLE:
        if not names or guild is None:
            raise CommandError(_("Say which role: /room open role @Members."))
        role = find_role(names, guild)
        edit = EditLiveRoomRequest(openness=openness, role_id=Snowflake(role.id))
    invited = [find_user(name, context) for name in names.split()] if openness is Openness.INVITED else []
    await place.client.live_rooms.edit(place.channel_id, edit)
    for user in invited:
        await place.client.live_rooms.ping(place.channel_id, int(user.id))
    sentence = {
        Openness.GUILD: _("The room is open to the whole server now."),
        Openness.ROLE: _("The room is open to one role now."),
        Openness.INVITED: _("The room is open to who is invited now. /room ping @name invites somebody."),
        Openness.PUBLIC: _("The room is open to everybody now, and stands in the public directory."),
    }
    return Outcome(text=sentence[openness])


def _unless_none(text: str) -> str:
    return "" if text.casefold() in NOTHING else text
