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
TRY_AGAIN_S = 60.0  # taste: for a desktop that showed nothing, its bus being new or busy
TRY_AGAIN_SOONEST_S = 10.0  # taste: when a machine asks
CLOSE_LIMIT_S = 1.0


class CaptureNotice:
    """Does nothing where no desktop is in front of the user.

    Of what changes within `again_s` of a notice, only what is so at its end is told. With `stands_alone` nothing else shows the
    microphone: the notice comes again every `remind_s`, the end is told, and whoever was told of it is told at once of a new beginning.
    Where the desktop showed nothing, it is asked to show something `try_again_s` later, and when a machine asks for the microphone, until
    it does: only then it `can_show` again. `on_change` is called when that is another than it was.
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
        try_again_s: float = TRY_AGAIN_S,
        try_again_soonest_s: float = TRY_AGAIN_SOONEST_S,
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
        self._failed_s = 0.0  # of the loop's clock, at the last failure
        self._try_again_s = try_again_s
        self._try_again_soonest_s = try_again_soonest_s
        self._trial: asyncio.TimerHandle | None = None
        self._is_trying = False
        self._is_closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.on_change: Callable[[], None] = lambda: None

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

    def try_again(self) -> None:
        """Have a desktop that showed nothing show that it can, unless that was tried just now."""
        if not self._has_failed or self._is_trying or self._is_closed:
            return
        if asyncio.get_running_loop().time() - self._failed_s >= self._try_again_soonest_s:
            self._try()

    async def close(self) -> None:
        """Tell the end that is still to be told, and end what runs."""
        self._is_closed = True
        if self._limit is not None:
            self._limit_ended()
        for timer in (self._limit, self._reminder, self._trial):
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
        if self._has_desktop:
            argv = desktop_notice.command(title, body, self._find)
            task = asyncio.create_task(self._show(argv), name="capture notice")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _show(self, argv: list[str] | None) -> None:
        is_shown = argv is not None and await desktop_notice.show(argv)
        self._stop_trial()
        if not is_shown:
            loop = asyncio.get_running_loop()
            self._failed_s = loop.time()
            if self._stands_alone and not self._is_closed:
                self._trial = loop.call_later(self._try_again_s, self._try)
        if self._has_failed == is_shown:
            self._has_failed = not is_shown
            self.on_change()

    def _try(self) -> None:
        self._stop_trial()
        self._is_trying = True
        self._tell(
            _("Notices of the microphone are shown again"),
            _("So this computer lends it to the machines that you allowed."),
        )

    def _stop_trial(self) -> None:
        self._is_trying = False
        if self._trial is not None:
            self._trial.cancel()
            self._trial = None
