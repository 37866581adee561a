"""How a running tuichat is, as a record: accounts, what is new, the call and one's part in it."""

from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec import UNSET

from tuichat.automation.recording import place_record
from tuichat.automation.records import AccountStatus, CallStatus, RoomStatus, SoundStatus, StatusRecord
from tuichat.automation.site import RunningSite
from tuichat.client import notice_levels
from tuichat.client.client import Client
from tuichat.client.notice import is_busy
from tuichat.client.state import Connection, State
from tuichat.client.voice_desk import VoiceView
from tuichat.commands.naming.address import account_label
from tuichat.protocol.channel import ChannelType
from tuichat.text.quiet_hours import is_quiet
from tuichat.text.safe_text import safe_line
from tuichat.voice.call_protocol import MediaPath

Now = Callable[[], datetime]

WAY_NAMES = {MediaPath.UDP: "direct", MediaPath.RELAYED: "ssh", MediaPath.WEBSOCKET: "websocket"}
"""What programs are told of the way of a call's packets from a laptop."""


def local_now() -> datetime:
    return datetime.now().astimezone()


class StatusMaker:
    """Knows since when one is in a call: it has to be told of the call's changes with `look`."""

    def __init__(self, site: RunningSite, now: Now = local_now) -> None:
        self._site = site
        self._now = now
        self._call: tuple[str, int] | None = None
        self._since = ""
        self.look()

    def look(self) -> None:
        """Take note of the call as it is now."""
        view = self._site.desk.view if self._site.desk is not None else VoiceView()
        call = (view.account_key, view.channel_id) if view.is_in_call and view.channel_id is not None else None
        if call != self._call:
            self._call = call
            self._since = self._now().isoformat(timespec="seconds")

    def make(self) -> StatusRecord:
        site = self._site
        typed = site.typed_context()
        view = site.desk.view if site.desk is not None else VoiceView()
        accounts = tuple(self._account(client) for client in site.clients.values())
        is_open = typed.client is not None and typed.channel_id is not None
        wanted = site.settings.notifications
        return StatusRecord(
            accounts=accounts,
            channel=place_record(typed.client, typed.channel_id, site.clients)
            if is_open and typed.client is not None and typed.channel_id is not None
            else None,
            unread=sum(each.unread for each in accounts),
            mentions=sum(each.mentions for each in accounts),
            do_not_disturb=wanted.do_not_disturb
            or is_quiet(wanted.quiet_hours, self._now())
            or (typed.client is not None and is_busy(typed.client.state)),
            call=self._call_status(view),
            room=self._room_status(view),
            sound=_sound_status(view),
        )

    def _account(self, client: Client) -> AccountStatus:
        state = client.state
        seen = state.me is not None and state.me.id in state.presences
        return AccountStatus(
            account=account_label(client, self._site.clients),
            is_connected=state.connection is Connection.READY,
            text=state.connection_note,
            status=state.status(state.me.id) if seen and state.me is not None else state.settings.status,
            unread=sum(_is_new(state, channel_id) for channel_id in _own_channels(state)),
            mentions=sum(map(state.mention_count, state.channels)),
        )

    def _call_status(self, view: VoiceView) -> CallStatus | None:
        client = self._site.clients.get(view.account_key)
        if client is None or not view.is_in_call or view.channel_id is None:
            return None
        return CallStatus(
            account=account_label(client, self._site.clients),
            channel=place_record(client, view.channel_id, self._site.clients),
            stage=view.stage.value,
            since=self._since,
            is_muted=view.is_muted,
            is_deafened=view.is_deafened,
            is_muted_by_others=view.is_server_muted or view.is_suppressed,
            is_heard=view.is_sending and not view.is_silent,
            is_talking=view.is_talking,
            gate=view.gate,
            people=len(view.people),
            speaking=tuple(each.name for each in view.people if each.is_speaking),
        )

    def _room_status(self, view: VoiceView) -> RoomStatus | None:
        client = self._site.clients.get(view.account_key)
        if client is None or not view.is_in_call or view.channel_id is None:
            return None
        channel = client.state.channels.get(view.channel_id)
        if channel is None or channel.type != ChannelType.STAGE:
            return None
        room = client.live_rooms.view(view.channel_id)
        if not room.is_live:
            return None
        return RoomStatus(
            topic=room.topic,
            part="host" if room.is_host else "speaker" if room.is_speaker else "listener",
            has_asked=room.has_asked,
            is_invited=room.is_invited,
            listeners=room.listeners,
        )


def _sound_status(view: VoiceView) -> SoundStatus | None:
    place = view.place
    if not place.is_laptop:
        return None
    return SoundStatus(
        laptop=place.name, state=place.state.value, way=WAY_NAMES.get(view.path), text=safe_line(place.sentence)
    )


def _own_channels(state: State) -> Iterator[int]:
    """Yield the channels that call: those of the guilds, the threads that one has joined, private ones."""
    yield from state.private_channel_ids
    for guild in state.guilds.values():
        yield from guild.channel_ids
        for thread_id in guild.thread_ids:
            thread = state.channels.get(thread_id)
            if thread is not None and thread.member is not UNSET:
                yield thread_id


def _is_new(state: State, channel_id: int) -> bool:
    return notice_levels.shows_unread(state, channel_id) or state.mention_count(channel_id) > 0
