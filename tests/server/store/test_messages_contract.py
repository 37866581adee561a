"""The contract of every store for what messages get beside their text: reactions, votes, pins, webhooks and copies."""

import msgspec
import pytest

from tests.server.store.conftest import World
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import (
    AnswerCount,
    CrosspostRow,
    MessageExtras,
    MessageRow,
    OpenPollRow,
    PollAnswerRow,
    PollRow,
    ReactionCount,
    ReferenceRow,
)
from tuichat.server.store.operations import (
    AddReaction,
    ClosePoll,
    DeleteChannel,
    DeleteGuild,
    DeleteMessages,
    DeleteWebhook,
    Put,
    RemoveReaction,
    RemoveReactions,
    SetVotes,
    UpdateMessage,
)
from tuichat.server.store.rows import WebhookRow

FAR_MS = 2**52


async def react(world: World, row: MessageRow, emoji: str, user_id: int) -> None:
    await world.store.write([AddReaction(row.id, row.channel_id, emoji, emoji, False, int(user_id), int(world.take()))])


async def counts(world: World, row: MessageRow, user_id: int = 0) -> list[tuple[str, int, bool]]:
    found = await world.store.read_reactions([row.id], user_id)
    return [(count.emoji, count.count, count.is_mine) for count in found]


async def test_reactions_are_counted_in_the_order_of_their_first_ones(world: World) -> None:
    row = await world.store.add_message(world.message())
    for emoji, user_id in (("b", world.ada), ("a", world.ada), ("b", world.bob)):
        await react(world, row, emoji, user_id)
    assert await counts(world, row, world.bob) == [("b", 2, True), ("a", 1, False)]
    assert await world.store.read_reactions([row.id], world.ada) == [
        ReactionCount(row.id, "b", "b", False, 2, True),
        ReactionCount(row.id, "a", "a", False, 1, True),
    ]
    assert await world.store.read_reactors(row.id, "b") == sorted([world.ada, world.bob])
    assert await world.store.read_reactors(row.id, "b", after=world.ada, limit=1) == [world.bob]
    await world.store.write([RemoveReaction(row.id, "b", world.ada)])
    await world.store.write([RemoveReaction(row.id, "a", world.ada)])
    assert await counts(world, row) == [("b", 1, False)]


async def test_changes_of_reactions_that_change_nothing_conflict(world: World) -> None:
    row = await world.store.add_message(world.message())
    await react(world, row, "a", world.ada)
    with pytest.raises(Conflict):
        await react(world, row, "a", world.ada)
    with pytest.raises(Conflict):
        await react(world, msgspec.structs.replace(row, channel_id=world.other), "b", world.ada)
    for gone in (RemoveReaction(row.id, "a", world.bob), RemoveReactions(row.id, "b")):
        with pytest.raises(Conflict):
            await world.store.write([gone])
    await react(world, row, "b", world.ada)
    await world.store.write([RemoveReactions(row.id, "a")])
    assert await counts(world, row) == [("b", 1, False)]
    await world.store.write([RemoveReactions(row.id)])
    assert await world.store.read_reactors(row.id, "b") == []
    with pytest.raises(Conflict):
        await world.store.write([RemoveReactions(row.id)])


def poll_message(world: World, expires_ms: int = FAR_MS) -> MessageRow:
    answers = (PollAnswerRow(id=1, text="yes"), PollAnswerRow(id=2, text="no"))
    poll = PollRow(question="tea?", answers=answers, expires_ms=expires_ms)
    return world.message(extras=MessageExtras(poll=poll))


async def test_a_poll_is_open_until_it_is_closed(world: World) -> None:
    late = await world.store.add_message(poll_message(world))
    soon = poll_message(world, 5)
    await world.store.write([Put(soon)])
    opened = OpenPollRow(message_id=soon.id, channel_id=soon.channel_id, expires_ms=5)
    assert await world.store.read_open_polls(5) == [opened]
    assert await world.store.read_open_polls(4) == []
    assert await world.store.read_next_poll_end_ms() == 5
    await world.store.write([ClosePoll(soon.id)])
    with pytest.raises(Conflict):
        await world.store.write([ClosePoll(soon.id)])
    with pytest.raises(Conflict):
        await world.store.write([SetVotes(soon.id, world.bob, (1,))])
    assert await world.store.read_next_poll_end_ms() == FAR_MS
    await world.store.write([DeleteMessages(world.channel, (late.id,))])
    assert await world.store.read_next_poll_end_ms() is None


