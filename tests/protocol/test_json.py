"""Strangers' JSON: every fault is a ProtocolError that says what is wrong."""

import json as plain_json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import json
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.snowflake import Snowflake


class Body(msgspec.Struct, frozen=True):
    number: int = 0
    text: str = ""
    anything: Any = None
    id: Snowflake | None = None
    raw: msgspec.Raw = msgspec.Raw(b"null")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "truncated"),
        (b"{", "truncated"),
        (b"\x00", "invalid character"),
        (b"\xef\xbb\xbf{}", "invalid character"),
        (b"{}{}", "trailing"),
        (b'{"anything":NaN}', "invalid character"),
        (b'{"anything":Infinity}', "invalid character"),
        (b'{"anything":-Infinity}', "invalid character"),
        (b'{"anything":1e999}', "out of range"),
        (b'{"anything":' + b"9" * 5000 + b"}", "out of range"),
        (b'{"number":"1"}', "Expected `int`"),
        (b'{"number":true}', "Expected `int`"),
        (b'{"text":"\xff"}', "utf-8"),
        (b'{"text":"\xed\xa0\x80"}', "utf-8"),
        (b'{"text":"\\ud800 alone"}', "malformed"),
        (b'{"text":"\\udc00 alone"}', "surrogate"),
        (b'{"id":"-1"}', "snowflake"),
        (b'{"id":"\xd9\xa1"}', "snowflake"),
        (b'{"id":99999999999999999999}', "snowflake"),
        ('{"text":"\ud800"}', "lone surrogate"),
        (b"[" * 5000, "deeper than 64"),
        (b'{"raw":' + b"[" * 5000, "deeper than 64"),
    ],
)
def test_a_fault_is_named(data: bytes | str, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        json.decode(data, Body, source="the body")


def test_depth_without_a_bound_is_still_an_error_not_a_crash() -> None:
    with pytest.raises(ProtocolError, match="nested"):
        json.decode(b"[" * 100_000, msgspec.Raw, source="the body", max_depth=None)


def test_brackets_in_strings_are_no_depth() -> None:
    body = json.decode(plain_json.dumps({"text": '[{"\\' * 500}), Body)
    assert body.text == '[{"\\' * 500


def test_object_stands_for_any_json() -> None:
    assert json.decode(b'{"content":{"_errors":[{"code":"X"}]}}', object) == {"content": {"_errors": [{"code": "X"}]}}
    for value in (b"1", b"null", b'"a"', b"[]"):
        json.decode(value, object)


def test_many_shallow_lists_are_allowed() -> None:
    assert json.decode(b"[" + b",".join([b"[]"] * 500) + b"]", list[list[int]]) == [[]] * 500


def test_the_size_limit_is_in_the_sentence() -> None:
    with pytest.raises(ProtocolError, match="the body has 101 bytes, the limit is 100"):
        json.decode(b" " * 101, Body, source="the body", max_bytes=100)
    assert json.decode(b" " * 101 + b"{}", Body, max_bytes=None) == Body()


def test_a_decoder_that_skips_bad_text_is_backed_by_a_check() -> None:
    data = b'{"unknown":"\xff"}'
    assert json.decode(data, Body) == Body()
    with pytest.raises(ProtocolError, match="byte 12"):
        json.check_utf8(data, "the payload")


def test_an_error_repeats_no_control_characters_of_a_stranger() -> None:
    class Tagged(msgspec.Struct, tag="a"):
        pass

    with pytest.raises(ProtocolError) as caught:
        json.decode(plain_json.dumps({"type": "\x1b[31m" + "x" * 500}), Tagged)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_a_protocol_error(data: bytes) -> None:
    for kind in (Body, object, msgspec.Raw, list[int], Snowflake):
        try:
            json.decode(data, kind)
        except ProtocolError as error:
            assert str(error).isprintable()  # noqa: PT017  # a value is fine too, so pytest.raises does not fit


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_any_json_gives_a_value_or_a_protocol_error(value: object) -> None:
    text = plain_json.dumps({"number": value, "text": value, "anything": value, "id": value, "raw": value})
    try:
        json.decode(text, Body)
    except ProtocolError as error:
        assert str(error)  # noqa: PT017  # as above


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_honest_text_comes_through_unchanged(text: str) -> None:
    assert json.decode(plain_json.dumps({"text": text}), Body).text == text
