"""Addresses as people type them, and which of them may be given a token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.client.endpoint import check_token_allowed, parse_url
from tuichat.client.errors import NotPermittedHereError
from tuichat.client.locator import gateway_endpoint


@pytest.mark.parametrize(
    ("typed", "url", "gateway"),
    [
        ("chat.example.org", "https://chat.example.org", "wss://chat.example.org/"),
        (" https://chat.example.org/ ", "https://chat.example.org", "wss://chat.example.org/"),
        ("Chat.Example.org:8443/login", "https://chat.example.org:8443", "wss://chat.example.org:8443/"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765", "ws://127.0.0.1:8765/"),
        ("http://localhost:8765", "http://localhost:8765", "ws://localhost:8765/"),
        ("http://[::1]:8765", "http://[::1]:8765", "ws://[::1]:8765/"),
        ("https://bücher.example", "https://xn--bcher-kva.example", "wss://xn--bcher-kva.example/"),
    ],
)
def test_url_is_read_as_meant(typed: str, url: str, gateway: str) -> None:
    assert parse_url(typed).url == url
    assert parse_url(typed).gateway_url == gateway


@pytest.mark.parametrize(
    "typed",
    [
        "", "   ", "https://", "ftp://example.org", "javascript:alert(1)", "https://a b", "https://h:99999", "https://[::1",
        "http://example.org", "http://10.0.0.1", "https://user:secret@example.org", "x" * 600, "https://exa\x1b[31mmple",
    ],
)  # fmt: skip
def test_other_text_is_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(NotPermittedHereError) as caught:
        parse_url(typed)
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


@given(st.text())
def test_any_text_is_a_url_or_refused(text: str) -> None:
    try:
        endpoint = parse_url(text)
    except NotPermittedHereError:
        return
    assert parse_url(endpoint.url) == endpoint


@pytest.mark.parametrize("host", ["discord.com", "canary.discord.com", "discordapp.com", "DISCORD.COM", "discord.com."])
def test_discord_gets_bot_tokens_only(host: str) -> None:
    endpoint = parse_url(f"https://{host}")
    check_token_allowed(endpoint, "Bot abc")
    for token in ("abc", None):
        with pytest.raises(NotPermittedHereError, match="Discord forbids"):
            check_token_allowed(endpoint, token)


def test_other_hosts_get_any_token() -> None:
    for host in ("notdiscord.com", "discord.com.example.org"):
        check_token_allowed(parse_url(f"https://{host}"), "abc")


def test_foreign_gateway_may_stand_elsewhere_but_not_in_the_clear() -> None:
    discord = parse_url("https://discord.com")
    assert gateway_endpoint(discord, "wss://gateway.discord.gg").url == "https://gateway.discord.gg"
    for url in ("ws://gateway.discord.gg", "https://x", "wss://user@host", "ws://127.0.0.1", "wss://[", ""):
        with pytest.raises(NotPermittedHereError):
            gateway_endpoint(discord, url)
