"""The audio of one call as the call agent sees it: Opus payloads in both directions, and no devices.

The agent owns signaling, keys and packets; whoever implements Audio owns microphone, speaker, codec, jitter
buffers and mixer. Everything here is called on the agent's asyncio loop and returns at once, so that the other
half may one day run on another machine.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from tuichat.protocol.rtp import Header
from tuichat.voice.statistics import SpeakerStatistics

OnFrame = Callable[[bytes, int, bool], None]
"""Called on the loop with (payload, timestamp, is_speech) for each 20 ms that are to be sent.

`payload` is one Opus packet; repeating earlier ones for the receivers (RED) is the agent's work. `timestamp`
counts samples at 48 kHz (32 bits, wraps) and goes on while nothing is sent, so that the receiver sees how long a
pause was. `is_speech` is True for what the gate let through; when it closes, exactly five silence frames
(b"\\xf8\\xff\\xfe") follow with False, as Discord's voice documentation asks for, and then nothing until it opens.
"""


class AudioStatistics(msgspec.Struct, frozen=True):
    """What `/call stats` shows of the audio, beside what the agent knows of the network."""

    speakers: tuple[SpeakerStatistics, ...] = ()
    frames_sent: int = 0
    capture_overruns: int = 0
    """Times 10 ms of the microphone were dropped, since the loop was late."""
    playback_underruns: int = 0
    """Times the speaker was given 10 ms of silence, since the mixer was late."""
    latest_tick_ms: float = 0.0
    """By how much the audio's 10 ms tick was late at worst since this was last asked."""


class Audio(Protocol):
    """One call's audio, from `start` to `stop`. Both may be called again, for the next call.

    It is made with an OnFrame. `now_ms` is always time.monotonic() in milliseconds.
    """

    def start(self) -> None:
        """Open the speaker, and the microphone where it is not muted; what fails is reported as a Problem."""
        ...

    def stop(self) -> None:
        """Close both, forget the speakers and their buffers; volumes and settings are kept."""
        ...

    def receive(self, user_id: int | None, header: Header, payload: bytes, now_ms: float) -> None:
        """Take an authentic packet: any order, duplicates allowed, Opus or RED by its payload type.

        `user_id` is None for as long as nobody has said whose SSRC it is.
        """
        ...

    def forget(self, user_id: int) -> None:
        """Drop what is buffered of one who left the channel; their volume is kept."""
        ...

    def set_muted(self, is_muted: bool) -> None:
        """Stop or go on sending the microphone, from the next 10 ms on. OnFrame gets the five silence frames."""
        ...

    def set_deafened(self, is_deafened: bool) -> None:
        """Stop or go on playing. Who deafens themselves is muted as well; whom a moderator deafens is heard still."""
        ...

    def set_priority(self, user_ids: frozenset[int]) -> None:
        """Play everyone else more quietly while one of these speaks (priority speaker)."""
        ...

    def set_bitrate(self, bits_s: int) -> None:
        """Encode at this rate from the next frame on; clamped to Opus's 6,000 to 510,000."""
        ...

    def set_expected_loss(self, percent: int) -> None:
        """Have the encoder protect against this share of lost packets, 0 to 100, as receivers report it."""
        ...

    def statistics(self, now_ms: float) -> AudioStatistics:
        """Return how the call is heard."""
        ...
