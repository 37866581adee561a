"""The wall: which hosts and origins pass it, and whom a proxy may speak for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.server.request_guard import RequestGuard, TrustedProxies


def status(
    guard: RequestGuard, host: str, origin: str | None = None, *, local_address: str | None = "127.0.0.1"
) -> int:
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    refusal = guard.refuse(headers, scheme="http", local_address=local_address)
    return 200 if refusal is None else refusal.status


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8765", "127.0.0.1:8765", "127.8.9.1", "[::1]:80", "[::1]", "localhost.:1"]
)
def test_loopback_hosts_pass(host: str) -> None:
    assert status(RequestGuard(), host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:8765",
        "",
        "10.0.0.1",
        "[::2]",
        "[::1]evil",
        "a:b",
    ],
)
def test_other_hosts_are_misdirected(host: str) -> None:
    assert status(RequestGuard(), host) == 421


def test_the_public_name_passes() -> None:
    guard = RequestGuard(public_url="https://Chat.Example.org:8443/path")
    assert status(guard, "chat.example.org") == 200
    assert status(guard, "chat.example.org:8443") == 200
    assert status(guard, "evil.chat.example.org") == 421


def test_the_address_that_a_connection_came_in_on_passes() -> None:
    guard = RequestGuard()
    assert status(guard, "192.168.1.5:8765", local_address="192.168.1.5") == 200
    assert status(guard, "192.168.1.5:8765", local_address="192.168.1.6") == 421
    assert status(guard, "192.168.1.5", local_address=None) == 421
    assert status(guard, "192.168.1.5", local_address="::ffff:192.168.1.5") == 200
    assert status(guard, "[fe80::1]:1", local_address="fe80::1%eth0") == 200


def test_a_refused_host_is_refused_again() -> None:
    guard = RequestGuard()
    assert [status(guard, "evil.example"), status(guard, "localhost"), status(guard, "evil.example")] == [421, 200, 421]


def test_one_host_header_is_needed() -> None:
    guard = RequestGuard()
    for headers in ([], [(b"host", b"localhost"), (b"host", b"localhost")]):
        refusal = guard.refuse(headers, scheme="http", local_address=None)
        assert refusal is not None
        assert refusal.status == 400


def test_own_origin_passes_and_others_do_not() -> None:
    guard = RequestGuard(allowed_origins=["https://app.example.org/"])
    assert status(guard, "127.0.0.1:8765", "http://127.0.0.1:8765") == 200
    assert status(guard, "127.0.0.1:8765", "http://127.0.0.1:3000") == 403  # another program of this machine
    assert status(guard, "127.0.0.1:8765", "https://127.0.0.1:8765") == 403
    assert status(guard, "127.0.0.1:8765", "null") == 403
    assert status(guard, "127.0.0.1:8765", "https://evil.example") == 403
    assert status(guard, "127.0.0.1:8765", "https://app.example.org") == 200


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_bytes_are_judged_without_a_fault(host: bytes, origin: bytes) -> None:
    guard = RequestGuard(public_url="https://chat.example.org")
    refusal = guard.refuse([(b"host", host), (b"origin", origin)], scheme="http", local_address="127.0.0.1")
    # None of these bytes name this host, or an origin of its own.
    assert refusal is not None
    assert refusal.status in (400, 403, 421)


def test_only_a_trusted_proxy_says_who_the_client_is() -> None:
    proxies = TrustedProxies(["10.0.0.0/8"])
    forwarded = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.9"), (b"x-forwarded-for", b"10.1.1.1")]
    assert proxies.client_address(forwarded, "10.0.0.1") == "203.0.113.9"
    assert proxies.client_address(forwarded, "::ffff:10.0.0.1") == "203.0.113.9"
    assert proxies.client_address(forwarded, "192.0.2.1") == "192.0.2.1"
    assert proxies.client_address([(b"x-forwarded-for", b"junk")], "10.0.0.1") == "10.0.0.1"
    assert proxies.client_address([], "10.0.0.1") == "10.0.0.1"


def test_only_a_trusted_proxy_says_that_it_speaks_tls() -> None:
    headers = [(b"x-forwarded-proto", b"https")]
    assert TrustedProxies(["127.0.0.1"]).scheme(headers, "127.0.0.1", "http") == "https"
    assert TrustedProxies(["127.0.0.2"]).scheme(headers, "127.0.0.1", "http") == "http"
    assert TrustedProxies(["127.0.0.1"]).scheme([(b"x-forwarded-proto", b"gopher")], "127.0.0.1", "http") == "http"


@pytest.mark.parametrize(
    ("peer", "is_refused"),
    [
        ("10.9.9.9", False),
        ("::ffff:10.9.9.9", False),
        ("127.0.0.1", False),
        ("::1", False),
        (None, False),  # a Unix socket
        ("10.9.9.8", True),
        ("192.168.1.7", True),
        ("2001:db8::1", True),
        ("", True),
    ],
)
def test_past_a_proxy_that_is_needed_nobody_comes(peer: str | None, is_refused: bool) -> None:
    refusal = TrustedProxies(["10.9.9.9"], are_required=True).refuse(peer)
    assert (refusal is not None) is is_refused
    if refusal is not None:
        assert refusal.status == 403
        assert "--trusted-proxy" in refusal.message
    assert TrustedProxies(["10.9.9.9"]).refuse(peer) is None


def test_a_wrong_proxy_is_named() -> None:
    with pytest.raises(ValueError, match=r"proxy\.example"):
        TrustedProxies(["proxy.example"])
