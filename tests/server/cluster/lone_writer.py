"""A node that owns a guild and writes as long as it may: `python -m tests.server.cluster.lone_writer URL GUILD FILE TTL`.

Each write is a line with the fencing number. For tests that stop a process and wake it.
"""

import asyncio
import sys
from pathlib import Path

from tests.server.bus.town import FakeStore
from tuichat.server.bus.nats_address import NatsAddress
from tuichat.server.bus.nats_bus import NatsBus
from tuichat.server.cluster.leases import LeaseLost, Leases, NodeInfo


async def main(url: str, guild_id: int, path: Path, ttl_s: float) -> None:
    bus = await NatsBus.open(NatsAddress.parse(url), "ab12", FakeStore().read_events)
    leases = Leases(bus.link, "ab12", NodeInfo(bus.node_id), ttl_s=ttl_s)
    await leases.open()
    lease = await leases.acquire(guild_id)
    with path.open("a", buffering=1) as file:
        while True:
            try:
                lease.check()
            except LeaseLost:
                file.write("over\n")
                return
            file.write(f"{lease.epoch}\n")
            await asyncio.sleep(0.005)  # the pace of writing


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])))
