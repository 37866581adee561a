"""Memory of the server for each idle gateway session: `python -m tests.benchmarks.server_memory [N ...]`.

Each N starts a fresh server with N accounts; discordload.py makes them members of one guild, connects them all
at once and leaves them alone. Printed are KiB a session (resident, and proportional), and what READY took.
"""

import argparse
import asyncio
import subprocess
import sys
from pathlib import Path

import aiohttp
import msgspec

from tests.system.fresh_home import FreshHome
from tests.system.rest_account import register
from tests.system.server_process import ServerProcess

GENERATOR = Path(__file__).with_name("discordload.py")
GROUP = "server"
REGISTRATIONS_AT_ONCE = 4  # each costs the server a password hash


class Idle(msgspec.Struct, frozen=True):
    live: int
    rss_kib_per_session: dict[str, float]
    pss_kib_per_session: dict[str, float]
    server_cores: float


class Percentiles(msgspec.Struct, frozen=True):
    p50: float
    p99: float


class Storm(msgspec.Struct, frozen=True):
    ready: int
    sessions_per_s: float
    connect_to_ready_ms: Percentiles


class Figures(msgspec.Struct, frozen=True):
    """What discordload.py writes, as far as it is shown here."""

    idle: Idle
    storm: Storm


async def make_accounts(api_url: str, count: int) -> list[str]:
    """Register from as many addresses, as a proxy would tell them: one address may not make so many."""
    gate = asyncio.Semaphore(REGISTRATIONS_AT_ONCE)

    async def make(number: int) -> str:
        address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        async with gate, aiohttp.ClientSession(headers={"X-Forwarded-For": address}) as http:
            return (await register(http, api_url, f"load{number}")).authorization

    return await asyncio.gather(*(make(number) for number in range(count)))


def measure(sessions: int, *, is_compressed: bool) -> Figures:
    flags = ("--registration", "open", "--trusted-proxy", "127.0.0.1")
    with FreshHome() as home, ServerProcess(home, *flags) as server:
        answer = home.folder / "figures.json"
        tokens = home.folder / "tokens"
        tokens.write_text("\n".join(asyncio.run(make_accounts(server.api_url, sessions))))
        command = [
            *(sys.executable, str(GENERATOR), "--base", server.api_url, "-n", str(sessions)),
            *(
                "--tokens",
                str(tokens),
                "--pids",
                f"{GROUP}={server.pid}",
                "--scenarios",
                "storm,idle",
                "--json",
                str(answer),
            ),
            *(["--compress"] if is_compressed else []),
        ]
        subprocess.run(command, check=True, stdout=sys.stderr)
        return msgspec.json.decode(answer.read_bytes(), type=Figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sessions", nargs="*", type=int, default=[500, 1000])
    parser.add_argument("--compress", action="store_true", help="zlib-stream sessions")
    options = parser.parse_args()
    print("| idle sessions | KiB RSS each | KiB PSS each | cores when idle | READY p50 ms | p99 ms | READY/s |")
    print("|---|---|---|---|---|---|---|")
    for sessions in options.sessions:
        figures = measure(sessions, is_compressed=options.compress)
        idle, storm = figures.idle, figures.storm
        assert idle.live == storm.ready == sessions, f"{idle.live} of {sessions} sessions live"
        print(
            f"| {sessions} | {idle.rss_kib_per_session[GROUP]} | {idle.pss_kib_per_session[GROUP]} | "
            f"{idle.server_cores} | {storm.connect_to_ready_ms.p50} | {storm.connect_to_ready_ms.p99} | "
            f"{storm.sessions_per_s} |"
        )


if __name__ == "__main__":
    main()
