"""An hour of mixed load, and the server's memory meanwhile: `python -m tests.benchmarks.soak [MINUTES]`.

Accounts talk, edit, delete, react, read, look at member lists, change their presence, break their connections, resume and
identify anew; now and then a role changes who sees what. Every message that was acknowledged has to reach every account
that is connected all the time, in order. Printed are samples of the resident memory, and the slope of its second half.
"""

import argparse
import asyncio
import contextlib
import random
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from tests.benchmarks.load import make_accounts
from tests.server.running import Account, GatewayClient, Payload
from tests.system.fresh_home import FreshHome
from tests.system.server_process import ServerProcess

ACCOUNTS = 40
LISTENERS = 5  # of them stay connected, and check that nothing is lost
PAUSE_S = 0.05  # of each talker, on average, between two things it does
SAMPLES = 60
CATCH_UP_S = 120


class Soak:
    def __init__(self, accounts: list[Account]) -> None:
        self.accounts = accounts
        self.guild_id = ""
        self.channel_id = ""
        self.sent: dict[str, None] = {}  # ids of acknowledged messages, in no order
        self.heard: list[list[str]] = [[] for _ in range(LISTENERS)]
        self.done: dict[str, int] = {}
        self.is_over = False

    async def prepare(self) -> None:
        owner = self.accounts[0]
        self.guild_id = (await owner.create_guild("Soak")).id
        self.channel_id = (await owner.text_channel(self.guild_id)).id
        code = await owner.invite(self.channel_id)
        for account in self.accounts[1:]:
            await account.join(code)

    async def listen(self, number: int) -> None:
        async with self.accounts[number].connect() as client:
            beat = asyncio.create_task(self._beat(client))
            try:
                while True:
                    payload = await _receive(client)
                    if payload.t == "MESSAGE_CREATE" and payload.d["channel_id"] == self.channel_id:
                        self.heard[number].append(payload.d["id"])
            finally:
                beat.cancel()

    async def _beat(self, client: GatewayClient) -> None:
        while True:
            await asyncio.sleep(20)
            await client.send(1, None)

    async def talk(self, account: Account) -> None:
        mine: list[str] = []
        deeds = [self._say] * 8 + [self._edit, self._delete, self._react, self._read, self._read, self._search]
        while not self.is_over:
            deed = random.choice(deeds)
            await deed(account, mine)
            self.done[deed.__name__] = self.done.get(deed.__name__, 0) + 1
            await asyncio.sleep(random.expovariate(1 / PAUSE_S))

    async def _say(self, account: Account, mine: list[str]) -> None:
        message = await account.send(self.channel_id, "x" * random.randint(1, 300))
        self.sent[message.id] = None
        mine.append(message.id)
        del mine[:-20]

    async def _edit(self, account: Account, mine: list[str]) -> None:
        if mine:
            path = f"/channels/{self.channel_id}/messages/{mine[-1]}"
            await account.do("PATCH", path, {"content": f"edited {random.random()}"})

    async def _delete(self, account: Account, mine: list[str]) -> None:
        if mine:
            await account.do("DELETE", f"/channels/{self.channel_id}/messages/{mine.pop(0)}")

    async def _react(self, account: Account, mine: list[str]) -> None:
        if mine:
            path = f"/channels/{self.channel_id}/messages/{mine[-1]}/reactions/%F0%9F%8D%95/@me"
            await account.do("PUT", path)

    async def _read(self, account: Account, mine: list[str]) -> None:
        await account.do("GET", f"/channels/{self.channel_id}/messages?limit={random.choice([1, 50, 100])}")

    async def _search(self, account: Account, mine: list[str]) -> None:
        status, _ = await account.raw("GET", f"/guilds/{self.guild_id}/messages/search?content=edited")
        assert status in (200, 202), status

    async def come_and_go(self, account: Account) -> None:
        """Connect, look at the member list, break off, resume or identify anew."""
        while not self.is_over:
            async with account.connect() as client:
                session_id = client.seen[-1].d["session_id"]
                await client.send(14, {"guild_id": self.guild_id, "channels": {self.channel_id: [[0, 99]]}})
                await client.send(
                    3, {"status": random.choice(["online", "idle", "dnd"]), "activities": [], "afk": False}
                )
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(random.uniform(0.2, 2)):
                        while True:
                            await _receive(client)
                sequence = client.sequence
            if random.random() < 0.5:
                async with account.dial(random.choice(["?v=10&encoding=json"])) as client:
                    await client.receive()
                    await client.send(6, {"token": account.token, "session_id": session_id, "seq": sequence})
                    await client.wait_for("RESUMED")
                    if random.random() < 0.5:
                        await client.socket.close(code=1000)
            self.done["come_and_go"] = self.done.get("come_and_go", 0) + 1

    async def govern(self) -> None:
        """Change who sees what: a role is made, given, used to hide another channel, and deleted."""
        owner = self.accounts[0]
        while not self.is_over:
            role = await owner.call(
                "POST", f"/guilds/{self.guild_id}/roles", dict[str, Any], {"name": "r", "hoist": True}
            )
            other = await owner.call(
                "POST", f"/guilds/{self.guild_id}/channels", dict[str, Any], {"name": "c", "type": 0}
            )
            member = random.choice(self.accounts[1:])
            me = await member.me()
            await owner.do("PUT", f"/guilds/{self.guild_id}/members/{me.id}/roles/{role['id']}")
            overwrite = f"/channels/{other['id']}/permissions/{self.guild_id}"
            await owner.do("PUT", overwrite, {"type": 0, "deny": str(1 << 10)})
            await asyncio.sleep(0.5)
            await owner.do("DELETE", overwrite)
            await owner.do("DELETE", f"/channels/{other['id']}")
            await owner.do("DELETE", f"/guilds/{self.guild_id}/roles/{role['id']}")
            self.done["govern"] = self.done.get("govern", 0) + 1

    def check(self) -> None:
        """Nothing is lost, nothing comes twice, and ids only grow."""
        for number, heard in enumerate(self.heard):
            assert len(heard) == len(set(heard)), f"listener {number} heard something twice"
            assert heard == sorted(heard, key=int), f"listener {number} heard something out of order"
            lost = self.sent.keys() - set(heard)
            assert not lost, f"listener {number} missed {len(lost)} of {len(self.sent)} messages"
            heard.clear()
        self.sent.clear()


