"""The gateway's URL, from both ends."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.compression import Compression
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway_connection import ConnectionQuery, connection_url, is_safe_resume_url


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("v=10&encoding=json", ConnectionQuery()),
        ("?v=9&encoding=json", ConnectionQuery(version=9)),
        ("", ConnectionQuery()),
        ("v=10&encoding=json&compress=zlib-stream", ConnectionQuery(compression=Compression.ZLIB_STREAM)),
        ("v=10&compress=zstd-stream&x=1&y", ConnectionQuery(compression=Compression.ZSTD_STREAM)),
        ("v=10&encoding=etf", ConnectionQuery(encoding="etf")),
        ("v=ten", ConnectionQuery(version=None)),
        ("v=%D9%A1%D9%A0", ConnectionQuery(version=None)),
        ("v=99999999999999999999", ConnectionQuery(version=None)),
        ("v=10&compress=lzma", ConnectionQuery(compression=None)),
    ],
)
def test_a_query_says_what_is_wanted(query: str, expected: ConnectionQuery) -> None:
    assert ConnectionQuery.parse(query) == expected


def test_an_absurd_query_is_refused_with_the_limit() -> None:
    with pytest.raises(ProtocolError, match="limit is 2048"):
        ConnectionQuery.parse("v=10&" + "x" * 3000)
    with pytest.raises(ProtocolError, match="not valid"):
        ConnectionQuery.parse("&".join(f"k{number}=1" for number in range(100)))


@given(st.text(max_size=100))
def test_any_query_is_read_or_a_protocol_error(query: str) -> None:
    try:
        ConnectionQuery.parse(query)
    except ProtocolError as error:
        assert str(error).isprintable()  # noqa: PT017  # a query is fine too


@pytest.mark.parametrize("compression", list(Compression))
def test_what_a_client_opens_the_server_reads(compression: Compression) -> None:
    url = connection_url("wss://chat.example/gateway", compression)
    assert ConnectionQuery.parse(urlsplit(url).query) == ConnectionQuery(compression=compression)


@pytest.mark.parametrize(
    ("gateway_url", "opened"),
    [
        ("ws://127.0.0.1:8765", "ws://127.0.0.1:8765/?v=10&encoding=json"),
        ("wss://h/gateway", "wss://h/gateway?v=10&encoding=json"),
        ("wss://h/?v=6&encoding=etf#x", "wss://h/?v=10&encoding=json"),
        ("ws://[::1]:1/", "ws://[::1]:1/?v=10&encoding=json"),
    ],
)
def test_a_gateway_keeps_its_path(gateway_url: str, opened: str) -> None:
    assert connection_url(gateway_url, Compression.NONE) == opened


@pytest.mark.parametrize(
    ("resume_url", "gateway_url", "is_safe"),
    [
        ("wss://gateway-us-east1-b.discord.gg", "wss://gateway.discord.gg", True),
        ("ws://127.0.0.1:8765", "ws://127.0.0.1:8765", True),
        ("wss://h", "ws://h", True),
        ("ws://h", "wss://h", False),
        ("http://h", "ws://h", False),
        ("file:///etc/passwd", "ws://h", False),
        ("ws://user:password@h", "ws://h", False),
        ("ws://h:99999", "ws://h", False),
        ("ws://[::1", "ws://h", False),
        ("ws://h/\r\nX: y", "ws://h", False),
        ("ws://", "ws://h", False),
        ("", "ws://h", False),
        ("ws://h/" + "x" * 3000, "ws://h", False),
    ],
)
def test_a_resume_url_must_not_give_up_safety(resume_url: str, gateway_url: str, is_safe: bool) -> None:
    assert is_safe_resume_url(resume_url, gateway_url) is is_safe


@given(st.text(max_size=60))
def test_any_text_is_judged_as_a_resume_url(text: str) -> None:
    for url in (text, f"ws://{text}", f"wss://{text}"):
        if is_safe_resume_url(url, "ws://h"):
            opened = urlsplit(connection_url(url, Compression.NONE))
            assert opened.scheme in ("ws", "wss")
            assert opened.hostname
            assert opened.username is None
            assert ConnectionQuery.parse(opened.query) == ConnectionQuery()
            assert is_safe_resume_url(url, "wss://h") == (opened.scheme == "wss")


@given(st.from_regex(r"wss?://[a-z0-9.-]{1,20}(:[0-9]{1,5})?(/[a-z0-9/]{0,10})?", fullmatch=True))
def test_a_plain_url_may_be_resumed_at_unless_its_port_is_none(url: str) -> None:
    port = urlsplit(url).netloc.partition(":")[2]
    assert is_safe_resume_url(url, "ws://h") == (not port or int(port) <= 65535)
