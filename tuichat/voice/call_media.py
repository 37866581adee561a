"""The half of a call where the ears are: its packets and its audio joined together, as the agent asks for them."""

import asyncio
import logging
from collections.abc import Callable

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.rtp import SILENCE
from tuichat.protocol.voice_gateway import Speaking as SpeakingFlags
from tuichat.translation import _
from tuichat.voice.audio import Audio
from tuichat.voice.call_protocol import MAX_REPORTED_PEOPLE, MediaPath, PersonStatistics
from tuichat.voice.late_filter import LateFilter
from tuichat.voice.media_link import MediaLink
from tuichat.voice.media_protocol import (
    AnnounceSpeaking,
    Datagram,
    EndMedia,
    ForgetSpeaker,
    MediaAgreed,
    MediaOffer,
    MediaReport,
    MediaRequest,
    MediaState,
    MediaStatistics,
    NameSpeaker,
    ReopenMedia,
    SignalingAnswered,
    SignalingState,
    SpeakerMark,
    TakePart,
)
from tuichat.voice.monotonic import always_ms, now_ms
from tuichat.voice.redundancy import ProtectionPolicy
from tuichat.voice.talk_marks import TalkMarks
from tuichat.voice.transport import Heard

logger = logging.getLogger(__name__)

TICK_S = 0.1
SECOND_MS = 1000.0


