"""Which room a line means, and whom in it."""

import msgspec

from tuichat.client.client import Client
from tuichat.client.room_view import RoomPerson, RoomView
from tuichat.commands.context import CommandContext
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.names import find_account_channel, find_user, is_channel
from tuichat.commands.parser import next_word
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.json import printable
from tuichat.translation import _


class RoomPlace(msgspec.Struct, frozen=True):
    """A stage channel of an account, and what else was written."""

    client: Client
    channel_id: int
    details: str

    @property
    def required(self) -> str:
        """Return what else was written. Raises CommandError where nothing was."""
        if not self.details:
            raise CommandError(_("Something is missing: /room help tells what each takes."))
        return self.details

    @property
    def view(self) -> RoomView:
        return self.client.live_rooms.view(self.channel_id)

    @property
    def name(self) -> str:
        return f"#{printable(self.view.title)}"


class Somebody(msgspec.Struct, frozen=True):
    user_id: int
    name: str


def find_room(context: CommandContext, details: str | None, *, may_name: bool = True) -> RoomPlace:
    """Return the stage channel that is named first, where one `may_name` it; else the open one, else where the user is."""
    text = (details or "").strip()
    address, rest = _split_channel(text, context) if may_name else ("", text)
    if address:
        client, channel = find_account_channel(address, context)
        if channel.type != ChannelType.STAGE:
            words = _("{name} is no stage: rooms are in stage channels.")
            raise CommandError(words.format(name=f"#{printable(str(channel.name))}"))
        return RoomPlace(client, int(channel.id), rest.strip())
    if context.client is not None and context.channel_id is not None:
        here = context.client.state.channels.get(context.channel_id)
        if here is not None and here.type == ChannelType.STAGE:
            return RoomPlace(context.client, context.channel_id, text)
    sat = _sat_in(context)
    if sat is None:
        raise CommandError(_("Open a stage channel first, or name one: /room who #weekly."))
    return RoomPlace(*sat, text)


def _split_channel(text: str, context: CommandContext) -> tuple[str, str]:
    """Return the channel with which a line begins, in quotes where its server's name has blanks, and the rest of the line."""
    if text.startswith('"') and "/#" in text:
        word = next_word(text, 0)
        if word is not None and is_channel(word.text, context):
            return word.text, text[word.end :]
    first, _blank, rest = text.partition(" ")
    return (first, rest) if is_channel(first, context) else ("", text)


def _sat_in(context: CommandContext) -> tuple[Client, int] | None:
    """Return the stage channel that the user is in, by its own account first."""
    known = list(context.clients.values())
    for client in [*([context.client] if context.client is not None else []), *known]:
        state = client.state
        for guild in state.guilds.values():
            own = guild.voice_states.get(state.me.id) if state.me is not None else None
            channel = state.channels.get(own.channel_id) if own is not None and own.channel_id is not None else None
            if channel is not None and channel.type == ChannelType.STAGE:
                return client, int(channel.id)
    return None


def find_person(context: CommandContext, place: RoomPlace) -> Somebody:
    """Return whom the line names: of the people in the room first, then of all whom the account knows."""
    typed = place.details
    if not typed:
        raise CommandError(_("Say who: write @name behind it. /room who tells who is there."))
    name = typed.removeprefix("@").casefold()
    state = place.client.state
    found = []
    for person in everybody(place.view):
        user = state.users.get(person.user_id)
        if name in (person.name.casefold(), user.username.casefold() if user is not None else ""):
            found.append(person)
    if len(found) == 1:
        return Somebody(found[0].user_id, printable(found[0].name))
    user = find_user(typed, context)
    return Somebody(int(user.id), printable(state.display_name(place.channel_id, user)))


def everybody(view: RoomView) -> list[RoomPerson]:
    """Return who is known to be in a room, each once."""
    people = (*view.speakers, *view.invited, *view.asking, *view.audience)
    return list({person.user_id: person for person in people}.values())
