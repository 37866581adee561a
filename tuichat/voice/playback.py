"""Everyone heard at once: packets from the network go in, what the sound card plays comes out.

All of it belongs to one thread or loop, which calls in any order. The playout clock is the caller's: what it asks
`render` for is what time has passed.
"""

from typing import Protocol

from tuichat.voice.codec import Samples
from tuichat.voice.statistics import SpeakerStatistics


class RtpHeader(Protocol):
    """What is needed of a packet's header; `protocol.rtp.Header` has it."""

    @property
    def payload_type(self) -> int: ...
    @property
    def sequence(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def ssrc(self) -> int: ...


class Playback:
    """Mixes the speakers of one call: a jitter buffer, a decoder and a volume for each.

    `channels` is 1 or 2, as the sound card plays them. Times are milliseconds of one monotonic clock.
    """

    def __init__(self, channels: int = 1) -> None:
        raise NotImplementedError

    def receive(self, user_id: int | None, header: RtpHeader, payload: bytes, now_ms: float) -> None:
        """Take one opened packet, at the time when it came from the network; never raises, whatever it holds.

        `user_id` is None for as long as nobody has said whose SSRC it is. A payload type other than Opus or RED is
        ignored.
        """
        raise NotImplementedError

    def render(self, samples: int, now_ms: float) -> Samples:
        """Return the next so many samples for the sound card, between -1 and 1: shape (n,) in mono, (n, 2) in stereo.

        Ask for 10 ms (480) at a time. The array is the caller's to keep.
        """
        raise NotImplementedError

    def set_volume(self, user_id: int, percent: int) -> None:
        """Play a person at 0 to 200 % of what they send; kept for as long as the call lasts."""
        raise NotImplementedError

    def set_output_volume(self, percent: int) -> None:
        """Play everything at 0 to 200 %."""
        raise NotImplementedError

    def forget(self, user_id: int) -> None:
        """Drop what a person who left has sent, fading out what is being heard of them."""
        raise NotImplementedError

    def clear(self) -> None:
        """Drop everybody, as for the next call; volumes are kept."""
        raise NotImplementedError

    def speaking(self) -> dict[int, float]:
        """Return who is heard at this moment, by user id, and how loud in dB below full scale."""
        raise NotImplementedError

    def statistics(self, now_ms: float) -> list[SpeakerStatistics]:
        """Return how well everyone who has spoken is heard."""
        raise NotImplementedError
