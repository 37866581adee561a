"""What the screen's tests stand on: one time zone, one language, one kind of terminal."""

import time
from collections.abc import Iterator

import pytest
from textual import _wait, constants
from textual.widgets import Button

from tuichat.translation import Catalogue, use_catalogue
from tuichat.tui import app
from tuichat.tui.messages.highlighting import HIGHLIGHTER


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    time.tzset()
    yield
    use_catalogue(Catalogue())
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(autouse=True, scope="session")
def coloured_code() -> None:
    """Have the language of the samples read from the start: when it is loaded later is up to the machine."""
    HIGHLIGHTER.load("python")


@pytest.fixture(autouse=True, scope="session")
def quick_keys() -> None:
    """Look whether all is done each 5 ms: Textual's own 20, twice for each key, were most of the time of these tests.

    A button that was clicked is deaf for a fifth of a second, which a hand is slower than, and these tests are not.
    """
    _wait.SLEEP_GRANULARITY = 1 / 200
    _wait.SLEEP_IDLE = _wait.SLEEP_GRANULARITY / 20
    constants.TEXTUAL_ANIMATIONS = "none"  # type: ignore[misc]  # a picture in the middle of a motion is another each time
    Button._start_active_affect = lambda self: None  # type: ignore[method-assign]


@pytest.fixture(autouse=True, scope="session")
def no_freezing() -> None:
    """An app freezes what there is after two seconds, for good: here that is the whole app of a test that is soon over."""
    app._freeze = lambda: None
