"""Lets through to a screen behind ssh what changes all the time, as often as it tells something: more are bytes that a slow link needs."""

from tuichat.voice.audio_protocol import AudioReport, Level, SpeakingLevels, TestProgress, TestResult

OPEN_MS = 200.0  # taste: a meter still moves
CLOSED_MS = 500.0
PROGRESS_MS = 100.0  # a screen shows ten views a second


class ReportThinner:
    """Of one connection. Times are milliseconds of one monotonic clock."""

    def __init__(self) -> None:
        self._level: Level | None = None
        self._level_ms = 0.0
        self._speakers: frozenset[int] | None = None
        self._speakers_ms = 0.0
        self._step = ""
        self._progress_ms = 0.0

    def may_pass(self, report: AudioReport, now_ms: float) -> bool:
        """Say whether a report goes on; all but levels and progress do.

        A change never waits: of who speaks, of the gate, of a test's step.
        """
        match report:
            case Level():
                return self._take_level(report, now_ms)
            case SpeakingLevels(levels_db):
                return self._take_speakers(frozenset(levels_db), now_ms)
            case TestProgress(step):
                return self._take_progress(step, now_ms)
            case TestResult():
                self._step = ""
        return True

    def _take_level(self, level: Level, now_ms: float) -> bool:
        last = self._level
        is_change = last is None or (last.is_open, last.is_clipped) != (level.is_open, level.is_clipped)
        if not is_change and now_ms - self._level_ms < (OPEN_MS if level.is_open else CLOSED_MS):
            return False
        self._level, self._level_ms = level, now_ms
        return True

    def _take_speakers(self, speakers: frozenset[int], now_ms: float) -> bool:
        if speakers == self._speakers and now_ms - self._speakers_ms < OPEN_MS:
            return False
        self._speakers, self._speakers_ms = speakers, now_ms
        return True

    def _take_progress(self, step: str, now_ms: float) -> bool:
        if step == self._step and now_ms - self._progress_ms < PROGRESS_MS:
            return False
        self._step, self._progress_ms = step, now_ms
        return True
