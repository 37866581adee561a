"""The five keys of the welcome message are the five that the screen has."""

from tuichat.server.actions.home import FIVE_KEYS, WELCOME
from tuichat.tui.keys import HELP


def test_the_welcome_teaches_the_screens_own_keys() -> None:
    title, keys = HELP[0]
    assert "five" in title.lower()
    assert {key.lower() for key, _ in FIVE_KEYS} == {key.lower() for key, _ in keys}
    assert len(WELCOME) < 2000
