"""The forwarder: who is heard by whom, and what is not worth a packet."""

from collections.abc import Sequence

import pytest

from tests.server.voice.people import CHANNEL, FRAME, OTHER_CHANNEL, SILENCE, Town
from tuichat.protocol import discovery
from tuichat.protocol.encryption import AES_GCM, XCHACHA, Opener, Sealer
from tuichat.protocol.rtp import OPUS, RED, Header, build_header, pack_red
from tuichat.protocol.voice_extensions import REDUNDANCY
from tuichat.server.voice.forwarder import TICK_MS
from tuichat.server.voice.participant import HOLD_MS, LAST_COUNTER, MAX_PACKETS, Departure
from tuichat.server.voice.rooms import SLOTS


@pytest.mark.parametrize("speaks", [AES_GCM, XCHACHA])
@pytest.mark.parametrize("hears", [AES_GCM, XCHACHA])
def test_what_one_says_comes_to_everybody_else_in_the_room(speaks: str, hears: str) -> None:
    town = Town()
    speaker, listener, third = town.join(1, mode=speaks), town.join(2, mode=hears), town.join(3)
    elsewhere = town.join(4, OTHER_CHANNEL)
    speaker.says()
    assert listener.heard() == [(speaker.participant.ssrc, OPUS, FRAME)]
    assert third.heard() == [(speaker.participant.ssrc, OPUS, FRAME)]
    assert speaker.heard() == elsewhere.heard() == []


def test_no_nonce_of_a_key_is_used_by_both_ends() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    own = listener.packet()[-4:]
    speaker.says()
    sent = town.take(listener.address)[0][-4:]
    assert own != sent
    assert abs(int.from_bytes(own) - int.from_bytes(sent)) > 1 << 30


def test_extension_padding_and_sources_are_not_passed_on() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    header = bytearray(build_header(Header(OPUS, 1, 960, speaker.participant.ssrc)))
    header[0] |= 0x10 | 0x20 | 0x01
    head = bytes(header) + b"\x00\x00\x00\x07" + b"\xbe\xde\x00\x01"
    speaker.sends(speaker.sealer.seal(head, b"\x10\xff\x00\x00" + FRAME + b"\x00\x00\x03"))
    packet = town.take(listener.address)[0]
    assert packet[0] == 0x80
    assert Opener(AES_GCM, listener.participant.key).open(packet) == FRAME


def test_a_packet_that_came_before_is_not_heard_again() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    packets = [speaker.packet(bytes((number,))) for number in range(5)]
    for number in (0, 2, 1, 2, 0, 4, 3, 4):
        speaker.sends(packets[number])
    assert [payload[0] for _, _, payload in listener.heard()] == [0, 2, 1, 4, 3]
    for packet in packets:
        speaker.sends(packet, ("203.0.113.9", 9))
    assert listener.heard() == []
    assert speaker.participant.address == speaker.address


@pytest.mark.parametrize(
    "nonces", [[7] * 6, [1 << 31, 5 << 20, 0xFFFF_FFFF, 1 << 30, 3 << 30, 7 << 20], range(0, 6 << 24, 1 << 24)]
)
def test_packets_are_heard_once_whatever_their_nonces_are(nonces: Sequence[int]) -> None:
    """Libraries send them all with the same nonce, with random ones, or with ones that count in the other byte order."""
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    packets: list[bytes] = []
    for nonce in nonces:
        speaker.sealer = Sealer(AES_GCM, speaker.participant.key, nonce)
        packets.append(speaker.packet(bytes((len(packets),))))
    for packet in packets + packets:
        speaker.sends(packet)
    assert [payload[0] for _, _, payload in listener.heard()] == [0, 1, 2, 3, 4, 5]


def test_nobody_can_speak_as_somebody_else() -> None:
    town = Town()
    speaker, thief, listener = town.join(1), town.join(2), town.join(3)
    thief.sends(thief.packet(ssrc=speaker.participant.ssrc))
    thief.sends(thief.packet(ssrc=speaker.participant.ssrc), speaker.address)
    assert listener.heard() == []
    assert thief.heard() == []


def test_a_changed_bit_anywhere_makes_a_packet_worthless() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    packet = speaker.packet()
    for at in range(len(packet)):
        forged = bytearray(packet)
        forged[at] ^= 1
        speaker.sends(bytes(forged))
    assert listener.heard() == []
    speaker.sends(packet)
    assert len(listener.heard()) == 1


