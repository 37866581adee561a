"""Polls: making them, voting, and how they end."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol import codec
from tuichat.protocol.message import Message, MessageType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.poll import Poll
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.message import CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import messages, overwrites, polls
from tuichat.server.actions.context import Actor
from tuichat.server.actions.polls import VoteRequest

HOUR_MS = 3_600_000
NO_ACCESS, NO_PERMISSION, EXPIRED, NO_POLL = 50001, 50013, 520001, 520006


def body(*texts: str, **more: object) -> dict[str, object]:
    answers = [{"poll_media": {"text": text}} for text in texts or ("yes", "no")]
    return {"question": {"text": "tea?"}, "answers": answers} | more


async def ask(town: Town, by: Actor | None = None, poll: dict[str, object] | None = None, **more: object) -> Message:
    request = codec.decode(codec.encode({"poll": body() if poll is None else poll} | more), CreateMessageRequest)
    return await messages.create_message(town.ctx, by or town.ada, town.general, request)


async def vote(town: Town, by: Actor, message_id: int, *answers: int) -> None:
    request = VoteRequest(answer_ids=[Snowflake(answer) for answer in answers])
    await polls.vote(town.ctx, by, town.general, message_id, request)


async def seen(town: Town, message_id: int, by: Actor | None = None) -> Poll:
    shown = await messages.get_message(town.ctx, by or town.ada, town.general, message_id)
    assert shown.poll is not msgspec.UNSET
    return shown.poll


async def counts(town: Town, message_id: int, by: Actor | None = None) -> list[tuple[int, int, bool]]:
    results = (await seen(town, message_id, by)).results
    assert results is not msgspec.UNSET
    return [(count.id, count.count, count.me_voted) for count in results.answer_counts]


async def test_a_poll_is_asked(town: Town) -> None:
    sent = await ask(town, poll=body("yes", "no", duration=2.0, allow_multiselect=True))
    shown = await seen(town, sent.id)
    assert shown.question.text == "tea?"
    assert [(answer.answer_id, answer.poll_media.text) for answer in shown.answers] == [(1, "yes"), (2, "no")]
    assert shown.expiry == format_timestamp(sent.id.timestamp_ms + 2 * HOUR_MS)
    assert (shown.allow_multiselect, shown.layout_type) == (True, 1)
    (event,) = town.told("MESSAGE_CREATE")
    assert "poll" in msgspec.json.decode(event.body)
    assert event.content_free_body is not None
    assert "poll" not in msgspec.json.decode(event.content_free_body)


@pytest.mark.parametrize(
    ("poll", "path"),
    [
        (body() | {"question": {"text": ""}}, "poll.question.text"),
        (body() | {"question": {"text": "x" * 301}}, "poll.question.text"),
        (body() | {"answers": []}, "poll.answers"),
        (body(*["x"] * 11), "poll.answers"),
        (body("x" * 56), "poll.answers.0.poll_media.text"),
        (body("ok", " "), "poll.answers.1.poll_media.text"),
        (body(duration=0), "poll.duration"),
        (body(duration=769), "poll.duration"),
        (body(duration=1.5), "poll.duration"),
        (body(duration=1e308), "poll.duration"),
        (body(layout_type=2), "poll.layout_type"),
        (
            body() | {"answers": [{"poll_media": {"text": "x", "emoji": {"name": "x"}}}]},
            "poll.answers.0.poll_media.emoji",
        ),
    ],
)
async def test_limits_of_a_poll(town: Town, poll: dict[str, object], path: str) -> None:
    with refused(50035, 400) as caught:
        await ask(town, poll=poll)
    found: Any = msgspec.json.decode(caught.value.encode())["errors"]
    for step in path.split("."):
        found = found[step]
    assert found["_errors"]


async def test_a_poll_needs_send_polls_and_emojis_that_are_ones_own(town: Town) -> None:
    stranger = body() | {"answers": [{"poll_media": {"text": "x", "emoji": {"id": "77"}}}]}
    with refused(520004, 400):
        await ask(town, poll=stranger)
    deny = OverwriteRequest(id=Snowflake(town.guild_id), type=0, deny=Permissions.SEND_POLLS)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, deny.id, deny)
    with refused(NO_PERMISSION):
        await ask(town, town.bob)


@pytest.mark.parametrize(
    ("who", "expected"), [("ada", None), ("mod", None), ("bob", None), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)]
)
async def test_who_votes(town: Town, who: str, expected: int | None) -> None:
    sent = await ask(town)
    assert await outcome(vote(town, town.people[who], sent.id, 1)) == expected
    assert len(town.told("MESSAGE_POLL_VOTE_ADD")) == (expected is None)


async def test_bots_do_not_vote(town: Town) -> None:
    sent = await ask(town)
    with refused(20001, 403):
        await vote(town, Actor(town.bob.user_id, is_bot=True), sent.id, 1)


async def test_each_sees_own_votes_and_may_change_them(town: Town) -> None:
    sent = await ask(town, poll=body("a", "b", "c", allow_multiselect=True))
    await vote(town, town.bob, sent.id, 1, 2)
    await vote(town, town.ada, sent.id, 2)
    await vote(town, town.ada, sent.id, 2)
    assert await counts(town, sent.id, town.bob) == [(1, 1, True), (2, 2, True)]
    assert await counts(town, sent.id, town.people["mod"]) == [(1, 1, False), (2, 2, False)]
    await vote(town, town.bob, sent.id, 3, 2)
    added = [msgspec.json.decode(event.body)["answer_id"] for event in town.told("MESSAGE_POLL_VOTE_ADD")]
    removed = [msgspec.json.decode(event.body)["answer_id"] for event in town.told("MESSAGE_POLL_VOTE_REMOVE")]
    assert (added, removed) == ([1, 2, 2, 3], [1])
    await vote(town, town.bob, sent.id)
    assert await counts(town, sent.id) == [(2, 1, True)]
    voters = await polls.list_voters(town.ctx, town.bob, town.general, sent.id, 2)
    assert [user.username for user in voters.users] == ["ada"]
    assert (await polls.list_voters(town.ctx, town.bob, town.general, sent.id, 3)).users == []


async def test_what_one_cannot_vote_for(town: Town) -> None:
    sent = await ask(town)
    for answers in ((3,), (0,), (1, 2)):
        with refused(50035, 400):
            await vote(town, town.bob, sent.id, *answers)
    with refused(NO_POLL, 400):
        await vote(town, town.bob, await town.say("no poll"), 1)
    with refused(10008, 404):
        await vote(town, town.bob, Snowflake(5), 1)
    with refused(50035):
        await polls.list_voters(town.ctx, town.bob, town.general, sent.id, 9)


async def test_a_poll_ends_in_time_and_tells_its_result(town: Town) -> None:
    sent = await ask(town, poll=body("yes", "no", duration=1))
    await vote(town, town.bob, sent.id, 1)
    await vote(town, town.ada, sent.id, 1)
    await vote(town, town.people["mod"], sent.id, 2)
    assert await polls.finish_due(town.ctx) == 0
    town.clock.ms = sent.id.timestamp_ms + HOUR_MS
    with refused(EXPIRED, 400):
        await vote(town, town.bob, sent.id, 2)
    town.published.clear()
    assert await polls.finish_due(town.ctx) == 1
    assert await polls.finish_due(town.ctx) == 0
    update, result = (msgspec.json.decode(event.body) for event in town.published)
    assert update["poll"]["results"]["is_finalized"] is True
    assert (result["type"], result["author"]["id"]) == (MessageType.POLL_RESULT, str(town.ada.user_id))
    assert result["message_reference"]["message_id"] == str(sent.id)
    assert [user["id"] for user in result["mentions"]] == [str(town.ada.user_id)]
    (embed,) = result["embeds"]
    assert embed["type"] == "poll_result"
    assert {field["name"]: field["value"] for field in embed["fields"]} == {
        "poll_question_text": "tea?",
        "victor_answer_votes": "2",
        "total_votes": "3",
        "victor_answer_id": "1",
        "victor_answer_text": "yes",
    }
    assert await counts(town, sent.id, town.bob) == [(1, 2, True), (2, 1, False)]


async def test_what_ended_while_no_server_ran_ends_at_its_start(town: Town) -> None:
    sent = await ask(town)
    town.clock.ms = sent.id.timestamp_ms + 30 * HOUR_MS
    ended = asyncio.Event()
    town.ctx.bus.subscribe(lambda event: ended.set() if event.name == "MESSAGE_UPDATE" else None)
    running = asyncio.create_task(polls.run(town.ctx))
    await asyncio.wait_for(ended.wait(), 10)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    results = (await seen(town, sent.id)).results
    assert results is not msgspec.UNSET
    assert results.is_finalized


async def test_a_tie_has_no_winner(town: Town) -> None:
    sent = await ask(town)
    await vote(town, town.bob, sent.id, 1)
    await vote(town, town.ada, sent.id, 2)
    await polls.end_poll(town.ctx, town.ada, town.general, sent.id)
    result = msgspec.json.decode(town.told("MESSAGE_CREATE")[-1].body)
    names = [field["name"] for field in result["embeds"][0]["fields"]]
    assert names == ["poll_question_text", "victor_answer_votes", "total_votes"]


async def test_only_its_author_ends_a_poll_early_and_once(town: Town) -> None:
    sent = await ask(town, town.bob)
    with refused(50005, 403):
        await polls.end_poll(town.ctx, town.ada, town.general, sent.id)
    with refused(NO_POLL):
        await polls.end_poll(town.ctx, town.ada, town.general, await town.say("x"))
    ended = await polls.end_poll(town.ctx, town.bob, town.general, sent.id)
    assert ended.poll is not msgspec.UNSET
    assert ended.poll.results is not msgspec.UNSET
    assert ended.poll.results.is_finalized
    with refused(EXPIRED):
        await polls.end_poll(town.ctx, town.bob, town.general, sent.id)
    with refused(EXPIRED):
        await vote(town, town.ada, sent.id, 1)
    town.clock.ms += 25 * HOUR_MS
    assert await polls.finish_due(town.ctx) == 0


async def test_a_deleted_poll_never_ends(town: Town) -> None:
    sent = await ask(town)
    await messages.delete_message(town.ctx, town.ada, town.general, sent.id)
    town.clock.ms += 25 * HOUR_MS
    assert await polls.finish_due(town.ctx) == 0


async def test_a_poll_is_not_edited(town: Town) -> None:
    sent = await ask(town)
    with refused(520003, 400):
        await messages.edit_message(town.ctx, town.ada, town.general, sent.id, EditMessageRequest(content="x"))
