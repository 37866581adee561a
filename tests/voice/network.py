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
LOSSES_KNOWN = 20_000  # packets, then the same losses come again

Arrived = tuple[float, Header, bytes]
"""A packet, and when it arrives in milliseconds."""

Losses = Callable[[int], bool]
"""Says of the packet of a number whether it is lost."""


def no_loss(number: int) -> bool:
    return False


def random_loss(share: float, seed: int = 1) -> Losses:
    random = np.random.default_rng(seed)
    lost = random.random(LOSSES_KNOWN) < share
    return lambda number: bool(lost[number % len(lost)])


def burst_loss(share: float, length: int, seed: int = 1) -> Losses:
    """Lose `length` packets in a row, so often that `share` of all are lost."""
    random = np.random.default_rng(seed)
    begins = random.random(LOSSES_KNOWN) < share / length / (1 - share + share / length)
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
    """One way through a network. Delays are spread evenly between `base_ms` and that and `jitter_ms`.

    `tail_ms` is the mean of what is added with the long tail of a radio network. For `stall_ms` of each
    `stall_every_ms` nothing arrives; then all that was held up does at once.
    """

    losses: Losses = no_loss
    base_ms: float = 30.0
    jitter_ms: float = 0.0
    tail_ms: float = 0.0
    stall_ms: float = 0.0
    stall_every_ms: float = 2000.0
    in_order: bool = False
    """Whether a packet that is held up holds up those behind it, as a queue does."""
    doubled: float = 0.0
    """Share of packets that come twice."""
    drift_ppm: float = 0.0
    """By how much the sender's clock is too fast."""
    seed: int = 1

    def carry(self, sent: Iterable[tuple[Header, bytes]]) -> list[Arrived]:
        """Return packets sent 20 ms apart in the order of their arrival."""
        link = Link(self)
        arrivals = [arrived for header, payload in sent for arrived in link.send(header, payload)]
        return sorted(arrivals, key=lambda arrived: arrived[0])


class Link:
    """A network in the middle of carrying one stream."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._random = np.random.default_rng(network.seed)
        self._number = 0
        self._latest_ms = 0.0
        self.delays_ms: list[float] = []
        """Of each packet that arrived, beyond `base_ms`."""

    @property
    def next_ms(self) -> float:
        """Return when the next packet is to be sent, on the listener's clock."""
        return self._number * FRAME_MS / (1 + self._network.drift_ppm / 1e6)

    def send(self, header: Header, payload: bytes) -> list[Arrived]:
        """Return the arrivals of one packet: none, one or two."""
        network, number, sent_ms = self._network, self._number, self.next_ms
        self._number += 1
        arrival_ms = sent_ms + network.base_ms + self._random.random() * network.jitter_ms
        is_doubled = self._random.random() < network.doubled
        again_ms = arrival_ms + self._random.random() * 50
        if network.tail_ms:
            arrival_ms += self._random.exponential(network.tail_ms)
        if network.losses(number):
            return []
        into_ms = arrival_ms % network.stall_every_ms
        if into_ms < network.stall_ms:
            arrival_ms += network.stall_ms - into_ms + into_ms / 100
        if network.in_order:
            arrival_ms = self._latest_ms = max(arrival_ms, self._latest_ms)
        self.delays_ms.append(arrival_ms - sent_ms - network.base_ms)
        arrived = [(arrival_ms, header, payload)]
        return [*arrived, (again_ms, header, payload)] if is_doubled else arrived


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
    arrivals: list[Arrived],
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
