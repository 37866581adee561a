"""One writes between what a terminal is sent, never inside a sequence or a sign."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.bridge.sequence_watch import MAX_BEGUN_AGAIN_BYTES, MAX_HELD_BYTES, SequenceWatch

WHOLE = [
    b"plain",
    b"\r\n",
    "gr\u00fc\u00df \u65e5\u672c \U0001f600".encode(),
    b"\x1b[0m",
    b"\x1b[38;5;12m",
    b"\x1b[?2026h",
    b"\x1b[>4;2m",
    b"\x1b[38;\r\n5m",
    b"\x1b]0;title\x07",
    b"\x1b]2;title\x1b\\",
    b"\x1b]8;;http://x\x1b\\",
    b"\x1bP1$r0m\x1b\\",
    b"\x1b_Gi=1;AAAA\x1b\\",
    b"\x1b^pm\x1b\\",
    b"\x1b(B",
    b"\x1b#8",
    b"\x1b7",
    b"\x1b=",
    b"\x1bM",
    b"\x1bOA",
    b"\x1bc",
    b"\x1b]2;cut short\x18",
]


@pytest.mark.parametrize("sequence", WHOLE)
def test_inside_a_sequence_is_never_between(sequence: bytes) -> None:
    is_sign = sequence[:1] == b"\x1b"
    for cut in range(1, len(sequence)):
        watch = SequenceWatch()
        watch.feed(sequence[:cut])
        if is_sign:
            assert not watch.is_between, sequence[:cut]
        watch.feed(sequence[cut:])
        assert watch.is_between, (sequence[:cut], sequence[cut:])


@pytest.mark.parametrize("begun", [b"\x1b", b"\x1b[", b"\x1b]2;", b"\x1bP", b"\x1b ", b"\x1bN"])
def test_a_sequence_that_never_ends_takes_no_longer_than_it_is(begun: bytes) -> None:
    watch = SequenceWatch()
    began_s = time.process_time()
    watch.feed(begun)
    for _ in range(64):
        watch.feed(b"\0 " * 2048)
    assert time.process_time() - began_s < 2.0


def test_a_sign_of_several_bytes_is_whole_or_not() -> None:
    watch = SequenceWatch()
    for cut in (b"\xf0", b"\x9f", b"\x98"):
        watch.feed(cut)
        assert not watch.is_between
    watch.feed(b"\x80")
    assert watch.is_between


def test_the_last_title_is_known() -> None:
    watch = SequenceWatch()
    watch.feed(b"\x1b]0;one\x07\x1b]10;?\x07x\x1b]2;t")
    assert (watch.title, watch.titles) == (b"one", 1)
    watch.feed(b"wo\x1b")
    watch.feed(b"\\")
    assert (watch.title, watch.titles) == (b"two", 2)
    watch.feed(b"\x1b\n\x7f]\x1b\r]2;three\x07")
    assert watch.title == b"three"


@pytest.mark.parametrize(
    "sequence",
    [
        b"\x1b]02;t\x07",
        b"\x1b];t\x07",
        b"\x1b]lt\x1b\\",
        b"\x1b]3;WM_NAME=t\x07",
        b"\x1b]30;t\x07",
        b"\x1b[23;2t",
        b"\x1b[>0t",
        b"\x1bkt\x1b\\",
        b"\x1bc",
        b"\x1b[!p",
        b"\x1b]1;t\x07",  # of Windows Terminal, as 21
        b"\x1b]21;t\x07",
        b"\x1b_t\x1b\\",  # of tmux
        b"\x1b_t\x18",
        b"\x1b\n]2;t\x07",
        b"\x1b\x7f]2;t\x07",
        b"\x1b\xff]2;t\x07",  # of tmux
        b"\x1b\0c",
        b"\x1b[\x0023\n;2\x7ft",
        b"\x1b[!\rp",
        b"\x1b[5i",
        b"\x1b[?1;02l",
        b"\x1b[?38h",
        b"\x1b%@",
    ],
)
def test_whatever_may_change_the_title_is_counted(sequence: bytes) -> None:
    watch = SequenceWatch()
    watch.feed(sequence)
    assert watch.titles == 1
    assert watch.has_title_modes == (sequence == b"\x1b[>0t")


CONTROLS = st.lists(st.sampled_from([*range(0x18), 0x19, *range(0x1C, 0x20), 0x7F]), max_size=3).map(bytes)


@given(
    st.sampled_from([b"]2;", b"]02;", b"[23;2t", b"[!p", b"[22t", b"c", b"k", b"P1;2|", b"_"]),
    st.lists(CONTROLS, min_size=7, max_size=7),
)
def test_controls_inside_a_sequence_change_nothing_in_what_is_counted(sequence: bytes, controls: list[bytes]) -> None:
    is_string = sequence[:1] in (b"]", b"P", b"_")  # where controls are of the text, and BEL ends some
    begun, text = (sequence[:1], sequence[1:] + b"t\x1b\\") if is_string else (sequence, b"")
    data = b"\x1b" + b"".join(control + bytes([sign]) for sign, control in zip(begun, controls, strict=False)) + text
    watch = SequenceWatch()
    watch.feed(b"before" + data)
    assert watch.titles == 1
    assert watch.is_between


@pytest.mark.parametrize("sequence", [b"\x1b\x1b]8;;x\x07", b"\x1bPtmux;\x1b\x1b]2;t\x07\x1b\\", b"\x1b]8;;t\x1b[m"])
def test_what_no_terminal_knows_may_have_changed_the_title(sequence: bytes) -> None:
    watch = SequenceWatch()
    watch.feed(sequence)
    assert watch.titles >= 1


@pytest.mark.parametrize(
    "sequence",
    [
        b"\xc2\x9d2;t\x07",
        b"\x9d2;t\x07",
        b"\xe2\x9d2;t\x07",  # of rxvt-unicode, which takes what is no sign for bytes
        b"\x1b]8;;\xc2\x9c\xc2\x9d2;t\xc2\x9c",
        b"\x1b]8;;\x9c\x9d2;t\x9c",
    ],
)
@pytest.mark.parametrize("is_8bit", [False, True])
def test_c1_controls_are_counted_and_nothing_is_held_open_by_them(sequence: bytes, is_8bit: bool) -> None:
    for cut in range(1, len(sequence) + 1):
        watch = SequenceWatch()
        watch.is_8bit = is_8bit
        watch.feed(sequence[:cut])
        before = watch.titles
        was_between = watch.is_between
        watch.feed(sequence[cut:])
        assert watch.titles >= 1
        # What they began before is ended by the ST that stands before each title of ours: only what comes after it counts.
        assert watch.titles > before or was_between
        assert watch.is_between, cut


def test_letters_are_no_c1_controls_unless_the_terminal_may_take_them_for_such() -> None:
    text = "\u041f\u00dd \u2500\u2502 \u65e5\u672c \U0001f600".encode()
    watch = SequenceWatch()
    for cut in range(len(text)):
        watch.feed(text[cut : cut + 1])
    assert watch.titles == 0
    watch.feed(b"\x1b%@")
    before = watch.titles
    watch.feed("\u00dd2;t\x07".encode())
    assert watch.titles > before
    assert watch.is_turned_away


def test_a_prompt_and_its_colours_change_no_title() -> None:
    watch = SequenceWatch()
    watch.feed(
        b"\x1b]133;A\x07\x1b[1;32mann@box\x1b[0m:\x1b[?2004h\x1b]8;;http://x\x1b\\\x1b(B\x1b[m\x1b7\x1b[?25l\x1b8$ "
    )
    assert watch.titles == 0
    assert not watch.is_turned_away


def test_controls_that_were_obeyed_do_not_come_again_with_what_was_cut() -> None:
    watch = SequenceWatch()
    watch.feed(b"\x1b\n[3\r8")
    assert watch.cut() == b"\x1b[38"
    watch.feed(b"\x1b\n]2;a\tb")
    assert watch.cut() == b"\x1b]2;a\tb"


def test_what_has_passed_is_counted_without_what_has_only_begun() -> None:
    watch = SequenceWatch()
    watch.feed(b"four\x1b[3")
    assert (watch.passed_bytes, watch.begun) == (4, b"\x1b[3")
    watch.feed(b"8;5")
    assert (watch.passed_bytes, watch.begun) == (4, b"\x1b[38;5")
    watch.feed(b"m")
    assert (watch.passed_bytes, watch.begun) == (11, b"")


@pytest.mark.parametrize(
    ("begun", "again"),
    [
        (b"\x1b[38;5", b"\x1b[38;5"),
        (b"\x1b]2;" + b"t" * MAX_BEGUN_AGAIN_BYTES, b"\x1b]x"),
        (b"\x1bPq" + b"#" * MAX_BEGUN_AGAIN_BYTES, b"\x1bX"),
        (b"\x1b_G" + b"A" * MAX_BEGUN_AGAIN_BYTES + b"\x1b", b"\x1bX\x1b"),
    ],
)
def test_what_was_cut_begins_again_and_ends_where_it_would_have(begun: bytes, again: bytes) -> None:
    watch = SequenceWatch()
    watch.feed(begun)
    assert watch.cut() == again
    assert not watch.is_between
    watch.feed({b"[": b"m", b"]": b"\x07"}.get(begun[1:2], b"\\" if begun.endswith(b"\x1b") else b"\x1b\\"))
    assert watch.is_between
    assert watch.title is None


@pytest.mark.parametrize("begun", [b"\x1b[?2", b"\x1b[>0", b"\x1b"])
@pytest.mark.parametrize("filling", [b"\0", b";0"])
def test_a_sequence_that_is_too_long_to_be_held_may_be_anything(begun: bytes, filling: bytes) -> None:
    watch = SequenceWatch()
    watch.feed(begun)
    if begun == b"\x1b":
        filling = b"\0"  # all else would end it
    for _times in range(40):
        watch.feed(filling * (MAX_HELD_BYTES // 32))
        assert not watch.is_between
    assert watch.titles >= 1
    assert watch.is_turned_away
    assert watch.has_title_modes
    assert watch.cut() == begun[:2]


def test_a_long_picture_is_not_held_and_its_end_is_seen() -> None:
    watch = SequenceWatch()
    watch.feed(b"\x1bPq")
    for _ in range(40):
        watch.feed(b"#" * (MAX_HELD_BYTES // 4))
        assert not watch.is_between
    watch.feed(b"\x1b")
    assert not watch.is_between
    watch.feed(b"\\")
    assert watch.is_between


@given(st.lists(st.sampled_from(WHOLE), max_size=8), st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_however_it_is_cut_the_end_is_between(sequences: list[bytes], sizes: list[int]) -> None:
    data = b"".join(sequences)
    watch = SequenceWatch()
    position = 0
    for size in sizes:
        watch.feed(data[position : position + size])
        position += size
    watch.feed(data[position:])
    assert watch.is_between


@given(st.lists(st.binary(max_size=30), max_size=10))
def test_any_bytes_are_read(pieces: list[bytes]) -> None:
    watch = SequenceWatch()
    for piece in pieces:
        watch.feed(piece)
    watch.feed(b"\x18\x1b\\\x1b\\ end")
    assert watch.is_between


def test_what_a_program_that_was_cut_off_left_on_is_taken_back() -> None:
    watch = SequenceWatch()
    watch.feed(b"\x1b[?1049h\x1b[?1000;1006h\x1b[?25l\x1b[>1u\x1b[>4;2m\x1b[?2004h\x1b[?7h\x1b[31mwords\x1b[?2004l")
    assert watch.undoing() == b"\x1b[<u\x1b[>4m\x1b[?1000l\x1b[?1006l\x1b[?1049l\x1b[?25h\x1b[0m"
    watch.feed(b"\x1b[<u\x1b[>4;0m\x1b[?1006;1000;1049l\x1b[?25h")
    assert watch.undoing() == b""


def test_a_sequence_that_was_cut_off_is_ended_first() -> None:
    watch = SequenceWatch()
    watch.feed(b"\x1b[?1049h\x1b[38;5")
    assert watch.undoing() == b"\x18\x1b[?1049l\x1b[0m"


@given(st.binary(max_size=80))
def test_undoing_is_known_whatever_came(data: bytes) -> None:
    watch = SequenceWatch()
    watch.feed(data)
    undone = watch.undoing()
    again = SequenceWatch()
    again.feed(undone)
    assert again.undoing() == b""
