"""Rooms: tokens, moves, and what people are told of each other."""

from tests.server.voice.people import FRAME, GUILD, OTHER_CHANNEL, Person, Town
from tuichat.protocol.voice_extensions import SPEAKERS_ALONE
from tuichat.server.actions.voice_rooms import Removal
from tuichat.server.voice.participant import (
    LEAST_ANNOUNCED,
    MAX_ANNOUNCED,
    MAX_TOLD,
    WINDOW_MS,
    Departure,
    Participant,
)
from tuichat.server.voice.rooms import SLOTS


def _admit(town: Town, person: Person, *, session: str = "session-1", token: str, server: int = GUILD) -> bool:
    admitted = town.rooms.admit(server, 1, session, token, signals=person, features=frozenset())
    return isinstance(admitted, Participant)


def test_only_the_token_of_the_last_grant_lets_its_session_in() -> None:
    town = Town()
    first = town.rooms.grant(town.place(1), "ws://localhost")
    second = town.rooms.grant(town.place(1), "ws://localhost")
    person = Person(town, 1, "")
    assert not _admit(town, person, token=first.token)
    assert not _admit(town, person, token="")
    assert not _admit(town, person, token="\ud800")
    assert not _admit(town, person, token=second.token, session="session-2")
    assert not _admit(town, person, token=second.token, server=GUILD + 1)
    assert _admit(town, person, token=second.token)
    town.rooms.remove(GUILD, 1, Removal.LEFT)
    assert not _admit(town, person, token=second.token)


def test_those_in_a_room_hear_of_each_other() -> None:
    town = Town()
    first = town.join(1)
    town.rooms.speak(first.participant, 1)
    second, elsewhere = town.join(2), town.join(3, OTHER_CHANNEL)
    told = [first.told, second.told, elsewhere.told]
    assert told == [[("joined", 2)], [("joined", 1), ("speaking", 1, 1)], []]
    town.rooms.speak(first.participant, 0)
    assert second.told.pop() == ("speaking", 1, 0)
    town.rooms.leave(first.participant)
    assert second.told.pop() == ("left", 1)
    assert elsewhere.told == []


def _join_stage(town: Town, user_id: int, *, may_speak: bool = False, alone: bool = True) -> Person:
    return town.join(
        user_id, features=frozenset({SPEAKERS_ALONE} if alone else ()), may_speak=may_speak, is_bound=False
    )


def test_of_a_hundred_listeners_the_others_hear_once_a_second_and_our_own_clients_nothing() -> None:
    town = Town()
    speaker, library = _join_stage(town, 1, may_speak=True), _join_stage(town, 2, alone=False)
    assert (speaker.told, library.told) == ([], [("joined", 1)])
    listeners = [_join_stage(town, user_id) for user_id in range(3, 103)]
    late = _join_stage(town, 103, alone=False)
    assert late.told == [("joined", 1)], "of all others it hears with the rest"
    assert (speaker.told, library.told) == ([], [("joined", 1)])
    assert [each.told for each in listeners] == [[("joined", 1)]] * 100
    town.rooms.tell_listeners()
    assert library.told[1:] == [("joined", *range(3, 104))]
    assert late.told[1:] == [("joined", 2, *range(3, 103))]
    assert speaker.told == []
    for each in (*listeners[:50], _join_stage(town, 104)):
        town.rooms.leave(each.participant)
    assert library.told[2:] == []
    town.rooms.tell_listeners()
    assert library.told[2:] == [("left", user_id) for user_id in range(3, 53)], "nobody was told of the last one"
    town.rooms.tell_listeners()
    assert len(library.told) == 52
    assert speaker.told == []


def test_a_listener_who_may_speak_is_told_of_before_it_speaks_and_when_it_leaves() -> None:
    town = Town()
    ours, library, riser = _join_stage(town, 1), _join_stage(town, 2, alone=False), _join_stage(town, 3)
    town.rooms.update(town.place(3, may_speak=True))
    town.rooms.speak(riser.participant, 1)
    assert library.told == [("joined", 3), ("speaking", 3, 1)]
    assert ours.told == [("speaking", 3, 1)]
    assert _join_stage(town, 4).told == [("joined", 3), ("speaking", 3, 1)]
    town.rooms.update(town.place(3, may_speak=False))
    town.rooms.leave(riser.participant)
    assert ours.told[-2:] == library.told[-2:] == [("speaking", 3, 0), ("left", 3)]


def test_a_move_silences_the_old_place_at_once() -> None:
    town = Town()
    moving, staying = town.join(1), town.join(2)
    town.rooms.grant(town.place(1, OTHER_CHANNEL), "ws://localhost")
    assert moving.told[-1] == ("ended", Departure.MOVED)
    assert staying.told[-1] == ("left", 1)
    moving.says()
    staying.says()
    assert staying.heard() == []
    assert moving.heard() == []
    moved = town.join(1, OTHER_CHANNEL)
    moved.says(FRAME)
    assert staying.heard() == []


def test_who_identifies_again_takes_the_place_over() -> None:
    town = Town()
    grant = town.rooms.grant(town.place(1), "ws://localhost")
    before, after = Person(town, 1, ""), Person(town, 1, "")
    assert _admit(town, before, token=grant.token)
    assert _admit(town, after, token=grant.token)
    assert before.told == [("ended", Departure.REPLACED)]
    assert after.told == []
    assert len(town.rooms.by_ssrc) == 1