async def test_votes_replace_those_before(world: World) -> None:
    row = await world.store.add_message(poll_message(world))
    await world.store.write([SetVotes(row.id, world.bob, (1, 2))])
    await world.store.write([SetVotes(row.id, world.ada, (2,))])
    await world.store.write([SetVotes(row.id, world.bob, (2,))])
    assert await world.store.read_answer_counts([row.id], world.ada) == [AnswerCount(row.id, 2, 2, True)]
    assert await world.store.read_votes(row.id, world.bob) == [2]
    assert await world.store.read_voters(row.id, 2, after=world.ada) == [world.bob]
    await world.store.write([DeleteMessages(world.channel, (row.id,))])
    assert await world.store.read_votes(row.id, world.bob) == []


async def test_beside_a_page_stand_answers_reactions_and_votes(world: World) -> None:
    answered = await world.store.add_message(world.message("answered"))
    elsewhere = await world.store.add_message(world.message("elsewhere", channel_id=world.other))
    polled = await world.store.add_message(poll_message(world))
    await world.store.write([SetVotes(polled.id, world.bob, (1,))])
    await react(world, polled, "a", world.bob)
    replies = [
        await world.store.add_message(
            world.message(type=19, reference=ReferenceRow(channel_id=row.channel_id, message_id=row.id))
        )
        for row in (answered, elsewhere, polled)
    ]
    beside = await world.store.read_beside([polled, *replies], world.bob)
    assert {row.content for row in beside.referenced} == {"answered", "elsewhere"}
    assert [(count.message_id, count.is_mine) for count in beside.reactions] == [(polled.id, True)]
    assert [(count.answer_id, count.is_mine) for count in beside.answers] == [(1, True)]
    newest = await world.store.read_messages(world.channel)
    again = await world.store.read_beside(newest, world.ada)  # now memory knows the channel, too
    assert [(count.message_id, count.is_mine) for count in again.reactions] == [(polled.id, False)]


async def test_pins_stand_in_the_order_of_their_times(world: World) -> None:
    rows = [await world.store.add_message(world.message(str(number))) for number in range(3)]
    for row, pinned_ms in zip(rows, (20, 30, 10), strict=True):
        await world.store.write([UpdateMessage(msgspec.structs.replace(row, pinned_ms=pinned_ms))])
    assert [row.content for row in await world.store.read_pins(world.channel)] == ["1", "0", "2"]
    assert [row.content for row in await world.store.read_pins(world.channel, before_ms=30, limit=1)] == ["0"]
    assert (await world.store.count_pins(world.channel), await world.store.count_pins(world.other)) == (3, 0)
    assert (await world.store.load()).last_pins_ms == {world.channel: 30}


def webhook(world: World, channel_id: int, **fields: object) -> WebhookRow:
    values: dict[str, object] = {"type": 1, "guild_id": world.guild, "channel_id": channel_id, "name": "hook", **fields}
    return WebhookRow(id=world.take(), **values)  # type: ignore[arg-type]  # a test's own words


async def test_webhooks_go_with_their_channel_and_guild(world: World) -> None:
    first = webhook(world, world.channel, avatar="a" * 8, token="secret", user_id=world.ada, application_id=world.bob)
    second = webhook(world, world.other, source_guild_id=world.guild, source_channel_id=world.channel)
    await world.store.write([Put(first), Put(second)])
    assert await world.store.read_webhook(first.id) == first
    assert await world.store.read_webhooks(guild_id=world.guild) == [first, second]
    assert await world.store.read_webhooks(channel_id=world.other) == [second]
    assert await world.store.read_followers(world.channel) == [second]
    await world.store.write([DeleteChannel(world.other)])
    assert await world.store.read_webhook(second.id) is None
    third = webhook(world, world.channel)
    await world.store.write([Put(third), DeleteWebhook(first.id)])
    with pytest.raises(Conflict):
        await world.store.write([DeleteWebhook(first.id)])
    await world.store.write([DeleteGuild(world.guild)])
    assert await world.store.read_webhook(third.id) is None


async def test_copies_of_a_message_are_known_until_they_are_gone(world: World) -> None:
    source = await world.store.add_message(world.message())
    copy = world.message(channel_id=world.other)
    link = CrosspostRow(source_id=source.id, message_id=copy.id, channel_id=copy.channel_id)
    await world.store.write([Put(copy), Put(link)])
    assert await world.store.read_crossposts(source.id) == [link]
    await world.store.write([DeleteMessages(world.other, (copy.id,))])
    assert await world.store.read_crossposts(source.id) == []
    assert await world.store.read_crossposts(Snowflake(5)) == []
