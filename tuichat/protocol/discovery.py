"""IP discovery and keep-alives: what a client sends to the media port to learn its own address, and to keep it.

Discord's documentation, "IP Discovery": 74 bytes, big endian: type, length, SSRC, the address as text in 64 bytes, port.
A request is at least as long as its answer, so nobody can have a server send a stranger more than was sent to it. Longer
ones exist: hikari-wave 0.7 sends 78 bytes of the length 70.
"""

import ipaddress
import struct

PACKET_BYTES = 74
KEEP_ALIVE_BYTES = 8

_REQUEST, _RESPONSE = 1, 2
_LENGTH = PACKET_BYTES - 4  # without type and length
_ADDRESS_BYTES = 64
_PACKET = struct.Struct(f">HHI{_ADDRESS_BYTES}sH")
_KEEP_ALIVE = struct.Struct("<II")


def request(ssrc: int) -> bytes:
    """Return what a client asks with, from the socket whose address it wants to know."""
    return _PACKET.pack(_REQUEST, _LENGTH, ssrc, b"", 0)


def response(ssrc: int, address: str, port: int) -> bytes:
    """Return the server's answer; `address` is where the request came from, and IPv4 is written as IPv4.

    Raises ValueError for an address that is none.
    """
    return _PACKET.pack(_RESPONSE, _LENGTH, ssrc, _plain(address).encode(), port)


def parse_request(data: bytes) -> int | None:
    """Return the SSRC that a request names, whatever follows it; None for what is no request."""
    if len(data) < PACKET_BYTES:
        return None
    kind, length, ssrc, _, _ = _PACKET.unpack_from(data)
    return int(ssrc) if (kind, length) == (_REQUEST, _LENGTH) else None


def parse_response(data: bytes) -> tuple[int, str, int] | None:
    """Return (SSRC, address, port) of an answer; None for what is no answer, or tells no address and port."""
    if len(data) != PACKET_BYTES:
        return None
    kind, length, ssrc, text, port = _PACKET.unpack(data)
    if (kind, length) != (_RESPONSE, _LENGTH) or port == 0:
        return None
    try:
        return ssrc, _plain(text.partition(b"\0")[0].decode("ascii")), port
    except ValueError:  # a UnicodeError is one
        return None


def keep_alive(counter: int) -> bytes:
    """Return what keeps a NAT's mapping open; a server sends it back as it is."""
    return _KEEP_ALIVE.pack(counter & 0xFFFF_FFFF, 0)


def is_keep_alive(data: bytes) -> bool:
    """Say whether a datagram can only be a keep-alive: nothing else on the port is as short."""
    return len(data) == KEEP_ALIVE_BYTES


def _plain(address: str) -> str:
    """Return an address without a scope, and an IPv4 one that a dual-stack socket shows as IPv6 as what it is."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
