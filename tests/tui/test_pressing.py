"""Buttons, menus, forms and answers to oneself alone, on the running screen."""

import msgspec
import pytest

from tests.tui.bot_samples import modal, raw
from tests.tui.messages.test_component_lines import MENU, ROW
from tests.tui.samples import BOT, GENERAL, GRACE, LINUS, FakeClient, message, sample_state
from tests.tui.screens import Shown, running
from tuichat.client.errors import RefusedError
from tuichat.protocol.interaction import (
    InteractionFailure,
    InteractionRequest,
    InteractionSuccess,
)
from tuichat.protocol.message import Message, MessageFlag
from tuichat.protocol.snowflake import Snowflake

pytestmark = pytest.mark.slow  # whole screens by their keys

PEOPLE = {"type": 1, "components": [{"type": 5, "custom_id": "who", "min_values": 1, "max_values": 2}]}


def with_bot_message(*contents: dict[str, object], flags: int = 0) -> tuple[FakeClient, Message]:
    made = [raw(content) for content in contents]
    last = msgspec.structs.replace(message(BOT, 0, "ready"), components=made, flags=flags)
    state = sample_state([message(GRACE, 5, "before"), last])
    state.session_id = "session"
    return FakeClient(state), last


async def select_last(shown: Shown) -> None:
    await shown.press("shift+f6", "up")


def sent(client: FakeClient) -> InteractionRequest:
    body = client.rest.bodies[-1]
    assert isinstance(body, InteractionRequest)
    return body


def answer(client: FakeClient, kind: type[InteractionSuccess] | type[InteractionFailure] = InteractionSuccess) -> None:
    client.interactions.take(kind(id=Snowflake(1), nonce=sent(client).nonce or ""))


async def test_a_digit_presses_a_button_and_the_message_says_what_becomes_of_it() -> None:
    client, last = with_bot_message(ROW)
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("3")
        request = sent(client)
        assert (request.type, request.application_id, request.message_id) == (3, BOT, last.id)
        assert (request.data.component_type, request.data.custom_id, request.session_id) == (2, "c", "session")
        assert any("… the bot is told" in line for line in shown.messages())
        answer(client)
        await shown.settle()
        assert not any("the bot" in line for line in shown.messages())


async def test_a_bot_that_does_not_answer_is_told_at_the_message_until_the_next_press() -> None:
    client, _ = with_bot_message(ROW)
    async with running(client) as shown:
        await shown.click("Deploy")
        answer(client, InteractionFailure)
        await shown.until("✕ the bot did not answer in time")
        await shown.click("Approve")
        assert not any("✕ the bot" in line for line in shown.messages())


async def test_a_refused_press_says_why_and_leaves_nothing_behind() -> None:
    client, _ = with_bot_message(ROW)
    client.rest.fault = RefusedError("Component validation failed.")
    async with running(client) as shown:
        await shown.click("Deploy")
        await shown.until("Component validation failed.")
        assert not client.state.pending


async def test_a_menu_is_narrowed_by_typing_and_enter_takes_a_row() -> None:
    client, _ = with_bot_message(MENU)
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("1")
        assert "Where to" in shown.text
        await shown.press(*"prod", "enter")
        assert sent(client).data.values == ["p"]


@pytest.mark.slow
async def test_several_people_are_marked_and_no_more_than_the_bot_takes() -> None:
    client, _ = with_bot_message(PEOPLE)
    async with running(client, size=(80, 24)) as shown:
        await select_last(shown)
        await shown.press("1", "alt+enter")
        await shown.until("At least 1 are to be marked.")
        for name in ("grace", "linus", "ken"):
            await shown.press("ctrl+u", *name, "enter")
        await shown.until("At most 2 can be marked.")
        await shown.press("alt+enter")
        assert sent(client).data.values == [str(GRACE), str(LINUS)]


async def test_all_that_can_be_pressed_is_listed() -> None:
    client, _ = with_bot_message(ROW, MENU)
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("x")
        assert "What can be pressed" in shown.text
        await shown.click("4 ! Roll back")
        assert sent(client).data.custom_id == "d"


