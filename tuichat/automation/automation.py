"""What automates a running tuichat, as one: begun when its accounts are there, and ended with it."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from tuichat.automation.bindings.bindings import Bindings
from tuichat.automation.ctl.part import ControlSocket
from tuichat.automation.plugins.host import Host
from tuichat.automation.site import LOCK_NAME, RunningSite
from tuichat.local.errors import LocalError
from tuichat.local.file_lock import FileLock
from tuichat.local.runtime import make_folder

logger = logging.getLogger(__name__)

TRY_EVERY_S = 2.0  # taste: how soon a second tuichat of a profile takes over when the first has ended


class Part(Protocol):
    """One way to automate. `close` is called in any case, also where `start` failed."""

    async def start(self) -> None: ...
    async def close(self) -> None: ...


Maker = Callable[[RunningSite], Part]

PARTS: tuple[Maker, ...] = (ControlSocket, Bindings, Host)


class Automation:
    """Of several tuichat of one profile the first does it, and when that ends the next: what happens is acted on once."""

    def __init__(self, site: RunningSite, parts: Sequence[Maker] = PARTS) -> None:
        self._site = site
        self._makers = parts
        self._parts: list[Part] = []
        self._lock = FileLock(site.profile.state_dir / LOCK_NAME)
        self._task: asyncio.Task[None] | None = None

    @property
    def is_active(self) -> bool:
        """Whether this tuichat is the one."""
        return bool(self._parts)

    def start(self) -> None:
        """Begin as soon as no other tuichat of the profile is there. Whoever calls it awaits `close` in the end."""
        self._task = asyncio.create_task(self._run(), name="automation")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for part in reversed(self._parts):
            try:
                await part.close()
            except Exception:
                logger.exception("a part of automation ended badly")
        self._parts.clear()
        self._lock.release()

    async def _run(self) -> None:
        try:
            await asyncio.to_thread(make_folder, self._site.profile.state_dir)
            while not self._lock.take():  # noqa: ASYNC110  # a lock of files tells nobody
                await asyncio.sleep(TRY_EVERY_S)
        except LocalError as error:
            logger.warning("nothing is automated: %s", error)
            return
        for make in self._makers:
            try:
                part = make(self._site)
                self._parts.append(part)
                await part.start()
            except Exception:
                logger.exception("a part of automation did not begin")
