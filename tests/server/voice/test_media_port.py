"""The UDP port of voice: where it is taken, and what comes through it."""

import asyncio
import socket

import pytest

from tuichat.server.voice.media_port import MediaPortError, open_media_port
from tuichat.server.voice.voice_server import VoiceServer


async def test_datagrams_come_in_order_and_answers_leave() -> None:
    port = open_media_port("127.0.0.1", 0)
    seen: list[bytes] = []
    all_seen = asyncio.Event()

    def receive(packet: bytes, address: tuple[str, int], now_ms: int) -> None:
        seen.append(packet)
        port.send(packet.upper(), address)
        if len(seen) == 200:
            all_seen.set()
        if len(seen) == 7:
            raise RuntimeError("one datagram that breaks its handler stops no other")

    port.start(receive)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for number in range(200):
            client.sendto(b"a%d" % number, (port.host, port.port))
        await asyncio.wait_for(all_seen.wait(), 5)
        assert client.recv(100) == b"A0"
    assert seen == [b"a%d" % number for number in range(200)]
    port.close()


def test_a_port_that_is_taken_is_told_with_the_way_out() -> None:
    first = open_media_port("localhost", 0)
    with pytest.raises(MediaPortError, match=f"UDP port {first.port} of localhost.*--voice-port"):
        open_media_port("localhost", first.port)
    first.close()


@pytest.mark.parametrize("host", ["::1", "no-such-host.invalid"])
def test_a_host_without_an_ipv4_address_is_told(host: str) -> None:
    with pytest.raises(MediaPortError, match="--voice-host"):
        open_media_port(host, 0)


def test_an_address_of_somebody_else_is_announced_and_all_own_ones_are_taken() -> None:
    port = open_media_port("192.0.2.7", 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"x", ("127.0.0.1", port.port))
    assert port.host == "192.0.2.7"
    port.close()


@pytest.mark.parametrize(
    ("host", "voice_host", "came_in_on", "announced"),
    [
        ("127.0.0.1", None, "127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", None, "192.0.2.5", "192.0.2.5"),
        ("::", None, "::ffff:192.0.2.5", "192.0.2.5"),
        ("::", None, "::1", "127.0.0.1"),
        ("::1", None, "::1", "127.0.0.1"),
        ("0.0.0.0", "192.0.2.9", "192.0.2.5", "192.0.2.9"),
    ],
)
async def test_ready_names_an_ipv4_address_that_the_client_can_reach(
    host: str, voice_host: str | None, came_in_on: str, announced: str
) -> None:
    voice = await VoiceServer.open(host=host, voice_host=voice_host, voice_port=None, has_limits=True)
    assert voice._media_address(came_in_on) == (announced, voice.media.port)
    assert voice._media_address(None)[0].count(".") == 3
    voice.close()


@pytest.mark.parametrize(
    ("gateway_url", "endpoint"),
    [
        ("ws://localhost", "127.0.0.1:8765"),
        ("ws://127.0.0.1:8765", "127.0.0.1:8765"),
        ("ws://localhost:9000", "localhost:9000"),
        ("wss://chat.example.org", "chat.example.org:443"),
        ("ws://chat.example.org", "chat.example.org:80"),
        ("wss://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
    ],
)
async def test_the_endpoint_is_where_the_client_finds_the_gateway(gateway_url: str, endpoint: str) -> None:
    voice = await VoiceServer.open(host="127.0.0.1", voice_host=None, voice_port=None, has_limits=True)
    voice.own_address = "127.0.0.1:8765"
    assert voice._endpoint(gateway_url) == endpoint
    voice.close()
