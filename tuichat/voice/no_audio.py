"""The audio of a call where a library for sound is missing: one is in the channel, and neither heard nor hears."""

from collections.abc import Callable

from tuichat.protocol.rtp import Header
from tuichat.voice.audio import AudioStatistics
from tuichat.voice.audio_protocol import AudioReport, AudioRequest, Problem, StartTest, TestResult


class NoAudio:
    """An Audio that says what is missing, whenever sound is asked for."""

    def __init__(self, sentence: str, report: Callable[[AudioReport], None]) -> None:
        self._sentence = sentence
        self._report = report

    def start(self) -> None:
        self._report(Problem("codec", self._sentence))

    def stop(self) -> None: ...

    def close(self) -> None: ...

    def receive(self, user_id: int | None, header: Header, payload: bytes, now_ms: float) -> None: ...

    def forget(self, user_id: int) -> None: ...

    def set_muted(self, is_muted: bool) -> None: ...

    def set_deafened(self, is_deafened: bool) -> None: ...

    def set_priority(self, user_ids: frozenset[int]) -> None: ...

    def set_bitrate(self, bits_s: int) -> None: ...

    def set_expected_loss(self, percent: int) -> None: ...

    def statistics(self, now_ms: float) -> AudioStatistics:
        return AudioStatistics()

    def handle(self, request: AudioRequest) -> None:
        """Answer a test, and let the rest pass."""
        if isinstance(request, StartTest):
            self._report(TestResult(is_good=False, verdict=self._sentence))
