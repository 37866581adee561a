"""What is written: a sign is one for the cursor, and drawn as wide as it is counted."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.events import Key, Paste

from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import running
from tests.tui.signs import FAMILY, FLAG, HEART, KEYCAP, SIGNS, TONED
from tuichat.text.graphemes import graphemes
from tuichat.text.safe_text import show
from tuichat.text.signs import Kind
from tuichat.tui.widgets.sign_area import SignText, as_drawn, sign_end, sign_start


@pytest.fixture
def showing_all() -> Iterator[None]:
    show(tuple(Kind))
    yield
    show(())


@pytest.mark.parametrize(
    ("sign", "drawn"),
    [
        (TONED, "\U0001f44d\u200c"),
        (FAMILY, "\U0001f468" + "\u200c" * 4),
        (FLAG, "  "),
        (HEART, "\u2764 "),
        (KEYCAP, "1 \u200c"),
        ("\U0001fae8", "\uff1f"),
        ("\u202e", "\u200c"),
        ("\u0939\u093f", "\u0939\u093f"),
        ("e" + "\u0301" * 40, "e" + "\u200c" * 40),
        ("\u0301" * 40, "\u200c" * 40),
    ],
)
def test_a_sign_that_the_terminal_draws_wider_has_a_stand_in(sign: str, drawn: str) -> None:
    assert as_drawn(f"a{sign}b") == f"a{drawn}b"


@pytest.mark.usefixtures("showing_all")
def test_a_sign_that_the_terminal_draws_well_is_drawn() -> None:
    assert as_drawn(FAMILY + TONED + FLAG) == FAMILY + TONED + FLAG


def test_a_sign_of_very_many_marks_is_drawn_in_no_time() -> None:
    line = "e" + "\u0301" * 20_000
    started = time.process_time()
    drawn = as_drawn(line)
    assert time.process_time() - started < 1
    assert (len(drawn), cell_len(drawn)) == (len(line), 1)


@given(
    st.lists(st.sampled_from([*SIGNS, *"ab 漢\t\u202e\u200d"]) | st.characters(codec="utf-8"), max_size=20).map("".join)
)
def test_what_is_drawn_has_as_many_characters_and_cells(line: str) -> None:
    drawn = as_drawn(line)
    assert len(drawn) == len(line)
    assert cell_len(drawn) == sum(cell_len(sign) for sign in graphemes(line))
    assert all(cell_len(drawn[:column]) >= 0 for column in range(len(line)))


def test_where_signs_begin_and_end() -> None:
    line = f"a{FAMILY}b"
    assert [sign_start(line, column) for column in range(8)] == [0, 1, 1, 1, 1, 1, 6, 7]
    assert [sign_end(line, column) for column in range(7)] == [1, 6, 6, 6, 6, 6, 7]


def test_a_cursor_lies_on_the_whole_sign() -> None:
    text = SignText(f"a{FLAG}b ")
    text.stylize("reverse", 1, 2)
    assert [(span.start, span.end) for span in text.spans] == [(1, 3)]


@pytest.mark.usefixtures("showing_all")
async def test_the_cursor_steps_over_signs_and_takes_them_away_whole() -> None:
    async with running(FakeClient(sample_state())) as shown:
        show(tuple(Kind))
        composer = shown.chat.composer
        await composer._on_paste(Paste(f"a{FAMILY}{FLAG}b"))
        await shown.press("left", "left")
        assert composer.cursor_location == (0, 1 + len(FAMILY))
        await shown.press("backspace")
        assert composer.text == f"a{FLAG}b"
        await shown.press("delete")
        assert composer.text == "ab"
        assert composer.cursor_location == (0, 1)


@pytest.mark.usefixtures("showing_all")
async def test_an_emoji_typed_before_another_keeps_its_order() -> None:
    async with running(FakeClient(sample_state())) as shown:
        show(tuple(Kind))
        composer = shown.chat.composer
        await composer._on_paste(Paste("\U0001f680"))
        await shown.press("home")
        for character in FAMILY:
            composer.post_message(Key(f"u+{ord(character):x}", character))
        await shown.press("end")
        assert composer.text == FAMILY + "\U0001f680"


async def test_a_long_word_of_signs_wraps_between_them() -> None:
    async with running(FakeClient(sample_state())) as shown:
        composer = shown.chat.composer
        await composer._on_paste(Paste(f"a{FLAG * 60}"))
        lines = composer.wrapped_document.lines[0]
        assert len(lines) > 1
        assert [sign for line in lines for sign in graphemes(line)] == graphemes(f"a{FLAG * 60}")
