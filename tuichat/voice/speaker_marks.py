"""Who may be marked as speaking: those whom the voice server has named, whatever the ears say."""


class SpeakerMarks:
    """Of one voice session. The ears may be on another machine, and only they hear who speaks."""

    def __init__(self, own_id: int) -> None:
        self._named = {own_id}
        self._marked: set[int] = set()

    def name(self, user_id: int) -> None:
        """The voice server has told whose packets are whose."""
        self._named.add(user_id)

    def forget(self, user_id: int) -> None:
        """Somebody left; a mark that they have may still be taken from them."""
        self._named.discard(user_id)

    def may_tell(self, user_id: int, *, is_speaking: bool) -> bool:
        """Note a mark, and say whether it is to be told."""
        if is_speaking:
            if user_id in self._named:
                self._marked.add(user_id)
                return True
            return False
        if user_id in self._marked:
            self._marked.remove(user_id)
            return True
        return False
