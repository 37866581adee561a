"""What a stall has held up is dropped; a way that has become longer, and clocks that wrap, are lived with."""

import itertools
from typing import NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tuichat.protocol import discovery, rtcp, rtp
from tuichat.voice.late_filter import LATE_MS, MOVED_MS, LateFilter
from tuichat.voice.media_protocol import Datagram, Way

VOICE = rtp.build_header(rtp.Header(rtp.OPUS, 1, 2, 3, False)) + b"sealed speech"
FRAME_MS = 20.0


def is_late(filter_: LateFilter, stamp_ms: float, now_ms: float, data: bytes = VOICE) -> bool:
    return filter_.is_late(Datagram(Way.UDP, int(stamp_ms) & 0xFFFF, data), now_ms)


def arrivals(
    filter_: LateFilter, transits_ms: list[float], *, began_ms: float = 1000.0, offset_ms: float = 0
) -> list[bool]:
    """Send a datagram each 20 ms that takes so long, and return which of them are late."""
    sent = [began_ms + FRAME_MS * number for number in range(len(transits_ms))]
    return [is_late(filter_, at + offset_ms, at + transit) for at, transit in zip(sent, transits_ms, strict=True)]


def test_jitter_is_not_late() -> None:
    assert not any(arrivals(LateFilter(), [40.0, 90.0, 40.0, 200.0, 40.0 + LATE_MS]))


def test_what_a_stall_held_up_is_late_and_what_follows_is_not() -> None:
    filter_ = LateFilter()
    arrivals(filter_, [40.0] * 100)
    held_up = arrivals(filter_, [5040.0 - 20 * number for number in range(251)], began_ms=3000.0)
    assert held_up.count(True) == sum(5000 - 20 * number > LATE_MS for number in range(251))
    assert not any(arrivals(filter_, [40.0] * 50, began_ms=8100.0))


@pytest.mark.parametrize("voices", [1, 12, 50])
def test_however_many_speak_what_a_stall_held_up_is_late(voices: int) -> None:
    """Their datagrams are thousands, and none tells that the way has become longer."""
    filter_ = LateFilter()
    for number in range(100):
        for _ in range(voices):
            assert not is_late(filter_, 1000 + 20 * number, 1040 + 20 * number)
    for number in range(200):  # all come at once, 5 s after the first
        for _ in range(voices):
            assert is_late(filter_, 3000 + 20 * number, 8000) is (5000 - 20 * number > 40 + LATE_MS)


@pytest.mark.parametrize("stalled_ms", [1_000, 20_000, 29_000])
def test_after_a_long_silence_the_way_is_still_known(stalled_ms: int) -> None:
    filter_ = LateFilter()
    arrivals(filter_, [40.0] * 200)
    end_ms = 5000 + stalled_ms
    assert [is_late(filter_, 5000 + 20 * number, end_ms) for number in range(20)] == [True] * 20
    assert not is_late(filter_, end_ms - 40, end_ms)


def test_a_longer_way_is_the_measure_within_half_a_second() -> None:
    filter_ = LateFilter()
    arrivals(filter_, [10.0] * 100)
    late = arrivals(filter_, [600.0 + number % 3 for number in range(100)], began_ms=3000.0)
    lost = round(MOVED_MS / FRAME_MS)
    assert late == [True] * lost + [False] * (100 - lost)


def test_a_longer_way_with_much_jitter_is_the_measure_within_ten_seconds() -> None:
    filter_ = LateFilter()
    arrivals(filter_, [10.0] * 100)
    late = arrivals(filter_, [600.0 + 200 * (number % 2) for number in range(700)], began_ms=3000.0)
    assert not any(late[500:])


@pytest.mark.parametrize("slept_ms", [500, 20_000, 40_000, 3_600_000])
def test_a_sender_whose_clock_stood_still_is_heard_again_within_half_a_second(slept_ms: int) -> None:
    filter_ = LateFilter()
    arrivals(filter_, [10.0] * 200)
    late = arrivals(filter_, [10.0] * 100, began_ms=5000.0 + slept_ms, offset_ms=-slept_ms)
    assert late.count(True) <= MOVED_MS / FRAME_MS + 1
    assert not any(late[30:])


@pytest.mark.parametrize("apart_ms", [0.1, 5.0, 15.0])
def test_what_a_narrow_line_lets_go_one_by_one_is_no_longer_way(apart_ms: float) -> None:
    filter_ = LateFilter()
    arrivals(filter_, [40.0] * 100)
    at_ms, verdicts = 8000.0, []
    for number in range(250):  # sent 20 ms apart from 3 s on
        at_ms = max(at_ms + apart_ms, 3000.0 + 20 * number + 40)
        late = is_late(filter_, 3000 + 20 * number, at_ms)
        verdicts.append((late, int(at_ms) - 3000 - 20 * number > 40 + LATE_MS))
    assert [late for late, _ in verdicts] == [is_so for _, is_so in verdicts]


