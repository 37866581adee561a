"""What a room offers: by oneself and with each kind of people in it, for hosts, moderators of the stage, and listeners."""

import pytest
from msgspec.structs import replace

from tests.tui.room_scenes import EMPTY, HANDS, HOSTED, HOSTS, LISTENER, ROOM, SPEAKERS
from tuichat.client.room_view import RoomPerson, RoomView
from tuichat.tui.screens.room.deeds import SHORT_LABELS, deeds_with, menu_label, own_deeds

LINUS, GRACE, HAND, INVITED = SPEAKERS[2], HOSTS[0], HANDS[0], HOSTED.invited[0]
ALAN = ROOM.audience[4]
ME = replace(LISTENER, is_host=True)


@pytest.mark.parametrize(
    ("person", "deeds"),
    [
        (ALAN, "invite_up host remove block profile"),
        (HAND, "invite_up decline_hand host remove block profile"),
        (INVITED, "move_down host remove block profile"),
        (LINUS, "move_down mute host remove block profile"),
        (GRACE, "move_down host profile"),
        (ME, "move_down host profile"),
    ],
)
def test_a_host_is_offered(person: RoomPerson, deeds: str) -> None:
    assert deeds_with(HOSTED, person, moderates=False, has_extension=True) == deeds.split()


@pytest.mark.parametrize(
    ("person", "deed", "words"),
    [
        (LINUS, "host", "Make a host"),
        (GRACE, "host", "Take hosting back"),
        (ME, "host", "Host this room no more"),
        (ME, "move_down", "Leave the stage, and listen"),
        (INVITED, "move_down", "Take the invitation to speak back"),
        (LINUS, "move_down", ""),
        (HAND, "decline_hand", "Decline the raised hand"),
    ],
)
def test_a_menu_says_what_a_deed_does_with_this_person(person: RoomPerson, deed: str, words: str) -> None:
    assert menu_label(HOSTED, person, deed) == words


def test_a_moderator_of_the_stage_stands_above_other_hosts() -> None:
    found = deeds_with(HOSTED, GRACE, moderates=True, has_extension=True)
    assert found == ["move_down", "mute", "host", "remove", "block", "profile"]


def test_a_server_of_others_is_not_asked_for_what_it_lacks() -> None:
    found = deeds_with(HOSTED, LINUS, moderates=True, has_extension=False)
    assert found == ["move_down", "remove", "profile"]


@pytest.mark.parametrize("person", [ALAN, HAND, LINUS, GRACE])
def test_who_hosts_nothing_is_offered_the_profile(person: RoomPerson) -> None:
    assert deeds_with(ROOM, person, moderates=False, has_extension=True) == ["profile"]


def test_a_speaker_may_go_down_by_itself() -> None:
    view = replace(ROOM, is_speaker=True, speakers=(*SPEAKERS, LISTENER))
    assert deeds_with(view, LISTENER, moderates=False, has_extension=True) == ["move_down", "profile"]


@pytest.mark.parametrize(
    ("view", "is_here", "deeds"),
    [
        (EMPTY, False, "start join_or_leave"),
        (replace(EMPTY, may_start=False), False, "join_or_leave"),
        (ROOM, False, "join_or_leave"),
        (ROOM, True, "join_or_leave hand react"),
        (replace(ROOM, may_ask=False), True, "join_or_leave react"),
        (replace(ROOM, is_invited=True, may_ask=False), True, "accept decline_invitation join_or_leave react"),
        (HOSTED, True, "join_or_leave mute_self react ping edit hands end"),
    ],
)
def test_one_is_offered_what_one_can_do_oneself(view: RoomView, is_here: bool, deeds: str) -> None:
    assert own_deeds(view, is_here=is_here, may_join=True) == deeds.split()


def test_each_of_them_has_a_word_for_the_footer() -> None:
    offered = {
        *own_deeds(EMPTY, is_here=False, may_join=True),
        *own_deeds(HOSTED, is_here=True, may_join=True),
        *own_deeds(replace(ROOM, is_invited=True), is_here=True, may_join=True),
        *deeds_with(HOSTED, LINUS, moderates=True, has_extension=True),
        *deeds_with(HOSTED, HAND, moderates=True, has_extension=True),
    }
    assert offered <= set(SHORT_LABELS)
