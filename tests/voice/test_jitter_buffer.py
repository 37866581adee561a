"""The jitter buffer is fed bytes and times: any order, doubles, wraps, holes and pauses."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.rtp import FRAME_SAMPLES, SILENCE
from tuichat.voice.jitter_buffer import (
    MAX_PACKETS,
    Arrival,
    Frame,
    JitterBuffer,
    Lost,
    Quiet,
    Starved,
    Step,
)
from tuichat.voice.playout_delay import MAX_DELAY_MS, MIN_DELAY_MS

FRAME_MS = 20.0
TICK_MS = 10.0
WITH_FEC = bytes([15 << 3, 0x40])
SEQUENCE, TIMESTAMP = 65_530, 2**32 - 3 * FRAME_SAMPLES


def payload(number: int, *, fec: bool = False) -> bytes:
    """Return a packet of 20 ms that can be told from others, hybrid with FEC or CELT without."""
    return (WITH_FEC if fec else bytes([31 << 3])) + number.to_bytes(2, "big")


def put(
    buffer: JitterBuffer, number: int, now_ms: float, *, fec: bool = False, timestamp: int | None = None
) -> Arrival:
    if timestamp is None:
        timestamp = TIMESTAMP + number * FRAME_SAMPLES
    return buffer.put((SEQUENCE + number) & 0xFFFF, timestamp & 0xFFFF_FFFF, payload(number, fec=fec), now_ms)


def name(step: Step) -> str:
    match step:
        case Frame(packet, skip):
            text = str(int.from_bytes(packet.payload[-2:], "big"))
            return text + ("-" if skip else "") + ("r" if packet.is_repetition else "")
        case Lost(_, next_payload):
            return "fec" if next_payload else "lost"
        case Starved():
            return "starved"
        case Quiet():
            return "quiet"


def play(
    buffer: JitterBuffer, arrivals: Sequence[tuple[int, float]], until_ms: float, *, fec: bool = False
) -> list[str]:
    """Put packets (number, time) and take a frame whenever one is over, as a sound card would."""
    steps: list[str] = []
    waiting = sorted(arrivals, key=lambda arrival: arrival[1])
    busy_until_ms = 0.0
    now_ms = 0.0
    while now_ms < until_ms:
        while waiting and waiting[0][1] <= now_ms:
            put(buffer, *waiting.pop(0), fec=fec)
        while now_ms >= busy_until_ms:
            step = buffer.take(now_ms)
            steps.append(name(step))
            match step:
                case Quiet():
                    break
                case Starved():
                    buffer.starve(480)
                    busy_until_ms = now_ms + TICK_MS
                case Frame(packet, skip):
                    busy_until_ms += (packet.samples - skip) / 48
                    busy_until_ms = max(busy_until_ms, now_ms + (packet.samples - skip) / 48)
                case Lost(samples, _, skip):
                    busy_until_ms = now_ms + (samples - skip) / 48
        now_ms += TICK_MS
    return [step for step in steps if step != "quiet"]


def steady(count: int, *, but: Sequence[int] = (), first_ms: float = 0.0) -> list[tuple[int, float]]:
    return [(number, first_ms + number * FRAME_MS) for number in range(count) if number not in but]


def test_packets_are_played_in_order_across_both_wraps() -> None:
    assert play(JitterBuffer(), steady(10), 240)[:10] == [str(number) for number in range(10)]


def test_packets_out_of_order_are_put_in_order() -> None:
    arrivals = [(0, 0.0), (2, 35.0), (1, 37.0), (3, 60.0), (4, 80.0)]
    assert play(JitterBuffer(), arrivals, 140)[:5] == ["0", "1", "2", "3", "4"]


def test_doubles_are_played_once() -> None:
    buffer = JitterBuffer()
    assert play(buffer, [*steady(6), *steady(6, first_ms=5.0)], 160)[:6] == ["0", "1", "2", "3", "4", "5"]
    assert buffer.reception.repeated == 6


def test_lost_packet_is_mended_from_the_next() -> None:
    assert play(JitterBuffer(), steady(6, but=[2]), 160, fec=True)[:6] == ["0", "1", "fec", "3", "4", "5"]


def test_without_fec_it_is_guessed() -> None:
    assert play(JitterBuffer(), steady(6, but=[2]), 160)[:6] == ["0", "1", "lost", "3", "4", "5"]


def test_of_several_lost_packets_only_the_last_is_known() -> None:
    buffer = JitterBuffer()
    for number in (0, 1, 5, 6):
        put(buffer, number, number * FRAME_MS, fec=True)
    assert [name(buffer.take(160.0 + number * FRAME_MS)) for number in range(7)] == [
        "0",
        "1",
        "lost",
        "lost",
        "fec",
        "5",
        "6",
    ]


def test_repetition_takes_the_place_of_a_lost_packet() -> None:
    buffer = JitterBuffer()
    put(buffer, 0, 0.0)
    buffer.take(100.0)
    put(buffer, 3, 60.0)
    for back in (1, 2):
        buffer.put_repetition(back * FRAME_SAMPLES, payload(3 - back), SEQUENCE + 3, TIMESTAMP + 3 * FRAME_SAMPLES)
    assert [name(buffer.take(100.0)) for _ in range(4)] == ["1r", "2r", "3", "starved"]
    assert buffer.reception.lost == 2, "the network lost them all the same"


def test_pause_of_the_sender_is_no_loss() -> None:
    buffer = JitterBuffer()
    put(buffer, 0, 0.0)
    assert name(buffer.take(100.0)) == "0"
    buffer.put(SEQUENCE + 1, TIMESTAMP + FRAME_SAMPLES & 0xFFFF_FFFF, SILENCE, 20.0)
    assert isinstance(buffer.take(120.0), Frame)
    assert isinstance(buffer.take(140.0), Quiet)
    put(buffer, 2, 1020.0, timestamp=TIMESTAMP + 51 * FRAME_SAMPLES)
    assert name(buffer.take(1020.0)) == "quiet", "it is held for as long as any packet"
    assert name(buffer.take(1060.0)) == "2"
    assert buffer.reception.lost == 0


@pytest.mark.parametrize("pause_s", [0.2, 2, 60])
def test_timestamps_that_stand_still_in_a_pause_hold_nothing_up(pause_s: float) -> None:
    """discord.py's player does not count the time in which it sends nothing."""
    buffer = JitterBuffer()
    for number in range(20):
        put(buffer, number, number * FRAME_MS)
        buffer.take(number * FRAME_MS + 40)
    buffer.put((SEQUENCE + 20) & 0xFFFF, (TIMESTAMP + 20 * FRAME_SAMPLES) & 0xFFFF_FFFF, SILENCE, 400.0)
    buffer.take(440.0)
    now_ms = 400 + pause_s * 1000
    put(buffer, 21, now_ms)
    assert name(buffer.take(now_ms + 40)) == "21"
    assert buffer.delay.excess_ms == pytest.approx(0, abs=10)


