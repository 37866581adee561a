"""What programs at the ctl socket are told as it happens: records of events, and a status whenever that changes."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from tuichat.automation.ctl.status import StatusMaker
from tuichat.automation.events import Events
from tuichat.automation.records import AnyRecord, EventRecord, StatusRecord
from tuichat.automation.site import RunningSite
from tuichat.client.change import Change
from tuichat.client.client import Client
from tuichat.commands.errors import CommandError
from tuichat.protocol.json import printable
from tuichat.translation import _

STATUS_EVERY_S = 0.2  # taste: a bar need not be quicker, and a burst of messages makes few of them
LOOK_EVERY_S = 2.0  # taste: what tells of no change, such as another channel that is opened or quiet hours
STATUS = "status"


def record_types() -> list[str]:
    """Return the types that can be subscribed to."""
    kinds = msgspec.inspect.type_info(EventRecord)
    assert isinstance(kinds, msgspec.inspect.UnionType)
    tags = [str(each.tag) for each in kinds.types if isinstance(each, msgspec.inspect.StructType)]
    return sorted([*tags, STATUS])


class Subscription:
    """One of a connection; `begin` tells the status, then follow the records until `close`."""

    def __init__(
        self, owner: "Subscriptions", request_id: int, types: frozenset[str], put: Callable[[AnyRecord], None]
    ) -> None:
        self.request_id = request_id
        self._owner = owner
        self._types = types
        self._put = put
        self._last: StatusRecord | None = None

    def begin(self) -> None:
        self._owner.begin(self)

    def close(self) -> None:
        self._owner.end(self)

    @property
    def wants_status(self) -> bool:
        return STATUS in self._types

    def take(self, record: AnyRecord) -> None:
        tag = type(record).__struct_config__.tag
        if tag in self._types:
            self._put(record)

    def take_status(self, record: StatusRecord) -> None:
        """Tell of it where it is the first, or another one."""
        if self._last is None or (self.wants_status and record != self._last):
            self._last = record
            self._put(record)


class Subscriptions:
    """Of all connections: it listens while there is one."""

    def __init__(self, site: RunningSite, status: StatusMaker) -> None:
        self._site = site
        self._status = status
        self._open: list[Subscription] = []
        self._ends: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None

    def open(self, request_id: int, types: Sequence[str], put: Callable[[AnyRecord], None]) -> Subscription:
        """Raises CommandError for a type that does not exist."""
        known = record_types()
        for name in types:
            if name not in known:
                raise CommandError(
                    _("{name} is no type of record. There are: {names}.").format(
                        name=printable(name) or '""', names=", ".join(known)
                    )
                )
        return Subscription(self, request_id, frozenset(types or known), put)

    def begin(self, subscription: Subscription) -> None:
        if not self._open:
            self._listen()
        self._open.append(subscription)
        subscription.take_status(self._status.make())

    def end(self, subscription: Subscription) -> None:
        if subscription in self._open:
            self._open.remove(subscription)
            if not self._open:
                self.close()

    def close(self) -> None:
        for end in self._ends:
            end()
        self._ends.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _listen(self) -> None:
        self._ends.append(Events(self._site, self._take).close)
        self._ends.append(self._site.listen(self._changed))
        if self._site.desk is not None:
            self._ends.append(self._site.desk.subscribe(self._soon))
        self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)

    def _take(self, record: AnyRecord) -> None:
        for subscription in tuple(self._open):
            subscription.take(record)

    def _changed(self, _client: Client, _changes: Sequence[Change]) -> None:
        self._soon()

    def _soon(self) -> None:
        """Look at the status shortly, however much changes until then."""
        loop = asyncio.get_running_loop()
        if self._timer is not None and self._timer.when() > loop.time() + STATUS_EVERY_S:
            self._timer.cancel()
            self._timer = loop.call_later(STATUS_EVERY_S, self._look)

    def _look(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)
        if any(each.wants_status for each in self._open):
            record = self._status.make()
            for subscription in tuple(self._open):
                subscription.take_status(record)
