"""Which proxy leads to a server, decided from the environment alone.

The variables are those of curl(1): `HTTPS_PROXY` and `HTTP_PROXY` by the URL's scheme, else `ALL_PROXY`, and `NO_PROXY` for
what is reached directly, each in lower case before upper case.
"""

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from tuichat.client.endpoint import Endpoint, is_loopback
from tuichat.client.errors import ProxyError
from tuichat.tunnel import errors
from tuichat.tunnel.proxy import Proxy, parse_proxy

MAX_VARIABLE_CHARACTERS = 65_536  # a NO_PROXY of a large company stays far under it
_SECURE_SCHEMES = ("https", "wss")
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


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
            try:
                return parse_proxy(text, variable)
            except errors.ProxyError as error:
                raise ProxyError(str(error)) from None  # what it was made of holds the secret
    return None


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
