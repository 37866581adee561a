"""Error answers become sentences for the user."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.client.errors import RefusedError, UnreachableError
from tuichat.client.refusal import refusal

TOO_LONG = (
    b'{"message": "Invalid Form Body", "code": 50035, "errors": {"content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH",'
    b' "message": "Must be 2000 or fewer in length."}]}}}'
)


def test_field_faults_name_field_and_limit() -> None:
    error = refusal("host", 400, TOO_LONG)
    assert str(error) == "content: Must be 2000 or fewer in length."
    assert (error.status, error.code) == (400, 50035)
    assert not error.is_transient


def test_faults_deep_in_lists_are_found() -> None:
    body = b'{"message": "x", "code": 50035, "errors": {"embeds": {"0": {"title": {"_errors": [{"message": "Too long"}]}}}}}'
    assert str(refusal("host", 400, body)) == "embeds.0.title: Too long."


def test_server_fault_is_worth_another_try() -> None:
    error = refusal("host", 503, b"<html>")
    assert isinstance(error, UnreachableError)
    assert error.is_transient
    assert "503" in str(error)


def test_lost_token_says_what_to_do() -> None:
    assert "sign in again" in str(refusal("host", 401, b'{"message": "401: Unauthorized", "code": 0}'))


def test_redirect_is_not_followed_but_told() -> None:
    error = refusal("host", 302, b"", "https://elsewhere\x1b[2J/")
    assert "https://elsewhere" in str(error)
    assert "\x1b" not in str(error)


@given(st.sampled_from([300, 400, 401, 403, 404, 418, 500, 599, 999]), st.binary())
def test_any_body_makes_one_printable_sentence(status: int, body: bytes) -> None:
    error = refusal("host", status, body)
    assert isinstance(error, RefusedError | UnreachableError)
    assert str(error)
    assert str(error).isprintable()


@pytest.mark.parametrize("depth", [10, 60, 100_000])
def test_deep_errors_are_harmless(depth: int) -> None:
    body = b'{"message": "no", "code": 1, "errors": ' + b'{"a":' * depth + b"1" + b"}" * depth + b"}"
    assert refusal("host", 400, body).status == 400


def test_one_fault_of_two_fields_is_told_once() -> None:
    fault = b'{"_errors": [{"code": "INVALID_LOGIN", "message": "Login or password is invalid."}]}'
    body = b'{"message": "x", "code": 50035, "errors": {"login": ' + fault + b', "password": ' + fault + b"}}"
    assert str(refusal("host", 400, body)) == "login, password: Login or password is invalid."
