"""Who may be in which room, who is, and how the actions change it: the server's end of `actions.voice_rooms`."""

import enum
import secrets
from collections.abc import Callable, Sequence

from tuichat.protocol.rest.server import VoiceProbe
from tuichat.server.actions.voice_rooms import Removal, VoiceGrant, VoicePlace, VoiceRegion
from tuichat.server.voice.announcer import Announcer
from tuichat.server.voice.participant import NEVER_SPOKE, Address, Departure, Helper, Participant, Signals
from tuichat.server.voice.probes import LIFETIME_MS, MAX_ANSWERS, Probes
from tuichat.server.voice.room import Room

TOKEN_BYTES = 16
SPEAKS, PRIORITY = 1, 4  # of the speaking bits: microphone, priority (Discord's documentation, "Speaking")
SLOTS = 10  # participants are looked after in so many parts of a second, so that no part takes long

PlaceKey = tuple[int, int]  # server (guild or call) and user


class Refusal(enum.Enum):
    """Why somebody is not let in."""

    TOKEN = "the token is not that of the place, or nobody has it"  # noqa: S105  # a sentence
    SESSION = "another gateway session joined"


class _Seat:
    """What the actions granted to one user of one server."""

    __slots__ = ("participant", "place", "token", "was_taken")

    def __init__(self, place: VoicePlace) -> None:
        self.place = place
        self.token = secrets.token_hex(TOKEN_BYTES)
        self.participant: Participant | None = None
        self.was_taken = False  # somebody identified with the token


