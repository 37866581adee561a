"""All bindings of the settings at work: each event goes to those that it fits, once."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable

from tuichat.automation.bindings import action, fields
from tuichat.automation.bindings.action import Done
from tuichat.automation.bindings.own_doing import OwnDoing
from tuichat.automation.bindings.results import Results
from tuichat.automation.bindings.worker import Worker
from tuichat.automation.events import Events
from tuichat.automation.records import AnyRecord
from tuichat.automation.site import Site
from tuichat.commands.screen import Severity

logger = logging.getLogger(__name__)

MAX_RUNNING = 8  # actions at once (taste)
SAME_S = 10.0  # within it what two accounts of a server see is one event
MAX_SEEN = 500


class Bindings:
    """A part of a running tuichat, and of `tuichat on`. Settings are read as it begins: a change of them needs a restart."""

    def __init__(self, site: Site, tell: Callable[[str], None] | None = None) -> None:
        self._site = site
        self._tell = tell or self._show
        self._results = Results(site.profile.state_dir)
        self._running = asyncio.Semaphore(MAX_RUNNING)
        self._seen: OrderedDict[tuple[object, ...], tuple[str, float]] = OrderedDict()
        self.workers: list[Worker] = []
        self._doing: OwnDoing | None = None
        self._events: Events | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        settings = self._site.settings
        if not settings.on:
            return
        self.workers = [
            Worker(number, binding, self._act, self._tell, default_guild=settings.scripts.guild)
            for number, binding in enumerate(settings.on, 1)
        ]
        await asyncio.to_thread(self._results.load)
        self._doing = OwnDoing(self._site)
        self._events = Events(self._site, self.take, tells_own=True)
        self._tasks = [asyncio.create_task(each.run(), name=f"binding {each.number}") for each in self.workers]

    async def close(self) -> None:
        if self._events is not None:
            self._events.close()
        if self._doing is not None:
            self._doing.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self.workers:
            await worker.close()

    def take(self, record: AnyRecord) -> None:
        """Give an event to the bindings that it may be for."""
        doing = self._doing
        if doing is None or not fields.event_names(record) or self._is_seen(record):
            return
        is_own = doing.is_own(record)
        if doing.is_of_binding(record):
            return
        for worker in self.workers:
            if (worker.binding.own or not is_own) and worker.filter.may_fit(record):
                worker.put(record)

    def _is_seen(self, record: AnyRecord) -> bool:
        """Whether another account of this profile has told of the same just now; a mention is told to each that it names."""
        where, who = fields.place(record), fields.person(record)
        if where is None:
            return False
        key = (
            fields.event_names(record),
            fields.kind(record),
            where.id,
            who.id if who is not None else "",
            getattr(record, "id", ""),
            getattr(record, "emoji", ""),
        )
        account, now_s = str(getattr(record, "account", "")), time.monotonic()
        known = self._seen.get(key)
        if known is not None and known[0] != account and now_s - known[1] < SAME_S:
            return True
        self._seen[key] = account, now_s
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        return False

    async def _act(self, worker: Worker, record: AnyRecord) -> Done:
        assert self._doing is not None
        async with self._running:
            with self._doing.acting():
                done = await action.act(worker.number, worker.binding, record, self._site)
        await asyncio.to_thread(self._results.put, worker.binding, done)
        return done

    def _show(self, sentence: str) -> None:
        screen = self._site.context().screen
        if screen is not None:
            screen.show_notice(sentence, Severity.WARNING)
        logger.warning("%s", sentence)
