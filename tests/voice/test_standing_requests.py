"""What a new engine is told of what the one before it knew."""

from tuichat.voice.audio_protocol import PlaySound, SetGate, SetMeter, SetVolume, Talk
from tuichat.voice.standing_requests import StandingRequests


def test_the_last_of_each_kind_and_person_is_said_again() -> None:
    standing = StandingRequests()
    for request in (
        SetVolume(7, 50),
        SetGate("voice"),
        SetMeter(is_on=True),
        SetGate("push_to_talk"),
        SetVolume(8, 150),
        SetVolume(7, 60),
    ):
        standing.note(request)
    assert standing.all() == [
        SetGate("push_to_talk"),
        SetMeter(is_on=True),
        SetVolume(8, 150),
        SetVolume(7, 60),
    ]


def test_what_passes_is_not_said_again() -> None:
    standing = StandingRequests()
    standing.note(Talk(is_pressed=True))
    standing.note(PlaySound("join"))
    assert standing.all() == []


def test_a_volume_set_back_is_forgotten() -> None:
    standing = StandingRequests()
    standing.note(SetVolume(7, 50))
    standing.note(SetVolume(7, 100))
    assert standing.all() == []
