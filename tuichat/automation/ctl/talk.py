"""Push to talk by a key of the window manager: held as long as its presses come, and never for ever."""

import asyncio
from collections.abc import Callable

from tuichat.client.voice_desk import VoiceDesk
from tuichat.commands.errors import CommandError
from tuichat.translation import N_, _

MAX_TALK_S = 120.0  # taste: a long speech; a window manager may lose the key's release
NO_CALL = N_("You are in no call. /call join joins one.")
NO_VOICE = N_("Voice is not there in this tuichat.")
NOT_PUSHED = N_("Push to talk is off: you are heard when you speak. The setting voice.gate turns it on.")
MUTED = N_("You are muted.")


class TalkKey:
    """`down` holds the key for MAX_TALK_S, and again from each further one; `toggle` turns it until it is turned back.

    The end of the call ends both.
    """

    def __init__(self, desk: VoiceDesk | None, on_forgotten: Callable[[], None]) -> None:
        """`on_forgotten` is called when the key was held too long, and is let go."""
        self._desk = desk
        self._on_forgotten = on_forgotten
        self._is_holding = False
        self._wanted: bool | None = (
            None  # what the desk was asked for, until its view says so: that follows a little later
        )
        self._end: asyncio.TimerHandle | None = None
        self._unsubscribe = desk.subscribe(self._look) if desk is not None else None

    def press(self, key: str) -> bool:
        """Take down, up or toggle; return whether one talks now. Raises CommandError where nobody would be heard."""
        desk = self._desk
        if key == "up" or (key == "toggle" and self._is_talking):
            self.let_go()
            return False
        if desk is None:
            raise CommandError(_(NO_VOICE))
        view = desk.view
        if not view.is_in_call:
            raise CommandError(_(NO_CALL))
        if view.gate != "push_to_talk":
            raise CommandError(_(NOT_PUSHED))
        if view.is_silent:
            raise CommandError(_(MUTED))
        self._stop_timer()
        if key == "down":
            self._end = asyncio.get_running_loop().call_later(MAX_TALK_S, self._forgotten)
        self._is_holding = True
        self._ask(is_pressed=True)
        return True

    def let_go(self) -> None:
        self._stop_timer()
        self._is_holding = False
        if self._is_talking:
            self._ask(is_pressed=False)

    def close(self) -> None:
        if self._is_holding:
            self.let_go()
        if self._unsubscribe is not None:
            self._unsubscribe()

    @property
    def _is_talking(self) -> bool:
        if self._wanted is not None:
            return self._wanted
        return self._desk is not None and self._desk.view.is_talking

    def _ask(self, *, is_pressed: bool) -> None:
        assert self._desk is not None
        self._wanted = is_pressed
        self._desk.talk(is_pressed=is_pressed)

    def _look(self) -> None:
        """See that the call ended, or that the key was let go at the screen."""
        assert self._desk is not None
        view = self._desk.view
        self._wanted = None
        if self._is_holding and not view.is_in_call:
            self.let_go()
        elif self._is_holding and not view.is_talking:
            self._stop_timer()
            self._is_holding = False

    def _forgotten(self) -> None:
        self.let_go()
        self._on_forgotten()

    def _stop_timer(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
