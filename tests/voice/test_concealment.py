"""What stands in for a loss: what is known, then a guess of three frames, then silence."""

from tuichat.voice.concealment import Concealment, Mend


def test_silence_follows_after_the_third_guess() -> None:
    concealment = Concealment()
    assert [concealment.mend(960, is_known=False) for _ in range(5)] == [
        Mend.GUESS,
        Mend.GUESS,
        Mend.LAST_GUESS,
        Mend.SILENCE,
        Mend.SILENCE,
    ]


def test_what_is_known_is_recovered_however_long_it_was_silent() -> None:
    concealment = Concealment()
    for _ in range(6):
        concealment.mend(960, is_known=False)
    assert concealment.mend(960, is_known=True) is Mend.RECOVER
    assert concealment.mend(960, is_known=False) is Mend.GUESS


def test_real_sound_begins_anew() -> None:
    concealment = Concealment()
    for _ in range(6):
        concealment.mend(480, is_known=False)
    assert concealment.mend(480, is_known=False) is Mend.SILENCE
    concealment.hear()
    assert concealment.mend(480, is_known=False) is Mend.GUESS
