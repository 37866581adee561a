"""What a URL of a stranger names, checked before anything is looked up."""

import re
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from tuichat.server.fetch.addresses import parse_address
from tuichat.server.fetch.errors import FetchRefused

MAX_URL_CHARACTERS = 2048
PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
FIRST_FREE_PORT = 1024  # below stand services that are no web servers: mail, shells, databases' portals


class Target(msgspec.Struct, frozen=True):
    """Where a request goes. `host` is ASCII, without brackets; `path` has the query with it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host_header}{self.path}"


def parse_target(url: str) -> Target:
    """Read an http or https URL. Raises FetchRefused for another scheme, a name with a password, or a port of others."""
    if len(url) > MAX_URL_CHARACTERS:
        raise FetchRefused(f"A URL has at most {MAX_URL_CHARACTERS} characters, this one {len(url)}.")
    if any(letter <= " " or letter == "\x7f" for letter in url):
        raise FetchRefused("A URL has no blanks and no control characters.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FetchRefused(f"This is no URL: {error}.") from None
    if parts.scheme not in PORTS:
        raise FetchRefused("Only http and https URLs are fetched.")
    if "@" in parts.netloc:
        raise FetchRefused("A URL with a user name or a password in it is not fetched.")
    if not host or "%" in host:
        raise FetchRefused("The URL has no host, or one with a zone.")
    port = PORTS[parts.scheme] if port is None else port
    if port not in PORTS.values() and not FIRST_FREE_PORT <= port <= 65535:
        raise FetchRefused(f"Port {port} is not one of web servers.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Target(
        parts.scheme, _ascii_host(host, is_bracketed="[" in parts.netloc), port, path + (f"?{query}" if query else "")
    )


def follow(target: Target, location: str) -> Target:
    """Return where a redirect leads. Raises FetchRefused as `parse_target`."""
    try:
        return parse_target(urljoin(target.url, location))
    except ValueError as error:
        raise FetchRefused(f"The redirect names no URL: {error}.") from None


def _ascii_host(host: str, *, is_bracketed: bool) -> str:
    if is_bracketed:
        if parse_address(host) is None or ":" not in host:
            raise FetchRefused("The host's address is not valid.")
        return host
    try:
        encoded = host.encode("idna").decode().lower()
    except UnicodeError:
        raise FetchRefused("The host's name is not valid.") from None
    if not _NAME.fullmatch(encoded) or len(encoded) > 253:
        raise FetchRefused("The host's name is not valid.")
    return encoded
