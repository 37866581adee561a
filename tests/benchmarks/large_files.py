"""What a large file costs the server: `python -m tests.benchmarks.large_files [MIB ...]`.

A fresh server takes a file with a message, takes it again before its message, and gives it out. Printed are seconds, and
how far the server's memory rose above what it had before.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp

from tests.system import large_file
from tests.system.fresh_home import FreshHome
from tests.system.rest_account import register
from tests.system.server_process import ServerProcess


async def measure(server: ServerProcess, size_bytes: int) -> None:
    async with aiohttp.ClientSession() as http:
        account = await register(http, server.api_url, "ada")
        channel = (await account.text_channel((await account.create_guild("Files")).id)).id
        await large_file.receive(account, (await large_file.send_form(account, channel, 1000)).url)  # warm

        url = ""

        async def show(name: str, work: Callable[[], Awaitable[object]]) -> None:
            large_file.reset_peak(server.pid)
            before, begin = large_file.memory_kib(server.pid, "VmRSS"), time.perf_counter()
            await work()
            taken = time.perf_counter() - begin
            rise = (large_file.memory_kib(server.pid, "VmHWM") - before) / 1024
            print(f"{name:22} {size_bytes >> 20:6} MiB {taken:7.1f} s  peak +{rise:.1f} MiB")

        async def send_form() -> None:
            nonlocal url
            url = (await large_file.send_form(account, channel, size_bytes)).url

        await show("with its message", send_form)
        await show("before its message", lambda: large_file.send_before(account, channel, size_bytes))
        await show("given out", lambda: large_file.receive(account, url))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mib", type=int, nargs="*", default=[100, 500])
    for mib in parser.parse_args(arguments).mib:
        with FreshHome() as home:
            config = home.folder / "config" / "tuichat" / "config.toml"
            config.parent.mkdir(mode=0o700)
            config.write_text(f"[server]\nmax_upload_mib = {mib + 1}\n")
            with ServerProcess(home, "--registration", "open") as server:
                asyncio.run(measure(server, mib << 20))


if __name__ == "__main__":
    main(sys.argv[1:])
