"""Where a NATS broker is: a URL taken apart, so that what is secret in it is nowhere printed."""

from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from tuichat.server.bus.bus import BusError

DEFAULT_PORT = 4222


class AddressError(BusError):
    """The URL of a broker that cannot be one. The text names nothing of it that may be secret."""


class NatsAddress(msgspec.Struct, frozen=True):
    """One or more brokers of one cluster, and how to be let in: a user and password, or a token, or neither."""

    servers: tuple[str, ...]  # scheme://host:port, without what is secret
    user: str | None = None
    password: str | None = None
    token: str | None = None
    is_encrypted: bool = False  # tls://: nothing is said to a broker that does not encrypt

    @classmethod
    def parse(cls, url: str) -> "NatsAddress":
        """Read nats://[USER:PASSWORD@ or TOKEN@]HOST[:PORT], or tls://, several with commas between. Raises AddressError."""
        parts = [_split(one) for one in url.split(",")]
        if len({part.scheme for part in parts}) != 1:
            raise AddressError("The brokers of one cluster are all named by nats:// or all by tls://.")
        secrets = {(part.username, part.password) for part in parts if part.username is not None}
        if len(secrets) > 1:
            raise AddressError(
                "The brokers of one cluster take the same user and password: give them once, or the same."
            )
        user, password = next(iter(secrets), (None, None))
        servers = tuple(f"{part.scheme}://{_host(part)}:{part.port or DEFAULT_PORT}" for part in parts)
        is_encrypted = parts[0].scheme == "tls"
        if user is not None and password is None:
            return cls(servers, token=unquote(user), is_encrypted=is_encrypted)
        return cls(
            servers,
            user=None if user is None else unquote(user),
            password=None if password is None else unquote(password),
            is_encrypted=is_encrypted,
        )

    def __repr__(self) -> str:
        return f"NatsAddress({', '.join(self.servers)})"

    __str__ = __repr__


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        is_good = parts.scheme in ("nats", "tls") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise AddressError(
            "--bus is written nats://USER:PASSWORD@HOST:PORT, or tls://..., several with commas between."
        )
    return parts


def _host(part: SplitResult) -> str:
    host = part.hostname or ""
    return f"[{host}]" if ":" in host else host
