"""Levels and progress come seldom through ssh, changes at once."""

from collections.abc import Sequence

from tuichat.voice import audio_protocol
from tuichat.voice.audio_protocol import AudioReport, AudioState, Level, SpeakingLevels
from tuichat.voice.report_thinner import ReportThinner


def passed(reports: Sequence[tuple[float, AudioReport]]) -> list[float]:
    thinner = ReportThinner()
    return [now_ms for now_ms, report in reports if thinner.may_pass(report, now_ms)]


def test_in_silence_two_levels_a_second_come_through() -> None:
    assert passed([(float(at), Level(-60.0, False)) for at in range(0, 1000, 100)]) == [0.0, 500.0]


def test_while_the_gate_is_open_five_do_and_its_opening_and_closing_at_once() -> None:
    levels = [(0.0, False), (100.0, True), (200.0, True), (300.0, True), (400.0, False), (500.0, False)]
    assert passed([(at, Level(-20.0, is_open)) for at, is_open in levels]) == [0.0, 100.0, 300.0, 400.0]


def test_who_begins_or_ends_to_speak_is_told_at_once() -> None:
    heard = [(0.0, {7}), (100.0, {7}), (150.0, {7, 8}), (160.0, {7, 8}), (170.0, set()), (500.0, set())]
    reports = [(at, SpeakingLevels(dict.fromkeys(users, -20.0))) for at, users in heard]
    assert passed(list(reports)) == [0.0, 150.0, 170.0, 500.0]


def test_the_progress_of_a_test_comes_as_often_as_it_is_shown_and_a_new_step_at_once() -> None:
    reports: list[tuple[float, AudioReport]] = [
        (float(at), audio_protocol.TestProgress("recording" if at < 510 else "playing", at / 1000))
        for at in range(0, 1000, 20)
    ]
    assert passed(reports) == [*range(0, 600, 100), *range(520, 1000, 100)]
    again: list[tuple[float, AudioReport]] = [
        (0.0, audio_protocol.TestProgress("delay", 0.9)),
        (10.0, audio_protocol.TestResult(is_good=True, verdict="")),
        (20.0, audio_protocol.TestProgress("delay", 0.0)),
    ]
    assert passed(again) == [0.0, 10.0, 20.0]


def test_other_reports_always_pass() -> None:
    thinner = ReportThinner()
    assert all(thinner.may_pass(AudioState(), 0.0) for _ in range(3))
