"""What the doctor says of proxies, and what it keeps to itself."""

import json

import pytest

from tuichat.cli import main
from tuichat.config.accounts import AccountBook, AccountRecord, UrlAddress
from tuichat.config.paths import Profile
from tuichat.doctor.findings import as_text
from tuichat.doctor.network import proxy_findings

CHAT, WORK = "https://chat.example.org", "https://work.example.net:8443"


def test_each_server_is_told_with_its_way() -> None:
    environment = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "work.example.net"}
    assert [each.sentence for each in proxy_findings([CHAT, WORK], environment)] == [
        "https://chat.example.org is reached through http://proxy.example:3128 (HTTPS_PROXY).",
        "https://work.example.net:8443 is reached directly.",
        "A server elsewhere is reached through http://proxy.example:3128 (HTTPS_PROXY).",
    ]


def test_without_proxies_everything_is_reached_directly() -> None:
    assert [each.sentence for each in proxy_findings([], {})] == ["A server elsewhere is reached directly."]


@pytest.mark.parametrize("url", ["socks5h://ada:hunter2000@proxy.example", "http://ada:hunter2000@proxy.example:none"])
def test_user_and_password_are_not_told(url: str) -> None:
    text = as_text(proxy_findings([CHAT], {"all_proxy": url}))
    assert "all_proxy" in text
    assert "hunter2000" not in text
    assert "ada" not in text


def test_doctor_names_the_servers_of_the_profile(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    AccountBook(Profile()).put(AccountRecord("sid", "1", "ada", "Ada", UrlAddress(CHAT, None)))
    monkeypatch.setenv("ALL_PROXY", "socks5h://ada:hunter2000@proxy.example")
    assert main(["doctor", "--json"]) == 0
    out = capsys.readouterr().out
    sentences = [each["sentence"] for each in json.loads(out) if each["topic"] == "proxy"]
    assert sentences[0] == (
        "https://chat.example.org is reached through socks5h://proxy.example:1080 (ALL_PROXY), with the user and the "
        "password that stand there."
    )
    assert "hunter2000" not in out
