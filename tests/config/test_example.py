"""The example file shows every setting, its default and what it does."""

import re
from pathlib import Path

from tuichat.config.example import every_setting, example_text
from tuichat.config.loader import parse
from tuichat.config.schema import Settings

ROOT = Path(__file__).parent.parent.parent


def test_example_as_it_is_changes_nothing() -> None:
    assert parse(example_text(), Path("config.example.toml")) == Settings()


def test_example_with_its_defaults_uncommented_changes_nothing() -> None:
    settings, _mark, _bindings = example_text().partition("# [[on]]")
    text = re.sub(r"(?m)^# (\w+ = )", r"\1", settings)
    assert text.count(" = ") >= len(every_setting())
    assert parse(text, Path("config.example.toml")) == Settings()


def test_every_setting_says_what_it_does_in_one_line() -> None:
    for setting in every_setting():
        assert setting.description.endswith("."), setting
        assert "\n" not in setting.description
        assert setting.fits
        assert setting.default


def test_every_setting_is_read_by_the_program() -> None:
    program = "\n".join(path.read_text() for path in (ROOT / "tuichat").rglob("*.py") if path.parent.name != "config")
    unread = [s for s in every_setting() if not re.search(rf"\b{s.table}\.{s.key}\b", program)]
    assert unread == []
