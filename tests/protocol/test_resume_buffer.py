"""The replay window of a session."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.gateway import dispatch_tail
from tuichat.protocol.resume_buffer import Replay, ReplayRefusal, ResumeBuffer

TAIL = dispatch_tail("TYPING_START", b"{}")


def _filled(count: int, **limits: int) -> ResumeBuffer:
    buffer = ResumeBuffer(**limits)
    for number in range(1, count + 1):
        assert buffer.append(dispatch_tail("E", b"%d" % number), 0) == number
    return buffer


def test_the_replay_is_what_came_after() -> None:
    replay = _filled(5).replay_after(3, 0)
    assert isinstance(replay, Replay)
    assert replay.payloads() == [b'{"op":0,"s":4,"t":"E","d":4}', b'{"op":0,"s":5,"t":"E","d":5}']


def test_a_client_that_saw_all_gets_an_empty_replay() -> None:
    assert _filled(5).replay_after(5, 0) == Replay(6, [])


def test_a_client_that_saw_nothing_gets_everything() -> None:
    for nothing in (None, 0):
        replay = _filled(2).replay_after(nothing, 0)
        assert isinstance(replay, Replay)
        assert len(replay.tails) == 2


def test_tails_are_shared_and_not_copied() -> None:
    buffers = [ResumeBuffer(), ResumeBuffer()]
    replays = []
    for buffer in buffers:
        buffer.append(TAIL, 0)
        replays.append(buffer.replay_after(0, 0))
    for replay in replays:
        assert isinstance(replay, Replay)
        assert replay.tails[0] is TAIL


def test_more_than_the_window_holds_is_too_old() -> None:
    buffer = _filled(30, max_dispatches=10)
    assert len(buffer) == 10
    assert buffer.replay_after(19, 0) is ReplayRefusal.TOO_OLD
    replay = buffer.replay_after(20, 0)
    assert isinstance(replay, Replay)
    assert len(replay.tails) == 10


def test_more_bytes_than_the_window_holds_are_too_old() -> None:
    buffer = ResumeBuffer(max_bytes=1000)
    for _ in range(5):
        buffer.append(b"x" * 300, 0)
    assert len(buffer) == 3
    assert buffer.replay_after(1, 0) is ReplayRefusal.TOO_OLD
    assert buffer.replay_after(2, 0) == Replay(3, [b"x" * 300] * 3)
    buffer.acknowledge(5)
    for number in (6, 7, 8):  # what was acknowledged counts no more
        assert buffer.append(b"x" * 300, 0) == number
    assert len(buffer) == 3


def test_one_dispatch_over_the_bound_of_bytes_cannot_be_replayed() -> None:
    buffer = ResumeBuffer(max_bytes=1000)
    assert buffer.append(b"x" * 2000, 0) == 1
    assert buffer.append(TAIL, 0) == 2
    assert buffer.replay_after(0, 0) is ReplayRefusal.TOO_OLD
    assert buffer.replay_after(1, 0) == Replay(2, [TAIL])


def test_what_is_older_than_the_window_is_too_old() -> None:
    buffer = ResumeBuffer(max_age_ms=10_000)
    buffer.append(TAIL, 0)
    buffer.append(TAIL, 4000)
    assert isinstance(buffer.replay_after(0, 10_000), Replay)
    assert buffer.replay_after(0, 11_001) is ReplayRefusal.TOO_OLD
    assert buffer.replay_after(1, 11_001) == Replay(2, [TAIL])
    assert buffer.replay_after(2, 50_000) == Replay(3, [])
    assert buffer.replay_after(1, 50_000) is ReplayRefusal.TOO_OLD
    assert buffer.append(TAIL, 60_000) == 3
    assert buffer.replay_after(2, 60_000) == Replay(3, [TAIL])


@given(
    steps=st.lists(st.tuples(st.sampled_from(["append", "acknowledge", "expire"]), st.integers(0, 3000)), max_size=60)
)
def test_a_window_holds_what_it_promises(steps: list[tuple[str, int]]) -> None:
    buffer = ResumeBuffer(max_dispatches=8, max_age_ms=5000)
    sent_ms: list[int] = []
    now_ms = acknowledged = 0
    for step, delay_ms in steps:
        now_ms += delay_ms
        match step:
            case "append":
                sent_ms.append(now_ms)
                assert buffer.append(dispatch_tail("E", b"%d" % len(sent_ms)), now_ms) == len(sent_ms)
            case "acknowledge":
                acknowledged = max(acknowledged, len(sent_ms) - delay_ms % 5)
                buffer.acknowledge(acknowledged)
            case _:
                buffer.expire(now_ms)
    for seen in range(len(sent_ms) + 1):
        missed = range(seen + 1, len(sent_ms) + 1)
        replay = buffer.replay_after(seen, now_ms)
        fits = len(missed) <= 8 and seen >= min(acknowledged, len(sent_ms))
        if fits and all(now_ms - sent_ms[number - 1] <= 5000 for number in missed):
            assert isinstance(replay, Replay)
        if not fits or any(now_ms - sent_ms[number - 1] > 6000 for number in missed):
            assert replay is ReplayRefusal.TOO_OLD
        if isinstance(replay, Replay):
            assert replay.payloads() == [b'{"op":0,"s":%d,"t":"E","d":%d}' % (number, number) for number in missed]


def test_a_number_that_was_never_sent_is_ahead() -> None:
    for sequence in (6, 1 << 70, -1):
        assert _filled(5).replay_after(sequence, 0) is ReplayRefusal.AHEAD


def test_what_a_client_acknowledged_is_forgotten() -> None:
    buffer = _filled(5)
    buffer.acknowledge(3)
    assert len(buffer) == 2
    assert buffer.replay_after(2, 0) is ReplayRefusal.TOO_OLD
    assert isinstance(buffer.replay_after(3, 0), Replay)
    assert buffer.last_sequence == 5


def test_an_acknowledgement_of_nonsense_does_no_harm() -> None:
    buffer = _filled(5)
    buffer.acknowledge(-4)
    assert len(buffer) == 5
    buffer.acknowledge(1 << 70)
    assert len(buffer) == 0
    assert buffer.append(TAIL, 0) == 6
    assert buffer.replay_after(5, 0) == Replay(6, [TAIL])


def test_what_may_not_be_seen_any_more_is_dropped_and_the_rest_is_numbered_anew() -> None:
    buffer = ResumeBuffer()
    for number, about in enumerate(["open", "hidden", None, "hidden", "open"], 1):
        buffer.append(str(number).encode(), number * 2000, about)
    buffer.forget_unseen(1, lambda about: about != "hidden")
    assert buffer.last_sequence == 3
    assert buffer.replay_after(1, 10_000) == Replay(2, [b"3", b"5"])
    assert buffer.append(b"6", 12_000) == 4
    assert buffer.replay_after(0, 12_000) == Replay(1, [b"1", b"3", b"5", b"6"])


def test_what_the_client_has_seen_is_left_as_it_is() -> None:
    buffer = ResumeBuffer()
    for number in range(4):
        buffer.append(b"x", 0, "hidden" if number < 2 else "open")
    for sequence in (2, 4, 5, -1):
        buffer.forget_unseen(sequence, lambda about: about != "hidden")
    assert buffer.last_sequence == 4
    assert len(buffer) == 4


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 3000)), max_size=40),
    st.integers(0, 45),
    st.integers(0, 200_000),
)
def test_numbers_stay_without_gaps_whatever_is_dropped(
    dispatches: list[tuple[bool, int]], sequence: int, later_ms: int
) -> None:
    buffer = ResumeBuffer(max_dispatches=20)
    now_ms = 0
    for is_hidden, wait_ms in dispatches:
        now_ms += wait_ms
        buffer.append(b"h" if is_hidden else b"o", now_ms, is_hidden)
    buffer.forget_unseen(sequence, lambda is_hidden: not is_hidden)
    found = buffer.replay_after(sequence, now_ms)
    if isinstance(found, Replay):
        assert b"h" not in found.tails
        assert found.first_sequence + len(found.tails) - 1 == buffer.last_sequence
    buffer.expire(now_ms + later_ms)
    assert 0 <= len(buffer) <= 20
    assert buffer.append(b"o", now_ms + later_ms) == buffer.last_sequence
