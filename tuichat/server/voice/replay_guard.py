"""Knows which packets of one sender came before, whatever the sender counts by."""

WINDOW = 256  # packets that may overtake one another
MAX_AGE_SAMPLES = WINDOW * 5760  # of one within the window: Opus packets have 120 ms at most (RFC 6716, 2.1.4)
RESTART_NONCES = 1000  # how far a nonce may have gone on while sequence and timestamp began anew; taste

_HALF, _MASK = 1 << 31, 0xFFFF_FFFF


class ReplayGuard:
    """Lets each packet through once. Give it the numbers of packets that opened: a forged one must not move it.

    The nonce alone would not do: interactions.py draws one at random for each packet, hikari-wave sends the same with all of
    them. So a packet is new by its timestamp, which grows, and within WINDOW by its sequence number. A sender that begins
    both anew under the same key is known by a nonce that goes on. fast_forwarder.c does the same.
    """

    __slots__ = ("_has_highest", "_nonce", "_seen", "_sequence", "_timestamp")

    def __init__(self) -> None:
        self._has_highest = False
        self._sequence = self._timestamp = self._nonce = 0  # of the newest packet
        self._seen = 0  # bit n: the sequence number `_sequence - n` came

    def accept(self, sequence: int, timestamp: int, nonce: int) -> bool:
        """Take note of a packet; False when it came before or is too old."""
        later = ((timestamp - self._timestamp + _HALF) & _MASK) - _HALF
        if not self._has_highest or later > 0 or (nonce - self._nonce - 1) & _MASK < RESTART_NONCES:
            ahead = (sequence - self._sequence) & 0xFFFF
            is_near = self._has_highest and 0 < ahead < WINDOW
            self._seen = (self._seen << ahead | 1) & ((1 << WINDOW) - 1) if is_near else 1
            self._has_highest = True
            self._sequence, self._timestamp, self._nonce = sequence, timestamp, nonce
            return True
        age = (self._sequence - sequence) & 0xFFFF
        if age >= WINDOW or -later > MAX_AGE_SAMPLES or self._seen >> age & 1:
            return False
        self._seen |= 1 << age
        return True
