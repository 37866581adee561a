"""Which proxy the environment names for a server."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.client.endpoint import Endpoint, parse_url, personal_endpoint
from tuichat.client.errors import ProxyError
from tuichat.client.proxy import MAX_VARIABLE_CHARACTERS, endpoint_proxy, proxy_for
from tuichat.tunnel.proxy import Proxy, parse_proxy

URL = "https://chat.example.org"
PROXY = "http://proxy.example:3128"


def through(environment: dict[str, str], url: str = URL) -> str:
    return str(proxy_for(url, environment) or "directly")


@pytest.mark.parametrize(
    ("environment", "way"),
    [
        ({}, "directly"),
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY}, PROXY),
        ({"HTTP_PROXY": PROXY}, "directly"),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"all_proxy": PROXY}, PROXY),
        ({"ALL_PROXY": "http://other", "HTTPS_PROXY": PROXY}, PROXY),
        ({"HTTPS_PROXY": "http://other", "https_proxy": PROXY}, PROXY),
        ({"HTTPS_PROXY": PROXY, "https_proxy": ""}, "directly"),
        ({"HTTPS_PROXY": "", "ALL_PROXY": PROXY}, PROXY),
        ({"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, "directly"),
        ({"ALL_PROXY": PROXY, "no_proxy": "", "NO_PROXY": "*"}, PROXY),
    ],
)
def test_variables_of_both_cases(environment: dict[str, str], way: str) -> None:
    assert through(environment) == way


def test_scheme_of_the_url_chooses_the_variable() -> None:
    environment = {"HTTPS_PROXY": "http://secure", "HTTP_PROXY": "http://plain"}
    ways = {scheme: through(environment, f"{scheme}://a.example") for scheme in ("http", "ws", "https", "wss")}
    assert ways == {
        "http": "http://plain:80",
        "ws": "http://plain:80",
        "https": "http://secure:80",
        "wss": "http://secure:80",
    }


@pytest.mark.parametrize(
    ("exceptions", "url", "is_direct"),
    [
        ("chat.example.org", URL, True),
        ("CHAT.example.ORG.", URL, True),
        ("example.org", URL, True),
        (".example.org", URL, True),
        ("*.example.org", URL, True),
        ("ample.org", URL, False),
        ("chat.example.org.evil.net", URL, False),
        ("other.net example.org", URL, True),
        ("other.net,\texample.org", URL, True),
        (",, ,", URL, False),
        (".", URL, False),
        ("*.", URL, False),
        ("example.org:443", URL, True),
        ("example.org:8443", URL, False),
        ("example.org:8443", f"{URL}:8443", True),
        ("example.org:https", URL, False),
        ("10.1.2.3", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.1.0.0/16", "https://10.2.2.3", False),
        ("10.1.2.3/8", "https://10.9.9.9", True),
        ("10.0.0.0/8", "https://10.example.org", False),
        ("10.1.2.3:8443", "https://10.1.2.3:8443", True),
        ("10.1.2.3:8443", "https://10.1.2.3", False),
        ("2001:db8::/32", "https://[2001:db8::7]", True),
        ("2001:DB8:0::7", "https://[2001:db8::7]", True),
        ("[2001:db8::7]", "https://[2001:db8::7]", True),
        ("[2001:db8::7]:443", "https://[2001:db8::7]", True),
        ("[2001:db8::7]:444", "https://[2001:db8::7]", False),
        ("0.0.0.0/0", "https://[2001:db8::7]", False),
        ("8.8.8.8/99", "https://8.8.8.8", False),
    ],
)
def test_exceptions(exceptions: str, url: str, is_direct: bool) -> None:
    assert (through({"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions}, url) == "directly") is is_direct


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "me.localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_this_machine_is_reached_directly(host: str) -> None:
    everything = {"ALL_PROXY": PROXY, "HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY}
    assert through(everything, f"https://{host}:8765") == through(everything, f"http://{host}") == "directly"


def test_own_socket_and_plain_http_are_reached_directly() -> None:
    everything = {"ALL_PROXY": PROXY, "HTTPS_PROXY": PROXY, "HTTP_PROXY": PROXY}
    assert endpoint_proxy(personal_endpoint(Path("/run/server.sock")), everything) is None
    assert endpoint_proxy(Endpoint("http://chat.example.org"), everything) is None
    assert endpoint_proxy(parse_url(URL), everything) == parse_proxy(PROXY, "HTTPS_PROXY")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("proxy.example:3128", "http://proxy.example:3128"),
        ("proxy.example", "http://proxy.example:80"),
        ("HTTP://Proxy.Example:3128/", "http://proxy.example:3128"),
        ("https://proxy.example", "https://proxy.example:443"),
        ("socks5://10.0.0.1", "socks5://10.0.0.1:1080"),
        ("socks5h://[2001:db8::1]:9", "socks5h://[2001:db8::1]:9"),
        ("socks://127.0.0.1:9050/", "socks5h://127.0.0.1:9050"),
        ("http://bücher.example:1", "http://xn--bcher-kva.example:1"),
    ],
)
def test_ways_to_write_a_proxy(text: str, shown: str) -> None:
    assert str(parse_proxy(text, "ALL_PROXY")) == shown


def test_login_is_read_and_shows_in_no_text() -> None:
    proxy = parse_proxy("socks5://ada%40work:p%3Aq%2Fsecret@proxy.example", "ALL_PROXY")
    assert proxy.login is not None
    assert proxy.login.user == "ada@work"
    assert proxy.login.password.reveal() == "p:q/secret"
    for text in (str(proxy), repr(proxy), f"{proxy}", repr(proxy.login)):
        assert not any(secret in text for secret in ("ada", "secret", "%40"))


@pytest.mark.parametrize(
    "text",
    [
        "http://user:hunter2000@",
        "http://user:hunter2000@proxy:99999",
        "http://user:hunter2000@proxy:port",
        "http://user:hunter2000@proxy/path",
        "http://user:hunter2000@[::1",
        "ftp://user:hunter2000@proxy",
        "hunter2000://proxy",
        "http://user:hunter2000@pro xy",
        "http://user:hunter2000@ü..",
        "http://user:hunter2000\udcff@proxy",
        "http://user\udcff:hunter2000@proxy",
    ],
)
def test_what_is_no_proxy_is_told_by_its_variable_alone(text: str) -> None:
    with pytest.raises(ProxyError, match="HTTPS_PROXY") as caught:
        proxy_for(URL, {"HTTPS_PROXY": text})
    assert "hunter2000@" not in str(caught.value)
    assert "user:hunter2000" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "socks5h://HOST:PORT" in str(caught.value)


@given(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=())))
def test_no_environment_raises_anything_else(proxy: str, exceptions: str) -> None:
    try:
        found = proxy_for(URL, {"ALL_PROXY": proxy, "NO_PROXY": exceptions})
    except ProxyError:
        return
    assert found is None or isinstance(found, Proxy)
    assert found is None or found.login is None or found.login.fits(MAX_VARIABLE_CHARACTERS * 4)
