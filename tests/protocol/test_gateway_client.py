"""The client's half of the gateway."""

import json as plain_json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.backoff import Backoff
from tuichat.protocol.compression import Compression, make_compressor
from tuichat.protocol.gateway import PresenceUpdate, RequestGuildMembers
from tuichat.protocol.gateway_client import (
    HELLO_TIMEOUT_MS,
    READY_TIMEOUT_MS,
    STABLE_MS,
    ClientAction,
    ClientConnection,
    ClientState,
    Connect,
    Dispatch,
    Fatal,
    LatencyMeasured,
    SessionOptions,
    SessionResumed,
    SessionStarted,
)
from tuichat.protocol.gateway_connection import Close, SendText, is_safe_resume_url
from tuichat.protocol.resumable_session import SavedSession

TOKEN = "hunter2"
HELLO = b'{"op":10,"d":{"heartbeat_interval":10000},"s":null,"t":null}'
ACK = b'{"op":11,"d":null,"s":null,"t":null}'
RESUMED = b'{"op":0,"s":3,"t":"RESUMED","d":{"_trace":[]}}'


def _ready_payload(sequence: int = 1, resume_url: str | None = "ws://resume.example") -> bytes:
    body = {"v": 10, "session_id": "abc", "resume_gateway_url": resume_url, "guilds": []}
    return plain_json.dumps({"op": 0, "s": sequence, "t": "READY", "d": body}).encode()


def _event(sequence: int, name: str = "TYPING_START") -> bytes:
    return b'{"op":0,"s":%d,"t":"%b","d":{"n":%d}}' % (sequence, name.encode(), sequence)


def _client(
    *,
    saved: SavedSession | None = None,
    options: SessionOptions | None = None,
    draw: float = 0.5,
    gateway_url: str = "ws://gateway.example",
    compression: Compression = Compression.NONE,
    may_resume_at: Callable[[str, str], bool] = is_safe_resume_url,
) -> ClientConnection:
    return ClientConnection(
        gateway_url,
        lambda: TOKEN,
        options or SessionOptions(intents=513),
        random=lambda: draw,
        compression=compression,
        saved_session=saved,
        may_resume_at=may_resume_at,
    )


def _greeted(client: ClientConnection, now_ms: int = 0) -> list[ClientAction]:
    client.start(now_ms)
    client.connection_opened(now_ms)
    return client.receive_text(HELLO, now_ms)


def _ready(now_ms: int = 0) -> ClientConnection:
    client = _client()
    _greeted(client, now_ms)
    client.receive_text(_ready_payload(), now_ms)
    return client


def _connect(actions: list[ClientAction]) -> Connect:
    (connect,) = [action for action in actions if isinstance(action, Connect)]
    return connect


def _sent(actions: list[ClientAction]) -> list[tuple[int, object]]:
    frames = [plain_json.loads(action.payload) for action in actions if isinstance(action, SendText)]
    return [(frame["op"], frame["d"]) for frame in frames]


def _reopen(client: ClientConnection, now_ms: int) -> list[ClientAction]:
    client.connection_opened(now_ms)
    return client.receive_text(HELLO, now_ms)


def test_the_first_order_is_to_connect() -> None:
    assert _client().start(0) == [Connect("ws://gateway.example/?v=10&encoding=json", False, 0)]


def test_hello_is_answered_with_identify() -> None:
    ((opcode, body),) = _sent(_greeted(_client(options=SessionOptions(intents=513, tuichat_events=["TUICHAT_X"]))))
    assert opcode == 2
    assert isinstance(body, dict)
    assert (body["token"], body["intents"], body["tuichat_events"]) == (TOKEN, 513, ["TUICHAT_X"])
    assert "shard" not in body


def test_a_user_account_sends_no_intents() -> None:
    ((_, body),) = _sent(_greeted(_client(options=SessionOptions(capabilities=4096))))
    assert isinstance(body, dict)
    assert "intents" not in body
    assert body["capabilities"] == 4096


def test_the_first_heartbeat_comes_after_its_jitter() -> None:
    client = _client(draw=0.25)
    _greeted(client, 100)
    assert client.next_timeout_ms() == 2600
    assert client.tick(2599) == []
    assert _sent(client.tick(2600)) == [(1, None)]
    client.receive_text(ACK, 2640)
    assert client.next_timeout_ms() == 12_600


def test_a_heartbeat_carries_the_last_sequence() -> None:
    client = _ready()
    client.receive_text(_event(2), 0)
    assert _sent(client.tick(5000)) == [(1, 2)]


def test_latency_is_the_time_to_the_answer() -> None:
    client = _ready()
    client.tick(5000)
    assert client.receive_text(ACK, 5042) == [LatencyMeasured(42)]


