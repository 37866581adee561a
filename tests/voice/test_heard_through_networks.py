"""Line 4.15: synthetic speech through bad networks is rated as high as it has to be."""

import pytest

from tests.benchmarks import voice_quality
from tests.voice.libraries import needs_opus
from tests.voice.pulse import needs_speech

pytestmark = [*needs_opus, needs_speech, pytest.mark.slow]

RATED = [case for case in voice_quality.CASES if case.name in voice_quality.QUICK or "drift" in case.name]


@pytest.fixture(scope="module")
def voices() -> list[voice_quality.Sound]:
    pytest.importorskip("pesq", reason="pesq is not installed: make test installs it where a compiler is")
    return [voice_quality.speak(*voice) for voice in voice_quality.VOICES]


@pytest.mark.parametrize("case", RATED, ids=[case.name for case in RATED])
def test_goals_are_reached(
    case: voice_quality.Case, voices: list[voice_quality.Sound], capsys: pytest.CaptureFixture[str]
) -> None:
    assert voice_quality.run(case, voices), capsys.readouterr().out


def test_four_talkers_cost_little(voices: list[voice_quality.Sound]) -> None:
    assert voice_quality.run_cost(voices)
