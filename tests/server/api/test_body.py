"""Bodies of strangers: every fault is a documented error that names the field."""

from collections.abc import Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.rest.channel import CreateChannelRequest
from tuichat.protocol.rest.guild import CreateGuildRequest, RoleRequest
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.server.actions.errors import ActionError
from tuichat.server.api.body import decode_body

KINDS: list[type[msgspec.Struct]] = [
    CreateChannelRequest,
    CreateGuildRequest,
    CreateMessageRequest,
    EditMemberRequest,
    RoleRequest,
]


def refusal(body: bytes, kind: type[msgspec.Struct]) -> tuple[int, Mapping[str, object]]:
    with pytest.raises(ActionError) as raised:
        decode_body(body, kind)
    decoded: Mapping[str, object] = msgspec.json.decode(raised.value.encode())
    return raised.value.status, decoded


@pytest.mark.parametrize(
    ("body", "kind", "path", "code"),
    [
        (b'{"content":5}', CreateMessageRequest, ["content"], "STRING_TYPE_CONVERT"),
        (b'{"tts":"yes"}', CreateMessageRequest, ["tts"], "BOOLEAN_TYPE_CONVERT"),
        (b'{"flags":"4"}', CreateMessageRequest, ["flags"], "NUMBER_TYPE_COERCE"),
        (b'{"embeds":{}}', CreateMessageRequest, ["embeds"], "LIST_TYPE_CONVERT"),
        (b'{"allowed_mentions":7}', CreateMessageRequest, ["allowed_mentions"], "DICT_TYPE_CONVERT"),
        (b'{"allowed_mentions":{"parse":["x",1]}}', CreateMessageRequest, ["allowed_mentions", "parse"], ""),
        (b"{}", CreateGuildRequest, ["name"], "BASE_TYPE_REQUIRED"),
        (b'{"name":"a","permission_overwrites":[{}]}', CreateChannelRequest, ["permission_overwrites"], ""),
        (b'{"name":"a","parent_id":"abc"}', CreateChannelRequest, ["parent_id"], ""),
    ],
)
def test_a_wrong_field_is_named(body: bytes, kind: type[msgspec.Struct], path: list[str], code: str) -> None:
    status, answer = refusal(body, kind)
    assert (status, answer["code"], answer["message"]) == (400, 50035, "Invalid Form Body")
    errors: object = answer["errors"]
    for key in path:
        assert isinstance(errors, dict)
        errors = errors[key]
    assert isinstance(errors, dict)
    if code:
        assert errors["_errors"][0]["code"] == code


def test_an_index_is_a_key() -> None:
    _, answer = refusal(b'{"name":"a","permission_overwrites":[{"id":"1","type":"x"}]}', CreateChannelRequest)
    errors = msgspec.json.encode(answer["errors"])
    # msgspec does not say which element; the first stands for all.
    assert errors.startswith(b'{"permission_overwrites":{"0":{"type":{"_errors":[{"code":"NUMBER_TYPE_COERCE"')


@pytest.mark.parametrize(
    "body",
    [
        b"nul",
        b"{",
        b'{"content":"\xff"}',
        b'{"unknown":"\xff"}',
        b'{"content":"\\ud800"}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"embeds":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"nonce":NaN}',
        b"\xef\xbb\xbf{}",
    ],
)
def test_what_is_no_json_is_told(body: bytes) -> None:
    status, answer = refusal(body, CreateMessageRequest)
    assert (status, answer["code"]) == (400, 50109)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = sorted({field for kind in KINDS for field in kind.__struct_fields__} | {"id", "parse"})


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6) | JSON)
def test_any_json_is_taken_or_refused(kind: type[msgspec.Struct], body: object) -> None:
    _take_or_refuse(msgspec.json.encode(body), kind)


@given(st.sampled_from(KINDS), st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused(kind: type[msgspec.Struct], body: bytes) -> None:
    _take_or_refuse(body, kind)


def _take_or_refuse(body: bytes, kind: type[msgspec.Struct]) -> None:
    try:
        decode_body(body, kind)
    except ActionError as error:
        answer = msgspec.json.decode(error.encode(), type=dict[str, object])
        assert answer["code"] in (50035, 50109)
