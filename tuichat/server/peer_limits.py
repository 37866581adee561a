"""How many connections of one peer may be open without having identified."""

import ipaddress

MAX_UNIDENTIFIED = 200  # taste: more than a team behind one address opens at once when a server comes back
IPV6_PREFIX_BITS = 64  # what one customer has at least, and may take any address of (RFC 6177)


class PeerLimits:
    """Counts unidentified connections by address, an IPv6 network as one."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._counts)

    def enter(self, address: str) -> str | None:
        """Count a new connection and return what `leave` takes, None where there are too many already."""
        peer = _peer_of(address)
        count = self._counts.get(peer, 0)
        if count >= MAX_UNIDENTIFIED:
            return None
        self._counts[peer] = count + 1
        return peer

    def leave(self, peer: str) -> None:
        """Count a connection no more: it has identified, or is closed."""
        count = self._counts[peer] - 1
        if count:
            self._counts[peer] = count
        else:
            del self._counts[peer]


def _peer_of(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX_BITS), strict=False))