class CallMedia:
    """Takes MediaRequests and reports MediaReports. All calls are for one loop and return at once."""

    def __init__(self, audio: Audio, report: Callable[[MediaReport], None]) -> None:
        self._audio = audio
        self._report = report
        self._part = TakePart()
        self._offer: MediaOffer | None = None
        self._link: MediaLink | None = None
        self._is_ready = True  # the voice WebSocket
        self._has_begun = False
        self._marks = TalkMarks()
        self._policy = ProtectionPolicy()
        self._late = LateFilter()
        self._users: dict[int, int] = {}  # by SSRC
        self._priorities: frozenset[int] = frozenset()
        self._flags = 0  # what the server was told last of one's own speaking
        self._counted = (0, 0)  # bytes sent and received until the last statistics
        self._told: MediaState | None = None
        self._problem = ""
        self._second_ms = 0.0
        self._clock: asyncio.TimerHandle | None = None

    def receive(self, request: MediaRequest) -> None:
        """Act on one request."""
        match request:
            case Datagram():
                self._take_datagram(request)
                return
            case MediaOffer():
                self._begin(request)
            case MediaAgreed():
                self._agree(request)
            case EndMedia():
                self._end(is_over=request.is_over)
            case TakePart():
                self._take_part(request)
            case NameSpeaker():
                self._name_speaker(request)
            case ForgetSpeaker(user_id):
                self._forget_speaker(user_id)
            case SignalingState(is_ready, is_resumed):
                self._follow_signaling(is_ready=is_ready, is_resumed=is_resumed)
            case SignalingAnswered() if self._link is not None:
                self._link.signaling_answered(now_ms())
            case ReopenMedia() if self._link is not None:
                self._link.reopen(now_ms())
        self._tell_state()

    def send_frame(self, payload: bytes, timestamp: int, is_speech: bool) -> None:
        """Send one frame of the microphone."""
        link, offer = self._link, self._offer
        if link is None or offer is None or (is_speech and self._part.is_muted):
            return
        if is_speech:
            self._announce(SpeakingFlags.MICROPHONE | (SpeakingFlags.PRIORITY if self._part.is_priority else 0))
        link.send(payload, timestamp, is_speech=is_speech)
        self._mark(offer.user_id, is_speech=is_speech, now=now_ms())

    def close(self) -> None:
        """End for good."""
        self._end(is_over=True)

    # What the agent asks.

    def _begin(self, offer: MediaOffer) -> None:
        """Begin a session's media anew."""
        self._end(is_over=False)
        self._offer, self._flags, self._counted, self._problem = offer, 0, (0, 0), ""
        self._late = LateFilter()
        self._link = MediaLink(
            offer,
            self._audio,
            self._policy,
            self._report,
            on_heard=self._hear,
            is_signaling_ready=self._is_ready,
            now=now_ms(),
        )
        self._clock = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _agree(self, agreed: MediaAgreed) -> None:
        if self._link is None or agreed.session != self._link.session:
            return
        try:
            self._link.agree(agreed.mode, agreed.key, now_ms())
        except ProtocolError as error:
            self._problem = str(error)
            return
        self._flags = 0
        if not self._has_begun:
            self._has_begun = True
            self._audio.start()

    def _end(self, *, is_over: bool) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
        for user_id in (*self._marks.speaking, *self._users.values()):
            self._forget_speaker(user_id)
        if self._link is not None:
            self._link.close()
        self._link = self._offer = self._told = None
        if is_over:
            self._policy = ProtectionPolicy()
            if self._has_begun:
                self._has_begun = False
                self._audio.stop()

    def _take_part(self, part: TakePart) -> None:
        self._part = part
        self._use_bitrate()
        self._audio.set_deafened(part.is_deafened)
        self._audio.set_muted(part.is_muted)
        if part.is_muted and self._offer is not None:
            self._mark_silent(self._offer.user_id)

    def _use_bitrate(self) -> None:
        wished = self._part.bitrate
        self._audio.set_bitrate(wished if self._link is None else self._link.bitrate(wished, now_ms()))

    def _name_speaker(self, named: NameSpeaker) -> None:
        self._users[named.ssrc] = named.user_id
        others = self._priorities - {named.user_id}
        self._set_priorities(others | {named.user_id} if named.is_priority else others)

    def _set_priorities(self, user_ids: frozenset[int]) -> None:
        if user_ids != self._priorities:
            self._priorities = user_ids
            self._audio.set_priority(user_ids)

    def _forget_speaker(self, user_id: int) -> None:
        for ssrc in [ssrc for ssrc, known in self._users.items() if known == user_id]:
            del self._users[ssrc]
            if self._link is not None:
                self._link.media.forget(ssrc)
        self._set_priorities(self._priorities - {user_id})
        self._audio.forget(user_id)
        self._mark_silent(user_id)

    def _follow_signaling(self, *, is_ready: bool, is_resumed: bool) -> None:
        self._is_ready = is_ready
        if self._link is None:
            return
        self._link.is_signaling_ready = is_ready
        if is_resumed:
            self._flags = 0
            self._link.resumed(now_ms())

    # What comes.

    def _take_datagram(self, datagram: Datagram) -> None:
        now = now_ms()
        if self._link is not None and not self._late.is_late(datagram, always_ms()):
            self._link.take_carried(datagram, now)

    def _hear(self, heard: Heard, now: float) -> None:
        user_id = self._users.get(heard.header.ssrc)
        if user_id is not None:
            self._mark(user_id, is_speech=not heard.payload.endswith(SILENCE), now=now)
        self._audio.receive(user_id, heard.header, heard.payload, now)

    # Time.

    def _tick(self) -> None:
        assert self._link is not None  # the clock is cancelled with it
        self._clock = asyncio.get_running_loop().call_later(TICK_S, self._tick)
        try:
            self._act_on_time(self._link, now_ms())
        except Exception as error:
            # The timer's outermost place: the call cannot be trusted any more, and its agent says so.
            logger.exception("the media of a call failed")
            self._problem = _("something in tuichat failed ({kind}), and the call with it: join again").format(
                kind=type(error).__name__
            )
        self._tell_state()

    def _act_on_time(self, link: MediaLink, now: float) -> None:
        link.tick(now)
        for user_id in self._marks.expire(now):
            self._tell_silent(user_id)
        if now >= self._second_ms:
            self._second_ms = now + SECOND_MS
            if link.media.is_agreed:
                link.each_second(now)
                self._use_bitrate()
                self._report(self._statistics(link, now))

    # What is told.

    def _tell_state(self) -> None:
        link = self._link
        if link is None:
            return
        state = MediaState(
            session=link.session,
            path=link.path,
            is_stuck=link.is_stuck,
            is_silent=link.is_silent(now_ms()),
            needs_new_key=link.media.needs_new_key,
            problem=self._problem,
        )
        if state != self._told:
            if self._told is None or self._told.path is not state.path:
                self._use_bitrate()
            self._told = state
            self._report(state)

    def _announce(self, flags: int) -> None:
        """Have the server told before the first packet: libraries drop who was not announced."""
        if flags != self._flags and self._link is not None:
            self._flags = flags
            self._report(AnnounceSpeaking(self._link.session, int(flags)))

    def _mark(self, user_id: int, *, is_speech: bool, now: float) -> None:
        if self._marks.note(user_id, is_speech=is_speech, now_ms=now) and self._offer is not None:
            is_own = user_id == self._offer.user_id
            is_priority = self._part.is_priority if is_own else user_id in self._priorities
            self._report(SpeakerMark(self._offer.session, user_id, True, is_priority))

    def _mark_silent(self, user_id: int) -> None:
        if self._marks.forget(user_id):
            self._tell_silent(user_id)

    def _tell_silent(self, user_id: int) -> None:
        if self._offer is None:
            return
        if user_id == self._offer.user_id:
            self._announce(0)
        self._report(SpeakerMark(self._offer.session, user_id, False))

    def _statistics(self, link: MediaLink, now: float) -> MediaStatistics:
        audio, media = self._audio.statistics(now), link.media
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
        return MediaStatistics(
            session=link.session,
            rtt_ms=media.rtt_ms if link.path in (MediaPath.UDP, MediaPath.RELAYED) else None,
            sent_loss=link.sent_loss,
            redundancy=media.redundancy,
            sent_bytes=media.sent_bytes - sent,
            received_bytes=media.received_bytes - received,
            latest_tick_ms=audio.latest_tick_ms,
            underruns=audio.playback_underruns,
            people=people,
        )
