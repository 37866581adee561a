"""Which options of a server go together, and which would expose people."""

from pathlib import Path

import msgspec
import pytest

from tuichat.server.options import OptionsError, ServeOptions, is_loopback

DATA = Path("/data")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.1", False),
        ("localhost.example.org", False),
        ("", False),
    ],
)
def test_loopback_is_known(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_beyond_this_machine_needs_tls_or_a_proxy_or_a_word(tmp_path: Path) -> None:
    with pytest.raises(OptionsError, match=r"Others can reach 0\.0\.0\.0"):
        ServeOptions(data=DATA, host="0.0.0.0")
    file = tmp_path / "pem"
    file.touch()
    ServeOptions(data=DATA, host="0.0.0.0", tls_cert=file, tls_key=file)
    ServeOptions(data=DATA, host="0.0.0.0", trusted_proxy=("10.0.0.1",))
    ServeOptions(data=DATA, host="0.0.0.0", insecure=True)


def test_options_are_checked_when_they_are_changed_too() -> None:
    with pytest.raises(OptionsError):
        msgspec.structs.replace(ServeOptions(data=DATA), host="0.0.0.0")


def test_key_needs_a_certificate_which_may_hold_the_key(tmp_path: Path) -> None:
    file = tmp_path / "pem"
    file.touch()
    ServeOptions(data=DATA, tls_cert=file)
    with pytest.raises(OptionsError, match="--tls-key needs --tls-cert"):
        ServeOptions(data=DATA, tls_key=file)
    with pytest.raises(OptionsError, match="There is no file /nowhere"):
        ServeOptions(data=DATA, tls_cert=Path("/nowhere"), tls_key=file)


@pytest.mark.parametrize("port", [-1, 65536])
def test_ports_that_do_not_exist_are_refused(port: int) -> None:
    with pytest.raises(OptionsError, match=f"got {port}"):
        ServeOptions(data=DATA, port=port)
    with pytest.raises(OptionsError, match=f"--voice-port.*got {port}"):
        ServeOptions(data=DATA, voice_port=port)


@pytest.mark.parametrize("number", [0, -1, 1_000_001])
def test_a_global_limit_that_lets_nobody_in_or_everybody_is_refused(number: int) -> None:
    with pytest.raises(OptionsError, match=f"requests_per_second is 1 to 1000000, got {number}"):
        ServeOptions(data=DATA, requests_per_second=number)


@pytest.mark.parametrize(
    "url",
    [
        "chat.example",
        "ftp://x",
        "https://",
        "https://x/path",
        "https://x?q",
        "https://a@x",
        "https://x:99999",
        "https://[x",
    ],
)
def test_addresses_that_are_no_origins_are_refused(url: str) -> None:
    with pytest.raises(OptionsError, match="--public-url"):
        ServeOptions(data=DATA, public_url=url)
    with pytest.raises(OptionsError, match=r"server\.allowed_origins"):
        ServeOptions(data=DATA, allowed_origins=(url,))


@pytest.mark.parametrize("network", ["proxy", "10.0.0.0/99", ""])
def test_proxy_is_an_address_or_a_network(network: str) -> None:
    with pytest.raises(OptionsError, match="--trusted-proxy"):
        ServeOptions(data=DATA, trusted_proxy=(network,))


def test_personal_server_stays_on_this_machine() -> None:
    with pytest.raises(OptionsError, match="this machine only"):
        ServeOptions(data=DATA, personal=True, host="0.0.0.0", insecure=True)


def test_off_loopback_it_is_tls_the_proxy_or_nothing_that_keeps_a_secret(tmp_path: Path) -> None:
    cert = tmp_path / "cert.pem"
    cert.touch()
    proxy = ("10.9.9.9",)
    assert ServeOptions(data=tmp_path, host="0.0.0.0", trusted_proxy=proxy).needs_proxy
    assert not ServeOptions(data=tmp_path, trusted_proxy=proxy).needs_proxy
    assert not ServeOptions(data=tmp_path, host="0.0.0.0", trusted_proxy=proxy, insecure=True).needs_proxy
    assert not ServeOptions(data=tmp_path, host="0.0.0.0", trusted_proxy=proxy, tls_cert=cert).needs_proxy


def test_one_certificate_is_enough(tmp_path: Path) -> None:
    (tmp_path / "c").touch()
    with pytest.raises(OptionsError, match="give one of them"):
        ServeOptions(data=tmp_path, tls_auto=True, tls_cert=tmp_path / "c")


def test_tls_auto_is_tls(tmp_path: Path) -> None:
    assert not ServeOptions(data=tmp_path, host="0.0.0.0", tls_auto=True).needs_proxy


@pytest.mark.parametrize(
    ("host", "insecure", "is_plain_too"),
    [("127.0.0.1", False, True), ("0.0.0.0", False, False), ("0.0.0.0", True, True)],
)
def test_beyond_this_machine_nothing_comes_in_the_clear_unasked(
    tmp_path: Path, host: str, insecure: bool, is_plain_too: bool
) -> None:
    assert ServeOptions(data=tmp_path, host=host, tls_auto=True, insecure=insecure).is_plain_too == is_plain_too
