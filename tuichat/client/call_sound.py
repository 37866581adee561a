"""What the audio engine has reported of a call's sound, and what the last minute of the call was like."""

from collections import deque

from tuichat.client.voice_desk import MAX_MOMENTS, Moment, SoundTest
from tuichat.voice.audio_protocol import (
    SILENCE_DB,
    AudioReport,
    AudioState,
    Level,
    MutedTalking,
    Problem,
    SpeakingLevels,
    TestProgress,
    TestResult,
)
from tuichat.voice.call_protocol import CallStatistics

MAX_PEOPLE = 200  # of whom a minute is remembered (taste: a room seldom holds more)


class CallSound:
    """`take` is given each report; whoever shows a view reads the rest."""

    def __init__(self) -> None:
        self.level: Level | None = None  # None while the microphone is closed
        self.levels_db: dict[int, float] = {}
        self.state = AudioState()
        self.problems: dict[str, str] = {}
        self.test: SoundTest | None = None
        self.is_muted_talking = False

    def take(self, report: AudioReport) -> None:
        match report:
            case Level():
                self.level = report
            case SpeakingLevels(levels_db):
                self.levels_db = levels_db
            case AudioState():
                self.state = report
                if report.input_name is None:
                    self.level = None
                if not report.is_muted:
                    self.is_muted_talking = False
            case MutedTalking():
                self.is_muted_talking = True
            case Problem(place, sentence):
                self.problems.pop(place, None)
                if sentence:
                    self.problems[place] = sentence
            case TestProgress(step, done):
                if self.test is not None:
                    self.test = SoundTest(step=step, done=done)
            case TestResult():
                self.test = SoundTest(
                    verdict=report.verdict,
                    is_good=report.is_good,
                    peak_db=report.peak_db,
                    noise_db=report.noise_db,
                    delay_ms=report.delay_ms,
                )

    def engine_gone(self) -> None:
        """Forget what only the engine that has ended knew."""
        self.level, self.levels_db, self.state = None, {}, AudioState()
        self.problems.clear()
        self.test = None
        self.is_muted_talking = False

    def level_of(self, user_id: int) -> float:
        return self.levels_db.get(user_id, SILENCE_DB)


class CallHistory:
    """A minute of a call, second by second."""

    def __init__(self) -> None:
        self.moments: deque[Moment] = deque(maxlen=MAX_MOMENTS)
        self._people: dict[int, deque[Moment]] = {}

    def take(self, statistics: CallStatistics) -> None:
        self.moments.append(
            Moment(
                rtt_ms=statistics.rtt_ms or 0.0,
                jitter_ms=statistics.jitter_ms,
                loss=statistics.loss,
                concealed=statistics.concealed,
                late_ms=statistics.latest_tick_ms,
            )
        )
        for person in statistics.people:
            if person.user_id not in self._people and len(self._people) >= MAX_PEOPLE:
                continue
            moment = Moment(
                jitter_ms=person.jitter_ms, loss=person.loss, concealed=person.concealed, delay_ms=person.delay_ms
            )
            self._people.setdefault(person.user_id, deque(maxlen=MAX_MOMENTS)).append(moment)

    def of(self, user_id: int) -> tuple[Moment, ...]:
        return tuple(self._people.get(user_id, ()))

    def clear(self) -> None:
        self.moments.clear()
        self._people.clear()
