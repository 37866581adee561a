"""Settings protos: fields of a change take the place of the stored ones, and strangers' bytes are data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.proto_fields import MAX_FIELDS, merge, split, with_data_version

STATUS = b"\x5a\x03dnd"  # field 11, three bytes
THEME = b"\x6a\x01x"  # field 13
NUMBER = b"\x10\x96\x01"  # field 2, 150
FIXED64, FIXED32 = b"\x19" + b"8" * 8, b"\x25" + b"4" * 4


def test_a_change_replaces_the_fields_that_it_has_and_leaves_the_others() -> None:
    stored = NUMBER + STATUS + FIXED64 + FIXED32
    assert merge(stored, b"\x5a\x06online") == NUMBER + FIXED64 + FIXED32 + b"\x5a\x06online"
    assert merge(b"", STATUS + THEME) == STATUS + THEME
    assert merge(STATUS, b"") == STATUS
    assert merge(STATUS + THEME + STATUS, THEME + THEME) == STATUS + STATUS + THEME + THEME


def test_the_data_version_is_the_servers() -> None:
    versioned = with_data_version(STATUS, 300)
    assert versioned == b"\x0a\x03\x18\xac\x02" + STATUS
    clients = b"\x0a\x04\x08\x05\x18\x63"  # client version 5, data version 99
    assert with_data_version(clients + THEME, 1) == b"\x0a\x04\x08\x05\x18\x01" + THEME


@pytest.mark.parametrize(
    "content",
    [
        b"\x00",
        b"\x5a",
        b"\x5a\x04abc",
        b"\x19\x00",
        b"\x25\x00",
        b"\x5b",
        b"\x5c",
        b"\x5f",
        b"\x10" + b"\xff" * 10,
        b"\xff",
    ],
)
def test_what_is_no_message_is_refused(content: bytes) -> None:
    with pytest.raises(ProtocolError):
        split(content)


def test_a_message_has_so_many_fields() -> None:
    assert len(split(b"\x10\x01" * MAX_FIELDS)) == MAX_FIELDS
    with pytest.raises(ProtocolError, match=str(MAX_FIELDS)):
        split(b"\x10\x01" * (MAX_FIELDS + 1))


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers(0, 2**31))
def test_strangers_bytes_are_refused_or_kept_whole(stored: bytes, change: bytes, version: int) -> None:
    try:
        fields = split(change)
        merged = merge(stored, change)
        numbered = with_data_version(merged, version)
    except ProtocolError:
        return
    assert b"".join(content for _, content in fields) == change
    assert [field for field in split(merged) if field[0] in dict(fields)] == fields
    assert with_data_version(numbered, version) == numbered
