"""Tests of `tuichat.command_line.parser`."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuichat.command_line.parser import ARGPARSE_SENTENCES, Parser, use_wanted_language
from tuichat.translation import Catalogue, _, use_catalogue


@pytest.fixture(autouse=True)
def english_after(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    path = tmp_path / "tuichat" / "locale" / "eo" / "LC_MESSAGES" / "tuichat.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid "usage: "\nmsgstr "uzo: "\n')
    yield
    use_catalogue(Catalogue())


def settings(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "tuichat" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_parsers_own_words_are_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "eo")
    use_wanted_language(["--help"])
    assert Parser(prog="tuichat").format_usage().startswith("uzo: tuichat")


def test_the_settings_and_the_profiles_choices_say_the_language(tmp_path: Path) -> None:
    settings(tmp_path, "config.toml", '[ui]\nlanguage = "eo"\n')
    use_wanted_language(["keys"])
    assert _("usage: ") == "uzo: "
    settings(tmp_path, "profiles/bob/choices.toml", '[ui]\nlanguage = "en"\n')
    use_wanted_language(["--profile=bob", "keys"])
    assert _("usage: ") == "usage: "


def test_settings_that_cannot_be_read_leave_the_environments_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "eo")
    settings(tmp_path, "config.toml", "[ui\n")
    use_wanted_language(["keys"])
    assert _("usage: ") == "uzo: "


def test_every_sentence_of_the_parser_is_one_of_argparse() -> None:
    source = Path(argparse.__file__).read_text()
    for sentence in ARGPARSE_SENTENCES:
        assert repr(sentence) in source, sentence
