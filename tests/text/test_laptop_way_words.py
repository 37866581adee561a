"""Both ways of a laptop's voice are told with their times, and which is used."""

import pytest

from tuichat.client.voice_way import VoiceWay, Way
from tuichat.text.laptop_way_words import laptop_way_words
from tuichat.voice.place_protocol import WaysTried

UDP = VoiceWay(way=Way.UDP, host="2001:db8::1", port=50000, round_trip_ms=12.0)
BLOCKED = VoiceWay(way=Way.WEBSOCKET, host="192.0.2.7", port=50000)


@pytest.mark.parametrize(
    ("found", "tried", "told"),
    [
        (
            UDP,
            WaysTried(ssh_ms=40.0, direct_ms=31.0),
            "Voice would go directly from your laptop, through UDP to [2001:db8::1]:50000, 31 ms there and back; through ssh: 52 ms.",
        ),
        (BLOCKED, WaysTried(ssh_ms=40.0, direct_ms=31.0), "31 ms there and back; through ssh: not measured."),
        (
            UDP,
            WaysTried(ssh_ms=40.0),
            "through ssh, then through UDP from here to [2001:db8::1]:50000: 52 ms there and back; by UDP from your laptop",
        ),
        (
            BLOCKED,
            WaysTried(ssh_ms=40.0),
            "UDP to 192.0.2.7:50000 is blocked on your laptop and here: voice goes from your laptop through ssh, then",
        ),
        (VoiceWay(way=Way.PROXY), WaysTried(), "through ssh, then through the WebSocket."),
    ],
)
def test_both_ways_are_told_and_which_is_used(found: VoiceWay, tried: WaysTried, told: str) -> None:
    assert told in laptop_way_words(found, tried)


def test_a_server_cannot_write_to_the_terminal() -> None:
    found = VoiceWay(way=Way.UDP, host="a\x1b[2Jb", port=5, round_trip_ms=1.0)
    assert "\x1b" not in laptop_way_words(found, WaysTried(direct_ms=1.0))
