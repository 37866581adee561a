"""One call: its voice session, its media and its audio joined together, healed by itself, and told of in reports."""

import asyncio
from collections.abc import Callable

import msgspec

from tuichat.protocol.encryption import MODES
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.rtp import SILENCE
from tuichat.protocol.voice_extensions import WEBSOCKET_MEDIA
from tuichat.protocol.voice_gateway import Speaking as SpeakingFlags
from tuichat.translation import N_, _
from tuichat.voice.audio import Audio
from tuichat.voice.call_protocol import (
    MAX_REPORTED_PEOPLE,
    CallChanged,
    CallReport,
    CallState,
    CallStatistics,
    GrantNeeded,
    JoinCall,
    MediaPath,
    PersonStatistics,
    SetCallVoice,
    Speaking,
)
from tuichat.voice.media_link import MediaLink
from tuichat.voice.monotonic import now_ms
from tuichat.voice.redundancy import ProtectionPolicy
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
from tuichat.voice.talk_marks import TalkMarks
from tuichat.voice.transport import Heard, MediaSession
from tuichat.voice.voice_line import OpenSocket, VoiceLine
from tuichat.voice.voice_socket import open_voice_socket

TICK_S = 0.1
SECOND_MS = 1000.0
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


class Call:
    """From a JoinCall to its end. Run `run` as a task; every other call is for the same loop and returns at once."""

    def __init__(
        self,
        request: JoinCall,
        audio: Audio,
        report: Callable[[CallReport], None],
        *,
        open_socket: OpenSocket = open_voice_socket,
    ) -> None:
        self._request = request
        self._audio = audio
        self._report = report
        self._open_socket = open_socket
        self._told: CallChanged | None = None
        self._was_connected = False
        self._is_over = False
        self._refusals = 0
        self._second_ms = 0.0
        self._sleep = SleepWatch()
        self._marks = TalkMarks()
        self._policy = ProtectionPolicy()
        self._left: list[VoiceLine] = []
        self._begin(request)

    def _begin(self, request: JoinCall) -> None:
        self._line = VoiceLine(_grant_of(request), request.address, self._take_order, self._open_socket)
        self._media: MediaSession | None = None
        self._link: MediaLink | None = None
        self._offer: MediaOffered | None = None
        self._trouble = ""
        self._rtt_ms: float | None = None
        self._users: dict[int, int] = {}  # by SSRC
        self._priorities: frozenset[int] = frozenset()
        self._flags = 0  # what the server was told last of one's own speaking
        self._counted = (0, 0)  # bytes sent and received until the last statistics

    @property
    def _is_direct(self) -> bool:
        return self._request.address.proxy_url is None

    @property
    def call_id(self) -> int:
        return self._request.call_id

    async def run(self) -> None:
        """Be in the call until cancelled or given up. The voice server is told of the end."""
        self._take_part()
        self._line.start()
        try:
            while not self._is_over:
                await asyncio.sleep(TICK_S)
                self._tick()
        finally:
            self._audio.stop()
            if self._link is not None:
                self._link.close()
            await asyncio.gather(*(line.close() for line in (*self._left, self._line)))

    # What the screen asks

    def regrant(self, request: JoinCall) -> None:
        """Go on by another grant: another channel, another voice server, or a session that had to be renewed."""
        self._line.leave()
        self._left = [*self._left[-8:], self._line]
        if self._link is not None:
            self._link.close()
        for user_id in (*self._marks.speaking, *self._users.values()):
            self._forget_person(user_id)
        self._request = request
        self._begin(request)
        self._take_part()
        self._line.start()

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

    def send_frame(self, payload: bytes, timestamp: int, is_speech: bool) -> None:
        """Send one frame of the microphone."""
        link, request = self._link, self._request
        if link is None or (is_speech and request.is_muted):
            return
        if is_speech:
            self._announce(SpeakingFlags.MICROPHONE | (SpeakingFlags.PRIORITY if request.is_priority else 0))
        link.send(payload, timestamp, is_speech=is_speech)
        self._mark(request.user_id, is_speech=is_speech, now=now_ms())

    def _announce(self, flags: int) -> None:
        """Tell the server before the first packet: libraries drop who was not announced."""
        if flags != self._flags:
            self._flags = flags
            self._line.speak(int(flags))

    def _take_part(self) -> None:
        self._audio.set_bitrate(self._request.bitrate)
        self._audio.set_deafened(self._request.is_deafened)
        self._audio.set_muted(self._request.is_muted)
        if self._request.is_muted:
            self._mark_silent(self._request.user_id)

    # What the voice session tells

    def _take_order(self, order: Order) -> None:
        match order:
            case Open(_, reason):
                self._trouble = reason
            case MediaOffered():
                self._take_offer(order)
            case MediaAgreed():
                self._agree(order)
            case SessionResumed():
                self._refusals = self._flags = 0
                if self._link is not None:
                    self._link.resumed(now_ms())
            case SpeakerSeen():
                self._see_speaker(order)
            case PersonLeft(user_id):
                self._forget_person(user_id)
            case Media(packet):
                if self._link is not None:
                    self._link.take_piped(packet, now_ms())
            case RttMeasured(rtt_ms):
                self._rtt_ms = float(rtt_ms)
                if self._link is not None:
                    self._link.signaling_answered(now_ms())
            case GrantRefused():
                self._lose_grant(order)
            case GivenUp(reason):
                self._fail(reason)
        if not isinstance(order, Media):
            self._tell_state()

    def _take_offer(self, offer: MediaOffered) -> None:
        mode = next((mode for mode in MODES if mode in offer.modes), None)
        if mode is None:
            self._line.leave()
            self._fail(_(NO_MODE))
            return
        if self._link is not None:
            self._link.close()
        self._offer, self._flags, self._counted = offer, 0, (0, 0)
        self._media = MediaSession(offer.ssrc, offer.features)
        self._link = MediaLink(
            self._media,
            self._line,
            self._audio,
            self._policy,
            server=(offer.ip, offer.port),
            mode=mode,
            can_use_websocket=WEBSOCKET_MEDIA in offer.features,
            may_use_udp=self._is_direct,
            on_heard=self._hear,
            now=now_ms(),
        )

    def _agree(self, agreed: MediaAgreed) -> None:
        if self._link is None:
            return
        try:
            self._link.agree(agreed.mode, agreed.key, now_ms())
        except ProtocolError as error:
            self._line.leave()
            self._fail(str(error))
            return
        self._refusals = self._flags = 0
        if not self._was_connected:
            self._was_connected = True
            self._audio.start()

    def _see_speaker(self, seen: SpeakerSeen) -> None:
        self._users[seen.ssrc] = seen.user_id
        others = self._priorities - {seen.user_id}
        self._set_priorities(others | {seen.user_id} if seen.is_priority else others)

    def _set_priorities(self, user_ids: frozenset[int]) -> None:
        if user_ids != self._priorities:
            self._priorities = user_ids
            self._audio.set_priority(user_ids)

    def _forget_person(self, user_id: int) -> None:
        for ssrc in [ssrc for ssrc, known in self._users.items() if known == user_id]:
            del self._users[ssrc]
            if self._media is not None:
                self._media.forget(ssrc)
        self._set_priorities(self._priorities - {user_id})
        self._audio.forget(user_id)
        self._mark_silent(user_id)

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

    def _hear(self, heard: Heard, now: float) -> None:
        user_id = self._users.get(heard.header.ssrc)
        if user_id is not None:
            self._mark(user_id, is_speech=not heard.payload.endswith(SILENCE), now=now)
        self._audio.receive(user_id, heard.header, heard.payload, now)

    # Time

    def _tick(self) -> None:
        now = now_ms()
        if self._sleep.note(*clocks()):
            self._line.reconnect(_("this computer slept"))
            if self._link is not None:
                self._link.reopen(now)
        self._line.tick()
        if self._link is not None:
            self._link.tick(now)
        for user_id in self._marks.expire(now):
            self._tell_silent(user_id)
        if now >= self._second_ms:
            self._second_ms = now + SECOND_MS
            self._each_second(now)
        self._tell_state()

    def _each_second(self, now: float) -> None:
        if self._link is None or self._media is None or not self._media.is_agreed:
            return
        self._link.each_second(now)
        if self._media.needs_new_key:
            self.regrant(self._request)
        elif self._told is not None and self._told.state is CallState.CONNECTED:
            self._report(self._statistics(self._link, self._media, now))

    # What is told

    def _tell_state(self) -> None:
        if self._is_over:
            return
        told = self._state_now(now_ms())
        if told != self._told:
            self._told = told
            self._report(told)

    def _state_now(self, now: float) -> CallChanged:
        link, call_id = self._link, self._request.call_id
        path = link.path if link is not None else MediaPath.NONE
        mode = link.mode if link is not None and path is not MediaPath.NONE else ""
        if link is not None and path is MediaPath.UDP and not link.is_silent(now):
            # Voice flows while the WebSocket may be coming back: nobody need hear of that.
            return CallChanged(call_id=call_id, state=CallState.CONNECTED, path=path, mode=mode)
        if path is MediaPath.WEBSOCKET and self._line.is_ready:
            sentence = _(WEBSOCKET_SENTENCE if self._is_direct else PROXY_SENTENCE)
            return CallChanged(call_id=call_id, state=CallState.CONNECTED, sentence=sentence, path=path, mode=mode)
        sentence = ""
        if not self._line.is_ready:
            sentence = _sentence(self._trouble)
        elif path is MediaPath.UDP:
            sentence = _(SILENT_SENTENCE)
        elif link is not None and link.is_stuck and self._offer is not None:
            sentence = _(STUCK_SENTENCE if self._is_direct else UDP_ALONE_SENTENCE).format(port=self._offer.port)
        state = CallState.REJOINING if self._was_connected else CallState.CONNECTING
        return CallChanged(call_id=call_id, state=state, sentence=sentence, path=path, mode=mode)

    def _mark(self, user_id: int, *, is_speech: bool, now: float) -> None:
        if self._marks.note(user_id, is_speech=is_speech, now_ms=now):
            is_own = user_id == self._request.user_id
            is_priority = self._request.is_priority if is_own else user_id in self._priorities
            self._report(Speaking(self._request.call_id, user_id, True, is_priority))

    def _mark_silent(self, user_id: int) -> None:
        if self._marks.forget(user_id):
            self._tell_silent(user_id)

    def _tell_silent(self, user_id: int) -> None:
        if user_id == self._request.user_id:
            self._announce(0)
        self._report(Speaking(self._request.call_id, user_id, False))

    def _statistics(self, link: MediaLink, media: MediaSession, now: float) -> CallStatistics:
        audio = self._audio.statistics(now)
        people = tuple(
            PersonStatistics(
                user_id=each.user_id,
                loss=each.loss_percent / 100,
                concealed=each.concealed_percent / 100,
                jitter_ms=each.jitter_ms,
                delay_ms=each.delay_ms,
            )
            for each in audio.speakers[:MAX_REPORTED_PEOPLE]
            if each.user_id is not None
        )
        (sent, received), self._counted = self._counted, (media.sent_bytes, media.received_bytes)
        return CallStatistics(
            call_id=self._request.call_id,
            rtt_ms=media.rtt_ms if link.path is MediaPath.UDP and media.rtt_ms is not None else self._rtt_ms,
            jitter_ms=max((each.jitter_ms for each in people), default=0.0),
            loss=max((each.loss for each in people), default=0.0),
            concealed=max((each.concealed for each in people), default=0.0),
            sent_loss=link.sent_loss,
            redundancy=media.redundancy,
            sent_bytes_s=media.sent_bytes - sent,
            received_bytes_s=media.received_bytes - received,
            latest_tick_ms=audio.latest_tick_ms,
            underruns=audio.playback_underruns,
            people=people,
        )


def _grant_of(request: JoinCall) -> Grant:
    return Grant(
        server_id=request.server_id,
        channel_id=request.channel_id,
        user_id=request.user_id,
        session_id=request.session_id,
        token=request.token,
    )


def _sentence(clause: str) -> str:
    """Return a clause as a sentence: a capital letter first, a full stop last."""
    text = clause[:1].upper() + clause[1:]
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
