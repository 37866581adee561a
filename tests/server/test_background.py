"""Work after the answer."""

import asyncio
import logging

import pytest

from tuichat.server import background
from tuichat.server.background import Background


async def test_work_runs_and_a_failing_piece_is_logged_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    works = Background()
    done: list[str] = []

    async def good() -> None:
        await asyncio.sleep(0)
        done.append("good")

    async def bad() -> None:
        raise ValueError("broken")

    with caplog.at_level(logging.ERROR):
        assert works.start(bad(), "bad work")
        assert works.start(good(), "good work")
        await works.settle()
    assert done == ["good"]
    assert "bad work failed" in caplog.text


async def test_what_is_too_much_is_left_undone_and_what_runs_ends_with_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "MAX_RUNNING", 1)
    works = Background()
    ended: list[bool] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    assert works.start(endless(), "first")
    assert not works.start(endless(), "second")
    await asyncio.sleep(0)
    await works.close()
    assert ended == [True]
    assert len(works) == 0
    assert not works.start(endless(), "too late")
