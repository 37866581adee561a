"""Who may ask the media port for a sign of life without being in a room: few, known, for a moment; told the time."""

from tuichat.server.voice.participant import Address

LIFETIME_MS = 10_000
MAX_ANSWERS = 8  # of one probe: as many requests as a median needs, and some more
MAX_PROBES = 1000  # alive at once, of all accounts: 8000 answers in ten seconds at most


class _Probe:
    __slots__ = ("address", "ends_ms", "left", "user_id")

    def __init__(self, user_id: int, ends_ms: int) -> None:
        self.user_id = user_id
        self.ends_ms = ends_ms
        self.left = MAX_ANSWERS
        self.address: Address | None = None  # of who asked first, the only one that is answered


class Probes:
    """Those that are alive, by SSRC: one an account."""

    def __init__(self) -> None:
        self._probes: dict[int, _Probe] = {}  # all live equally long: the first ends first
        self._ssrcs: dict[int, int] = {}  # by user

    def __contains__(self, ssrc: int) -> bool:
        return ssrc in self._probes

    def __len__(self) -> int:
        return len(self._probes)

    def open(self, user_id: int, ssrc: int, now_ms: int) -> bool:
        """Let a user probe under this SSRC, and no more under the one before; False while too many others do."""
        while self._probes:
            first = next(iter(self._probes))
            if self._probes[first].ends_ms > now_ms:
                break
            self._drop(first)
        if user_id in self._ssrcs:
            self._drop(self._ssrcs[user_id])
        if len(self._probes) >= MAX_PROBES:
            return False
        self._probes[ssrc] = _Probe(user_id, now_ms + LIFETIME_MS)
        self._ssrcs[user_id] = ssrc
        return True

    def answers(self, ssrc: int, address: Address, now_ms: int) -> bool:
        """Say whether a request from this address is answered, and count it."""
        probe = self._probes.get(ssrc)
        if probe is None or now_ms >= probe.ends_ms or probe.left == 0 or probe.address not in (None, address):
            return False
        probe.address = address
        probe.left -= 1
        return True

    def _drop(self, ssrc: int) -> None:
        probe = self._probes.pop(ssrc)
        del self._ssrcs[probe.user_id]
