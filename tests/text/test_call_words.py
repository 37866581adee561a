"""Where the sound is, in words: on which laptop, by which way, and what is wrong there."""

import pytest
from msgspec.structs import replace

from tests.tui.fake_desk import CALL
from tuichat.client.voice_desk import SoundTest, VoicePlace, VoiceView
from tuichat.client.voice_way import VoiceWay, Way
from tuichat.text.call_words import place_news, place_words, verdict
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.place_protocol import PlaceState, SoundPlace

HERE = VoicePlace()
FIRST = SoundPlace(key="a" * 16, name="ada\x1b[31m laptop")
SECOND = SoundPlace(key="b" * 16, name="tablet")
LAPTOP = VoicePlace(key=FIRST.key, name=FIRST.name, rtt_ms=23.4, laptops=(FIRST,))


def words(place: VoicePlace, path: MediaPath = MediaPath.NONE, *, is_short: bool = False) -> str:
    return place_words(replace(CALL, place=place, path=path), is_short=is_short)


@pytest.mark.parametrize(
    ("path", "way"),
    [
        (MediaPath.UDP, "direct"),
        (MediaPath.RELAYED, "through ssh"),
        (MediaPath.WEBSOCKET, "through ssh and the WebSocket"),
    ],
)
def test_the_way_and_the_round_trip_are_told(path: MediaPath, way: str) -> None:
    assert words(HERE, path) == ""
    told = words(LAPTOP, path)
    assert told.endswith(f"laptop · {way} · 23 ms")
    assert "\x1b" not in told
    assert words(LAPTOP, path, is_short=True) == f"laptop · {way}"


def test_no_way_is_told_before_one_is_agreed() -> None:
    assert words(LAPTOP).endswith("laptop · 23 ms")
    assert words(LAPTOP, is_short=True) == "laptop"
    connecting = replace(LAPTOP, state=PlaceState.CONNECTING)
    assert words(connecting, is_short=True) == "laptop: connecting …"
    assert words(connecting).startswith("Your laptop ada")
    assert "\x1b" not in words(connecting)


def test_what_is_wrong_comes_with_how_long_it_may_be() -> None:
    lost = replace(LAPTOP, state=PlaceState.LOST, sentence="No answer.", leaves_in_s=12)
    assert words(lost, MediaPath.RELAYED) == "You are muted, and leave in 12 s. No answer."


def test_in_little_room_the_time_that_is_left_comes_first() -> None:
    lost = replace(
        LAPTOP, state=PlaceState.LOST, sentence="The login has ended: log in again by tuichat ssh.", leaves_in_s=12
    )
    assert words(lost, is_short=True) == "laptop away · muted · leaving in 12 s"
    assert words(replace(lost, leaves_in_s=None), is_short=True) == "laptop away"
    assert words(replace(lost, state=PlaceState.ASKING, leaves_in_s=None), is_short=True) == "your laptop asks you"


def test_a_short_stall_is_no_news() -> None:
    stalled = replace(LAPTOP, state=PlaceState.STALLED, sentence="Nothing comes.")
    assert place_news(LAPTOP, stalled) == []
    assert place_news(stalled, LAPTOP) == []
    muted = replace(stalled, leaves_in_s=28)
    assert place_news(stalled, muted) == ["Nothing comes."]
    assert place_news(muted, replace(muted, leaves_in_s=27)) == []
    assert len(place_news(muted, LAPTOP)) == 1


def test_news_are_told_once() -> None:
    connecting = replace(LAPTOP, state=PlaceState.CONNECTING)
    assert place_news(HERE, connecting) == []
    assert len(place_news(connecting, LAPTOP)) == 1
    assert place_news(LAPTOP, replace(LAPTOP, rtt_ms=40.0)) == []
    newer = replace(LAPTOP, laptops=(SECOND, FIRST))
    assert "/call device tablet" in place_news(LAPTOP, newer)[0]
    assert place_news(newer, newer) == []
    again = replace(LAPTOP, laptops=(replace(FIRST, key="c" * 16), FIRST))
    assert place_news(LAPTOP, again) == [], "another terminal of the same laptop"
    lost = replace(LAPTOP, state=PlaceState.LOST, sentence="No answer.")
    assert place_news(LAPTOP, lost) == ["No answer."]
    assert place_news(replace(lost, sentence="No sound: No answer. It is tried again."), lost) == []
    assert place_news(lost, LAPTOP) != []
    assert place_news(LAPTOP, HERE) == ["The sound is on this machine now."]


@pytest.mark.parametrize(
    ("place", "path", "told"),
    [
        (LAPTOP, MediaPath.UDP, "Voice goes directly from your laptop, through UDP, 30 ms there and back."),
        (
            LAPTOP,
            MediaPath.RELAYED,
            "Voice goes from your laptop through ssh, then through UDP from here, 30 ms there and back.",
        ),
        (
            LAPTOP,
            MediaPath.WEBSOCKET,
            "from your laptop through ssh, then through the WebSocket, 30 ms there and back.",
        ),
        (HERE, MediaPath.UDP, "Voice goes through UDP, 30 ms there and back."),
    ],
)
def test_a_test_in_a_call_tells_the_whole_way(place: VoicePlace, path: MediaPath, told: str) -> None:
    view = replace(CALL, place=place, test=SoundTest(verdict="Well."), rtt_ms=30.0, path=path)
    assert told in verdict(view)
    assert "Voice goes" not in verdict(replace(view, path=MediaPath.NONE))


def test_a_test_before_a_call_does_not_take_this_machine_for_the_laptop() -> None:
    way = VoiceWay(way=Way.UDP, host="192.0.2.7", port=50000, round_trip_ms=3.2)
    view = VoiceView(place=LAPTOP, test=SoundTest(verdict="Well."), way=way)
    assert "192.0.2.7" not in verdict(view)
    assert "doctor audio" in verdict(view)
    assert "192.0.2.7" in verdict(replace(view, place=HERE))
