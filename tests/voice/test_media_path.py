"""UDP while it answers, else the WebSocket, and back: decided by times alone."""

import itertools

from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.media_path import (
    FALL_BACK_MS,
    FIRST_RETRY_MS,
    MAX_RETRY_MS,
    SEEK_LIMIT_MS,
    SILENCE_LIMIT_MS,
    ChooseUdp,
    PathChooser,
    Step,
)


def walk(chooser: PathChooser, start_ms: float, end_ms: float) -> list[tuple[float, Step]]:
    """Tick every 100 ms, and return what was ordered when."""
    steps = []
    now_ms = start_ms
    while now_ms < end_ms:
        steps += [(now_ms, step) for step in chooser.tick(now_ms)]
        now_ms += 100
    return steps


def by_udp(now_ms: float = 0) -> PathChooser:
    chooser = PathChooser(can_use_websocket=True, now_ms=now_ms)
    assert chooser.discovered("10.0.0.1", 7, now_ms) == ChooseUdp("10.0.0.1", 7)
    return chooser


def test_discovery_is_sent_again_until_it_is_answered() -> None:
    chooser = PathChooser(can_use_websocket=True, now_ms=0)
    asked = walk(chooser, 0, 1000)
    assert asked[0] == (0, Step.DISCOVER)
    assert 3 <= len(asked) <= 6
    assert chooser.discovered("10.0.0.1", 7, 1000) == ChooseUdp("10.0.0.1", 7)
    assert chooser.discovered("10.0.0.1", 7, 1001) is None, "the answers to the others say nothing new"
    assert walk(chooser, 1000, 1000 + SILENCE_LIMIT_MS) == []
    assert chooser.path is MediaPath.UDP


def test_udp_without_an_answer_is_left_after_a_bounded_time() -> None:
    chooser = PathChooser(can_use_websocket=True, now_ms=0)
    steps = walk(chooser, 0, SEEK_LIMIT_MS + 200)
    assert steps[-1] == (SEEK_LIMIT_MS, Step.CHOOSE_WEBSOCKET)
    assert chooser.path is MediaPath.WEBSOCKET
    assert not chooser.is_silent(10**9), "the WebSocket has heartbeats of its own"


def test_from_the_websocket_udp_is_tried_again_at_growing_intervals() -> None:
    chooser = PathChooser(can_use_websocket=True, now_ms=0)
    walk(chooser, 0, SEEK_LIMIT_MS + 100)
    again = walk(chooser, SEEK_LIMIT_MS + 100, SEEK_LIMIT_MS + FIRST_RETRY_MS + 1000)
    assert again[0][1] is Step.DISCOVER
    assert again[0][0] >= SEEK_LIMIT_MS + FIRST_RETRY_MS
    assert chooser.path is MediaPath.WEBSOCKET, "voice goes on there meanwhile"
    later = walk(chooser, SEEK_LIMIT_MS + FIRST_RETRY_MS + 1000, 3_600_000)
    assert Step.CHOOSE_WEBSOCKET not in {step for _, step in later}
    gaps = [b - a for (a, _), (b, _) in itertools.pairwise(later)]
    assert FIRST_RETRY_MS < max(gaps) <= MAX_RETRY_MS + SEEK_LIMIT_MS


def test_an_answer_while_udp_is_tried_again_brings_voice_back_there() -> None:
    chooser = PathChooser(can_use_websocket=True, now_ms=0)
    walk(chooser, 0, SEEK_LIMIT_MS + FIRST_RETRY_MS + 300)
    now_ms = SEEK_LIMIT_MS + FIRST_RETRY_MS + 300
    assert chooser.discovered("10.0.0.1", 7, now_ms) == ChooseUdp("10.0.0.1", 7)
    assert chooser.path is MediaPath.UDP


def test_without_the_extension_udp_is_tried_on_and_that_is_told() -> None:
    chooser = PathChooser(can_use_websocket=False, now_ms=0)
    steps = walk(chooser, 0, 60_000)
    assert {step for _, step in steps} == {Step.DISCOVER}
    assert chooser.is_stuck
    assert chooser.discovered("10.0.0.1", 7, 60_000) is not None
    assert not chooser.is_stuck


def test_silence_is_looked_into_with_another_socket_and_a_probe() -> None:
    chooser = by_udp()
    chooser.heard(1000)
    assert not chooser.is_silent(1000 + SILENCE_LIMIT_MS - 1)
    assert chooser.tick(1000 + SILENCE_LIMIT_MS - 1) == []
    assert chooser.is_silent(1000 + SILENCE_LIMIT_MS)
    assert chooser.tick(1000 + SILENCE_LIMIT_MS) == [Step.REOPEN, Step.PROBE]
    assert chooser.tick(1000 + SILENCE_LIMIT_MS + 100) == [], "not at every tick"
    chooser.heard(1000 + SILENCE_LIMIT_MS + 200)
    assert walk(chooser, 1000 + SILENCE_LIMIT_MS + 200, 1000 + 2 * SILENCE_LIMIT_MS) == []


def test_silence_beside_a_websocket_that_answers_is_a_wall_for_udp() -> None:
    chooser = by_udp()
    now_ms = 0.0
    steps: list[Step] = []
    while now_ms < FALL_BACK_MS + SEEK_LIMIT_MS + 3000:
        for step in chooser.tick(now_ms):
            steps.append(step)
            if step is Step.PROBE:
                chooser.signaling_answered(now_ms + 20)
        now_ms += 100
    assert chooser.path is MediaPath.WEBSOCKET
    assert steps[-1] is Step.CHOOSE_WEBSOCKET


