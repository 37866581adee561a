"""The five keys of the welcome message are the five that the screen has."""

import re
from pathlib import Path

from tuichat.server.actions.home import FIVE_KEYS, WELCOME
from tuichat.tui.key_table import KeyTable

ROOT = Path(__file__).parents[3]


def test_the_welcome_teaches_the_screens_own_keys() -> None:
    title, rows = KeyTable().help()[0]
    assert "five" in title.lower()
    taught = {key.lower() for keys, _ in FIVE_KEYS for key in keys.split()}
    assert taught == {key.lower() for key, _ in rows}
    assert len(WELCOME) < 2000


def test_the_second_person_is_there_for_those_who_typed_make_run_too() -> None:
    assert "`make run PROFILE=bob` (or `tuichat --profile bob`)" in WELCOME
    assert re.search(r"^PROFILE =", (ROOT / "Makefile").read_text(), re.MULTILINE)