def test_a_voice_connection_is_lost_once_it_was_there_and_is_over() -> None:
    town = Town()
    town.rooms.grant(town.place(1), "ws://localhost")
    assert not town.rooms.is_lost(GUILD, 1)  # it is on its way
    person = town.join(1)
    assert not town.rooms.is_lost(GUILD, 1)
    town.rooms.leave(person.participant)
    assert town.rooms.is_lost(GUILD, 1)
    town.rooms.grant(town.place(1), "ws://localhost")
    assert not town.rooms.is_lost(GUILD, 1)
    assert not town.rooms.is_lost(GUILD, 2)


def test_who_is_removed_is_ended_with_the_reason() -> None:
    town = Town()
    kicked, called = town.join(1), town.join(2)
    town.rooms.remove(GUILD, 1, Removal.DISCONNECTED)
    town.rooms.remove(GUILD, 2, Removal.CALL_ENDED)
    town.rooms.remove(GUILD, 2, Removal.CALL_ENDED)
    town.rooms.remove(GUILD, 77, Removal.LEFT)
    assert kicked.told[-1] == ("ended", Departure.REMOVED)
    assert called.told[-1] == ("ended", Departure.CALL_ENDED)
    assert not town.rooms.by_ssrc
    assert not town.rooms.by_address


def test_the_priority_bit_needs_the_right() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    town.rooms.speak(speaker.participant, 5)
    assert listener.told[-1] == ("speaking", 1, 1)
    town.rooms.update(town.place(1, is_priority=True))
    town.rooms.speak(speaker.participant, 5)
    assert listener.told[-1] == ("speaking", 1, 5)
    town.rooms.update(town.place(1))
    assert listener.told[-1] == ("speaking", 1, 1)


def test_who_is_muted_while_speaking_is_shown_silent_until_heard_again() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    town.rooms.speak(speaker.participant, 1)
    town.rooms.update(town.place(1, may_speak=False))
    assert listener.told[-1] == ("speaking", 1, 0)
    told = len(listener.told)
    town.rooms.speak(speaker.participant, 1)
    assert len(listener.told) == told
    assert all(each[0] != "speaking" for each in town.join(3).told)
    town.rooms.update(town.place(1))
    speaker.says()
    assert listener.told[-1] == ("speaking", 1, 1)


def test_who_flickers_is_told_a_few_times_a_second_and_the_last_in_the_end() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    listener.told.clear()
    for number in range(501):
        town.rooms.speak(speaker.participant, 1 - number % 2)
    assert listener.told == [("speaking", 1, 1 - number % 2) for number in range(MAX_ANNOUNCED)]
    for _ in range(SLOTS):
        town.forwarder.tick(town.now_ms)  # within the same second
    assert len(listener.told) == MAX_ANNOUNCED
    town.now_ms += WINDOW_MS
    for _ in range(SLOTS * 2):
        town.forwarder.tick(town.now_ms)
    assert listener.told[MAX_ANNOUNCED:] == [("speaking", 1, 1)]
    speaker.says()
    assert len(listener.heard()) == 1  # and it is heard all the while


def test_in_a_large_room_less_is_told_in_a_second() -> None:
    town = Town()
    speaker, listener = _join_stage(town, 1, may_speak=True), _join_stage(town, 2)
    for user_id in range(3, MAX_TOLD // LEAST_ANNOUNCED + 2):
        _join_stage(town, user_id)
    listener.told.clear()
    for number in range(MAX_ANNOUNCED):
        town.rooms.speak(speaker.participant, 1 - number % 2)
    assert listener.told == [("speaking", 1, 1), ("speaking", 1, 0)]
    town.now_ms += WINDOW_MS
    town.rooms.speak(speaker.participant, 1)
    assert listener.told[LEAST_ANNOUNCED:] == [("speaking", 1, 1)]


def test_what_was_said_too_fast_is_not_told_of_one_who_was_muted_since() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    for number in range(MAX_ANNOUNCED + 1):
        town.rooms.speak(speaker.participant, 1 - number % 2)
    town.rooms.update(town.place(1, may_speak=False))
    town.rooms.update(town.place(1))
    told = len(listener.told)
    town.now_ms += WINDOW_MS
    for _ in range(SLOTS):
        town.forwarder.tick(town.now_ms)
    assert len(listener.told) == told


def test_a_change_of_rights_for_another_place_is_not_taken() -> None:
    town = Town()
    speaker, listener = town.join(1), town.join(2)
    town.rooms.update(town.place(1, OTHER_CHANNEL, may_speak=False))
    town.rooms.update(town.place(9))
    speaker.says()
    assert len(listener.heard()) == 1


def test_an_address_belongs_to_the_last_who_was_bound_to_it() -> None:
    town = Town()
    first, second = town.join(1), town.join(2)
    town.rooms.bind(second.participant, first.address)
    town.rooms.bind(first.participant, ("192.0.2.9", 9))
    assert town.rooms.by_address[first.address] is second.participant
    town.rooms.leave(first.participant)
    assert town.rooms.by_address == {first.address: second.participant}


def test_who_has_left_is_bound_to_no_address() -> None:
    town = Town()
    gone, staying = town.join(1), town.join(2)
    town.rooms.leave(gone.participant)
    town.rooms.bind(gone.participant, ("192.0.2.9", 9))
    town.rooms.enter(gone.participant)
    assert town.rooms.by_address == {staying.address: staying.participant}
    staying.says()
    assert town.take(("192.0.2.9", 9)) == []
