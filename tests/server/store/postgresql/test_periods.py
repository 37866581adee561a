"""Periods as marks: each message has a mark of every time that holds it, and a time has few."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.snowflake import MAX_SNOWFLAKE, TIMESTAMP_SHIFT
from tuichat.server.store.postgresql.periods import LONGEST_MS, marks_about, period_marks

times_ms = st.integers(0, MAX_SNOWFLAKE >> TIMESTAMP_SHIFT)


@given(begin_ms=times_ms, length_ms=st.integers(1, 4 * LONGEST_MS), data=st.data())
def test_a_time_has_a_few_marks_and_its_messages_have_one_of_them(
    begin_ms: int, length_ms: int, data: st.DataObject
) -> None:
    marks = marks_about(begin_ms, begin_ms + length_ms)
    assert len(marks) <= 5
    time_ms = data.draw(st.integers(begin_ms, begin_ms + length_ms - 1))
    message_id = time_ms << TIMESTAMP_SHIFT | data.draw(st.integers(0, (1 << TIMESTAMP_SHIFT) - 1))
    assert len(set(marks) & set(period_marks(message_id))) == 1
