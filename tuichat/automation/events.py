"""Tells what happens to the accounts of a site as records: messages, reactions, calls, rooms and connections."""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from tuichat.automation.call_events import CallEvents
from tuichat.automation.recording import message_record, person_record, place_record
from tuichat.automation.records import (
    AnyRecord,
    ConnectionRecord,
    MessageDeletedRecord,
    MessageEditedRecord,
    MessageRecord,
    ReactionRecord,
)
from tuichat.automation.room_events import RoomEvents
from tuichat.automation.site import Site
from tuichat.client.change import (
    Change,
    ConnectionChanged,
    MessageArrived,
    MessageEdited,
    MessagesDeleted,
    OwnMessageArrived,
    ReactionChanged,
)
from tuichat.client.client import Client
from tuichat.client.state import Connection
from tuichat.commands.naming.address import account_label
from tuichat.protocol.message import Message

MAX_EDITS = 1000  # edits that are known not to be told again (taste)


class Events:
    """Tells `put` of each event from now, until `close`. Who is blocked or ignored makes none.

    What an account itself writes is told where one asks for it.
    """

    def __init__(self, site: Site, put: Callable[[AnyRecord], None], *, tells_own: bool = False) -> None:
        self._site = site
        self._put = put
        self._tells_own = tells_own
        self._is_connected = {key: _is_ready(client) for key, client in site.clients.items()}
        self._edits: OrderedDict[tuple[str, int], object] = OrderedDict()
        self._calls = CallEvents(site, put)
        self._rooms = RoomEvents(site, put)
        self.close = site.listen(self._take)

    def _take(self, client: Client, changes: Sequence[Change]) -> None:
        for change in changes:
            self._tell(client, change)
            self._calls.take(client, change)
            self._rooms.take(client, change)

    def _tell(self, client: Client, change: Change) -> None:
        match change:
            case MessageArrived():
                self._message(MessageRecord, client, change.message, is_late=change.is_late)
            case OwnMessageArrived() if self._tells_own:
                self._message(MessageRecord, client, change.message)
            case MessageEdited():
                self._tell_edit(client, change)
            case MessagesDeleted():
                place = place_record(client, change.channel_id, self._site.clients)
                for message_id in change.message_ids:
                    self._put(MessageDeletedRecord(account=self._label(client), channel=place, id=str(int(message_id))))
            case ReactionChanged():
                self._tell_reaction(client, change)
            case ConnectionChanged():
                self._tell_connection(client)

    def _message(self, kind: type[MessageRecord], client: Client, message: Message, *, is_late: bool = False) -> None:
        if message.author.id not in client.state.unheard_ids:
            self._put(message_record(kind, client, message.channel_id, message, self._site.clients, is_late=is_late))

    def _tell_edit(self, client: Client, change: MessageEdited) -> None:
        """A message that gets a link's preview later is told of with the time of its last edit, which is no new one."""
        key, edited = (client.key, change.message.id), change.message.edited_timestamp
        if self._edits.get(key) == edited:
            return
        self._edits[key] = edited
        self._edits.move_to_end(key)
        if len(self._edits) > MAX_EDITS:
            self._edits.popitem(last=False)
        me = client.state.me
        if self._tells_own or me is None or change.message.author.id != me.id:
            self._message(MessageEditedRecord, client, change.message)

    def _tell_reaction(self, client: Client, change: ReactionChanged) -> None:
        state = client.state
        if change.user_id is not None and change.user_id in state.unheard_ids:
            return
        emoji = change.emoji
        is_own = state.me is not None and change.user_id == state.me.id
        self._put(
            ReactionRecord(
                account=self._label(client),
                channel=place_record(client, change.channel_id, self._site.clients),
                id=str(int(change.message_id)),
                what="added" if change.is_added else "removed" if change.user_id is not None else "cleared",
                person=None if change.user_id is None else person_record(client, change.user_id),
                is_own=is_own,
                emoji=None if emoji is None else f":{emoji.name or ''}:" if emoji.id is not None else emoji.name,
                emoji_id=str(int(emoji.id)) if emoji is not None and emoji.id is not None else None,
            )
        )

    def _tell_connection(self, client: Client) -> None:
        is_connected = _is_ready(client)
        if self._is_connected.get(client.key, False) != is_connected:
            self._is_connected[client.key] = is_connected
            self._put(
                ConnectionRecord(
                    account=self._label(client), is_connected=is_connected, text=client.state.connection_note
                )
            )

    def _label(self, client: Client) -> str:
        return account_label(client, self._site.clients)


def _is_ready(client: Client) -> bool:
    return client.state.connection is Connection.READY
