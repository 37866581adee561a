"""Threads and forums by keys and mouse. Line 3.4."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from tests.tui.samples import GENERAL, GRACE, GUILD, LINUS, NOW, FakeClient, channel, message, sample_state, snowflake
from tests.tui.screens import NARROW, WIDE, Shown, running
from tuichat.client.change import PinsChanged
from tuichat.client.pins import Pin, PinPage
from tuichat.client.routes import Request
from tuichat.protocol.channel import Channel, ChannelFlags, ChannelType, ForumTag, ThreadMetadata
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import FollowingMember, ThreadList
from tuichat.tui.rows import Chosen

pytestmark = pytest.mark.slow  # whole screens by their keys

FORUM = 3000
BUG, IDEA = 41, 42


def thread(number: int, name: str, parent: int = GENERAL, **fields: Any) -> Channel:
    made = channel(snowflake(NOW, number), ChannelType.PUBLIC_THREAD, name)
    metadata = ThreadMetadata(archived=False, auto_archive_duration=1440, archive_timestamp=NOW.isoformat())
    values = {"thread_metadata": metadata, "message_count": 3, "owner_id": Snowflake(GRACE)} | fields
    return msgspec.structs.replace(made, parent_id=Snowflake(parent), **values)


@asynccontextmanager
async def with_threads(size: tuple[int, int] = WIDE) -> AsyncIterator[tuple[Shown, list[Request]]]:
    client = FakeClient(sample_state())
    asked: list[Request] = []
    listed = [thread(1, "jitter again"), thread(2, "the codec")]
    tags = [ForumTag(id=Snowflake(BUG), name="bug"), ForumTag(id=Snowflake(IDEA), name="idea")]
    posts = [
        thread(3, "it crashes", FORUM, applied_tags=[Snowflake(BUG)]),
        thread(4, "read me first", FORUM, flags=int(ChannelFlags.PINNED)),
    ]
    forum = msgspec.structs.replace(
        channel(FORUM, ChannelType.FORUM, "help", "Say what you tried."),
        available_tags=tags,
        flags=int(ChannelFlags.REQUIRE_TAG),
    )
    client.state.channels[FORUM] = forum
    client.state.guilds[GUILD].channel_ids.append(FORUM)

    def search(found: list[Channel]) -> Any:
        def answer(wanted: Request) -> ThreadList:
            asked.append(wanted)
            is_archived = wanted.query.get("archived") == "true"
            tag = wanted.query.get("tag")
            shown = [each for each in found if not tag or Snowflake(int(str(tag))) in (each.applied_tags or [])]
            return ThreadList(threads=[] if is_archived else shown, members=[], has_more=False)

        return answer

    def begin(wanted: Request) -> Channel:
        asked.append(wanted)
        assert wanted.body is not None
        parent = int(wanted.path.split("/")[2])
        return thread(9, getattr(wanted.body, "name", ""), parent)

    answers = client.archive.answers
    answers[f"GET /channels/{GENERAL}/threads/search"] = search(listed)
    answers[f"GET /channels/{FORUM}/threads/search"] = search(posts)
    answers[f"POST /channels/{GENERAL}/threads"] = begin
    answers[f"POST /channels/{FORUM}/threads"] = begin
    first = client.state.timeline(GENERAL)[0].message
    answers[f"POST /channels/{GENERAL}/messages/{int(first.id)}/threads"] = begin
    async with running(client, size=size) as shown:
        shown.chat.go_to(Chosen(client.key, GUILD, GENERAL))
        await shown.settle()
        yield shown, asked


@pytest.mark.parametrize("size", [(60, 20), NARROW, WIDE])
async def test_threads_of_a_channel_are_listed_and_opened(size: tuple[int, int]) -> None:
    async with with_threads(size) as (shown, _):
        await shown.press("alt+t")
        await shown.until("jitter again")
        assert "grace · 3 messages" in shown.text
        await shown.press("enter")
        assert shown.chat.chosen.channel_id not in (GENERAL, None)
        assert "general ›" in shown.lines()[1] or "general ›" in shown.text
        assert "jitter again" in shown.text


@pytest.mark.slow
async def test_header_leads_back_to_the_channel_above() -> None:
    async with with_threads() as (shown, _):
        await shown.press("alt+t")
        await shown.until("jitter again")
        await shown.press("enter")
        await shown.click("general ›")
        assert shown.chat.chosen.channel_id == GENERAL


async def test_list_is_filtered_and_its_archived_ones_are_shown() -> None:
    async with with_threads() as (shown, asked):
        await shown.press("alt+t")
        await shown.until("jitter again")
        await shown.press("slash", *"codec")
        assert "jitter again" not in shown.text
        await shown.press("escape", "v")
        await shown.until("archived ones")
        assert asked[-1].query["archived"] == "true"
        await shown.until("None here yet")


async def test_thread_is_begun_beside_messages() -> None:
    async with with_threads() as (shown, asked):
        await shown.press("ctrl+g", "j", "n")
        await shown.type("fresh start")
        await shown.press("tab", "space")
        assert "[x] private" in shown.text
        await shown.press("shift+tab", "enter")
        body = asked[-1].body
        assert (getattr(body, "name", ""), getattr(body, "type", 0)) == ("fresh start", ChannelType.PRIVATE_THREAD)
        assert "fresh start" in shown.text
        assert shown.chat.chosen.channel_id != GENERAL


@pytest.mark.slow
async def test_thread_is_begun_at_the_selected_message() -> None:
    async with with_threads() as (shown, asked):
        first = shown.client.state.timeline(GENERAL)[0].message
        shown.chat.messages.show_message(first.id)
        await shown.press("ctrl+g", "j", "n")
        await shown.press("enter")
        assert asked[-1].path == f"/channels/{GENERAL}/messages/{int(first.id)}/threads"


async def test_line_below_a_message_opens_its_thread() -> None:
    async with with_threads() as (shown, _):
        started = message(GRACE, 0, "shall we?", number=77)
        made = msgspec.structs.replace(thread(1, "the plan"), id=started.id)
        shown.client.state.guilds[GUILD].thread_ids.add(made.id)
        shown.client.state.channels[made.id] = made
        shown.client.receive(started)
        await shown.settle()
        await shown.click("3 messages ›")
        assert shown.chat.chosen.channel_id == made.id


@pytest.mark.slow
async def test_forum_lists_its_posts_by_tag_with_pinned_ones_first() -> None:
    async with with_threads() as (shown, asked):
        shown.chat.open_channel(shown.client.key, FORUM)
        await shown.until("it crashes")
        assert "Say what you tried." in shown.text
        assert "[bug]" in shown.text
        rows = [line for line in shown.lines() if "read me first" in line or "it crashes" in line]
        assert "✦ read me first" in rows[0]
        await shown.press("t")
        await shown.until("t [bug]")
        assert asked[-1].query["tag"] == str(BUG)
        assert "read me first" not in shown.text
        await shown.press("s")
        await shown.until("newest first")
        assert asked[-1].query["sort_by"] == "creation_time"


@pytest.mark.slow
async def test_post_needs_a_title_a_text_and_a_tag() -> None:
    async with with_threads() as (shown, asked):
        shown.chat.open_channel(shown.client.key, FORUM)
        await shown.until("it crashes")
        await shown.press("n")
        await shown.click("post it")
        assert "A post needs a title" in shown.text
        await shown.type("help me")
        await shown.click("post it")
        assert "begins with a message" in shown.text
        await shown.type("it does not start")
        await shown.click("post it")
        assert "at least one tag" in shown.text
        await shown.press("space")
        await shown.click("post it")
        body: Any = asked[-1].body
        assert (body.name, body.message.content, body.applied_tags) == (
            "help me",
            "it does not start",
            [Snowflake(BUG)],
        )
        assert shown.chat.chosen.channel_id not in (GENERAL, FORUM)


@pytest.mark.slow
async def test_thread_is_edited_by_a_form_that_names_what_is_wrong() -> None:
    async with with_threads() as (shown, _):
        shown.client.archive.answers[f"PATCH /channels/{int(thread(1, '').id)}"] = lambda wanted: thread(1, "x")
        await shown.press("alt+t")
        await shown.until("jitter again")
        await shown.press("e")
        await shown.press("ctrl+u", *"other", "enter", "ctrl+u", *"many", "enter", "enter")
        assert "Slow mode takes 0 to 21600 seconds" in shown.text
        await shown.press("ctrl+u", "5", "enter", "ctrl+u", *"1w", "enter")
        body: Any = next(each.body for each in shown.client.archive.asked if each.method == "PATCH")
        assert (body.name, body.rate_limit_per_user, body.auto_archive_duration) == ("other", 5, 10080)


async def test_thread_is_deleted_only_after_a_question() -> None:
    async with with_threads() as (shown, _):
        await shown.press("alt+t")
        await shown.until("jitter again")
        await shown.press("d")
        assert "Delete this thread for everyone?" in shown.text
        await shown.press("y")
        await shown.settle()
        assert [each.method for each in shown.client.archive.asked].count("DELETE") == 1


@pytest.mark.slow
async def test_followers_are_listed_and_a_thread_is_followed() -> None:
    async with with_threads() as (shown, _):
        path = f"/channels/{int(thread(1, '').id)}/thread-members"
        follower = FollowingMember(join_timestamp=NOW.isoformat(), user_id=Snowflake(GRACE))
        shown.client.archive.answers[f"GET {path}"] = lambda wanted: [follower]
        await shown.press("alt+t")
        await shown.until("jitter again")
        await shown.press("m")
        await shown.until("1 follows jitter again")
        assert "grace" in shown.text
        await shown.press("escape", "f")
        await shown.settle()
        assert ("PUT", f"{path}/@me") in [(each.method, each.path) for each in shown.client.archive.asked]


@pytest.mark.slow
async def test_people_are_brought_into_a_thread_from_the_list_and_from_the_thread() -> None:
    async with with_threads() as (shown, _):
        put: list[str] = []

        def answer(wanted: Request) -> bytes:
            put.append(wanted.path)
            return b""

        for number in (1, 2):
            for someone in (GRACE, LINUS):
                path = f"PUT /channels/{snowflake(NOW, number)}/thread-members/{someone}"
                shown.client.archive.answers[path] = answer
        await shown.press("alt+t")
        await shown.until("jitter again")
        await shown.press("p")
        await shown.until("Bring people into")
        await shown.press(*"grace", "enter", "alt+enter")
        await shown.until("1 was brought into")
        assert put == [f"/channels/{snowflake(NOW, 1)}/thread-members/{GRACE}"]
        await shown.press("enter")
        await shown.press("ctrl+g", "j", "a")
        await shown.until("Bring people into jitter again")
        await shown.press(*"linus", "enter", "alt+enter")
        await shown.until("1 was brought into jitter again.")
        assert put[-1].endswith(f"/thread-members/{LINUS}")


@pytest.mark.slow
async def test_people_are_brought_into_threads_alone() -> None:
    async with with_threads() as (shown, _):
        await shown.press("ctrl+g", "j", "a")
        await shown.until("Open a thread first")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(60, 20), WIDE])
async def test_the_header_tells_how_many_pins_there_are(size: tuple[int, int]) -> None:
    async with with_threads(size) as (shown, _):
        found = [Pin(pinned_at=NOW.isoformat(), message=message(GRACE, 5, "read me first"))]
        shown.client.archive.answers[f"GET /channels/{GENERAL}/messages/pins"] = lambda _: PinPage(items=found)
        assert "1 pin" not in shown.text
        pinned = msgspec.structs.replace(shown.client.state.channels[GENERAL], last_pin_timestamp=NOW.isoformat())
        shown.client.state.channels[GENERAL] = pinned
        shown.client.emit(PinsChanged(GENERAL))
        await shown.until("1 pin")
        await shown.click("1 pin")
        await shown.until("Pins of")
        await shown.press("escape")
        shown.client.state.channels[GENERAL] = msgspec.structs.replace(pinned, last_pin_timestamp=None)
        shown.client.emit(PinsChanged(GENERAL))
        await shown.settle()
        assert "1 pin" not in shown.text