@pytest.mark.parametrize("size", [0, 1, 7, 11, 12, 27, 28, 40, 73, 75, 1501, 2048])
def test_what_is_no_packet_is_answered_with_nothing(size: int) -> None:
    town = Town()
    speaker, _listener = town.join(1), town.join(2)
    header = build_header(Header(OPUS, 1, 960, speaker.participant.ssrc))
    for data in (bytes(size), b"\xff" * size, header[:size].ljust(size, b"\0"), b"\x80\xc9".ljust(size, b"\0")[:size]):
        speaker.sends(data)
        speaker.sends(data, ("203.0.113.9", 9))
    assert town.wire == []


def test_who_may_not_speak_is_silent_to_the_last_sample_but_hears() -> None:
    town = Town()
    speaker, listener = town.join(1, may_speak=False), town.join(2)
    speaker.says()
    assert listener.heard() == []
    listener.says()
    assert len(speaker.heard()) == 1
    town.rooms.update(town.place(1, may_speak=True))
    speaker.says()
    assert len(listener.heard()) == 1
    town.rooms.update(town.place(1, may_speak=False))
    speaker.says()
    assert listener.heard() == []


def test_who_is_deaf_hears_nothing() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2, is_deaf=True)
    speaker.says()
    assert listener.heard() == []
    town.rooms.update(town.place(2))
    speaker.says()
    assert len(listener.heard()) == 1
    town.rooms.update(town.place(2, is_deaf=True))
    speaker.says()
    assert listener.heard() == []


def test_an_authentic_packet_from_another_address_moves_the_binding() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    old, new = listener.address, ("203.0.113.7", 4242)
    listener.sends(listener.packet(), new)
    speaker.says()
    assert town.take(old) == []
    listener.address = new
    assert len(listener.heard()) == 1
    listener.sends(b"\x01" * 8)
    assert town.take(new) == [b"\x01" * 8]


def test_somebody_who_floods_is_cut_to_what_one_may_send() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    for _ in range(MAX_PACKETS * 2):
        speaker.says()
    assert len(listener.heard()) == MAX_PACKETS
    town.now_ms += 1000
    speaker.says()
    assert len(listener.heard()) == 1


def test_discovery_answers_with_the_address_and_binds_nothing() -> None:
    town = Town()
    speaker, newcomer = town.join(1), town.join(2, is_bound=False)
    request = discovery.request(newcomer.participant.ssrc)
    newcomer.sends(request)
    answer = town.take(newcomer.address)
    assert [discovery.parse_response(each) for each in answer] == [(newcomer.participant.ssrc, *newcomer.address)]
    assert len(answer[0]) == len(request)
    assert newcomer.participant.address is None
    assert list(newcomer.participant.discovered) == [newcomer.address]
    speaker.says()
    assert newcomer.heard() == []


def test_discovery_of_nobody_is_not_answered() -> None:
    town = Town()
    person = town.join(1)
    person.sends(discovery.request(person.participant.ssrc ^ 1))
    person.sends(discovery.response(person.participant.ssrc, "192.0.2.1", 1))
    assert town.wire == []


def test_keep_alives_come_back_to_bound_addresses_only() -> None:
    town = Town()
    person = town.join(1)
    person.sends(b"\x07" + bytes(7), ("203.0.113.9", 9))
    assert town.wire == []
    person.sends(b"\x07" + bytes(7))
    assert town.take(person.address) == [b"\x07" + bytes(7)]


def test_every_bound_address_gets_an_authentic_packet_each_second() -> None:
    town = Town()
    people = [town.join(user_id) for user_id in range(1, 26)]
    unbound = town.join(99, is_bound=False)
    for _ in range(SLOTS):
        town.now_ms += TICK_MS
        town.forwarder.tick(town.now_ms)
    for person in people:
        (packet,) = town.take(person.address)
        assert packet[1] == 200
        assert Opener(AES_GCM, person.participant.key).open(packet) is not None
    assert town.take(unbound.address) == []


def test_who_has_used_up_its_key_has_to_join_again() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    listener.participant.sealer = Sealer(AES_GCM, listener.participant.key, LAST_COUNTER - 1)
    town.forwarder.keep_alive(listener.participant, town.now_ms)
    assert len(town.take(listener.address)) == 1
    town.forwarder.keep_alive(listener.participant, town.now_ms)
    assert listener.told[-1] == ("ended", Departure.WORN_OUT)
    assert speaker.told[-1] == ("left", 2)
    assert town.wire == []