def test_a_missed_answer_is_a_dead_connection() -> None:
    client = _ready()
    client.tick(5000)
    actions = client.tick(15_000)
    assert actions[0] == Close(4000)  # not 1000: the session must survive
    assert _connect(actions).resume
    assert _connect(actions).url.startswith("ws://resume.example/")


def test_a_heartbeat_that_the_server_asks_for_is_sent_at_once() -> None:
    client = _ready()
    assert _sent(client.receive_text(b'{"op":1,"d":null}', 10)) == [(1, 1)]
    assert client.next_timeout_ms() == 5000


def test_ready_starts_a_session_and_is_dispatched() -> None:
    client = _client()
    _greeted(client)
    started, dispatch = client.receive_text(_ready_payload(), 0)
    assert started == SessionStarted("abc")
    assert isinstance(dispatch, Dispatch)
    assert (dispatch.name, dispatch.sequence) == ("READY", 1)
    assert client.session == SavedSession("abc", "ws://resume.example", 1)


def test_a_dispatch_keeps_its_body_as_it_came() -> None:
    client = _ready()
    (dispatch,) = client.receive_text(b'{"t":"MESSAGE_CREATE","s":2,"op":0,"d":{"content": "\\u00e9"}}', 0)
    assert isinstance(dispatch, Dispatch)
    assert bytes(dispatch.body) == b'{"content": "\\u00e9"}'


def test_a_dispatch_that_was_seen_is_dropped() -> None:
    client = _ready()
    assert len(client.receive_text(_event(2), 0)) == 1
    assert client.receive_text(_event(2), 0) == []
    assert client.receive_text(_event(1), 0) == []


def test_a_gap_is_filled_by_a_resume() -> None:
    client = _ready()
    actions = client.receive_text(_event(3), 0)
    assert actions[0] == Close(4000)
    assert _connect(actions).resume
    assert "dispatches 2 to 2 are missing" in _connect(actions).reason
    assert _sent(_reopen(client, 500)) == [(6, {"token": TOKEN, "session_id": "abc", "seq": 1})]
    assert len(client.receive_text(_event(2), 500)) == 1


def test_a_gap_that_a_resume_does_not_fill_makes_a_new_session() -> None:
    client = _ready()
    client.receive_text(_event(3), 0)
    _reopen(client, 500)
    assert not _connect(client.receive_text(_event(3), 500)).resume
    assert client.session is None


def test_a_lost_connection_resumes_quickly_at_the_resume_url() -> None:
    client = _ready()
    connect = _connect(client.connection_lost(None, STABLE_MS))
    assert connect == Connect(
        "ws://resume.example/?v=10&encoding=json", True, 125, "the connection to the server broke"
    )
    assert _sent(_reopen(client, STABLE_MS + 200)) == [(6, {"token": TOKEN, "session_id": "abc", "seq": 1})]
    client.receive_text(_event(2), STABLE_MS + 210)
    assert client.receive_text(RESUMED, STABLE_MS + 210) == [SessionResumed(1)]
    assert client.state is ClientState.READY


@pytest.mark.parametrize("sequence", ["null", "1", "2"])
def test_a_resumed_counts_whatever_number_it_carries(sequence: str) -> None:
    client = _ready()
    client.connection_lost(None, 0)
    _reopen(client, 0)
    assert client.receive_text(f'{{"op":0,"s":{sequence},"t":"RESUMED","d":{{}}}}', 0) == [SessionResumed(0)]


def test_a_server_that_counts_from_zero_is_followed() -> None:
    client = _client()
    _greeted(client)
    client.receive_text(_ready_payload(0), 0)
    assert len(client.receive_text(_event(1), 0)) == 1


def test_a_reconnect_is_obeyed_with_a_resume() -> None:
    actions = _ready().receive_text(b'{"op":7,"d":null}', STABLE_MS)
    assert actions[0] == Close(4000)
    assert _connect(actions).resume
    assert _connect(actions).delay_ms <= 250


def test_an_invalid_session_that_may_resume_keeps_it() -> None:
    actions = _ready().receive_text(b'{"op":9,"d":true}', 0)
    assert actions[0] == Close(4000)
    assert _connect(actions).resume
    assert 1000 <= _connect(actions).delay_ms <= 5000


def test_an_invalid_session_is_dropped_and_made_anew() -> None:
    client = _ready()
    actions = client.receive_text(b'{"op":9,"d":false}', 0)
    assert actions[0] == Close(1000)
    connect = _connect(actions)
    assert not connect.resume
    assert connect.url.startswith("ws://gateway.example/")
    assert 1000 <= connect.delay_ms <= 5000
    assert _sent(_reopen(client, 5000))[0][0] == 2


