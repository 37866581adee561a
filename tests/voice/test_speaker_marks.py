"""Only who was named is marked, and every mark that was told is taken back."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.voice.speaker_marks import SpeakerMarks

ME = 1
people = st.integers(1, 5)
steps = st.lists(
    st.tuples(st.sampled_from(["name", "forget", "speaks", "stops"]), people),
    max_size=40,
)


def test_who_was_not_named_is_not_marked() -> None:
    marks = SpeakerMarks(ME)
    assert not marks.may_tell(7, is_speaking=True)
    assert not marks.may_tell(7, is_speaking=False)
    assert marks.may_tell(ME, is_speaking=True)
    marks.name(7)
    assert marks.may_tell(7, is_speaking=True)


def test_who_left_falls_silent_and_speaks_no_more() -> None:
    marks = SpeakerMarks(ME)
    marks.name(7)
    assert marks.may_tell(7, is_speaking=True)
    marks.forget(7)
    assert not marks.may_tell(7, is_speaking=True)
    assert marks.may_tell(7, is_speaking=False)
    assert not marks.may_tell(7, is_speaking=False)


@given(steps)
def test_what_is_told_is_of_the_named_and_ends(taken: list[tuple[str, int]]) -> None:
    marks, named, shown = SpeakerMarks(ME), {ME}, set[int]()
    for step, user_id in taken:
        match step:
            case "name":
                marks.name(user_id)
                named.add(user_id)
            case "forget":
                marks.forget(user_id)
                named.discard(user_id)
            case "speaks":
                told = marks.may_tell(user_id, is_speaking=True)
                assert told is (user_id in named)
                if told:
                    shown.add(user_id)
            case "stops":
                assert marks.may_tell(user_id, is_speaking=False) is (user_id in shown)
                shown.discard(user_id)
