"""To which addresses another machine may have this laptop send UDP, and how often.

A voice server may be anywhere, also in the laptop's own network or in a VPN, so private addresses are allowed: a machine that the
laptop's owner trusts with the microphone must name them for a call to take the best way. What goes there until the address itself
has answered as a voice server does is a discovery of 74 bytes whose form is fixed but for the number of a session, five in the first
two seconds and less than two a second later, and what is told of an address is no more than whether it gave that answer. The
buckets here keep that from becoming a scan or a flood: a few addresses at once, then two a minute, and each of them named again no more
often than a call on a bad line needs. An offer beyond that, or to an address that is refused, goes through ssh, from the
machine that named it.

The laptop itself, loopback, link-local, multicast and unspecified addresses are refused: no voice server that another machine
knows by them is there. The system sends no broadcast unless a program asks for it (SO_BROADCAST, socket(7)), which ours never does.
"""

import ipaddress
import socket
import time
from collections.abc import Callable

from tuichat.voice.bucket import Bucket

MAX_KNOWN = 16
ADDRESSES, ADDRESS_EVERY_S = 8, 30.0  # taste: a user who looks into every channel of a guild with several voice servers
OFFERS, OFFER_EVERY_S = 20, 3.0  # taste: a login that drops and comes back, and a call that begins anew with each

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Targets:
    """Of one login, whatever connections its machine makes."""

    def __init__(self, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._known: dict[tuple[Address, int], None] = {}  # allowed before, the one named last at the end
        self._addresses = Bucket(ADDRESSES, ADDRESS_EVERY_S)
        self._offers = Bucket(OFFERS, OFFER_EVERY_S)

    def allow(self, ip: str, port: int) -> bool:
        """Say whether this laptop sends there, and count it."""
        address = _one_machine(ip)
        if address is None or not 0 < port < 65536 or is_own(address):
            return False
        now_s = self._now_s()
        if not self._offers.take(now_s):
            return False
        target = (address, port)
        if target not in self._known and not self._addresses.take(now_s):
            return False
        self._known.pop(target, None)
        self._known[target] = None
        while len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]
        return True


def _one_machine(ip: str) -> Address | None:
    """Return the address where it is that of one other machine, wherever it is named."""
    try:
        given = ipaddress.ip_address(ip)
    except ValueError:
        return None
    if getattr(given, "scope_id", None):  # chooses an interface of this laptop
        return None
    address: Address = getattr(given, "ipv4_mapped", None) or given
    is_refused = (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved  # also 255.255.255.255, and what stands for an IPv4 address in IPv6
    )
    return None if is_refused else address


def is_own(address: Address) -> bool:
    """Say whether an address is this computer's: what goes there is sent from there. Where there is no way to it now it is not."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), 9))  # sends nothing
        except OSError:
            return False
        source = str(probe.getsockname()[0])
    return ipaddress.ip_address(source.partition("%")[0]) == address