@pytest.mark.parametrize("code", [4004, 4010, 4011, 4012, 4013, 4014])
def test_a_fatal_close_gives_up_with_a_sentence(code: int) -> None:
    client = _ready()
    (fatal,) = client.connection_lost(code, 0)
    assert isinstance(fatal, Fatal)
    assert fatal.code == code
    assert client.state is ClientState.CLOSED
    assert client.next_timeout_ms() is None
    assert client.tick(1 << 40) == client.receive_text(HELLO, 0) == []


@pytest.mark.parametrize("code", [4007, 4009])
def test_some_closes_end_the_session(code: int) -> None:
    assert not _connect(_ready().connection_lost(code, 0)).resume


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 1011, 4000, 4001, 4002, 4003, 4005, 4008, 4999])
def test_other_closes_keep_the_session(code: int | None) -> None:
    assert _connect(_ready().connection_lost(code, 0)).resume


def test_retries_wait_longer_up_to_a_minute() -> None:
    client = _client(draw=0.999999)
    client.start(0)
    delays = [_connect(client.connection_lost(None, 0)).delay_ms for _ in range(9)]
    assert [round(delay / 1000, 1) for delay in delays] == [0.2, 1, 2, 4, 8, 16, 32, 60, 60]


def test_a_session_that_lived_starts_the_back_off_anew() -> None:
    client = _client(draw=0.999)
    client.start(0)
    for _ in range(6):
        client.connection_lost(None, 0)
    _reopen(client, 0)
    client.receive_text(_ready_payload(), 0)
    assert _connect(client.connection_lost(None, STABLE_MS)).delay_ms < 250


def test_a_session_that_dies_at_once_does_not() -> None:
    client = _client(draw=0.999)
    _greeted(client)
    client.receive_text(_ready_payload(), 0)
    delays = []
    for number in range(6):
        delays.append(_connect(client.connection_lost(None, 1)).delay_ms)
        _reopen(client, 1)
        client.receive_text(b'{"op":0,"s":%d,"t":"RESUMED","d":{}}' % (number + 2), 1)
    assert delays == sorted(delays)
    assert delays[-1] > 10_000


def test_a_resume_url_that_cannot_be_reached_is_left_for_the_main_one() -> None:
    client = _ready()
    urls = [_connect(client.connection_lost(None, 0)).url for _ in range(5)]
    assert [url.split("/")[2] for url in urls] == ["resume.example"] * 3 + ["gateway.example"] * 2


def test_resumes_that_come_to_nothing_make_a_new_session() -> None:
    client = _ready()
    client.connection_lost(None, 0)
    for is_resume_next in (True, True, False):
        _reopen(client, 0)
        assert _connect(client.receive_text(b'{"op":9,"d":true}', 0)).resume is is_resume_next


def test_a_resume_url_that_gives_up_encryption_is_not_followed() -> None:
    client = _client(gateway_url="wss://gateway.example")
    _greeted(client)
    client.receive_text(_ready_payload(resume_url="ws://evil.example"), 0)
    assert _connect(client.connection_lost(None, 0)).url.startswith("wss://gateway.example/")


def test_an_owner_may_forbid_every_resume_url() -> None:
    client = _client(may_resume_at=lambda resume_url, gateway_url: False)
    _greeted(client)
    client.receive_text(_ready_payload(), 0)
    assert _connect(client.connection_lost(None, 0)).url.startswith("ws://gateway.example/")


def test_a_saved_session_is_resumed_after_a_restart() -> None:
    first = _ready()
    client = _client(saved=first.session)
    assert _connect(client.start(0)).url.startswith("ws://resume.example/")
    assert _sent(_reopen(client, 0)) == [(6, {"token": TOKEN, "session_id": "abc", "seq": 1})]


def test_leaving_ends_the_session() -> None:
    client = _ready()
    assert client.leave() == [Close(1000)]
    assert client.session is None
    assert client.connection_lost(1000, 0) == []


def test_a_server_that_says_no_hello_is_left() -> None:
    client = _client()
    client.start(0)
    client.connection_opened(0)
    assert client.next_timeout_ms() == HELLO_TIMEOUT_MS
    assert client.tick(HELLO_TIMEOUT_MS)[0] == Close(4000)


def test_a_server_that_answers_heartbeats_but_never_readies_is_left() -> None:
    client = _client()
    _greeted(client)
    for now_ms in range(5000, READY_TIMEOUT_MS, 10_000):
        client.tick(now_ms)
        client.receive_text(ACK, now_ms)
    assert client.tick(READY_TIMEOUT_MS)[0] == Close(4000)


def test_a_waiting_presence_goes_out_with_identify_and_not_twice() -> None:
    client = _client()
    client.send_command(PresenceUpdate(status="dnd"), 0)
    ((_, body),) = _sent(_greeted(client))
    assert isinstance(body, dict)
    assert body["presence"]["status"] == "dnd"
    assert _sent(client.receive_text(_ready_payload(), 0)) == []


