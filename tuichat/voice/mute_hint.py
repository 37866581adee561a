"""When somebody is told of talking into a muted microphone."""

from typing import Final

HINT_CHUNKS: Final = 30  # of voice into a muted microphone before it is told: a cough is shorter
HINT_PAUSE_MS: Final = 10_000


class MuteHint:
    def __init__(self) -> None:
        self._voice_chunks = 0
        self._hinted_ms = float(-HINT_PAUSE_MS)

    def is_due(self, is_voice: bool, now_ms: float) -> bool:
        """Take 10 ms of the muted microphone, or of one that is not muted, where nothing is such voice."""
        if not is_voice:
            self._voice_chunks = max(self._voice_chunks - 1, 0)
            return False
        self._voice_chunks += 1
        if self._voice_chunks < HINT_CHUNKS or now_ms - self._hinted_ms < HINT_PAUSE_MS:
            return False
        self._hinted_ms = now_ms
        self._voice_chunks = 0
        return True
