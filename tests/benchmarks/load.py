"""The server under discordload.py, beside the goals: `python -m tests.benchmarks.load [-n N] [--compress] [--seconds S]`.

Server, generator and whatever else runs share the machine: read the CPU seconds, which a busy neighbour changes little,
before the times, which it does.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.system.fresh_home import FreshHome
from tests.system.server_process import ServerProcess
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.server.accounts import Accounts
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import UserRow
from tuichat.server.store.sqlite import SQLiteStore

GENERATOR = Path(__file__).with_name("discordload.py")
SCENARIOS = "write,history,storm,idle,fanout,blast"


def unix_ms() -> int:
    return time.time_ns() // 1_000_000


async def make_accounts(data: Path, count: int) -> list[str]:
    """Write accounts straight into a new store, and return their tokens."""
    data.mkdir(mode=0o700)
    store = await SQLiteStore.open(data / DATABASE_NAME, publish=lambda event: None)
    accounts = Accounts(store, now_ms=unix_ms)
    tokens = []
    for number in range(count):
        user = UserRow(id=store.next_id(unix_ms()), username=f"load{number}", name_key=f"load{number}")
        tokens.append(await accounts.issue_token(user.id, Put(user)))
    await store.close()
    accounts.close()
    return tokens


def run(options: argparse.Namespace) -> dict[str, Any]:
    with FreshHome() as home:
        data = home.folder / "server"
        tokens = home.folder / "tokens"
        tokens.write_text("\n".join(asyncio.run(make_accounts(data, options.n))))
        answer = home.folder / "figures.json"
        with ServerProcess(home, "--no-rate-limits", data=data) as server:
            print(f"server pid {server.pid}", file=sys.stderr, flush=True)
            command = [sys.executable, str(GENERATOR), "--base", server.api_url, "-n", str(options.n)]
            command += ["--tokens", str(tokens), "--pids", f"server={server.pid}", "--json", str(answer)]
            command += ["--scenarios", options.scenarios, "--seconds", str(options.seconds)]
            command += ["--rates", options.rates, "--write-workers", options.workers]
            command += ["--history-workers", options.workers, "--blast-workers", options.blast]
            command += ["--procs", str(options.procs)]
            if options.compress:
                command.append("--compress")
            subprocess.run(command, check=True, stdout=sys.stderr)
        figures: dict[str, Any] = json.loads(answer.read_bytes())
        return figures


def lines(figures: dict[str, Any], *, compress: bool) -> list[tuple[str, object, str]]:
    """What was measured, the figure, the goal."""
    found: list[tuple[str, object, str]] = []
    for step in figures.get("write", []):
        found.append((f"durable POSTs/s, {step['workers']} in flight", step["per_s"], "5000"))
        found.append(("  CPU of the server for 1000, s", step["server_cpu_s_per_1000"], "0.2"))
    for step in figures.get("history", []):
        found.append((f"history of 50 reads/s, {step['workers']} in flight", step["per_s"], "4000"))
        found.append(("  CPU of the server for 1000, s", step["server_cpu_s_per_1000"], "0.25"))
    if storm := figures.get("storm"):
        found.append((f"READY/s, {storm['ready']} of {storm['n']} sessions at once", storm["sessions_per_s"], "2000"))
        found.append(("  CPU of the server for each, ms", storm["server_cpu_s_per_session"] * 1000, "0.5"))
    if idle := figures.get("idle"):
        found.append(("KiB a session (resident)", idle["rss_kib_per_session"]["server"], "40" if compress else "25"))
    for step in figures.get("fanout", []):
        found.append(
            (f"delivery at {step['rate']:g} msg/s to {step['online']}, p50 ms", step["delivery_ms"]["p50"], "10")
        )
        found.append(("  p99 ms", step["delivery_ms"]["p99"], "40"))
        cpu = step["server_cpu_s_per_1000_deliveries"]
        found.append(("  CPU of the server for 1000 deliveries, s", cpu, "0.025" if compress else "0.008"))
        found.append(("  lost, in one order", (step["lost"], step["one_order"]), "(0, True)"))
    for step in figures.get("blast", []):
        goal = "40000" if compress else "150000"
        found.append((f"deliveries/s, {step['workers']} POSTs in flight", step["deliveries_per_s"], goal))
        cpu = step["server_cpu_s_per_1000_deliveries"]
        found.append(("  CPU of the server for 1000 deliveries, s", cpu, "0.025" if compress else "0.0066"))
        found.append(("  lost, in one order", (step["lost"], step["one_order"]), "(0, True)"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("-n", type=int, default=1000, help="sessions")
    parser.add_argument("--compress", action="store_true", help="zlib-stream")
    parser.add_argument("--seconds", type=float, default=5, help="length of each step")
    parser.add_argument("--scenarios", default=SCENARIOS)
    parser.add_argument("--rates", default="10,50", help="messages a second")
    parser.add_argument("--workers", default="16,100", help="requests in flight")
    parser.add_argument("--blast", default="8", help="POSTs in flight at saturation")
    parser.add_argument("--procs", type=int, default=1, help="receiver processes")
    options = parser.parse_args()
    figures = run(options)
    print("| what | figure | goal |\n|---|---|---|")
    for what, figure, goal in lines(figures, compress=options.compress):
        print(f"| {what} | {round(figure, 4) if isinstance(figure, float) else figure} | {goal} |")


if __name__ == "__main__":
    main()