async def _receive(client: GatewayClient) -> Payload:
    """The next payload; silence is no fault here."""
    message = await client.socket.receive()
    if message.type is not aiohttp.WSMsgType.TEXT:
        raise ConnectionError(client.socket.close_code)
    payload = msgspec.json.decode(message.data, type=Payload)
    if payload.s is not None:
        client.seen[:] = [payload]  # all that is asked later is the last number
    return payload


def resident_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("the server is gone")


def slope(samples: list[tuple[float, int]]) -> float:
    """KiB an hour of the straight line through samples of (hours, KiB)."""
    mean_x = sum(x for x, _ in samples) / len(samples)
    mean_y = sum(y for _, y in samples) / len(samples)
    spread = sum((x - mean_x) ** 2 for x, _ in samples)
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread


async def run(server: ServerProcess, tokens: list[str], seconds: float) -> list[tuple[float, int]]:
    samples: list[tuple[float, int]] = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        accounts = [Account(http, server.api_url, token) for token in tokens]
        for account in accounts:
            account.gateway_url = server.base_url.replace("http", "ws")
        soak = Soak(accounts)
        await soak.prepare()
        listeners = [asyncio.create_task(soak.listen(number)) for number in range(LISTENERS)]
        await asyncio.sleep(1)
        half = LISTENERS + (len(accounts) - LISTENERS) // 2
        work = [soak.talk(account) for account in accounts[LISTENERS:half]]
        work += [soak.come_and_go(account) for account in accounts[half:]]
        begin = time.monotonic()

        async def sample() -> None:
            while not soak.is_over:
                samples.append(((time.monotonic() - begin) / 3600, resident_kib(server.pid)))
                print(
                    f"{samples[-1][0] * 60:7.1f} min {samples[-1][1] / 1024:8.1f} MiB  {sum(soak.done.values())} done",
                    flush=True,
                )
                await asyncio.sleep(min(seconds / SAMPLES, max(0.0, begin + seconds - time.monotonic()) + 0.1))
                soak.is_over = time.monotonic() >= begin + seconds

        await asyncio.gather(*work, soak.govern(), sample())
        with contextlib.suppress(TimeoutError):  # a busy machine's listeners are behind
            async with asyncio.timeout(CATCH_UP_S):
                while any(len(heard) < len(soak.sent) for heard in soak.heard):  # noqa: ASYNC110  # nothing tells
                    await asyncio.sleep(0.1)
        failed = [listener for listener in listeners if listener.done()]
        assert not failed, failed[0].exception()
        soak.check()
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)
        print(f"nothing lost, nothing out of order for {LISTENERS} listeners; done: {soak.done}")
    return samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("minutes", nargs="?", type=float, default=60)
    options = parser.parse_args()
    with FreshHome() as home:
        data = home.folder / "server"
        tokens = asyncio.run(make_accounts(data, ACCOUNTS))
        with ServerProcess(home, "--no-rate-limits", data=data) as server:
            samples = asyncio.run(run(server, tokens, options.minutes * 60))
            errors = [line for line in server.errors().splitlines() if "ERROR" in line or "Traceback" in line]
        print("\n".join(errors[:20]), file=sys.stderr)
        assert not errors, f"{len(errors)} errors in the server's log"
    settled = samples[len(samples) // 2 :]
    first, last = settled[0][1] / 1024, settled[-1][1] / 1024
    print(f"memory in the second half: {first:.1f} to {last:.1f} MiB, slope {slope(settled) / 1024:.2f} MiB an hour")
    if options.minutes < 15:
        print("it still fills: sessions that nobody resumes stay for three minutes, caches fill up longer")


if __name__ == "__main__":
    main()
