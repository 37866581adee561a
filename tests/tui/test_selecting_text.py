"""Selecting text in the running screen, by mouse and by keys."""

from textual import events

from tests.tui.samples import GRACE, FakeClient, message, sample_state
from tests.tui.screens import Shown, running


def client() -> FakeClient:
    return FakeClient(sample_state())


async def test_a_drag_selects_and_copies_across_messages() -> None:
    async with running(client()) as shown:
        column, row = shown.find("jitter buffer holds")
        end_column, end_row = shown.find("what I changed")
        await shown.pilot.mouse_down(offset=(column, row))
        await _move(shown, end_column + 3, end_row)
        await shown.pilot.mouse_up(offset=(end_column + 3, end_row))
        await shown.settle()
        copied = shown.app.clipboard
        assert copied.startswith("jitter buffer holds at 3 frames")
        assert copied.endswith("nice. here is what")
        assert "linus" in copied
        assert "▎" not in copied


async def _move(shown: Shown, x: int, y: int) -> None:
    """Move the mouse with its first button down, as a terminal reports it."""
    pane = shown.chat.messages
    region = pane.region
    event = events.MouseMove(pane, x - region.x, y - region.y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y)
    pane.post_message(event)
    await shown.pilot.pause()


async def test_a_click_alone_copies_nothing_and_selects_the_message() -> None:
    async with running(client()) as shown:
        await shown.click("jitter buffer holds")
        assert shown.app.clipboard == ""
        assert shown.chat.messages.selected_key is not None
        assert not shown.chat.messages.is_selecting_text


async def test_keys_select_from_a_message_on_and_copy() -> None:
    async with running(client()) as shown:
        await shown.press("shift+f6", "up", "v")
        assert shown.chat.messages.is_selecting_text
        await shown.press("up", "end", "y")
        assert not shown.chat.messages.is_selecting_text
        assert shown.app.clipboard


async def test_the_footer_tells_the_keys_of_a_selection() -> None:
    async with running(client()) as shown:
        await shown.press("shift+f6", "up", "v")
        assert "other end" in shown.lines()[-1]
        await shown.press("escape")
        assert "other end" not in shown.lines()[-1]
        assert shown.app.clipboard == ""


async def test_letters_of_messages_do_nothing_while_text_is_selected() -> None:
    async with running(client()) as shown:
        await shown.press("shift+f6", "up", "v", "d", "r")
        assert shown.chat.messages.is_selecting_text
        assert shown.app.screen is shown.chat
        assert shown.chat.composer.border_title is not None
        assert "reply to" not in str(shown.chat.composer.border_title)


async def test_a_selection_stays_on_its_text_when_messages_come() -> None:
    async with running(client()) as shown:
        await shown.press("shift+f6", "up", "up", "v", "end")
        before = shown.chat.messages._selection.text(shown.chat.messages._keys, shown.chat.messages._lines_of)
        for number in range(3):
            shown.client.receive(message(GRACE, 0, f"later {number}", number=300 + number))
        await shown.settle()
        await shown.press("y")
        assert shown.app.clipboard == before != ""


async def test_two_clicks_select_a_word() -> None:
    async with running(client()) as shown:
        column, row = shown.find("jitter buffer holds")
        await shown.pilot.click(offset=(column + 1, row), times=2)
        await shown.settle()
        assert shown.app.clipboard == "jitter"
