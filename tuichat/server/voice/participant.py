"""One voice connection as media sees it: its keys and its address, what it may do, and what came from it."""

import enum
from collections import deque
from collections.abc import Callable
from typing import Protocol

from tuichat.protocol.encryption import Opener, Sealer, nonce_of
from tuichat.protocol.rtp import ReplayWindow, Unwrapper, is_rtcp
from tuichat.protocol.voice_extensions import LOSS_REPORTS, REDUNDANCY, SPEAKERS_ALONE
from tuichat.server.actions.voice_rooms import VoicePlace
from tuichat.server.voice.hearing import Hearing
from tuichat.server.voice.replay_guard import ReplayGuard

Address = tuple[str, int]  # IPv4 literal and port, as sockets give them
Pipe = Callable[[bytes], None]
Frame = tuple[bytes, bytes, bytes]  # a packet, its payload, and the frame in it that is new

MAX_DISCOVERED = 4  # addresses that one connection may have asked from: a client tries again from another socket
WINDOW_MS = 1000
MAX_PACKETS = 250  # in a window: five times what a client sends, for one that catches up after a stall
MAX_BYTES = 200_000  # in a window: 510 kbit/s thrice over, as with two earlier frames in each packet (RFC 6716, 2.1.1)
MAX_ANNOUNCED = 10  # in a window: each is told to everybody in the room, so it costs more than its sender pays
LEAST_ANNOUNCED = 2  # however many are told
MAX_TOLD = 2000  # people in a window, by one speaker; taste: a twentieth of a core
NEVER_SPOKE = -1
HOLD_MS = 40  # two frames: what listeners are told over TCP has to come before the first packet
MAX_HELD = 20
NONCE_BITS = 32
FIRST_COUNTER = 1 << 31  # 16 months of packets at 50 a second are the client's
LAST_COUNTER = 0xBFF0_0000  # fast_forwarder.c counts on from 0xC0000000; 50 days at 250 packets a second


class Departure(enum.Enum):
    """Why a voice connection ends by the server's will: a close code of the voice gateway, chosen there."""

    MOVED = "moved"
    REMOVED = "removed"
    CALL_ENDED = "the call ended"
    REPLACED = "replaced"
    WORN_OUT = "its key has sealed all that it may"


class Signals(Protocol):
    """The voice gateway's end of a participant. None of these may raise or wait."""

    def people_joined(self, user_ids: list[int]) -> None: ...
    def person_left(self, user_id: int) -> None: ...
    def speaking(self, user_id: int, ssrc: int, bits: int) -> None: ...
    def ended(self, departure: Departure) -> None: ...


class Helper(Protocol):
    """What forwards beside Python, where it was built (`fast_forwarder.FastForwarder`)."""

    def set(self, participant: "Participant") -> None: ...
    def drop(self, participant: "Participant") -> None: ...
    def accept(self, ssrc: int, sequence: int, timestamp: int, nonce: int) -> bool | None: ...
    def heard_ms(self, ssrc: int) -> int | None: ...


class Room(Protocol):
    """What a participant needs to know of its room (`room.Room`)."""

    def __len__(self) -> int: ...
    def changed(self, member: "Participant") -> None: ...
    def announce(self, speaker: "Participant", bits: int, now_ms: int) -> None: ...
    def released(self, speaker: "Participant") -> None: ...
    def audience_of(self, speaker: "Participant") -> "Audience": ...


class Audience:
    """Who hears one speaker, ready to be sent to: how to seal for each, and where to.

    `plain` and `redundant` part `everybody` by whether they agreed to redundant payloads.
    """

    __slots__ = ("everybody", "piped", "plain", "redundant")

    def __init__(self, listeners: "list[Participant]") -> None:
        bound = [(each, (each.sealer.seal, each.address)) for each in listeners if each.sealer and each.address]
        self.plain = [way for each, way in bound if not each.is_redundant]
        self.redundant = [way for each, way in bound if each.is_redundant]
        self.everybody = self.plain + self.redundant
        self.piped = [
            (each.sealer.seal, each.pipe, each.is_redundant) for each in listeners if each.sealer and each.pipe
        ]


