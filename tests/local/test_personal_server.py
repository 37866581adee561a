"""The real personal server, started and found as the screen does it."""

import asyncio
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

import tuichat
from tests.local.test_background import until
from tuichat.config.paths import config_file, data_dir, server_state_dir
from tuichat.local.background import ensure_server, find_server, restart, stop
from tuichat.local.data_lock import find_holder_pid
from tuichat.local.http_connector import PeerCheckedConnector
from tuichat.local.server_record import ServerAddress


@pytest.fixture(autouse=True)
async def no_server_stays() -> AsyncIterator[None]:
    yield
    await stop()


async def version_of(address: ServerAddress) -> str:
    async with (
        aiohttp.ClientSession(connector=PeerCheckedConnector(address.socket_path)) as session,
        session.get("http://localhost/api/v10/tuichat") as answer,
    ):
        return str((await answer.json())["version"])


def command(*words: str) -> "subprocess.CompletedProcess[str]":
    whole = [sys.executable, "-P", "-m", "tuichat", *words]
    return subprocess.run(whole, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


async def test_server_starts_answers_over_its_socket_and_stops() -> None:
    address = await ensure_server()
    assert await version_of(address) == tuichat.__version__
    assert await find_server() == address
    assert await stop() is True
    assert find_holder_pid(data_dir()) is None
    assert not address.socket_path.exists()


async def test_what_the_server_keeps_is_private() -> None:
    address = await ensure_server()
    for folder in (data_dir(), server_state_dir(), address.socket_path.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
        for entry in folder.rglob("*"):
            assert stat.S_IMODE(entry.stat().st_mode) & 0o077 == 0, entry


async def test_callers_at_the_same_instant_find_one_server() -> None:
    addresses = await asyncio.gather(*(ensure_server() for _ in range(4)))
    assert len({(address.pid, address.server_id) for address in addresses}) == 1


async def test_server_keeps_its_id_over_a_crash_and_a_restart() -> None:
    first = await ensure_server()
    os.kill(first.pid, signal.SIGKILL)
    await until(lambda: find_holder_pid(data_dir()) is None)
    second = await ensure_server()
    third = await restart()
    assert first.server_id == second.server_id == third.server_id != ""
    assert len({first.pid, second.pid, third.pid}) == 3


async def test_unused_server_ends_by_itself() -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text("[server]\nlinger = 1\n")
    await ensure_server()
    await until(lambda: find_holder_pid(data_dir()) is None)
    assert "nobody has used it for 1 s" in (server_state_dir() / "server.log").read_text()


async def test_command_line_tells_of_the_server_and_stops_it() -> None:
    address = await ensure_server()
    status = command("server", "status")
    assert status.returncode == 0
    assert re.search(rf"process {address.pid}, .*http://127\.0\.0\.1:{address.tcp_port}", status.stdout)
    assert command("server", "stop").stdout == "Stopped.\n"
    assert command("server", "status").returncode == 1


async def test_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    address = await ensure_server()
    refused = command("serve", "--port", "0", "--data", str(data_dir()))
    assert refused.returncode == 75
    assert f"process {address.pid}" in refused.stderr
    assert "tuichat server stop" in refused.stderr
    assert refused.stdout == ""
