"""People in voice rooms without sockets: what each is told, what each is sent, and packets as each would send them."""

from collections.abc import Callable

from tuichat.protocol.encryption import AES_GCM, Opener, Sealer
from tuichat.protocol.rtp import OPUS, SILENCE, Header, build_header, parse_header
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.voice_rooms import VoicePlace, VoiceRegion
from tuichat.server.voice.forwarder import Forwarder
from tuichat.server.voice.participant import Address, Departure, Participant
from tuichat.server.voice.rooms import Rooms

GUILD, CHANNEL, OTHER_CHANNEL = 100, 200, 201
FRAME = b"\x78some opus frame"
REGION = VoiceRegion(id="local", name="This server")


class Person:
    """One client: its keys, and all that it was told and sent. It is the `Signals` of its participant."""

    def __init__(self, town: "Town", user_id: int, mode: str) -> None:
        self.town = town
        self.user_id = user_id
        self.mode = mode
        self.address: Address = ("192.0.2.1", 5000 + user_id)
        self.told: list[tuple[object, ...]] = []
        self.participant: Participant
        self.sealer: Sealer
        self.sequence = 0

    def people_joined(self, user_ids: list[int]) -> None:
        self.told.append(("joined", *user_ids))

    def person_left(self, user_id: int) -> None:
        self.told.append(("left", user_id))

    def speaking(self, user_id: int, ssrc: int, bits: int) -> None:
        self.told.append(("speaking", user_id, bits))

    def ended(self, departure: Departure) -> None:
        self.told.append(("ended", departure))

    def packet(self, payload: bytes = FRAME, *, kind: int = OPUS, ssrc: int | None = None) -> bytes:
        """The next packet that this person would send."""
        self.sequence += 1
        header = Header(kind, self.sequence, self.sequence * 960, self.participant.ssrc if ssrc is None else ssrc)
        return self.sealer.seal(build_header(header), payload)

    def says(self, payload: bytes = FRAME, *, kind: int = OPUS) -> None:
        self.sends(self.packet(payload, kind=kind))

    def sends(self, packet: bytes, address: Address | None = None) -> None:
        self.town.forwarder.receive(packet, address or self.address, self.town.now_ms)

    def heard(self) -> list[tuple[int, int, bytes]]:
        """What came to this person since the last call: SSRC, payload type, payload."""
        opener = Opener(self.mode, self.participant.key)
        heard = []
        for packet in self.town.take(self.address):
            if packet[1] & 0x7F < 72 or packet[1] & 0x7F > 95:  # no RTCP
                payload = opener.open(packet)
                assert payload is not None
                header = parse_header(packet)
                heard.append((header.ssrc, header.payload_type, payload))
        return heard


class Town:
    """Rooms and a forwarder whose wire is a list."""

    def __init__(self) -> None:
        self.now_ms = 1000
        self.rooms = Rooms(
            lambda url: "127.0.0.1:1", lambda host: ("127.0.0.1", 1), now_ms=lambda: self.now_ms, region=REGION
        )
        self.wire: list[tuple[bytes, Address]] = []
        self.waiting: list[Callable[[], None]] | None = None  # what is to be done later; None: it is done at once
        self.forwarder = Forwarder(self.rooms, lambda packet, address: self.wire.append((packet, address)), self._later)

    def _later(self, delay_s: float, work: Callable[[], None]) -> None:
        if self.waiting is None:
            work()
        else:
            self.waiting.append(work)

    def take(self, address: Address) -> list[bytes]:
        taken = [packet for packet, to in self.wire if to == address]
        self.wire[:] = [sent for sent in self.wire if sent[1] != address]
        return taken

    def place(self, user_id: int, channel_id: int = CHANNEL, **rights: bool) -> VoicePlace:
        return VoicePlace(
            server_id=Snowflake(GUILD),
            channel_id=Snowflake(channel_id),
            user_id=Snowflake(user_id),
            session_id=f"session-{user_id}",
            **rights,
        )

    def join(
        self,
        user_id: int,
        channel_id: int = CHANNEL,
        *,
        mode: str = AES_GCM,
        features: frozenset[str] = frozenset(),
        is_bound: bool = True,
        **rights: bool,
    ) -> Person:
        """Let somebody in who has gone all the way: token, keys and, where `is_bound`, an address."""
        person = Person(self, user_id, mode)
        place = self.place(user_id, channel_id, **rights)
        grant = self.rooms.grant(place, "ws://localhost")
        participant = self.rooms.admit(GUILD, user_id, place.session_id, grant.token, signals=person, features=features)
        assert isinstance(participant, Participant)
        person.participant = participant
        key = user_id.to_bytes(32)
        participant.set_keys(mode, key)
        person.sealer = Sealer(mode, key)
        if is_bound:
            self.rooms.bind(participant, person.address)
        self.rooms.enter(participant)
        return person


__all__ = ["CHANNEL", "FRAME", "GUILD", "OTHER_CHANNEL", "SILENCE", "Person", "Town"]
