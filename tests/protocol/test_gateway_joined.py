"""Both halves of the gateway joined: whatever the link and the server do, no event is lost or comes twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.protocol.gateway_pair import Pair
from tuichat.protocol.compression import Compression
from tuichat.protocol.gateway import CloseCode, RequestGuildMembers

every_compression = pytest.mark.parametrize("compression", list(Compression))

STEPS = [
    "publish",
    "publish",
    "publish",
    "deliver_to_client",
    "deliver_to_client",
    "deliver_to_server",
    "deliver_to_server",
    "cut",
    "ask_reconnect",
    "ask_heartbeat",
    "restart_server",
    "wait",
    "wait long",
    "stall",
    "kick",
    "burst",
    "settle",
]


def _take_step(pair: Pair, step: str) -> None:
    match step:
        case "wait":
            pair.advance(700)
        case "wait long":
            pair.advance(9000)
        case "stall":  # nothing arrives, and nobody is told that the connection is dead
            pair.advance(30_000)
        case "kick":
            pair.kick(CloseCode.UNKNOWN_ERROR)
        case "burst":  # more than the replay window holds
            for _ in range(25):
                pair.publish()
        case "publish":
            pair.publish()
        case "deliver_to_client":
            pair.deliver_to_client()
        case "deliver_to_server":
            pair.deliver_to_server()
        case "cut":
            pair.cut()
        case "ask_reconnect":
            pair.ask_reconnect()
        case "ask_heartbeat":
            pair.ask_heartbeat()
        case "restart_server":
            pair.restart_server()
        case "settle":
            pair.settle()


@given(
    steps=st.lists(st.sampled_from(STEPS), max_size=60),
    compression=st.sampled_from(list(Compression)),
    seed=st.integers(0, 1000),
)
@settings(max_examples=150, deadline=None)
def test_nothing_is_lost_or_comes_twice(steps: list[str], compression: Compression, seed: int) -> None:
    pair = Pair(compression, seed)
    for step in steps:
        _take_step(pair, step)
    pair.publish()
    pair.settle()
    assert pair.known == pair.published
    assert pair.fatal is None


@every_compression
def test_a_cut_at_every_point_of_a_conversation_is_survived(compression: Compression) -> None:
    for cut_after in range(40):
        pair = Pair(compression)
        arrived = 0

        def arrive(deliver: str, pair: Pair = pair, cut_after: int = cut_after) -> None:
            nonlocal arrived
            getattr(pair, deliver)()
            arrived += 1
            if arrived == cut_after:
                pair.cut()

        for _ in range(12):
            pair.advance(400)
            pair.publish()
            arrive("deliver_to_server")
            arrive("deliver_to_client")
            arrive("deliver_to_client")
        pair.settle()
        assert pair.known == pair.published == 12


@every_compression
def test_a_cut_connection_resumes_the_same_session(compression: Compression) -> None:
    pair = Pair(compression)
    pair.settle()
    for _ in range(5):
        pair.publish()
    pair.deliver_to_client()
    pair.cut()
    pair.publish()
    pair.settle()
    assert pair.known == pair.published == 6
    assert pair.fresh_sessions == 1


@every_compression
def test_a_restarted_server_gets_a_new_session(compression: Compression) -> None:
    pair = Pair(compression)
    pair.settle()
    pair.restart_server()
    pair.publish()
    pair.settle()
    assert pair.fresh_sessions == 2


def test_a_window_that_was_overrun_makes_a_new_session() -> None:
    pair = Pair(Compression.NONE)
    pair.settle()
    pair.cut()
    for _ in range(30):
        pair.publish()
    pair.settle()
    assert pair.known == pair.published == 30
    assert pair.fresh_sessions == 2


def test_a_reconnect_that_the_server_asks_for_is_quick_and_resumes() -> None:
    pair = Pair(Compression.ZSTD_STREAM)
    pair.settle()
    pair.advance(20)
    pair.ask_reconnect()
    pair.deliver_to_client()
    assert pair.connect_due_ms is not None
    assert pair.connect_due_ms - pair.now_ms <= 1000
    pair.settle()
    assert pair.fresh_sessions == 1


def test_a_silent_connection_is_left_and_resumed() -> None:
    pair = Pair(Compression.NONE)
    pair.settle()
    first_link = pair.link
    pair.publish()
    pair.advance(10_000)  # two heartbeats without an answer
    assert pair.link is not first_link
    pair.settle()
    assert pair.known == 1
    assert pair.fresh_sessions == 1


def test_a_command_sent_while_disconnected_arrives_after_the_resume() -> None:
    pair = Pair(Compression.NONE)
    pair.settle()
    pair.cut()
    command = RequestGuildMembers(guild_id="81384788765712384", query="", nonce="n")
    assert pair.client.send_command(command, pair.now_ms) == []
    pair.settle()
    pair.deliver_to_server()
    assert [received.command for received in pair.commands] == [command]


def test_a_wrong_token_ends_in_a_sentence() -> None:
    pair = Pair(Compression.NONE)
    pair.client._token = lambda: "another token"
    with pytest.raises(AssertionError, match="not settled"):
        pair.settle()
    assert pair.fatal is not None
    assert pair.fatal.code == 4004
    assert "sign in again" in pair.fatal.sentence
