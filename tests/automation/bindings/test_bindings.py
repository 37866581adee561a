"""Events reach the bindings that they fit, once; failures and floods are told once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import msgspec
import pytest

from tests.automation.fake_site import FakeSite
from tests.client.builders import ME, OTHER, created, message
from tests.client.waiting import until
from tuichat.automation.bindings.action import Done
from tuichat.automation.bindings.bindings import Bindings
from tuichat.automation.bindings.worker import Worker
from tuichat.automation.records import AnyRecord, ScheduleRecord
from tuichat.automation.site import Site
from tuichat.config.binding import Binding
from tuichat.config.schema import Settings


class Case:
    """Bindings on a site whose actions are kept."""

    def __init__(self, folder: Path, *bindings: Binding) -> None:
        self.site = FakeSite()
        self.site.settings = Settings(on=bindings)
        self.site.profile = SimpleNamespace(state_dir=folder)
        self.told: list[str] = []
        self.acted: list[tuple[int, AnyRecord]] = []
        self.outcome = Done(True)
        self.bindings = Bindings(cast(Site, self.site), self.told.append)
        self.seen = 0

    async def act(self, number: int, _binding: Binding, record: AnyRecord, _site: Site) -> Done:
        self.acted.append((number, record))
        return self.outcome

    async def settle(self) -> None:
        for worker in self.bindings.workers:
            await worker.settle()

    async def say(self, *texts: str, author: int = OTHER) -> None:
        for text in texts:
            self.seen += 1
            self.site.happen(created(message(9000 + self.seen, text, author=author)))
        await self.settle()

    def numbers(self) -> Sequence[int]:
        return [number for number, _record in self.acted]


@pytest.fixture
async def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Case]]:
    cases: list[Case] = []
    yield cases
    for case in cases:
        await case.bindings.close()


async def start(cases: list[Case], monkeypatch: pytest.MonkeyPatch, folder: Path, *bindings: Binding) -> Case:
    case = Case(folder, *bindings)
    cases.append(case)
    monkeypatch.setattr("tuichat.automation.bindings.action.act", case.act)
    await case.bindings.start()
    return case


MESSAGE = Binding(event="message", run="x")


async def test_an_event_goes_to_each_binding_that_it_fits(
    started: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pattern = msgspec.structs.replace(MESSAGE, match="^deploy")
    case = await start(started, monkeypatch, tmp_path, MESSAGE, pattern, Binding(event="mention", run="x"))
    await case.say("deploy it", "no")
    assert sorted(case.numbers()) == [1, 1, 2]
    assert case.told == []


async def test_own_messages_fire_where_one_asks(
    started: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = await start(started, monkeypatch, tmp_path, MESSAGE, msgspec.structs.replace(MESSAGE, own=True))
    await case.say("mine", author=ME)
    assert case.numbers() == [2]


async def test_a_flood_is_held_and_told_once(
    started: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = await start(started, monkeypatch, tmp_path, msgspec.structs.replace(MESSAGE, limit="3/1h"))
    await case.say(*(f"{number}" for number in range(10)))
    assert len(case.acted) == 3
    assert len(case.told) == 1
    assert "3/1h" in case.told[0]


async def test_more_than_can_wait_is_left_out_and_told(
    started: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = await start(started, monkeypatch, tmp_path, msgspec.structs.replace(MESSAGE, limit="999/1s"))
    for number in range(200):
        case.site.happen(created(message(9000 + number, "x")))
    await case.settle()
    assert len(case.acted) == 20
    assert len(case.told) == 1


async def test_a_failure_is_told_once_until_it_goes_well(
    started: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = await start(started, monkeypatch, tmp_path, msgspec.structs.replace(MESSAGE, limit="99/1m"))
    case.outcome = Done(False, "It ended with 3.")
    await case.say("a", "b")
    assert len(case.told) == 1
    case.outcome = Done(True)
    await case.say("c")
    case.outcome = Done(False, "It ended with 3.")
    await case.say("d")
    assert len(case.told) == 2


async def test_a_pattern_that_takes_for_ever_holds_up_nothing(
    started: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tuichat.commands.pattern_search.LIMIT_S", 0.3)
    slow = msgspec.structs.replace(MESSAGE, match="^(a+)+$")
    case = await start(started, monkeypatch, tmp_path, slow, MESSAGE)
    case.site.happen(created(message(9000, "a" * 60 + "!")))
    await until(lambda: case.numbers() == [2])
    await case.settle()
    assert case.numbers() == [2]
    assert len(case.told) == 1


async def test_a_schedule_fires_once_for_all_that_was_slept_through() -> None:
    begun = datetime(2026, 3, 2, 8, 0).astimezone()
    clock = iter([begun])
    fired: list[ScheduleRecord] = []

    async def act(_worker: Worker, record: AnyRecord) -> Done:
        assert isinstance(record, ScheduleRecord)
        fired.append(record)
        return Done(True)

    def now() -> datetime:
        return next(clock, begun + timedelta(hours=100))

    binding = Binding(event="schedule", every="1h", run="x")
    worker = Worker(1, binding, act, lambda _sentence: None, now=now)
    running = asyncio.create_task(worker.run())
    await until(lambda: bool(fired))
    await worker.settle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [each.is_late for each in fired] == [True]


async def test_without_bindings_nothing_is_listened_to(
    started: list[Case], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = await start(started, monkeypatch, tmp_path)
    assert case.site.listeners == []
