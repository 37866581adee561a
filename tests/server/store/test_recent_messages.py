"""The newest messages in memory: what is answered from there is what the disk would say."""

import pytest

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import (
    AddReaction,
    DeleteChannel,
    DeleteGuild,
    DeleteMember,
    DeleteMessages,
    Operation,
    Put,
    RemoveReactions,
    UpdateMessage,
)
from tuichat.server.store.recent_messages import RecentMessages
from tuichat.server.store.rows import UserRow

CHANNEL, OTHER = 5, 6


def row(id: int, content: str = "", channel_id: int = CHANNEL) -> MessageRow:
    return MessageRow(id=Snowflake(id), channel_id=Snowflake(channel_id), author_id=Snowflake(1), content=content)


def filled(*ids: int, limit: int = 50, channel_id: int = CHANNEL) -> RecentMessages:
    recent = RecentMessages()
    fill(recent, *ids, limit=limit, channel_id=channel_id)
    return recent


def fill(recent: RecentMessages, *ids: int, limit: int = 50, channel_id: int = CHANNEL) -> None:
    recent.end_fill(recent.begin_fill(channel_id), [row(id, channel_id=channel_id) for id in ids], limit)


def newest(recent: RecentMessages, limit: int = 50) -> list[int] | None:
    rows = recent.newest(CHANNEL, limit)
    return None if rows is None else [int(row.id) for row in rows]


def test_what_was_read_is_answered_again_newest_first() -> None:
    assert newest(RecentMessages()) is None
    recent = filled(30, 20, 10)
    assert newest(recent) == [30, 20, 10]
    assert newest(recent, 2) == [30, 20]
    assert recent.newest(OTHER, 50) is None


def test_a_full_page_answers_no_more_than_it_holds() -> None:
    recent = filled(30, 20, 10, limit=3)
    assert newest(recent, 3) == [30, 20, 10]
    assert newest(recent, 4) is None


def test_commits_are_followed() -> None:
    recent = filled(20, 10)
    recent.added(row(30))
    recent.follow(Put(row(40)))
    recent.follow(UpdateMessage(row(20, "changed")))
    recent.follow(UpdateMessage(row(5, "older than what is kept")))
    assert newest(recent) == [40, 30, 20, 10]
    found = recent.find(CHANNEL, 20)
    assert found is not None
    assert found.content == "changed"
    recent.follow(DeleteMessages(channel_id=CHANNEL, message_ids=(30, 10, 7)))
    assert newest(recent) == [40, 20]
    assert recent.find(CHANNEL, 30) is None
    recent.follow(DeleteChannel(CHANNEL))
    assert newest(recent) is None


@pytest.mark.parametrize("operation", [DeleteMember(1, 2), Put(UserRow(id=Snowflake(1), username="a", name_key="a"))])
def test_what_changes_no_message_changes_nothing(operation: Operation) -> None:
    recent = filled(10)
    recent.follow(operation)
    assert newest(recent) == [10]


def test_what_is_not_known_empties_it() -> None:
    recent = filled(10)
    under_way = recent.begin_fill(OTHER)
    recent.follow(DeleteGuild(1))
    assert (newest(recent), under_way.is_stale) == (None, True)


def test_a_read_that_a_commit_overtook_is_not_kept() -> None:
    for change in (Put(row(30)), UpdateMessage(row(10, "x")), DeleteMessages(CHANNEL, (10,)), DeleteChannel(CHANNEL)):
        recent = RecentMessages()
        under_way = recent.begin_fill(CHANNEL)
        recent.follow(change)
        recent.end_fill(under_way, [row(10)], 50)
        assert newest(recent) is None
    elsewhere = RecentMessages()
    under_way = elsewhere.begin_fill(CHANNEL)
    elsewhere.follow(Put(row(30, channel_id=OTHER)))
    elsewhere.end_fill(under_way, [row(10)], 50)
    assert newest(elsewhere) == [10]


def test_a_commit_that_the_read_has_seen_already_is_not_told_twice() -> None:
    recent = filled(20, 10)
    recent.added(row(20))
    assert newest(recent) is None


def test_a_failed_read_leaves_nothing_behind() -> None:
    recent = RecentMessages()
    recent.end_fill(recent.begin_fill(CHANNEL), None, 50)
    assert (newest(recent), recent._fills) == (None, {})


def test_memory_is_bounded() -> None:
    recent = filled(1)
    for id in range(2, 300):
        recent.added(row(id))
    assert newest(recent, 100) == list(range(299, 199, -1))
    assert newest(recent, 101) is None
    small = RecentMessages(max_bytes=50_000)
    for channel_id in range(100):
        fill(small, *range(20, 0, -1), channel_id=channel_id)
    assert len(small) == 3
    assert small.newest(99, 20) is not None
    assert small.newest(1, 20) is None
    for id in range(1000):
        small.added(row(1000 + id, "x" * 2000, channel_id=99))
    assert small._size_bytes <= 50_000
    assert small._size_bytes == sum(channel.size_bytes for channel in small._channels.values())


def test_only_what_may_have_reactions_is_asked_for() -> None:
    recent = RecentMessages()
    recent.end_fill(recent.begin_fill(CHANNEL), [row(12), row(11), row(10)], 3, {11})
    recent.added(row(13))
    asked = [number for number in (9, 10, 11, 12, 13) if recent.may_have_reactions(row(number))]
    assert asked == [9, 11]
    recent.follow(AddReaction(13, CHANNEL, "x", "x", False, 1, 99))
    assert recent.may_have_reactions(row(13))
    recent.follow(RemoveReactions(message_id=13))
    assert recent.newest(CHANNEL, 3) is not None  # it is still known
    filling = recent.begin_fill(CHANNEL)
    recent.follow(AddReaction(12, CHANNEL, "x", "x", False, 1, 99))
    recent.end_fill(filling, [row(12)], 50)
    assert recent.may_have_reactions(row(12))
