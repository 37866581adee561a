"""One person who is heard: their jitter buffer, their decoder, and what stands in for what is lost."""

import math
from collections import deque
from typing import Final

import numpy as np

from tuichat.protocol import rtp
from tuichat.voice.codec import CodecError, Decoder, Samples
from tuichat.voice.concealment import Concealment, Mend
from tuichat.voice.delay_keeper import DelayKeeper
from tuichat.voice.jitter_buffer import Arrival, Frame, JitterBuffer, Lost, Quiet, Starved
from tuichat.voice.opus_packet import MAX_PACKET_SAMPLES, MAX_QUIET_BYTES
from tuichat.voice.sound_queue import SoundQueue
from tuichat.voice.statistics import SpeakerStatistics

GUESS_SAMPLES: Final = 480  # 10 ms, the least that SILK can conceal: of less libopus cuts a part, with a click
MAX_STEPS: Final = 600  # for one render: more than the jitter buffer holds, so that no bug can hang the sound card
COMFORT_NOISE_SAMPLES: Final = rtp.RATE_HZ  # after DTX's last word, which libopus renews every 400 ms
SILENCE_DB: Final = -100.0
HEARD_DB: Final = -60.0
SECONDS_KEPT: Final = 10


class Speaker:
    """The stream of one SSRC."""

    def __init__(self, ssrc: int, channels: int = 1) -> None:
        self.ssrc = ssrc
        self.user_id: int | None = None
        self.last_packet_ms = 0.0
        self._buffer = JitterBuffer()
        self._decoder = Decoder(channels)
        self._concealment = Concealment()
        self._keeper = DelayKeeper(self._buffer.delay)
        self._queue = SoundQueue(3 * MAX_PACKET_SAMPLES, channels)
        self._block = GUESS_SAMPLES
        """How many samples the sound card asks for at a time."""
        self._noise_samples = 0
        self._level_db = SILENCE_DB
        self._recovered = self._concealed_samples = 0
        self._history = _PlayedSeconds()

    def receive(self, header: rtp.Header, payload: bytes, now_ms: float) -> None:
        """Take a packet of type OPUS or RED; what is broken is dropped."""
        earlier: list[tuple[int, bytes]] = []
        if header.payload_type == rtp.RED:
            try:
                payload, earlier = rtp.unpack_red(payload)
            except rtp.RtpError:
                return
        arrival = self._buffer.put(header.sequence, header.timestamp, payload, now_ms)
        if arrival in (Arrival.REPEATED, Arrival.REFUSED):
            return
        self.last_packet_ms = now_ms
        for offset_samples, frame in earlier:
            self._buffer.put_repetition(offset_samples, frame, header.sequence, header.timestamp)

    def render(self, samples: int, now_ms: float) -> Samples | None:
        """Return the next samples, good until the next call, or None where they are silent."""
        self._block = samples
        for _ in range(MAX_STEPS):
            if len(self._queue) >= samples or not self._advance(now_ms):
                break
        if not self._queue:
            self._level_db = SILENCE_DB
            return None
        if len(self._queue) < samples:
            self._queue.put_silence(samples - len(self._queue))
        sound = self._queue.get(samples)
        self._history.play(samples)
        flat = sound.reshape(-1)
        power = float(np.dot(flat, flat)) / len(flat)
        self._level_db = max(SILENCE_DB, 10 * math.log10(power)) if power > 0 else SILENCE_DB
        return sound

    @property
    def is_heard(self) -> bool:
        return self._level_db > HEARD_DB

    @property
    def level_db(self) -> float:
        return self._level_db

    def statistics(self) -> SpeakerStatistics:
        reception = self._buffer.reception
        lost, late, expected = reception.recent_loss()
        bursts = reception.bursts()
        share = 100 / expected if expected else 0.0
        frame_ms = rtp.FRAME_SAMPLES * 1000 / rtp.RATE_HZ
        return SpeakerStatistics(
            ssrc=self.ssrc,
            user_id=self.user_id,
            is_speaking=self.is_heard,
            level_db=self._level_db,
            delay_ms=self._buffer.delay.actual_ms,
            wanted_delay_ms=self._buffer.delay.wanted_ms,
            jitter_ms=reception.jitter_ms,
            highest_sequence=reception.highest or 0,
            packets_expected=reception.expected,
            packets_lost=reception.lost,
            packets_late=reception.late,
            packets_repeated=reception.repeated,
            frames_recovered=self._recovered,
            frames_concealed=round(self._concealed_samples / rtp.FRAME_SAMPLES),
            loss_percent=lost * share,
            late_percent=late * share,
            concealed_percent=self._history.concealed_percent(),
            burst_density_percent=100 * bursts.burst_density,
            burst_duration_ms=frame_ms * bursts.burst_packets,
            gap_density_percent=100 * bursts.gap_density,
            gap_duration_ms=frame_ms * bursts.gap_packets,
            longest_loss=reception.longest_loss(),
        )

    def _advance(self, now_ms: float) -> bool:
        """Add what comes next to the sound; False where nothing does."""
        match self._buffer.take(now_ms):
            case Frame(packet, skip):
                self._play(packet.payload, skip)
                self._recovered += packet.is_repetition
            case Lost(samples, next_payload, skip):
                self._mend(samples, next_payload, skip)
            case Starved():
                self._mend(GUESS_SAMPLES, None, 0)
                self._buffer.starve(GUESS_SAMPLES)
            case Quiet():
                return self._rest()
        return True

    def _play(self, payload: bytes, skip: int) -> None:
        try:
            sound = self._decoder.decode(payload)
        except CodecError:
            self._mend(rtp.FRAME_SAMPLES, None, skip)
            return
        self._concealment.hear()
        self._noise_samples = COMFORT_NOISE_SAMPLES if len(payload) <= MAX_QUIET_BYTES else 0
        if skip:
            self._queue.leave_out(sound)
            sound = sound[skip:]
        self._queue.put(self._keeper.corrected(sound, waiting=len(self._queue), block=self._block))

    def _mend(self, samples: int, next_payload: bytes | None, skip: int) -> None:
        mend = self._concealment.mend(samples, is_known=next_payload is not None)
        if mend is Mend.SILENCE:
            self._queue.put_silence(samples - skip)
        else:
            sound = self._recover(next_payload, samples) if next_payload else self._guess(samples)
            if skip:
                self._queue.leave_out(sound)
            self._queue.put(sound[skip:])
            if mend is Mend.LAST_GUESS:
                self._queue.fade_out()
        if mend is Mend.RECOVER:
            self._recovered += 1
        else:
            self._concealed_samples += samples - skip
            self._history.conceal(samples - skip)

    def _rest(self) -> bool:
        """Between talk spurts, play the noise of the speaker's room for as long as DTX says, then nothing."""
        if not self._noise_samples and self._queue.is_at_rest:
            return False
        self._noise_samples = max(0, self._noise_samples - GUESS_SAMPLES)
        self._queue.put(self._guess(GUESS_SAMPLES))
        if not self._noise_samples:
            self._queue.fade_out()
        return True

    def _guess(self, samples: int) -> Samples:
        try:
            return self._decoder.conceal(samples)
        except CodecError:
            return self._queue.silence[:samples]

    def _recover(self, next_payload: bytes, samples: int) -> Samples:
        try:
            return self._decoder.recover(next_payload, samples)
        except CodecError:
            return self._queue.silence[:samples]


class _PlayedSeconds:
    """How much of the last ten seconds of sound was made up."""

    def __init__(self) -> None:
        self._seconds: deque[tuple[int, int]] = deque(maxlen=SECONDS_KEPT)
        self._played = self._concealed = 0

    def play(self, samples: int) -> None:
        self._played += samples
        if self._played >= rtp.RATE_HZ:
            self._seconds.append((self._played, self._concealed))
            self._played = self._concealed = 0

    def conceal(self, samples: int) -> None:
        self._concealed += samples

    def concealed_percent(self) -> float:
        played = self._played + sum(second[0] for second in self._seconds)
        concealed = self._concealed + sum(second[1] for second in self._seconds)
        return min(100.0, 100 * concealed / played) if played else 0.0
