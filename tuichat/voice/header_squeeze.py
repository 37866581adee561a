"""Leaves out of a voice's packets what the packet before says already, where they travel in order and none is lost: through ssh.

Of 16 bytes of header and nonce (RFC 3550, 5.1; the counter at the end of a packet, of Discord's transport encryption) one is left: by
which of the voices that both ends have seen whole the next frame is. Any other packet travels whole, and begins a voice anew. Both
ends see the same packets in the same order, so what they know is the same. The packet is authenticated as it was before.
"""

from tuichat.protocol import rtp
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.rtp import FRAME_SAMPLES, HEADER_BYTES, Header

COUNTER_BYTES = 4
VOICES = 64  # taste: the oldest of more is forgotten
_PLAIN = 0x80  # a header without padding, extension or contributors


class SqueezeError(ProtocolError):
    """A squeezed packet is of no voice that was seen whole."""


class HeaderSqueeze:
    """One direction of one connection, at one of its ends."""

    def __init__(self) -> None:
        self._voices: list[Header] = []  # the last packet of each
        self._places: dict[int, int] = {}  # by SSRC
        self._begun = 0
        self._counter = -1

    def squeeze(self, packet: bytes) -> bytes | None:
        """Return a packet without what the other end knows, or None where it has to travel whole."""
        header = _header_of(packet)
        place = self._places.get(header.ssrc) if header is not None else None
        is_next = (
            place is not None and header == _next(self._voices[place]) and _counter_of(packet) == self._next_counter
        )
        if header is None or place is None or not is_next:
            self.note(packet)
            return None
        self._voices[place], self._counter = header, self._next_counter
        return bytes([place]) + packet[HEADER_BYTES:-COUNTER_BYTES]

    def restore(self, squeezed: bytes) -> bytes:
        """Return the packet as it was. Raises SqueezeError."""
        place = squeezed[0] if squeezed else VOICES
        if place >= len(self._voices):
            raise SqueezeError(f"a squeezed packet must be of one of {len(self._voices)} voices, got {place}")
        header = self._voices[place] = _next(self._voices[place])
        self._counter = self._next_counter
        return rtp.build_header(header) + squeezed[1:] + self._counter.to_bytes(COUNTER_BYTES, "big")

    def note(self, packet: bytes) -> None:
        """Learn from a packet that travels whole."""
        if len(packet) < HEADER_BYTES + COUNTER_BYTES or packet[0] & 0xC0 != _PLAIN:
            return
        self._counter = _counter_of(packet)  # RTCP is counted along
        header = _header_of(packet)
        if header is None:
            return
        place = self._places.get(header.ssrc)
        if place is None:
            place = self._begun % VOICES
            self._begun += 1
            if place < len(self._voices):
                del self._places[self._voices[place].ssrc]
                self._voices[place] = header
            else:
                self._voices.append(header)
            self._places[header.ssrc] = place
        self._voices[place] = header

    @property
    def _next_counter(self) -> int:
        return self._counter + 1 & 0xFFFF_FFFF


def _header_of(packet: bytes) -> Header | None:
    """Return the header of a packet of a voice that has none but the fixed fields."""
    if len(packet) < HEADER_BYTES + COUNTER_BYTES or packet[0] != _PLAIN or rtp.is_rtcp(packet):
        return None
    return rtp.parse_header(packet)


def _counter_of(packet: bytes) -> int:
    return int.from_bytes(packet[-COUNTER_BYTES:], "big")


def _next(header: Header) -> Header:
    """Return the header that follows while somebody speaks on."""
    return Header(
        header.payload_type,
        header.sequence + 1 & 0xFFFF,
        header.timestamp + FRAME_SAMPLES & 0xFFFF_FFFF,
        header.ssrc,
        False,
    )
