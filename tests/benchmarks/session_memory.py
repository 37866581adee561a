"""Memory of the server for each idle session, by its compression: `python -m tests.benchmarks.session_memory [SESSIONS]`.

Unlike discordload.py this knows zstd-stream. Accounts are in no guild, so what is measured is what each session costs at least.
"""

import argparse
import asyncio
import contextlib

import aiohttp
import msgspec

from tests.benchmarks.load import make_accounts
from tests.benchmarks.soak import resident_kib
from tests.system.fresh_home import FreshHome
from tests.system.server_process import ServerProcess

WARM_UP = 20  # sessions before the first look at the memory


async def connect(server: ServerProcess, tokens: list[str], compression: str) -> float:
    """Open a session for each token; return KiB a session."""
    url = f"{server.base_url.replace('http', 'ws')}/?v=10&encoding=json{compression}"
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        contextlib.AsyncExitStack() as stack,
    ):
        begin_kib = 0
        for count, token in enumerate(tokens):
            if count == WARM_UP:
                begin_kib = resident_kib(server.pid)
            socket = await stack.enter_async_context(http.ws_connect(url, max_msg_size=0))
            await socket.receive()
            identify = {"op": 2, "d": {"token": token, "properties": {}}}
            await socket.send_str(msgspec.json.encode(identify).decode())
            await socket.receive()
        await asyncio.sleep(1)
        return (resident_kib(server.pid) - begin_kib) / (len(tokens) - WARM_UP)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("sessions", nargs="?", type=int, default=400)
    options = parser.parse_args()
    print("| compression | KiB a session |\n|---|---|")
    for name, query in (
        ("none", ""),
        ("zlib-stream", "&compress=zlib-stream"),
        ("zstd-stream", "&compress=zstd-stream"),
    ):
        with FreshHome() as home:
            data = home.folder / "server"
            tokens = asyncio.run(make_accounts(data, options.sessions + WARM_UP))
            with ServerProcess(home, "--no-rate-limits", data=data) as server:
                print(f"| {name} | {asyncio.run(connect(server, tokens, query)):.1f} |", flush=True)


if __name__ == "__main__":
    main()
