"""What goes on while a person does something else: scripts that run, macros that play, messages that are waited for."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Protocol

from tuichat.commands.screen import Severity
from tuichat.translation import _

logger = logging.getLogger(__name__)

MAX_JOBS = 8  # at once (taste)


class Result(Protocol):
    """What became of one, to be told; an `Outcome` is one."""

    @property
    def text(self) -> str: ...
    @property
    def severity(self) -> Severity: ...


@dataclass(slots=True, eq=False)
class Job:
    """`label` says what it is; `progress` how far it is, changed as it goes on."""

    label: str
    progress: str = ""
    task: "asyncio.Task[Any] | None" = field(default=None, repr=False)


class Jobs:
    """One program's. `tell` shows what became of one; `on_changed` is called when one begins, goes on or ends."""

    def __init__(self, tell: Callable[[str, Severity], None], on_changed: Callable[[], None] = lambda: None) -> None:
        self.running: list[Job] = []
        self._tell = tell
        self._on_changed = on_changed

    def start(self, job: Job, work: Coroutine[Any, Any, Result]) -> bool:
        """Let it go on by itself; return false where too many do already."""
        if len(self.running) >= MAX_JOBS:
            work.close()
            return False
        self.running.append(job)
        job.task = asyncio.create_task(work, name=f"job {job.label}")
        job.task.add_done_callback(lambda task: self._ended(job, task))
        self._on_changed()
        return True

    def move(self, job: Job, progress: str) -> None:
        job.progress = progress
        self._on_changed()

    def stop(self, job: Job) -> None:
        if job.task is not None:
            job.task.cancel()

    async def close(self) -> None:
        """End everything, and tell nobody."""
        self._tell, self._on_changed = lambda _text, _severity: None, lambda: None
        tasks = [job.task for job in self.running if job.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, job: Job, task: "asyncio.Task[Result]") -> None:
        self.running.remove(job)
        self._on_changed()
        if task.cancelled():
            self._tell(_("{job} was ended.").format(job=job.label), Severity.INFORMATION)
        elif (error := task.exception()) is not None:
            logger.error("a job failed", exc_info=error)
            self._tell(_("Something in tuichat failed; `tuichat logs` has it."), Severity.ERROR)
        elif (result := task.result()).text:
            self._tell(result.text, result.severity)
