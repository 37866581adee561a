"""Push to talk is held where the terminal tells of keys let go, and a toggle elsewhere."""

import pytest

from tuichat.tui.key_release import KeyEvent, KeyHeld, KeyReleased, base_key, without_type
from tuichat.tui.paste_parser import PasteParser
from tuichat.tui.talk_key import TalkKey


def test_without_releases_each_press_is_a_toggle() -> None:
    key = TalkKey()
    key.press(0)
    assert key.is_talking
    key.press(1000)
    assert not key.is_talking


def test_a_key_that_repeats_is_one_press() -> None:
    key = TalkKey()
    key.press(0)
    for repeat in range(1, 10):
        key.press(repeat * 33)
    assert key.is_talking


def test_the_first_release_ends_talking_and_makes_it_a_key_to_hold() -> None:
    key = TalkKey()
    key.press(0)
    key.release()
    assert not key.is_talking
    key.press(500)
    key.press(530)
    key.press(2000)  # repeats after a pause of the machine: still held
    assert key.is_talking
    key.release()
    assert not key.is_talking


def test_the_release_of_another_key_shows_that_this_one_can_be_held() -> None:
    key = TalkKey()
    key.see_release()
    key.press(0)
    key.press(1000)
    assert key.is_talking


def test_letting_go_elsewhere_ends_talking() -> None:
    key = TalkKey()
    key.press(0)
    key.let_go()
    assert not key.is_talking
    key.press(50)
    assert key.is_talking


@pytest.mark.parametrize(
    ("sequence", "plain", "told"),
    [
        ("\x1b[32;5:1u", "\x1b[32;5u", KeyEvent.PRESSED),
        ("\x1b[32;5:2u", "\x1b[32;5u", KeyEvent.HELD),
        ("\x1b[32;5:3u", "\x1b[32;5u", KeyEvent.RELEASED),
        ("\x1b[97;1:1;97u", "\x1b[97;1;97u", KeyEvent.PRESSED),
        ("\x1b[1;1:3A", "\x1b[1;1A", KeyEvent.RELEASED),
        ("\x1b[24;1:3~", "\x1b[24;1~", KeyEvent.RELEASED),
        ("\x1b[A", "\x1b[A", KeyEvent.UNTOLD),
        ("\x1b[<0;10;10M", "\x1b[<0;10;10M", KeyEvent.UNTOLD),
    ],
)
def test_event_types_are_taken_out_of_sequences(sequence: str, plain: str, told: KeyEvent) -> None:
    assert without_type(sequence) == (plain, told)


def keys_read(data: str) -> list[tuple[str, str]]:
    return [(type(event).__name__, str(getattr(event, "key", ""))) for event in PasteParser().feed(data)]


def test_a_parser_reads_keys_that_go_down_are_held_and_let_go() -> None:
    read = keys_read("\x1b[32;5:1u\x1b[32;5:2u\x1b[32;5:3u\x1b[97;1:1;97u\x1b[97;1:3u\x1b[24;1:3~")
    assert read == [
        ("Key", "ctrl+space"),
        (KeyHeld.__name__, "ctrl+space"),
        ("Key", "ctrl+space"),
        (KeyReleased.__name__, "ctrl+space"),
        ("Key", "a"),
        (KeyReleased.__name__, "a"),
        (KeyReleased.__name__, "f12"),
    ]


def test_a_key_is_known_by_its_name_when_its_modifiers_were_let_go_first() -> None:
    assert base_key("ctrl+space") == base_key("space") == "space"
