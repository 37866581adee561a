"""Everyone heard at once: packets from the network go in, what the sound card plays comes out.

All of it belongs to one thread or loop, which calls in any order. The playout clock is the caller's: what it asks
`render` for is what time has passed.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from tuichat.protocol import rtp
from tuichat.voice.codec import Samples
from tuichat.voice.mixer import Gain, Limiter
from tuichat.voice.speaker import Speaker
from tuichat.voice.statistics import SpeakerStatistics

MAX_SPEAKERS: Final = 100  # a decoder and its buffers are 150 KB; who has been silent for longest gives way
MAX_VOLUME_PERCENT: Final = 200
DUCKED: Final = 0.25  # -12 dB, of taste: others while a priority speaker is heard


class Playback:
    """Mixes the speakers of one call: a jitter buffer, a decoder and a volume for each.

    `channels` is 1 or 2, as the sound card plays them. Times are milliseconds of one monotonic clock.
    """

    def __init__(self, channels: int = 1) -> None:
        self._channels = channels
        self._speakers: dict[int, Speaker] = {}
        self._gains: dict[int, Gain] = {}
        """By SSRC, as the speakers."""
        self._volumes: dict[int, int] = {}
        """By user id, in percent."""
        self._priority: frozenset[int] = frozenset()
        self._leaving: list[tuple[Speaker, Gain]] = []
        self._output = Gain()
        self._limiter = Limiter()

    def receive(self, user_id: int | None, header: rtp.Header, payload: bytes, now_ms: float) -> None:
        """Take one opened packet, at the time when it came from the network; never raises, whatever it holds.

        `user_id` is None for as long as nobody has said whose SSRC it is. A payload type other than Opus or RED is
        ignored.
        """
        if header.payload_type not in (rtp.OPUS, rtp.RED):
            return
        speaker = self._speakers.get(header.ssrc)
        if speaker is None:
            speaker = self._add_speaker(header.ssrc)
        if user_id is not None and speaker.user_id != user_id:
            speaker.user_id = user_id
            self._set_gains()
        speaker.receive(header, payload, now_ms)

    def render(self, samples: int, now_ms: float) -> Samples:
        """Return the next so many samples for the sound card, between -1 and 1: shape (n,) in mono, (n, 2) in stereo.

        Ask for 10 ms (480) at a time. The array is the caller's to keep.
        """
        shape = (samples,) if self._channels == 1 else (samples, self._channels)
        voices: Samples = np.zeros(shape, np.float32)
        for ssrc, speaker in self._speakers.items():
            sound = speaker.render(samples, now_ms)
            if sound is not None:
                self._gains[ssrc].add(sound, voices)
        for speaker, gain in self._leaving:
            sound = speaker.render(samples, now_ms)
            if sound is not None:
                gain.add(sound, voices)
        self._leaving.clear()  # one block took them to silence
        if self._priority:
            self._set_gains()
        mix: Samples = np.zeros(shape, np.float32)
        self._output.add(voices, mix)
        return self._limiter.limit(mix)

    def set_volume(self, user_id: int, percent: int) -> None:
        """Play a person at 0 to 200 % of what they send; kept for as long as this lives."""
        self._volumes[user_id] = min(max(percent, 0), MAX_VOLUME_PERCENT)
        self._set_gains()

    def set_output_volume(self, percent: int) -> None:
        """Play everything at 0 to 200 %."""
        self._output.wanted = min(max(percent, 0), MAX_VOLUME_PERCENT) / 100

    def set_priority(self, user_ids: Iterable[int]) -> None:
        """Play everybody else more quietly while one of these is heard."""
        self._priority = frozenset(user_ids)
        self._set_gains()

    def forget(self, user_id: int) -> None:
        """Drop what a person who left has sent, fading out what is being heard of them."""
        for ssrc in [ssrc for ssrc, speaker in self._speakers.items() if speaker.user_id == user_id]:
            self._drop(ssrc)

    def clear(self) -> None:
        """Drop everybody, as for the next call; volumes are kept."""
        for ssrc in list(self._speakers):
            self._drop(ssrc)

    def speaking(self) -> dict[int, float]:
        """Return who is heard at this moment, by user id, and how loud in dB below full scale."""
        return {
            speaker.user_id: speaker.level_db
            for speaker in self._speakers.values()
            if speaker.user_id is not None and speaker.is_heard
        }

    def statistics(self, now_ms: float) -> list[SpeakerStatistics]:
        """Return how well everyone who has spoken is heard."""
        return [speaker.statistics() for speaker in self._speakers.values()]

    def _add_speaker(self, ssrc: int) -> Speaker:
        if len(self._speakers) >= MAX_SPEAKERS:
            self._drop(min(self._speakers, key=lambda other: self._speakers[other].last_packet_ms))
        speaker = self._speakers[ssrc] = Speaker(ssrc, self._channels)
        self._gains[ssrc] = Gain()
        return speaker

    def _drop(self, ssrc: int) -> None:
        speaker, gain = self._speakers.pop(ssrc), self._gains.pop(ssrc)
        gain.wanted = 0.0
        if len(self._leaving) < MAX_SPEAKERS:
            self._leaving.append((speaker, gain))

    def _set_gains(self) -> None:
        is_ducked = any(speaker.user_id in self._priority and speaker.is_heard for speaker in self._speakers.values())
        for ssrc, speaker in self._speakers.items():
            volume = self._volumes.get(speaker.user_id, 100) if speaker.user_id is not None else 100
            gives_way = is_ducked and speaker.user_id not in self._priority
            self._gains[ssrc].wanted = volume / 100 * (DUCKED if gives_way else 1.0)