def test_clock_that_begins_anew_is_followed() -> None:
    buffer = JitterBuffer()
    play(buffer, steady(50), 1100)
    now_ms = 2000.0
    for number in range(50, 60):
        put(buffer, number, now_ms, timestamp=12345 + number * FRAME_SAMPLES)
        now_ms += FRAME_MS
        step = name(buffer.take(now_ms))
    assert step not in ("quiet", "starved")


def test_famine_ends_the_talk_spurt() -> None:
    buffer = JitterBuffer()
    steps = play(buffer, steady(3), 600)
    assert steps[:3] == ["0", "1", "2"]
    assert set(steps[3:]) == {"starved"}
    assert len(steps[3:]) == 20, "200 ms"
    assert buffer.is_between_spurts


def test_a_little_late_is_played_where_jitter_calls_for_more_delay() -> None:
    buffer = JitterBuffer()
    late = [(number, number * FRAME_MS + (30 if number % 3 == 2 else 0)) for number in range(30)]
    steps = play(buffer, late, 700)
    played = [int(step) for step in steps if step.isdigit()]
    assert played == list(range(30))


def test_stall_leaves_no_standing_delay() -> None:
    buffer = JitterBuffer()
    before = steady(200)
    stalled = [(number, max(at_ms, 4500.0)) for number, at_ms in steady(600)][200:]
    play(buffer, before + stalled, 4600)
    assert buffer.delay.actual_ms <= MAX_DELAY_MS, "words are kept, as far as they are worth the delay"
    assert buffer.delay.wanted_ms == MIN_DELAY_MS, "and one stall tells nothing of the next"


@pytest.mark.parametrize("apart_ms", [0.1, 3.0, 8.0])
def test_long_stall_that_a_narrow_line_lets_go_of_one_by_one_leaves_no_standing_delay(apart_ms: float) -> None:
    buffer = JitterBuffer()
    arrivals = steady(1500)
    let_go_ms = 9000.0  # of a stall of five seconds
    for place, (number, at_ms) in enumerate(arrivals):
        if at_ms >= 4000.0:
            let_go_ms = max(let_go_ms + apart_ms, at_ms)
            arrivals[place] = number, let_go_ms
    play(buffer, [arrival for arrival in arrivals if arrival[1] < 16_000.0], 16_000)
    assert buffer.delay.wanted_ms == MIN_DELAY_MS


