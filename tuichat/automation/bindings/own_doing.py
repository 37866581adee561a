"""Knows what bindings did themselves, so that nothing of it makes a binding fire again."""

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar

from tuichat.automation.bindings import fields
from tuichat.automation.records import AnyRecord, MessageRecord
from tuichat.automation.site import Site
from tuichat.client.change import Change, MessageAdded, MessageArrived, OwnMessageArrived
from tuichat.client.client import Client
from tuichat.client.timeline import key_of_nonce, nonce_text
from tuichat.commands.naming.address import accounts_named

MAX_KNOWN = 2000  # messages that bindings sent (taste)
ECHO_S = 5.0  # how long after an action what one's own account does is taken for its echo

_is_acting: ContextVar[bool] = ContextVar("is_acting", default=False)


class OwnDoing:
    """Made before whoever tells of events, so that it knows of a message before that one tells. `close` ends it."""

    def __init__(self, site: Site, clock: Callable[[], float] = time.monotonic) -> None:
        self._site = site
        self._clock = clock
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._message_ids: OrderedDict[str, None] = OrderedDict()
        self._acting = 0
        self._acted_s = float("-inf")
        self.close = site.listen(self._take)

    @contextlib.contextmanager
    def acting(self) -> Iterator[None]:
        """Mark what is done within as a binding's doing."""
        token = _is_acting.set(True)
        self._acting += 1
        try:
            yield
        finally:
            self._acting -= 1
            self._acted_s = self._clock()
            _is_acting.reset(token)

    def is_own(self, record: AnyRecord) -> bool:
        """Whether one of the accounts here did it."""
        if getattr(record, "is_own", False):
            return True
        who = fields.person(record)
        if who is None:
            return False
        seen_by = accounts_named(str(getattr(record, "account", "")), self._site.clients)
        servers = {client.account.server_id for client in seen_by}
        return any(
            client.account.server_id in servers and client.account.user_id == who.id
            for client in self._site.clients.values()
        )

    def is_of_binding(self, record: AnyRecord) -> bool:
        """Whether a binding did it: a message that one sent, or what an account did as a line of one was carried out."""
        if isinstance(record, MessageRecord):
            return record.id in self._message_ids
        return self.is_own(record) and (self._acting > 0 or self._clock() - self._acted_s < ECHO_S)

    def _take(self, _client: Client, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, MessageAdded) and _is_acting.get() and not change.key.isdigit():
                _keep(self._keys, change.key)
            elif isinstance(change, MessageArrived | OwnMessageArrived):
                nonce = nonce_text(change.message)
                if nonce and key_of_nonce(nonce) in self._keys:
                    _keep(self._message_ids, str(int(change.message.id)))


def _keep(known: OrderedDict[str, None], key: str) -> None:
    known[key] = None
    if len(known) > MAX_KNOWN:
        known.popitem(last=False)
