"""What comes under one SSRC, and the blocks that tell its speaker and the server how it arrives."""

from tuichat.protocol import rtcp, rtp
from tuichat.voice.reception import Reception

FRAME_MS = 1000 * rtp.FRAME_SAMPLES / rtp.RATE_HZ


class IncomingStream:
    """Counts the packets of one SSRC. `heard_ms` is when the last one came."""

    __slots__ = ("_earlier_expected", "_earlier_lost", "_sequences", "heard_ms", "reception")

    def __init__(self) -> None:
        self._sequences = rtp.Unwrapper()
        self._earlier_expected = self._earlier_lost = 0
        self.reception = Reception()
        self.heard_ms = 0.0

    def arrive(self, header: rtp.Header, now_ms: float) -> bool:
        """Note a packet, and return False for one that came before."""
        self.heard_ms = now_ms
        return self.reception.arrive(self._sequences.unwrap(header.sequence), header.timestamp, now_ms)

    def loss(self) -> float:
        """Return the share of the last ten seconds' packets that never came."""
        missing, _, expected = self.reception.recent_loss()
        return missing / expected if expected else 0.0

    def block(self, ssrc: int) -> rtcp.ReceiverReport:
        """Return the receiver report's block (RFC 3550, 6.4.1 and A.3); the next one counts from here.

        Its share of losses is what the sender protects its sound by, so that outages, against which nothing helps, are
        left out of it; the sum of losses has them.
        """
        counts = self.reception
        mendable = counts.lost - counts.outages
        expected = counts.expected - counts.outages - self._earlier_expected
        lost = max(0, mendable - self._earlier_lost)
        self._earlier_expected, self._earlier_lost = counts.expected - counts.outages, mendable
        return rtcp.ReceiverReport(
            ssrc=ssrc,
            fraction_lost=min(255, lost * 256 // expected) if expected > 0 else 0,
            lost=counts.lost,
            highest_sequence=(counts.highest or 0) & 0xFFFF_FFFF,
            jitter_samples=int(counts.jitter_ms * rtp.RATE_HZ / 1000),
        )

    def metrics(self, ssrc: int, rtt_ms: float) -> rtcp.VoipMetrics:
        """Return the VoIP metrics' block (RFC 3611, 4.7) of the last ten seconds, outages left out."""
        missing, late, expected = self.reception.mendable_loss()
        bursts = self.reception.bursts()
        return rtcp.VoipMetrics(
            ssrc=ssrc,
            loss_rate=_of_256(missing / expected if expected else 0.0),
            discard_rate=_of_256(late / expected if expected else 0.0),
            burst_density=_of_256(bursts.burst_density),
            gap_density=_of_256(bursts.gap_density),
            burst_duration_ms=int(bursts.burst_packets * FRAME_MS),
            gap_duration_ms=int(bursts.gap_packets * FRAME_MS),
            round_trip_ms=int(rtt_ms),
        )


def _of_256(share: float) -> int:
    return min(255, round(share * 256))