async def test_a_right_click_opens_what_can_be_done_with_this_message() -> None:
    client, _ = with_bot_message(ROW)
    async with running(client) as shown:
        column, row = shown.find("ready")
        await shown.pilot.click(offset=(column, row), button=3)
        await shown.settle()
        assert "Forward" in shown.text
        assert "Edit" not in shown.text


async def test_what_one_alone_sees_can_be_dismissed() -> None:
    client, last = with_bot_message(flags=int(MessageFlag.EPHEMERAL))
    async with running(client) as shown:
        await shown.click(" dismiss")
        assert client.state.timeline(GENERAL).find(last.id) is None
        assert not client.asked or ("delete", GENERAL, last.id) not in client.asked


# Forms.

FORM = (
    {"type": 10, "content": "Tell us what happened."},
    {
        "type": 18,
        "label": "Title",
        "component": {"type": 4, "custom_id": "title", "style": 1, "min_length": 3, "max_length": 20},
    },
    {
        "type": 1,
        "components": [{"type": 4, "custom_id": "text", "style": 2, "label": "Details", "required": False}],
    },
    {
        "type": 18,
        "label": "How bad",
        "description": "for the night shift",
        "component": {
            "type": 3,
            "custom_id": "bad",
            "options": [{"label": "minor", "value": "1"}, {"label": "major", "value": "2"}],
        },
    },
    {"type": 18, "label": "Call me", "component": {"type": 23, "custom_id": "call"}},
)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(120, 36), (60, 20)])
async def test_a_form_is_filled_in_by_keys_and_sent(size: tuple[int, int]) -> None:
    client, _ = with_bot_message(ROW)
    async with running(client, size=size) as shown:
        client.interactions.take(modal(*FORM))
        await shown.until("Report an incident")
        await shown.press(*"ab", "alt+enter")
        await shown.until("Title: 3 to 20 characters, these are 2.")
        await shown.press("c", "enter", *"it", "enter", *"fell", "tab", "enter", *"maj", "enter", "tab", "enter")
        assert not client.rest.bodies
        await shown.press("alt+enter")
        request = sent(client)
        assert (request.type, request.data.id, request.data.custom_id) == (5, 77, "form")
        assert isinstance(request.data.components, list)
        given = [msgspec.json.decode(each) for each in request.data.components]
        assert given == [
            {"type": 10},
            {"type": 18, "component": {"type": 4, "custom_id": "title", "value": "abc"}},
            {"type": 1, "components": [{"type": 4, "custom_id": "text", "value": "it\nfell"}]},
            {"type": 18, "component": {"type": 3, "custom_id": "bad", "values": ["2"]}},
            {"type": 18, "component": {"type": 23, "custom_id": "call", "value": True}},
        ]
        assert "Report an incident" in shown.text  # until the bot has taken it
        answer(client)
        await shown.settle()
        assert "Report an incident" not in shown.text


async def test_a_form_that_is_refused_stays_with_all_that_was_typed() -> None:
    client, _ = with_bot_message(ROW)
    async with running(client) as shown:
        client.interactions.take(modal(FORM[1]))
        await shown.until("Report an incident")
        await shown.press(*"broken", "alt+enter")
        answer(client, InteractionFailure)
        await shown.until("did not answer in time")
        assert "broken" in shown.text
        await shown.press("alt+enter")
        answer(client)
        await shown.settle()
        assert "Report an incident" not in shown.text


async def test_a_form_in_which_something_was_typed_is_not_left_by_mistake() -> None:
    client, _ = with_bot_message(ROW)
    async with running(client) as shown:
        client.interactions.take(modal(FORM[1]))
        await shown.until("Report an incident")
        await shown.press(*"words", "escape")
        assert "Leave this form?" in shown.text
        await shown.press("escape")
        assert "words" in shown.text
        await shown.press("escape", "y")
        assert "Report an incident" not in shown.text
