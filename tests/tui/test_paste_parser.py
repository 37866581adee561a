"""What is pasted stays text, whatever is in it and however it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events

from tuichat.tui.paste_parser import BEGIN, END, PasteFilter, PasteParser


def read(*pieces: str) -> list[events.Event]:
    parser = PasteParser()
    return [event for piece in pieces for event in parser.feed(piece) if isinstance(event, events.Key | events.Paste)]


def told(found: list[events.Event]) -> list[str]:
    return [f"paste {event.text}" if isinstance(event, events.Paste) else getattr(event, "key", "") for event in found]


@pytest.mark.parametrize(
    "pasted",
    ["words\x1b\rsent", "\x1bOP\x11", "\x1b\x1b\x1b[A", "a\x1b[20\x1b[200~b", "\x1b", "x" * 9 + "\x1b" + "y" * 90],
)
def test_escape_in_a_paste_is_no_key(pasted: str) -> None:
    assert told(read(f"{BEGIN}{pasted}{END}z")) == ["paste " + pasted.replace("\x1b", ""), "z"]


def test_keys_before_and_after_a_paste_are_keys() -> None:
    assert told(read(f"a\x1b[A{BEGIN}one{END}\x1bOP{BEGIN}two{END}b")) == [
        "a",
        "up",
        "paste one",
        "f1",
        "paste two",
        "b",
    ]


@pytest.mark.parametrize("size", range(1, 8))
def test_paste_that_comes_in_pieces_is_the_same(size: int) -> None:
    whole = f"{BEGIN}o\x1bn\x1b[e\x1b[201{END}{BEGIN}\x1b{END}"
    pieces = [whole[index : index + size] for index in range(0, len(whole), size)]
    filter_ = PasteFilter()
    assert "".join(filter_.filtered(piece) for piece in pieces) == f"{BEGIN}on[e[201{END}{BEGIN}{END}"


@given(st.lists(st.text(st.sampled_from("\x1b[201~ab")), max_size=8))
def test_what_is_no_paste_passes_as_it_is(pieces: list[str]) -> None:
    filter_ = PasteFilter()
    passed = "".join(filter_.filtered(piece) for piece in pieces)
    whole = "".join(pieces)
    assert passed == whole if BEGIN not in whole else passed.startswith(whole[: whole.index(BEGIN) + len(BEGIN)])


@given(st.text(st.sampled_from("\x1b[2~01\rab"), max_size=40).filter(lambda text: END not in text))
def test_no_paste_has_an_escape_but_its_ends(text: str) -> None:
    passed = PasteFilter().filtered(f"{BEGIN}{text}{END}")
    assert "\x1b" not in passed.removeprefix(BEGIN).split(END)[0]
