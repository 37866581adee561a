"""One program at a time, and the next as soon as it has ended."""

import asyncio
from pathlib import Path

import pytest

from tests.client.waiting import until
from tuichat.bridge.turn import TurnError, turn


async def test_who_comes_second_waits_and_has_it_then(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    began: list[int] = []

    async def take(number: int, end: asyncio.Event) -> None:
        async with turn(lock):
            began.append(number)
            await end.wait()

    ends = [asyncio.Event() for _each in range(3)]
    async with asyncio.TaskGroup() as group:
        for number, end in enumerate(ends):
            group.create_task(take(number, end))
        for count in (1, 2, 3):
            await until(lambda count=count: len(began) == count)  # type: ignore[misc]  # mypy knows no such default
            ends[began[-1]].set()
    assert sorted(began) == [0, 1, 2]
    assert not lock.exists()


async def test_who_waits_in_vain_is_told(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    async with turn(lock):
        with pytest.raises(TurnError):
            async with turn(lock, limit_s=0.0):
                pass
        assert lock.exists()
