"""The voice gateway's session: messages and times in, orders out."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.gateway_connection import Close, SendText
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.voice_extensions import FEATURES, pack_media
from tuichat.protocol.voice_gateway import (
    ClientDisconnect,
    CloseCode,
    HeartbeatAck,
    Hello,
    Ready,
    Resumed,
    ServerPayload,
    SessionDescription,
    SpeakingUpdate,
    encode,
)
from tuichat.voice.signaling import (
    HELLO_TIMEOUT_MS,
    MAX_HEARTBEAT_MS,
    PROBE_LIMIT_MS,
    GivenUp,
    Grant,
    GrantRefused,
    Media,
    MediaAgreed,
    MediaOffered,
    Open,
    Order,
    PersonLeft,
    RttMeasured,
    SessionResumed,
    SpeakerSeen,
    VoiceSession,
)

GRANT = Grant(server_id=1, channel_id=2, user_id=3, session_id="gateway", token="secret-token")


def sent(orders: list[Order]) -> list[tuple[int, object]]:
    decoded = [json.loads(order.payload) for order in orders if isinstance(order, SendText)]
    return [(each["op"], each["d"]) for each in decoded]


def tell(session: VoiceSession, payload: ServerPayload, now_ms: int, seq: int | None = None) -> list[Order]:
    return session.receive_text(encode(payload, seq=seq), now_ms)


READY = Ready(ssrc=42, ip="127.0.0.1", port=5000, modes=["aead_aes256_gcm_rtpsize"], experiments=[*FEATURES, "other"])


def greeted(now_ms: int = 0) -> VoiceSession:
    session = VoiceSession(GRANT, random=lambda: 0.5)
    assert session.start() == [Open(0)]
    assert session.connection_opened(now_ms) == []
    return session


def ready(now_ms: int = 0) -> VoiceSession:
    session = greeted(now_ms)
    tell(session, Hello(heartbeat_interval=41_250), now_ms)
    tell(session, READY, now_ms, seq=1)
    return session


def test_identify_answers_hello_with_the_grant_and_our_extensions() -> None:
    session = greeted()
    [(op, body)] = sent(tell(session, Hello(heartbeat_interval=41_250), 0))
    assert op == 0
    assert body == {
        "server_id": "1",
        "channel_id": "2",
        "user_id": "3",
        "session_id": "gateway",
        "token": "secret-token",
        "max_dave_protocol_version": 0,
        "tuichat_features": list(FEATURES),
    }
    assert not session.is_ready


def test_ready_offers_media_and_only_extensions_that_we_know() -> None:
    session = greeted()
    tell(session, Hello(heartbeat_interval=41_250), 0)
    assert tell(session, READY, 5, seq=1) == [
        MediaOffered(42, "127.0.0.1", 5000, ("aead_aes256_gcm_rtpsize",), FEATURES)
    ]
    assert session.is_ready
    [(op, body)] = sent(session.select(mode="aead_aes256_gcm_rtpsize", address="10.0.0.1", port=7))
    assert (op, body) == (
        1,
        {"protocol": "udp", "data": {"mode": "aead_aes256_gcm_rtpsize", "address": "10.0.0.1", "port": 7}},
    )
    description = SessionDescription(mode="aead_aes256_gcm_rtpsize", secret_key=[7] * 32)
    assert tell(session, description, 6, seq=2) == [MediaAgreed("aead_aes256_gcm_rtpsize", bytes([7] * 32))]
    assert sent(session.speak(5)) == [(5, {"speaking": 5, "delay": 0, "ssrc": 42})]


def test_an_ssrc_of_zero_is_a_fault() -> None:
    session = greeted()
    tell(session, Hello(heartbeat_interval=41_250), 0)
    orders = tell(session, msgspec.structs.replace(READY, ssrc=0), 0, seq=1)
    assert isinstance(orders[0], Close)
    assert isinstance(orders[1], Open)


def test_heartbeats_tell_what_was_seen_and_measure_the_round_trip() -> None:
    session = ready()
    assert session.next_timeout_ms() == 0
    assert sent(session.tick(0)) == [(3, {"t": 1, "seq_ack": 1})]
    assert tell(session, HeartbeatAck(t=1), 37) == [RttMeasured(37)]
    assert session.next_timeout_ms() == MAX_HEARTBEAT_MS, "a dead line is found soon, whatever the server's interval"
    session.tick(MAX_HEARTBEAT_MS)
    orders = session.tick(2 * MAX_HEARTBEAT_MS)
    assert orders[0] == Close(4000), "1000 would end the session"
    assert isinstance(orders[1], Open)


def test_a_probe_that_is_not_answered_ends_the_connection_soon() -> None:
    session = ready()
    session.tick(0)
    tell(session, HeartbeatAck(t=1), 1)
    assert len(sent(session.probe(100))) == 1
    assert session.probe(101) == [], "one is under way"
    assert session.tick(100 + PROBE_LIMIT_MS - 1) == []
    assert session.tick(100 + PROBE_LIMIT_MS)[0] == Close(4000)


def test_a_probe_that_is_answered_changes_nothing() -> None:
    session = ready()
    session.tick(0)
    tell(session, HeartbeatAck(t=1), 1)
    session.probe(100)
    tell(session, HeartbeatAck(t=2), 120)
    assert session.tick(100 + PROBE_LIMIT_MS) == []


def test_speakers_and_leavers_are_told() -> None:
    session = ready()
    assert tell(session, SpeakingUpdate(user_id=Snowflake(9), ssrc=77, speaking=5), 0, seq=2) == [
        SpeakerSeen(9, 77, is_speaking=True, is_priority=True)
    ]
    assert tell(session, SpeakingUpdate(user_id=Snowflake(9), ssrc=77, speaking=0), 0, seq=3) == [
        SpeakerSeen(9, 77, is_speaking=False, is_priority=False)
    ]
    assert tell(session, ClientDisconnect(user_id=Snowflake(9)), 0, seq=4) == [PersonLeft(9)]
    assert session.receive_binary(pack_media(b"packet")) == [Media(b"packet")]
    assert session.receive_binary(b"\x19mls") == []


@pytest.mark.parametrize("code", [None, 1001, 1006, 1012, int(CloseCode.SERVER_CRASHED)])
def test_a_broken_line_is_resumed_from_what_was_seen(code: int | None) -> None:
    session = ready()
    tell(session, ClientDisconnect(user_id=Snowflake(9)), 0, seq=5)
    [order] = session.connection_lost(code, 1000)
    assert isinstance(order, Open)
    assert 0 <= order.delay_ms <= 100
    assert order.reason
    assert session.connection_opened(1100) == []
    assert sent(tell(session, Hello(heartbeat_interval=41_250), 1100)) == [
        (7, {"server_id": "1", "session_id": "gateway", "token": "secret-token", "seq_ack": 5})
    ]
    assert tell(session, ClientDisconnect(user_id=Snowflake(9)), 1100, seq=5) == [], "it was seen before"
    assert tell(session, ClientDisconnect(user_id=Snowflake(8)), 1100, seq=6) == [PersonLeft(8)]
    assert tell(session, Resumed(), 1101) == [SessionResumed()]
    assert session.is_ready


def test_a_resume_that_is_refused_is_an_identify_then_a_fresh_grant() -> None:
    session = ready()
    session.connection_lost(None, 0)
    session.connection_opened(100)
    tell(session, Hello(heartbeat_interval=41_250), 100)
    [order] = session.connection_lost(CloseCode.SESSION_INVALID, 200)
    assert isinstance(order, Open)
    session.connection_opened(300)
    assert sent(tell(session, Hello(heartbeat_interval=41_250), 300))[0][0] == 0
    [refused] = session.connection_lost(CloseCode.SESSION_INVALID, 400)
    assert isinstance(refused, GrantRefused)
    assert session.is_over
    assert session.connection_lost(None, 500) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (4004, GrantRefused),
        (4006, GrantRefused),
        (4009, GrantRefused),
        (4011, GrantRefused),
        (4014, GrantRefused),
        (4022, GrantRefused),
        (4012, GivenUp),
        (4016, GivenUp),
        (4017, GivenUp),
    ],
)
def test_each_close_has_its_reaction(code: int, expected: type[Order]) -> None:
    session = ready()
    [order] = session.connection_lost(code, 0)
    assert isinstance(order, expected)
    if isinstance(order, GrantRefused):
        assert order.is_put_out == (code in (4014, 4022))
        assert "secret" not in order.reason
    if code == 4017:
        assert isinstance(order, GivenUp)
        assert "end-to-end" in order.reason


def test_retries_come_within_a_second_however_long_it_takes() -> None:
    session = ready()
    delays = []
    now_ms = 0
    for _ in range(20):
        [order] = session.connection_lost(None, now_ms)
        assert isinstance(order, Open)
        delays.append(order.delay_ms)
        now_ms += order.delay_ms + 2000
    assert max(delays) <= 1000


def test_a_server_that_says_nothing_is_left() -> None:
    session = greeted()
    assert session.tick(HELLO_TIMEOUT_MS - 1) == []
    assert session.tick(HELLO_TIMEOUT_MS)[0] == Close(4000)


def test_leaving_closes_normally_and_nothing_follows() -> None:
    session = ready()
    assert session.leave() == [Close(1000)]
    assert session.connection_lost(1000, 0) == []
    assert tell(session, READY, 0, seq=2) == []
    assert session.tick(10**9) == []


def test_the_token_is_in_no_repr() -> None:
    assert "secret" not in repr(GRANT)
    assert "7, 7" not in repr(MediaAgreed("mode", bytes([7] * 32)))


payloads = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda op, body, seq: b'{"op":%d,"d":%b,"seq":%d}' % (op, body, seq),
        st.integers(-5, 40),
        st.sampled_from(
            [b"null", b"{}", b"[]", b"5", b'{"heartbeat_interval":-1}', b'{"heartbeat_interval":1e300}', b'{"ssrc":1}']
        ),
        st.integers(-(2**70), 2**70),
    ),
)


@given(st.lists(st.tuples(payloads, st.booleans()), max_size=10))
def test_nothing_that_a_server_says_raises(messages: list[tuple[bytes, bool]]) -> None:
    session = ready()
    for message, is_binary in messages:
        if is_binary:
            session.receive_binary(message)
        else:
            session.receive_text(message, 0)
        session.tick(10)
