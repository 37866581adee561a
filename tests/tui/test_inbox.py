"""The inbox: mentions and unread channels of all accounts."""

from tests.tui.samples import GENERAL, GRACE, REVIEWS, VOICE_ENGINE, FakeClient, message, sample_state
from tests.tui.screens import Shown, running
from tuichat.client.errors import UnreachableError
from tuichat.tui.screens.inbox import InboxRow, InboxRows


def mentioned() -> FakeClient:
    client = FakeClient(sample_state())
    client.inbox.listed = [message(GRACE, 3, "<@101> have a look", channel=VOICE_ENGINE)]
    return client


def listed(shown: Shown) -> list[InboxRow]:
    return [row for row in shown.app.screen.query_one(InboxRows).rows if isinstance(row, InboxRow)]


async def test_it_lists_mentions_and_unread_channels() -> None:
    async with running(mentioned()) as shown:
        await shown.press("alt+i")
        await shown.until("have a look")
        assert "MENTIONS — 1" in shown.text
        assert "UNREAD — 2" in shown.text
        assert [row.channel_id for row in listed(shown)] == [VOICE_ENGINE, VOICE_ENGINE, REVIEWS]


async def test_enter_goes_to_the_message_s_channel() -> None:
    async with running(mentioned()) as shown:
        await shown.press("alt+i")
        await shown.until("have a look")
        await shown.press("enter")
        assert shown.chat.chosen.channel_id == VOICE_ENGINE


async def test_one_is_read_off_the_list_by_key_and_by_click() -> None:
    client = mentioned()
    async with running(client) as shown:
        await shown.press("alt+i")
        await shown.until("have a look")
        await shown.press("x")
        assert client.inbox.listed == []
        assert len(listed(shown)) == 2
        await shown.click(" read ")
        assert ("read", VOICE_ENGINE) in client.asked


async def test_everything_is_read_at_once() -> None:
    client = mentioned()
    async with running(client) as shown:
        await shown.press("alt+i")
        await shown.until("have a look")
        await shown.press("X")
        await shown.until("Nothing new")
        assert not [row for row in listed(shown) if row.channel_id != GENERAL]


async def test_a_server_that_does_not_answer_is_named_and_the_rest_shows() -> None:
    client = mentioned()
    client.inbox.fault = UnreachableError("chat.example.org does not answer.")
    async with running(client) as shown:
        await shown.press("alt+i")
        await shown.until("does not answer")
        assert "UNREAD — 2" in shown.text


async def test_the_list_is_filtered() -> None:
    async with running(mentioned()) as shown:
        await shown.press("alt+i")
        await shown.until("have a look")
        await shown.press("slash", *"revi")
        assert [row.channel_id for row in listed(shown)] == [REVIEWS]
        await shown.press("enter")
        assert shown.chat.chosen.channel_id == REVIEWS
