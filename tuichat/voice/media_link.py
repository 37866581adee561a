"""The media of one voice session over real sockets: packets by UDP or through the WebSocket, and what losses call for."""

import logging
from collections.abc import Callable

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.rtcp import Reports
from tuichat.voice.audio import Audio
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.media_path import PathChooser, Step
from tuichat.voice.monotonic import now_ms
from tuichat.voice.redundancy import Protection, ProtectionPolicy
from tuichat.voice.transport import Discovered, Heard, MediaSession, Told
from tuichat.voice.udp_socket import UdpSocket
from tuichat.voice.voice_line import VoiceLine

logger = logging.getLogger(__name__)


class MediaLink:
    """From READY to the session's end. `on_heard` is given each speaker's packet that is authentic and new, and the time.

    Times are Audio's clock in milliseconds. All calls are for one loop and return at once.
    """

    def __init__(
        self,
        media: MediaSession,
        line: VoiceLine,
        audio: Audio,
        policy: ProtectionPolicy,
        *,
        server: tuple[str, int],
        mode: str,
        can_use_websocket: bool,
        may_use_udp: bool,
        on_heard: Callable[[Heard, float], None],
        now: float,
    ) -> None:
        self._media = media
        self._line = line
        self._audio = audio
        self._policy = policy
        self._protection = Protection()
        self._server = server
        self._on_heard = on_heard
        self._may_use_udp = may_use_udp
        self._chooser = PathChooser(can_use_websocket=can_use_websocket, now_ms=now, may_use_udp=may_use_udp)
        self._udp: UdpSocket | None = None
        self.mode = mode
        self.sent_loss = 0.0
        """The share of what was sent from here that the worst of its listeners misses."""
        self._protect(now)
        self._reopen()
        self.tick(now)

    @property
    def path(self) -> MediaPath:
        """How packets travel; NONE until it was agreed."""
        return self._chooser.path if self._media.is_agreed else MediaPath.NONE

    @property
    def is_stuck(self) -> bool:
        """UDP gets no answer, and the server knows no other way."""
        return self._chooser.is_stuck

    def is_silent(self, now: float) -> bool:
        """Whether nothing comes by UDP any more, not even the server's signs of life."""
        return self._chooser.is_silent(now)

    def agree(self, mode: str, key: bytes, now: float) -> None:
        """The server has chosen a key. Raises ProtocolError for one that is none."""
        self._media.agree(mode, key)
        self.mode = mode
        self._report(now)

    def resumed(self, now: float) -> None:
        """The voice session goes on over another WebSocket."""
        self._take_steps(self._chooser.resumed(now), now)

    def signaling_answered(self, now: float) -> None:
        self._chooser.signaling_answered(now)

    def send(self, payload: bytes, timestamp: int, *, is_speech: bool) -> None:
        """Send one frame; it is dropped while there is no key."""
        packet = self._media.pack(payload, timestamp, is_speech=is_speech)
        if packet is not None:
            self._send(packet)

    def take_piped(self, packet: bytes, now: float) -> None:
        """Take a packet that came through the WebSocket."""
        self._take(packet, now)

    def reopen(self, now: float) -> None:
        """Have another UDP socket, as after a sleep, and show the server where it is."""
        self._reopen()
        self._report(now)

    def tick(self, now: float) -> None:
        """Act on the time, ten times a second."""
        if self._line.is_ready or self._chooser.path is MediaPath.UDP:
            self._take_steps(self._chooser.tick(now), now)

    def each_second(self, now: float) -> None:
        """Show that one is there, tell how everybody arrives, and follow what the listeners told."""
        if self._udp is not None and self.path is MediaPath.UDP:
            self._udp.send(self._media.keep_alive(now))
        self._report(now)
        self._protect(now)

    def close(self) -> None:
        udp, self._udp = self._udp, None
        if udp is not None:
            udp.close()

    def _reopen(self) -> None:
        self.close()
        if not self._may_use_udp:
            return
        try:
            self._udp = UdpSocket(*self._server, self._take_udp)
        except (ProtocolError, OSError) as error:
            logger.warning("no UDP to the voice server: %s", error)

    def _take_udp(self, datagram: bytes) -> None:
        now = now_ms()
        if self._take(datagram, now):
            self._chooser.heard(now)

    def _take(self, datagram: bytes, now: float) -> bool:
        """Take a datagram, and return whether it says anything."""
        arrival = self._media.receive(datagram, now)
        match arrival:
            case Heard():
                self._on_heard(arrival, now)
            case Told(reports):
                self._take_reports(reports, now)
            case Discovered(address, port):
                choice = self._chooser.discovered(address, port, now)
                if choice is not None:
                    self._line.select(mode=self.mode, address=choice.address, port=choice.port)
        return arrival is not None

    def _take_reports(self, reports: Reports, now: float) -> None:
        """Hear how one's own packets arrive at the worst of the listeners."""
        bursts = {each.ssrc: each for each in reports.metrics}
        for block in reports.receiver_reports:
            if block.ssrc == self._media.ssrc:
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
        self._media.redundancy = wanted.depth
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
                        self._udp.send(self._media.discovery_request())
                case Step.CHOOSE_WEBSOCKET:
                    self._line.select_websocket(mode=self.mode)
                case Step.REOPEN:
                    self.reopen(now)
                case Step.PROBE:
                    self._line.probe()

    def _report(self, now: float) -> None:
        packet = self._media.report(now)
        if packet is not None:
            self._send(packet)

    def _send(self, packet: bytes) -> None:
        if self._chooser.path is MediaPath.WEBSOCKET:
            self._line.send_media(packet)
        elif self._udp is not None:
            self._udp.send(packet)
