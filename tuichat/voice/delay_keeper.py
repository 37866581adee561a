"""Keeps the sound as late as it should be, unheard: so are a changed network, clocks that part and a stall made up for."""

from typing import Final

from tuichat.protocol.rtp import RATE_HZ
from tuichat.voice.codec import Samples
from tuichat.voice.playout_delay import PlayoutDelay
from tuichat.voice.time_stretch import ALIKE, OVERLAP, is_quiet, lengthened, shortened

EXCESS_MS: Final = 15.0  # while somebody speaks the sound may come so much later than it should,
SHORTAGE_MS: Final = 3.0  # or so much sooner; in quiet moments mending it is not heard
LONGEST_PERIOD: Final = 600  # samples: of 80 Hz, the lowest voices
URGENT_EXCESS_MS: Final = 40.0  # after a stall words may come faster for a second or two
URGENT_ALIKE: Final = 0.6
SETTLING_SAMPLES: Final = RATE_HZ // 10  # between two corrections, so that none is heard as a flutter
SAMPLES_PER_MS: Final = RATE_HZ / 1000


class DelayKeeper:
    """Makes one speaker's frames longer or shorter by a few milliseconds when it is time to."""

    def __init__(self, delay: PlayoutDelay) -> None:
        self._delay = delay
        self._settled_samples = 0

    def corrected(self, frame: Samples, *, waiting: int, block: int) -> Samples:
        """Return the frame, or what to play in its place.

        `waiting` samples are to be played before it; the sound card asks for `block` at a time.
        """
        self._settled_samples += len(frame)
        excess_ms = self._delay.excess_ms
        is_urgent = excess_ms > URGENT_EXCESS_MS
        if self._settled_samples < SETTLING_SAMPLES and not is_urgent:
            return frame
        left_over = (waiting + len(frame)) % block
        changed = None
        if is_quiet(frame):
            changed = _in_quiet(frame, excess_ms, left_over, block)
        elif excess_ms > EXCESS_MS:
            alike = URGENT_ALIKE if is_urgent else ALIKE
            changed = shortened(frame, round(excess_ms * SAMPLES_PER_MS), alike=alike)
        elif excess_ms < -SHORTAGE_MS:
            changed = lengthened(frame, LONGEST_PERIOD)
        if changed is None:
            return frame
        self._settled_samples = 0
        change = len(changed) - len(frame)
        # The next packet is needed at the block in which the last of this frame is played.
        self._delay.shift((change + left_over - (left_over + change) % block) / SAMPLES_PER_MS)
        return changed


def _in_quiet(frame: Samples, excess_ms: float, left_over: int, block: int) -> Samples | None:
    """Return silence so much longer or shorter that frames end again where the sound card's blocks do.

    Otherwise a packet has to be there by up to a block before its sound is played.
    """
    if excess_ms < -SHORTAGE_MS:
        return lengthened(frame, block - left_over)
    whole_blocks = max(0, int(excess_ms * SAMPLES_PER_MS)) // block
    cut = left_over + whole_blocks * block
    while cut > len(frame) - OVERLAP:
        cut -= block
    return shortened(frame, cut) if cut > 0 else None