class Rooms:
    """The rooms of this process. `endpoint` makes HOST:PORT from how a client reached the gateway, `media_address` tells where
    media are sent to by a client that came in on this address of ours.
    """

    def __init__(
        self,
        endpoint: Callable[[str], str],
        media_address: Callable[[str | None], Address],
        *,
        now_ms: Callable[[], int],
        region: VoiceRegion,
        call_soon: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        """`call_soon` is the loop's; without it everybody is told everything at once."""
        self._endpoint = endpoint
        self._media_address = media_address
        self._now_ms = now_ms
        self._region = region
        self._seats: dict[PlaceKey, _Seat] = {}
        self._rooms: dict[int, Room] = {}
        self._announcer = Announcer(call_soon)
        self._next_slot = 0
        self.probes = Probes()
        self.helper: Helper | None = None  # set before anybody is in
        self.by_ssrc: dict[int, Participant] = {}
        self.by_address: dict[Address, Participant] = {}
        self.slots: list[set[Participant]] = [set() for _ in range(SLOTS)]

    # What the actions call (VoiceRooms).

    def grant(self, place: VoicePlace, gateway_url: str) -> VoiceGrant:
        key = (int(place.server_id), int(place.user_id))
        before = self._seats.get(key)
        if before is not None and before.participant is not None:
            self.end(before.participant, Departure.MOVED)
        seat = self._seats[key] = _Seat(place)
        return VoiceGrant(token=seat.token, endpoint=self._endpoint(gateway_url))

    def update(self, place: VoicePlace) -> None:
        seat = self._seats.get((int(place.server_id), int(place.user_id)))
        if seat is None or seat.place.channel_id != place.channel_id:
            return
        seat.place = place
        participant = seat.participant
        if participant is None:
            return
        participant.place = place
        room = participant.room
        if room is None:
            return
        if not place.may_speak:
            participant.unsaid = None
        if not place.may_speak and participant.announced != NEVER_SPOKE:
            if participant.announced:
                room.announce(participant, 0, self._now_ms())
            participant.announced = NEVER_SPOKE  # what it sends when it may again is announced by us
        elif participant.announced > 0 and participant.announced & PRIORITY and not place.is_priority:
            room.announce(participant, participant.announced & ~PRIORITY, self._now_ms())
        room.changed(participant)

    def remove(self, server_id: int, user_id: int, reason: Removal) -> None:
        seat = self._seats.pop((server_id, user_id), None)
        if seat is not None and seat.participant is not None:
            self.end(seat.participant, Departure.CALL_ENDED if reason is Removal.CALL_ENDED else Departure.REMOVED)

    def is_lost(self, server_id: int, user_id: int) -> bool:
        seat = self._seats.get((server_id, user_id))
        return seat is not None and seat.was_taken and seat.participant is None

    def quiet_ms(self, server_id: int, user_id: int) -> int | None:
        seat = self._seats.get((server_id, user_id))
        participant = None if seat is None else seat.participant
        if participant is None:
            return None
        heard_ms = participant.heard_ms
        if participant.helper is not None:
            helped_ms = participant.helper.heard_ms(participant.ssrc)
            heard_ms = helped_ms if heard_ms is None else max(heard_ms, helped_ms or 0)
        return None if heard_ms is None else self._now_ms() - heard_ms

    def probe(self, user_id: int, local_host: str | None) -> VoiceProbe | None:
        ssrc = self._new_ssrc()
        if not self.probes.open(user_id, ssrc, self._now_ms()):
            return None
        ip, port = self._media_address(local_host)
        return VoiceProbe(ssrc=ssrc, ip=ip, port=port, expires_in_ms=LIFETIME_MS, answers=MAX_ANSWERS)

    def regions(self) -> Sequence[VoiceRegion]:
        return (self._region,)

    # What the voice gateway calls.

    def admit(
        self, server_id: int, user_id: int, session_id: str, token: str, *, signals: Signals, features: frozenset[str]
    ) -> Participant | Refusal:
        """Take in who was granted this place. A connection that it had before is ended."""
        seat = self._seats.get((server_id, user_id))
        if seat is None or not secrets.compare_digest(seat.token.encode(), token.encode("utf-8", "replace")):
            return Refusal.TOKEN  # the same for both, or anybody could ask who is in voice where
        if seat.place.session_id != session_id:
            return Refusal.SESSION
        if seat.participant is not None:
            self.end(seat.participant, Departure.REPLACED)
        participant = Participant(seat.place, self._new_ssrc(), signals, features)
        participant.slot = self._next_slot = (self._next_slot + 1) % SLOTS
        self.slots[participant.slot].add(participant)
        self.by_ssrc[participant.ssrc] = participant
        seat.participant = participant
        seat.was_taken = True
        return participant

    def enter(self, participant: Participant) -> None:
        """Its media can flow from now on; later calls tell of new keys or another way for them."""
        if self.by_ssrc.get(participant.ssrc) is not participant:
            return
        room = self._rooms.setdefault(int(participant.place.channel_id), Room(self._announcer, self.helper))
        if participant.room is not None:
            room.changed(participant)
        else:
            room.enter(participant)

    def bind(self, participant: Participant, address: Address | None) -> None:
        """Send what it hears to this address from now on, and to no other; nothing to one who has left."""
        if self.by_ssrc.get(participant.ssrc) is not participant:
            return
        if participant.address is not None and self.by_address.get(participant.address) is participant:
            del self.by_address[participant.address]
        participant.address = address
        if address is not None:
            self.by_address[address] = participant
        if participant.room is not None:
            participant.room.changed(participant)

    def speak(self, participant: Participant, bits: int) -> None:
        """It says that it speaks (or with 0, that it ended): the others are told, as far as it may.

        Of what changes too fast they are told the last by `catch_up`.
        """
        room = participant.room
        participant.unsaid = None
        if room is None or not participant.place.may_speak:
            return
        if not participant.place.is_priority:
            bits &= ~PRIORITY
        if bits == participant.announced:
            return
        now_ms = self._now_ms()
        if participant.may_announce(now_ms, len(room)):
            room.announce(participant, bits, now_ms)
        else:
            participant.unsaid = bits

    def catch_up(self, participant: Participant) -> None:
        """Tell what came too fast when it came; to be called once a second."""
        if participant.unsaid is not None:
            self.speak(participant, participant.unsaid)

    def tell_listeners(self) -> None:
        """Tell what is gathered of those who only listen; to be called once a second."""
        for room in self._rooms.values():
            room.tell_listeners()

    def leave(self, participant: Participant) -> None:
        """Its voice connection is over; the seat stays, so that it can come back with the same token."""
        if self.by_ssrc.pop(participant.ssrc, None) is None:
            return
        self.slots[participant.slot].discard(participant)
        channel_id = int(participant.place.channel_id)
        room = self._rooms.get(channel_id)
        if room is not None:
            room.leave(participant)
            if not len(room):
                del self._rooms[channel_id]
        if participant.address is not None and self.by_address.get(participant.address) is participant:
            del self.by_address[participant.address]
        seat = self._seats.get((int(participant.place.server_id), participant.user_id))
        if seat is not None and seat.participant is participant:
            seat.participant = None

    def end(self, participant: Participant, departure: Departure) -> None:
        """Silence a connection at once, and have it closed."""
        self.leave(participant)
        participant.signals.ended(departure)

    def _new_ssrc(self) -> int:
        while True:
            ssrc = secrets.randbits(32)
            if ssrc and ssrc not in self.by_ssrc and ssrc not in self.probes:  # 0 is not valid for libraries
                return ssrc
