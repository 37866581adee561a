"""Who speaks now, told by the packets that come: marks that are real whatever clients say of themselves."""

HANG_MS = 300.0  # taste: a pause between words does not blink


class TalkMarks:
    """Times are milliseconds of one monotonic clock."""

    def __init__(self) -> None:
        self._until_ms: dict[int, float] = {}

    @property
    def speaking(self) -> frozenset[int]:
        return frozenset(self._until_ms)

    def note(self, user_id: int, *, is_speech: bool, now_ms: float) -> bool:
        """Note a frame of somebody, and return whether they began with it."""
        if not is_speech:
            return False
        begins = user_id not in self._until_ms
        self._until_ms[user_id] = now_ms + HANG_MS
        return begins

    def expire(self, now_ms: float) -> list[int]:
        """Return who has stopped."""
        stopped = [user_id for user_id, until_ms in self._until_ms.items() if until_ms <= now_ms]
        for user_id in stopped:
            del self._until_ms[user_id]
        return stopped

    def forget(self, user_id: int) -> bool:
        """Somebody left; return whether they were speaking."""
        return self._until_ms.pop(user_id, None) is not None
