"""Where a server is reached, and which addresses may be given a token."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tuichat.client.errors import NotPermittedHereError
from tuichat.protocol.json import printable
from tuichat.translation import _

API_PATH = "/api/v10"
MAX_URL_CHARACTERS = 512
DISCORD_DOMAINS = ("discord.com", "discordapp.com", "discord.gg", "discord.media")
BOT_PREFIX = "Bot "
_HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+(%[a-z0-9]+)?")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server's address: over TCP, or over a Unix socket of this machine.

    `url` is scheme, host and port, without a slash at the end; with a `socket_path` it only fills the Host header.
    """

    url: str
    socket_path: Path | None = None
    pinned_sha256: str | None = None

    @property
    def host(self) -> str:
        """Host and port, for sentences."""
        return _("your own server") if self.socket_path else urlsplit(self.url).netloc

    @property
    def is_encrypted(self) -> bool:
        return self.url.startswith("https:")

    @property
    def gateway_url(self) -> str:
        """The gateway of a tuichat server, which stands at the same host and port as its REST."""
        return "ws" + self.url.removeprefix("http") + "/"


def personal_endpoint(socket_path: Path) -> Endpoint:
    return Endpoint("http://localhost", socket_path)


def parse_url(text: str, pinned_sha256: str | None = None) -> Endpoint:
    """Read a server's URL as a person types it; https is meant where no scheme is given.

    Raises NotPermittedHereError for what is no URL of a server, and for http:// to another machine.
    """
    typed = text.strip()
    if not typed or len(typed) > MAX_URL_CHARACTERS or not typed.isprintable() or " " in typed:
        raise _not_a_url(text)
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, port = parts.hostname, parts.port
        host = host.encode("idna").decode() if host and not host.isascii() else host
    except (ValueError, UnicodeError):
        raise _not_a_url(text) from None
    if parts.scheme not in ("http", "https") or not host or not _HOST.fullmatch(host):
        raise _not_a_url(text)
    if parts.username is not None or parts.password is not None:
        raise NotPermittedHereError(_("A server's URL holds no user and no password: type them in their own fields."))
    shown_host = f"[{host}]" if ":" in host else host
    if parts.scheme == "http" and not is_loopback(host):
        raise NotPermittedHereError(
            _(
                "http://{shown_host} would send your password and every message in the clear. Use "
                "https://{shown_host}; a self-signed certificate can be pinned by its fingerprint. Over SSH, "
                "forward a port and use http://127.0.0.1:PORT."
            ).format(shown_host=shown_host)
        )
    return Endpoint(f"{parts.scheme}://{shown_host}{f':{port}' if port else ''}", None, pinned_sha256)


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_discord(endpoint: Endpoint) -> bool:
    host = (urlsplit(endpoint.url).hostname or "").rstrip(".")
    return endpoint.socket_path is None and any(
        host == domain or host.endswith(f".{domain}") for domain in DISCORD_DOMAINS
    )


def check_token_allowed(endpoint: Endpoint, token: str | None) -> None:
    """Raise NotPermittedHereError where `token` (None: a name and a password) must not be sent to this server."""
    if is_discord(endpoint) and (token is None or not token.startswith(BOT_PREFIX)):
        raise NotPermittedHereError(
            _(
                "Discord forbids programs to act with a user's account and closes accounts that do, so "
                "tuichat sends no user token or password to it. Sign in to a tuichat server; bots connect to "
                "Discord through their libraries, this screen does not take bot tokens yet."
            )
        )


def _not_a_url(text: str) -> NotPermittedHereError:
    return NotPermittedHereError(
        _(
            "{text!r} is no server's URL; it looks like https://chat.example.org or https://chat.example.org:8765."
        ).format(text=printable(text))
    )
