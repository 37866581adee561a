"""Has the desktop tell when another machine opens the microphone, or asks for it."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping

from tuichat.bridge.capture import Capture
from tuichat.local import desktop_notice
from tuichat.protocol.json import printable
from tuichat.translation import _

AGAIN_S = 10.0  # taste: a microphone that closes and opens in turn is not told each time; the terminal's title is


class CaptureNotice:
    """Does nothing where no desktop is in front of the user."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str] = os.environ,
        platform: str = sys.platform,
        find: desktop_notice.Find = desktop_notice.find_program,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._has_desktop = desktop_notice.sits_at_desktop(environment, platform)
        self._find = find
        self._now_s = now_s
        self._was_open = False
        self._told_s: float | None = None
        self._has_asked = False
        self._tasks: set[asyncio.Task[bool]] = set()

    def show(self, capture: Capture) -> None:
        opens, self._was_open = capture.is_open and not self._was_open, capture.is_open
        now_s = self._now_s()
        if not opens or (self._told_s is not None and now_s - self._told_s < AGAIN_S):
            return
        self._told_s = now_s
        self._tell(
            _("{name} hears your microphone").format(name=printable(capture.name)),
            _("{device}. `tuichat bridge stop` ends it at once.").format(device=printable(capture.device)),
        )

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
        """End what still runs."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tell(self, title: str, body: str) -> None:
        argv = desktop_notice.command(title, body, self._find) if self._has_desktop else None
        if argv is not None:
            task = asyncio.create_task(desktop_notice.show(argv), name="capture notice")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
