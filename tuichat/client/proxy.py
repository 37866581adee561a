"""Which proxy leads to a server, decided from the environment alone.

The variables are those of curl(1): `HTTPS_PROXY` and `HTTP_PROXY` by the URL's scheme, else `ALL_PROXY`, and `NO_PROXY` for
what is reached directly, each in lower case before upper case.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import quote, unquote, urlsplit

from tuichat.client.endpoint import Endpoint, is_loopback
from tuichat.client.errors import ProxyError
from tuichat.config.secret import Token
from tuichat.protocol.json import printable
from tuichat.translation import _

MAX_VARIABLE_CHARACTERS = 65_536  # a NO_PROXY of a large company stays far under it
_SECURE_SCHEMES = ("https", "wss")
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class ProxyScheme(Enum):
    """How a proxy is talked to. With SOCKS5 this machine looks the server's name up, with SOCKS5H the proxy does."""

    HTTP = "http"
    HTTPS = "https"
    SOCKS5 = "socks5"
    SOCKS5H = "socks5h"


_SCHEMES = {scheme.value: scheme for scheme in ProxyScheme} | {"socks": ProxyScheme.SOCKS5H}  # as desktops write it
_DEFAULT_PORTS = {ProxyScheme.HTTP: 80, ProxyScheme.HTTPS: 443, ProxyScheme.SOCKS5: 1080, ProxyScheme.SOCKS5H: 1080}


@dataclass(frozen=True, slots=True)
class Login:
    """What a proxy is told of who asks; it shows nothing of itself."""

    user: str = field(repr=False)
    password: Token

    def fits(self, max_bytes: int) -> bool:
        """Whether user and password have no more bytes than this each."""
        return max(len(self.user.encode()), len(self.password.reveal().encode())) <= max_bytes


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy, and the environment's `variable` that named it. Its text is fit for sentences: it holds no secret."""

    scheme: ProxyScheme
    host: str
    port: int
    variable: str
    login: Login | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme.value}://{host}:{self.port}"


def endpoint_proxy(endpoint: Endpoint, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy of a server. There is none to a Unix socket, nor for plain http, which is for this machine alone."""
    if endpoint.socket_path is not None or not endpoint.is_encrypted:
        return None
    return proxy_for(endpoint.url, environment)


def proxy_for(url: str, environment: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that a URL is reached through, None for the direct way; never one to this machine.

    Raises ProxyError where the environment names something that is no proxy: the direct way might show who asks.
    """
    parts = urlsplit(url)
    host, port = (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme, 0)
    if not host or is_loopback(host) or _is_excepted(host, port, _value("no_proxy", environment)[1]):
        return None
    own = "https_proxy" if parts.scheme in _SECURE_SCHEMES else "http_proxy"
    for name in (own, "all_proxy"):
        variable, text = _value(name, environment)
        if text:
            return parse_proxy(text, variable)
    return None


def proxy_url(proxy: Proxy) -> str:
    """Return a proxy as a URL, with what it is told of who asks: a secret, for whoever opens lines in another process."""
    if proxy.login is None:
        return str(proxy)
    login = f"{quote(proxy.login.user, safe='')}:{quote(proxy.login.password.reveal(), safe='')}"
    return str(proxy).replace("://", f"://{login}@", 1)


def parse_proxy(text: str, variable: str) -> Proxy:
    """Read the value of a variable, a URL or HOST:PORT. The ProxyError of a bad one tells nothing of it but the name."""
    try:
        text.encode()
    except UnicodeEncodeError:  # the environment's bytes that are none come as lone surrogates
        raise _bad(variable, _("holds something that is no UTF-8")) from None
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
        host = host.encode("idna").decode() if host and not host.isascii() else host
    except (ValueError, UnicodeError):
        raise _bad(variable, _("is not the URL of a proxy")) from None
    scheme = _SCHEMES.get(parts.scheme)
    if scheme is None:
        kind = printable(parts.scheme) if re.fullmatch(r"[a-z0-9+.-]{1,16}", parts.scheme) else _("another kind")
        raise _bad(variable, _("names a proxy of a kind that tuichat does not speak ({kind})").format(kind=kind))
    if not host or not re.fullmatch(r"[a-z0-9_.:%-]+", host) or parts.path not in ("", "/") or parts.query:
        raise _bad(variable, _("is not the URL of a proxy"))
    login = None
    if parts.username:
        login = Login(unquote(parts.username), Token(unquote(parts.password or "")))
    return Proxy(scheme, host, port or _DEFAULT_PORTS[scheme], variable, login)


def _value(name: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return a variable's name as it is set, and its value: the lower-case one counts where it is there, even empty."""
    variable = name if name in environment else name.upper()
    return variable, environment.get(variable, "").strip()[:MAX_VARIABLE_CHARACTERS]


def _is_excepted(host: str, port: int, exceptions: str) -> bool:
    return any(_matches(host.lower(), port, each.lower()) for each in re.split(r"[\s,]+", exceptions) if each)


def _matches(host: str, port: int, exception: str) -> bool:
    """Whether one entry of NO_PROXY means a host: `*`, a name with all below it, an address, a network; each with a port."""
    if exception == "*":
        return True
    with_port = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^\[\]:]+):([0-9]+)", exception)
    if with_port:
        exception, wanted_port = with_port.groups()
        if int(wanted_port) != port:
            return False
    exception = exception.strip("[]")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        domain = exception.removeprefix("*").strip(".")
        return bool(domain) and (host == domain or host.endswith(f".{domain}"))
    try:
        return address in ipaddress.ip_network(exception, strict=False)
    except ValueError:
        return False


def _bad(variable: str, what: str) -> ProxyError:
    return ProxyError(
        _(
            "The environment's {variable} {what}. Set it to http://HOST:PORT, https://HOST:PORT, "
            "socks5://HOST:PORT or socks5h://HOST:PORT, with USER:PASSWORD@ before the host where the "
            "proxy asks for them, or unset it; then start tuichat again."
        ).format(variable=variable, what=what)
    )
