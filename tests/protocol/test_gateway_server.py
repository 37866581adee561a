"""The server's half of a gateway connection."""

import json as plain_json
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.compression import Compression, make_decompressor
from tuichat.protocol.gateway import (
    CloseCode,
    PresenceUpdate,
    RequestGuildMembers,
    VoiceStateUpdate,
    dispatch_prefix,
    dispatch_tail,
)
from tuichat.protocol.gateway_connection import Close, ConnectionQuery, SendBinary, SendText
from tuichat.protocol.gateway_server import (
    IDENTIFY_TIMEOUT_MS,
    CommandReceived,
    HeartbeatReceived,
    IdentifyRequested,
    ResumeRequested,
    ServerAction,
    ServerConnection,
    ServerState,
    shard_of,
)
from tuichat.protocol.intents import ALL_INTENTS

IDENTIFY = b'{"op":2,"d":{"token":"t","properties":{},"intents":513}}'
RESUME = b'{"op":6,"d":{"token":"t","session_id":"s","seq":3}}'
HEARTBEAT = b'{"op":1,"d":null}'
ACK = SendText(b'{"op":11,"d":null,"s":null,"t":null}')
ASKED = SendText(b'{"op":1,"d":null,"s":null,"t":null}')


def _open(now_ms: int = 0, **query: Any) -> ServerConnection:
    connection = ServerConnection(ConnectionQuery(**query), heartbeat_interval_ms=1000)
    connection.open(now_ms)
    return connection


def _ready() -> ServerConnection:
    connection = _open()
    connection.receive_text(IDENTIFY, 0)
    connection.accept()
    return connection


def _close_code(actions: list[ServerAction]) -> int | None:
    return next((action.code for action in actions if isinstance(action, Close)), None)


def _frame(op: object, body: object) -> str:
    return plain_json.dumps({"op": op, "d": body})


def test_hello_comes_first_with_the_interval() -> None:
    connection = ServerConnection(ConnectionQuery(), heartbeat_interval_ms=41_250)
    (hello,) = connection.open(0)
    assert isinstance(hello, SendText)
    assert plain_json.loads(hello.payload) == {"op": 10, "d": {"heartbeat_interval": 41250}, "s": None, "t": None}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"version": 8}, 4012),
        ({"version": 11}, 4012),
        ({"version": None}, 4012),
        ({"encoding": "etf"}, 4002),
        ({"compression": None}, 4002),
    ],
)
def test_what_the_url_may_not_ask_for(query: dict[str, Any], code: int) -> None:
    actions = ServerConnection(ConnectionQuery(**query)).open(0)
    assert [type(action) for action in actions] == [Close]
    assert _close_code(actions) == code


@pytest.mark.parametrize("version", [9, 10])
def test_versions_9_and_10_are_served(version: int) -> None:
    assert _open(version=version).state is ServerState.UNIDENTIFIED
    assert _open(version=version).version == version


def test_a_heartbeat_is_answered_before_anything_else() -> None:
    assert _open().receive_text(b'{"op":1,"d":251}', 5) == [ACK, HeartbeatReceived(251)]
    assert _open().receive_text(HEARTBEAT, 5) == [ACK, HeartbeatReceived(None)]


def test_identify_is_handed_up_and_accepted() -> None:
    connection = _open()
    (request,) = connection.receive_text(IDENTIFY, 0)
    assert isinstance(request, IdentifyRequested)
    assert request.identify.bare_token == "t"
    states = [connection.state]
    connection.accept()
    states.append(connection.state)
    assert states == [ServerState.AUTHENTICATING, ServerState.READY]


def test_resume_is_handed_up_and_accepted() -> None:
    connection = _open()
    (request,) = connection.receive_text(RESUME, 0)
    assert isinstance(request, ResumeRequested)
    assert (request.resume.session_id, request.resume.seq) == ("s", 3)
    connection.accept()
    assert connection.state is ServerState.READY


