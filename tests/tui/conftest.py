"""What the screen's tests stand on: one time zone, one language, one kind of terminal."""

import time
from collections.abc import Iterator

import pytest

from tuichat.translation import Catalogue, use_catalogue
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
