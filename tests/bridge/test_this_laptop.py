"""A laptop has one number for good, and another laptop another one."""

from pathlib import Path

import pytest

from tuichat.bridge.this_laptop import laptop_name, laptop_number
from tuichat.config.paths import bridge_state_dir


def test_the_number_is_kept(home: Path) -> None:
    assert laptop_number() == laptop_number()
    assert len(laptop_number()) == 16
    assert len(laptop_name()) <= 64


def test_a_damaged_number_is_drawn_anew(home: Path) -> None:
    first = laptop_number()
    (bridge_state_dir() / "laptop").write_text("\xff")
    assert laptop_number() not in ("", first)


def test_where_none_can_be_kept_there_is_none(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "in-the-way").write_text("")
    monkeypatch.setattr("tuichat.bridge.this_laptop.bridge_state_dir", lambda: home / "in-the-way")
    assert laptop_number() == ""
