"""A network that loses, delays, reorders and doubles packets, the same way at every run, and a listener behind it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuichat.protocol.rtp import FRAME_SAMPLES, Header
from tuichat.voice.codec import Encoder
from tuichat.voice.playback import Playback
from tuichat.voice.redundancy import Repeater

FRAME_MS = 20
TICK_SAMPLES = 480
TICK_MS = 10
SSRC = 1000
USER = 7

Losses = Callable[[int], bool]
"""Says of the packet of a number whether it is lost."""


def no_loss(number: int) -> bool:
    return False


def random_loss(share: float, seed: int = 1) -> Losses:
    random = np.random.default_rng(seed)
    lost = random.random(1_000_000) < share
    return lambda number: bool(lost[number % len(lost)])


def burst_loss(share: float, length: int, seed: int = 1) -> Losses:
    """Lose `length` packets in a row, so often that `share` of all are lost."""
    random = np.random.default_rng(seed)
    begins = random.random(1_000_000) < share / length / (1 - share + share / length)
    lost = np.zeros(len(begins), bool)
    number = 0
    while number < len(begins):
        if begins[number]:
            lost[number : number + length] = True
            number += length
        number += 1
    return lambda number: bool(lost[number % len(lost)])


@dataclass(frozen=True)
class Network:
    """One way through a network. Delays are spread evenly between `base_ms` and that and `jitter_ms`."""

    losses: Losses = no_loss
    base_ms: float = 30.0
    jitter_ms: float = 0.0
    in_order: bool = False
    """Whether a packet that is held up holds up those behind it, as a queue does."""
    doubled: float = 0.0
    """Share of packets that come twice."""
    drift_ppm: float = 0.0
    """By how much the sender's clock is too fast."""
    seed: int = 1

    def carry(self, packets: Iterable[tuple[Header, bytes]]) -> list[tuple[float, Header, bytes]]:
        """Return (arrival in ms, header, payload) of packets sent 20 ms apart, in the order of arrival."""
        random = np.random.default_rng(self.seed)
        arrivals: list[tuple[float, Header, bytes]] = []
        latest_ms = 0.0
        for number, (header, payload) in enumerate(packets):
            sent_ms = number * FRAME_MS / (1 + self.drift_ppm / 1e6)
            arrival_ms = sent_ms + self.base_ms + random.random() * self.jitter_ms
            is_doubled = random.random() < self.doubled
            again_ms = arrival_ms + random.random() * 50
            if self.losses(number):
                continue
            if self.in_order:
                arrival_ms = latest_ms = max(arrival_ms, latest_ms)
            arrivals.append((arrival_ms, header, payload))
            if is_doubled:
                arrivals.append((again_ms, header, payload))
        return sorted(arrivals, key=lambda arrival: arrival[0])


def packets(
    payloads: Iterable[bytes], *, depth: int = 0, sequence: int = 65_500, timestamp: int = 2**32 - 96_000
) -> Iterator[tuple[Header, bytes]]:
    """Return payloads as packets 20 ms apart whose numbers soon wrap, with the frame of `depth` packets ago."""
    repeater = Repeater()
    repeater.depth = depth
    for payload in payloads:
        payload_type, packed = repeater.pack(payload, timestamp)
        yield Header(payload_type, sequence, timestamp, SSRC), packed
        sequence = (sequence + 1) & 0xFFFF
        timestamp = (timestamp + FRAME_SAMPLES) & 0xFFFF_FFFF


def encode(sound: NDArray[np.float32], encoder: Encoder | None = None) -> list[bytes]:
    encoder = encoder or Encoder()
    whole = len(sound) // FRAME_SAMPLES * FRAME_SAMPLES
    return [encoder.encode(frame) for frame in sound[:whole].reshape(-1, FRAME_SAMPLES)]


def listen(
    playback: Playback,
    arrivals: list[tuple[float, Header, bytes]],
    seconds: float,
    *,
    on_tick: Callable[[float], None] = lambda now_ms: None,
) -> NDArray[np.float32]:
    """Return what a sound card that asks for 10 ms every 10 ms is given."""
    blocks: list[NDArray[np.float32]] = []
    place = 0
    for tick in range(int(seconds * 1000 / TICK_MS)):
        now_ms = float(tick * TICK_MS)
        while place < len(arrivals) and arrivals[place][0] <= now_ms:
            arrival_ms, header, payload = arrivals[place]
            playback.receive(USER, header, payload, arrival_ms)
            place += 1
        blocks.append(playback.render(TICK_SAMPLES, now_ms))
        on_tick(now_ms)
    return np.concatenate(blocks)
