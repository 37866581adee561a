"""Our own end of a voice conversation: gateway, voice gateway v8 and UDP, independent of every library under test.

It shares no line with tuichat either: what both got wrong alike would pass.
"""

import asyncio
import contextlib
import json
import struct
import time
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import aiohttp
import nacl.bindings
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.conformance.environment import Environment
from tests.conformance.other_account import gateway_url

SILENCE = b"\xf8\xff\xfe"
AES_GCM = "aead_aes256_gcm_rtpsize"
XCHACHA = "aead_xchacha20_poly1305_rtpsize"
JOIN_LIMIT_S = 10.0


class HeardFrame(NamedTuple):
    user_id: str | None  # None where nobody said whose SSRC it is
    ssrc: int
    sequence: int
    timestamp: int
    payload: bytes


def header_bytes(packet: bytes) -> int:
    """The rtpsize rule: fixed header, sources, and the four bytes that open an extension."""
    return 12 + 4 * (packet[0] & 0x0F) + (4 if packet[0] & 0x10 else 0)


def unseal(mode: str, key: bytes, packet: bytes) -> bytes:
    """Return a packet's payload; raises what the ciphers raise for a forged one."""
    size, nonce = header_bytes(packet), packet[-4:]
    head, sealed = packet[:size], packet[size:-4]
    if mode == AES_GCM:
        payload = AESGCM(key).decrypt(nonce + bytes(8), sealed, head)
    else:
        payload = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, head, nonce + bytes(20), key)
    if packet[0] & 0x10:
        payload = payload[4 * struct.unpack(">H", packet[size - 2 : size])[0] :]  # an extension's body is sealed
    if packet[0] & 0x20 and payload:
        payload = payload[: -payload[-1]]
    return payload


def seal(mode: str, key: bytes, head: bytes, payload: bytes, counter: int) -> bytes:
    nonce = struct.pack(">I", counter)
    if mode == AES_GCM:
        return head + AESGCM(key).encrypt(nonce + bytes(8), payload, head) + nonce
    sealed = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(payload, head, nonce + bytes(20), key)
    return head + sealed + nonce