def test_silence_of_everything_is_no_reason_to_leave_udp() -> None:
    chooser = by_udp()
    steps = walk(chooser, 0, 60_000)
    assert Step.CHOOSE_WEBSOCKET not in {step for _, step in steps}
    assert chooser.path is MediaPath.UDP


def test_a_session_that_comes_back_shows_where_it_is_now() -> None:
    chooser = by_udp()
    chooser.heard(1000)
    assert chooser.resumed(1500) == [], "media never stopped"
    assert chooser.resumed(5000) == [Step.REOPEN]


def test_behind_a_proxy_nothing_goes_by_udp() -> None:
    chooser = PathChooser(can_use_websocket=True, now_ms=0, may_use_udp=False)
    assert walk(chooser, 0, 3_600_000) == [(0, Step.CHOOSE_WEBSOCKET)]
    assert chooser.path is MediaPath.WEBSOCKET
    alone = PathChooser(can_use_websocket=False, now_ms=0, may_use_udp=False)
    assert walk(alone, 0, 60_000) == []
    assert alone.is_stuck


def relaying(*, can_go_direct: bool = True) -> PathChooser:
    """A chooser whose agent is on another machine, and has answered first."""
    chooser = PathChooser(can_use_websocket=True, now_ms=0, can_relay=True, can_go_direct=can_go_direct)
    assert set(chooser.tick(0)) == ({Step.DISCOVER} if can_go_direct else set()) | {Step.DISCOVER_RELAYED}
    assert chooser.discovered("10.0.0.1", 7, 20, MediaPath.RELAYED) == ChooseUdp("10.0.0.1", 7)
    return chooser


def test_the_agents_udp_is_taken_at_once_and_left_for_the_direct_way() -> None:
    chooser = relaying()
    assert chooser.path is MediaPath.RELAYED
    assert chooser.discovered("10.0.0.1", 7, 30, MediaPath.RELAYED) is None, "it says nothing new"
    assert {step for _, step in walk(chooser, 100, 1000)} == {Step.DISCOVER}
    assert chooser.discovered("203.0.113.5", 9, 1000) == ChooseUdp("203.0.113.5", 9)
    assert str(chooser.path) == str(MediaPath.UDP)
    assert chooser.discovered("10.0.0.1", 7, 1001, MediaPath.RELAYED) is None


def test_a_direct_way_that_does_not_answer_is_tried_again_later() -> None:
    chooser = relaying()
    for now_ms in range(0, 60_000, 500):
        chooser.heard(now_ms, MediaPath.RELAYED)
        steps = chooser.tick(now_ms)
        assert steps in ([], [Step.DISCOVER])
        if SEEK_LIMIT_MS < now_ms < SEEK_LIMIT_MS + FIRST_RETRY_MS:
            assert steps == []
    assert chooser.path is MediaPath.RELAYED
    lonely = relaying(can_go_direct=False)
    for now_ms in range(0, 1_000_000, 1000):
        lonely.heard(now_ms, MediaPath.RELAYED)
        assert lonely.tick(now_ms) == []


def test_a_direct_way_that_falls_silent_is_left_for_the_agents() -> None:
    chooser = relaying()
    assert chooser.discovered("203.0.113.5", 9, 100) == ChooseUdp("203.0.113.5", 9)
    chooser.heard(1000, MediaPath.RELAYED)
    silent_ms = 100 + SILENCE_LIMIT_MS
    steps = walk(chooser, 200, silent_ms + 300)
    assert Step.DISCOVER_RELAYED in {step for _, step in steps}
    assert steps[0][0] >= silent_ms
    assert chooser.discovered("10.0.0.1", 7, silent_ms + 320, MediaPath.RELAYED) == ChooseUdp("10.0.0.1", 7)
    assert chooser.path is MediaPath.RELAYED


def test_an_agents_udp_that_falls_silent_is_left_for_the_websocket() -> None:
    chooser = relaying(can_go_direct=False)
    for now_ms in range(100, 20_000, 100):
        chooser.signaling_answered(now_ms)
        if Step.CHOOSE_WEBSOCKET in chooser.tick(now_ms):
            break
    assert chooser.path is MediaPath.WEBSOCKET


def test_a_stall_of_everything_changes_no_way() -> None:
    chooser = relaying()
    assert chooser.discovered("203.0.113.5", 9, 100) == ChooseUdp("203.0.113.5", 9)
    steps = {step for _, step in walk(chooser, 200, 100 + SILENCE_LIMIT_MS + 2 * SEEK_LIMIT_MS + 500)}
    assert Step.CHOOSE_WEBSOCKET not in steps
    assert {Step.REOPEN, Step.PROBE, Step.DISCOVER} <= steps
    now_ms = 100 + SILENCE_LIMIT_MS + 2 * SEEK_LIMIT_MS + 600
    chooser.heard(now_ms)
    assert chooser.tick(now_ms + 100) == []
    assert chooser.discovered("10.0.0.1", 7, now_ms + 200, MediaPath.RELAYED) is None
    assert chooser.path is MediaPath.UDP