def test_an_unknown_session_leaves_the_connection_open_for_identify() -> None:
    connection = _open()
    connection.receive_text(RESUME, 0)
    (invalid,) = connection.invalidate_session(resumable=False)
    assert invalid == SendText(b'{"op":9,"d":false,"s":null,"t":null}')
    assert isinstance(connection.receive_text(IDENTIFY, 0)[0], IdentifyRequested)


def test_a_rejected_token_is_4004() -> None:
    connection = _open()
    connection.receive_text(IDENTIFY, 0)
    assert connection.reject(CloseCode.AUTHENTICATION_FAILED, "no such token") == [Close(4004, "no such token")]
    assert connection.receive_text(IDENTIFY, 0) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"op": 3, "d": {"since": 0.0, "afk": False, "status": "dnd", "activities": []}}, PresenceUpdate),
        ({"op": 4, "d": {"guild_id": 1, "channel_id": "2", "self_mute": False, "self_deaf": True}}, VoiceStateUpdate),
        ({"op": 8, "d": {"guild_id": 1, "query": "", "limit": 0, "presences": True}}, RequestGuildMembers),
    ],
)
def test_a_command_is_handed_up(body: dict[str, object], expected: type) -> None:
    (action,) = _ready().receive_text(plain_json.dumps(body), 0)
    assert isinstance(action, CommandReceived)
    assert isinstance(action.command, expected)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", 4002),
        (b"{", 4002),
        (b"[]", 4002),
        (b"null", 4002),
        (b"{}", 4002),
        (b'{"op":"1"}', 4002),
        (b'{"op":1.5}', 4002),
        (b'{"op":null}', 4002),
        (b'{"op":1,"d":"three"}', 4002),
        (b'{"op":1,"d":{"a":"\xff"}}', 4002),
        (b'{"op":1,"x":"\xff"}', 4002),
        (b'{"op":1,"d":NaN}', 4002),
        (b'{"op":1,"d":' + b"[" * 3000 + b"]" * 1000, 4002),
        (b'{"op":1,"d":"' + b"x" * 4096 + b'"}', 4002),
        ('{"op":1,"d":"\ud800"}', 4002),
        ('{"op":1,"d":"' + "é" * 2048 + '"}', 4002),
        (b'{"op":3,"d":{"status":7}}', 4002),
        (b'{"op":4,"d":{"guild_id":"x"}}', 4002),
        (b'{"op":8,"d":{"guild_id":{}}}', 4002),
        (b'{"op":8}', 4002),
        (b'{"op":0,"d":null}', 4001),
        (b'{"op":5,"d":null}', 4001),
        (b'{"op":7,"d":null}', 4001),
        (b'{"op":10,"d":null}', 4001),
        (b'{"op":99,"d":null}', 4001),
        (b'{"op":-1,"d":null}', 4001),
        (b'{"op":99999999999999999999999999,"d":null}', 4001),
        (IDENTIFY, 4005),
        (RESUME, 4005),
    ],
)
def test_a_frame_out_of_order_closes_with_its_code(message: bytes | str, code: int) -> None:
    connection = _ready()
    assert _close_code(connection.receive_text(message, 0)) == code
    assert connection.state is ServerState.CLOSED


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"token": 7}, 4002),
        ({}, 4002),
        ({"token": "t", "intents": "513"}, 4002),
        ({"token": "t", "intents": 1 << 18}, 4013),
        ({"token": "t", "intents": -1}, 4013),
        ({"token": "t", "intents": 1 << 80}, 4013),
        ({"token": "t", "shard": [1, 1]}, 4010),
        ({"token": "t", "shard": [-1, 1]}, 4010),
        ({"token": "t", "shard": [0]}, 4010),
        ({"token": "t", "shard": []}, 4010),
        ({"token": "t", "shard": [0, 0]}, 4010),
        ({"token": "t", "shard": "0,1"}, 4002),
        ({"token": "t", "presence": {"game": 3}}, 4002),
    ],
)
def test_an_identify_that_is_wrong_closes_with_its_code(body: dict[str, object], code: int) -> None:
    assert _close_code(_open().receive_text(_frame(2, body), 0)) == code


