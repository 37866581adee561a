"""Tells of live rooms as records: those that begin, end or change, and what concerns an account in them."""

from collections.abc import Callable
from typing import Literal

from tuichat.automation.recording import place_record
from tuichat.automation.records import AnyRecord, GuildName, Place, RoomRecord
from tuichat.automation.site import Site
from tuichat.client.change import (
    Change,
    FollowedWentLive,
    GuildChanged,
    GuildsChanged,
    RoomCall,
    RoomCalled,
    RoomsChanged,
)
from tuichat.client.client import Client
from tuichat.commands.naming.address import account_label

What = Literal["began", "ended", "topic", "invited", "asked_up", "muted", "put_out", "live"]
_CALLS: dict[RoomCall, What] = {
    RoomCall.INVITED: "invited",
    RoomCall.ASKED_UP: "asked_up",
    RoomCall.MUTED: "muted",
    RoomCall.PUT_OUT: "put_out",
}


class RoomEvents:
    """Knows the rooms of each account, and tells what is new. A fresh session tells nothing: what is there, began before."""

    def __init__(self, site: Site, put: Callable[[AnyRecord], None]) -> None:
        self._site = site
        self._put = put
        self._known = {key: _rooms(client) for key, client in site.clients.items()}

    def take(self, client: Client, change: Change) -> None:
        match change:
            case RoomsChanged():
                self._compare(client)
            case GuildsChanged() | GuildChanged():
                self._known[client.key] = _rooms(client)
            case RoomCalled() if change.call in _CALLS:
                place = self._place(client, change.channel_id, change.channel_name, change.guild_id, change.guild_name)
                self._tell(client, _CALLS[change.call], place, change.topic, change.name)
            case FollowedWentLive():
                found = change.found
                place = self._place(
                    client, found.room.channel_id, found.channel_name, found.room.guild_id, found.guild_name
                )
                name = found.guild_name if change.user is None else change.user.display_name
                self._tell(client, "live", place, found.room.topic, name)

    def _compare(self, client: Client) -> None:
        before, now = self._known.get(client.key, {}), _rooms(client)
        if before == now:
            return
        self._known[client.key] = now
        for channel_id in before.keys() | now.keys():
            old, new = before.get(channel_id), now.get(channel_id)
            place = place_record(client, channel_id, self._site.clients)
            if old is not None and (new is None or new[0] != old[0]):
                self._tell(client, "ended", place, old[1])
            if new is not None and (old is None or new[0] != old[0]):
                self._tell(client, "began", place, new[1])
            elif old is not None and new is not None and old[1] != new[1]:
                self._tell(client, "topic", place, new[1])

    def _place(self, client: Client, channel_id: int, name: str, guild_id: int, guild_name: str) -> Place:
        """Return where a room is, of which the account may know no more than its names."""
        if channel_id in client.state.channels:
            return place_record(client, channel_id, self._site.clients)
        number = str(int(channel_id))
        return Place(id=number, address=number, name=name, guild=GuildName(id=str(int(guild_id)), name=guild_name))

    def _tell(self, client: Client, what: What, place: Place, topic: str, name: str = "") -> None:
        label = account_label(client, self._site.clients)
        self._put(RoomRecord(account=label, channel=place, what=what, topic=topic, name=name))


def _rooms(client: Client) -> dict[int, tuple[int, str]]:
    """Return id and topic of each room, by its channel."""
    return {
        int(channel_id): (int(each.room.id), each.room.topic)
        for guild in client.state.guilds.values()
        for channel_id, each in guild.rooms.items()
    }
