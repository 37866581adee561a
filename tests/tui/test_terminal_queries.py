"""What terminals answer, and that asking leaves them as they were."""

import os
import pty
import termios
import threading

from tuichat.tui.terminal_queries import FOCUS_EVENTS, GRAPHEME_CLUSTERS, Answers, ask, parse_answers

KITTY = b"\x1bP>|kitty(0.35.2)\x1b\\\x1b[?0u\x1b_Gi=31;OK\x1b\\\x1b[?1004;2$y\x1b[?2027;0$y\x1b[5;3R\x1b[?62;4;22c"


def test_answers_of_a_terminal_that_can_everything() -> None:
    answers = parse_answers(KITTY)
    assert answers.version == "kitty(0.35.2)"
    assert answers.kitty_keys
    assert answers.kitty_graphics
    assert answers.attributes == frozenset({62, 4, 22})
    assert answers.knows(FOCUS_EVENTS)
    assert not answers.knows(GRAPHEME_CLUSTERS)
    assert answers.columns == (2,)


def test_silence_and_typed_keys_are_no_answers() -> None:
    assert parse_answers(b"") == Answers() == parse_answers(b"hello\x1b[A\x1b[200~\xff\x00")


def test_graphics_that_are_refused_are_not_there() -> None:
    assert not parse_answers(b"\x1b_Gi=31;ENOTSUPPORTED\x1b\\").kitty_graphics


def test_numbers_without_end_are_cut() -> None:
    assert parse_answers(b"\x1b[?" + b"9" * 150 + b"c").attributes == frozenset({99999})


def test_asking_restores_the_terminal_and_leaves_nothing_unread() -> None:
    master, slave = pty.openpty()
    try:
        before = termios.tcgetattr(slave)

        def terminal() -> None:
            heard = b""
            while not heard.endswith(b"\x1b[c"):
                heard += os.read(master, 1024)
            os.write(master, KITTY + b"typed ahead")

        thread = threading.Thread(target=terminal)
        thread.start()
        answers = ask(slave, slave, ("x",), timeout_s=5)
        thread.join()
        assert answers.columns == (2,)
        assert termios.tcgetattr(slave) == before
        os.set_blocking(slave, False)
        try:
            left = os.read(slave, 100)
        except BlockingIOError:
            left = b""
        assert left == b""
    finally:
        os.close(master)
        os.close(slave)


def test_terminal_that_says_nothing_is_given_up_on() -> None:
    master, slave = pty.openpty()
    try:
        before = termios.tcgetattr(slave)
        assert ask(slave, slave, timeout_s=0.01) == Answers()
        assert termios.tcgetattr(slave) == before
    finally:
        os.close(master)
        os.close(slave)
