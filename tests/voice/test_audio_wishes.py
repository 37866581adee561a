"""Which devices are open, and whether one is heard, by what is wanted."""

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


def test_a_mute_closes_the_microphone_and_not_the_speaker() -> None:
    muted = wishes(is_in_call=True, is_muted=True)
    assert (muted.microphone, muted.speaker, muted.may_send) == (False, True, False)


def test_an_instant_mute_keeps_the_microphone_and_sends_nothing() -> None:
    muted = wishes(is_in_call=True, mute_style="instant", is_muted=True)
    assert (muted.microphone, muted.may_send) == (True, False)


def test_meter_and_test_open_the_microphone_outside_of_a_call() -> None:
    assert wishes(has_meter=True).microphone
    assert not wishes(has_meter=True).speaker
    assert wishes(is_testing=True).speaker


def test_a_test_is_sent_to_nobody() -> None:
    assert not wishes(is_in_call=True, is_testing=True).may_send
