"""What is sent again follows what receivers report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.voice.network import Losses, burst_loss, random_loss
from tuichat.protocol.rtp import FRAME_SAMPLES, OPUS, RED, SILENCE, unpack_red
from tuichat.voice.reception import Reception
from tuichat.voice.redundancy import HOLD_MS, MAX_DEPTH, Protection, ProtectionPolicy, Repeater, protection_for


def reported(losses: Losses) -> Protection:
    """Return what a receiver's report of ten seconds calls for."""
    reception = Reception()
    for number in range(512):
        if not losses(number):
            reception.arrive(number, number * FRAME_SAMPLES, number * 20.0)
    lost, _, expected = reception.recent_loss()
    bursts = reception.bursts()
    return protection_for(lost / expected, bursts.burst_density, bursts.burst_packets * 20, bursts.gap_density)


def test_nothing_is_spent_while_nothing_is_lost() -> None:
    assert reported(lambda number: False) == Protection()


@pytest.mark.parametrize("share", [0.01, 0.02, 0.05])
@pytest.mark.parametrize("seed", range(6))
def test_strewn_losses_call_for_forward_error_correction(share: float, seed: int) -> None:
    protection = reported(random_loss(share, seed))
    assert protection.expected_loss_percent >= (5 if share > 0.01 else 0)
    assert protection.depth == 0


@pytest.mark.parametrize("share", [0.12, 0.2])
@pytest.mark.parametrize("seed", range(6))
def test_heavy_losses_call_for_repetition_wherever_they_are(share: float, seed: int) -> None:
    assert reported(random_loss(share, seed)).depth >= 2


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
@pytest.mark.parametrize("seed", range(6))
def test_three_in_a_row_call_for_repetition(share: float, seed: int) -> None:
    assert reported(burst_loss(share, 3, seed)).depth >= 3


def test_protection_outlasts_its_report() -> None:
    policy = ProtectionPolicy()
    worst = policy.report(0.05, 0.9, 100, 0.0, 0.0)
    assert worst == Protection(5, MAX_DEPTH)
    assert policy.report(0.0, 0.0, 0.0, 0.0, 1000.0) == worst
    assert policy.report(0.01, 0.0, 0.0, 0.01, 2000.0) == worst
    assert policy.protection(HOLD_MS) == Protection(5)
    assert policy.protection(2000 + HOLD_MS) == Protection()


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1e5), st.floats(0, 1e5)), max_size=50))
def test_any_report_is_bounded(reports: list[tuple[float, float, float, float]]) -> None:
    policy = ProtectionPolicy()
    for loss, density, duration_ms, now_ms in reports:
        protection = policy.report(loss, density, duration_ms, density / 2, now_ms)
        assert 0 <= protection.expected_loss_percent <= 100
        assert 0 <= protection.depth <= MAX_DEPTH


def frame(number: int) -> bytes:
    return bytes([31 << 3, number, number])


def test_frame_of_three_packets_ago_is_sent_again() -> None:
    repeater = Repeater()
    repeater.depth = 3
    sent = [repeater.pack(frame(number), (2**32 - 960 + number * 960) & 0xFFFF_FFFF) for number in range(6)]
    assert sent[:3] == [(OPUS, frame(number)) for number in range(3)]
    for number in range(3, 6):
        payload_type, payload = sent[number]
        assert payload_type == RED
        assert unpack_red(payload) == (frame(number), [(3 * 960, frame(number - 3))])


def test_nothing_is_repeated_at_depth_nought_or_across_a_pause() -> None:
    repeater = Repeater()
    for number in range(5):
        assert repeater.pack(frame(number), number * 960) == (OPUS, frame(number))
    repeater.depth = 2
    assert repeater.pack(frame(5), 9 * 960) == (OPUS, frame(5))
    assert repeater.pack(frame(6), 10 * 960) == (OPUS, frame(6))
    assert repeater.pack(frame(7), 11 * 960)[0] == RED


def test_silence_and_what_does_not_fit_is_not_repeated() -> None:
    repeater = Repeater()
    repeater.depth = 1
    repeater.pack(SILENCE, 0)
    assert repeater.pack(frame(1), 960) == (OPUS, frame(1))
    huge = bytes([31 << 3]) + bytes(1199)
    assert repeater.pack(huge, 1920) == (OPUS, huge)
    assert repeater.pack(frame(3), 2880) == (OPUS, frame(3))
