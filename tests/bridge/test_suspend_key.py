"""`~^Z` suspends, and every other key goes on to ssh."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.bridge.suspend_key import SuspendKey


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        (b"~\x1a", [None]),
        (b"ls\r~\x1al", [b"ls\r", None, b"l"]),
        (b"a~\x1a", [b"a~\x1a"]),
        (b"\x1a", [b"\x1a"]),
        (b"~~\x1a", [b"~~\x1a"]),
        (b"~.", [b"~."]),
        (b"~\r~\x1a", [b"~\r", None]),
        (b"~", []),
        (b"~\x1a~\x1a", [None, None]),
    ],
)
def test_only_at_the_beginning_of_a_line(typed: bytes, parts: list[bytes | None]) -> None:
    assert SuspendKey("~").feed(typed) == parts


def test_keys_that_come_one_by_one_are_the_same() -> None:
    key = SuspendKey("~")
    assert [part for typed in (b"l", b"\r", b"~", b"\x1a", b"~", b"x") for part in key.feed(typed)] == [
        b"l",
        b"\r",
        None,
        b"~x",
    ]


@pytest.mark.parametrize(("escape", "typed"), [("^]", b"\x1d\x1a"), ("%", b"%\x1a")])
def test_another_escape_character_is_known(escape: str, typed: bytes) -> None:
    assert SuspendKey(escape).feed(typed) == [None]


def test_without_one_nothing_is_held() -> None:
    assert SuspendKey("none").feed(b"~\x1a") == [b"~\x1a"]


@given(st.lists(st.binary(max_size=8), max_size=8))
def test_nothing_is_lost(pieces: list[bytes]) -> None:
    key = SuspendKey("~")
    parts = [part for piece in [*pieces, b"x"] for part in key.feed(piece)]
    assert b"".join(b"~\x1a" if part is None else part for part in parts) == b"".join(pieces) + b"x"
