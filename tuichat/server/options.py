"""What a server program is told when it starts, checked before anything is opened."""

import enum
import ipaddress
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from tuichat.errors import TuichatError
from tuichat.server.store.errors import StoreError
from tuichat.server.store.postgresql.address import DatabaseAddress

DEFAULT_MAX_UPLOAD_BYTES = 10 * 1024 * 1024  # Discord's own default
MAX_HOST_CHARACTERS = 253  # RFC 1035, 2.3.4, without the dots at both ends
MAX_REQUESTS_PER_SECOND = 1_000_000
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # S3's documentation, "Bucket naming rules"
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")  # RFC 1123, 2.1; some names have underscores


class OptionsError(TuichatError):
    """Options of `tuichat serve` that do not go together, or would expose people's passwords."""


class Registration(enum.Enum):
    """Who may make an account."""

    INVITE = "invite"
    OPEN = "open"
    CLOSED = "closed"


class S3Options(msgspec.Struct, frozen=True, kw_only=True):
    """A bucket that files of messages and pictures go to; `credentials` None takes the key from the environment."""

    endpoint: str
    bucket: str
    region: str = "us-east-1"
    credentials: Path | None = None


class ServeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `tuichat serve`; making one raises OptionsError when they cannot stand."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8765  # 0 picks a free one
    tls_cert: Path | None = None
    tls_key: Path | None = None  # None: it stands in the file of the certificate
    tls_auto: bool = False  # a certificate of the server's own authority, made in the folder of the data
    registration: Registration = Registration.INVITE
    max_upload_bytes: int = DEFAULT_MAX_UPLOAD_BYTES
    link_previews: bool = True
    voice_helper: Path | None = None  # folder of the compiled forwarder; None: Python forwards
    database: str | None = None  # URL of a PostgreSQL database; None: where the folder of the data says, else in it
    s3: S3Options | None = None  # None: files stand in the folder of the data
    fetch_networks: tuple[str, ...] = ()  # private addresses or networks that callbacks of applications may go to
    public_url: str | None = None  # what every URL in an answer is built from; no slash at its end
    voice_host: str | None = None
    voice_port: int | None = None
    trusted_proxy: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-* headers count
    insecure: bool = False
    personal: bool = False  # started by tuichat: 127.0.0.1, a free port, stops when unused
    rate_limits: bool = True  # False: for load runs
    requests_per_second: int = 50  # of one account or bot, all routes together; Discord's
    linger_s: int | None = None  # None: stays until it is stopped
    allowed_origins: tuple[str, ...] = ()  # scheme://host[:port], as browsers send them
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def __post_init__(self) -> None:
        _check_ports(self)
        if self.tls_key is not None and self.tls_cert is None:
            raise OptionsError("--tls-key needs --tls-cert beside it.")
        if self.tls_auto and self.tls_cert is not None:
            raise OptionsError("--tls auto makes a certificate, and --tls-cert names one: give one of them.")
        for path in (self.tls_cert, self.tls_key):
            if path is not None and not path.is_file():
                raise OptionsError(f"There is no file {path}.")
        if not 1 <= self.requests_per_second <= MAX_REQUESTS_PER_SECOND:
            raise OptionsError(
                f"server.requests_per_second is 1 to {MAX_REQUESTS_PER_SECOND}, got {self.requests_per_second}."
            )
        _check_host("--host", self.host)
        if self.voice_host is not None:
            _check_host("--voice-host", self.voice_host)
        if self.public_url is not None:
            _check_origin("--public-url", self.public_url)
        for origin in self.allowed_origins:
            _check_origin("server.allowed_origins", origin)
        for network in self.trusted_proxy:
            _check_network("--trusted-proxy", network)
        if self.database is not None:
            check_database("--database", self.database)
        if self.s3 is not None:
            _check_origin("server.s3_endpoint", self.s3.endpoint)
            if not _BUCKET.fullmatch(self.s3.bucket):
                raise OptionsError(f"server.s3_bucket is the name of a bucket, got {self.s3.bucket!r}.")
        for network in self.fetch_networks:
            _check_network("server.fetch_networks", network)
        if self.personal and not is_loopback(self.host):
            raise OptionsError(f"A personal server listens on this machine only, not on {self.host}.")
        if not (is_loopback(self.host) or self.has_tls or self.trusted_proxy or self.insecure):
            raise OptionsError(
                f"Others can reach {self.host}, and without TLS passwords and messages would cross the network "
                "in the clear. Give --tls-cert and --tls-key, or --tls auto, or --trusted-proxy ADDRESS when a proxy in "
                "front ends TLS, or --insecure to do it all the same."
            )

    @property
    def needs_proxy(self) -> bool:
        """Whether it is the trusted proxy alone that keeps what crosses the network from being read."""
        return not (is_loopback(self.host) or self.has_tls or self.insecure)

    @property
    def has_tls(self) -> bool:
        return self.tls_auto or self.tls_cert is not None

    @property
    def is_plain_too(self) -> bool:
        """Whether a listener with TLS takes what comes in the clear, too: on this machine, or where that was asked for."""
        return is_loopback(self.host) or self.insecure


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach `host`: 127.0.0.0/8, ::1 or localhost."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() in ("localhost", "ip6-localhost")


def _check_ports(options: ServeOptions) -> None:
    for name, port in (("--port", options.port), ("--voice-port", options.voice_port)):
        if port is not None and not 0 <= port <= 65535:
            raise OptionsError(f"{name} is 0 to 65535, got {port}.")


def check_database(name: str, url: str) -> None:
    """`name` is the option's. Raises OptionsError, with nothing in it of what stands where a password could."""
    try:
        address = DatabaseAddress(url)
    except StoreError as error:
        raise OptionsError(f"{error} {name} takes postgresql://USER@HOST/NAME.") from None
    if address.has_password:
        raise OptionsError(
            f"There is a password in the address of the database, where others on this machine can read it: write {address}, "
            "and the password into ~/.pgpass (as `host:port:database:user:password`, mode 0600), into a file that PGPASSFILE "
            "of the environment names, or into PGPASSWORD."
        )


def _check_host(name: str, host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if len(host) > MAX_HOST_CHARACTERS or not all(map(_LABEL.fullmatch, host.split("."))):
            raise OptionsError(f"{name} takes an IP address or a host name, got {host!r}.") from None


def _check_origin(name: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_good = False
    if not is_good or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        raise OptionsError(f"{name} is written https://HOST or https://HOST:PORT with nothing behind, got {url!r}.")


def _check_network(name: str, network: str) -> None:
    try:
        ipaddress.ip_network(network, strict=False)
    except ValueError:
        raise OptionsError(f"{name} takes an address or a network such as 10.0.0.0/8, got {network!r}.") from None
