"""Addresses of brokers: what is read of them, and what of them is never shown."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.server.bus.nats_address import AddressError, NatsAddress


def test_user_and_password_are_taken_out_of_the_url() -> None:
    address = NatsAddress.parse("nats://ada:p%40ss%3A@a.example:4333,nats://b.example")
    assert address.servers == ("nats://a.example:4333", "nats://b.example:4222")
    assert (address.user, address.password, address.token) == ("ada", "p@ss:", None)
    assert "p@ss" not in f"{address} {address!r}"
    assert "p%40ss" not in f"{address} {address!r}"


def test_one_word_before_the_host_is_a_token() -> None:
    address = NatsAddress.parse("tls://t0ken@[::1]:4222/")
    assert address == NatsAddress(("tls://[::1]:4222",), token="t0ken", is_encrypted=True)
    assert "t0ken" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:4222",
        "http://s3cret@a",
        "nats://",
        "nats://a:s3cret@b:99999",
        "nats://a/s3cret",
        "nats://a?s3cret=1",
        "nats://a,tls://b",
        "nats://a:s3cret@b,nats://a:other@c",
        "nats://[s3cret",
    ],
)
def test_what_is_no_address_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(AddressError) as refused:
        NatsAddress.parse(url)
    assert "s3cret" not in str(refused.value)


@given(st.text(max_size=40) | st.text(max_size=40).map(lambda text: f"nats://{text}"))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with contextlib.suppress(AddressError):
        assert NatsAddress.parse(text).servers
