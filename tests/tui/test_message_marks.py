"""Reactions, pins, forwards, links, code and being unread, on the running screen."""

import msgspec

from tests.tui.samples import GENERAL, GRACE, REVIEWS, FakeClient, message, sample_state
from tests.tui.screens import Shown, running
from tuichat.client.errors import RefusedError
from tuichat.protocol.message import Message, Reaction, ReactionCounts, ReactionEmoji


def with_last(content: str, *reactions: Reaction) -> tuple[FakeClient, Message]:
    last = msgspec.structs.replace(message(GRACE, 0, content), reactions=list(reactions))
    return FakeClient(sample_state([message(GRACE, 5, "before"), last])), last


def thumbs(count: int = 1, *, me: bool = False) -> Reaction:
    return Reaction(emoji=ReactionEmoji(name="👍"), count=count, me=me, count_details=ReactionCounts(normal=count))


async def select_last(shown: Shown) -> None:
    await shown.press("shift+f6", "up")


async def test_an_emoji_is_chosen_by_name_and_shows_at_once() -> None:
    client, last = with_last("look")
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("a", *"rocket", "enter")
        assert ("PUT", f"/channels/{GENERAL}/messages/{int(last.id)}/reactions/%F0%9F%9A%80/@me") in client.rest.asked
        assert any("🚀 1" in line for line in shown.messages())


async def test_a_refused_reaction_goes_again_and_says_why() -> None:
    client, _ = with_last("look")
    client.rest.fault = RefusedError("You may not react here.")
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("a", *"rocket", "enter")
        await shown.until("You may not react here.")
        assert not any("🚀" in line for line in shown.messages())


async def test_a_click_on_a_reaction_joins_it_and_another_takes_it_back() -> None:
    client, _last = with_last("look", thumbs(2))
    async with running(client) as shown:
        await shown.click(" 👍 2")
        assert any("👍 3" in line for line in shown.messages())
        await shown.click(" 👍 3")
        assert any("👍 2" in line for line in shown.messages())
        assert [method for method, _ in client.rest.asked] == ["PUT", "DELETE"]


async def test_what_was_used_lately_is_offered_first() -> None:
    client, _ = with_last("look")
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("a", *"rocket", "enter", "a")
        rows = shown.app.screen.query("EmojiRows").first().rows  # type: ignore[attr-defined]  # by its name
        assert rows[0].value == "🚀"


async def test_who_reacted_is_listed() -> None:
    client, _ = with_last("look", thumbs(1))
    client.rest.answers["GET /channels/{}/messages/{}/reactions/{}"] = [client.state.guilds[1000].members[GRACE].user]
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("w")
        await shown.until("👍  1")
        assert "grace" in "\n".join(line[30:90] for line in shown.lines())


async def test_pin_forward_and_links() -> None:
    client, last = with_last("look")
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("p")
        assert ("PUT", f"/channels/{GENERAL}/messages/pins/{int(last.id)}") in client.rest.asked
        await shown.press("l")
        assert shown.app.clipboard.endswith(f"/channels/1000/{GENERAL}/{int(last.id)}")
        await shown.press("f")
        assert "Forward to a channel or a person" in shown.text
        assert "server" not in "\n".join(line[30:90] for line in shown.lines()[8:20])
        await shown.press(*"reviews", "enter", *"fyi", "enter")
        await shown.until("Forwarded to reviews")
        assert ("send", REVIEWS, "fyi", None) in client.asked
        assert ("POST", f"/channels/{REVIEWS}/messages") in client.rest.asked


async def test_code_is_copied_without_its_fence() -> None:
    client, _ = with_last("see\n```python\ndef x():\n    pass\n```")
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("b")
        assert shown.app.clipboard == "def x():\n    pass"


async def test_unread_from_here_stays_until_the_channel_is_left() -> None:
    client, last = with_last("look")
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("u")
        assert ("unread", GENERAL, last.id) in client.asked
        assert client.state.is_unread(GENERAL)
        await shown.press("end")
        assert client.state.is_unread(GENERAL)
        shown.chat.open_channel("s1/101", REVIEWS)
        shown.chat.open_channel("s1/101", GENERAL)
        await shown.settle()
        assert not client.state.is_unread(GENERAL)


async def test_the_menu_does_what_its_keys_do() -> None:
    client, _ = with_last("copy me")
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("full_stop")
        await shown.click("Copy the text")
        assert shown.app.clipboard == "copy me"


async def test_the_menu_is_used_by_keys_alone() -> None:
    client, _ = with_last("copy me")
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("full_stop")
        await shown.press("enter")
        assert shown.chat.open_channel_memory.draft.purpose.value == "reply"


async def test_of_several_code_blocks_one_is_chosen() -> None:
    client, _ = with_last("```\none\n```\nand\n```\ntwo\n```")
    async with running(client) as shown:
        await select_last(shown)
        await shown.press("b", "down", "enter")
        assert shown.app.clipboard == "two"
