"""How one's own sound is protected against the losses that its receivers report, and the repeating of earlier frames."""

from collections import deque
from typing import Final

import msgspec

from tuichat.protocol import rtp
from tuichat.voice.opus_packet import is_quiet

MAX_DEPTH: Final = 4
HOLD_MS: Final = 20_000.0  # of taste: how long a protection outlasts the report that called for it
NOTICED_LOSS: Final = 0.005
HEAVY_LOSS: Final = 0.08  # two in a row begin to be common, and forward error correction knows only the last
# Measured with PESQ at 48 kbit/s: told more, libopus spends bits that the frames themselves miss (voice_quality.py).
LIGHT_PERCENT: Final = 5
HEAVY_PERCENT: Final = 8
# Losses strewn evenly make bursts in the sense of RFC 3611 of this density and less, even at 20 %; three in a row
# that come so often that 5 % are lost make ones of 0.5.
CLUSTERED_DENSITY: Final = 0.33
CLUSTERED_DEPTH: Final = 3
MAX_STREWN: Final = 0.25  # of the losses may lie alone; where few are lost, two come together by chance
HEAVY_DEPTH: Final = 2
FRAME_MS: Final = 20
SOLID_DENSITY: Final = 0.75
MAX_PAYLOAD_BYTES: Final = 1200  # with its headers a packet must pass every network unbroken


class Protection(msgspec.Struct, frozen=True):
    """What the encoder is told to expect, and how far back frames are sent again; 0 is nothing."""

    expected_loss_percent: int = 0
    depth: int = 0
    """Each packet brings along the frame of so many before it."""


class ProtectionPolicy:
    """Follows the worst that receivers report: at once when it gets worse, HOLD_MS later when it gets better."""

    def __init__(self) -> None:
        self._last_ms: dict[Protection, float] = {}

    def report(
        self, loss: float, burst_density: float, burst_duration_ms: float, gap_density: float, now_ms: float
    ) -> Protection:
        """Take one report: shares between 0 and 1 of what was lost of all, within bursts, and between them.

        Densities and duration are those of RFC 3611, 4.7.2.
        """
        self._last_ms[protection_for(loss, burst_density, burst_duration_ms, gap_density)] = now_ms
        return self.protection(now_ms)

    def protection(self, now_ms: float) -> Protection:
        """Return what is due now."""
        self._last_ms = {wanted: at_ms for wanted, at_ms in self._last_ms.items() if now_ms - at_ms < HOLD_MS}
        return Protection(
            expected_loss_percent=max((wanted.expected_loss_percent for wanted in self._last_ms), default=0),
            depth=max((wanted.depth for wanted in self._last_ms), default=0),
        )


def protection_for(loss: float, burst_density: float, burst_duration_ms: float, gap_density: float) -> Protection:
    """Return what one report calls for: few losses that are not mostly clustered, for forward error correction alone."""
    if loss < NOTICED_LOSS:
        return Protection()
    is_heavy = loss >= HEAVY_LOSS
    percent = HEAVY_PERCENT if is_heavy else LIGHT_PERCENT
    is_clustered = burst_density >= CLUSTERED_DENSITY and gap_density <= MAX_STREWN * loss
    if not is_clustered or burst_duration_ms < 2 * FRAME_MS:
        return Protection(percent, HEAVY_DEPTH if is_heavy else 0)
    is_solid = burst_density >= SOLID_DENSITY and burst_duration_ms > 3.5 * FRAME_MS
    return Protection(percent, MAX_DEPTH if is_solid else CLUSTERED_DEPTH)


class Repeater:
    """Packs frames for the receivers that agreed to RED: with the one that `depth` packets ago was new."""

    def __init__(self) -> None:
        self.depth = 0
        self._sent: deque[tuple[int, bytes]] = deque(maxlen=MAX_DEPTH)

    def pack(self, payload: bytes, timestamp: int) -> tuple[int, bytes]:
        """Return payload type and payload of the next packet; `timestamp` counts samples and wraps at 32 bits.

        Silence is not sent again, nor is what was said before a pause.
        """
        sent = self._sent
        packed = rtp.OPUS, payload
        if self.depth and len(sent) >= self.depth:
            earlier_timestamp, earlier = sent[-self.depth]
            offset_samples = (timestamp - earlier_timestamp) & 0xFFFF_FFFF
            is_unbroken = offset_samples == self.depth * rtp.FRAME_SAMPLES
            fits = len(earlier) <= rtp.MAX_RED_BLOCK_BYTES and len(earlier) + len(payload) <= MAX_PAYLOAD_BYTES
            if is_unbroken and fits and not is_quiet(earlier):
                packed = rtp.RED, rtp.pack_red(payload, [(offset_samples, earlier)])
        sent.append((timestamp, payload))
        return packed
