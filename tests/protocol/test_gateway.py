"""The gateway's payloads and codes."""

import json as plain_json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import codec, json
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway import (
    COMMANDS,
    CloseCode,
    Envelope,
    Identify,
    IdentifyProperties,
    Opcode,
    PresenceUpdate,
    Recovery,
    RequestGuildMembers,
    Resume,
    VoiceStateUpdate,
    dispatch_prefix,
    dispatch_tail,
    encode_client_payload,
    encode_server_payload,
    ends_session,
    explain_close,
    recovery_after,
)
from tuichat.protocol.snowflake import Snowflake


def test_every_close_code_has_its_recovery() -> None:
    expected = {
        1000: Recovery.RESUME,
        1001: Recovery.RESUME,
        4000: Recovery.RESUME,
        4001: Recovery.RESUME,
        4002: Recovery.RESUME,
        4003: Recovery.RESUME,
        4004: Recovery.GIVE_UP,
        4005: Recovery.RESUME,
        4007: Recovery.NEW_SESSION,
        4008: Recovery.RESUME,
        4009: Recovery.NEW_SESSION,
        4010: Recovery.GIVE_UP,
        4011: Recovery.GIVE_UP,
        4012: Recovery.GIVE_UP,
        4013: Recovery.GIVE_UP,
        4014: Recovery.GIVE_UP,
    }
    assert {int(code): recovery_after(code) for code in CloseCode} == expected


@pytest.mark.parametrize("code", [None, 1006, 1011, 1012, 4006, 4999])
def test_an_unknown_close_may_resume(code: int | None) -> None:
    assert recovery_after(code) is Recovery.RESUME
    assert explain_close(code)


def test_a_fatal_close_says_what_to_do() -> None:
    assert explain_close(4004) == "the server does not accept this token: sign in again (close code 4004)"


def test_only_1000_and_1001_of_a_client_end_its_session() -> None:
    assert [code for code in (None, 1000, 1001, 1005, 1006, 4000, 4009) if ends_session(code)] == [1000, 1001]


def test_a_dispatch_is_its_prefix_and_the_shared_tail() -> None:
    payload = dispatch_prefix(42) + dispatch_tail("MESSAGE_CREATE", b'{"id":"1"}')
    assert plain_json.loads(payload) == {"op": 0, "s": 42, "t": "MESSAGE_CREATE", "d": {"id": "1"}}


def test_other_payloads_carry_null_s_and_t() -> None:
    assert encode_server_payload(Opcode.HEARTBEAT_ACK, None) == b'{"op":11,"d":null,"s":null,"t":null}'


def test_secrets_stay_out_of_a_repr() -> None:
    identify = Identify(token="hunter2", properties=IdentifyProperties(), intents=513)
    resume = Resume(token="hunter2", session_id="hunter2", seq=3)
    assert "hunter2" not in f"{identify!r} {identify} {resume!r} {resume}"


def test_a_token_is_taken_with_and_without_bot() -> None:
    for token in ("abc", "Bot abc"):
        assert Identify(token=token).bare_token == "abc"
        assert Resume(token=token, session_id="s", seq=1).bare_token == "abc"


def _presence(text: str) -> PresenceUpdate:
    return json.decode(text, PresenceUpdate)


def test_a_game_counts_as_the_activity() -> None:
    hikari = _presence('{"since":null,"afk":false,"status":"idle","game":{"name":"chess","type":0}}')
    assert [activity.name for activity in hikari.shown_activities] == ["chess"]
    assert _presence('{"since":null,"afk":false,"status":"idle","game":null}').shown_activities == []


@pytest.mark.parametrize(
    ("status", "shown"),
    [("idle", "idle"), ("dnd", "dnd"), ("offline", "invisible"), (None, "online"), ("\x1b[31m", "online")],
)
def test_a_status_is_one_that_the_protocol_knows(status: str | None, shown: str) -> None:
    assert _presence(plain_json.dumps({"status": status, "activities": []})).shown_status == shown


def test_ids_of_a_member_request_come_in_every_shape() -> None:
    def request(body: dict[str, object]) -> RequestGuildMembers:
        return json.decode(plain_json.dumps(body), RequestGuildMembers)

    assert request({"guild_id": 12}).guild_ids == [Snowflake(12)]
    assert request({"guild_id": ["12", 13]}).guild_ids == [Snowflake(12), Snowflake(13)]
    assert request({"guild_id": "1", "user_ids": "7"}).wanted_user_ids == [Snowflake(7)]
    assert request({"guild_id": "1", "user_ids": [7, "8"]}).wanted_user_ids == [Snowflake(7), Snowflake(8)]
    assert request({"guild_id": "1", "user_ids": None}).wanted_user_ids == []


def test_too_many_members_asked_for_is_refused_with_the_limit() -> None:
    body = plain_json.dumps({"guild_id": "1", "user_ids": list(range(101))})
    with pytest.raises(ProtocolError, match="user_ids takes 100 ids, got 101"):
        json.decode(body, RequestGuildMembers)


def test_a_nonce_over_32_bytes_is_not_echoed() -> None:
    assert RequestGuildMembers(guild_id=1, nonce="n" * 32).echoed_nonce == "n" * 32
    assert RequestGuildMembers(guild_id=1, nonce="é" * 17).echoed_nonce is None
    assert RequestGuildMembers(guild_id=1).echoed_nonce is None


def test_ids_go_out_as_strings() -> None:
    payload = encode_client_payload(4, VoiceStateUpdate(guild_id=Snowflake(1), channel_id=None))
    assert plain_json.loads(payload)["d"]["guild_id"] == "1"


def test_what_is_unset_is_absent_on_the_wire() -> None:
    assert "intents" not in plain_json.loads(codec.encode(Identify(token="t")))


KINDS = [Envelope, Identify, Resume, *COMMANDS.values()]

wire_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10)
    | st.sampled_from(["1", "81384788765712384", "online", -1, 2**63, 2**64, [0, 1]]),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(st.sampled_from(["name", "type", "channels", "members", "os", "1"]), children, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_any_payload_is_taken_or_a_protocol_error(kind: type[Envelope], data: st.DataObject) -> None:
    fields = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(kind.__struct_fields__, wire_values)))
    try:
        payload = json.decode(plain_json.dumps(fields), kind)
    except ProtocolError as error:
        assert str(error).isprintable()  # noqa: PT017  # a payload is fine too
        return
    for name in dir(payload):  # the properties hold for whatever was let in
        if not name.startswith("_"):
            getattr(payload, name)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_taken_or_a_protocol_error(kind: type[Envelope], data: bytes) -> None:
    try:
        json.decode(data, kind)
    except ProtocolError as error:
        assert str(error).isprintable()  # noqa: PT017  # as above
