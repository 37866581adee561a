"""What cannot be drawn shows a placeholder, is logged without its words, and takes nothing with it."""

import logging

import pytest

from tests.tui.samples import GRACE, FakeClient, message, sample_state
from tests.tui.screens import running
from tuichat.tui.messages.drawing import Drawing
from tuichat.tui.panes.channel_list import ChannelList


async def test_a_message_that_cannot_be_drawn_stands_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = Drawing.markdown

    def failing(self: Drawing, text: str, *arguments: object, **options: object) -> object:
        if "geheim" in text:
            raise ValueError(f"cannot read {text!r}")
        return whole(self, text, *arguments, **options)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(Drawing, "markdown", failing)
    written = [message(GRACE, 3, "before"), message(GRACE, 2, "geheim", number=1), message(GRACE, 1, "after", number=2)]
    with caplog.at_level(logging.ERROR):
        async with running(FakeClient(sample_state(written))) as shown:
            text = "\n".join(shown.messages())
            assert "this message cannot be shown" in text
            assert "before" in text
            assert "after" in text
            await shown.press("shift+f6", "up", "up")  # it can be selected like any other
            assert shown.app.is_running
    assert "ValueError" in caplog.text
    assert "geheim" not in caplog.text


async def test_a_row_that_cannot_be_drawn_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ChannelList.draw

    def failing(self: ChannelList, row: object, look: object) -> object:
        if getattr(row, "name", "") == "random":
            raise KeyError("random")
        return whole(self, row, look)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(ChannelList, "draw", failing)
    async with running(FakeClient(sample_state())) as shown:
        assert "cannot be shown" in shown.text
        assert "# general" in shown.text
