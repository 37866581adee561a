"""The forwarder: packets of one speaker go to everybody in the room, opened once and sealed for each."""

import logging
from collections.abc import Callable, Sequence

from tuichat.protocol import discovery
from tuichat.protocol.encryption import nonce_of
from tuichat.protocol.rtp import MAX_DATAGRAM_BYTES, OPUS, RED, RTCP_HEADER_BYTES, SILENCE, RtpError, unpack_red
from tuichat.server.voice import loss_reports
from tuichat.server.voice.participant import (
    HOLD_MS,
    LAST_COUNTER,
    MAX_HELD,
    NEVER_SPOKE,
    Address,
    Departure,
    Frame,
    Participant,
    Room,
)
from tuichat.server.voice.rooms import SLOTS, SPEAKS, Rooms

MIN_PACKET_BYTES = 8 + 16 + 4  # an RTCP header, the tag, the nonce
TICK_MS = 1000 // SLOTS  # between two calls of `tick`
RELEASE_RETRY_S = 0.01
SOUNDS = frozenset({OPUS, RED})
FIRST_RTCP, LAST_RTCP = 200, 207  # packet types (RFC 3551, 6; RFC 3611)

Send = Callable[[bytes, Address], object]
Later = Callable[[float, Callable[[], None]], object]  # seconds, and what is to be done then

logger = logging.getLogger(__name__)