def test_clocks_that_drift_apart_make_nothing_late() -> None:
    """By 200 ms in a million, for an hour of a voice that pauses: what was fastest an hour ago tells nothing."""
    filter_, at_ms = LateFilter(), 0.0
    for number in range(60_000):
        at_ms += 20 if number % 1000 else 10_000
        assert not is_late(filter_, at_ms * 0.9998, at_ms + 40)


def test_clocks_need_not_agree_and_may_wrap() -> None:
    for offset_ms in (0, 30_000, 65_500):
        late = arrivals(LateFilter(), [40.0] * 4000 + [400.0, 40.0], offset_ms=offset_ms)
        assert late.index(True) == 4000
        assert late.count(True) == 1


@pytest.mark.parametrize(
    "data",
    [
        discovery.request(7),
        discovery.response(7, "203.0.113.5", 4000),
        discovery.keep_alive(1),
        discovery.keep_alive(0x80),
        rtcp.build(7, [], []) + bytes(24),
        b"",
    ],
)
def test_nothing_but_voice_is_ever_late(data: bytes) -> None:
    filter_ = LateFilter()
    arrivals(filter_, [40.0] * 100)
    assert is_late(filter_, 3000, 8000)
    assert not is_late(filter_, 3000, 8000, data)


def test_what_is_never_late_tells_of_the_way_too() -> None:
    filter_ = LateFilter()
    for second in range(10):
        is_late(filter_, 1000 * second, 1000 * second + 40, discovery.keep_alive(second))
    assert is_late(filter_, 10_000, 15_000)


# A model: datagrams of several voices, with pauses, over a stream that delivers in order, with jitter and stalls.


class Spell(NamedTuple):
    """Some talk, then a pause; `stalled_ms` before its end nothing comes through any more, until it is over."""

    frames: int
    voices: int
    pause_ms: int
    stalled_ms: int


spells = st.lists(
    st.builds(
        Spell,
        st.integers(1, 150),
        st.sampled_from([1, 1, 3, 30]),
        st.integers(0, 4000),
        st.sampled_from([0, 300, 2000]),
    ),
    min_size=1,
    max_size=6,
)


def delivered(spells_: list[Spell], base_ms: int, jitters_ms: list[int]) -> list[tuple[int, int]]:
    """Return when each datagram was sent, and when it comes, in order."""
    jitter = itertools.cycle(jitters_ms)
    sent_ms, free_ms, last_ms = 1000, 0, 0
    found = []
    for spell in spells_:
        end_ms = sent_ms + 20 * spell.frames + spell.pause_ms
        stall_ms = end_ms - spell.stalled_ms if spell.stalled_ms else end_ms + 10_000
        for _ in range(spell.frames):
            for _ in range(spell.voices):
                at_ms = max(sent_ms + base_ms + next(jitter), free_ms, last_ms)
                if stall_ms <= at_ms < end_ms:
                    at_ms = end_ms
                found.append((sent_ms, at_ms))
                last_ms = at_ms
            sent_ms += 20
        sent_ms, free_ms = end_ms, end_ms if spell.stalled_ms else free_ms
    return found


@given(spells, st.integers(0, 400), st.lists(st.integers(0, 60), min_size=1, max_size=20), st.integers(0, 0xFFFF))
def test_what_is_dropped_is_what_was_held_up(
    spells_: list[Spell], base_ms: int, jitters_ms: list[int], offset_ms: int
) -> None:
    filter_, fastest_ms, slowest_ms = LateFilter(), 10**9, base_ms + max(jitters_ms)
    for number, (sent_ms, at_ms) in enumerate(delivered(spells_, base_ms, jitters_ms)):
        late = is_late(filter_, sent_ms + offset_ms, at_ms)
        age_ms = at_ms - sent_ms
        fastest_ms = min(fastest_ms, age_ms)
        if age_ms - fastest_ms <= LATE_MS:
            assert not late, (number, age_ms)
        if fastest_ms <= slowest_ms and age_ms - slowest_ms > LATE_MS:
            assert late, (number, age_ms)


@given(
    st.integers(0, 100),
    st.integers(-3_600_000, 3_600_000),
    st.lists(st.integers(0, 40), min_size=1, max_size=20),
    st.integers(1, 40),
)
def test_whatever_a_clock_or_a_way_does_voice_is_back_within_half_a_second(
    base_ms: int, jump_ms: int, jitters_ms: list[int], voices: int
) -> None:
    """Where it moves by just so much that jitter makes a part of it late, that part is missing until the window has passed."""
    seen_ms = (jump_ms + 0x8000) % 0x10000 - 0x8000
    assume(not LATE_MS - 50 < seen_ms < LATE_MS + 50)
    filter_, jitter = LateFilter(), itertools.cycle(jitters_ms)
    for number in range(100):
        for _ in range(voices):
            is_late(filter_, 1000 + 20 * number, 1000 + 20 * number + base_ms + next(jitter))
    for number in range(100):
        sent_ms = 10_000_000 + 20 * number
        for _ in range(voices):
            late = is_late(filter_, sent_ms - jump_ms, sent_ms + base_ms + next(jitter))
            assert not late or 20 * number <= MOVED_MS + 40 + 20
