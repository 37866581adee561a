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
from tests.system.test_serve import make_certificate
from tuichat.client.errors import UnreachableError
from tuichat.client.locator import PersonalLocator
from tuichat.config.paths import config_file, data_dir, server_state_dir
from tuichat.local.background import ensure_server, find_server, restart, status, stop
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


@pytest.mark.slow
async def test_callers_at_the_same_instant_find_one_server() -> None:
    addresses = await asyncio.gather(*(ensure_server() for _ in range(4)))
    assert len({(address.pid, address.server_id) for address in addresses}) == 1


@pytest.mark.slow
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
    told = command("server", "status")
    assert told.returncode == 0
    assert re.search(rf"process {address.pid}, .*http://127\.0\.0\.1:{address.tcp_port}", told.stdout)
    assert command("server", "stop").stdout == "Stopped.\n"
    assert command("server", "status").returncode == 1


@pytest.mark.slow
async def test_second_personal_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    address = await ensure_server()
    refused = command("serve", "--personal", "--data", str(data_dir()))
    assert refused.returncode == 75
    assert f"process {address.pid}" in refused.stderr
    assert "tuichat server stop" in refused.stderr
    assert refused.stdout == ""


@pytest.mark.slow
async def test_a_team_takes_the_data_of_home_over_and_homes_clients_go_there() -> None:
    said: list[str] = []
    home = PersonalLocator(None, said.append)
    before = await home.find()
    words = ("-P", "-m", "tuichat", "serve", "--port", "0", "--data", str(data_dir()))
    team = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        await until(lambda: find_holder_pid(data_dir()) != before.instance)
        after = await home.find()
        assert after.instance == team.pid
        assert after.endpoint.socket_path == before.endpoint.socket_path
        assert (await status()).is_ready
    finally:
        team.terminate()
        listening, told = await team.communicate()
    assert team.returncode == 0
    assert listening.startswith(b"listening on http://127.0.0.1:")
    assert f"process {before.instance}) has {data_dir()} open; taking over" in told.decode()


@pytest.mark.slow
async def test_an_open_client_lets_a_stopped_server_be_until_somebody_asks_for_it() -> None:
    opened = PersonalLocator(None, lambda sentence: None)
    first = await opened.find()
    assert command("server", "stop").stdout == "Stopped.\n"
    with pytest.raises(UnreachableError, match="stopped on request") as caught:
        await opened.find()
    assert caught.value.is_transient
    assert command("server", "restart").returncode == 0
    second = await opened.find()
    assert second.instance != first.instance
    assert await stop()
    later = PersonalLocator(None, lambda sentence: None)  # somebody opens tuichat
    assert await later.find()
    assert (await opened.find()).instance == (await later.find()).instance


async def test_status_shows_tls(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    flags = ("--port", "0", "--tls-cert", str(certificate), "--tls-key", str(key))
    team = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "tuichat", "serve", *flags), stdout=asyncio.subprocess.PIPE
    )
    assert team.stdout is not None
    try:
        url = (await team.stdout.readline()).decode().removeprefix("listening on ").strip()
        assert url.startswith("https://127.0.0.1:")
        assert f" {url}, " in (await status()).sentence
    finally:
        team.terminate()
        await team.wait()