class Forwarder:
    """Decides about every datagram: who sent it, whether it counts, who gets it. `send` puts one on the wire, `later` does
    something in a while.

    Only packets that open with their sender's key, are new, and come within its rate count. One that counts moves the
    sender's binding to the address that it came from (the client's NAT changed its mind). What does not count costs
    an answer to nobody, but a discovery of a known SSRC, of a participant or a probe: 74 bytes for 74, to where they came
    from.
    """

    def __init__(self, rooms: Rooms, send: Send, later: Later) -> None:
        self._rooms = rooms
        self._send = send
        self._later = later
        self._slot = 0
        self.refused = 0  # packets that did not count, for statistics
        self.unsent = 0  # packets that the system did not take

    def receive(self, packet: bytes, address: Address, now_ms: int) -> None:
        """Take one datagram from the socket."""
        if len(packet) < MIN_PACKET_BYTES or packet[0] >> 6 != 2:
            self._receive_bare(packet, address, now_ms)
            return
        is_sound = packet[1] & 0x7F in SOUNDS
        speaker = self._rooms.by_ssrc.get(int.from_bytes(packet[8:12] if is_sound else packet[4:8]))
        if speaker is None or speaker.pipe is not None:
            self.refused += 1
            return
        payload = self._open(speaker, packet, now_ms)
        if payload is None:
            return
        if speaker.address != address:
            self._rooms.bind(speaker, address)
        if is_sound:
            self._forward(speaker, packet, payload, now_ms)
        else:
            self._note(speaker, packet, payload, now_ms)

    def receive_piped(self, speaker: Participant, packet: bytes, now_ms: int) -> None:
        """Take one packet that came through the WebSocket of `speaker`."""
        is_packet = len(packet) >= MIN_PACKET_BYTES and packet[0] >> 6 == 2
        is_sound = is_packet and packet[1] & 0x7F in SOUNDS
        ssrc = int.from_bytes(packet[8:12] if is_sound else packet[4:8])
        if not is_packet or speaker.pipe is None or ssrc != speaker.ssrc:
            self.refused += 1
            return
        payload = self._open(speaker, packet, now_ms)
        if payload is None:
            return
        if is_sound:
            self._forward(speaker, packet, payload, now_ms)
        else:
            self._note(speaker, packet, payload, now_ms)

    def tick(self, now_ms: int) -> None:
        """Look after a part of the participants: each gets a report, or a sign of life, once a second, and what it said too
        fast is told; so is, once a second, which listeners came and went.

        To be called every TICK_MS. A datagram each second keeps NATs open, and wakes discord.py's reader, which would
        otherwise sleep on a socket that it has left.
        """
        self._slot = (self._slot + 1) % SLOTS
        if self._slot == 0:
            self._rooms.tell_listeners()
        for participant in list(self._rooms.slots[self._slot]):
            self._rooms.catch_up(participant)
            self.keep_alive(participant, now_ms)

    def keep_alive(self, participant: Participant, now_ms: int) -> None:
        """Send one RTCP packet to where its media goes."""
        sealer = participant.sealer
        if sealer is None or (participant.address is None and participant.pipe is None):
            return
        report = loss_reports.report_to(participant, now_ms)
        packet = sealer.seal(report[:RTCP_HEADER_BYTES], report[RTCP_HEADER_BYTES:])
        if nonce_of(packet) >= LAST_COUNTER:
            self._rooms.end(participant, Departure.WORN_OUT)
            return
        if participant.pipe is not None:
            participant.pipe(packet)
        elif participant.address is not None:
            self._put(packet, participant.address)

    # Inside.

    def _receive_bare(self, packet: bytes, address: Address, now_ms: int) -> None:
        """Take a datagram that is neither RTP nor RTCP."""
        if not discovery.is_keep_alive(packet):
            self._discover(packet, address, now_ms)
        elif address in self._rooms.by_address:
            self._put(packet, address)  # as Discord's server does

    def _open(self, speaker: Participant, packet: bytes, now_ms: int) -> bytes | None:
        """Return the payload of a packet that counts, None of one that does not."""
        opener = speaker.opener
        if opener is None or len(packet) > MAX_DATAGRAM_BYTES:
            self.refused += 1
            return None
        payload = opener.open(packet)
        if payload is None or not speaker.counts(packet, now_ms):
            self.refused += 1
            return None
        return payload

    def _note(self, listener: Participant, packet: bytes, payload: bytes, now_ms: int) -> None:
        if not (
            FIRST_RTCP <= packet[1] <= LAST_RTCP
            and loss_reports.note(self._rooms, listener, packet[:RTCP_HEADER_BYTES] + payload, now_ms)
        ):
            self.refused += 1

    def _forward(self, speaker: Participant, packet: bytes, payload: bytes, now_ms: int) -> None:
        room = speaker.room
        if room is None or not speaker.place.may_speak:
            return
        primary = payload
        if packet[1] & 0x7F == RED:
            try:
                primary, _ = unpack_red(payload)
            except RtpError:
                self.refused += 1
                return
        if primary != SILENCE:
            speaker.heard_ms = now_ms
            if speaker.announced == NEVER_SPOKE:
                room.announce(speaker, SPEAKS, now_ms)  # some clients never say so themselves
        frame = (packet, payload, primary)
        if speaker.told_ms is None and speaker.held is None:
            self._send_to_all(room, speaker, frame)
        else:
            self._hold(room, speaker, frame, now_ms)

    def _hold(self, room: Room, speaker: Participant, frame: Frame, now_ms: int) -> None:
        """Keep what somebody says first until everybody knows who that is."""
        if speaker.held is not None:
            if len(speaker.held) < MAX_HELD:
                speaker.held.append(frame)
            return
        left_ms = (speaker.told_ms or 0) + HOLD_MS - now_ms
        speaker.told_ms = None
        if left_ms <= 0 and not speaker.is_being_told:
            room.released(speaker)
            self._send_to_all(room, speaker, frame)
        else:
            speaker.held = [frame]
            self._later(max(left_ms, 0) / 1000, lambda: self._release(speaker))

    def _release(self, speaker: Participant) -> None:
        if speaker.is_being_told:  # a large room
            self._later(RELEASE_RETRY_S, lambda: self._release(speaker))
            return
        held, speaker.held = speaker.held or [], None
        room = speaker.room
        if room is None or not speaker.place.may_speak:
            return
        for frame in held:
            self._send_to_all(room, speaker, frame)
        room.released(speaker)

    def _send_to_all(self, room: Room, speaker: Participant, frame: Frame) -> None:
        """Send a frame to everybody who hears: with earlier frames to those who agreed to that, alone to all others."""
        packet, payload, primary = frame
        audience = speaker.audience or room.audience_of(speaker)
        # No extension and no contributing sources: some libraries misread them, and they are nothing that a listener needs.
        header = b"\x80" + packet[1:12]
        if primary is payload:
            self._fan_out(audience.everybody, header, payload)
            for seal, pipe, _ in audience.piped:
                pipe(seal(header, payload))
            return
        plain_header = bytes((0x80, packet[1] & 0x80 | OPUS)) + packet[2:12]
        self._fan_out(audience.redundant, header, payload)
        self._fan_out(audience.plain, plain_header, primary)
        for seal, pipe, is_redundant in audience.piped:
            pipe(seal(header, payload) if is_redundant else seal(plain_header, primary))

    def _fan_out(
        self, ways: Sequence[tuple[Callable[[bytes, bytes], bytes], Address]], header: bytes, payload: bytes
    ) -> None:
        send = self._send
        for seal, address in ways:
            try:
                send(seal(header, payload), address)
            except OSError:  # the system's buffer is full, or it knows no way there: audio does not wait
                self.unsent += 1

    def _put(self, packet: bytes, address: Address) -> None:
        try:
            self._send(packet, address)
        except OSError:
            self.unsent += 1

    def _discover(self, packet: bytes, address: Address, now_ms: int) -> None:
        ssrc = discovery.parse_request(packet)
        participant = None if ssrc is None else self._rooms.by_ssrc.get(ssrc)
        if ssrc is None or (participant is None and not self._rooms.probes.answers(ssrc, address, now_ms)):
            self.refused += 1
            return
        if participant is not None and address not in participant.discovered:
            participant.discovered.append(address)
        self._put(discovery.response(ssrc, address[0], address[1]), address)
