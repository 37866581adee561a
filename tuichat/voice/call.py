"""One call as its agent holds it: voice session and place in the room, healed by itself, and told of in reports."""

import asyncio
import ipaddress
import logging
from collections.abc import Callable

import msgspec

from tuichat.protocol import rtp
from tuichat.protocol.encryption import MODES
from tuichat.protocol.errors import ProtocolError
from tuichat.translation import N_, _
from tuichat.voice import media_protocol as media
from tuichat.voice.bucket import Bucket
from tuichat.voice.call_protocol import (
    CallChanged,
    CallReport,
    CallState,
    CallStatistics,
    GrantNeeded,
    JoinCall,
    MediaPath,
    SetCallVoice,
    Speaking,
)
from tuichat.voice.media_path import SILENCE_LIMIT_MS
from tuichat.voice.media_protocol import MediaReport, MediaRequest, MediaState, MediaStatistics, Way
from tuichat.voice.monotonic import now_ms, stamp_ms
from tuichat.voice.packet_pairs import PacketPairs
from tuichat.voice.signaling import (
    GivenUp,
    Grant,
    GrantRefused,
    Media,
    MediaAgreed,
    MediaOffered,
    Open,
    Order,
    PersonLeft,
    RttMeasured,
    SessionResumed,
    SpeakerSeen,
)
from tuichat.voice.sleep_watch import SleepWatch, clocks
from tuichat.voice.speaker_marks import SpeakerMarks
from tuichat.voice.udp_socket import UdpSocket
from tuichat.voice.voice_line import OpenSocket, VoiceLine
from tuichat.voice.voice_socket import open_voice_socket

logger = logging.getLogger(__name__)

TICK_S = 0.1
ORDERS, ORDER_EVERY_S = (
    50,
    0.1,
)  # taste: what the ears may tell the voice server; who speaks in single words begins twice a second
KEYS, KEY_EVERY_S = 3, 60.0  # new keys are needed after some 2**32 packets
BROKEN_RELAY_MS = 500.0  # taste: a network that has gone is not there again sooner
MAX_REFUSALS = 4  # grants in a row that the voice server did not take, before that is told

PROXY_SENTENCE = N_("A proxy leads to the voice server: voice goes through its WebSocket, not by UDP.")
UDP_ALONE_SENTENCE = N_(
    "This voice server takes voice by UDP alone, which would go around your proxy: name its host in NO_PROXY to allow that."
)
WEBSOCKET_SENTENCE = N_("UDP is blocked on the way to the voice server: voice goes through its WebSocket.")
STUCK_SENTENCE = N_(
    "The voice server's UDP port {port} gives no answer, so nobody can be heard: a firewall may block UDP on the way."
)
SILENT_SENTENCE = N_("Nothing comes from the voice server any more; trying to reach it again.")
NO_MODE = N_("the voice server offers no encryption that tuichat knows")


_ORDERS = (media.SelectAddress, media.SelectWebSocket, media.ProbeSignaling, media.AnnounceSpeaking)


