"""Writing: undo for each channel, the editor, corrections, code, pastes and drafts that outlive a crash."""

import stat
from pathlib import Path

import pytest
from textual.events import Paste

from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import running
from tuichat.client.draft_book import DraftBook
from tuichat.config.paths import Profile
from tuichat.config.schema import ComposerSettings, Settings
from tuichat.tui.outside_editor import edit_outside
from tuichat.tui.screens.chat import writing


def client() -> FakeClient:
    return FakeClient(sample_state())


async def test_undo_brings_back_what_was_emptied_and_belongs_to_its_channel() -> None:
    async with running(client()) as shown:
        await shown.type("one two")
        await shown.press("ctrl+u", "ctrl+z")
        assert shown.chat.composer.text == "one two"
        await shown.click("# random")
        await shown.press("ctrl+z")
        assert shown.chat.composer.text == ""
        await shown.click("# general")
        await shown.press("ctrl+u", "ctrl+z", "ctrl+z")
        assert shown.chat.composer.text == ""
        await shown.press("ctrl+y")
        assert shown.chat.composer.text.startswith("one")


async def test_a_correction_edits_the_last_own_message() -> None:
    async with running(client()) as shown:
        await shown.type("s/great/good/\n")
        assert [asked[3] for asked in shown.client.asked if asked[0] == "edit"] == [
            "also: the new numbers look **good**"
        ]
        await shown.type("s/pear/plum/\n")
        await shown.until("has no “pear”")
        assert shown.chat.composer.text == "s/pear/plum/"
        assert not [asked for asked in shown.client.asked if asked[0] == "send"]


async def test_enter_breaks_the_line_in_code_and_sends_once_it_is_closed() -> None:
    async with running(client()) as shown:
        await shown.type("```\nx\n```")
        assert shown.chat.composer.text == "```\nx\n```"
        await shown.press("enter")
        assert [asked[2] for asked in shown.client.asked if asked[0] == "send"] == ["```\nx\n```"]


async def test_enter_breaks_the_line_where_the_setting_says_so() -> None:
    settings = Settings(composer=ComposerSettings(enter_sends=False, typing_notices=False))
    async with running(client(), settings=settings) as shown:
        await shown.type("a\nb")
        assert shown.chat.composer.text == "a\nb"
        assert "alt+enter send" in shown.text
        await shown.press("alt+enter")
        assert [asked[2] for asked in shown.client.asked if asked[0] == "send"] == ["a\nb"]
        assert not [asked for asked in shown.client.asked if asked[0] == "typing"]


async def test_a_paste_is_cleaned_and_one_step_of_undo() -> None:
    async with running(client()) as shown:
        await shown.type("see: ")
        shown.app.post_message(Paste("two\r\nlines\x1b[31m"))
        await shown.settle()
        assert shown.chat.composer.text == "see: two\nlines"
        await shown.press("ctrl+z")
        assert shown.chat.composer.text == "see: "


async def test_words_are_kept_while_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "SAVE_AFTER_S", 0.01)
    async with running(client()) as shown:
        await shown.type("not lost")
        book = DraftBook(Profile("default"))
        for _ in range(200):
            book.load()
            if book.text(shown.client.key, shown.chat.chosen.channel_id or 0) == "not lost":
                break
            await shown.pilot.pause(0.01)
        else:
            raise AssertionError("the words are not on disk")
        await shown.click("# random")
        assert "✎" in next(line for line in shown.lines() if "# general" in line)


def script(folder: Path, text: str) -> str:
    path = folder / "editor"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o700)
    return str(path)


async def test_an_editor_gives_the_text_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    monkeypatch.setenv("VISUAL", script(tmp_path, f'stat -c %a "$(dirname "$1")" "$1" >{seen}\necho more >>"$1"\n'))
    edited = await edit_outside("first\n")
    assert (edited.text, edited.problem) == ("first\nmore\n", "")
    assert seen.read_text().split() == ["700", "600"]
    assert stat.S_IFMT(seen.stat().st_mode) == stat.S_IFREG


async def test_what_an_editor_wrote_before_it_failed_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", script(tmp_path, 'echo saved >"$1"\nexit 3\n'))
    edited = await edit_outside("first")
    assert edited.text == "saved"
    assert "ended with 3" in edited.problem
    monkeypatch.setenv("VISUAL", str(tmp_path / "missing"))
    assert (await edit_outside("first")).text == "first"


async def test_a_screen_that_cannot_be_lent_says_so() -> None:
    async with running(client()) as shown:
        await shown.type("words")
        await shown.press("ctrl+e")
        await shown.until("cannot be lent")
        assert shown.chat.composer.text == "words"
