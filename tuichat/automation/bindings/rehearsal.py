"""Says which bindings an event would make run, and exactly what; nothing of it is run."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from tuichat.automation.bindings import schedule
from tuichat.automation.bindings.action import planned
from tuichat.automation.bindings.filter import Filter
from tuichat.automation.bindings.rate import Rate
from tuichat.automation.records import AnyRecord, ScheduleRecord
from tuichat.commands.errors import CommandError
from tuichat.config.binding import Binding
from tuichat.config.schema import Settings
from tuichat.translation import _


class Rehearsal:
    """`put` is given a line for each binding that would run. Whoever makes it calls `close` in the end."""

    def __init__(
        self, settings: Settings, put: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._put = put
        self._clock = clock
        self._bindings: list[tuple[int, Binding, Filter, Rate]] = [
            (number, binding, Filter(binding, settings.scripts.guild), Rate(*binding.rate))
            for number, binding in enumerate(settings.on, 1)
        ]

    async def take(self, record: AnyRecord, *, is_own: bool) -> None:
        for number, binding, wanted, rate in self._bindings:
            if (is_own and not binding.own) or not wanted.may_fit(record):
                continue
            try:
                if not await wanted.fits(record):
                    continue
            except CommandError as error:
                self._tell(number, binding, f"! {error}")
                continue
            if rate.take(self._clock()):
                self._tell(number, binding, planned(binding, record))
            else:
                held = _("left out: more than {limit}").format(limit=binding.limit)
                self._tell(number, binding, f"({held}) {planned(binding, record)}")

    async def keep_time(self) -> None:
        """Say what schedules would run, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for number, binding, _wanted, _rate in self._bindings:
                if binding.event == "schedule":
                    group.create_task(self._keep_time(number, binding))
            await asyncio.Event().wait()

    async def close(self) -> None:
        for _number, _binding, wanted, _rate in self._bindings:
            await wanted.close()

    async def _keep_time(self, number: int, binding: Binding) -> None:
        due = schedule.next_due(binding, datetime.now().astimezone())
        while True:
            left_s = (due - datetime.now().astimezone()).total_seconds()
            if left_s > 0:
                await asyncio.sleep(min(left_s, 30.0))
                continue
            self._tell(number, binding, planned(binding, ScheduleRecord(due=due.isoformat(timespec="seconds"))))
            due = schedule.next_due(binding, datetime.now().astimezone())

    def _tell(self, number: int, binding: Binding, what: str) -> None:
        self._put(f"[[on]] {number} {binding.event}: {what}")