@pytest.mark.parametrize("phase_ms", range(10))
def test_speech_is_played_at_the_longest_delay_whenever_the_sound_card_asks(phase_ms: int) -> None:
    """A microphone that wakes up after a pause may be a quarter of a second faster than it was."""
    slow = [(number, number * FRAME_MS + 250 + phase_ms) for number in range(11)]
    fast = [(number, number * FRAME_MS + phase_ms) for number in range(40, 100)]
    steps = play(JitterBuffer(), slow + fast, 2500)
    assert [step for step in steps if step.isdecimal() and int(step) >= 40] == [str(number) for number, _ in fast]


def test_least_delay_on_a_network_without_jitter_and_loss() -> None:
    buffer = JitterBuffer()
    play(buffer, steady(100), 2000)
    assert buffer.delay.wanted_ms == MIN_DELAY_MS


def test_loss_calls_for_the_wait_for_what_mends_it() -> None:
    buffer = JitterBuffer()
    play(buffer, steady(100, but=[50]), 2000)
    assert buffer.delay.wanted_ms == MIN_DELAY_MS, "nothing could mend it: no wait"
    buffer = JitterBuffer()
    play(buffer, steady(100, but=[50]), 2000, fec=True)
    assert buffer.delay.wanted_ms == 2 * MIN_DELAY_MS


def test_jitter_is_covered_and_no_more() -> None:
    buffer = JitterBuffer()
    play(buffer, [(number, number * FRAME_MS + number * 37 % 60) for number in range(400)], 8000)
    assert 50 <= buffer.delay.wanted_ms <= 60


def test_damaged_packets_are_refused() -> None:
    buffer = JitterBuffer()
    assert buffer.put(1, 2, b"", 0.0) is Arrival.REFUSED
    assert buffer.put(1, 2, b"x" * 5000, 0.0) is Arrival.REFUSED
    assert isinstance(buffer.take(1000.0), Quiet)


def test_what_comes_too_late_is_counted() -> None:
    buffer = JitterBuffer()
    for number in (0, 2, 3):
        put(buffer, number, number * FRAME_MS)
    for number in range(4):
        buffer.take(60 + number * FRAME_MS)
    assert put(buffer, 1, 140.0) is Arrival.LATE
    assert buffer.reception.late == 1
    assert buffer.reception.lost == 0


any_packet = st.tuples(
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    st.one_of(st.binary(max_size=6), st.just(SILENCE), st.just(payload(1)), st.just(payload(2, fec=True))),
    st.floats(0, 1e7),
    st.integers(0, 2**14),
)


@given(st.lists(any_packet, max_size=80))
def test_memory_and_time_are_bounded_whatever_comes(packets: list[tuple[int, int, bytes, float, int]]) -> None:
    buffer = JitterBuffer()
    for sequence, timestamp, body, now_ms, back in sorted(packets, key=lambda packet: packet[3]):
        buffer.put(sequence, timestamp, body, now_ms)
        buffer.put_repetition(back, body, sequence, timestamp)
        assert len(buffer) <= MAX_PACKETS
        for _ in range(3):
            if isinstance(buffer.take(now_ms), Starved):
                buffer.starve(480)
        assert MIN_DELAY_MS <= buffer.delay.wanted_ms <= MAX_DELAY_MS
    steps = 0
    while not isinstance(step := buffer.take(1e9), Quiet):
        steps += 1
        if isinstance(step, Starved):
            buffer.starve(480)
        assert steps < 100_000


@given(st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.data())
def test_any_order_and_doubles_are_played_in_order_once(sequence: int, timestamp: int, data: st.DataObject) -> None:
    """Packets that all come within 30 ms of their time are all heard, wherever the numbers wrap."""
    buffer = JitterBuffer()
    delays_ms = data.draw(st.lists(st.floats(0, 30), min_size=12, max_size=12))
    again_ms = data.draw(st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=12, max_size=12))
    arrivals = [(number * FRAME_MS + delay_ms, number) for number, delay_ms in enumerate(delays_ms)]
    arrivals += [
        (number * FRAME_MS + delay_ms, number) for number, delay_ms in enumerate(again_ms) if delay_ms is not None
    ]
    for now_ms, number in sorted(arrivals):
        buffer.put(
            (sequence + number) & 0xFFFF, (timestamp + number * FRAME_SAMPLES) & 0xFFFF_FFFF, payload(number), now_ms
        )
    heard = []
    while isinstance(step := buffer.take(5000.0), Frame):
        heard.append(int(name(step).rstrip("-")))
    assert heard == sorted(set(heard))
    assert heard[-1] == 11


@pytest.mark.slow
def test_flood_of_leaps_is_bounded() -> None:
    buffer = JitterBuffer()
    for number in range(20_000):
        buffer.put(number * 2999 & 0xFFFF, number * 123_456_789 & 0xFFFF_FFFF, payload(number), float(number))
    assert len(buffer) <= MAX_PACKETS
