"""A gateway session that only listens, and keeps what messages it was told of."""

import asyncio

import aiohttp
import msgspec

from tests.system.rest_account import RestAccount

DISPATCH, IDENTIFY, HEARTBEAT, HELLO = 0, 2, 1, 10


class Payload(msgspec.Struct, frozen=True):
    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")
    s: int | None = None
    t: str | None = None


class GatewayObject(msgspec.Struct, frozen=True):
    url: str


class MessageEvent(msgspec.Struct, frozen=True):
    id: str
    channel_id: str
    content: str = ""


class Observer:
    """One session at a time; `created` and `deleted` last over all of them."""

    def __init__(self, account: RestAccount) -> None:
        self.account = account
        self.is_ready = asyncio.Event()
        self.created: list[MessageEvent] = []
        self.deleted: set[str] = set()
        self.sequences_in_order = True

    async def watch(self) -> None:
        """Listen until the connection ends, however it ends."""
        self.is_ready.clear()
        try:
            url = (await self.account.call("GET", "/gateway", GatewayObject)).url
            async with self.account.http.ws_connect(f"{url}?v=10&encoding=json", max_msg_size=0) as connection:
                expected = 1
                async for frame in connection:
                    payload = msgspec.json.decode(frame.data, type=Payload)
                    if payload.op == HELLO:
                        await connection.send_str(self._identify())
                    elif payload.op == DISPATCH:
                        self.sequences_in_order &= payload.s == expected
                        expected += 1
                        self._take(payload)
        except (aiohttp.ClientError, ConnectionError):
            return

    def _identify(self) -> str:
        properties = {"os": "linux", "browser": "observer", "device": "observer"}
        identify = {"token": self.account.authorization, "properties": properties, "capabilities": 0}
        return msgspec.json.encode({"op": IDENTIFY, "d": identify}).decode()

    def _take(self, payload: Payload) -> None:
        match payload.t:
            case "READY":
                self.is_ready.set()
            case "MESSAGE_CREATE":
                self.created.append(msgspec.json.decode(payload.d, type=MessageEvent))
            case "MESSAGE_DELETE":
                self.deleted.add(msgspec.json.decode(payload.d, type=MessageEvent).id)
