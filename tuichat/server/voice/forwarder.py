"""The forwarder: packets of one speaker go to everybody in the room, opened once and sealed for each."""

import logging
from collections.abc import Callable, Sequence

from tuichat.protocol import discovery
from tuichat.protocol.encryption import nonce_of
from tuichat.protocol.rtp import MAX_DATAGRAM_BYTES, OPUS, RED, RTCP_HEADER_BYTES, SILENCE, RtpError, unpack_red
from tuichat.server.voice import loss_reports
from tuichat.server.voice.participant import NEVER_SPOKE, Address, Participant
from tuichat.server.voice.rooms import SLOTS, SPEAKS, Rooms

MIN_PACKET_BYTES = 8 + 16 + 4  # an RTCP header, the tag, the nonce
TICK_MS = 1000 // SLOTS  # between two calls of `tick`
FIRST_RTCP, LAST_RTCP = 200, 207  # packet types (RFC 3551, 6; RFC 3611)

Send = Callable[[bytes, Address], object]

logger = logging.getLogger(__name__)


class Forwarder:
    """Decides about every datagram: who sent it, whether it counts, who gets it. `send` puts one on the wire.

    Only packets that open with their sender's key, are new, and come within its rate count. One that counts moves the
    sender's binding to the address that it came from (the client's NAT changed its mind). What does not count costs
    an answer to nobody, but a discovery of a known SSRC: 74 bytes for 74, to where they came from.
    """

    def __init__(self, rooms: Rooms, send: Send) -> None:
        self._rooms = rooms
        self._send = send
        self._slot = 0
        self.refused = 0  # packets that did not count, for statistics
        self.unsent = 0  # packets that the system did not take

    def receive(self, packet: bytes, address: Address, now_ms: int) -> None:
        """Take one datagram from the socket."""
        size = len(packet)
        if size >= MIN_PACKET_BYTES and packet[0] >> 6 == 2:
            speaker = self._sender_of(packet)
            if speaker is None or speaker.pipe is not None:
                self.refused += 1
                return
            payload = self._open(speaker, packet, now_ms)
            if payload is None:
                return
            if speaker.address != address:
                self._rooms.bind(speaker, address)
            self._take(speaker, packet, payload, now_ms)
        elif discovery.is_keep_alive(packet):
            if address in self._rooms.by_address:
                self._put(packet, address)  # as Discord's server does
        else:
            self._discover(packet, address)

    def receive_piped(self, speaker: Participant, packet: bytes, now_ms: int) -> None:
        """Take one packet that came through the WebSocket of `speaker`."""
        if speaker.pipe is None or len(packet) < MIN_PACKET_BYTES or self._sender_of(packet) is not speaker:
            self.refused += 1
            return
        payload = self._open(speaker, packet, now_ms)
        if payload is not None:
            self._take(speaker, packet, payload, now_ms)

    def tick(self, now_ms: int) -> None:
        """Look after a part of the participants: each gets a report, or a sign of life, once a second.

        To be called every TICK_MS. A datagram each second keeps NATs open, and wakes discord.py's reader, which would
        otherwise sleep on a socket that it has left.
        """
        self._slot = (self._slot + 1) % SLOTS
        for participant in list(self._rooms.slots[self._slot]):
            self.keep_alive(participant, now_ms)

    def keep_alive(self, participant: Participant, now_ms: int) -> None:
        """Send one RTCP packet to where its media goes."""
        sealer = participant.sealer
        if sealer is None or (participant.address is None and participant.pipe is None):
            return
        report = loss_reports.report_to(participant, now_ms)
        packet = sealer.seal(report[:RTCP_HEADER_BYTES], report[RTCP_HEADER_BYTES:])
        if participant.pipe is not None:
            participant.pipe(packet)
        elif participant.address is not None:
            self._put(packet, participant.address)

    # Inside.

    def _sender_of(self, packet: bytes) -> Participant | None:
        """Return whose SSRC the header has; whether it is theirs, their key tells."""
        kind = packet[1]
        if kind & 0x7F in (OPUS, RED):
            return self._rooms.by_ssrc.get(int.from_bytes(packet[8:12]))
        if FIRST_RTCP <= kind <= LAST_RTCP:
            return self._rooms.by_ssrc.get(int.from_bytes(packet[4:8]))
        return None

    def _open(self, speaker: Participant, packet: bytes, now_ms: int) -> bytes | None:
        """Return the payload of a packet that counts, None of one that does not."""
        opener = speaker.opener
        if opener is None or len(packet) > MAX_DATAGRAM_BYTES:
            self.refused += 1
            return None
        payload = opener.open(packet)
        if payload is None or not speaker.is_fresh(nonce_of(packet)) or not speaker.has_room_for(len(packet), now_ms):
            self.refused += 1
            return None
        return payload

    def _take(self, speaker: Participant, packet: bytes, payload: bytes, now_ms: int) -> None:
        kind = packet[1]
        if kind & 0x7F not in (OPUS, RED):
            if not loss_reports.note(self._rooms, speaker, packet[:RTCP_HEADER_BYTES] + payload, now_ms):
                self.refused += 1
            return
        room = self._rooms.room_of(speaker)
        if room is None or not speaker.place.may_speak:
            return
        primary = payload
        if kind & 0x7F == RED:
            try:
                primary = unpack_red(payload)[0]
            except RtpError:
                self.refused += 1
                return
        if primary != SILENCE:
            speaker.heard_ms = now_ms
            if speaker.announced == NEVER_SPOKE:
                room.announce(speaker, SPEAKS)  # some clients never say so, and libraries drop who was not announced
        audience = room.audience_of(speaker)
        # No extension and no contributing sources: some libraries misread them, and they are nothing that a listener needs.
        header = b"\x80" + packet[1:12]
        if primary is payload:
            self._fan_out(audience.everybody, header, payload)
        else:
            self._fan_out(audience.redundant, header, payload)
            plain_header = bytes((0x80, kind & 0x80 | OPUS)) + packet[2:12]
            self._fan_out(audience.plain, plain_header, primary)
        for seal, pipe, is_redundant in audience.piped:
            if primary is payload or is_redundant:
                pipe(seal(header, payload))
            else:
                pipe(seal(plain_header, primary))

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

    def _discover(self, packet: bytes, address: Address) -> None:
        ssrc = discovery.parse_request(packet)
        participant = None if ssrc is None else self._rooms.by_ssrc.get(ssrc)
        if ssrc is None or participant is None:
            self.refused += 1
            return
        if address not in participant.discovered:
            participant.discovered.append(address)
        self._put(discovery.response(ssrc, address[0], address[1]), address)
