"""Going anywhere by a part of its name."""

from textual import events

from tests.tui.samples import GENERAL, RANDOM, FakeClient, sample_state
from tests.tui.screens import running
from tuichat.tui.screens.switcher import DestinationRows


async def test_choosing_the_channel_shown_stays_there() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.press("ctrl+k", *"gener", "enter")
        assert shown.chat.chosen.channel_id == GENERAL
        assert shown.chat.focused is shown.chat.composer


async def test_an_arrow_behind_letters_in_one_read_moves_among_what_they_find() -> None:
    async with running(FakeClient(sample_state())) as shown:
        for key in ["ctrl+k", "#", *"e", "down", "down"]:
            shown.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await shown.settle()
        third = shown.app.screen.query_one(DestinationRows).rows[2]
        await shown.press("enter")
        assert shown.chat.chosen.channel_id == third.id


async def test_a_person_opens_the_private_channel() -> None:
    client = FakeClient(sample_state())
    async with running(client) as shown:
        await shown.press("ctrl+k", "@", *"grace", "enter")
        assert any(asked[0] == "private" for asked in client.asked)


async def test_a_command_goes_into_the_composer() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.press("ctrl+k", "/", *"jo", "enter")
        assert shown.chat.composer.text == "/join "


async def test_a_click_goes_there_too() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.press("ctrl+k", *"random")
        await shown.click("random  Textual Labs")
        assert shown.chat.chosen.channel_id == RANDOM


async def test_where_one_was_most_is_offered_first() -> None:
    async with running(FakeClient(sample_state())) as shown:
        for _ in range(2):
            shown.chat.open_channel("s1/101", RANDOM)
            shown.chat.open_channel("s1/101", GENERAL)
        await shown.press("ctrl+k")
        rows = shown.app.screen.query_one(DestinationRows).rows
        assert next(row.id for row in rows if not row.mentions) == RANDOM
        assert rows[-1].id == GENERAL
