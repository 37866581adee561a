"""A voice client that does nothing by itself: its WebSocket, its socket for media, and what came on both."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec

from tests.server.running import RunningServer
from tuichat.protocol import discovery
from tuichat.protocol.encryption import AES_GCM, Opener, Sealer
from tuichat.protocol.rtp import OPUS, Header, build_header
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.voice_rooms import VoicePlace

GUILD, CHANNEL, OTHER_CHANNEL = 100, 200, 201
LIMIT_S = 5.0


class Said(msgspec.Struct, frozen=True):
    """One payload of the server, as a library would see it."""

    op: int
    d: Any = None
    seq: int | None = None


def place(user_id: int, channel_id: int = CHANNEL, **rights: bool) -> VoicePlace:
    return VoicePlace(
        server_id=Snowflake(GUILD),
        channel_id=Snowflake(channel_id),
        user_id=Snowflake(user_id),
        session_id=f"session-{user_id}",
        **rights,
    )


class VoiceClient:
    """One person's voice connection; `token` is that of its last grant."""

    def __init__(self, running: RunningServer, user_id: int) -> None:
        self.running = running
        self.user_id = user_id
        self.token = ""
        self.server_id, self.session_id = str(GUILD), f"session-{user_id}"
        self.ws: aiohttp.ClientWebSocketResponse
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.udp.setblocking(False)
        self.said: list[Said] = []
        self.through: list[bytes] = []  # binary messages
        self.last_reason: str | None = None  # of the close frame
        self.ssrc = 0
        self.key = b""
        self.mode = AES_GCM
        self.media: tuple[str, int] = ("", 0)
        self.sealer: Sealer
        self.sequence = 0

    def grant(self, channel_id: int = CHANNEL, **rights: bool) -> str | None:
        """Let the server's actions open a place; return the endpoint."""
        rooms = self.running.server.voice.rooms
        given = rooms.grant(place(self.user_id, channel_id, **rights), self.running.gateway_url)
        self.token = given.token
        return given.endpoint

    async def dial(self, query: str = "?v=8") -> None:
        self.ws = await self.running.http.ws_connect(f"ws://127.0.0.1:{self.running.port}/{query}")

    async def send(self, op: int, body: object) -> None:
        await self.ws.send_str(msgspec.json.encode({"op": op, "d": body}).decode())

    async def receive(self) -> Said:
        """Return the next payload; raises ConnectionError with the close code when there is none."""
        while True:
            message = await asyncio.wait_for(self.ws.receive(), LIMIT_S)
            if message.type is aiohttp.WSMsgType.BINARY:
                self.through.append(message.data)
                continue
            if message.type is not aiohttp.WSMsgType.TEXT:
                self.last_reason = message.extra
                raise ConnectionError(self.ws.close_code)
            self.said.append(msgspec.json.decode(message.data, type=Said))
            return self.said[-1]

    async def wait_for(self, op: int) -> Said:
        while True:
            said = await self.receive()
            if said.op == op:
                return said

    async def close_code(self) -> int | None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self.receive()
        return self.ws.close_code

    def identity(self, **more: object) -> dict[str, object]:
        return {
            "server_id": self.server_id,
            "user_id": str(self.user_id),
            "session_id": self.session_id,
            "token": self.token,
            **more,
        }

    async def identify(self, **more: object) -> Said:
        """Say who this is, and return READY."""
        await self.send(0, self.identity(**more))
        ready = await self.wait_for(2)
        self.ssrc, self.media = ready.d["ssrc"], (ready.d["ip"], ready.d["port"])
        return ready

    async def discover(self) -> tuple[str, int]:
        self.udp.sendto(discovery.request(self.ssrc), self.media)
        while (answer := discovery.parse_response(await self.datagram())) is None:
            pass  # a sign of life came first
        return answer[1:]

    async def select(self, address: tuple[str, int] = ("", 0), protocol: str = "udp") -> Said:
        data = {"address": address[0], "port": address[1], "mode": self.mode}
        await self.send(1, {"protocol": protocol, "data": data})
        description = await self.wait_for(4)
        self.key = bytes(description.d["secret_key"])
        self.sealer = Sealer(self.mode, self.key)
        return description

    async def join(self, channel_id: int = CHANNEL, **rights: bool) -> None:
        """Go all the way: grant, IDENTIFY, discovery, keys."""
        self.grant(channel_id, **rights)
        await self.dial()
        await self.identify()
        await self.select(await self.discover())

    def packet(self, payload: bytes) -> bytes:
        self.sequence += 1
        return self.sealer.seal(build_header(Header(OPUS, self.sequence, self.sequence * 960, self.ssrc)), payload)

    def say(self, payload: bytes) -> None:
        self.udp.sendto(self.packet(payload), self.media)

    async def datagram(self) -> bytes:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.udp, 2048), LIMIT_S)

    async def hear(self) -> bytes:
        """Return the payload of the next packet of sound."""
        while True:
            packet = await self.datagram()
            if packet[1] & 0x7F == OPUS:
                payload = Opener(self.mode, self.key).open(packet)
                assert payload is not None
                return payload


@contextlib.asynccontextmanager
async def voice_client(running: RunningServer, user_id: int) -> AsyncIterator[VoiceClient]:
    client = VoiceClient(running, user_id)
    try:
        yield client
    finally:
        client.udp.close()
        if hasattr(client, "ws"):
            await client.ws.close()
