"""One voice session: what its client is told, numbered and kept until it has it, over any number of connections."""

from collections import deque
from typing import Protocol

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.voice_gateway import (
    FIRST_BUFFERED_VERSION,
    FIRST_SEQUENCE,
    ClientDisconnect,
    ClientsConnect,
    ServerPayload,
    SpeakingUpdate,
    encode,
    is_buffered,
)
from tuichat.server.voice.participant import Departure, Participant

MAX_KEPT = 512  # payloads of one session that wait for an acknowledgement; taste


class Line(Protocol):
    """The connection that a session speaks through."""

    version: int

    def send(self, payload: bytes) -> None: ...
    def send_media(self, packet: bytes) -> None: ...
    def end(self, code: int, reason: str) -> None: ...


class Ending(Protocol):
    """Who closes sessions that the server is done with."""

    def session_ended(self, session: "VoiceSession", departure: Departure) -> None: ...


class VoiceSession:
    """The `Signals` of one participant. It outlives a connection that breaks, for a while."""

    __slots__ = (
        "_kept",
        "_owner",
        "_sequence",
        "detached_ms",
        "features",
        "is_ended",
        "key",
        "line",
        "participant",
        "version",
    )

    def __init__(self, owner: Ending, line: Line, features: frozenset[str]) -> None:
        self._owner = owner
        self._sequence = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=MAX_KEPT)
        self.line: Line | None = line
        self.version = line.version
        self.features = features
        self.participant: Participant | None = None
        self.key: tuple[int, str] | None = None  # server and token, once it was taken in
        self.is_ended = False
        self.detached_ms = 0  # when its connection broke, where `line` is None

    def tell(self, payload: ServerPayload) -> None:
        """Tell the client something that it must not miss."""
        is_kept = is_buffered(payload, self.version)
        if is_kept:
            self._sequence += 1
        message = encode(payload, version=self.version, seq=self._sequence if is_kept else None)
        if is_kept:
            self._kept.append((self._sequence, message))
        if self.line is not None:
            self.line.send(message)

    def acknowledge(self, sequence: int) -> None:
        """The client has all up to this number."""
        while self._kept and self._kept[0][0] <= sequence:
            self._kept.popleft()

    def replay(self, sequence: int) -> list[bytes] | None:
        """Return what came after `sequence`; None where that is no longer known, or was never said.

        Before version 8 nothing is counted, and nothing comes again.
        """
        sequence = max(sequence, FIRST_SEQUENCE - 1)  # NOTHING_SEEN, or what an old client says
        if self.version < FIRST_BUFFERED_VERSION:
            return []
        if sequence > self._sequence:
            return None
        first = self._kept[0][0] if self._kept else self._sequence + 1
        if sequence + 1 < first and sequence < self._sequence:
            return None
        return [payload for number, payload in self._kept if number > sequence]

    def pipe(self, packet: bytes) -> None:
        """Media for a client that takes them through its WebSocket; what cannot go now never goes."""
        if self.line is not None:
            self.line.send_media(packet)

    # Signals.

    def people_joined(self, user_ids: list[int]) -> None:
        self.tell(ClientsConnect(user_ids=[Snowflake(each) for each in user_ids]))

    def person_left(self, user_id: int) -> None:
        self.tell(ClientDisconnect(user_id=Snowflake(user_id)))

    def speaking(self, user_id: int, ssrc: int, bits: int) -> None:
        self.tell(SpeakingUpdate(user_id=Snowflake(user_id), ssrc=ssrc, speaking=bits))

    def ended(self, departure: Departure) -> None:
        if not self.is_ended:
            self.is_ended = True
            self._owner.session_ended(self, departure)
