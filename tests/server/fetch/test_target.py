"""URLs of strangers, before anything is looked up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.server.fetch.errors import FetchRefused
from tuichat.server.fetch.target import Target, follow, parse_target


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://site.test", Target("http", "site.test", 80, "/")),
        ("HTTPS://Site.Test:8443/a/b?c=d#e", Target("https", "site.test", 8443, "/a/b?c=d")),
        ("https://bücher.example/ä?ö=ü", Target("https", "xn--bcher-kva.example", 443, "/%C3%A4?%C3%B6=%C3%BC")),
        ("https://[2606:4700::1]/", Target("https", "2606:4700::1", 443, "/")),
        ("http://site.test/a%20b", Target("http", "site.test", 80, "/a%20b")),
        ('http://site.test/"<>', Target("http", "site.test", 80, "/%22%3C%3E")),
    ],
)
def test_good_ones(url: str, target: Target) -> None:
    assert parse_target(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://site.test/", "file:///etc/passwd", "gopher://site.test/", "javascript:alert(1)", "//site.test/", "http:///a",
        "http://user@site.test/", "http://user:password@site.test/", "http://site.test:25/", "http://site.test:22/",
        "http://site.test:0/", "http://site.test:99999/", "http://site.test:x/", "http://[::1", "http://[fe80::1%25eth0]/",
        "http://si te.test/", "http://site.test/\r\nHost: other", "http://site.test/\0", "http://.../", "http://" + "a" * 300,
        "http://a.test/" + "a" * 2048, "http://xn--\ud800/", "http://[v1.x]/",
    ],
)  # fmt: skip
def test_others_are_refused(url: str) -> None:
    with pytest.raises(FetchRefused):
        parse_target(url)


def test_redirects_are_read_beside_where_they_come_from() -> None:
    start = parse_target("https://site.test/a/b?c")
    assert follow(start, "d").url == "https://site.test/a/d"
    assert follow(start, "/d?e").url == "https://site.test/d?e"
    assert follow(start, "//other.test:8080/").url == "https://other.test:8080/"
    for location in ("file:///etc/passwd", "http://user@site.test/", "http://[", "http://a.test:22/"):
        with pytest.raises(FetchRefused):
            follow(start, location)


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://["]))
def test_nothing_else_is_raised_and_what_passes_holds_one_line(text: str, scheme: str) -> None:
    try:
        target = parse_target(scheme + text)
    except FetchRefused:
        return
    written = f"{target.host_header} {target.path}"
    assert written.isascii()
    assert written.isprintable()
    assert written.count(" ") == 1
