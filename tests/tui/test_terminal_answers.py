"""What a terminal tells of itself is never typed, comes at any time and in any pieces, and delays nothing."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import constants, events

from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import running
from tuichat.tui.images.mode import SIXEL, ImageMode
from tuichat.tui.paste_parser import PasteParser
from tuichat.tui.terminal_answers import AWAITED_S, ESCAPE_HELD_S, HELD_S, AnswerFilter, TerminalAnswered
from tuichat.tui.terminal_queries import Answers

VERSION, GRAPHICS, ATTRIBUTES = "\x1bP>|kitty(0.35.2)\x1b\\", "\x1b_Gi=31;OK\x1b\\", "\x1b[?62;4c"
ANSWER = VERSION + GRAPHICS + ATTRIBUTES
KITTY = Answers(attributes=frozenset({62, SIXEL}), version="kitty(0.35.2)", kitty_graphics=True)


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def cut(text: str, places: list[int]) -> list[str]:
    at = sorted({place % (len(text) + 1) for place in places} | {0, len(text)})
    return [text[begin:end] for begin, end in pairwise(at)]


@given(st.lists(st.integers(0, 200), max_size=12), st.lists(st.text("ab\x1b[A", max_size=4), min_size=4, max_size=4))
def test_answers_are_taken_from_between_the_keys(places: list[int], typed: list[str]) -> None:
    keys = [text.rstrip("\x1b[") for text in typed]  # a key is whole before an answer begins
    first, second, third, last = keys
    asked = AnswerFilter(Clock())
    passed = "".join(
        asked.filtered(piece) for piece in cut(first + VERSION + second + GRAPHICS + third + ATTRIBUTES + last, places)
    )
    assert passed == "".join(keys)
    assert asked.answers == KITTY
    assert not asked.is_awaited


def test_a_terminal_that_knows_little_tells_its_attributes_only() -> None:
    asked = AnswerFilter(Clock())
    assert asked.filtered("\x1b[?1;2cx") == "x"
    assert asked.answers == Answers(attributes=frozenset({1, 2}))


@pytest.mark.parametrize(
    ("typed", "held_s"), [("\x1b", ESCAPE_HELD_S), ("\x1bP", HELD_S), ("\x1b_", HELD_S), ("\x1b[", HELD_S)]
)
def test_a_key_that_looks_like_a_beginning_comes_a_little_later(typed: str, held_s: float) -> None:
    clock = Clock()
    asked = AnswerFilter(clock)
    assert asked.filtered("a" + typed) == "a"
    assert asked.released() == ""
    clock.now_s += held_s
    assert asked.released() == typed
    assert asked.released() == ""


def test_what_follows_at_once_frees_a_key_that_looked_like_a_beginning() -> None:
    asked = AnswerFilter(Clock())
    assert asked.filtered("\x1bP") + asked.filtered("x") == "\x1bPx"


def test_a_terminal_that_says_nothing_is_not_waited_for() -> None:
    clock = Clock()
    asked = AnswerFilter(clock)
    clock.now_s += AWAITED_S
    assert not asked.is_awaited
    assert asked.filtered("\x1b") == "\x1b"


def test_endless_text_after_a_beginning_is_not_kept() -> None:
    asked = AnswerFilter(Clock())
    assert len(asked.filtered("\x1bP>|" + "x" * 300)) == 304


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(PasteParser, "answers", AnswerFilter(clock))
    return clock


def test_the_parser_tells_the_answers_among_the_keys(asked: Clock) -> None:
    parser = PasteParser()
    found = [event for piece in (f"a{VERSION}{GRAPHICS}\x1b[?6", "2;4cb") for event in parser.feed(piece)]
    keys = [event.key for event in found if isinstance(event, events.Key)]
    assert keys == ["a", "b"]
    assert [event.answers for event in found if isinstance(event, TerminalAnswered)] == [KITTY]
    assert PasteParser.answers is None


def test_the_parser_lets_a_held_key_go(asked: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.0)
    parser = PasteParser()
    assert list(parser.feed("\x1bP")) == []
    asked.now_s += HELD_S
    found = [event for _ in range(2) for event in parser.tick()]
    assert [event.key for event in found if isinstance(event, events.Key)] == ["alt+shift+p"]


async def test_an_answer_turns_blocks_into_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "KITTY_WINDOW_ID", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    async with running(FakeClient(sample_state())) as shown:
        assert shown.app.asks_pictures
        assert shown.app.chat.gallery is not None
        modes = [shown.app.chat.gallery.mode]
        shown.app.post_message(TerminalAnswered(KITTY))
        await shown.settle()
        assert [*modes, shown.app.chat.gallery.mode] == [ImageMode.BLOCKS, ImageMode.KITTY]
