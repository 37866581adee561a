"""What is asked of a master holds nobody up."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.client.waiting import until
from tuichat.bridge.master import is_answered


async def test_who_is_told_to_end_does_not_wait_for_a_master_that_hangs(tmp_path: Path) -> None:
    ssh, begun = tmp_path / "ssh", tmp_path / "begun"
    ssh.write_text(f"#!/bin/sh\necho $$ >{begun}.new; mv {begun}.new {begun}\nexec sleep 60\n")
    ssh.chmod(0o700)
    asking = asyncio.create_task(is_answered(str(ssh), "/nowhere", "box"))
    await until(begun.exists)
    began_s = time.monotonic()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert time.monotonic() - began_s < 2.0
    assert not Path(f"/proc/{begun.read_text().strip()}").exists()


@pytest.mark.parametrize("code", [0, 255])
async def test_a_master_is_there_where_ssh_says_so(tmp_path: Path, code: int) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\nexit {code}\n")
    ssh.chmod(0o700)
    assert await is_answered(str(ssh), "/nowhere", "box") is (code == 0)