def test_redundant_payloads_go_to_those_who_agreed_and_the_primary_to_all_others() -> None:
    town = Town()
    speaker = town.join(1, features=frozenset({REDUNDANCY}))
    modern, plain = town.join(2, features=frozenset({REDUNDANCY})), town.join(3)
    payload = pack_red(FRAME, [(960, b"earlier"), (1920, b"still earlier")])
    speaker.says(payload, kind=RED)
    ssrc = speaker.participant.ssrc
    assert modern.heard() == [(ssrc, RED, payload)]
    assert plain.heard() == [(ssrc, OPUS, FRAME)]
    speaker.says(b"\xff\xff", kind=RED)
    assert modern.heard() == plain.heard() == []


def test_media_through_the_websocket_reach_both_kinds_of_listeners() -> None:
    town = Town()
    piped, bound = town.join(1, is_bound=False), town.join(2)
    through: list[bytes] = []
    piped.participant.pipe = through.append
    town.rooms.enter(piped.participant)
    bound.says()
    assert [Opener(AES_GCM, piped.participant.key).open(packet) for packet in through] == [FRAME]
    town.forwarder.receive_piped(piped.participant, piped.packet(), town.now_ms)
    assert len(bound.heard()) == 1
    piped.says()  # by UDP: it chose the WebSocket
    town.forwarder.receive_piped(piped.participant, bound.packet(), town.now_ms)  # somebody else's
    assert bound.heard() == []
    assert piped.participant.address is None


def test_the_system_refusing_a_packet_keeps_nobody_else_from_hearing() -> None:
    town = Town()
    speaker, blocked, listener = town.join(1), town.join(2), town.join(3)

    def send(packet: bytes, address: tuple[str, int]) -> None:
        if address == blocked.address:
            raise BlockingIOError
        town.wire.append((packet, address))

    town.forwarder._send = send
    speaker.says()
    assert len(listener.heard()) == 1
    assert town.forwarder.unsent == 1


def test_silence_is_passed_on_and_does_not_count_as_heard() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    speaker.says(SILENCE)
    assert [payload for _, _, payload in listener.heard()] == [SILENCE]
    assert town.rooms.quiet_ms(100, 1) is None
    speaker.says()
    town.now_ms += 5000
    speaker.says(SILENCE)
    assert town.rooms.quiet_ms(100, 1) == 5000


def test_who_never_said_that_it_speaks_is_announced_with_its_first_packet() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    speaker.says()
    speaker.says()
    assert [told for told in listener.told if told[0] == "speaking"] == [("speaking", 1, 1)]
    late = town.join(3)
    assert ("speaking", 1, 1) in late.told


def test_what_one_says_first_waits_until_the_others_know_who_it_is() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    town.waiting = []
    for number in range(3):
        speaker.says(bytes((number,)))
    assert listener.told[-1] == ("speaking", 1, 1)
    assert listener.heard() == []
    (release,) = town.waiting
    release()
    assert [payload[0] for _, _, payload in listener.heard()] == [0, 1, 2]
    speaker.says(b"at once")
    assert [payload for _, _, payload in listener.heard()] == [b"at once"]


def test_what_one_says_first_waits_until_all_of_a_large_room_know_who_it_is() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    town.waiting = []
    town.rooms.speak(speaker.participant, 1)
    speaker.participant.is_being_told = True
    town.now_ms += HOLD_MS
    speaker.says()
    town.waiting.pop()()
    assert listener.heard() == []
    speaker.participant.was_told()
    town.waiting.pop()()
    assert len(listener.heard()) == 1


def test_who_was_announced_a_while_ago_is_not_held() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    town.waiting = []
    town.rooms.speak(speaker.participant, 1)
    town.now_ms += HOLD_MS
    speaker.says()
    assert len(listener.heard()) == 1
    assert town.waiting == []


@pytest.mark.parametrize("is_muted", [True, False])
def test_who_is_muted_or_gone_meanwhile_is_not_heard(is_muted: bool) -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    town.waiting = []
    speaker.says()
    if is_muted:
        town.rooms.update(town.place(1, may_speak=False))
    else:
        town.rooms.leave(speaker.participant)
    town.waiting.pop()()
    assert listener.heard() == []


def test_who_left_is_neither_heard_nor_sent_to() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    town.rooms.leave(listener.participant)
    speaker.says()
    listener.says()
    listener.sends(bytes(8))
    town.forwarder.tick(0)
    assert town.wire == [] or all(to != listener.address for _, to in town.wire)
    assert speaker.heard() == []
    assert CHANNEL in town.rooms._rooms
    town.rooms.leave(speaker.participant)
    assert town.rooms._rooms == {}
