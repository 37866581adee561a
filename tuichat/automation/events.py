"""Tells what happens to the accounts of a script as records: messages that arrive, connections that come and go."""

from collections.abc import Callable, Sequence

from tuichat.automation.headless import Headless
from tuichat.automation.recording import message_record
from tuichat.automation.records import AnyRecord, ConnectionRecord, MessageRecord
from tuichat.client.change import Change, ConnectionChanged, MessageArrived
from tuichat.client.client import Client
from tuichat.client.state import Connection
from tuichat.commands.address import account_label


class Events:
    """Tells `put` of each event from now, until `close`. What an account itself writes is none."""

    def __init__(self, accounts: Headless, put: Callable[[AnyRecord], None]) -> None:
        self._clients = accounts.clients
        self._put = put
        self._is_connected = dict.fromkeys(self._clients, True)
        self.close = accounts.listen(self._take)

    def _take(self, client: Client, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change, MessageArrived):
                self._put(message_record(MessageRecord, client, change.channel_id, change.message, self._clients))
            elif isinstance(change, ConnectionChanged):
                self._tell_connection(client)

    def _tell_connection(self, client: Client) -> None:
        is_connected = client.state.connection is Connection.READY
        if client.key in self._is_connected and self._is_connected[client.key] != is_connected:
            self._is_connected[client.key] = is_connected
            label = account_label(client, self._clients)
            self._put(ConnectionRecord(account=label, is_connected=is_connected, text=client.state.connection_note))
