"""Polls on the running screen: votes by keys and mouse, who voted, their end, and a new one."""

import msgspec
import pytest

from tests.tui.messages.test_polls import with_poll
from tests.tui.samples import GENERAL, GRACE, ME, FakeClient, message, sample_state, user
from tests.tui.screens import Shown, running
from tuichat.client.errors import RefusedError
from tuichat.client.polls import Voters, Votes
from tuichat.protocol.message import Message
from tuichat.protocol.rest.message import CreateMessageRequest

pytestmark = pytest.mark.slow  # whole screens by their keys


def client_with(poll: Message) -> FakeClient:
    return FakeClient(sample_state([message(GRACE, 5, "before"), poll]))


def votes(client: FakeClient) -> list[int]:
    body = client.rest.bodies[-1]
    assert isinstance(body, Votes)
    return [int(answer_id) for answer_id in body.answer_ids]


async def select_last(shown: Shown) -> None:
    await shown.press("shift+f6", "up")


async def test_a_digit_votes_and_another_takes_its_place() -> None:
    client = client_with(with_poll((1, False), (0, False)))
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("1")
        assert votes(client) == [1]
        assert any("● yes" in line for line in shown.messages())
        assert any("2 votes" in line for line in shown.messages())
        await shown.press("2")
        assert votes(client) == [2]
        assert any("○ yes" in line for line in shown.messages())
        await shown.press("2")
        assert votes(client) == []


async def test_a_click_adds_to_the_votes_where_several_are_taken() -> None:
    client = client_with(with_poll((0, False), (0, False), (0, False), several=True))
    async with running(client) as shown:
        await shown.click("[ ] yes")
        await shown.click("[ ] later")
        assert votes(client) == [1, 3]
        await shown.click("[x] yes")
        assert votes(client) == [3]


async def test_a_refused_vote_goes_again_and_says_why() -> None:
    client = client_with(with_poll((1, False), (0, False)))
    client.rest.fault = RefusedError("Poll expired.")
    async with running(client) as shown:
        await shown.click("○ yes")
        await shown.until("Poll expired.")
        assert any("○ yes" in line for line in shown.messages())


async def test_who_voted_is_listed_by_answer() -> None:
    client = client_with(with_poll((1, False), (0, False)))
    client.rest.answers["GET /channels/{}/polls/{}/answers/{}"] = Voters([user(GRACE)])
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("w")
        await shown.until("tea?")
        assert sum("grace" in line for line in shown.lines()) >= 2


async def test_the_author_ends_a_poll_after_being_asked() -> None:
    poll = with_poll((1, False), (0, False), author=ME)
    client = client_with(poll)
    async with running(client) as shown:
        await select_last(shown)
        await shown.click("end it now")
        assert "End this poll now?" in shown.text
        await shown.press("y")
        assert ("POST", f"/channels/{GENERAL}/polls/{int(poll.id)}/expire") in client.rest.asked


async def test_a_poll_is_asked_from_its_form() -> None:
    client = client_with(with_poll((1, False)))
    async with running(client, size=(60, 20)) as shown:
        await shown.press("ctrl+g", "c", "p")
        assert "A poll in general" in shown.text
        await shown.press("alt+enter")
        await shown.until("A poll needs a question.")
        await shown.press(*"tea", "enter", *"yes", "alt+enter")
        await shown.until("A poll takes 2 to 10 answers, these are 1.")
        await shown.press("end", "enter", *"no", "tab", "enter", "1", "space", *"week", "enter")
        await shown.press("tab", "enter", "alt+enter")
        body = client.rest.bodies[-1]
        assert isinstance(body, CreateMessageRequest)
        assert msgspec.to_builtins(body.poll) == {
            "question": {"text": "tea"},
            "answers": [{"poll_media": {"text": "yes"}}, {"poll_media": {"text": "no"}}],
            "duration": 168,
            "allow_multiselect": True,
        }
        assert "A poll in general" not in shown.text
