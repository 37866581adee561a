"""Which requests of another machine reach the engine, and which never do."""

import msgspec
import pytest

from tuichat.bridge.passage import Passage, Passed
from tuichat.bridge.targets import ADDRESSES
from tuichat.voice.audio_protocol import PlaySound, SetGate, SetMeter, SetVolume, StartTest, Talk
from tuichat.voice.call_protocol import LeaveCall
from tuichat.voice.engine_protocol import (
    MEDIA_VERSION,
    DevicesRequest,
    EngineProtocolError,
    Hello,
    HelloRefused,
    HelloReply,
    Ping,
    Pong,
    Request,
    Shutdown,
    UseLanguage,
)
from tuichat.voice.media_protocol import EndMedia, MediaAgreed, MediaOffer, TakePart
from tuichat.voice.place_protocol import ChoosePlace, TryWays, WaysTried

HELLO = Hello("tuichat 1", MEDIA_VERSION, MEDIA_VERSION, language="fr")


def offer(ip: str = "203.0.113.9") -> MediaOffer:
    return MediaOffer(session=1, user_id=2, ssrc=3, ip=ip, port=4, mode="aead_aes256_gcm_rtpsize")


@pytest.fixture
def passage() -> Passage:
    passage = Passage()
    passage.take(HELLO)
    return passage


def test_it_greets_without_an_engine() -> None:
    passed = Passage().take(HELLO)
    (reply,) = passed.answers
    assert isinstance(reply, HelloReply)
    assert reply.version == MEDIA_VERSION
    assert not passed.wakes_engine


def test_a_host_that_is_too_old_is_told_so() -> None:
    passed = Passage().take(Hello("tuichat 0.9", 1, MEDIA_VERSION - 1))
    (refused,) = passed.answers
    assert isinstance(refused, HelloRefused)
    assert "tuichat 0.9" in refused.reason
    assert passed.is_over


def test_ways_are_tried_to_another_machine_alone(passage: Passage) -> None:
    away = TryWays("198.51.100.7", 50_000, 6)
    assert passage.take(away) == Passed(requests=(away,), wakes_engine=True)
    for ip in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254", "224.0.0.1", "0.0.0.0", "localhost", ""):
        assert passage.take(TryWays(ip, 50_000, 6)) == Passed(answers=(WaysTried(),)), ip


@pytest.mark.parametrize("request_", [LeaveCall(), Shutdown(), ChoosePlace(""), HELLO])
def test_what_is_the_laptops_own_matter_is_refused(passage: Passage, request_: Request) -> None:
    with pytest.raises(EngineProtocolError):
        passage.take(request_)


def test_nothing_stands_before_the_greeting() -> None:
    with pytest.raises(EngineProtocolError):
        Passage().take(Ping(1))


def test_pings_tell_of_the_way_and_are_answered_here(passage: Passage) -> None:
    passed = passage.take(Ping(7))
    assert passed.answers == (Pong(7),)
    assert not passed.requests


@pytest.mark.parametrize("request_", [offer(), PlaySound("ring"), SetMeter(is_on=True), StartTest(), DevicesRequest()])
def test_what_needs_sound_wakes_the_engine(passage: Passage, request_: Request) -> None:
    passed = passage.take(request_)
    assert passed.wakes_engine
    assert passed.requests == (request_,)


@pytest.mark.parametrize("request_", [SetMeter(is_on=False), SetGate("open"), TakePart(), Talk(True), EndMedia()])
def test_what_only_says_how_does_not(passage: Passage, request_: Request) -> None:
    assert not passage.take(request_).wakes_engine


def test_an_engine_that_starts_is_told_what_holds(passage: Passage) -> None:
    passage.take(SetGate("open"))
    passage.take(SetGate("push_to_talk"))
    passage.take(SetVolume(5, 150))
    passage.take(TakePart(is_muted=True))
    passage.take(UseLanguage("en"))
    hello, *standing = passage.opening()
    assert isinstance(hello, Hello)
    assert hello.language == "en"
    assert standing == [SetGate("push_to_talk"), SetVolume(5, 150), TakePart(is_muted=True)]
    assert passage.is_push_to_talk
    assert passage.is_muted


def test_it_knows_whether_there_is_a_call(passage: Passage) -> None:
    assert not passage.is_in_call
    passage.take(offer())
    passage.take(MediaAgreed(session=1, mode="m", key=b"k"))
    assert passage.is_in_call
    passage.take(EndMedia())
    assert not passage.is_in_call


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "224.0.0.1", "169.254.169.254", "box", ""]
)
def test_a_laptop_sends_nothing_to_its_own_programs(passage: Passage, ip: str) -> None:
    (passed,) = passage.take(offer(ip)).requests
    assert isinstance(passed, MediaOffer)
    assert not passed.can_go_direct
    assert passed.ip == ip


@pytest.mark.parametrize("ip", ["203.0.113.9", "10.0.0.5", "192.168.1.2", "2001:db8::1", "fd00::1"])
def test_a_voice_server_anywhere_else_is_reached_directly(passage: Passage, ip: str) -> None:
    assert passage.take(offer(ip)).requests == (offer(ip),)


def test_what_a_machine_names_too_often_goes_through_ssh(passage: Passage) -> None:
    """Offers and trials are counted together: either has packets sent."""
    for number in range(ADDRESSES):
        ip = f"203.0.113.{number}"
        if number % 2:
            assert passage.take(offer(ip)).requests == (offer(ip),)
        else:
            assert passage.take(TryWays(ip, 4, 6)).wakes_engine
    (passed,) = passage.take(offer("203.0.113.200")).requests
    assert passed == msgspec.structs.replace(offer("203.0.113.200"), can_go_direct=False)
    assert passage.take(TryWays("203.0.113.200", 4, 6)) == Passed(answers=(WaysTried(),))


def test_an_offer_that_asks_for_no_udp_from_here_counts_for_nothing(passage: Passage) -> None:
    for number in range(100):
        passage.take(msgspec.structs.replace(offer(f"203.0.113.{number}"), can_go_direct=False))
        passage.take(msgspec.structs.replace(offer(f"203.0.113.{number}"), may_use_udp=False))
    assert passage.take(offer()).requests == (offer(),)


def test_an_engine_hears_nothing_of_what_the_other_machine_can_do() -> None:
    passage = Passage()
    passage.take(Hello("tuichat 1", MEDIA_VERSION, MEDIA_VERSION, ("places", "squeeze"), language="fr"))
    hello = passage.opening()[0]
    assert isinstance(hello, Hello)
    assert hello.features == (), "with `places` it would look for laptops that are logged in on this one"
