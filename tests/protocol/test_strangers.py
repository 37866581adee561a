"""Whatever parses strangers' bytes in `tuichat.protocol`: a value, or the documented error, and nothing else."""

import importlib
import json as plain_json
import pkgutil
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from tuichat.protocol import dispatch, gateway, json, rest, voice_gateway
from tuichat.protocol.dispatch.events import EVENTS, decode
from tuichat.protocol.dispatch.message import TypingStart
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp

JUNK: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=6),
    st.sampled_from([[], {}, [[]], {"id": "1"}, "1", -1, 2**63, 2**64, 10**30, "\x1b[31m", "\u202e", "\x00"]),
)
IDS = st.integers(0, 2**63 - 1)
MAX_NESTING = 4


def modules_in(package: ModuleType) -> list[ModuleType]:
    return [
        importlib.import_module(f"{package.__name__}.{each.name}") for each in pkgutil.iter_modules(package.__path__)
    ]


STRUCTS = sorted(
    {
        kind
        for module in (*modules_in(dispatch), *modules_in(rest), gateway, voice_gateway)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    },
    key=lambda kind: (kind.__module__, kind.__name__),
)


def _values(kind: inspect.Type, nesting: int) -> st.SearchStrategy[object]:
    """Return values that are mostly right for a type: a fuzzer that is always wrong never gets past the first key."""
    if nesting > MAX_NESTING:
        return JUNK
    match kind:
        case inspect.StructType():
            fields = {field.encode_name: _field_values(field.type, nesting + 1) for field in kind.fields}
            required = {field.encode_name: fields[field.encode_name] for field in kind.fields if field.required}
            optional = {name: values for name, values in fields.items() if name not in required}
            return st.fixed_dictionaries(required, optional=optional)
        case inspect.UnionType():
            return st.one_of([_values(member, nesting) for member in kind.types])
        case inspect.ListType() | inspect.VarTupleType():
            return st.lists(_values(kind.item_type, nesting + 1), max_size=2)
        case inspect.TupleType():
            return st.tuples(*[_values(item, nesting + 1) for item in kind.item_types])
        case inspect.DictType():
            return st.dictionaries(st.text(max_size=4), _values(kind.value_type, nesting + 1), max_size=2)
        case inspect.CustomType():
            return IDS | IDS.map(str)
        case inspect.IntType():
            return st.integers(-(2**63), 2**63)
        case inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case inspect.BoolType():
            return st.booleans()
        case inspect.StrType():
            return st.text(max_size=10)
        case inspect.NoneType():
            return st.none()
        case _:
            return JUNK


FEW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)


def _field_values(kind: inspect.Type, nesting: int) -> st.SearchStrategy[object]:
    values = _values(kind, nesting)
    return st.one_of(values, values, values, values, values, values, values, JUNK)


def read(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    body = data.draw(_field_values(inspect.type_info(kind), 0))
    try:
        value = json.decode(plain_json.dumps(body), kind)
    except ProtocolError as error:
        assert str(error).isprintable()  # noqa: PT017  # a value is fine too
        return
    assert isinstance(value, kind)


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
@settings(FEW, max_examples=4)
@given(data=st.data())
def test_a_struct_is_read_or_a_protocol_error(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    read(kind, data)


@pytest.mark.slow
@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
@settings(FEW, max_examples=25)
@given(data=st.data())
def test_a_struct_of_many_is_read_or_a_protocol_error(kind: type[msgspec.Struct], data: st.DataObject) -> None:
    read(kind, data)


def test_the_fuzzer_gets_right_values_through() -> None:
    taken = refused = 0

    @settings(max_examples=300, database=None, deadline=None, derandomize=True)
    @given(_values(inspect.type_info(TypingStart), 0))
    def count(body: object) -> None:
        nonlocal taken, refused
        try:
            json.decode(plain_json.dumps(body), TypingStart)
            taken += 1
        except ProtocolError:
            refused += 1

    count()
    assert taken > 5
    assert refused > 5


@pytest.mark.parametrize("parser", [Snowflake.parse, Permissions.parse])
@given(value=JUNK | st.text(st.characters()) | st.binary(max_size=10) | IDS.map(str))
def test_an_id_or_a_permission_is_read_or_a_value_error(parser: Any, value: object) -> None:
    try:
        number = parser(value)
    except ValueError as error:
        assert str(error).isprintable()  # noqa: PT017  # a value is fine too
        return
    assert 0 <= number < 2**63
    assert str(int(number)) == str(value).lstrip("0") or int(number) == 0 or value == number


@given(
    st.text(st.characters(), max_size=40) | st.datetimes().map(str) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d[+Z-].*")
)
def test_a_time_is_read_or_a_value_error(text: str) -> None:
    try:
        assert isinstance(parse_timestamp(text), int)
    except ValueError as error:
        assert str(error).isprintable()  # noqa: PT017  # a value is fine too


@given(st.integers(0, 253_402_300_799_999))
def test_a_time_comes_back_to_the_millisecond(unix_ms: int) -> None:
    assert parse_timestamp(format_timestamp(unix_ms)) == unix_ms


@given(name=st.sampled_from(sorted(EVENTS)) | st.text(max_size=10), body=st.binary(max_size=60))
def test_a_dispatch_of_any_bytes_is_read_or_a_documented_error(name: str, body: bytes) -> None:
    try:
        decode(name, body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        assert name in EVENTS  # an unknown name is None, whatever the body
