"""Editing the settings: the file is made, checked, and the user may try again."""

from pathlib import Path

import pytest

from tuichat.config.editor import EditorError, edit_settings
from tuichat.config.example import example_text
from tuichat.config.loader import ConfigError


def give_up(_mistake: str) -> bool:
    return False


def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = tmp_path / "my editor"
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(0o700)
    monkeypatch.setenv("EDITOR", f"'{program}' --flag")


def test_missing_file_is_made_from_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(tmp_path, monkeypatch, 'test "$1" = --flag')
    path = tmp_path / "conf" / "config.toml"
    edit_settings(path, edit_again=give_up)
    assert path.read_text() == example_text()


def test_mistake_is_told_and_can_be_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    editor(tmp_path, monkeypatch, 'test -s "$2" && : > "$2" || echo "[nonsense]" > "$2"')
    mistakes: list[str] = []

    def again(mistake: str) -> bool:
        mistakes.append(mistake)
        return True

    edit_settings(path, edit_again=again)
    assert len(mistakes) == 1
    assert "nonsense" in mistakes[0]


def test_mistake_that_stays_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor(tmp_path, monkeypatch, 'echo "[nonsense]" > "$2"')
    with pytest.raises(ConfigError, match="nonsense"):
        edit_settings(tmp_path / "config.toml", edit_again=give_up)


def test_editor_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "no-such-editor-anywhere")
    with pytest.raises(EditorError, match="no-such-editor-anywhere"):
        edit_settings(tmp_path / "config.toml", edit_again=give_up)
