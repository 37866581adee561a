"""Fifty small packets a second through a forwarded socket of a real ssh and back: `python -m tests.link.stream [--rtt MS] [--loss SHARE]`.

It says how long each takes there and back, in a connection with a terminal's session and in one without any (`ssh -N`).
"""

import argparse
import asyncio
import contextlib
import struct
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

import numpy as np

from tests.client.waiting import until
from tests.link.link import HOST_ADDRESS, Link, emulated_link
from tests.ssh.host import Host, ssh_host
from tests.ssh.laptop import Laptop, laptop

PACKET = struct.Struct("!d112x")  # a sealed packet of a voice at 48 kbit/s
EVERY_S = 0.020
LAST_S = 3.0  # for those that are late

ECHO = """
import socket, sys, time
for _ in range(200):
    try:
        way = socket.socket(socket.AF_UNIX)
        way.connect(sys.argv[1])
        break
    except OSError:
        time.sleep(0.05)
while data := way.recv(65536):
    way.sendall(data)
"""


class Times(NamedTuple):
    """There and back, in milliseconds."""

    p50: float
    p95: float
    p99: float
    arrived: int


class Site(NamedTuple):
    link: Link
    host: Host
    laptop: Laptop


@contextlib.contextmanager
def ssh_over_link(*shells: str) -> Iterator[Site]:
    """Run a host at one end of a link, and a laptop that can log in to it at the other."""
    with contextlib.ExitStack() as stack:
        link = stack.enter_context(emulated_link())
        with link.host.entered():
            host = stack.enter_context(ssh_host(*(shells or ("bash",)), address=HOST_ADDRESS))
        yield Site(link, host, stack.enter_context(laptop(*host.accounts, prefix=link.laptop.prefix)))


@contextlib.asynccontextmanager
async def forwarded(site: Site, *options: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Log in with a socket forwarded to this process, and give the connection to an echo on the host."""
    here = site.laptop.folder / "stream.sock"
    account = site.host.accounts[0]
    there = account.home / "stream.sock"
    (account.folder / "stream.sock").unlink(missing_ok=True)
    here.unlink(missing_ok=True)
    came: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    listener = await asyncio.start_unix_server(lambda *streams: came.put_nowait(streams), here)
    words = site.laptop.command("ssh", "-R", f"{there}:{here}", *options)
    login = await asyncio.create_subprocess_exec(
        *words, env=site.laptop.environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    echo = await asyncio.create_subprocess_exec(*account.command("python3", "-c", ECHO, str(there)))
    try:
        reader, writer = await asyncio.wait_for(came.get(), 20)
        yield reader, writer
        writer.close()
    finally:
        for process in (login, echo):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        listener.close()


async def measure(site: Site, seconds: float, *options: str) -> Times:
    """Send a stream through, and return how long it takes. `options` are ssh's, and the host's name."""
    taken: list[float] = []
    async with forwarded(site, *options) as (reader, writer):

        async def take() -> None:
            with contextlib.suppress(asyncio.IncompleteReadError):
                while True:
                    (sent_s,) = PACKET.unpack(await reader.readexactly(PACKET.size))
                    taken.append(1000 * (time.monotonic() - sent_s))

        taking = asyncio.create_task(take())
        began_s = time.monotonic()
        count = int(seconds / EVERY_S)
        for number in range(count):
            await asyncio.sleep(max(began_s + number * EVERY_S - time.monotonic(), 0))
            writer.write(PACKET.pack(time.monotonic()))
        with contextlib.suppress(AssertionError):
            await until(lambda: len(taken) == count, LAST_S)
        taking.cancel()
    p50, p95, p99 = (float(each) for each in np.percentile(taken, (50, 95, 99)))
    return Times(p50, p95, p99, len(taken))


async def run(options: argparse.Namespace) -> None:
    with ssh_over_link() as site:
        site.link.set_state(rtt_ms=options.rtt, loss=options.loss)
        for name, words in (("a terminal's session", ("-tt", "devbox")), ("ssh -N", ("-N", "devbox"))):
            times = await measure(site, options.seconds, *words)
            sys.stdout.write(
                f"{name:22} p50 {times.p50:6.1f}  p95 {times.p95:6.1f}  p99 {times.p99:6.1f} ms  ({times.arrived} packets)\n"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rtt", type=float, default=100.0)
    parser.add_argument("--loss", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
