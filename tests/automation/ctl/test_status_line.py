"""A line for a bar tells what it is asked for, and obeys nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.automation.ctl.command_words import Complaint
from tuichat.automation.ctl.status_line import FIELDS, check_format, format_status, harmless, status_words

CALL = {
    "account": "ada",
    "channel": {"id": "1", "address": "dev/#lounge", "name": "lounge", "guild": None},
    "stage": "connected",
    "since": "2026-01-01T00:00:00+00:00",
    "is_muted": False,
    "is_deafened": False,
    "is_muted_by_others": False,
    "is_heard": False,
    "is_talking": False,
    "gate": "voice",
    "people": 3,
    "speaking": ["bob", "eve %{A1:rm -rf:}#[bg=red]\x1b[2J"],
}
STATUS = {
    "accounts": [{"is_connected": True}, {"is_connected": False}],
    "channel": None,
    "unread": 4,
    "mentions": 2,
    "do_not_disturb": True,
    "call": CALL,
    "room": {"topic": "tea", "part": "speaker", "has_asked": False, "is_invited": False, "listeners": 9},
    "sound": None,
}
QUIET = STATUS | {"call": None, "room": None, "unread": 0, "mentions": 0, "do_not_disturb": False}


def test_fields_are_filled_in() -> None:
    told = "{unread} {mentions} {connection} {accounts} {dnd} {call} {stage} {mic} {people} {topic} {part}"
    assert format_status(told, STATUS) == "4 2 part 2 on dev/#lounge connected silent 3 tea speaker"
    assert format_status("{{{mic}}}[{call}{channel}{speaking}{minutes}{stage}]", QUIET) == "{off}[out]"
    assert int(format_status("{minutes}", STATUS)) > 0


@pytest.mark.parametrize(
    ("change", "mic"),
    [
        ({"is_heard": True}, "heard"),
        ({"is_muted": True, "is_heard": True}, "muted"),
        ({"is_muted_by_others": True}, "muted"),
        ({"is_muted": True, "is_deafened": True}, "deafened"),
    ],
)
def test_microphone_in_a_word(change: "dict[str, bool]", mic: str) -> None:
    assert format_status("{mic}", STATUS | {"call": CALL | change}) == mic


@pytest.mark.parametrize(
    ("state", "way", "sound"),
    [
        ("ready", None, "laptop"),
        ("ready", "direct", "direct"),
        ("ready", "ssh", "ssh"),
        ("ready", "websocket", "websocket"),
        ("stalled", "direct", "away"),
    ],
)
def test_where_the_sound_is_in_a_word(state: str, way: str | None, sound: str) -> None:
    away = STATUS | {"sound": {"laptop": "ada's", "state": state, "way": way, "text": ""}}
    assert format_status("{sound} {laptop}", away) == f"{sound} ada's"
    assert format_status("{mic}", away) == ("away" if sound == "away" else "silent")
    assert ("sound away" in status_words(away)) is (sound == "away")
    assert format_status("{sound}[{laptop}]", STATUS) == "here[]"
    assert format_status("{mic}", away | {"call": None}) == "off"


def test_names_give_no_orders_to_bars() -> None:
    shown = format_status("{speaking}", STATUS)
    assert shown == "bob, eve % {A1:rm -rf:}# [bg=red] [2J"


@pytest.mark.parametrize("template", ["{nosuch}", "{", "{unread", "{}", "{unread!r}", "{unread.real}"])
def test_other_fields_are_refused_with_the_list(template: str) -> None:
    with pytest.raises(Complaint, match=r"\{unread\} \{mentions\}"):
        check_format(template)


@given(st.text())
def test_any_template_is_a_line_or_refused(template: str) -> None:
    try:
        check_format(template)
    except Complaint:
        return
    format_status(template, STATUS)


@given(st.text())
def test_nothing_that_is_shown_is_an_order(text: str) -> None:
    shown = harmless(text)
    assert all(character.isprintable() for character in shown)
    assert not any(order in shown for order in ("#[", "#(", "#{", "%{"))


def test_line_of_a_glance() -> None:
    assert status_words(STATUS) == "partly offline · @2 · 4 new · quiet · dev/#lounge (mic on)"
    assert status_words(QUIET | {"accounts": [{"is_connected": True}]}) == "nothing new"
    assert status_words(QUIET | {"accounts": []}) == "offline"
    assert set(FIELDS) >= {"unread", "mentions", "mic", "call"}
