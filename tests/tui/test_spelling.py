"""Words that the spelling program does not know are underlined, corrected by a key, and learnt."""

import shutil
from pathlib import Path

import pytest

from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import Shown, running
from tuichat.config.schema import ComposerSettings, Settings
from tuichat.tui.screens.chat import spelling as subject
from tuichat.tui.spelling import Speller, command, read_answer, words_of

FAKE = """#!/bin/sh
echo "@(#) Fake Ispell"
while read -r line; do
  case "$line" in
    ^teh) echo "& teh 2 1: the, tea" ;;
    ^qwx) echo "# qwx 1" ;;
    *) echo "*" ;;
  esac
  echo
done
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "speller"
    path.write_text(FAKE)
    path.chmod(0o700)
    return str(path)


def test_code_addresses_mentions_and_names_are_no_words() -> None:
    text = "Teh `kode` https://exmple.org/abc @grce #genral :tadda: NASA camelCase don't x2y\n```\nfoo\n```"
    assert [word for _, word in words_of(text)] == ["Teh", "don't"]


def test_answers_are_read() -> None:
    assert read_answer("& teh 2 1: the, tea") == ("the", "tea")
    assert read_answer("# qwx 1") == ()
    assert read_answer("*") is read_answer("+ ROOT") is None


def test_the_language_is_of_the_settings_or_the_locale(program: str) -> None:
    assert command("fr_FR", program, {}) == [program, "-a", "-d", "fr_FR"]
    assert command("", program, {"LANG": "de_DE.UTF-8"}) == [program, "-a", "-d", "de_DE"]
    assert command("", "no-such-speller", {}) is None


async def test_a_program_that_fails_is_not_asked_again() -> None:
    speller = Speller(["false"])
    await speller.check(["word"])
    assert speller.has_failed
    await speller.check(["word"])
    assert not speller.unknown


@pytest.mark.system
@pytest.mark.skipif(shutil.which("hunspell") is None, reason="hunspell is not here: run `make test-deps`")
async def test_hunspell_itself_is_understood() -> None:
    speller = Speller(["hunspell", "-a", "-i", "utf-8", "-d", "en_US"])
    await speller.check(["helo", "hello"])
    await speller.close()
    if not speller.has_failed:  # without a dictionary it ends at once
        assert "hello" in speller.unknown["helo"]
        assert "hello" not in speller.unknown


async def until_underlined(shown: Shown, *words: str) -> None:
    for _ in range(300):
        if shown.chat.composer._misspelled == frozenset(words):
            return
        await shown.pilot.pause(0.01)
    raise AssertionError(shown.chat.composer._misspelled)


async def test_a_key_corrects_a_word_and_another_is_learnt(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "CHECK_AFTER_S", 0.01)
    settings = Settings(composer=ComposerSettings(spell_program=program))
    async with running(FakeClient(sample_state()), settings=settings) as shown:
        await shown.type("teh cat and qwx")
        await until_underlined(shown, "teh", "qwx")
        row = shown.find("teh cat")[1]
        underlined = [each.text for each in shown.strips()[row] if each.style and each.style.underline]
        assert {"teh", "qwx"} <= {text.strip() for text in underlined}
        await shown.press("home", "f7")
        assert "add to your words" in shown.text
        await shown.press("enter")
        assert shown.chat.composer.text == "the cat and qwx"
        await until_underlined(shown, "qwx")
        await shown.press("f7", "enter")
        await until_underlined(shown)
        assert shown.chat.composer.text == "the cat and qwx"
        assert not [asked for asked in shown.client.asked if asked[0] == "send"]


async def test_without_a_program_nothing_is_underlined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "CHECK_AFTER_S", 0.01)
    settings = Settings(composer=ComposerSettings(spell_program="no-such-speller"))
    async with running(FakeClient(sample_state()), settings=settings) as shown:
        await shown.type("teh")
        await shown.press("f7")
        await shown.until("No spelling program")
