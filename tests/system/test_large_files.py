"""A file of 500 MB goes in and out of a server whose memory does not notice."""

from collections.abc import Iterator

import aiohttp
import pytest

from tests.system import large_file
from tests.system.fresh_home import FreshHome
from tests.system.rest_account import register
from tests.system.server_process import ServerProcess

SIZE_BYTES = 500_000_000
MOST_KIB = 20_000


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    with FreshHome() as home:
        config = home.folder / "config" / "tuichat" / "config.toml"
        config.parent.mkdir(mode=0o700)
        config.write_text("[server]\nmax_upload_mib = 500\n")
        with ServerProcess(home, "--registration", "open") as running:
            yield running


@pytest.mark.slow
async def test_a_large_file_adds_less_than_20_mb(server: ServerProcess) -> None:
    expected = await large_file.digest(SIZE_BYTES)
    async with aiohttp.ClientSession() as http:
        account = await register(http, server.api_url, "ada")
        channel = (await account.text_channel((await account.create_guild("Files")).id)).id
        small = await large_file.send_form(account, channel, 1000)
        assert await large_file.receive(account, small.url) == await large_file.digest(1000)
        large_file.reset_peak(server.pid)
        before = large_file.memory_kib(server.pid, "VmRSS")
        for send in (large_file.send_form, large_file.send_before):
            sent = await send(account, channel, SIZE_BYTES)
            assert sent.size == SIZE_BYTES
            assert await large_file.receive(account, sent.url) == expected
        rise = large_file.memory_kib(server.pid, "VmHWM") - before
    assert rise < MOST_KIB, f"the server's memory rose by {rise} KiB"
    stored = [path for path in (server.data / "files").rglob("*") if path.is_file() and path.stat().st_size > 1000]
    assert len(stored) == 1  # both are one file
