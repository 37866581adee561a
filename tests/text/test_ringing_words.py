"""What became of the ringing of a private call, told once."""

from msgspec.structs import replace

from tests.tui.fake_desk import CALL, PEOPLE
from tests.tui.samples import GRACE, LINUS
from tuichat.client.voice_desk import Rung, Stage
from tuichat.text.ringing_words import DECLINED_WITHIN_S, RingWatch

ALONE = replace(CALL, guild_id=None, channel_id=9102, title="@ grace", people=PEOPLE[:1])
CALLING = replace(ALONE, ringing=(Rung(GRACE, "grace"), Rung(LINUS, "linus")))


def test_who_has_it_stop_declined_and_who_lets_it_ring_did_not_answer() -> None:
    watch = RingWatch()
    assert watch.look(CALLING, 0.0) == []
    assert watch.look(replace(ALONE, ringing=(Rung(LINUS, "linus"),)), 4.0) == ["grace declined the call."]
    assert watch.look(ALONE, DECLINED_WITHIN_S) == ["linus did not answer."]
    assert watch.look(ALONE, 60.0) == []


def test_who_comes_is_not_told_of() -> None:
    watch = RingWatch()
    watch.look(CALLING, 0.0)
    assert watch.look(replace(ALONE, people=(PEOPLE[0], PEOPLE[2], PEOPLE[3])), 4.0) == []


def test_an_end_or_a_break_of_the_call_tells_nothing() -> None:
    watch = RingWatch()
    for over in (replace(ALONE, stage=Stage.OUT), replace(ALONE, stage=Stage.REJOINING), replace(ALONE, channel_id=1)):
        watch.look(CALLING, 0.0)
        assert watch.look(over, 4.0) == []
        assert watch.look(ALONE, 5.0) == []
