"""Which devices are open, and whether one is heard, by what is wanted."""

import pytest

from tuichat.voice.audio_wishes import AudioWishes


def wishes(**wanted: object) -> AudioWishes:
    made = AudioWishes()
    for name, value in wanted.items():
        setattr(made, name, value)
    return made


def test_outside_of_a_call_nothing_is_open() -> None:
    idle = wishes()
    assert (idle.microphone, idle.speaker, idle.may_send) == (False, False, False)


def test_in_a_call_one_is_heard() -> None:
    talking = wishes(is_in_call=True)
    assert (talking.microphone, talking.speaker, talking.may_send) == (True, True, True)


@pytest.mark.parametrize("who", ["person", "call"])
def test_either_mute_closes_the_microphone_and_not_the_speaker(who: str) -> None:
    muted = wishes(is_in_call=True)
    muted.mutes[who] = True
    assert (muted.microphone, muted.speaker, muted.may_send) == (False, True, False)


def test_deafening_mutes_as_well() -> None:
    deafened = wishes(is_in_call=True)
    deafened.deafens["person"] = True
    assert (deafened.microphone, deafened.may_send) == (False, False)


def test_an_instant_mute_keeps_the_microphone_and_sends_nothing() -> None:
    muted = wishes(is_in_call=True, mute_style="instant")
    muted.mutes["person"] = True
    assert (muted.microphone, muted.may_send) == (True, False)


def test_meter_and_test_open_the_microphone_outside_of_a_call() -> None:
    assert wishes(has_meter=True).microphone
    assert not wishes(has_meter=True).speaker
    assert wishes(is_testing=True).speaker


def test_a_test_is_sent_to_nobody() -> None:
    assert not wishes(is_in_call=True, is_testing=True).may_send


def test_a_moderators_mute_ends_with_the_call_and_ones_own_does_not() -> None:
    left = wishes(is_in_call=True)
    left.mutes.update(person=True, call=True)
    left.leave_call()
    assert left.mutes == {"person": True, "call": False}
