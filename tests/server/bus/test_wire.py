"""Messages between nodes: there and back, and nothing but ProtocolError for what is none."""

import contextlib
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.bus.wire import (
    MAX_MESSAGE_BYTES,
    Answer,
    Ask,
    Farewell,
    Heads,
    PrivateAsk,
    PrivatePage,
    Said,
    Told,
    decode,
    decode_as,
    encode,
)

NODE = "0123456789abcdef"
EVENT = Event(name="MESSAGE_CREATE", body=b"{}", guild_id=Snowflake(1 << 62), user_ids=frozenset({Snowflake(5)}), seq=3)
MESSAGES = [Told(NODE, 4, EVENT), Heads(NODE, 1, 2, 3, [(1 << 62, 9)]), Ask(NODE), Said(NODE, b"x"), Farewell(NODE)]


@pytest.mark.parametrize("message", MESSAGES)
def test_messages_come_back_as_they_were(message: Told | Heads | Ask | Said | Farewell) -> None:
    assert decode(encode(message)) == message


def test_structs_of_calls_come_back_as_they_were() -> None:
    for struct in (PrivateAsk(1, 2), PrivatePage(4, [(3, EVENT)]), Answer(b"yes"), Answer(problem="busy")):
        assert decode_as(encode(struct), type(struct)) == struct


def test_another_version_is_refused_by_name() -> None:
    with pytest.raises(ProtocolError, match="version 1, got 2"):
        decode(b"\x02" + encode(MESSAGES[0])[1:])


def test_too_much_is_refused_unread() -> None:
    with pytest.raises(ProtocolError, match="bytes"):
        decode(bytes(MAX_MESSAGE_BYTES + 1))


@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda data: b"\x01" + data))
@example(b"\x01" + b"\x91" * 100_000)
@example(b"\x01" + b"\x81\xa1a" * 100_000)
def test_any_bytes_are_a_message_or_a_protocol_error(data: bytes) -> None:
    readers: list[Callable[[bytes], msgspec.Struct]] = [
        decode,
        lambda data: decode_as(data, PrivatePage),
        lambda data: decode_as(data, Answer),
    ]
    for read in readers:
        with contextlib.suppress(ProtocolError):
            assert isinstance(read(data), msgspec.Struct)


@given(st.sampled_from(MESSAGES), st.data())
def test_a_message_with_a_changed_byte_is_a_message_or_a_protocol_error(
    message: Told | Heads | Ask | Said | Farewell, draw: st.DataObject
) -> None:
    data = bytearray(encode(message))
    place = draw.draw(st.integers(0, len(data) - 1))
    data[place] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        assert decode(bytes(data))
