"""How a voice is heard through bad networks: `python -m tests.benchmarks.voice_quality [--quick] [--hour]`.

Offline and the same at every run: espeak-ng speaks, our encoder sends at 48 kbit/s, a simulated network loses, delays,
reorders and doubles packets, our playback plays. What comes out is rated by PESQ-WB against what was said; how long
it took is read off the sound itself. Once a second the listener's report reaches the sender, as in a call. Needs
espeak-ng and, by `pip install .[quality]`, the package pesq.
"""

import argparse
import heapq
import io
import statistics
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.voice.network import (
    FRAME_MS,
    SSRC,
    TICK_MS,
    TICK_SAMPLES,
    USER,
    Link,
    Network,
    burst_loss,
    encode,
    packets,
    random_loss,
)
from tuichat.protocol.rtp import FRAME_SAMPLES, RATE_HZ, Header
from tuichat.voice.codec import Encoder
from tuichat.voice.playback import Playback
from tuichat.voice.redundancy import Protection, ProtectionPolicy, Repeater
from tuichat.voice.statistics import SpeakerStatistics

Sound = NDArray[np.float32]

TEXT = (
    "The quick brown fox jumps over the lazy dog. She had your dark suit in greasy wash water all year. "
    "Voice is what people come for, and what they forget about when it works. A large size in stockings is hard to "
    "sell. The boy was there when the sun rose. A rod is used to catch pink salmon."
)
VOICES = (("en", 150), ("en-us+f3", 165), ("en-gb+m4", 175))
WARM_UP_S = 6  # not rated: the listener learns the network, the sender hears of it
EARLIER_SOUND_S = 0.2
PESQ_HZ = 16_000
COVERED_PERCENT = 99.5  # the least delay that the jitter allows is the one that so many packets keep: 1 % late is heard
DELAY_GOAL_MS = 20.0
STEP_BOUND = 0.15  # of full scale: how much larger than in what was said a step from sample to sample may be
MAX_DELAY_MS = 400
MAX_CORE_PERCENT = 12.0


class Case(NamedTuple):
    """One row of the table, and what it has to reach."""

    name: str
    network: Callable[[int], Network]
    """Made from a seed."""
    goal: float = 0.0
    has_redundancy: bool = True
    """Whether both ends are ours."""


@dataclass
class Outcome:
    """What one voice through one network gave."""

    rating: float
    delay_ms: float
    least_ms: float
    step: float
    bytes_s: float
    heard: SpeakerStatistics
    protection: Protection


CASES = (
    Case("clean", lambda seed: Network(seed=seed), 3.8),
    *(
        Case(f"{percent} % random", lambda seed, p=percent: Network(random_loss(p / 100, seed), seed=seed), goal)  # type: ignore[misc]  # mypy knows no types of a lambda's defaults
        for percent, goal in ((1, 0.0), (2, 0.0), (5, 3.6), (10, 3.3), (15, 0.0), (20, 0.0))
    ),
    *(
        Case(f"{percent} % bursts of 3", lambda seed, p=percent: Network(burst_loss(p / 100, 3, seed), seed=seed), goal)  # type: ignore[misc]  # as above
        for percent, goal in ((2, 0.0), (5, 2.9), (10, 0.0), (20, 0.0))
    ),
    Case("5 % bursts of 3, to others", lambda seed: Network(burst_loss(0.05, 3, seed), seed=seed), 2.5, False),
    *(
        Case(f"jitter {jitter} ms, any order", lambda seed, j=jitter: Network(jitter_ms=j, seed=seed))  # type: ignore[misc]  # as above
        for jitter in (20, 40, 60, 100)
    ),
    Case("jitter 60 ms, in order", lambda seed: Network(jitter_ms=60, in_order=True, seed=seed)),
    Case("radio, tail of 12 ms", lambda seed: Network(tail_ms=12, seed=seed)),
    Case("radio, 3 % random", lambda seed: Network(random_loss(0.03, seed), tail_ms=12, seed=seed)),
    Case("stalls of 150 ms each 2 s", lambda seed: Network(stall_ms=150, jitter_ms=5, seed=seed)),
    Case("jitter 40 ms, 5 % random", lambda seed: Network(random_loss(0.05, seed), jitter_ms=40, seed=seed)),
    Case("20 % doubled, jitter 30 ms", lambda seed: Network(doubled=0.2, jitter_ms=30, seed=seed)),
    Case("drift 200 ppm", lambda seed: Network(drift_ppm=200, seed=seed)),
    Case("drift -200 ppm, jitter 20 ms", lambda seed: Network(drift_ppm=-200, jitter_ms=20, seed=seed)),
)
QUICK = ("clean", "5 % random", "10 % random", "5 % bursts of 3", "5 % bursts of 3, to others")


