"""The packets of one call, without I/O: sealed and opened, repeated where losses ask for it, counted and reported."""

from collections.abc import Sequence
from typing import NamedTuple

from tuichat.protocol import discovery, rtcp, rtp
from tuichat.protocol.encryption import Opener, Sealer, nonce_of
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.voice_extensions import LOSS_REPORTS, REDUNDANCY
from tuichat.voice.incoming_stream import IncomingStream
from tuichat.voice.redundancy import Repeater

MAX_SPEAKERS = 1024  # taste: SSRCs of one room; a stranger cannot make us remember more
REPORTED_MS = 5000  # who was not heard for so long is not reported on
KEPT_ECHOES = 8


class Heard(NamedTuple):
    """An authentic packet of a speaker."""

    header: rtp.Header
    payload: bytes


class Told(NamedTuple):
    """Authentic reports: how what is sent from here arrives."""

    reports: rtcp.Reports


class Echo(NamedTuple):
    """A keep-alive came back."""

    rtt_ms: float


class Discovered(NamedTuple):
    """The server has seen a discovery of ours come from this address."""

    address: str
    port: int


Arrival = Heard | Told | Echo | Discovered | None


class MediaSession:
    """Sends and receives under one SSRC and the keys agreed on last. Times are milliseconds of one monotonic clock.

    Datagrams that say nothing authentic are dropped and counted; nothing here raises for what comes from outside.
    """

    def __init__(self, ssrc: int, features: Sequence[str]) -> None:
        self.ssrc = ssrc
        self._repeats = REDUNDANCY in features
        self._reports = LOSS_REPORTS in features
        self._sealer: Sealer | None = None
        self._opener: Opener | None = None
        self._replays = rtp.ReplayWindow()
        self._sequence = 0
        self._repeater = Repeater()
        self._is_paused = True
        self._streams: dict[int, IncomingStream] = {}
        self._counter = 0
        self._echoes: dict[int, float] = {}
        self.rtt_ms: float | None = None
        """The last round trip of a keep-alive."""
        self.wanted_bits_s: int | None = None
        """The most that each speaker is asked to send, None for as they like."""
        self.sent_bytes = 0
        self.received_bytes = 0
        self.refused = 0
        """Datagrams that were forged, replayed or no packets of ours."""

    @property
    def is_agreed(self) -> bool:
        """Whether there are keys."""
        return self._sealer is not None

    @property
    def redundancy(self) -> int:
        """How many packets later each frame is sent again, 0 for never; nothing where the server does not take that."""
        return self._repeater.depth

    @redundancy.setter
    def redundancy(self, depth: int) -> None:
        self._repeater.depth = depth if self._repeats else 0

    @property
    def needs_new_key(self) -> bool:
        return self._sealer is not None and self._sealer.needs_new_key

    def agree(self, mode: str, key: bytes) -> None:
        """Use a new key from now on. Raises ProtocolError for a mode or key that is none."""
        self._sealer, self._opener = Sealer(mode, key), Opener(mode, key)
        self._replays = rtp.ReplayWindow()

    def pack(self, payload: bytes, timestamp: int, *, is_speech: bool) -> bytes | None:
        """Return the packet of a frame; None before there is a key."""
        if self._sealer is None:
            return None
        kind, body = self._repeater.pack(payload, timestamp) if self._repeats else (rtp.OPUS, payload)
        header = rtp.Header(kind, self._sequence, timestamp, self.ssrc, self._is_paused and is_speech)
        self._sequence = self._sequence + 1 & 0xFFFF
        self._is_paused = not is_speech
        packet = self._sealer.seal(rtp.build_header(header), body)
        self.sent_bytes += len(packet)
        return packet

    def receive(self, datagram: bytes, now_ms: float) -> Arrival:
        """Take one datagram; None where it says nothing that one could trust."""
        self.received_bytes += len(datagram)
        if discovery.is_keep_alive(datagram):
            sent_ms = self._echoes.pop(int.from_bytes(datagram[:4], "little"), None)
            if sent_ms is None:
                return None
            self.rtt_ms = now_ms - sent_ms
            return Echo(self.rtt_ms)
        if len(datagram) == discovery.PACKET_BYTES and (answer := discovery.parse_response(datagram)) is not None:
            ssrc, address, port = answer
            return Discovered(address, port) if ssrc == self.ssrc else None
        if self._opener is None or len(datagram) < rtp.HEADER_BYTES:
            return None
        counter = nonce_of(datagram)
        body = self._opener.open(datagram) if self._replays.is_new(counter) else None
        if body is None or not self._replays.accept(counter):
            self.refused += 1
            return None
        try:
            if rtp.is_rtcp(datagram):
                return Told(rtcp.parse(datagram[: rtp.RTCP_HEADER_BYTES] + body))
            header = rtp.parse_header(datagram)
        except ProtocolError:
            self.refused += 1
            return None
        return self._take_packet(header, body, now_ms)

    def _take_packet(self, header: rtp.Header, body: bytes, now_ms: float) -> Heard | None:
        stream = self._streams.get(header.ssrc)
        if stream is None:
            if len(self._streams) >= MAX_SPEAKERS:
                self._forget_quiet(now_ms)
                if len(self._streams) >= MAX_SPEAKERS:
                    return None
            stream = self._streams[header.ssrc] = IncomingStream()
        return Heard(header, body) if stream.arrive(header, now_ms) else None

    def stream(self, ssrc: int) -> IncomingStream | None:
        """Return what is known of how an SSRC arrives."""
        return self._streams.get(ssrc)

    def forget(self, ssrc: int) -> None:
        """The speaker of this SSRC is gone."""
        self._streams.pop(ssrc, None)

    def discovery_request(self) -> bytes:
        """Return the datagram that asks which address of ours the server sees."""
        return discovery.request(self.ssrc)

    def keep_alive(self, now_ms: float) -> bytes:
        """Return a datagram that keeps a NAT's mapping, and that the server sends back."""
        self._counter = self._counter + 1 & 0xFFFF_FFFF
        self._echoes[self._counter] = now_ms
        while len(self._echoes) > KEPT_ECHOES:
            del self._echoes[next(iter(self._echoes))]
        return discovery.keep_alive(self._counter)

    def report(self, now_ms: float) -> bytes | None:
        """Return the packet that tells how each speaker arrives; with nobody to tell of it still proves where one is.

        None before there is a key.
        """
        if self._sealer is None:
            return None
        heard = [(ssrc, stream) for ssrc, stream in self._streams.items() if now_ms - stream.heard_ms < REPORTED_MS]
        told = heard[: rtcp.MAX_SOURCES] if self._reports else []
        blocks = [stream.block(ssrc) for ssrc, stream in told]
        metrics = [stream.metrics(ssrc, self.rtt_ms or 0.0) for ssrc, stream in told]
        wanted = self.wanted_bits_s
        bitrates = [] if wanted is None else [rtcp.BitrateRequest(ssrc, wanted) for ssrc, _ in told]
        plain = rtcp.build(self.ssrc, blocks, metrics, bitrates)
        packet = self._sealer.seal(plain[: rtp.RTCP_HEADER_BYTES], plain[rtp.RTCP_HEADER_BYTES :])
        self.sent_bytes += len(packet)
        return packet

    def _forget_quiet(self, now_ms: float) -> None:
        for ssrc in [ssrc for ssrc, stream in self._streams.items() if now_ms - stream.heard_ms >= REPORTED_MS]:
            del self._streams[ssrc]
