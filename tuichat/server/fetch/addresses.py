"""Which addresses a stranger may make the server talk to: public ones, told from all others in every disguise."""

import ipaddress
from collections.abc import Iterable
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

# IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890), multicast, and what was never given out.
_REFUSED_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # the only unicast addresses that IANA has given out
_REFUSED_V6 = tuple(
    map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20"))
)  # Teredo is in the first
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::ffff:0:0:0/96"))  # NAT64, SIIT
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses and networks. Raises ValueError naming the one that is neither."""
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def parse_address(text: str) -> Address | None:
    """Read an address without a zone; None for anything else."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def is_reachable(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Say whether the server may connect there: a public address, or one of `allowed`.

    An IPv6 address that carries an IPv4 one (mapped, compatible, 6to4, NAT64) counts as that.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        carried = _carried(address)
        if carried is not None:
            return is_reachable(carried, allowed)
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_V4)
    return address in _GLOBAL_V6 and not any(address in network for network in _REFUSED_V6)


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address within an IPv6 one. ::1 and :: stay what they are."""
    bits = int(address)
    if address in _MAPPED or any(address in network for network in _TRANSLATED):
        return ipaddress.IPv4Address(bits & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return ipaddress.IPv4Address(bits >> 80 & 0xFFFFFFFF)
    if address in _COMPATIBLE and bits > 0xFFFF:
        return ipaddress.IPv4Address(bits & 0xFFFFFFFF)
    return None
