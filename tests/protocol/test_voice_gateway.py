"""The voice gateway's payloads: what libraries send and read, round trips in all versions, and bytes of strangers."""

import json as plain_json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from tuichat.protocol import voice_gateway
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.voice_gateway import (
    SUPPORTED_VERSIONS,
    BackendVersion,
    ClientDisconnect,
    ClientPayload,
    ClientsConnect,
    CloseCode,
    Heartbeat,
    HeartbeatAck,
    Hello,
    Identify,
    Ignored,
    Opcode,
    Ready,
    Recovery,
    Resume,
    Resumed,
    SelectProtocol,
    ServerPayload,
    SessionDescription,
    Speaking,
    SpeakingRequest,
    SpeakingUpdate,
    TransportChoice,
    VoiceGatewayError,
)

IDS = st.integers(0, 2**63 - 1).map(Snowflake)
SSRCS = st.integers(0, 0xFFFF_FFFF)
SHORT = st.text(max_size=20)
CLIENT_PAYLOADS: st.SearchStrategy[ClientPayload] = st.one_of(
    st.builds(Identify, server_id=IDS, user_id=IDS, session_id=SHORT, token=SHORT, tuichat_features=st.lists(SHORT)),
    st.builds(
        SelectProtocol,
        protocol=SHORT,
        data=st.builds(TransportChoice, mode=SHORT, address=SHORT, port=st.integers(0, 65_535)),
    ),
    st.builds(SpeakingRequest, speaking=st.integers(0, 7), delay=st.integers(0, 9), ssrc=SSRCS),
    st.builds(Resume, server_id=IDS, session_id=SHORT, token=SHORT, seq_ack=st.integers(-1, 65_535)),
)
SERVER_PAYLOADS: st.SearchStrategy[ServerPayload] = st.one_of(
    st.builds(Hello, heartbeat_interval=st.integers(1, 60_000).map(float), v=st.sampled_from(SUPPORTED_VERSIONS)),
    st.builds(Ready, ssrc=SSRCS, ip=SHORT, port=st.integers(0, 65_535), modes=st.lists(SHORT)),
    st.builds(SessionDescription, mode=SHORT, secret_key=st.binary(min_size=32, max_size=32).map(list)),
    st.builds(SpeakingUpdate, user_id=IDS, ssrc=SSRCS, speaking=st.integers(0, 7)),
    st.just(Resumed()),
    st.builds(ClientsConnect, user_ids=st.lists(IDS)),
    st.builds(ClientDisconnect, user_id=IDS),
    st.builds(BackendVersion, voice=SHORT, rtc_worker=SHORT),
)


@given(CLIENT_PAYLOADS)
def test_what_a_client_sends_comes_back(payload: ClientPayload) -> None:
    assert voice_gateway.decode_client(voice_gateway.encode(payload)) == payload


@given(SERVER_PAYLOADS, st.none() | st.integers(1, 70_000))
def test_what_a_server_sends_comes_back_with_its_number(payload: ServerPayload, seq: int | None) -> None:
    assert voice_gateway.decode_server(voice_gateway.encode(payload, seq=seq)) == (payload, seq)


@pytest.mark.parametrize("version", SUPPORTED_VERSIONS)
def test_a_heartbeat_is_a_bare_number_before_version_8(version: int) -> None:
    beat, ack = Heartbeat(t=1732638000123, seq_ack=5), HeartbeatAck(t=1732638000123)
    sent = plain_json.loads(voice_gateway.encode(beat, version=version))
    answered = plain_json.loads(voice_gateway.encode(ack, version=version))
    assert sent == {"op": 3, "d": 1732638000123 if version < 8 else {"t": 1732638000123, "seq_ack": 5}}
    assert answered == {"op": 6, "d": 1732638000123 if version < 8 else {"t": 1732638000123}}
    read = voice_gateway.decode_client(voice_gateway.encode(beat, version=version))
    assert read == (beat if version == 8 else Heartbeat(t=1732638000123))
    assert voice_gateway.decode_server(voice_gateway.encode(ack, version=version)) == (ack, None)


@pytest.mark.parametrize("nonce", ["null", "1.5", '"a string"', "0"])
def test_a_heartbeats_nonce_may_be_what_a_library_likes(nonce: str) -> None:
    beat = voice_gateway.decode_client(f'{{"op":3,"d":{nonce}}}')
    assert isinstance(beat, Heartbeat)
    assert voice_gateway.encode(HeartbeatAck(t=beat.t), version=4) == f'{{"op":6,"d":{nonce}}}'.encode()


def test_what_discord_py_sends_is_read() -> None:
    identify = {"server_id": "5", "user_id": "6", "session_id": "abc", "token": "t", "max_dave_protocol_version": 0}
    read = voice_gateway.decode_client(plain_json.dumps({"op": 0, "d": identify}))
    assert isinstance(read, Identify)
    assert (read.server_id, read.user_id, read.tuichat_features) == (5, 6, UNSET)
    assert "abc" not in repr(read)
    choice = {"protocol": "udp", "data": {"address": "192.0.2.7", "port": 5, "mode": "m"}, "address": "192.0.2.7"}
    assert voice_gateway.decode_client(plain_json.dumps({"op": 1, "d": choice})) == SelectProtocol(
        protocol="udp", data=TransportChoice(mode="m", address="192.0.2.7", port=5)
    )


