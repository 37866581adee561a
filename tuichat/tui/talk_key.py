"""The key of push to talk: held where the terminal tells of keys let go, else pressed once to begin and once to end."""

REPEAT_MS = 150  # a key that is held comes again after 30 to 100 ms; nobody presses one so fast


class TalkKey:
    """Whether one talks. It is told the time.

    The first key that was let go, or comes again as one that is held, shows that the terminal tells of such; that may be this one.
    """

    def __init__(self) -> None:
        self.tells_release = False
        self.is_talking = False
        self._pressed_ms: int | None = None

    def press(self, now_ms: int) -> None:
        """Take the key going down, or coming again while it is held."""
        before, self._pressed_ms = self._pressed_ms, now_ms
        if self.tells_release:
            self.is_talking = True
        elif before is None or now_ms - before >= REPEAT_MS:
            self.is_talking = not self.is_talking

    def release(self) -> None:
        """Take the key being let go."""
        if self._pressed_ms is not None:
            self.is_talking = False
        self.tells_release = True

    def see_release(self) -> None:
        """Note that the terminal tells of keys let go: some other one was, or this one is held."""
        self.tells_release = True

    def let_go(self) -> None:
        """End talking: nobody would hear of the key any more, or the button was let go."""
        self.is_talking = False
        self._pressed_ms = None