class Call:
    """From a JoinCall to its end. Run `run` as a task; every other call is for the same loop and returns at once."""

    def __init__(
        self,
        request: JoinCall,
        ask_media: Callable[[MediaRequest], None],
        report: Callable[[CallReport], None],
        *,
        session: int = 0,
        is_remote: Callable[[], bool] = lambda: False,
        open_socket: OpenSocket = open_voice_socket,
    ) -> None:
        """`ask_media` leads to where the ears are, on another machine where `is_remote`; `session` counts those before."""
        self._request = request
        self._ask_media = ask_media
        self.session = session
        self._is_remote = is_remote
        self._report = report
        self._open_socket = open_socket
        self._told: CallChanged | None = None
        self._was_connected = False
        self._is_running = False
        self._is_over = False
        self._refusals = 0
        self._sleep = SleepWatch()
        self._left: list[VoiceLine] = []
        self._orders = Bucket(ORDERS, ORDER_EVERY_S)
        self._keys = Bucket(KEYS, KEY_EVERY_S)
        self._begin(request)

    def _begin(self, request: JoinCall) -> None:
        self._line = VoiceLine(_grant_of(request), request.address, self._take_order, self._open_socket)
        self._mode = ""
        self._marks = SpeakerMarks(request.user_id)
        self._state = MediaState(session=self.session)
        self._relay: UdpSocket | None = None
        self._relayed = PacketPairs(self._give_back)
        self._relay_heard_ms = float("-inf")
        self._relay_opened_ms = float("-inf")
        self._server = ("", 0)
        self._is_ready = False
        self._trouble = ""
        self._rtt_ms: float | None = None

    @property
    def _is_direct(self) -> bool:
        return self._request.address.proxy_url is None

    @property
    def call_id(self) -> int:
        return self._request.call_id

    async def run(self) -> None:
        """Be in the call until cancelled or given up. The voice server is told of the end."""
        self._is_running = True
        self._take_part()
        self._line.start()
        try:
            while not self._is_over:
                await asyncio.sleep(TICK_S)
                self._tick()
        finally:
            self._ask_media(media.EndMedia())
            self._close_relay()
            await asyncio.gather(*(line.close() for line in (*self._left, self._line)))

    # What the screen asks

    def regrant(self, request: JoinCall) -> None:
        """Go on by another grant: another channel, another voice server, or a session that had to be renewed."""
        if not self._is_running:  # `run` begins it
            self._request = request
            self._begin(request)
            return
        self._line.leave()
        self._left = [*self._left[-8:], self._line]
        self._ask_media(media.EndMedia(is_over=False))
        self._close_relay()
        self._request = request
        self.session += 1  # what the ears still say of the one before is of no interest
        self._begin(request)
        self._take_part()
        self._line.start()

    def renew(self) -> None:
        """Begin another voice session by the same grant: the ears are somewhere else now, and know nothing of this one."""
        self.regrant(self._request)

    def set_voice(self, wanted: SetCallVoice) -> None:
        """Mute, deafen and so on."""
        self._request = msgspec.structs.replace(
            self._request,
            is_muted=wanted.is_muted,
            is_deafened=wanted.is_deafened,
            is_priority=wanted.is_priority,
            bitrate=wanted.bitrate,
        )
        self._take_part()

    def network_changed(self) -> None:
        """Do not wait for the next try."""
        self._line.hurry()

    def _take_part(self) -> None:
        request = self._request
        self._ask_media(
            media.TakePart(
                is_muted=request.is_muted,
                is_deafened=request.is_deafened,
                is_priority=request.is_priority,
                bitrate=request.bitrate,
            )
        )

    # What the voice session tells

    def _take_order(self, order: Order) -> None:
        match order:
            case Media(packet):
                if len(packet) > media.MAX_DATAGRAM_BYTES:  # nothing of ours is so long
                    return
                self._ask_media(media.Datagram(Way.WEBSOCKET, stamp_ms(), packet))
                return
            case Open(_, reason):
                self._trouble = reason
            case MediaOffered():
                self._take_offer(order)
            case MediaAgreed(mode, key):
                self._mode = mode
                self._refusals = 0
                self._ask_media(media.MediaAgreed(session=self.session, mode=mode, key=key))
            case SessionResumed():
                self._refusals = 0
                self._tell_signaling(is_resumed=True)
            case SpeakerSeen():
                self._marks.name(order.user_id)
                self._ask_media(media.NameSpeaker(order.ssrc, order.user_id, order.is_priority))
            case PersonLeft(user_id):
                self._marks.forget(user_id)
                self._ask_media(media.ForgetSpeaker(user_id))
            case RttMeasured(rtt_ms):
                self._rtt_ms = float(rtt_ms)
                self._ask_media(media.SignalingAnswered())
            case GrantRefused():
                self._lose_grant(order)
            case GivenUp(reason):
                self._fail(reason)
        self._tell_signaling()
        self._tell_state()

    def _tell_signaling(self, *, is_resumed: bool = False) -> None:
        if is_resumed or self._line.is_ready != self._is_ready:
            self._is_ready = self._line.is_ready
            self._ask_media(media.SignalingState(self._is_ready, is_resumed))

    def _take_offer(self, offer: MediaOffered) -> None:
        mode = next((mode for mode in MODES if mode in offer.modes), None)
        if mode is None:
            self._line.leave()
            self._fail(_(NO_MODE))
            return
        self.session += 1
        self._mode, self._server = mode, (offer.ip, offer.port)
        self._state = MediaState(session=self.session)
        self._marks = SpeakerMarks(self._request.user_id)
        self._is_ready = self._line.is_ready
        self._ask_media(media.SignalingState(self._is_ready))
        is_remote = self._is_remote()
        self._close_relay()
        if is_remote and self._is_direct:
            self._open_relay()
        self._ask_media(
            media.MediaOffer(
                session=self.session,
                user_id=self._request.user_id,
                ssrc=offer.ssrc,
                ip=offer.ip,
                port=offer.port,
                mode=mode,
                features=offer.features,
                may_use_udp=self._is_direct,
                is_remote=is_remote,
                can_relay=is_remote and self._is_direct,
                can_go_direct=not (is_remote and _is_own(offer.ip)),
            )
        )

    # What the ears tell

    def take_media(self, report: MediaReport) -> None:
        """Act on a report; one of an earlier session says nothing any more."""
        if isinstance(report, media.Datagram):
            self._carry(report)
            return
        if report.session != self.session or self._is_over:
            return
        if isinstance(report, _ORDERS) and not self._orders.take(now_ms() / 1000):
            return  # of ears that say more than anybody does; the server hears nothing of it
        match report:
            case media.SelectAddress(_, address, port):
                self._line.select(mode=self._mode, address=address, port=port)
            case media.SelectWebSocket():
                self._line.select_websocket(mode=self._mode)
            case media.ProbeSignaling():
                self._line.probe()
            case media.AnnounceSpeaking(_, flags):
                self._line.speak(flags)
            case media.SpeakerMark(_, user_id, is_speaking, is_priority):
                if self._marks.may_tell(user_id, is_speaking=is_speaking):
                    self._report(Speaking(self._request.call_id, user_id, is_speaking, is_priority))
            case MediaState():
                self._take_state(report)
            case MediaStatistics():
                self._relayed.note_round_trip(report.rtt_ms)
                if self._told is not None and self._told.state is CallState.CONNECTED:
                    self._report(self._statistics(report))

    def _take_state(self, state: MediaState) -> None:
        self._state = state
        if state.problem:
            self._line.leave()
            self._fail(state.problem)
        elif state.needs_new_key:
            if self._keys.take(now_ms() / 1000):
                self.renew()
        elif state.path is not MediaPath.NONE:
            self._was_connected = True
        self._tell_state()

    def _carry(self, datagram: media.Datagram) -> None:
        """Send on what the ears give to this machine's socket."""
        if datagram.way is Way.WEBSOCKET:
            self._line.send_media(datagram.data)
            return
        if self._relay is not None:
            self._relay.send(datagram.data)

    def _open_relay(self) -> None:
        self._close_relay()
        self._relay_opened_ms = now_ms()
        try:
            self._relay = UdpSocket(*self._server, self._relay_back)
        except (ProtocolError, OSError) as error:
            logger.warning("no UDP to the voice server: %s", error)

    def _is_relay_silent(self) -> bool:
        """Whether nothing has come by this machine's UDP for so long that another socket may do better."""
        assert self._relay is not None
        if self._state.path is MediaPath.UDP:  # nobody uses it
            return False
        limit_ms = BROKEN_RELAY_MS if self._relay.is_broken else SILENCE_LIMIT_MS
        return now_ms() - max(self._relay_heard_ms, self._relay_opened_ms) >= limit_ms

    def _close_relay(self) -> None:
        self._relayed.close()
        relay, self._relay = self._relay, None
        if relay is not None:
            relay.close()

    def _relay_back(self, datagram: bytes) -> None:
        self._relay_heard_ms = now_ms()
        if len(datagram) <= media.MAX_DATAGRAM_BYTES:
            is_speech = len(datagram) > rtp.HEADER_BYTES and not rtp.is_rtcp(datagram)
            self._relayed.put(datagram, may_wait=is_speech)

    def _give_back(self, datagram: bytes) -> None:
        self._ask_media(media.Datagram(Way.UDP, stamp_ms(), datagram))

    # The end

    def _lose_grant(self, refused: GrantRefused) -> None:
        self._refusals += 1
        if self._refusals > MAX_REFUSALS:
            self._fail(refused.reason)
            return
        self._trouble = refused.reason
        self._report(GrantNeeded(self._request.call_id, refused.reason, refused.is_put_out))

    def _fail(self, reason: str) -> None:
        self._is_over = True
        sentence = _sentence(_("Voice does not work here: {reason}").format(reason=reason))
        self._report(CallChanged(call_id=self._request.call_id, state=CallState.FAILED, sentence=sentence))

    # Time

    def _tick(self) -> None:
        if self._sleep.note(*clocks()):
            self._line.reconnect(_("this computer slept"))
            if self._relay is not None:
                self._open_relay()
            self._ask_media(media.ReopenMedia())
        elif self._relay is not None and self._is_relay_silent():
            self._open_relay()  # this machine's address may be another one since
        self._line.tick()
        self._tell_signaling()
        self._tell_state()

    # What is told

    def _tell_state(self) -> None:
        if self._is_over:
            return
        told = self._state_now()
        if told != self._told:
            self._told = told
            self._report(told)

    def _state_now(self) -> CallChanged:
        state, call_id = self._state, self._request.call_id
        path = state.path
        mode = self._mode if path is not MediaPath.NONE else ""
        # What the ears do not hear while this machine hears it is held up between the two, which others tell of.
        is_held_up = path is MediaPath.RELAYED and now_ms() - self._relay_heard_ms < SILENCE_LIMIT_MS
        if path in (MediaPath.UDP, MediaPath.RELAYED) and (is_held_up or not state.is_silent):
            # Voice flows while the WebSocket may be coming back: nobody need hear of that.
            return CallChanged(call_id=call_id, state=CallState.CONNECTED, path=path, mode=mode)
        if path is MediaPath.WEBSOCKET and self._line.is_ready:
            sentence = _(WEBSOCKET_SENTENCE if self._is_direct else PROXY_SENTENCE)
            return CallChanged(call_id=call_id, state=CallState.CONNECTED, sentence=sentence, path=path, mode=mode)
        sentence = ""
        if not self._line.is_ready:
            sentence = _sentence(self._trouble)
        elif path in (MediaPath.UDP, MediaPath.RELAYED):
            sentence = _(SILENT_SENTENCE)
        elif state.is_stuck:
            sentence = _(STUCK_SENTENCE if self._is_direct else UDP_ALONE_SENTENCE).format(port=self._server[1])
        call_state = CallState.REJOINING if self._was_connected else CallState.CONNECTING
        return CallChanged(call_id=call_id, state=call_state, sentence=sentence, path=path, mode=mode)

    def _statistics(self, told: MediaStatistics) -> CallStatistics:
        return CallStatistics(
            call_id=self._request.call_id,
            rtt_ms=told.rtt_ms if told.rtt_ms is not None else self._rtt_ms,
            jitter_ms=max((each.jitter_ms for each in told.people), default=0.0),
            loss=max((each.loss for each in told.people), default=0.0),
            concealed=max((each.concealed for each in told.people), default=0.0),
            sent_loss=told.sent_loss,
            redundancy=told.redundancy,
            sent_bytes_s=told.sent_bytes,
            received_bytes_s=told.received_bytes,
            latest_tick_ms=told.latest_tick_ms,
            underruns=told.underruns,
            people=told.people,
        )


def _grant_of(request: JoinCall) -> Grant:
    return Grant(
        server_id=request.server_id,
        channel_id=request.channel_id,
        user_id=request.user_id,
        session_id=request.session_id,
        token=request.token,
    )


def _is_own(ip: str) -> bool:
    """Whether an address means this machine alone, and so another one elsewhere."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified or address.is_link_local


def _sentence(clause: str) -> str:
    """Return a clause as a sentence: a capital letter first, a full stop last."""
    text = clause[:1].upper() + clause[1:]
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
