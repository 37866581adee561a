"""Reactions rise over the stage, fade and are gone, and never take more than their cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tuichat.client.room_composer import FLOAT_MS
from tuichat.client.room_view import Reaction
from tuichat.tui.room_floats import float_cells, floats

CLAP = Reaction("👏", "grace", 1000)


def texts(now_ms: int, *reactions: Reaction, lines: int = 4, cells: int = 18) -> list[str]:
    return ["".join(part.text for part in line) for line in floats(reactions, now_ms, lines, cells)]


def test_a_reaction_begins_below_with_its_name_and_rises() -> None:
    assert texts(1000, CLAP) == ["", "", "", "👏 grace"]
    assert texts(2100, CLAP) == ["", "", "👏 grace", ""]
    assert texts(1000 + FLOAT_MS - 1, CLAP) == ["·", "", "", ""]


def test_it_loses_its_name_on_the_way() -> None:
    assert texts(3100, CLAP) == ["", "👏", "", ""]


def test_it_is_gone_after_a_moment_and_not_there_before() -> None:
    assert texts(1000 + FLOAT_MS, CLAP) == [""] * 4
    assert texts(999, CLAP) == [""] * 4


def test_several_on_a_line_stand_beside_each_other_without_names() -> None:
    assert texts(1100, CLAP, Reaction("🚀", "linus", 1050))[3] == "🚀 👏"


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_a_narrow_stage_keeps_fewer_cells(width: int) -> None:
    assert float_cells(width) < width / 2


@given(
    reactions=st.lists(
        st.builds(Reaction, st.text(max_size=12), st.text(max_size=40), st.integers(0, 5000)), max_size=9
    ),
    now_ms=st.integers(0, 9000),
    lines=st.integers(0, 9),
    cells=st.sampled_from([6, 10, 18]),
)
def test_nothing_is_wider_than_its_cells(reactions: list[Reaction], now_ms: int, lines: int, cells: int) -> None:
    drawn = floats(reactions, now_ms, lines, cells)
    assert len(drawn) == lines
    assert all(sum(cell_len(part.text) for part in line) <= cells for line in drawn)
