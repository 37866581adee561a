"""The packets of a session where the ears are: what goes to an address before and after it has answered."""

import socket
from collections.abc import Iterator

import pytest

from tests.voice.fake_audio import FakeAudio
from tuichat.protocol import discovery
from tuichat.voice.media_link import MediaLink
from tuichat.voice.media_protocol import MediaOffer, MediaReport
from tuichat.voice.redundancy import ProtectionPolicy

MODE = "aead_aes256_gcm_rtpsize"
SSRC = 7


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A UDP port that says nothing by itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        yield server


def link_to(server: socket.socket, reports: list[MediaReport]) -> MediaLink:
    host, port = server.getsockname()
    offer = MediaOffer(session=1, user_id=2, ssrc=SSRC, ip=host, port=port, mode=MODE)
    return MediaLink(
        offer,
        FakeAudio(),
        ProtectionPolicy(),
        reports.append,
        on_heard=lambda heard, now: None,
        is_signaling_ready=True,
        now=0.0,
    )


def waiting(server: socket.socket) -> list[bytes]:
    found = []
    server.setblocking(False)
    try:
        while True:
            found.append(server.recv(2048))
    except BlockingIOError:
        server.settimeout(5)
    return found


async def test_who_has_not_answered_is_sent_a_discovery_and_nothing_else(server: socket.socket) -> None:
    """Whoever names the address: the key may come before any answer, and a microphone may be open by then."""
    link = link_to(server, [])
    link.agree(MODE, bytes(32), 10.0)
    for number in range(20):
        link.send(b"speech", 960 * number, is_speech=True)
    link.each_second(1000.0)
    link.tick(1000.0)
    got = waiting(server)
    assert got
    assert {discovery.parse_request(each) for each in got} == {SSRC}
    assert all(len(each) == discovery.PACKET_BYTES for each in got)

    link._take_udp(discovery.response(SSRC, "203.0.113.5", 4000))
    link.send(b"speech", 960 * 21, is_speech=True)
    (voice,) = waiting(server)
    assert discovery.parse_request(voice) is None
    link.close()
