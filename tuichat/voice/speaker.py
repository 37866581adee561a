"""One person who is heard: their jitter buffer, their decoder, and what stands in for what is lost."""

import math
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from tuichat.protocol import rtp
from tuichat.voice.codec import CodecError, Decoder, Samples
from tuichat.voice.concealment import Concealment, Mend
from tuichat.voice.jitter_buffer import SAMPLES_PER_MS, Arrival, Frame, JitterBuffer, Lost, Quiet, Starved
from tuichat.voice.opus_packet import MAX_PACKET_SAMPLES, MAX_QUIET_BYTES
from tuichat.voice.statistics import SpeakerStatistics
from tuichat.voice.time_stretch import ALIKE, OVERLAP, crossfade, is_quiet, lengthened, shortened

GUESS_SAMPLES: Final = 480  # 10 ms, the least that SILK can conceal: of less libopus cuts a part, with a click
MAX_STEPS: Final = 600  # for one render: more than the jitter buffer holds, so that no bug can hang the sound card
COMFORT_NOISE_SAMPLES: Final = rtp.RATE_HZ  # after DTX's last word, which libopus renews every 400 ms
EXCESS_MS: Final = 15.0  # while somebody speaks the sound may come so much later than it should,
SHORTAGE_MS: Final = 3.0  # or so much sooner; in quiet moments mending it is not heard
LONGEST_PERIOD: Final = 600  # samples: of 80 Hz, the lowest voices
URGENT_EXCESS_MS: Final = 40.0  # after a stall words may come faster for a second or two
URGENT_ALIKE: Final = 0.6
SETTLING_SAMPLES: Final = rtp.RATE_HZ // 10  # between two corrections, so that none is heard as a flutter
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
        shape = (3 * MAX_PACKET_SAMPLES,) if channels == 1 else (3 * MAX_PACKET_SAMPLES, channels)
        self._sound: Samples = np.zeros(shape, np.float32)
        self._silence: Samples = np.zeros(shape, np.float32)
        self._start = self._end = 0
        self._ending: Samples | None = self._silence[:OVERLAP]
        """What would have followed the last sample, where what does follow is something else."""
        self._block = GUESS_SAMPLES
        """How many samples the sound card asks for at a time."""
        self._noise_samples = 0
        self._since_correction = 0
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
            if self._end - self._start >= samples:
                break
            if not self._advance(now_ms):
                break
        held = self._end - self._start
        if not held:
            self._level_db = SILENCE_DB
            return None
        if held < samples:
            self._append_silence(samples - held)
        sound = self._sound[self._start : self._start + samples]
        self._start += samples
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
            delay_ms=self._buffer.delay_ms(),
            wanted_delay_ms=self._buffer.wanted_delay_ms(),
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
            self._leave(sound[:OVERLAP])
            sound = sound[skip:]
        self._append(self._corrected(sound))

    def _mend(self, samples: int, next_payload: bytes | None, skip: int) -> None:
        match self._concealment.mend(samples, is_known=next_payload is not None):
            case Mend.RECOVER if next_payload is not None:
                sound = self._try(lambda: self._decoder.recover(next_payload, samples), samples)
                self._recovered += 1
                if skip:
                    self._leave(sound[:OVERLAP])
                self._append(sound[skip:])
                return
            case Mend.SILENCE:
                self._append_silence(samples - skip)
            case how:
                sound = self._try(lambda: self._decoder.conceal(samples), samples)
                if skip:
                    self._leave(sound[:OVERLAP])
                self._append(sound[skip:])
                if how is Mend.LAST_GUESS:
                    self._fade_out()
        self._concealed_samples += samples - skip
        self._history.conceal(samples - skip)

    def _rest(self) -> bool:
        """Between talk spurts, play the noise of the speaker's room for as long as DTX says, then nothing."""
        if self._noise_samples:
            self._noise_samples = max(0, self._noise_samples - GUESS_SAMPLES)
            self._append(self._try(lambda: self._decoder.conceal(GUESS_SAMPLES), GUESS_SAMPLES))
            if not self._noise_samples:
                self._fade_out()
            return True
        if self._ending is None:
            self._append(self._try(lambda: self._decoder.conceal(GUESS_SAMPLES), GUESS_SAMPLES))
            self._fade_out()
            return True
        return False

    def _try(self, decode: Callable[[], Samples], samples: int) -> Samples:
        try:
            return decode()
        except CodecError:
            return self._silence[:samples]

    def _corrected(self, sound: Samples) -> Samples:
        """Bring the delay nearer to what it should be, where that is not heard: so too are clocks kept together."""
        self._since_correction += len(sound)
        excess_ms = self._buffer.excess_ms()
        is_urgent = excess_ms > URGENT_EXCESS_MS
        if self._since_correction < SETTLING_SAMPLES and not is_urgent:
            return sound
        left_over = (self._end - self._start + len(sound)) % self._block
        if is_quiet(sound):
            changed = self._cut_quiet(sound, excess_ms, left_over)
        elif excess_ms > EXCESS_MS:
            alike = URGENT_ALIKE if is_urgent else ALIKE
            changed = shortened(sound, round(excess_ms * SAMPLES_PER_MS), alike=alike)
        elif excess_ms < -SHORTAGE_MS:
            changed = lengthened(sound, LONGEST_PERIOD)
        else:
            return sound
        if changed is None:
            return sound
        change = len(changed) - len(sound)
        self._buffer.shift(change + left_over - (left_over + change) % self._block)
        self._since_correction = 0
        return changed

    def _cut_quiet(self, sound: Samples, excess_ms: float, left_over: int) -> Samples | None:
        """Make silence shorter or longer so that frames end again where the sound card's blocks do.

        Otherwise a frame is taken, and its packet has to be there, by up to a block before it is played.
        """
        if excess_ms < -SHORTAGE_MS:
            return lengthened(sound, self._block - left_over)
        whole_blocks = max(0, int(excess_ms * SAMPLES_PER_MS)) // self._block
        cut = left_over + whole_blocks * self._block
        while cut > len(sound) - OVERLAP:
            cut -= self._block
        return shortened(sound, cut) if cut > 0 else None

    def _leave(self, ending: Samples) -> None:
        """Say how the sound would have gone on, before something else follows."""
        if self._ending is None and len(ending):
            self._ending = ending.copy()

    def _fade_out(self) -> None:
        """Let the last of the sound that is not yet played end in silence."""
        length = min(OVERLAP, self._end - self._start)
        tail = self._sound[self._end - length : self._end]
        tail[:] = crossfade(tail, self._silence[:length])
        self._ending = self._silence[:OVERLAP]

    def _append_silence(self, samples: int) -> None:
        self._append(self._silence[:samples])
        self._ending = self._silence[:OVERLAP]

    def _append(self, sound: Samples) -> None:
        length = len(sound)
        if not length:
            return
        if self._end + length > len(self._sound):
            held = self._end - self._start
            self._sound[:held] = self._sound[self._start : self._end]
            self._start, self._end = 0, held
        if self._end + length > len(self._sound):
            self._start = self._end = 0  # cannot be while callers ask for less than 120 ms at a time
        place = self._sound[self._end : self._end + length]
        place[:] = sound
        if self._ending is not None:
            joint = min(length, len(self._ending))
            place[:joint] = crossfade(self._ending[:joint], sound[:joint])
            self._ending = None
        self._end += length


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
