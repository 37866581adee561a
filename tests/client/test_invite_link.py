"""Invites are read as people pass them on, and written so that they are read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.client.invite_link import InviteLink, read_link, write_link
from tuichat.config.accounts import PersonalAddress, UrlAddress

CHAT = UrlAddress("https://chat.example.org")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("abc", InviteLink("abc")),
        (" https://chat.example.org/invite/abc/ ", InviteLink("abc")),
        ("https://chat.example.org/invite/abc?event=500", InviteLink("abc", 500)),
        ("abc?event=500#x", InviteLink("abc", 500)),
        ("abc?event=five", InviteLink("abc")),
        ("abc?event=" + "9" * 40, InviteLink("abc")),
    ],
)
def test_links_are_read(text: str, meant: InviteLink) -> None:
    assert read_link(text) == meant


@pytest.mark.parametrize("address", [CHAT, PersonalAddress()])
@pytest.mark.parametrize("event_id", [None, 500])
def test_what_is_written_is_read(address: UrlAddress | PersonalAddress, event_id: int | None) -> None:
    assert read_link(write_link(address, "abc", event_id)) == InviteLink("abc", event_id)


@given(st.text(max_size=100))
def test_any_text_is_read(text: str) -> None:
    assert isinstance(read_link(text).code, str)
