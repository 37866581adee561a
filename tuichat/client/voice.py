"""An account's own place in voice: joins, moves and leaves, and keeps the place over whatever happens to the gateway."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from itertools import count
from typing import Protocol

import msgspec

from tuichat.client import stage_part
from tuichat.client.call_rings import CallRings
from tuichat.client.change import Change, MutedByHost, RoomCall, RoomCalled, SpeakingChanged, VoiceChanged
from tuichat.client.endpoint import Endpoint
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.own_call import OwnCall, SelfVoice
from tuichat.client.place_claim import PlaceClaim
from tuichat.client.rest import Rest
from tuichat.client.state import Connection, State
from tuichat.client.voice_address import voice_address
from tuichat.client.voice_entry import check_may_join
from tuichat.client.voice_moderation import VoiceModeration
from tuichat.client.voice_part import own_voice_state, part_taken
from tuichat.client.voice_way import WayFinder
from tuichat.protocol import gateway
from tuichat.protocol.call import VoiceServerUpdate
from tuichat.protocol.dispatch.channel import ChannelUpdate
from tuichat.protocol.dispatch.voice import VoiceRefused, VoiceStateUpdate
from tuichat.protocol.json import printable
from tuichat.protocol.live_room import HostMuted
from tuichat.protocol.snowflake import Snowflake
from tuichat.translation import _
from tuichat.voice.call_line import CallHolder
from tuichat.voice.call_protocol import (
    CallChanged,
    CallReport,
    CallState,
    CallStatistics,
    GrantNeeded,
    JoinCall,
    SetCallVoice,
    Speaking,
)

logger = logging.getLogger(__name__)

_call_ids = count(1)


class VoiceLink(Protocol):
    """The line to the call agent, one for all accounts: `voice.call_line.CallLine`."""

    def join_call(self, request: JoinCall, holder: CallHolder) -> None: ...

    def leave_call(self, holder: CallHolder) -> None: ...

    def set_call_voice(self, request: SetCallVoice, holder: CallHolder) -> None: ...

    def network_changed(self) -> None: ...


class Voice:
    """One account's. All calls are for the client's loop; changes are told as VoiceChanged and SpeakingChanged.

    `link` is set by whoever has an audio engine; without one a call cannot be joined. `endpoint` says how the server is
    reached now, `seek` has the gateway try at once to come back, `drop` has it find out soon whether its connection still lives.
    """

    def __init__(
        self,
        state: State,
        rest: Rest,
        emit: Callable[[Sequence[Change]], None],
        *,
        command: Callable[[gateway.CommandPayload], None],
        endpoint: Callable[[], Endpoint],
        seek: Callable[[], None],
        drop: Callable[[], None],
    ) -> None:
        self._state = state
        self._emit = emit
        self._command = command
        self._endpoint = endpoint
        self._drop = drop
        self.moderation = VoiceModeration(rest)
        self.rings = CallRings(rest)
        self.way = WayFinder(state, rest)
        self.link: VoiceLink | None = None
        self.own = SelfVoice()
        self.call: OwnCall | None = None
        self.speaking: dict[int, bool] = {}  # who in the call speaks, and whether with priority
        self._call_id = 0
        self._moved = asyncio.Event()  # one's place may be another since
        self._claim = PlaceClaim(state, ask=self._ask, seek=seek, drop=drop, fail=self._fail)

    # What is shown

    @property
    def is_in_call(self) -> bool:
        """Whether there is a call that goes on, or is on its way."""
        return self.call is not None and not self.call.is_over

    @property
    def ringing_channels(self) -> list[int]:
        """The private channels whose call rings here: it can be accepted (`join`) or declined."""
        state, me = self._state, self._state.me
        return [
            channel_id
            for channel_id, call in state.calls.items()
            if me and me.id in call.ringing_ids and channel_id in state.channels
        ]

    def is_calling(self, channel_id: int) -> bool:
        """Whether one is in the call of this channel."""
        return self.call is not None and not self.call.is_over and self.call.channel_id == channel_id

    # What the user does

    def join(self, guild_id: int | None, channel_id: int) -> None:
        """Join a voice channel, or the call of a private channel (`guild_id` None), or move there from another.

        Raises ClientError where it is known already that this cannot be. How it goes on, `call` tells.
        """
        if self.link is None:
            raise RefusedError(_("Voice is off here: voice.enabled is false in the settings."))
        check_may_join(self._state, guild_id, channel_id)
        if self.is_calling(channel_id):
            return
        earlier = self.call if self.is_in_call else None
        if earlier is None or earlier.server_id != (channel_id if guild_id is None else guild_id):
            if earlier is not None:
                self.leave()
            self._call_id = next(_call_ids)
        self.call = OwnCall(guild_id=guild_id, channel_id=channel_id)
        self._claim.begin()
        self._changed()

    async def start_call(self, channel_id: int) -> None:
        """Call the people of a private channel: join its call and ring them."""
        self.join(None, channel_id)
        while not self._is_there(channel_id):  # a server rings for a call that goes on, and for no other
            if not self.is_calling(channel_id):
                return  # `call` says why
            await self._moved.wait()
            self._moved.clear()
        await self.rings.ring(channel_id)

    def _is_there(self, channel_id: int) -> bool:
        """Whether the gateway has told that one is in a private call."""
        call, me = self._state.calls.get(channel_id), self._state.me
        return call is not None and me is not None and me.id in call.voice_states

    async def decline(self, channel_id: int) -> None:
        """Have a call not ring here any more."""
        await self.rings.stop_ringing(channel_id)

    def leave(self) -> None:
        """Leave the call; harmless without one."""
        call = self.call
        if call is None or call.is_over:
            self.call = None
            self._changed()
            return
        self._end(CallState.LEFT, "")
        self._tell_gateway(None, call)

    def give_up(self, sentence: str) -> None:
        """Leave the call, and have it say why and what to do; harmless without one."""
        self._fail(sentence)

    def set_muted(self, is_muted: bool) -> None:
        """Mute or unmute oneself; unmuting a deafened self undeafens it, too."""
        own = msgspec.structs.replace(self.own, is_muted=is_muted)
        self._set_own(own if is_muted else msgspec.structs.replace(own, is_deafened=False))

    def take_part(self, own: SelfVoice) -> None:
        """Mute, deafen and so on in one step."""
        is_told = (own.is_muted, own.is_deafened) != (self.own.is_muted, self.own.is_deafened)
        self._set_own(own, is_told=is_told)

    def set_deafened(self, is_deafened: bool) -> None:
        """Hear nobody (and be heard by nobody), or hear them again, muted as before."""
        self._set_own(msgspec.structs.replace(self.own, is_deafened=is_deafened))

    def set_priority(self, is_priority: bool) -> None:
        """Speak so that others are lowered. The server allows it to those with that permission."""
        self._set_own(msgspec.structs.replace(self.own, is_priority=is_priority), is_told=False)

    def _set_own(self, own: SelfVoice, *, is_told: bool = True) -> None:
        if own == self.own:
            return
        self.own = own
        call = self.call
        if call is not None and not call.is_over:
            if is_told:
                self._tell_gateway(call.channel_id, call)
            self._tell_agent()
        self._changed()

    # What the gateway tells

    def take_event(self, event: msgspec.Struct) -> None:
        """Take a dispatch after the state has it."""
        self._moved.set()
        match event:
            case VoiceServerUpdate():
                self._take_server(event)
            case VoiceStateUpdate():
                self._take_own_state(event)
            case HostMuted():
                self._take_host_mute(event)
            case VoiceRefused():
                self._take_refusal(event)
            case ChannelUpdate() if self.is_calling(event.id):
                self._tell_agent()

    def session_ready(self, *, is_fresh: bool) -> None:
        """The gateway is there again. A fresh session has no place in voice: the one that is kept is taken again."""
        call = self.call
        if call is None or call.is_over:
            return
        if call.channel_id not in self._state.channels:
            self._end(CallState.FAILED, _("The channel that you were in is gone."))
            return
        if is_fresh or self._claim.is_asked:
            self._claim.ask()
        elif self.link is not None:
            self.link.network_changed()

    def connection_lost(self) -> None:
        """The gateway is away: while there is a call it is tried again without a back-off."""
        self._claim.connection_lost()

    def close(self) -> None:
        """The account is let go of."""
        self._claim.end()
        if self.link is not None:
            self.link.leave_call(self)
        if self.is_in_call and self._state.connection is Connection.READY and self.call is not None:
            self._tell_gateway(None, self.call)
        self.call = None

    # What the agent tells

    def take_report(self, report: CallReport) -> None:
        call = self.call
        if call is None or report.call_id != self._call_id or call.is_over:
            return
        match report:
            case CallChanged():
                self._take_call_state(call, report)
            case CallStatistics():
                self.call = msgspec.structs.replace(call, statistics=report)
                self._changed()
            case Speaking():
                self._take_speaking(report)
            case GrantNeeded(_, reason, is_put_out):
                logger.info("the voice server wants a fresh grant: %s", reason)
                self._claim.renew(is_put_out=is_put_out)

    def call_taken(self) -> None:
        call = self.call
        if call is not None and not call.is_over:
            self._end(CallState.LEFT, _("You joined a call with another account."))
            self._tell_gateway(None, call)

    def _take_call_state(self, call: OwnCall, report: CallChanged) -> None:
        if report.state is CallState.FAILED:
            self._fail(report.sentence)
            return
        self.call = msgspec.structs.replace(
            call, state=report.state, sentence=report.sentence, path=report.path, mode=report.mode
        )
        if report.state is CallState.CONNECTED:
            self._claim.prosper()
        else:
            self._forget_speaking()
            if report.state is CallState.REJOINING and call.state is CallState.CONNECTED:
                self._drop()  # what broke the call may have broken the gateway's line, too
        self._changed()

    def _take_speaking(self, report: Speaking) -> None:
        if report.is_speaking:
            self.speaking[report.user_id] = report.is_priority
        else:
            self.speaking.pop(report.user_id, None)
        self._emit([SpeakingChanged(report.user_id)])

    # The place and its grant

    def _take_server(self, event: VoiceServerUpdate) -> None:
        call = self.call
        told = event.guild_id if isinstance(event.guild_id, int) else event.channel_id
        if call is None or call.is_over or (isinstance(told, int) and told != call.server_id):
            return
        self._claim.take_server(event)
        if event.endpoint is None:
            self._note(_("The voice server is being changed; you are connected again as soon as there is one."))
        self._give_grant()

    def _take_own_state(self, event: VoiceStateUpdate) -> None:
        call, me = self.call, self._state.me
        guild_id = event.guild_id if isinstance(event.guild_id, int) else None
        if me is None or event.user_id != me.id or call is None or call.is_over or guild_id != call.guild_id:
            return
        if event.session_id != self._state.session_id:
            if event.channel_id is not None:
                self._end(CallState.LEFT, _("You joined voice from another place."))
            return
        if event.channel_id is None:
            if not self._claim.is_asked:
                self._put_out(call, guild_id)
            return
        if event.channel_id != call.channel_id and self._claim.is_asked:
            return  # from before what was asked for
        self.call = msgspec.structs.replace(
            call,
            channel_id=event.channel_id,
            was_moved=call.was_moved or event.channel_id != call.channel_id,
            is_muted_by_moderator=event.mute,
            is_deafened_by_moderator=event.deaf,
            is_suppressed=event.suppress or stage_part.is_asked_up(event),  # who is asked up has to accept first
        )
        self._changed()
        self._give_grant()
        self._tell_agent()

    def _take_host_mute(self, event: HostMuted) -> None:
        """A host has muted one, as one could oneself: from now one is muted until one unmutes oneself."""
        call, me = self.call, self._state.me
        if me is None or event.user_id != me.id or call is None or call.is_over or event.channel_id != call.channel_id:
            return
        self.own = msgspec.structs.replace(self.own, is_muted=True)
        self._tell_agent()
        self._emit([MutedByHost()])
        self._changed()

    def _put_out(self, call: OwnCall, guild_id: int | None) -> None:
        """Others ended one's being here: on a stage that is live, a host did."""
        room = self._state.room(call.channel_id) if guild_id is not None else None
        if room is None or guild_id is None:
            self._end(CallState.LEFT, _("You were disconnected from the voice channel."))
            return
        self._end(CallState.LEFT, _("You were put out of the room."))
        told = RoomCalled(
            guild_id=guild_id,
            channel_id=call.channel_id,
            call=RoomCall.PUT_OUT,
            topic=room.room.topic,
            channel_name=self._state.channel_name(call.channel_id),
        )
        self._emit([told])

    def _take_refusal(self, event: VoiceRefused) -> None:
        """A server of ours says why it does not let one in; others say nothing (`_no_answer`)."""
        call = self.call
        if call is None or not self._claim.is_asked or event.channel_id != call.channel_id:
            return
        reason = printable(event.message)
        self._fail(_("The server does not let you in: {reason}").format(reason=reason))

    def _give_grant(self) -> None:
        """Hand the agent the place as soon as the gateway has told both halves of it."""
        call, me = self.call, self._state.me
        own = None if call is None else own_voice_state(self._state, call)
        if call is None or own is None or me is None or self.link is None:
            return
        server = self._claim.pair(own, call.channel_id)
        if server is None:
            return
        try:
            address = voice_address(self._endpoint(), server.endpoint or "", self._state.features)
        except ClientError as error:
            self._fail(str(error))
            return
        taking = part_taken(self._state, call, self.own)
        self.link.join_call(
            JoinCall(
                call_id=self._call_id,
                address=address,
                server_id=int(call.server_id),
                channel_id=int(call.channel_id),
                user_id=int(me.id),
                session_id=own.session_id,
                token=server.token,
                bitrate=taking.bitrate,
                is_muted=taking.is_muted,
                is_deafened=taking.is_deafened,
                is_priority=taking.is_priority,
            ),
            self,
        )

    def _tell_agent(self) -> None:
        call = self.call
        if self.link is not None and self._claim.is_given and call is not None and not call.is_over:
            self.link.set_call_voice(part_taken(self._state, call, self.own), self)

    def _ask(self) -> None:
        if self.call is not None:
            self._tell_gateway(self.call.channel_id, self.call)

    def _tell_gateway(self, channel_id: int | None, call: OwnCall) -> None:
        if self._state.connection is not Connection.READY:
            return
        try:
            self._command(
                gateway.VoiceStateUpdate(
                    guild_id=None if call.guild_id is None else Snowflake(call.guild_id),
                    channel_id=None if channel_id is None else Snowflake(channel_id),
                    self_mute=self.own.is_silent,
                    self_deaf=self.own.is_deafened,
                )
            )
        except ClientError as error:
            logger.warning("op 4 was not sent: %s", error)

    # Ends

    def _fail(self, sentence: str) -> None:
        """The place cannot be had; where it was before a move one is no longer either."""
        call = self.call
        if call is not None and not call.is_over:
            self._end(CallState.FAILED, sentence)
            self._tell_gateway(None, call)

    def _end(self, state: CallState, sentence: str) -> None:
        """The call is over here; the gateway is told by whoever calls this, where it does not know."""
        assert self.call is not None
        self._claim.end()
        self.call = msgspec.structs.replace(self.call, state=state, sentence=sentence, statistics=None)
        self._forget_speaking()
        if self.link is not None:
            self.link.leave_call(self)
        self._changed()

    def _note(self, sentence: str) -> None:
        if self.call is not None:
            self.call = msgspec.structs.replace(self.call, state=CallState.REJOINING, sentence=sentence)
            self._changed()

    def _forget_speaking(self) -> None:
        quiet, self.speaking = self.speaking, {}
        if quiet:
            self._emit([SpeakingChanged(user_id) for user_id in quiet])

    def _changed(self) -> None:
        self._moved.set()
        self._emit([VoiceChanged()])