class Participant:
    """A person's voice connection, from its IDENTIFY until it is over; over a resume it stays the same."""

    __slots__ = (
        "_announced_in_window",
        "_announced_start_ms",
        "_window_bytes",
        "_window_packets",
        "_window_start_ms",
        "address",
        "announced",
        "audience",
        "discovered",
        "heard_ms",
        "hearings",
        "held",
        "helper",
        "is_being_told",
        "is_redundant",
        "key",
        "mode",
        "opener",
        "pipe",
        "place",
        "replayed",
        "reported",
        "reports_losses",
        "room",
        "sealer",
        "signals",
        "slot",
        "ssrc",
        "told_ms",
        "unsaid",
        "unwrapper",
        "wants_listeners",
    )

    def __init__(self, place: VoicePlace, ssrc: int, signals: Signals, features: frozenset[str] = frozenset()) -> None:
        self.place = place
        self.ssrc = ssrc
        self.signals = signals
        self.is_redundant = REDUNDANCY in features
        self.reports_losses = LOSS_REPORTS in features
        self.wants_listeners = SPEAKERS_ALONE not in features
        self.mode = ""
        self.key = b""
        self.sealer: Sealer | None = None
        self.opener: Opener | None = None
        self.address: Address | None = None
        self.pipe: Pipe | None = None  # media goes through the WebSocket, and no address counts
        self.discovered: deque[Address] = deque(maxlen=MAX_DISCOVERED)
        self.replayed = ReplayGuard()
        self.unwrapper = Unwrapper(NONCE_BITS)  # of the nonces of RTCP, which has no numbers of its own
        self.reported = ReplayWindow()
        self.audience: Audience | None = None  # None: somebody came, went or changed since it was made
        self.room: Room | None = None  # once the others know of it
        self.announced = NEVER_SPOKE  # the speaking bits that the others were told
        self.unsaid: int | None = None  # those that came too fast to be told
        self.heard_ms: int | None = None  # when something other than silence came last
        self.told_ms: int | None = None  # when the others were told of it first, until it is heard
        self.is_being_told = False  # not all of the others have been told yet
        self.held: list[Frame] | None = None  # what it said since then, for HOLD_MS
        self.helper: Helper | None = None
        self.hearings: dict[int, Hearing] = {}  # by the listener's SSRC: how those in the room hear it
        self.slot = 0
        self._announced_start_ms = 0
        self._announced_in_window = 0
        self._window_start_ms = 0
        self._window_packets = 0
        self._window_bytes = 0

    @property
    def user_id(self) -> int:
        return int(self.place.user_id)

    @property
    def is_known(self) -> bool:
        """Whether everybody in the room knows whose its packets are."""
        return self.announced != NEVER_SPOKE and self.told_ms is None and self.held is None

    @property
    def hears(self) -> bool:
        return self.room is not None and not self.place.is_deaf

    def was_told(self) -> None:
        """All others know of it."""
        self.is_being_told = False

    def set_keys(self, mode: str, key: bytes) -> None:
        """Begin media anew with these. The protocol has one key for both directions, and clients count from 0: we count
        from half, so that no nonce is ever used for two packets."""
        self.mode, self.key = mode, key
        self.sealer, self.opener = Sealer(mode, key, FIRST_COUNTER), Opener(mode, key)
        self.replayed, self.unwrapper, self.reported = ReplayGuard(), Unwrapper(NONCE_BITS), ReplayWindow()

    def may_announce(self, now_ms: int, people: int) -> bool:
        """Count one change of the speaking bits; say whether it is within what one may have told so many in a second."""
        if now_ms - self._announced_start_ms >= WINDOW_MS:
            self._announced_start_ms, self._announced_in_window = now_ms, 0
        self._announced_in_window += 1
        limit = max(LEAST_ANNOUNCED, min(MAX_ANNOUNCED, MAX_TOLD // max(people, 1)))
        return self._announced_in_window <= limit

    def counts(self, packet: bytes, now_ms: int) -> bool:
        """Count a packet that opened; say whether it is new, and within what one may send in a second."""
        if not self._is_new(packet):
            return False
        if now_ms - self._window_start_ms >= WINDOW_MS:
            self._window_start_ms, self._window_packets, self._window_bytes = now_ms, 0, 0
        self._window_packets += 1
        self._window_bytes += len(packet)
        return self._window_packets <= MAX_PACKETS and self._window_bytes <= MAX_BYTES

    def _is_new(self, packet: bytes) -> bool:
        nonce = nonce_of(packet)
        if is_rtcp(packet):
            return self.reported.accept(self.unwrapper.unwrap(nonce))  # RFC 3711, 3.3.2
        sequence, timestamp = int.from_bytes(packet[2:4]), int.from_bytes(packet[4:8])
        if self.helper is not None:  # which sees packets that we do not
            is_new = self.helper.accept(self.ssrc, sequence, timestamp, nonce)
            if is_new is not None:
                return is_new
        return self.replayed.accept(sequence, timestamp, nonce)
