"""One binding at work: takes the events that are for it one after the other, and does what it says, not too often."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from tuichat.automation.bindings import schedule
from tuichat.automation.bindings.action import Done
from tuichat.automation.bindings.filter import Filter
from tuichat.automation.bindings.rate import Rate
from tuichat.automation.records import AnyRecord, ScheduleRecord
from tuichat.commands.errors import CommandError
from tuichat.config.binding import Binding
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

logger = logging.getLogger(__name__)

MAX_WAITING = 20  # events that wait for one binding; what is more is left out (taste)
LONGEST_SLEEP_S = 30.0  # the clock of sleeps stands still while a computer sleeps: the other one is looked at so often

Act = Callable[["Worker", AnyRecord], Awaitable[Done]]


class Worker:
    """`number` counts from 1 as the tables in the file do; `tell` is given sentences for the person."""

    def __init__(
        self,
        number: int,
        binding: Binding,
        act: Act,
        tell: Callable[[str], None],
        *,
        default_guild: str = "",
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self.number = number
        self.binding = binding
        self.filter = Filter(binding, default_guild)
        self._act = act
        self._tell = tell
        self._clock = clock
        self._now = now
        self._rate = Rate(*binding.rate)
        self._waiting: asyncio.Queue[AnyRecord] = asyncio.Queue(MAX_WAITING)
        self._last_failure = ""

    def put(self, record: AnyRecord) -> None:
        """Have an event be looked at; where too many wait it is left out."""
        try:
            self._waiting.put_nowait(record)
        except asyncio.QueueFull:
            self._hold(_("{count} events wait for it; more are left out.").format(count=MAX_WAITING))

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            if self.binding.event == "schedule":
                group.create_task(self._keep_time())
            while True:
                record = await self._waiting.get()
                try:
                    await self._take(record)
                except Exception:
                    logger.exception("[[on]] %d failed", self.number)
                finally:
                    self._waiting.task_done()

    async def settle(self) -> None:
        """Wait until nothing waits."""
        await self._waiting.join()

    async def close(self) -> None:
        await self.filter.close()

    async def _take(self, record: AnyRecord) -> None:
        try:
            if not await self.filter.fits(record):
                return
        except CommandError as error:
            self._fail(str(error))
            return
        if self.binding.event != "schedule" and not self._rate.take(self._clock()):
            words = _("More than {limit} would have run: the rest is left out. `limit` sets how many may.")
            self._hold(words.format(limit=self.binding.limit))
            return
        done = await self._act(self, record)
        if done.is_done:
            self._last_failure = ""
            logger.info("[[on]] %d (%s) ran", self.number, self.binding.event)
        else:
            self._fail(done.sentence)

    def _hold(self, sentence: str) -> None:
        if self._rate.tell():
            self._say(sentence)

    def _fail(self, sentence: str) -> None:
        """A failure is told once, until it goes well or fails in another way; the log has each."""
        logger.warning("[[on]] %d (%s) failed: %s", self.number, self.binding.event, safe_line(sentence))
        is_new, self._last_failure = sentence != self._last_failure, sentence
        if is_new:
            self._say(sentence)

    def _say(self, sentence: str) -> None:
        words = _("Binding {number} ({event}): {sentence}")
        self._tell(words.format(number=self.number, event=self.binding.event, sentence=safe_line(sentence)))

    async def _keep_time(self) -> None:
        """Put an event whenever the schedule is due; of those that were missed in sleep one."""
        due = schedule.next_due(self.binding, self._now())
        while True:
            now = self._now()
            left_s = (due - now).total_seconds()
            if left_s > 0:
                await asyncio.sleep(min(left_s, LONGEST_SLEEP_S))
                continue
            is_late = schedule.is_late(due, now)
            self.put(ScheduleRecord(due=due.isoformat(timespec="seconds"), is_late=is_late))
            due = schedule.next_due(self.binding, now if is_late else due)
