"""A small crowd in a live room, a short run of what the benchmark measures with thousands."""

import pytest

from tests.benchmarks.live_room import Step, measure, raise_descriptors
from tests.benchmarks.voice_load import Outcome

LISTENERS, MORE = 6, 3


@pytest.mark.slow
@pytest.mark.timeout(90)
@pytest.mark.parametrize("has_helper", [True, False])
def test_a_crowd_comes_in_and_hears_every_packet_of_two_speakers(has_helper: bool) -> None:
    report = measure(
        LISTENERS,
        2,
        storm_seconds=0.3,
        seconds=0.4,
        has_helper=has_helper,
        raise_by=MORE,
        most=LISTENERS + MORE,
        max_p99_ms=5000.0,
    )
    arrival = report.arrival
    assert (arrival.storm.failures, len(arrival.storm.places)) == ({}, LISTENERS)
    told = {kind: names.get("VOICE_STATE_UPDATE", 0) for kind, names in arrival.told.items()}
    assert (told["listener"], told["bot"], told["another client"]) == (1, told["bot"], told["bot"])
    assert told["bot"] >= LISTENERS + 2
    assert arrival.told["listener"]["TUICHAT_LIVE_ROOM_AUDIENCE"] >= 1
    assert [(step.listeners, step.speakers) for step in report.steps] == [(LISTENERS + 1, 2), (LISTENERS + MORE + 1, 2)]
    for step in report.steps:
        assert step.outcome.sent == 2 * 20
        assert step.lost == 0
        assert step.outcome.delay_ms(0.99) > 0
        assert step.outcome.cpu_s > 0


@pytest.mark.parametrize(
    ("received", "delay_ms", "cpu_s", "expected"),
    [
        (100, 1.0, 0.5, None),
        (99, 1.0, 0.5, "1 packets were lost"),
        (100, 21.0, 0.5, "p99 of the delay is 21.0 ms"),
        (100, 1.0, 0.97, "a core is full"),
    ],
)
def test_more_listeners_come_until_it_stops(received: int, delay_ms: float, cpu_s: float, expected: str | None) -> None:
    outcome = Outcome(50, 100, received, cpu_s, 1.0, [delay_ms] * received)
    assert Step(2, 1, outcome).why_it_stops() == expected


def test_more_people_than_the_system_has_files_for_are_refused() -> None:
    with pytest.raises(SystemExit, match="ulimit -Hn"):
        raise_descriptors(1 << 40)
