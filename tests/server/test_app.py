"""`tuichat serve` as a process: what it refuses, what it says, how it ends."""

import asyncio
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.server.running import Account, GatewayClient
from tests.system.fresh_home import FreshHome
from tests.system.rest_account import register
from tests.system.server_process import ServerProcess
from tests.system.test_serve import make_certificate
from tuichat.local.background import EXIT_DATA_IN_USE

pytestmark = pytest.mark.slow  # whole servers


@pytest.fixture
def home() -> Iterator[FreshHome]:
    with FreshHome() as made:
        yield made


def test_importing_the_server_loads_no_screen_and_no_sound() -> None:
    code = "import sys, tuichat.server.app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"textual", "pyaudio", "opuslib", "aiohttp", "numpy"} & set(loaded)


def test_a_taken_port_is_a_sentence(home: FreshHome) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = home.tuichat("serve", "--port", port, "--data", str(home.folder / "data"))
    assert (done.returncode, done.stdout) == (1, "")
    assert port in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (home.folder / "data" / "server.json").exists()


def test_data_in_use_has_its_own_status(home: FreshHome) -> None:
    with ServerProcess(home) as server:
        done = home.tuichat("serve", "--port", "0", "--data", str(server.data))
        assert (done.returncode, done.stdout) == (EXIT_DATA_IN_USE, "")
        assert str(server.pid) in done.stderr


def test_a_folder_of_other_things_is_left_alone(home: FreshHome) -> None:
    notes = home.folder / "notes"
    notes.mkdir()
    (notes / "diary.txt").touch()
    notes.chmod(0o755)
    for words in (("serve", "--port", "0"), ("server", "restart")):
        done = home.tuichat(*words, "--data", str(notes))
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{notes} holds other files (diary.txt)" in done.stderr
    assert [path.name for path in notes.iterdir()] == ["diary.txt"]
    assert stat.S_IMODE(notes.stat().st_mode) == 0o755


def test_everything_it_keeps_is_its_owners_alone(home: FreshHome) -> None:
    with ServerProcess(home) as server:
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
        for path in server.data.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        record = json.loads((server.data / "server.json").read_text())
        assert (record["state"], record["tcp_port"]) == ("ready", urlsplit(server.base_url).port)
        assert stat.S_IMODE(Path(record["socket_path"]).stat().st_mode) == 0o600
    # ServerProcess kills what still runs; a clean end is below


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(home: FreshHome, number: signal.Signals) -> None:
    with ServerProcess(home) as server:
        record = json.loads((server.data / "server.json").read_text())
        os.kill(server.pid, number)
        assert server.stop() == 0
        assert len(server.lines) == 1
        assert not (server.data / "server.json").exists()
        assert not Path(record["socket_path"]).exists()
        assert "Traceback" not in server.errors()
        server.start()  # the data is free again
        assert server.stop() == 0


async def sign_in(home: FreshHome, server: ServerProcess, http: aiohttp.ClientSession) -> Account:
    made = await register(http, server.api_url, "alice")
    account = Account(http, server.api_url, made.authorization)
    account.gateway_url = "ws" + server.base_url.removeprefix("http")
    return account


async def send_or_lose(account: Account, channel_id: str, content: str) -> str | None:
    """Return the content where it was acknowledged."""
    try:
        return (await account.send(channel_id, content)).content
    except (aiohttp.ClientError, OSError):
        return None


async def test_draining_sends_gateway_clients_away_and_finishes_requests(home: FreshHome) -> None:
    with ServerProcess(home, "--registration", "open", "--no-rate-limits") as server:
        async with aiohttp.ClientSession() as http:
            alice = await sign_in(home, server, http)
            guild = await alice.create_guild("Team")
            channel = await alice.text_channel(guild.id)
            async with alice.connect() as client:
                sending = [asyncio.create_task(send_or_lose(alice, channel.id, f"m{index}")) for index in range(50)]
                await asyncio.sleep(0)
                stopping = asyncio.create_task(asyncio.to_thread(server.stop))
                while (await client.receive()).op != 7:
                    pass
                assert await client.close_code() == 1012
                assert await stopping == 0
                acknowledged = {content for content in await asyncio.gather(*sending) if content is not None}
            server.start()
            alice.api_url = server.api_url
            kept = {message.content for message in await alice.history(channel.id)}
            assert acknowledged <= kept
        assert alice.token not in server.errors()
        assert alice.token.split(".")[2] not in server.errors()