@pytest.mark.parametrize(
    "body",
    [
        {"token": "t", "intents": int(ALL_INTENTS), "shard": [0, 1]},
        {"token": "t", "intents": 0, "shard": [2, 3]},
        {"token": "t", "capabilities": 1 << 12, "properties": {"os": "linux", "client_build_number": 9}},
        {"token": "t", "presence": {"status": None, "game": None, "since": 0, "afk": False}, "shard": None},
        {"token": "t", "compress": True, "large_threshold": 250, "client_state": {"guild_versions": {}}},
    ],
)
def test_an_identify_that_is_right_is_handed_up(body: dict[str, object]) -> None:
    assert isinstance(_open().receive_text(_frame(2, body), 0)[0], IdentifyRequested)


def test_a_command_before_ready_is_4003() -> None:
    connection = _open()
    assert _close_code(connection.receive_text(b'{"op":3,"d":{}}', 0)) == 4003
    connection = _open()
    connection.receive_text(IDENTIFY, 0)
    assert _close_code(connection.receive_text(b'{"op":3,"d":{}}', 0)) == 4003


def test_a_second_identify_while_the_first_is_checked_is_4005() -> None:
    connection = _open()
    connection.receive_text(IDENTIFY, 0)
    assert _close_code(connection.receive_text(IDENTIFY, 0)) == 4005


def test_a_payload_of_exactly_the_limit_is_taken() -> None:
    message = b'{"op":1,"d":null,"x":"' + b"x" * (4096 - 24) + b'"}'
    assert len(message) == 4096
    assert _open().receive_text(message, 0)[0] == ACK


def test_json_in_a_binary_message_is_taken_as_hikari_sends_it() -> None:
    assert _open().receive_binary(HEARTBEAT, 0)[0] == ACK


@pytest.mark.parametrize("message", [b"", b"\x83t\x00\x00\x00\x02", zlib.compress(HEARTBEAT), HEARTBEAT + b"\xff"])
def test_another_binary_message_is_4002(message: bytes) -> None:
    assert _close_code(_open().receive_binary(message, 0)) == 4002


def test_120_frames_a_minute_pass_and_one_more_is_4008() -> None:
    connection = _open()
    for _ in range(120):
        assert connection.receive_text(HEARTBEAT, 10) == [ACK, HeartbeatReceived(None)]
    actions = connection.receive_text(HEARTBEAT, 20)
    assert actions[0] == ACK  # a heartbeat is answered even then
    assert _close_code(actions) == 4008


def test_the_rate_window_turns_after_a_minute() -> None:
    connection = ServerConnection(ConnectionQuery(), heartbeat_interval_ms=60_000)
    connection.open(0)
    for now_ms in (59_999, 60_000):
        for _ in range(120):
            assert _close_code(connection.receive_text(HEARTBEAT, now_ms)) is None


def test_a_client_that_stops_beating_is_asked_and_then_closed_after_one_and_a_half_intervals() -> None:
    connection = _ready()
    connection.receive_text(HEARTBEAT, 700)
    assert connection.deadline_ms() == 1950
    assert connection.tick(1949) == []
    assert connection.tick(1950) == [ASKED]
    assert connection.deadline_ms() == 2200
    assert connection.tick(2199) == []  # it is asked once
    assert _close_code(connection.tick(2200)) == 4009
    assert connection.deadline_ms() is None


def test_a_client_that_answers_when_asked_is_kept() -> None:
    connection = _ready()
    assert connection.tick(1250) == [ASKED]
    connection.receive_text(HEARTBEAT, 1400)
    assert connection.tick(2000) == []
    assert connection.tick(2650) == [ASKED]


def test_a_client_that_was_not_looked_at_in_time_is_closed_without_being_asked() -> None:
    assert _close_code(_ready().tick(1500)) == 4009


