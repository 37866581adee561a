"""Tells of calls as records: who rings, who joins and leaves, and how an account mutes itself."""

from collections.abc import Callable
from typing import Literal

from tuichat.automation.recording import person_record, place_record
from tuichat.automation.records import AnyRecord, CallRecord
from tuichat.automation.site import Site
from tuichat.client.change import CallsChanged, Change, VoiceChanged, VoiceStateChanged
from tuichat.client.client import Client
from tuichat.client.own_call import SelfVoice
from tuichat.commands.naming.address import account_label

What = Literal["ringing", "joined", "left", "muted", "unmuted", "deafened", "undeafened"]


class CallEvents:
    """Knows of each account what rings and how it takes part, and tells what is new."""

    def __init__(self, site: Site, put: Callable[[AnyRecord], None]) -> None:
        self._site = site
        self._put = put
        self._ringing: dict[str, frozenset[int]] = {}
        self._own: dict[str, SelfVoice] = {}
        for key, client in site.clients.items():
            self._ringing[key] = _ringing(client)
            self._own[key] = client.voice.own

    def take(self, client: Client, change: Change) -> None:
        match change:
            case VoiceStateChanged():
                self._tell_moved(client, change)
            case CallsChanged():
                self._tell_ringing(client)
            case VoiceChanged():
                self._tell_own(client)

    def _tell_moved(self, client: Client, change: VoiceStateChanged) -> None:
        left = None if change.before is None else change.before.channel_id
        joined = None if change.now is None else change.now.channel_id
        if left == joined or change.user_id in client.state.unheard_ids:
            return
        if left is not None:
            self._tell(client, "left", left, change.user_id)
        if joined is not None:
            self._tell(client, "joined", joined, change.user_id)

    def _tell_ringing(self, client: Client) -> None:
        before, now = self._ringing.get(client.key, frozenset()), _ringing(client)
        self._ringing[client.key] = now
        for channel_id in sorted(now - before):
            self._tell(client, "ringing", channel_id, None)

    def _tell_own(self, client: Client) -> None:
        before, now = self._own.get(client.key, SelfVoice()), client.voice.own
        self._own[client.key] = now
        me = client.state.me
        if me is None:
            return
        call = client.voice.call
        place = call.channel_id if call is not None and not call.is_over else None
        if before.is_muted != now.is_muted:
            self._tell(client, "muted" if now.is_muted else "unmuted", place, me.id)
        if before.is_deafened != now.is_deafened:
            self._tell(client, "deafened" if now.is_deafened else "undeafened", place, me.id)

    def _tell(self, client: Client, what: What, channel_id: int | None, user_id: int | None) -> None:
        me = client.state.me
        self._put(
            CallRecord(
                account=account_label(client, self._site.clients),
                channel=None if channel_id is None else place_record(client, channel_id, self._site.clients),
                what=what,
                person=None if user_id is None else person_record(client, user_id),
                is_own=me is not None and user_id == me.id,
            )
        )


def _ringing(client: Client) -> frozenset[int]:
    me = client.state.me
    if me is None:
        return frozenset()
    return frozenset(int(key) for key, call in client.state.calls.items() if me.id in call.ringing_ids)