async def test_the_gateway_speaks_over_tls(home: FreshHome, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    flags = ("--tls-cert", str(certificate), "--tls-key", str(key), "--registration", "open")
    context = ssl.create_default_context(cafile=str(certificate))
    with ServerProcess(home, *flags) as server:
        connector = aiohttp.TCPConnector(ssl=context)
        async with aiohttp.ClientSession(connector=connector) as http:
            alice = await sign_in(home, server, http)
            async with alice.connect() as client:
                port = urlsplit(server.base_url).port
                assert client.seen[1].d["resume_gateway_url"] == f"wss://127.0.0.1:{port}"
                await client.send(1, client.sequence)
                while (await client.receive()).op != 11:
                    pass


async def test_tls_auto_serves_who_trusts_its_authority_and_says_how(home: FreshHome) -> None:
    with ServerProcess(home, "--tls", "auto", "--registration", "open") as server:
        authority = server.data / "tls" / "authority.pem"
        assert f"SSL_CERT_FILE={authority}" in server.errors()
        assert server.base_url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(authority))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as http:
            alice = await sign_in(home, server, http)
            async with alice.connect() as client:
                assert client.seen[1].d["resume_gateway_url"].startswith("wss://127.0.0.1:")
        in_the_clear = server.base_url.replace("https", "http")  # on this machine the same port takes that too
        async with aiohttp.ClientSession() as http, http.get(f"{in_the_clear}/api/v10/gateway") as answer:
            assert (await answer.json())["url"].startswith("ws://127.0.0.1:")
        told = home.tuichat("admin", "trust", "--data", str(server.data))
        assert told.stdout == f"{authority}\n"
        assert f"NODE_EXTRA_CA_CERTS={authority}" in told.stderr


def test_trust_without_an_authority_says_how_to_make_one(home: FreshHome) -> None:
    told = home.tuichat("admin", "trust")
    assert (told.returncode, told.stdout) == (1, "")
    assert "tuichat serve --tls auto" in told.stderr


async def test_a_personal_server_takes_tls_beside_plain_where_settings_say_so(home: FreshHome) -> None:
    home.write_settings('[server]\nlinger = 60\ntls = "auto"\n')
    with ServerProcess(home, "--personal") as server:
        assert server.base_url.startswith("http://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(server.data / "tls" / "authority.pem"))
        async with aiohttp.ClientSession() as http:
            for base, tls in ((server.base_url, True), (server.base_url.replace("http", "https"), trusting)):
                async with http.get(f"{base}/api/v10/gateway", ssl=tls) as answer:
                    assert answer.status == 200


def test_a_personal_server_stops_when_nobody_uses_it(home: FreshHome) -> None:
    config = home.folder / "config" / "tuichat"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[server]\nlinger = 1\n")
    with ServerProcess(home, "--personal") as server:
        began_s = time.monotonic()
        process = server._require_process()
        assert process.wait(20) == 0
        assert time.monotonic() - began_s >= 0.5
        assert not (server.data / "server.json").exists()


async def test_a_gateway_connection_keeps_a_personal_server(home: FreshHome) -> None:
    config = home.folder / "config" / "tuichat"
    config.mkdir(parents=True)
    (config / "config.toml").write_text("[server]\nlinger = 1\n")
    with ServerProcess(home, "--personal") as server:
        record = json.loads((server.data / "server.json").read_text())
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(record["socket_path"])) as http:
            async with http.ws_connect("http://localhost/?v=10") as websocket:
                await GatewayClient(websocket).receive()
                await asyncio.sleep(2.5)  # the time is the subject: longer than the linger
                assert server.is_running
            async with http.ws_connect("http://localhost/?v=10") as websocket:
                await GatewayClient(websocket).receive()
        process = server._require_process()
        assert await asyncio.to_thread(process.wait, 20) == 0
