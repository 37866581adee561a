"""The packets of one voice session where the ears are: by UDP from here, or through the agent, and what losses call for."""

import logging
from collections.abc import Callable

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.rtcp import Reports
from tuichat.protocol.voice_extensions import WEBSOCKET_MEDIA
from tuichat.voice.audio import Audio
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.media_path import PathChooser, Step
from tuichat.voice.media_protocol import (
    Datagram,
    MediaOffer,
    MediaReport,
    ProbeSignaling,
    SelectAddress,
    SelectWebSocket,
    Way,
)
from tuichat.voice.monotonic import now_ms, stamp_ms
from tuichat.voice.packet_pairs import PacketPairs
from tuichat.voice.redundancy import Protection, ProtectionPolicy
from tuichat.voice.transport import Discovered, Heard, MediaSession, Told
from tuichat.voice.udp_socket import UdpSocket

logger = logging.getLogger(__name__)

NARROW_BITS_S = 40_000
"""Of a voice: with what ssh and TCP add to each frame, it is below 80 kbit/s there."""
LEAST_BITS_S = 32_000  # whatever listeners ask for
ASKED_FOR_MS = 5000.0  # listeners ask again each second
SHOW_EVERY_MS = 200.0  # while nothing comes: the first that gets through shows the server where one is


