"""By which way the packets of a call travel: UDP as long as it answers, else through others; decided without I/O."""

import enum
from typing import NamedTuple

from tuichat.voice.call_protocol import MediaPath

FIRST_GAP_MS, MAX_GAP_MS = 150, 600  # taste, between the requests of a discovery: the first may be lost
SEEK_LIMIT_MS = 2000  # taste: who joins waits so long for UDP
SILENCE_LIMIT_MS = 2500  # a server sends something each second, and answers our keep-alive: five datagrams were lost
REOPEN_EVERY_MS = 1000
FALL_BACK_MS = 4000  # silent UDP beside a voice WebSocket that answers: something lets only TCP through
FIRST_RETRY_MS, MAX_RETRY_MS = 30_000, 300_000  # taste: how often a better way is tried again

BY_UDP = (MediaPath.UDP, MediaPath.RELAYED)


class Step(enum.Enum):
    """What the owner does next."""

    DISCOVER = "send a discovery request"
    DISCOVER_RELAYED = "send a discovery request through the agent's machine"
    CHOOSE_WEBSOCKET = "tell the server to send through the WebSocket"
    REOPEN = "open another UDP socket, and show the server where it is"
    PROBE = "find out whether the voice WebSocket is alive"


class ChooseUdp(NamedTuple):
    """Tell the server to send to this address of ours."""

    address: str
    port: int


class PathChooser:
    """One voice session's. Times are milliseconds of one clock.

    Where the agent is on another machine, `can_relay`, its UDP is the second best way: it is taken as soon as it answers, and left when
    UDP from this machine does. `can_go_direct` is False where the server's address means something else here.
    `can_use_websocket`: the server knows that extension. `may_use_udp` is False where a proxy leads to the server: UDP would
    go around it, and show who asks.
    """

    def __init__(
        self,
        *,
        can_use_websocket: bool,
        now_ms: float,
        may_use_udp: bool = True,
        can_relay: bool = False,
        can_go_direct: bool = True,
    ) -> None:
        self._can_use_websocket = can_use_websocket
        self._may_use_udp = may_use_udp
        self._can_relay = can_relay
        self._can_go_direct = can_go_direct
        self.path = MediaPath.NONE
        """The way that was agreed on, or was asked for last."""
        self.is_stuck = False
        """UDP gets no answer, and the server knows no other way."""
        self._heard_ms = now_ms
        self._alive_ms = now_ms
        self._retry_gap_ms = FIRST_RETRY_MS
        self._reopen_ms = 0.0
        self._seek(now_ms)

    def _seek(self, now_ms: float) -> None:
        self._sought_ms: float | None = now_ms
        self._next_ms = now_ms
        self._gap_ms = FIRST_GAP_MS

    def is_silent(self, now_ms: float) -> bool:
        """Whether UDP is the way, and nothing comes by it."""
        return self.path in BY_UDP and now_ms - self._heard_ms >= SILENCE_LIMIT_MS

    def discovered(self, address: str, port: int, now_ms: float, by: MediaPath = MediaPath.UDP) -> ChooseUdp | None:
        """Take a discovery's answer, which came `by` UDP or RELAYED; None where there is nothing new to tell the server."""
        if self._sought_ms is None:
            return None
        if by is MediaPath.RELAYED:
            if self.path in BY_UDP and not self.is_silent(now_ms):
                return None
            if not self._can_go_direct:
                self._stop_seeking(now_ms)
        else:
            self._sought_ms = None
        self.path, self.is_stuck, self._heard_ms = by, False, now_ms
        return ChooseUdp(address, port)

    def heard(self, now_ms: float, by: MediaPath = MediaPath.UDP) -> None:
        """Something came by UDP or RELAYED that the server sent."""
        if by is not self.path:
            return
        if by is MediaPath.UDP and self.is_silent(now_ms):
            self._sought_ms = None  # it was a stall, and this is the best way
        self._heard_ms = now_ms

    def signaling_answered(self, now_ms: float) -> None:
        """The voice WebSocket has just shown that it is alive."""
        self._alive_ms = now_ms

    def resumed(self, now_ms: float) -> list[Step]:
        """The voice session goes on over another connection, perhaps over another network."""
        self._alive_ms = now_ms
        if self.path is MediaPath.UDP and now_ms - self._heard_ms >= REOPEN_EVERY_MS:
            self._reopen_ms = now_ms + REOPEN_EVERY_MS
            return [Step.REOPEN]
        return []

    def tick(self, now_ms: float) -> list[Step]:
        """Act on the time; call it ten times a second while the voice session is ready or comes back."""
        if not self._may_use_udp:
            return self._tick_without_udp()
        if self._sought_ms is not None:
            return self._tick_seeking(now_ms, self._sought_ms)
        if self.path is MediaPath.WEBSOCKET or (self.path is MediaPath.RELAYED and not self.is_silent(now_ms)):
            if now_ms >= self._next_ms and (self._can_go_direct or self.path is MediaPath.WEBSOCKET):
                self._seek(now_ms)
            return []
        if not self.is_silent(now_ms) or now_ms < self._reopen_ms:
            return []
        self._reopen_ms = now_ms + REOPEN_EVERY_MS
        if self._can_relay and self.path is MediaPath.UDP:
            self._seek(now_ms)  # the second best way answers at once where it is there
            return [Step.REOPEN, Step.PROBE]
        if now_ms - self._heard_ms >= FALL_BACK_MS and self._alive_ms > self._heard_ms + SILENCE_LIMIT_MS:
            self._seek(now_ms)  # a server that has lost our address, or a wall: the seeking finds out which
            return [Step.REOPEN]
        return [Step.REOPEN, Step.PROBE]

    def _stop_seeking(self, now_ms: float) -> None:
        """Stay with what there is, and try for something better later."""
        self._sought_ms = None
        self._next_ms = now_ms + self._retry_gap_ms
        self._retry_gap_ms = min(MAX_RETRY_MS, self._retry_gap_ms * 2)

    def _tick_without_udp(self) -> list[Step]:
        if self.path is MediaPath.WEBSOCKET:
            return []
        if not self._can_use_websocket:
            self.is_stuck = True
            return []
        self.path, self._sought_ms = MediaPath.WEBSOCKET, None
        return [Step.CHOOSE_WEBSOCKET]

    def _tick_seeking(self, now_ms: float, sought_ms: float) -> list[Step]:
        if now_ms - sought_ms >= SEEK_LIMIT_MS:
            if self.path is MediaPath.RELAYED and not self.is_silent(now_ms):
                self._stop_seeking(now_ms)
                return []
            if self._can_relay and self.path in BY_UDP and self._alive_ms < sought_ms:
                self._seek(now_ms)  # the agent is not heard either: nothing gets through, so no way is better
                return [Step.PROBE]
            if self.path is MediaPath.WEBSOCKET or self._can_use_websocket:
                was_websocket = self.path is MediaPath.WEBSOCKET
                self.path = MediaPath.WEBSOCKET
                self._stop_seeking(now_ms)
                return [] if was_websocket else [Step.CHOOSE_WEBSOCKET]
            self.is_stuck = True
        if now_ms < self._next_ms:
            return []
        self._next_ms = now_ms + self._gap_ms
        self._gap_ms = min(MAX_GAP_MS, self._gap_ms * 2)
        steps = [Step.DISCOVER] if self._can_go_direct else []
        if self._can_relay and (self.path not in BY_UDP or self.is_silent(now_ms)):
            steps.append(Step.DISCOVER_RELAYED)
        return steps