def test_what_discord_py_must_find_is_there() -> None:
    described = voice_gateway.encode(SessionDescription(mode="m", secret_key=[0] * 32), seq=1)
    assert plain_json.loads(described)["d"]["dave_protocol_version"] == 0
    ready = plain_json.loads(voice_gateway.encode(Ready(ssrc=1, ip="192.0.2.7", port=5, modes=["m"])))
    assert set(ready["d"]) == {"ssrc", "ip", "port", "modes", "experiments", "streams"}  # no heartbeat_interval


def test_true_speaks_by_the_microphone() -> None:
    read = voice_gateway.decode_client('{"op":5,"d":{"speaking":true,"delay":0,"ssrc":3}}')
    assert isinstance(read, SpeakingRequest)
    assert read.flags == Speaking.MICROPHONE


@pytest.mark.parametrize("op", [12, 14, 15, 16, 19, 26, 31, 99])
def test_opcodes_that_ask_nothing_of_us_are_passed_over(op: int) -> None:
    assert voice_gateway.decode_client(f'{{"op":{op},"d":{{"any":100}}}}') == Ignored(op)
    if op != Opcode.BACKEND_VERSION:
        assert voice_gateway.decode_server(f'{{"op":{op},"d":{{"any":100}},"seq":4}}') == (Ignored(op), 4)


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        ('{"op":2,"d":{}}', CloseCode.UNKNOWN_OPCODE, "opcode 2 is none"),
        ('{"op":-1}', CloseCode.UNKNOWN_OPCODE, "opcode -1"),
        ('{"op":256}', CloseCode.UNKNOWN_OPCODE, "opcode 256"),
        ('{"op":0,"d":{"server_id":"x"}}', CloseCode.DECODE_ERROR, "IDENTIFY is not valid"),
        ("{", CloseCode.DECODE_ERROR, "the payload is not valid"),
        (" " * 8193, CloseCode.DECODE_ERROR, "8193 bytes, the limit is 8192"),
        ("[" * 100, CloseCode.DECODE_ERROR, "deeper than 16"),
        ('{"op":5,"d":{"speaking":1,"ssrc":4294967296}}', CloseCode.DECODE_ERROR, "32 bits, got 4294967296"),
        ('{"op":1,"d":{"protocol":"udp","data":{"mode":"m","port":65536}}}', CloseCode.DECODE_ERROR, "got 65536"),
    ],
)
def test_what_breaks_the_protocol_is_refused_with_the_code_and_the_number(
    data: str, code: CloseCode, words: str
) -> None:
    with pytest.raises(VoiceGatewayError, match=words) as caught:
        voice_gateway.decode_client(data)
    assert caught.value.close_code is code


def test_a_server_cannot_have_a_client_beat_without_a_pause() -> None:
    with pytest.raises(VoiceGatewayError, match=r"1 ms or more, got 0\.0"):
        voice_gateway.decode_server('{"op":8,"d":{"v":8,"heartbeat_interval":0}}')


def test_a_key_that_is_no_bytes_is_a_documented_error() -> None:
    with pytest.raises(VoiceGatewayError, match="no byte"):
        _ = SessionDescription(mode="m", secret_key=[256]).key


BODIES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SHORT, inner, max_size=3),
    max_leaves=8,
)
PAYLOADS = st.builds(
    lambda op, d, seq: plain_json.dumps({"op": op, "d": d, "seq": seq}), st.integers(-1, 35), BODIES, BODIES
)


@given(st.binary(max_size=100) | st.text(st.characters(), max_size=100) | PAYLOADS)
def test_any_message_is_a_payload_or_a_voice_gateway_error(data: bytes | str) -> None:
    for decode in (voice_gateway.decode_client, voice_gateway.decode_server):
        try:
            decode(data)
        except VoiceGatewayError as error:
            assert str(error).isprintable()  # noqa: PT017  # a value is fine too


@pytest.mark.parametrize("version", SUPPORTED_VERSIONS)
def test_only_version_8_numbers_what_a_resume_must_bring_again(version: int) -> None:
    speaking = SpeakingUpdate(user_id=Snowflake(1), ssrc=2)
    assert voice_gateway.is_buffered(speaking, version) == (version == 8)
    assert not voice_gateway.is_buffered(Hello(heartbeat_interval=1), version)
    assert not voice_gateway.is_buffered(HeartbeatAck(t=1), version)


@pytest.mark.parametrize(
    ("code", "recovery"),
    [
        (None, Recovery.RESUME),
        (1006, Recovery.RESUME),
        (1001, Recovery.RESUME),
        (4015, Recovery.RESUME),
        (1000, Recovery.ASK_AGAIN),
        (4006, Recovery.ASK_AGAIN),
        (4009, Recovery.ASK_AGAIN),
        (4014, Recovery.WAIT),
        (4022, Recovery.WAIT),
        (4016, Recovery.GIVE_UP),
        (4021, Recovery.GIVE_UP),
        (4999, Recovery.ASK_AGAIN),
    ],
)
def test_a_close_says_what_to_do_next(code: int | None, recovery: Recovery) -> None:
    assert voice_gateway.recovery_after(code) is recovery
    assert code is None or str(code) in voice_gateway.explain_close(code)
