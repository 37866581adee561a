"""Which hosts and origins this server answers to: the wall against DNS rebinding and cross-site requests."""

import ipaddress
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import msgspec

from tuichat.protocol.json import printable

Headers = Sequence[tuple[bytes, bytes]]


class Refusal(msgspec.Struct, frozen=True):
    """An HTTP status, and the sentence that says why."""

    status: int
    message: str


class RequestGuard:
    """Checks the `Host` and the `Origin` of every request and every WebSocket, before anything else looks at it.

    A browser sends the name that its page was loaded from, so a name of somebody else that was pointed at this machine
    (DNS rebinding) is told by its `Host`, and another site's page by its `Origin`. An address as `Host` is accepted when it
    is the one that the connection came in on: no name was resolved then. Ports are not compared: they do not tell sites
    of one machine apart for rebinding; in an origin they are.
    """

    def __init__(self, *, public_url: str | None = None, allowed_origins: Iterable[str] = ()) -> None:
        self._public_host = ""
        self._origins = {origin.rstrip("/").lower() for origin in allowed_origins}
        if public_url is not None:
            parts = urlsplit(public_url)
            self._public_host = (parts.hostname or "").lower()
            self._origins.add(f"{parts.scheme}://{parts.netloc}".lower())
        self._known_hosts: set[tuple[str, str | None]] = set()  # what passed already; bounded below

    def refuse(self, headers: Headers, *, scheme: str, local_address: str | None) -> Refusal | None:
        """Return why a request is refused, None where it may go on.

        `scheme` is http or https, as this listener speaks it; `local_address` the IP address that the connection came in
        on, None for a Unix socket. Header names are in lower case.
        """
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1:
            return Refusal(400, f"400: Bad Request (one Host header is needed, got {len(hosts)})")
        host = hosts[0].decode("latin-1").strip().lower()
        if (host, local_address) not in self._known_hosts:
            if not self._is_own_host(host, local_address):
                shown = printable(host)[:80]
                return Refusal(
                    421,
                    f"421: Misdirected Request (this server does not answer for the host {shown!r}; "
                    "its public name is set with --public-url)",
                )
            if len(self._known_hosts) < 64:
                self._known_hosts.add((host, local_address))
        for name, value in headers:
            if name == b"origin":
                origin = value.decode("latin-1").strip().lower()
                if origin not in self._origins and origin != f"{scheme}://{host}":
                    return Refusal(403, "403: Forbidden (requests from another site's page are not taken)")
        return None

    def _is_own_host(self, host: str, local_address: str | None) -> bool:
        name = _name_of(host)
        if name is None:
            return False
        if name == "localhost" or (self._public_host and name == self._public_host):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        if address.is_loopback:
            return True
        return local_address is not None and address == _parse(local_address)


class TrustedProxies:
    """The addresses whose X-Forwarded-For counts; nobody else can say where a request comes from."""

    def __init__(self, networks: Iterable[str] = (), *, are_required: bool = False) -> None:
        """Raises ValueError naming the one that is neither an address nor a network.

        `are_required`: off this machine nobody else is served, since what comes past the proxy comes in the clear.
        """
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]
        self._are_required = are_required

    def refuse(self, peer: str | None) -> Refusal | None:
        """Return why a peer is refused, None where it may go on; `peer` None is one at a Unix socket."""
        if not self._are_required or peer is None or self._is_trusted(peer):
            return None
        address = _parse(peer)
        if address is not None and address.is_loopback:
            return None
        return Refusal(
            403,
            "403: Forbidden (this server takes requests through its proxy only, for it speaks no TLS itself: use the "
            "proxy's address; --trusted-proxy names the proxy, --insecure serves everybody in the clear)",
        )

    def is_proxy(self, peer: tuple[str, int] | None) -> bool:
        """Say whether a connection comes from a trusted proxy, so that its own addresses are no client's."""
        return peer is not None and self._is_trusted(peer[0])

    def client_address(self, headers: Headers, peer: str) -> str:
        """Return the address of the client behind `peer`: the last one that no trusted proxy has, else `peer`."""
        if not self._is_trusted(peer):
            return peer
        forwarded = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        client = peer
        for part in reversed(forwarded.decode("latin-1").split(",")):
            candidate = part.strip()
            if _parse(candidate) is None:
                break
            client = candidate
            if not self._is_trusted(candidate):
                break
        return client

    def scheme(self, headers: Headers, peer: str, own: str) -> str:
        """Return what the client speaks, http or https: as a trusted proxy says in X-Forwarded-Proto, else `own`."""
        if self._networks and self._is_trusted(peer):
            for name, value in headers:
                if name == b"x-forwarded-proto" and value in (b"http", b"https"):
                    return value.decode()
        return own

    def _is_trusted(self, address: str) -> bool:
        parsed = _parse(address) if self._networks else None
        return parsed is not None and any(parsed in network for network in self._networks)


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address; an IPv4 one that an IPv6 listener shows as ::ffff:a.b.c.d counts as what it is."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _name_of(host: str) -> str | None:
    """Return the name in a Host header without its port, None where it is malformed."""
    if host.startswith("["):
        name, bracket, rest = host[1:].partition("]")
        return name if bracket and (not rest or (rest[0] == ":" and rest[1:].isdigit())) else None
    name, colon, port = host.partition(":")
    if colon and not (port.isascii() and port.isdigit()):
        return None
    return name.removesuffix(".") or None