class MediaLink:
    """From READY to the session's end. `on_heard` is given each speaker's packet that is authentic and new, and the time.

    `report` is told what the agent is to do. Times are Audio's clock in milliseconds. All calls are for one loop and return at once.
    """

    def __init__(
        self,
        offer: MediaOffer,
        audio: Audio,
        policy: ProtectionPolicy,
        report: Callable[[MediaReport], None],
        *,
        on_heard: Callable[[Heard, float], None],
        is_signaling_ready: bool,
        now: float,
    ) -> None:
        self.session = offer.session
        self.media = MediaSession(offer.ssrc, offer.features)
        self.is_signaling_ready = is_signaling_ready
        """Whether the voice server knows us over the connection that the agent has now."""
        self.sent_loss = 0.0
        """The share of what was sent from here that the worst of its listeners misses."""
        self._asked_bits_s = self._asked_ms = float("inf")
        self._audio = audio
        self._policy = policy
        self._report = report
        self._protection = Protection()
        self._server = (offer.ip, offer.port)
        self._on_heard = on_heard
        self._is_remote = offer.is_remote
        self._has_udp = offer.may_use_udp and offer.can_go_direct
        self._chooser = PathChooser(
            can_use_websocket=WEBSOCKET_MEDIA in offer.features,
            now_ms=now,
            may_use_udp=offer.may_use_udp,
            can_relay=offer.can_relay,
            can_go_direct=offer.can_go_direct,
        )
        self._show_ms = 0.0
        self._udp: UdpSocket | None = None
        self._carried = PacketPairs(self._carry_by_udp)
        self._protect(now)
        self._reopen()
        self.tick(now)

    @property
    def path(self) -> MediaPath:
        """How packets travel; NONE until it was agreed."""
        return self._chooser.path if self.media.is_agreed else MediaPath.NONE

    @property
    def _is_through_ssh(self) -> bool:
        return self._is_remote and self.path in (MediaPath.RELAYED, MediaPath.WEBSOCKET)

    @property
    def is_stuck(self) -> bool:
        """UDP gets no answer, and the server knows no other way."""
        return self._chooser.is_stuck

    def is_silent(self, now: float) -> bool:
        """Whether nothing comes by UDP any more, not even the server's signs of life."""
        return self._chooser.is_silent(now)

    def bitrate(self, wished_bits_s: int, now: float) -> int:
        """Return what a voice is to be sent with: as wished, where this end's line and the listeners' can carry it."""
        narrow = NARROW_BITS_S if self._is_through_ssh else wished_bits_s
        asked = self._asked_bits_s if now - self._asked_ms < ASKED_FOR_MS else wished_bits_s
        return int(min(wished_bits_s, narrow, max(asked, LEAST_BITS_S)))

    def agree(self, mode: str, key: bytes, now: float) -> None:
        """The server has chosen a key. Raises ProtocolError for one that is none."""
        self.media.agree(mode, key)
        self._tell_server(now)

    def resumed(self, now: float) -> None:
        """The voice session goes on over another WebSocket."""
        self._take_steps(self._chooser.resumed(now), now)

    def signaling_answered(self, now: float) -> None:
        self._chooser.signaling_answered(now)

    def send(self, payload: bytes, timestamp: int, *, is_speech: bool) -> None:
        """Send one frame; it is dropped while there is no key."""
        packet = self.media.pack(payload, timestamp, is_speech=is_speech)
        if packet is not None:
            self._send(packet, may_wait=is_speech)

    def take_carried(self, datagram: Datagram, now: float) -> None:
        """Take what the agent carried here: out of the WebSocket, or from its own UDP."""
        by = MediaPath.WEBSOCKET if datagram.way is Way.WEBSOCKET else MediaPath.RELAYED
        self._take(datagram.data, by, now)

    def reopen(self, now: float) -> None:
        """Have another UDP socket, as after a sleep, and show the server where it is."""
        self._reopen()
        self._tell_server(now)

    def tick(self, now: float) -> None:
        """Act on the time, ten times a second."""
        if self.is_signaling_ready or self._chooser.path in (MediaPath.UDP, MediaPath.RELAYED):
            self._take_steps(self._chooser.tick(now), now)
        if self.is_silent(now) and now >= self._show_ms:
            self._show_ms = now + SHOW_EVERY_MS
            self._tell_server(now)

    def each_second(self, now: float) -> None:
        """Show that one is there, tell how everybody arrives, and follow what the listeners told."""
        if self.path in (MediaPath.UDP, MediaPath.RELAYED):
            self._send(self.media.keep_alive(now))
        self._carried.note_round_trip(self.media.rtt_ms if self.path is MediaPath.RELAYED else None)
        self.media.wanted_bits_s = NARROW_BITS_S if self._is_through_ssh else None
        self._tell_server(now)
        self._protect(now)

    def close(self) -> None:
        self._carried.close()
        self._close_udp()

    def _close_udp(self) -> None:
        udp, self._udp = self._udp, None
        if udp is not None:
            udp.close()

    def _reopen(self) -> None:
        self._close_udp()
        if not self._has_udp:
            return
        try:
            self._udp = UdpSocket(*self._server, self._take_udp)
        except (ProtocolError, OSError) as error:
            logger.warning("no UDP to the voice server: %s", error)

    def _take_udp(self, datagram: bytes) -> None:
        self._take(datagram, MediaPath.UDP, now_ms())

    def _take(self, datagram: bytes, by: MediaPath, now: float) -> None:
        arrival = self.media.receive(datagram, now)
        match arrival:
            case Heard():
                self._on_heard(arrival, now)
            case Told(reports):
                self._take_reports(reports, now)
            case Discovered(address, port):
                choice = self._chooser.discovered(address, port, now, by)
                if choice is not None:
                    self._report(SelectAddress(self.session, choice.address, choice.port))
        if arrival is not None:
            self._chooser.heard(now, by)

    def _take_reports(self, reports: Reports, now: float) -> None:
        """Hear how one's own packets arrive at the worst of the listeners."""
        for request in reports.bitrates:
            if request.ssrc == self.media.ssrc:
                self._asked_bits_s, self._asked_ms = request.bits_s, now
        bursts = {each.ssrc: each for each in reports.metrics}
        for block in reports.receiver_reports:
            if block.ssrc == self.media.ssrc:
                spread = bursts.get(block.ssrc)
                self.sent_loss = block.fraction_lost / 256
                if spread is None:
                    self._policy.report(self.sent_loss, 0.0, 0.0, 0.0, now)
                else:
                    loss = max(self.sent_loss, spread.loss_rate / 256)
                    burst_density, gap_density = spread.burst_density / 256, spread.gap_density / 256
                    self._policy.report(loss, burst_density, float(spread.burst_duration_ms), gap_density, now)
                self._protect(now)

    def _protect(self, now: float) -> None:
        wanted = self._policy.protection(now)
        self.media.redundancy = wanted.depth
        if wanted != self._protection:
            self._protection = wanted
            self._audio.set_expected_loss(wanted.expected_loss_percent)

    def _take_steps(self, steps: list[Step], now: float) -> None:
        for step in steps:
            match step:
                case Step.DISCOVER:
                    if self._udp is None or self._udp.is_broken:
                        self._reopen()
                    if self._udp is not None:
                        self._udp.send(self.media.discovery_request())
                case Step.DISCOVER_RELAYED:
                    self._carry_by_udp(self.media.discovery_request())
                case Step.CHOOSE_WEBSOCKET:
                    self._report(SelectWebSocket(self.session))
                case Step.REOPEN:
                    self.reopen(now)
                case Step.PROBE:
                    self._report(ProbeSignaling(self.session))

    def _tell_server(self, now: float) -> None:
        """Send a report: with nobody to tell of, it still proves where one is."""
        packet = self.media.report(now)
        if packet is not None:
            self._send(packet)

    def _send(self, packet: bytes, *, may_wait: bool = False) -> None:
        match self._chooser.path:
            case MediaPath.WEBSOCKET:
                self._carry(Way.WEBSOCKET, packet)
            case MediaPath.RELAYED:
                self._carried.put(packet, may_wait=may_wait)
            case MediaPath.UDP if self._udp is not None:  # never to an address that has not answered
                self._udp.send(packet)

    def _carry_by_udp(self, packet: bytes) -> None:
        self._carry(Way.UDP, packet)

    def _carry(self, way: Way, packet: bytes) -> None:
        self._report(Datagram(way, stamp_ms(), packet))
