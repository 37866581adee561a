"""Follows one channel: its messages as they come, each once and in order, edits and deletions; over a lost connection, too."""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from tuichat.automation.place import Place
from tuichat.automation.recording import message_record, place_record
from tuichat.automation.records import AnyRecord, MessageDeletedRecord, MessageEditedRecord, MessageRecord
from tuichat.client.change import Change, MessageChanged, MessageRemoved
from tuichat.client.client import Client
from tuichat.client.state import Delivery, Entry
from tuichat.commands.naming.address import Clients, account_label

MAX_KNOWN = 2000  # messages that are looked back on, and whose edits and deletions are told (taste)


class Follow:
    """Whoever makes it calls `begin`, and `take` with all changes of the account."""

    def __init__(self, place: Place, clients: Clients, put: Callable[[AnyRecord], None]) -> None:
        self._place = place
        self._clients = clients
        self._put = put
        self._last_id = 0
        self._known: OrderedDict[str, tuple[int, str | None]] = OrderedDict()  # by key: id and time of the last edit
        self._has_begun = False

    async def begin(self, count: int) -> None:
        """Tell the last messages, and from now what comes. Raises ClientError where they cannot be read."""
        confirmed = await self._load(lambda known: len(known) >= count)
        self._begin_after(int(confirmed[-count - 1].message.id) if len(confirmed) > count else 0)

    async def begin_after(self, message_id: int) -> None:
        """Tell what was written after a message, of the last MAX_KNOWN, and from now what comes. Raises ClientError."""
        await self._load(lambda known: bool(known) and known[0].message.id <= message_id)
        self._begin_after(message_id)

    async def _load(self, is_enough: Callable[[Sequence[Entry]], bool]) -> Sequence[Entry]:
        client, channel_id = self._place.client, self._place.channel_id
        await client.open_channel(channel_id)
        timeline = client.state.timeline(channel_id)
        while timeline.has_older and len(timeline.confirmed) < MAX_KNOWN and not is_enough(timeline.confirmed):
            before = len(timeline.confirmed)
            await client.load_history(channel_id)
            if len(timeline.confirmed) == before:
                break
        return timeline.confirmed

    def _begin_after(self, message_id: int) -> None:
        self._last_id = message_id
        self._has_begun = True
        self._tell_new()

    def take(self, client: Client, changes: Sequence[Change]) -> None:
        if not self._has_begun or client is not self._place.client:
            return
        for change in changes:
            if getattr(change, "channel_id", None) != self._place.channel_id:
                continue
            if isinstance(change, MessageRemoved):
                self._tell_deleted(change.key)
            elif isinstance(change, MessageChanged):
                self._tell_edited(change.key)
            self._tell_new()

    def _tell_new(self) -> None:
        timeline = self._place.client.state.timeline(self._place.channel_id)
        for entry in list(timeline.confirmed[timeline.position(self._last_id + 1) :]):
            if entry.delivery is not Delivery.CONFIRMED:
                continue
            self._last_id = int(entry.message.id)
            self._known[entry.key] = self._last_id, entry.message.edited_timestamp
            if len(self._known) > MAX_KNOWN:
                self._known.popitem(last=False)
            self._put(self._record(MessageRecord, self._last_id))

    def _tell_edited(self, key: str) -> None:
        timeline = self._place.client.state.timeline(self._place.channel_id)
        known = self._known.get(key)
        entry = timeline.find(known[0]) if known is not None else None
        if known is None or entry is None or entry.message.edited_timestamp == known[1]:
            return
        self._known[key] = known[0], entry.message.edited_timestamp
        self._put(self._record(MessageEditedRecord, known[0]))

    def _tell_deleted(self, key: str) -> None:
        known = self._known.pop(key, None)
        if known is None:
            return
        client = self._place.client
        place = place_record(client, self._place.channel_id, self._clients)
        self._put(MessageDeletedRecord(account=account_label(client, self._clients), channel=place, id=str(known[0])))

    def _record(self, kind: type[MessageRecord], message_id: int) -> MessageRecord:
        client, channel_id = self._place.client, self._place.channel_id
        entry = client.state.timeline(channel_id).find(message_id)
        assert entry is not None
        return message_record(kind, client, channel_id, entry.message, self._clients)