def test_commands_over_the_rate_wait_for_the_next_window() -> None:
    client = _ready()
    sent = 0
    for number in range(115):
        sent += len(client.send_command(RequestGuildMembers(guild_id="1", nonce=str(number)), 100))
    assert sent == 109  # 120, less ten for heartbeats and one for IDENTIFY
    client.tick(5000)
    client.receive_text(ACK, 5000)
    for now_ms in range(15_000, 60_000, 10_000):
        client.tick(now_ms)
        client.receive_text(ACK, now_ms)
    assert client.next_timeout_ms() == 60_000
    assert [opcode for opcode, _ in _sent(client.tick(60_000))] == [8] * 6


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"op":0}',
        b'{"op":0,"s":2,"t":"","d":{}}',
        b'{"op":0,"s":2,"t":"A\\u001b[31m","d":{}}',
        b'{"op":0,"s":-2,"t":"A","d":{}}',
        b'{"op":0,"s":99999999999999999999999,"t":"A","d":{}}',
        b'{"op":0,"s":2,"t":"READY","d":{"session_id":7}}',
        b'{"op":9,"d":"maybe"}',
        b'{"op":10,"d":{"heartbeat_interval":-1}}',
        b'{"op":10,"d":{"heartbeat_interval":"soon"}}',
        b'{"op":0,"s":2,"t":"A","d":' + b"[" * 100_000,
        b'{"op":0,"s":2,"t":"A","d":"\xff"}',
    ],
)
def test_a_payload_that_breaks_the_protocol_is_left_with_a_resume(payload: bytes) -> None:
    client = _ready()
    actions = client.receive_text(payload, 0)
    assert actions[0] == Close(4000)
    assert _connect(actions).resume
    assert _connect(actions).reason.startswith("the server broke the protocol: ")
    assert _connect(actions).reason.isprintable()


def test_an_opcode_of_a_newer_server_does_not_matter() -> None:
    assert _ready().receive_text(b'{"op":77,"d":{"new":1}}', 0) == []


def test_compressed_payloads_are_inflated() -> None:
    compressor = make_compressor(Compression.ZSTD_STREAM)
    assert compressor is not None
    client = _client(compression=Compression.ZSTD_STREAM)
    assert "compress=zstd-stream" in _connect(client.start(0)).url
    client.connection_opened(0)
    assert _sent(client.receive_binary(compressor.compress(HELLO), 0))[0][0] == 2
    assert client.receive_binary(compressor.compress(_ready_payload()), 0)[0] == SessionStarted("abc")


def test_a_binary_message_without_compression_is_an_error() -> None:
    assert _ready().receive_binary(HELLO, 0)[0] == Close(4000)


def test_the_token_is_in_nothing_but_its_frame() -> None:
    client = _ready()
    actions = client.connection_lost(4004, 0) + client.start(0)
    assert TOKEN not in repr(actions)
    assert TOKEN not in repr(client)
    assert "abc" not in repr(SavedSession("abc", "ws://h", 1))


def test_backoff_can_be_set() -> None:
    client = ClientConnection(
        "ws://h", lambda: TOKEN, SessionOptions(), random=lambda: 0.5, backoff=Backoff(first_ms=10)
    )
    client.start(0)
    assert _connect(client.connection_lost(None, 0)).delay_ms == 5


server_payloads = st.one_of(
    st.binary(max_size=100),
    st.text(st.characters(), max_size=60),
    st.sampled_from([HELLO, ACK, RESUMED, _ready_payload(), b'{"op":7}', b'{"op":9,"d":false}', b'{"op":1}']),
    st.builds(_event, st.integers(0, 6)),
)


@given(
    steps=st.lists(
        st.tuples(server_payloads, st.integers(0, 9000), st.sampled_from(["text", "binary", "lost", "open", "tick"])),
        max_size=25,
    ),
    compression=st.sampled_from(list(Compression)),
)
def test_no_server_can_raise_anything(steps: list[tuple[bytes | str, int, str]], compression: Compression) -> None:
    client = _client(compression=compression)
    client.start(0)
    now_ms = 0
    for payload, delay_ms, what in steps:
        now_ms += delay_ms
        match what:
            case "text":
                actions = client.receive_text(payload, now_ms)
            case "binary":
                data = payload if isinstance(payload, bytes) else payload.encode(errors="replace")
                actions = client.receive_binary(data, now_ms)
            case "lost":
                actions = client.connection_lost(None, now_ms)
            case "open":
                actions = client.connection_opened(now_ms)
            case _:
                actions = client.tick(now_ms)
        closes = [index for index, action in enumerate(actions) if isinstance(action, Close)]
        if closes:  # whoever closes comes back
            assert isinstance(actions[-1], Connect)
        timeout_ms = client.next_timeout_ms()
        assert timeout_ms is None or client.state is not ClientState.CONNECTING
