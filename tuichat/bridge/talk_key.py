"""Push to talk by a key of this laptop, for the call of another machine: held as long as its presses come, never for ever."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from tuichat.errors import TuichatError
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.bridge.host_line import HostLine

MAX_TALK_S = 120.0  # as `tuichat ctl ptt` has it for a call of this machine

Key = Literal["down", "up", "toggle"]


class TalkKeyError(TuichatError):
    """Nobody would hear it; the text says why. `has_call` is False where another tuichat may have one."""

    def __init__(self, sentence: str, *, has_call: bool = True) -> None:
        super().__init__(sentence)
        self.has_call = has_call


class TalkKey:
    """`down` holds the key for MAX_TALK_S, and again from each further one; `toggle` turns it until it is turned back."""

    def __init__(self, *, max_talk_s: float = MAX_TALK_S) -> None:
        self._max_talk_s = max_talk_s
        self._line: HostLine | None = None  # for which it is held
        self._end: asyncio.TimerHandle | None = None

    def press(self, key: Key, lines: Sequence["HostLine"]) -> bool:
        """Take a key for the newest call; return whether one talks now. Raises TalkKeyError where nobody would hear it."""
        if self._line is not None and not (self._line in lines and self._line.passage.is_in_call):
            self._forget()
        line = self._line or next((each for each in reversed(lines) if each.passage.is_in_call), None)
        if line is None:
            sentence = _("No machine that you are logged in to is in a call with this laptop's sound.")
            raise TalkKeyError(sentence, has_call=False)
        if key == "up" or (key == "toggle" and self._line is not None):
            line.talk(is_pressed=False)  # also where it is held at the other machine's screen
            self._forget()
            return False
        if not line.passage.is_push_to_talk:
            raise TalkKeyError(
                _("Push to talk is off: you are heard when you speak. The setting voice.gate turns it on.")
            )
        if line.passage.is_muted:
            raise TalkKeyError(_("You are muted."))
        self._stop_timer()
        if key == "down":
            self._end = asyncio.get_running_loop().call_later(self._max_talk_s, self.let_go)
        self._line = line
        line.talk(is_pressed=True)
        return True

    def let_go(self) -> None:
        if self._line is not None:
            self._line.talk(is_pressed=False)
        self._forget()

    def _forget(self) -> None:
        self._stop_timer()
        self._line = None

    def _stop_timer(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
