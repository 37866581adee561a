"""Shows notices outside of the screen: writes to the terminal, or has the desktop show them."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping

from tuichat.config.schema import Settings
from tuichat.local import desktop_notice
from tuichat.text.notice_text import Notice
from tuichat.tui.faults import log_fault
from tuichat.tui.notice_way import Way, choose_way, sequence

log = logging.getLogger(__name__)

BELL = "\x07"
MAX_WAITING = 3  # notices that a desktop has not shown yet; more are dropped


class Notifier:
    """`write` takes what goes to the terminal. The environment is read once."""

    def __init__(
        self,
        write: Callable[[str], None],
        *,
        environment: Mapping[str, str] | None = None,
        platform: str = sys.platform,
        find: desktop_notice.Find | None = None,
    ) -> None:
        self._write = write
        self._environment = dict(os.environ if environment is None else environment)
        self._platform = platform
        self._find = find or desktop_notice.find_program
        self._number = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def way(self, settings: Settings) -> Way:
        """Return the way that notices go."""
        has_desktop = desktop_notice.sits_at_desktop(self._environment, self._platform) and desktop_notice.is_there(
            self._find
        )
        return choose_way(settings.notifications.method, self._environment, has_desktop=has_desktop)

    def show(self, notice: Notice, settings: Settings) -> None:
        """Show a notice now, by the way that the settings say; one that cannot be told rings."""
        try:
            self._show(notice, settings)
        except Exception as error:
            log_fault("showing a notice", error)
            self._write(BELL)

    def _show(self, notice: Notice, settings: Settings) -> None:
        way = self.way(settings)
        rings = way is Way.BELL or (settings.notifications.bell and notice.is_mention)
        if way is Way.DESKTOP:
            self._show_on_desktop(notice)
        elif way is not Way.BELL:
            self._number += 1
            self._write(sequence(way, notice, self._number, in_tmux=bool(self._environment.get("TMUX"))))
        if rings:
            self._write(sequence(Way.BELL, notice, 0, in_tmux=False))

    async def close(self) -> None:
        """End what still runs."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _show_on_desktop(self, notice: Notice) -> None:
        argv = desktop_notice.command(notice.title, notice.body, self._find)
        if argv is None:
            self._write(sequence(Way.BELL, notice, 0, in_tmux=False))
            return
        if len(self._tasks) >= MAX_WAITING:
            log.info("the desktop is slow to show notices: one was left out")
            return
        task = asyncio.create_task(self._desktop(argv, notice), name="desktop notice")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _desktop(self, argv: list[str], notice: Notice) -> None:
        if not await desktop_notice.show(argv):
            self._write(sequence(Way.BELL, notice, 0, in_tmux=False))
