"""Has the desktop tell when another machine opens the microphone, or asks for it."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping

from tuichat.bridge.capture import Capture
from tuichat.local import desktop_notice
from tuichat.protocol.json import printable
from tuichat.translation import _

AGAIN_S = 10.0  # taste: a microphone that closes and opens in turn is not told each time
REMIND_S = 180.0  # taste: while it is open, where nothing else shows it
CLOSE_LIMIT_S = 1.0


class CaptureNotice:
    """Does nothing where no desktop is in front of the user.

    Of what changes within `again_s` of a notice, only what is so at its end is told. With `stands_alone` nothing else shows the
    microphone: the notice comes again every `remind_s`, the end is told, and whoever was told of it is told at once of a new beginning.
    `on_failure` is called where the desktop shows nothing.
    """

    def __init__(
        self,
        *,
        stands_alone: bool = False,
        environment: Mapping[str, str] = os.environ,
        platform: str = sys.platform,
        find: desktop_notice.Find = desktop_notice.find_program,
        again_s: float = AGAIN_S,
        remind_s: float = REMIND_S,
    ) -> None:
        self._has_desktop = desktop_notice.sits_at_desktop(environment, platform) and desktop_notice.is_there(find)
        self._find = find
        self._stands_alone = stands_alone
        self._again_s = again_s
        self._remind_s = remind_s
        self._capture: Capture | None = None
        self._is_told_open = False
        self._has_opened = False  # since it was told last
        self._limit: asyncio.TimerHandle | None = None
        self._reminder: asyncio.TimerHandle | None = None
        self._has_asked = False
        self._has_failed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_failure: Callable[[], None] = lambda: None

    @property
    def can_show(self) -> bool:
        """Whether a notice would be seen, as far as is known."""
        return self._has_desktop and not self._has_failed

    def show(self, capture: Capture) -> None:
        was_open = self._capture is not None and self._capture.is_open
        self._capture = capture
        if capture.is_open and not was_open:
            self._has_opened = True
        if self._limit is None or (self._stands_alone and capture.is_open and not self._is_told_open):
            self._tell_state()

    def ask(self, name: str, command: str) -> None:
        """Tell once that a machine waits for an answer."""
        if not self._has_asked:
            self._has_asked = True
            self._tell(
                _("{name} asks for your microphone and loudspeaker").format(name=printable(name)),
                _("`{command}` lets it have them.").format(command=command),
            )

    def answered(self) -> None:
        """Tell the next question too."""
        self._has_asked = False

    async def close(self) -> None:
        """Tell the end that is still to be told, and end what runs."""
        if self._limit is not None:
            self._limit_ended()
        for timer in (self._limit, self._reminder):
            if timer is not None:
                timer.cancel()
        tasks = tuple(self._tasks)
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_LIMIT_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tell_state(self) -> None:
        """Tell what changed since the last notice, and nothing more for a while."""
        capture = self._capture
        if capture is None:
            return
        if capture.is_open and self._has_opened:
            self._tell_open(capture, _("{name} hears your microphone"))
        elif not capture.is_open and self._is_told_open:
            self._is_told_open = False
            if self._stands_alone:
                self._tell(
                    _("{name} does not hear your microphone any more").format(name=printable(capture.name)),
                    _("The microphone is closed."),
                )
                self._begin_limit()
        self._has_opened = False

    def _tell_open(self, capture: Capture, title: str) -> None:
        self._is_told_open = True
        self._tell(
            title.format(name=printable(capture.name)),
            _("{device}. `tuichat bridge stop` ends it at once.").format(device=printable(capture.device)),
        )
        self._begin_limit()
        if self._stands_alone:
            self._stop_reminder()
            self._reminder = asyncio.get_running_loop().call_later(self._remind_s, self._remind)

    def _begin_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = asyncio.get_running_loop().call_later(self._again_s, self._limit_ended)

    def _limit_ended(self) -> None:
        self._limit = None
        self._tell_state()

    def _remind(self) -> None:
        self._reminder = None
        capture = self._capture
        if capture is not None and capture.is_open:
            self._tell_open(capture, _("{name} still hears your microphone"))

    def _stop_reminder(self) -> None:
        if self._reminder is not None:
            self._reminder.cancel()
            self._reminder = None

    def _tell(self, title: str, body: str) -> None:
        argv = desktop_notice.command(title, body, self._find) if self._has_desktop else None
        if argv is not None:
            task = asyncio.create_task(self._show(argv), name="capture notice")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _show(self, argv: list[str]) -> None:
        is_shown = await desktop_notice.show(argv)
        if self._has_failed == is_shown:
            self._has_failed = not is_shown
            if not is_shown:
                self.on_failure()
