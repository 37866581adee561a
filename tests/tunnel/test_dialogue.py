"""What is said to a proxy, and what is made of its answers, byte by byte."""

import base64
import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.tunnel.dialogue import MAX_HEAD_BYTES, dialogue_with
from tuichat.tunnel.errors import LineError, ProxyError, TunnelError
from tuichat.tunnel.proxy import parse_proxy

HOST, PORT = "chat.example.org", 8443
PASSWORD = "hunter2000"
OPENED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"


def said(proxy: str, *answers: bytes, host: str = HOST, bytewise: bool = False) -> tuple[list[bytes], bool]:
    """Return what was sent to a proxy that answers this way, and whether the line is open."""
    dialogue = dialogue_with(parse_proxy(proxy, "HTTPS_PROXY"), host, PORT)
    sent = [next(dialogue)]
    for answer in answers:
        pieces = [bytes([byte]) for byte in answer] if bytewise else [answer]
        for piece in pieces:
            try:
                sent.append(dialogue.send(piece))
            except StopIteration:
                return [each for each in sent if each], True
    return [each for each in sent if each], False


@pytest.mark.parametrize("bytewise", [False, True])
def test_connect_opens_a_line(bytewise: bool) -> None:
    answer = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"
    sent, is_open = said("http://proxy", answer, bytewise=bytewise)
    assert sent == [b"CONNECT chat.example.org:8443 HTTP/1.1\r\nHost: chat.example.org:8443\r\n\r\n"]
    assert is_open


@pytest.mark.parametrize("status_line", [b"HTTP/1.0 200", b"HTTP/1.1 299 ", b"HTTP/1.1 200 \xff\xfe"])
def test_connect_takes_every_success(status_line: bytes) -> None:
    assert said("http://proxy", status_line + b"\r\n\r\n")[1]


def test_connect_tells_user_and_password() -> None:
    (sent,), _ = said("http://ada:p%C3%A4ss%3A@proxy")
    login = sent.split(b"Proxy-Authorization: Basic ")[1].split(b"\r\n")[0]
    assert base64.b64decode(login).decode() == "ada:päss:"


def test_connect_puts_brackets_around_an_ipv6_address() -> None:
    (sent,), _ = said("http://proxy", host="2001:db8::7")
    assert sent.startswith(b"CONNECT [2001:db8::7]:8443 HTTP/1.1\r\n")


@pytest.mark.parametrize("bytewise", [False, True])
def test_socks_opens_a_line(bytewise: bool) -> None:
    sent, is_open = said("socks5h://proxy", b"\x05\x00", OPENED, bytewise=bytewise)
    assert sent == [b"\x05\x01\x00", b"\x05\x01\x00\x03\x10chat.example.org\x20\xfb"]
    assert is_open


def test_socks_tells_user_and_password_when_it_is_asked() -> None:
    sent, is_open = said("socks5h://ada:p%C3%A4ss@proxy", b"\x05\x02", b"\x01\x00", OPENED)
    assert sent[:2] == [b"\x05\x02\x00\x02", b"\x01\x03ada\x05p\xc3\xa4ss"]
    assert is_open
    sent, is_open = said("socks5h://ada:secret@proxy", b"\x05\x00", OPENED)
    assert not any(b"secret" in each for each in sent)
    assert is_open


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", b"\x01\xc0\x00\x02\x07"),
        ("2001:db8::7", b"\x04" + bytes.fromhex("20010db8000000000000000000000007")),
    ],
)
def test_socks_says_addresses_as_such(host: str, address: bytes) -> None:
    sent, _ = said("socks5://proxy", b"\x05\x00", host=host)
    assert sent[1] == b"\x05\x01\x00" + address + b"\x20\xfb"


@pytest.mark.parametrize("end", [b"\x01" + bytes(6), b"\x04" + bytes(18), b"\x03\x02ab" + bytes(2)])
def test_socks_reads_every_kind_of_address(end: bytes) -> None:
    assert said("socks5h://proxy", b"\x05\x00", b"\x05\x00\x00" + end)[1]


@pytest.mark.parametrize(
    ("proxy", "answers", "kind", "words"),
    [
        ("http://p", [b"HTTP/1.1 407 x\r\n\r\n"], ProxyError, "as http://USER:PASSWORD@p:80"),
        (
            f"http://u:{PASSWORD}@p",
            [b"HTTP/1.1 407 x\r\n\r\n"],
            ProxyError,
            "does not accept the user and the password",
        ),
        ("http://p", [b"HTTP/1.1 403 x\r\n\r\n"], ProxyError, "HTTP status 403.*NO_PROXY"),
        ("http://p", [b"HTTP/1.1 502 x\r\n\r\n"], LineError, "did not get through.*HTTP status 502"),
        ("http://p", [b"SSH-2.0-OpenSSH_9\r\n"], ProxyError, "is no HTTP proxy.*HTTPS_PROXY"),
        ("http://p", [b"HTTP/1.1 200 x\r\n\r\n\x16"], ProxyError, "is no HTTP proxy"),
        ("http://p", [b"HTTP/1.1 200 x\r\n" + b"x" * MAX_HEAD_BYTES], ProxyError, "is no HTTP proxy"),
        ("socks5://p", [b"\x05\xff"], ProxyError, "as socks5://USER:PASSWORD@p:1080"),
        (f"socks5://u:{PASSWORD}@p", [b"\x05\xff"], ProxyError, "does not accept"),
        (f"socks5://u:{PASSWORD}@p", [b"\x05\x02", b"\x01\x01"], ProxyError, "does not accept"),
        ("socks5://p", [b"\x05\x02"], ProxyError, "is no SOCKS5 proxy"),
        ("socks5://p", [b"HT"], ProxyError, "is no SOCKS5 proxy"),
        ("socks5://p", [b"\x05\x00", b"\x05\x02"], ProxyError, "rules do not allow"),
        ("socks5://p", [b"\x05\x00", b"\x05\x05\x00\x01" + bytes(6)], LineError, "server refused"),
        ("socks5://p", [b"\x05\x00", b"\x05\x04"], LineError, "unreachable, or its name is not known"),
        ("socks5://p", [b"\x05\x00", b"\x05\x63"], LineError, "it answered 99"),
        ("socks5://p", [b"\x05\x00", b"\x05\x00\x00\x09"], ProxyError, "is no SOCKS5 proxy"),
        ("socks5://p", [b"\x05\x00", OPENED + b"x"], ProxyError, "is no SOCKS5 proxy"),
        (f"socks5://u:{PASSWORD * 30}@p", [b"\x05\x02"], ProxyError, "longer than the 255 bytes"),
    ],
)
def test_what_a_proxy_refuses_is_told_with_what_to_do(
    proxy: str, answers: list[bytes], kind: type[TunnelError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        said(proxy, *answers)
    assert type(caught.value) is kind
    assert PASSWORD not in str(caught.value)


@given(st.sampled_from(["http://u:p@p", "socks5h://u:p@p", "socks5://p"]), st.lists(st.binary(min_size=1), max_size=6))
def test_no_answer_raises_anything_else(proxy: str, answers: list[bytes]) -> None:
    with contextlib.suppress(TunnelError):
        said(proxy, *answers)


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=30))
def test_no_reply_of_socks_raises_anything_else(method: int, reply: int, rest: bytes) -> None:
    answers = itertools.chain([bytes([5, method])], [bytes([5, reply])], [rest] if rest else [])
    with contextlib.suppress(TunnelError):
        said("socks5h://u:p@p", *answers)
