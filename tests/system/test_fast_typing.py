"""Keys that arrive together, as over a slow link or from a script, mean what they mean one by one."""

from collections.abc import Iterator

import pytest

from tests.benchmarks.people import open_screen, shows, signed_in_homes
from tests.benchmarks.pty_terminal import PtyTerminal, pump
from tests.system.fresh_home import FreshHome

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(120)]

LIMIT_S = 15.0


@pytest.fixture(scope="module")
def home() -> Iterator[FreshHome]:
    with signed_in_homes("alice") as made:
        yield made


@pytest.fixture
def terminal(home: FreshHome) -> Iterator[PtyTerminal]:
    with open_screen(home, "alice") as opened:
        pump([opened], lambda: shows(opened, "Message #general"), "the composer", LIMIT_S)
        yield opened


def test_lines_that_arrive_in_one_read_are_sent_whole_and_the_rest_stays(terminal: PtyTerminal) -> None:
    terminal.press("one-alpha\rtwo-beta\rthree-gamma\rrest-delta")

    first = ("one", "two", "three", "rest")

    def lines() -> list[str]:
        # After the bar of a message's author, or the composer's frame.
        return [word for word in terminal.screen().split() if "-" in word and word.split("-")[0] in first]

    pump([terminal], lambda: len(lines()) >= 4, "three messages and a rest", LIMIT_S)
    assert lines() == ["one-alpha", "two-beta", "three-gamma", "rest-delta"]


@pytest.mark.parametrize(
    ("keys", "meant"),
    [
        pytest.param("helo\x7flo-epsilon", "hello-epsilon", id="backspace"),
        pytest.param("wrong\x15right-zeta", "right-zeta", id="ctrl+u"),
        pytest.param("one two\x17three-eta", "one three-eta", id="ctrl+w"),
        pytest.param("ac-theta" + "\x1b[D" * 7 + "b", "abc-theta", id="left"),
    ],
)
def test_a_key_of_editing_among_letters_keeps_its_place(terminal: PtyTerminal, keys: str, meant: str) -> None:
    terminal.press(keys + "\r")
    # Only a sent message stands behind the bar of its author.
    pump([terminal], lambda: shows(terminal, "▎ " + meant), meant, LIMIT_S)