def speak(voice: str, words_per_minute: int) -> Sound:
    """Return espeak-ng's speech at 48 kHz, at half of full scale, with a pause before and after."""
    command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "--stdout", TEXT]
    spoken = subprocess.run(command, capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(spoken)) as file:
        rate_hz = file.getframerate()
        # Written to a pipe, the header cannot know the length.
        sound = np.frombuffer(file.readframes(1 << 30), np.int16).astype(np.float64)
    sound = resampled(sound, rate_hz, RATE_HZ)
    pause = np.zeros(RATE_HZ // 2)
    return np.concatenate([pause, sound / np.abs(sound).max() / 2, pause]).astype(np.float32)


def resampled(sound: NDArray[np.floating], from_hz: int, to_hz: int) -> NDArray[np.float64]:
    """Return a sound at another rate, by cutting or padding its whole spectrum."""
    length = round(len(sound) * to_hz / from_hz)
    spectrum = np.fft.rfft(sound)
    kept = min(len(spectrum), length // 2 + 1)
    padded = np.zeros(length // 2 + 1, np.complex128)
    padded[:kept] = spectrum[:kept]
    return np.asarray(np.fft.irfft(padded, length) * (length / len(sound)))


def rate(said: Sound, heard: Sound) -> float:
    """Return PESQ-WB (ITU-T P.862.2), 1.0 to 4.6."""
    from pesq import pesq

    # PESQ looks for delays itself, but by its own grid: the same sound is rated 4.05 to 4.23 as it lies on it.
    length = 2 * min(len(said), len(heard))
    products = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(said, length)), length)
    heard = heard[int(products[: MAX_DELAY_MS * 48].argmax()) :]
    length = min(len(said), len(heard))
    pair = (resampled(sound[:length], RATE_HZ, PESQ_HZ) for sound in (said, heard))
    return float(pesq(PESQ_HZ, *pair, "wb"))


def delay_ms(said: Sound, heard: Sound) -> float:
    """Return the median of how much later each second of speech was heard."""
    found = []
    for start in range(0, min(len(said), len(heard)) - RATE_HZ - MAX_DELAY_MS * 48, RATE_HZ):
        template = said[start : start + RATE_HZ]
        if np.square(template).mean() < 1e-4:
            continue
        searched = heard[start : start + RATE_HZ + MAX_DELAY_MS * 48]
        length = 2 * len(searched)
        products = np.fft.irfft(np.fft.rfft(searched, length) * np.conj(np.fft.rfft(template, length)), length)
        found.append(float(products[: MAX_DELAY_MS * 48].argmax()) / 48)
    return statistics.median(found)


def call(said: Sound, network: Network, *, has_redundancy: bool) -> Outcome:
    """Play one voice through one network, reports going back once a second."""
    encoder, repeater, policy = Encoder(), Repeater(), ProtectionPolicy()
    protection = Protection()
    playback, link = Playback(), Link(network)
    waiting: list[tuple[float, int, Header, bytes]] = []
    blocks: list[Sound] = []
    frames = said[: len(said) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    sent = sent_bytes = rated_bytes = arrivals = 0
    sequence, timestamp = 65_000, 2**32 - RATE_HZ
    for tick in range(len(said) * 1000 // RATE_HZ // TICK_MS):
        now_ms = float(tick * TICK_MS)
        while link.next_ms <= now_ms and sent < len(frames):
            payload_type, payload = repeater.pack(encoder.encode(frames[sent]), timestamp)
            header = Header(payload_type, sequence, timestamp, SSRC)
            sent_bytes += len(payload)
            for arrived in link.send(header, payload):
                arrivals += 1
                heapq.heappush(waiting, (arrived[0], arrivals, *arrived[1:]))
            sequence, timestamp = (sequence + 1) & 0xFFFF, (timestamp + FRAME_SAMPLES) & 0xFFFF_FFFF
            sent += 1
        while waiting and waiting[0][0] <= now_ms:
            arrival_ms, _, header, payload = heapq.heappop(waiting)
            playback.receive(USER, header, payload, arrival_ms)
        blocks.append(playback.render(TICK_SAMPLES, now_ms))
        if now_ms == WARM_UP_S * 1000:
            rated_bytes = sent_bytes
        if tick % 100 == 99 and (found := playback.statistics(now_ms)):
            heard = found[0]
            density = heard.burst_density_percent / 100
            gap_density = heard.gap_density_percent / 100
            loss = heard.loss_percent / 100
            protection = policy.report(loss, density, heard.burst_duration_ms, gap_density, now_ms)
            encoder.set_expected_loss(protection.expected_loss_percent)
            repeater.depth = protection.depth if has_redundancy else 0
    (heard,) = playback.statistics(now_ms)
    sound = np.concatenate(blocks)
    start = WARM_UP_S * RATE_HZ
    said, sound = said[start:], sound[start:]
    mending_ms = max(1, repeater.depth) * FRAME_MS if heard.packets_lost else 0
    jitter_ms = float(np.percentile(link.delays_ms, COVERED_PERCENT))
    return Outcome(
        rating=rate(said, sound),
        delay_ms=delay_ms(said, sound) - network.base_ms - encoder.lookahead_samples() * 1000 / RATE_HZ,
        least_ms=max(20.0, jitter_ms) + mending_ms,
        step=float(np.abs(np.diff(sound)).max() - np.abs(np.diff(said)).max()),
        bytes_s=(sent_bytes - rated_bytes) / (len(said) / RATE_HZ),
        heard=heard,
        protection=protection,
    )


def run(case: Case, voices: list[Sound]) -> bool:
    """Print a row, and return whether its goals are reached."""
    outcomes = [
        call(
            np.concatenate([voice, voice[: WARM_UP_S * RATE_HZ]]),
            case.network(seed),
            has_redundancy=case.has_redundancy,
        )
        for seed, voice in enumerate(voices, 1)
    ]
    rating = statistics.mean(outcome.rating for outcome in outcomes)
    delay = statistics.mean(outcome.delay_ms for outcome in outcomes)
    least = statistics.mean(outcome.least_ms for outcome in outcomes)
    step = max(outcome.step for outcome in outcomes)
    failures = []
    if rating < case.goal:
        failures.append(f"PESQ under {case.goal}")
    if delay > least + DELAY_GOAL_MS:
        failures.append(f"delay over {least + DELAY_GOAL_MS:.0f} ms")
    if step > STEP_BOUND:
        failures.append(f"step over {STEP_BOUND}")
    lowest = min(outcome.rating for outcome in outcomes)
    last = outcomes[-1]
    print(
        f"{case.name:28} {rating:5.2f} {lowest:7.2f} {case.goal or '':>5} {delay:8.0f} {least:6.0f} {step:+7.2f}"
        f" {statistics.mean(outcome.bytes_s for outcome in outcomes):8.0f}"
        f" {last.heard.packets_lost:5} {last.heard.frames_recovered:5} {last.heard.concealed_percent:6.1f}"
        f" {last.protection.expected_loss_percent:4} {last.protection.depth if case.has_redundancy else 0:3}"
        f"  {', '.join(failures)}",
        flush=True,
    )
    return not failures


def run_hour(voice: Sound, drift_ppm: float) -> bool:
    """Play an hour of one voice over and over, and rate its last round; prints how the delay went."""
    payloads = encode(voice, _expecting(5))
    network = Network(random_loss(0.01), jitter_ms=30, drift_ppm=drift_ppm)
    link, playback = Link(network), Playback()
    rounds = 3600 * 50 // len(payloads)
    stream = packets(payloads * rounds)
    waiting: list[tuple[float, int, Header, bytes]] = []
    delays_ms: list[float] = []
    round_samples = len(payloads) * FRAME_SAMPLES
    ticks = round_samples * rounds // TICK_SAMPLES
    last_ms = (rounds - 1) * len(payloads) * FRAME_MS / (1 + drift_ppm / 1e6)
    blocks: list[Sound] = []
    count = 0
    began_s = time.process_time()
    for tick in range(ticks):
        now_ms = float(tick * TICK_MS)
        while link.next_ms <= now_ms and (packet := next(stream, None)):
            for arrival_ms, header, payload in link.send(*packet):
                count += 1
                heapq.heappush(waiting, (arrival_ms, count, header, payload))
        while waiting and waiting[0][0] <= now_ms:
            arrival_ms, _, header, payload = heapq.heappop(waiting)
            playback.receive(USER, header, payload, arrival_ms)
        block = playback.render(TICK_SAMPLES, now_ms)
        if now_ms >= last_ms:
            blocks.append(block)
        if tick % 1000 == 999:
            delays_ms.append(playback.statistics(now_ms)[0].delay_ms)
    core_percent = 100 * (time.process_time() - began_s) / (ticks * TICK_MS / 1000)
    (heard,) = playback.statistics(now_ms)
    rating = rate(voice, np.concatenate(blocks))
    late = delays_ms[6:]
    is_good = max(late) <= 30 + 20 + DELAY_GOAL_MS and min(late) >= 20 and rating >= 3.6
    print(
        f"an hour at {drift_ppm:+.0f} ppm, jitter 30 ms, 1 % random: PESQ of the last round {rating:.2f}, delay "
        f"{min(late):.0f} to {max(late):.0f} ms, {heard.frames_concealed} of {heard.packets_expected} frames concealed, "
        f"{core_percent:.2f} % of a core{'' if is_good else '  FAILED'}",
        flush=True,
    )
    return is_good


def run_cost(voices: list[Sound]) -> bool:
    """Print what hearing four who talk at once and encoding one costs; the devices and the gate are not in it."""
    talkers = [voices[number % len(voices)] for number in range(4)]
    began_s = time.process_time()
    payloads = [encode(voice, _expecting(5)) for voice in talkers]
    encoding_percent = 100 * (time.process_time() - began_s) / (sum(map(len, payloads)) * FRAME_MS / 1000)
    playback = Playback()
    arrivals = sorted(
        (arrival_ms, number, header._replace(ssrc=number), payload)
        for number, said in enumerate(payloads)
        for arrival_ms, header, payload in Network(random_loss(0.02), jitter_ms=20).carry(packets(said, depth=3))
    )
    ticks = min(map(len, payloads)) * FRAME_MS // TICK_MS
    place = 0
    began_s = time.process_time()
    for tick in range(ticks):
        now_ms = float(tick * TICK_MS)
        while place < len(arrivals) and arrivals[place][0] <= now_ms:
            arrival_ms, number, header, payload = arrivals[place]
            playback.receive(number, header, payload, arrival_ms)
            place += 1
        playback.render(TICK_SAMPLES, now_ms)
    playing_percent = 100 * (time.process_time() - began_s) / (ticks * TICK_MS / 1000)
    total_percent = encoding_percent + playing_percent
    is_good = total_percent <= MAX_CORE_PERCENT
    print(
        f"four talking: playing {playing_percent:.1f} %, encoding one's own voice {encoding_percent:.1f} % of a core"
        f"{'' if is_good else '  FAILED'}",
        flush=True,
    )
    return is_good


def _expecting(percent: int) -> Encoder:
    encoder = Encoder()
    encoder.set_expected_loss(percent)
    return encoder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only the rows that have a goal")
    parser.add_argument("--hour", action="store_true", help="also an hour of drifting clocks, to either side")
    options = parser.parse_args()
    voices = [speak(*voice) for voice in VOICES]
    print(
        "PESQ: mean and lowest of three voices. delay: of the jitter buffer, read off the sound; least: what the network"
        "\nand the wait for what mends a loss take. step: beyond the largest of what was said. fec %, red: what the"
        "\nsender chose.\n"
        f"{'network':28} {'PESQ':>5} {'lowest':>7} {'goal':>5} {'delay ms':>8} {'least':>6} {'step':>7} {'bytes/s':>8}"
        f" {'lost':>5} {'mend':>5} {'conc %':>6} {'fec':>4} {'red':>3}"
    )
    is_good = True
    for case in CASES:
        if not options.quick or case.name in QUICK:
            is_good &= run(case, voices)
    is_good &= run_cost(voices)
    if options.hour:
        for drift_ppm in (200.0, -200.0):
            is_good &= run_hour(voices[0], drift_ppm)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