class Peer(asyncio.DatagramProtocol):
    """A bot that joins a voice channel, notes all it is told and hears, and speaks when it is asked to."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._loop = asyncio.get_running_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self._gateway_sequence: int | None = None
        self._seen = -1
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._discovered: asyncio.Future[tuple[str, int]] = self._loop.create_future()
        self._guild_came = asyncio.Event()
        self._sent = 0
        self._sequence, self._timestamp = 100, 5000
        self._http: aiohttp.ClientSession
        self._gateway: aiohttp.ClientWebSocketResponse
        self._voice: aiohttp.ClientWebSocketResponse
        self._udp: asyncio.DatagramTransport
        self.user_id = ""
        self.ssrc = 0
        self.mode = environment.peer_mode
        self.modes: list[str] = []
        self.key = b""
        self.dave: int | None = None
        self.users: dict[int, str] = {}  # by SSRC
        self.connected: set[str] = set()
        self.gone: set[str] = set()
        self.speaking: list[tuple[str, int]] = []
        self.frames: list[HeardFrame] = []
        self.errors: list[str] = []

    # What the socket calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._udp = cast(asyncio.DatagramTransport, transport)  # asyncio's own is none by its classes

    def datagram_received(self, packet: bytes, address: tuple[str | Any, int]) -> None:
        if len(packet) == 74 and packet[:2] == b"\0\2":
            if not self._discovered.done():
                port = struct.unpack(">H", packet[72:])[0]
                self._discovered.set_result((packet[8:72].split(b"\0")[0].decode(), port))
            return
        if len(packet) < 12 or packet[0] >> 6 != 2 or packet[1] & 0x7F != 0x78:
            return
        try:
            payload = unseal(self.mode, self.key, packet)
        except Exception as error:  # whatever the cipher raises is the finding
            self.errors.append(repr(error))
            return
        sequence, timestamp, ssrc = struct.unpack(">HII", packet[2:12])
        self.frames.append(HeardFrame(self.users.get(ssrc), ssrc, sequence, timestamp, payload))

    # What a program calls.

    async def start(self, channel_id: int) -> None:
        """Identify at the gateway, and join."""
        self._http = aiohttp.ClientSession()
        url = await gateway_url(self._environment)
        self._gateway = await self._http.ws_connect(f"{url}/?v=10&encoding=json", max_msg_size=0)
        hello = json.loads((await self._gateway.receive()).data)
        interval_s = hello["d"]["heartbeat_interval"] / 1000
        self._spawn_beats(self._gateway, interval_s, lambda: {"op": 1, "d": self._gateway_sequence})
        identify = {
            "token": self._environment.second_bot_token,
            "intents": 1 | 1 << 7,
            "properties": {"os": "linux", "browser": "peer", "device": "peer"},
        }
        await self._gateway.send_json({"op": 2, "d": identify})
        self._tasks.append(asyncio.create_task(self._read_gateway()))
        await asyncio.wait_for(self._guild_came.wait(), JOIN_LIMIT_S)
        await self.join(channel_id)

    async def join(self, channel_id: int) -> None:
        """Go all the way: voice state, voice gateway, discovery, keys, and the first word that one speaks."""
        self._waiting = {name: self._loop.create_future() for name in ("VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE")}
        await self._ask_for_voice(str(channel_id))
        state, server = await asyncio.wait_for(asyncio.gather(*self._waiting.values()), JOIN_LIMIT_S)
        scheme = "ws" if self._environment.is_voice_plain else "wss"
        self._voice = await self._http.ws_connect(f"{scheme}://{server['endpoint']}/?v=8", max_msg_size=0)
        self._answers = {op: self._loop.create_future() for op in (2, 4, 8)}
        self._tasks.append(asyncio.create_task(self._read_voice()))
        identify = {
            "server_id": str(self._environment.guild_id),
            "user_id": state["user_id"],
            "session_id": state["session_id"],
            "token": server["token"],
            "max_dave_protocol_version": 0,
        }
        await self._voice.send_json({"op": 0, "d": identify})
        hello = await asyncio.wait_for(self._answers[8], JOIN_LIMIT_S)
        self._spawn_beats(
            self._voice,
            hello["heartbeat_interval"] / 1000,
            lambda: {"op": 3, "d": {"t": int(time.time() * 1000), "seq_ack": self._seen}},
        )
        await self._open_media(await asyncio.wait_for(self._answers[2], JOIN_LIMIT_S))

    def send(self, payload: bytes, *, has_extension: bool = False) -> None:
        """Send one frame."""
        self._sequence = self._sequence + 1 & 0xFFFF
        self._timestamp += 960
        self._sent += 1
        first = 0x90 if has_extension else 0x80
        head = struct.pack(">BBHII", first, 0x78, self._sequence, self._timestamp, self.ssrc)
        if has_extension:
            head += struct.pack(">HH", 0xBEDE, 1)
            payload = b"\x10\xff\0\0" + payload
        self._udp.sendto(seal(self.mode, self.key, head, payload, self._sent))

    async def stop(self) -> None:
        """Leave, and close everything."""
        with contextlib.suppress(ConnectionError):
            await self._ask_for_voice(None)
            await asyncio.sleep(0.2)
        for task in self._tasks:
            task.cancel()
        await self._http.close()

    # Inside.

    async def _ask_for_voice(self, channel_id: str | None) -> None:
        place = {"guild_id": str(self._environment.guild_id), "channel_id": channel_id}
        await self._gateway.send_json({"op": 4, "d": {**place, "self_mute": False, "self_deaf": False}})

    async def _open_media(self, ready: dict[str, Any]) -> None:
        self.ssrc, self.modes = ready["ssrc"], ready["modes"]
        await self._loop.create_datagram_endpoint(lambda: self, remote_addr=(ready["ip"], ready["port"]))
        self._udp.sendto(struct.pack(">HHI", 1, 70, self.ssrc) + bytes(66))
        host, port = await asyncio.wait_for(self._discovered, 5)
        if self.mode not in self.modes:
            raise RuntimeError(f"{self.mode} is not offered: {self.modes}")
        data = {"address": host, "port": port, "mode": self.mode}
        await self._voice.send_json({"op": 1, "d": {"protocol": "udp", "data": data}})
        description = await asyncio.wait_for(self._answers[4], JOIN_LIMIT_S)
        self.key = bytes(description["secret_key"])
        self.dave = description.get("dave_protocol_version")
        await self._voice.send_json({"op": 5, "d": {"speaking": 1, "delay": 0, "ssrc": self.ssrc}})

    def _spawn_beats(
        self, socket: aiohttp.ClientWebSocketResponse, interval_s: float, make: Callable[[], dict[str, Any]]
    ) -> None:
        async def beat() -> None:
            while not socket.closed:
                await socket.send_json(make())
                await asyncio.sleep(interval_s)

        self._tasks.append(asyncio.create_task(beat()))

    async def _read_gateway(self) -> None:
        async for message in self._gateway:
            payload = json.loads(message.data)
            self._gateway_sequence = payload.get("s") or self._gateway_sequence
            if payload["op"] != 0:
                continue
            name, body = payload["t"], payload["d"]
            if name == "READY":
                self.user_id = body["user"]["id"]
            elif name == "GUILD_CREATE" and body["id"] == str(self._environment.guild_id):
                self._guild_came.set()
            waiting = self._waiting.get(name)
            is_own = name != "VOICE_STATE_UPDATE" or body["user_id"] == self.user_id
            if waiting is not None and is_own and not waiting.done():
                waiting.set_result(body)

    async def _read_voice(self) -> None:
        async for message in self._voice:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            payload = json.loads(message.data)
            op, body = payload["op"], payload["d"]
            self._seen = payload.get("seq", self._seen)
            if op in self._answers and not self._answers[op].done():
                self._answers[op].set_result(body)
            elif op == 5:
                self.users[body["ssrc"]] = body["user_id"]
                self.speaking.append((body["user_id"], body["speaking"]))
            elif op == 11:
                self.connected |= set(body["user_ids"])
            elif op == 13:
                self.gone.add(body["user_id"])
