"""What a proxy is, and how the text that names one is read."""

import re
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import quote, unquote, urlsplit

from tuichat.config.secret import Token
from tuichat.protocol.json import printable
from tuichat.translation import _
from tuichat.tunnel.errors import ProxyError


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


def _bad(variable: str, what: str) -> ProxyError:
    return ProxyError(
        _(
            "The environment's {variable} {what}. Set it to http://HOST:PORT, https://HOST:PORT, "
            "socks5://HOST:PORT or socks5h://HOST:PORT, with USER:PASSWORD@ before the host where the "
            "proxy asks for them, or unset it; then start tuichat again."
        ).format(variable=variable, what=what)
    )
