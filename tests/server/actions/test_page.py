"""What pages say they are about, whatever their bytes are."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.server.actions.page import Page, PagePicture, read_page

URL = "https://site.test/a/b"


def read(head: str, **fields: str) -> Page:
    return read_page(f"<!doctype html><html><head>{head}</head><body>".encode(), URL, **fields)


def test_open_graph_comes_before_twitter_and_plain_words() -> None:
    page = read(
        """<title>Plain</title><meta name="description" content="plain words"><meta name=twitter:title content=Bird>
        <meta property="og:title" content="A &amp; B"><meta property="og:description" content=" several
        lines "><meta property='og:site_name' content='Site'><meta property="og:type" content="article">
        <meta name="theme-color" content="#0f8"><meta property="og:image" content="/p.png">
        <meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">"""
    )
    assert page == Page(
        title="A & B",
        description="several lines",
        site="Site",
        kind="article",
        colour=0x00FF88,
        picture=PagePicture("https://site.test/p.png", 1200, 630),
    )


def test_a_plain_page_has_its_title_and_description() -> None:
    page = read("<title>Only\n this</title><meta name='Description' content='words'>")
    assert page == Page(title="Only this", description="words")
    assert read("") == Page()
    assert read_page(b"", URL) == Page()


def test_long_texts_are_cut_and_control_characters_dropped() -> None:
    page = read(f"<title>{'x' * 300}</title><meta name='description' content='a\u202eb\u0007c&#8206; {'y ' * 400}'>")
    assert page.title == "x" * 255 + "…"
    assert page.description is not None
    assert page.description.startswith("abc y y")
    assert len(page.description) <= 350


def test_what_stands_in_the_body_or_behind_the_head_is_not_read() -> None:
    assert read_page(b"<body><meta property='og:title' content='forged'>", URL) == Page()
    assert read_page(b"<div><title>no</title>", URL) == Page()
    assert read("<script>document.write(\"<meta property='og:title' content='x'>\")</script>") == Page()


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:image/png;base64,AA", "ftp://a/b.png", "http://[", "/a\u202e.png", "x" * 3000]
)
def test_a_picture_that_is_no_web_address_is_left_out(url: str) -> None:
    assert read(f"<title>t</title><meta property='og:image' content='{url}'>") == Page(title="t")


def test_letters_are_read_as_the_page_or_its_server_says() -> None:
    latin = "<html><head><meta charset='iso-8859-1'><title>Grüße</title>".encode("latin-1")
    assert read_page(latin, URL).title == "Grüße"
    assert read_page("<title>Привет</title>".encode("cp1251"), URL, "windows-1251").title == "Привет"
    assert read_page("<title>ok é</title>".encode(), URL, "base64").title == "ok é"
    assert read_page(b"<title>bad \xff</title>", URL, "nonsense").title == "bad \ufffd"


@given(st.binary(max_size=400), st.sampled_from([None, "utf-16", "idna", "punycode", "unicode_escape"]))
def test_no_bytes_raise_anything(body: bytes, charset: str | None) -> None:
    read_page(body, URL, charset)
    read_page(b"<meta property='og:image' content='" + body + b"'><title>" + body, URL, charset)


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", [b"<", b"<!", b"<!--", b"<a ", b"<a b='", b"&#", b"<title>", b"<meta ", b"<![CDATA[", b"</"]
)
def test_crafted_pages_cost_little(part: bytes) -> None:
    begin = time.process_time()
    read_page(part * (256 * 1024 // len(part)), URL)
    assert time.process_time() - begin < 3
