"""A voice server of one room over real sockets, whose faults are chosen by the test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tuichat.protocol import discovery, rtcp, rtp
from tuichat.protocol.encryption import MODES, Opener, Sealer
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.voice_extensions import FEATURES, PROTOCOL_WEBSOCKET, pack_media, unpack_media
from tuichat.protocol.voice_gateway import (
    ClientPayload,
    Heartbeat,
    HeartbeatAck,
    Hello,
    Identify,
    Ready,
    Resume,
    Resumed,
    SelectProtocol,
    ServerPayload,
    SessionDescription,
    SpeakingRequest,
    SpeakingUpdate,
    decode_client,
    encode,
    is_buffered,
)
from tuichat.voice.call_protocol import VoiceAddress

PEER = 2000  # the user who speaks from the server
PEER_SSRC = 77
SSRC = 42


@dataclass
class FakeVoiceServer:
    """What came from the client is in the lists; the flags are its faults."""

    features: tuple[str, ...] = FEATURES
    is_udp_blocked: bool = False
    is_deaf: bool = False  # takes connections and says nothing, as where the network is gone
    refuse_with: int = 0  # close code for IDENTIFY
    resume_with: int = 0  # close code for RESUME
    identified: list[Identify] = field(default_factory=list)
    resumed: list[Resume] = field(default_factory=list)
    selected: list[SelectProtocol] = field(default_factory=list)
    spoken: list[int] = field(default_factory=list)
    frames: list[tuple[rtp.Header, bytes]] = field(default_factory=list)
    reports: list[rtcp.Reports] = field(default_factory=list)
    addresses: list[tuple[str, int]] = field(
        default_factory=list
    )  # where authentic packets came from, when that changed
    port: int = 0
    udp_port: int = 0
    connections: list[ServerConnection] = field(default_factory=list)
    _sequence: int = 0
    _sealer: Sealer | None = None
    _opener: Opener | None = None
    _is_piped: bool = False
    _server: Server | None = None
    _transport: asyncio.DatagramTransport | None = None
    _peer_sequence: int = 0

    @property
    def address(self) -> VoiceAddress:
        return VoiceAddress(f"ws://127.0.0.1:{self.port}")

    async def start(self) -> None:
        self._server = await serve(self._talk, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Port(self), local_addr=("127.0.0.1", self.udp_port)
        )
        self.udp_port = self._transport.get_extra_info("sockname")[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close(close_connections=True)
            await self._server.wait_closed()
        if self._transport is not None:
            self._transport.close()

    async def close_line(self, code: int) -> None:
        await self.connections[-1].close(code)

    def break_line(self) -> None:
        self.connections[-1].transport.abort()

    async def say(self, payload: ServerPayload) -> None:
        """Tell the client something; what must not be missed is numbered."""
        seq = None
        if is_buffered(payload, 8):
            self._sequence += 1
            seq = self._sequence
        with contextlib.suppress(ConnectionClosed):
            await self.connections[-1].send(encode(payload, seq=seq).decode())

    async def introduce_peer(self, flags: int = 1) -> None:
        await self.say(SpeakingUpdate(user_id=Snowflake(PEER), ssrc=PEER_SSRC, speaking=flags))

    async def speak(self, payload: bytes, *, kind: int = rtp.OPUS) -> None:
        """Send a frame of the peer, the way that was chosen."""
        assert self._sealer is not None
        self._peer_sequence += 1
        header = rtp.Header(kind, self._peer_sequence, self._peer_sequence * rtp.FRAME_SAMPLES, PEER_SSRC)
        await self.send(self._sealer.seal(rtp.build_header(header), payload))

    async def tell_reports(self, reports: bytes) -> None:
        assert self._sealer is not None
        await self.send(self._sealer.seal(reports[:8], reports[8:]))

    async def send(self, packet: bytes) -> None:
        if self._is_piped:
            with contextlib.suppress(ConnectionClosed):
                await self.connections[-1].send(pack_media(packet))
        elif self._transport is not None and self.addresses and not self.is_udp_blocked:
            self._transport.sendto(packet, self.addresses[-1])

    async def _talk(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        if self.is_deaf:
            with contextlib.suppress(ConnectionClosed):
                await connection.wait_closed()
            return
        await self.say(Hello(heartbeat_interval=13_750))
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                if self.is_deaf:
                    continue
                if isinstance(message, bytes):
                    packet = unpack_media(message)
                    if packet is not None:
                        self.take(packet, None)
                else:
                    await self._answer(connection, decode_client(message))

    async def _answer(self, connection: ServerConnection, payload: ClientPayload) -> None:
        match payload:
            case Identify():
                self.identified.append(payload)
                if self.refuse_with:
                    await connection.close(self.refuse_with)
                    return
                self._sequence = 0
                agreed = [each for each in self.features if each in (payload.tuichat_features or [])]
                await self.say(
                    Ready(ssrc=SSRC, ip="127.0.0.1", port=self.udp_port, modes=list(MODES), experiments=agreed)
                )
            case Resume():
                self.resumed.append(payload)
                if self.resume_with:
                    await connection.close(self.resume_with)
                else:
                    await self.say(Resumed())
            case SelectProtocol():
                self.selected.append(payload)
                self._is_piped = payload.protocol == PROTOCOL_WEBSOCKET
                key = bytes([len(self.selected)]) * 32
                self._sealer, self._opener = Sealer(payload.data.mode, key), Opener(payload.data.mode, key)
                if not self._is_piped:
                    self.addresses.append((payload.data.address, payload.data.port))
                await self.say(SessionDescription(mode=payload.data.mode, secret_key=list(key)))
            case Heartbeat():
                await self.say(HeartbeatAck(t=payload.t))
            case SpeakingRequest():
                self.spoken.append(int(payload.speaking))

    def take(self, data: bytes, address: tuple[str, int] | None) -> None:
        """Take a datagram, by UDP (`address`) or through the WebSocket."""
        if address is not None and self.is_udp_blocked:
            return
        assert self._transport is not None
        if address is not None and discovery.is_keep_alive(data):
            self._transport.sendto(data, address)
        elif address is not None and discovery.parse_request(data) == SSRC:
            self._transport.sendto(discovery.response(SSRC, *address), address)
        elif self._opener is not None and (body := self._opener.open(data)) is not None:
            if address is not None and (not self.addresses or self.addresses[-1] != address):
                self.addresses.append(address)
            if rtp.is_rtcp(data):
                self.reports.append(rtcp.parse(data[:8] + body))
            else:
                self.frames.append((rtp.parse_header(data), body))


class _Port(asyncio.DatagramProtocol):
    def __init__(self, server: FakeVoiceServer) -> None:
        self._server = server

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._server.take(data, (addr[0], addr[1]))


@contextlib.asynccontextmanager
async def voice_server(**faults: object) -> AsyncIterator[FakeVoiceServer]:
    server = FakeVoiceServer(**faults)  # type: ignore[arg-type]  # the fields by their names
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