def test_a_client_that_beats_and_never_identifies_is_closed() -> None:
    connection = _open()
    for now_ms in range(0, IDENTIFY_TIMEOUT_MS, 1000):
        connection.receive_text(HEARTBEAT, now_ms)
    assert connection.deadline_ms() == IDENTIFY_TIMEOUT_MS
    assert _close_code(connection.tick(IDENTIFY_TIMEOUT_MS)) == 4009


def test_a_session_that_becomes_invalid_late_leaves_time_to_identify() -> None:
    connection = _ready()
    connection.receive_text(HEARTBEAT, IDENTIFY_TIMEOUT_MS * 2)
    connection.invalidate_session(resumable=False)
    assert connection.tick(IDENTIFY_TIMEOUT_MS * 2 + 100) == []


def test_the_server_may_ask_for_a_heartbeat_and_a_reconnect() -> None:
    connection = _ready()
    assert connection.ask_heartbeat() == [ASKED]
    assert connection.ask_reconnect() == [SendText(b'{"op":7,"d":null,"s":null,"t":null}')]


def test_a_close_reason_fits_its_frame() -> None:
    (close,) = _ready().close(CloseCode.UNKNOWN_ERROR, "é" * 200)
    assert isinstance(close, Close)
    assert len(close.reason.encode()) <= 123


def test_after_a_close_nothing_comes() -> None:
    connection = _ready()
    connection.close(CloseCode.UNKNOWN_ERROR)
    assert connection.receive_text(HEARTBEAT, 0) == []
    assert connection.receive_binary(b"", 0) == []
    assert connection.tick(1 << 40) == []
    assert connection.ask_heartbeat() == connection.ask_reconnect() == []
    assert connection.invalidate_session(resumable=True) == []
    assert connection.close(CloseCode.NORMAL) == []


@pytest.mark.parametrize("compression", [Compression.ZLIB_STREAM, Compression.ZSTD_STREAM])
def test_every_payload_goes_through_the_one_context(compression: Compression) -> None:
    connection = ServerConnection(ConnectionQuery(compression=compression))
    decompressor = make_decompressor(compression)
    assert decompressor is not None
    assert connection.is_binary
    (hello,) = connection.open(0)
    dispatch = dispatch_prefix(1) + dispatch_tail("READY", b"{}")
    messages = [hello, connection.message(dispatch), connection.message(dispatch)]
    payloads = []
    for message in messages:
        assert isinstance(message, SendBinary)
        payloads.append(decompressor.feed(message.payload))
    assert payloads[0] is not None
    assert b'"heartbeat_interval"' in payloads[0]
    assert payloads[1:] == [dispatch, dispatch]


def test_a_guild_belongs_to_one_shard() -> None:
    guild_id = 41771983423143937 << 3
    assert shard_of(guild_id, 1) == 0
    assert sum(shard_of(guild_id, 7) == shard for shard in range(7)) == 1


messages = st.one_of(
    st.binary(max_size=300),
    st.text(st.characters(), max_size=100),
    st.sampled_from([IDENTIFY, RESUME, HEARTBEAT, b'{"op":3,"d":{}}', b'{"op":8,"d":{"guild_id":"1"}}']),
    st.builds(
        _frame,
        st.integers(-1, 45) | st.none() | st.text(max_size=3),
        st.dictionaries(
            st.sampled_from(["token", "seq", "session_id", "guild_id", "status", "shard", "intents", "user_ids"]),
            st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=3),
        ),
    ),
)


@given(steps=st.lists(st.tuples(messages, st.integers(0, 900), st.booleans()), max_size=20))
def test_no_client_can_raise_anything(steps: list[tuple[bytes | str, int, bool]]) -> None:
    connection = _open()
    now_ms = 0
    closed = 0
    for message, delay_ms, is_accepted in steps:
        now_ms += delay_ms
        actions = connection.tick(now_ms) + connection.receive_text(message, now_ms)
        closed += sum(isinstance(action, Close) for action in actions)
        if connection.state is ServerState.AUTHENTICATING and is_accepted:
            connection.accept()
    assert closed == (1 if connection.state is ServerState.CLOSED else 0)
