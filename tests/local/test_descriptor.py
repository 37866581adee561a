"""Reading pipes without holding up the loop, and learning that nobody reads one."""

import asyncio
import os
from pathlib import Path

from tests.client.waiting import until
from tuichat.local.descriptor import when_unread


async def test_it_is_told_once_that_nobody_reads_a_pipe_any_more() -> None:
    inside, outside = os.pipe()
    left: list[None] = []
    end = when_unread(outside, lambda: left.append(None))
    os.write(outside, b"unread yet")
    await asyncio.sleep(0)
    assert not left
    os.close(inside)
    await until(lambda: left)
    end()
    os.close(outside)


async def test_a_file_is_never_left(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w") as file:
        when_unread(file.fileno(), lambda: None)()
