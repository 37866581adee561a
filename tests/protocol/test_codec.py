"""The codec holds the wire's two oddities: ids and permissions are decimal strings, and absent is not null."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import codec
from tuichat.protocol.channel import Channel
from tuichat.protocol.guild import Role
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake

IDS = st.integers(min_value=0, max_value=2**63 - 1)


@given(IDS)
def test_ids_are_strings_on_the_wire_and_integers_inside(number: int) -> None:
    wire = codec.encode(Channel(id=Snowflake(number), type=0))
    assert f'"id":"{number}"'.encode() in wire
    assert codec.decode(wire, Channel).id == number


@given(IDS)
def test_an_integer_id_is_accepted_as_discord_py_sends_one(number: int) -> None:
    assert codec.decode(f'{{"id":{number},"type":0}}'.encode(), Channel).id == number


@pytest.mark.parametrize(
    "value", ['"１２"', '"1_2"', '" 1"', '"-1"', '""', "-1", "true", "1.5", "[1]", '"' + "9" * 20 + '"', str(2**63)]
)
def test_what_is_no_id_is_refused(value: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        codec.decode(f'{{"id":{value},"type":0}}'.encode(), Channel)


def test_permissions_are_strings_out_and_either_in() -> None:
    role = Role(id=Snowflake(1), name="r", permissions=Permissions.KICK_MEMBERS | Permissions.BYPASS_SLOWMODE)
    assert f'"permissions":"{(1 << 1) | (1 << 52)}"'.encode() in codec.encode(role)
    assert codec.decode(b'{"id":"1","name":"r","permissions":8}', Role).permissions == Permissions.ADMINISTRATOR
    assert codec.decode(b'{"id":"1","name":"r","permissions":"8"}', Role).permissions == Permissions.ADMINISTRATOR


def test_unknown_permission_bits_survive() -> None:
    future = 1 << 60
    assert codec.decode(f'{{"id":"1","name":"r","permissions":"{future}"}}'.encode(), Role).permissions == future


def test_absent_and_null_stay_apart() -> None:
    absent = codec.decode(b'{"id":"1","channel_id":"2","author":{"id":"3","username":"a"}}', Message)
    null = codec.decode(
        b'{"id":"1","channel_id":"2","author":{"id":"3","username":"a"},"referenced_message":null}', Message
    )
    assert absent.referenced_message is msgspec.UNSET
    assert null.referenced_message is None
    assert b"referenced_message" not in codec.encode(absent)
    assert b'"referenced_message":null' in codec.encode(null)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_json_is_a_request_or_a_validation_error(value: object) -> None:
    try:
        request = codec.decode(msgspec.json.encode(value), CreateMessageRequest)
    except msgspec.ValidationError:
        return
    assert isinstance(request, CreateMessageRequest)
