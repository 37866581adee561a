"""The order of channels: whatever is asked for, nothing is lost, and positions have no gaps."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.channel_order import arranged, kind_of, next_position
from tuichat.server.store.channel_rows import ChannelRow

KINDS = (ChannelType.TEXT, ChannelType.VOICE, ChannelType.CATEGORY, ChannelType.STAGE, ChannelType.FORUM)
ROWS = st.lists(
    st.builds(
        lambda number, kind, position: ChannelRow(
            id=Snowflake(number), type=kind, guild_id=Snowflake(1), name="c", position=position
        ),
        st.integers(1, 40),
        st.sampled_from(KINDS),
        st.integers(0, 12),
    ),
    unique_by=lambda row: row.id,
    max_size=20,
)
WANTED = st.dictionaries(st.integers(1, 40), st.integers(0, 25), max_size=12)


@given(ROWS, WANTED)
def test_each_kind_that_is_touched_is_counted_from_zero_without_gaps(
    rows: list[ChannelRow], wanted: dict[int, int]
) -> None:
    positions = arranged(rows, wanted)
    touched = {kind_of(row) for row in rows if row.id in wanted}
    assert positions.keys() == {row.id for row in rows if kind_of(row) in touched}
    for kind in touched:
        alike = [positions[row.id] for row in rows if kind_of(row) == kind]
        assert sorted(alike) == list(range(len(alike)))


@given(ROWS, WANTED)
def test_channels_that_nobody_moves_keep_their_order(rows: list[ChannelRow], wanted: dict[int, int]) -> None:
    positions = arranged(rows, wanted)
    still = [row for row in rows if row.id in positions and row.id not in wanted]
    for kind in {kind_of(row) for row in still}:
        before = sorted((row for row in still if kind_of(row) == kind), key=lambda row: (row.position, row.id))
        assert before == sorted(before, key=lambda row: positions[row.id])


@given(ROWS, st.data())
def test_a_whole_order_comes_out_as_it_was_asked_for(rows: list[ChannelRow], data: st.DataObject) -> None:
    text = [row for row in rows if kind_of(row) == 0]
    order = data.draw(st.permutations(text))
    wanted = {int(row.id): index for index, row in enumerate(order)}
    assert arranged(rows, wanted) == wanted


@given(ROWS, st.data())
def test_one_channel_lands_where_it_was_sent(rows: list[ChannelRow], data: st.DataObject) -> None:
    if not rows:
        return
    moved = data.draw(st.sampled_from(rows))
    count = sum(1 for row in rows if kind_of(row) == kind_of(moved))
    index = data.draw(st.integers(0, count - 1))
    assert arranged(rows, {int(moved.id): index})[moved.id] == index


@given(ROWS)
def test_a_new_channel_stands_below_all_of_its_kind(rows: list[ChannelRow]) -> None:
    for kind in (0, 1, 2):
        position = next_position(rows, kind)
        assert all(row.position < position for row in rows if kind_of(row) == kind)
