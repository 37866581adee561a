"""A client's commands between its wishes and the gateway's rate limit."""

import pytest

from tuichat.protocol.command_queue import HEARTBEAT_RESERVE, MAX_WAITING, CommandQueue
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway import MAX_CLIENT_FRAMES, PresenceUpdate, RequestGuildMembers, VoiceStateUpdate
from tuichat.protocol.snowflake import Snowflake

BUDGET = MAX_CLIENT_FRAMES - HEARTBEAT_RESERVE


def _request(number: int) -> RequestGuildMembers:
    return RequestGuildMembers(guild_id="1", query="", nonce=str(number))


def test_commands_leave_in_order() -> None:
    queue = CommandQueue()
    for number in range(3):
        queue.add(_request(number))
    assert [payload[-4:-2] for payload in queue.take(0)] == [b'0"', b'1"', b'2"']
    assert len(queue) == 0


def test_a_window_lets_a_bounded_number_through() -> None:
    queue = CommandQueue()
    queue.connection_opened(0)
    for number in range(BUDGET + 5):
        queue.add(_request(number))
    assert len(queue.take(0)) == BUDGET
    assert queue.take(59_999) == []
    assert queue.due_ms() == 60_000
    assert len(queue.take(60_000)) == 5
    assert queue.due_ms() is None


def test_heartbeats_count() -> None:
    queue = CommandQueue()
    queue.connection_opened(0)
    for _ in range(BUDGET):
        queue.count_frame(1)
    queue.add(_request(0))
    assert queue.take(2) == []


def test_a_newer_presence_replaces_a_waiting_one() -> None:
    queue = CommandQueue()
    queue.add(PresenceUpdate(status="idle"))
    queue.add(PresenceUpdate(status="dnd"))
    (payload,) = queue.take(0)
    assert b'"dnd"' in payload


def test_voice_states_replace_each_other_within_a_guild_only() -> None:
    queue = CommandQueue()
    for guild_id, channel_id in ((1, 10), (2, 20), (1, 11)):
        queue.add(VoiceStateUpdate(guild_id=Snowflake(guild_id), channel_id=Snowflake(channel_id)))
    assert [b'"11"' in payload for payload in queue.take(0)] == [True, False]


def test_too_large_a_command_is_refused_with_the_limit() -> None:
    with pytest.raises(ProtocolError, match="limit is 4096"):
        CommandQueue().add(RequestGuildMembers(guild_id="1", query="x" * 5000))


def test_a_full_queue_says_so() -> None:
    queue = CommandQueue()
    for number in range(MAX_WAITING):
        queue.add(_request(number))
    with pytest.raises(ProtocolError, match=f"{MAX_WAITING} gateway commands wait"):
        queue.add(_request(0))
