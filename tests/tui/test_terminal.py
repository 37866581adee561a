"""What goes to a real terminal, byte by byte: nothing a stranger wrote commands it, and it is left as it was found."""

import os
import re
import signal
import sys
import termios
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle
from tests.tui.hostile import FORBIDDEN
from tests.tui.pty_app import SECRET_TEXT
from tuichat.tui.drawn_widths import SAMPLES
from tuichat.tui.terminal_queries import PICTURE_QUERIES, measure

pytestmark = pytest.mark.slow  # each opens a terminal of its own

QUIT = "\x11"
# The sequences that the screen itself has a use for; a link's address must be plain ASCII without blanks.
ALLOWED = re.compile(
    r"""
    \x1b\[\??[0-9;:]*[mHABCDhlJK]      # colours, places, modes, clearing
  | \x1b\[\?[0-9]+\$p                  # which modes the terminal knows
  | \x1b\[[0-9;]*t                     # keep the title, give it back
  | \x1b\[[<>=]?[0-9;]*u                # keyboard protocol
  | \x1b\]8;id=[0-9-]+;https?://[!-~]+\x1b\\  # a link begins
  | \x1b\]8;;\x1b\\                    # and ends
  | \x1b\]22;[a-z-]+(?:\x07|\x1b\\)   # the shape of the mouse pointer
  | \x1b\]2;[^\x00-\x1f\x7f-\x9f]*\x1b\\  # the window's title
    """,
    re.VERBOSE,
)
PLAIN = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "TMUX": "", "TERM_PROGRAM": ""}
LEAVING = [
    "\x1b[?1049l",
    "\x1b[?25h",
    "\x1b[?1000l",
    "\x1b[?1002l",
    "\x1b[?1006l",
    "\x1b[?2004l",
    "\x1b[<u",
    "\x1b[23;2t",
]


@contextmanager
def terminal(mode: str, columns: int = 120, rows: int = 36, **variables: str) -> Iterator[PtyTerminal]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **variables}
    with PtyTerminal(
        [sys.executable, "-m", "tests.tui.pty_app", mode], environment, columns=columns, rows=rows
    ) as opened:
        yield opened


def until_shown(opened: PtyTerminal, text: str) -> None:
    pump([opened], lambda: text in opened.screen(), text)


def end_of(opened: PtyTerminal) -> tuple[int, str]:
    """Wait for the program's end; return its exit code and what it wrote after the screen."""
    while opened.process.poll() is None:
        settle([opened], 0.05, 0.2)
    settle([opened], 0.05, 0.2)
    written = opened.received.decode()
    return opened.process.returncode, written[written.rindex("\x1b[?1049l") :]


def check_left(opened: PtyTerminal) -> None:
    written = opened.received.decode()
    for sequence in LEAVING:
        assert sequence in written, f"{sequence!r} was not written"
    assert termios.tcgetattr(opened.fileno())[3] & termios.ECHO


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "rows"), [(120, 36), (80, 24)])
def test_hostile_text_commands_nothing(columns: int, rows: int) -> None:
    with terminal("hostile", columns, rows, **PLAIN) as opened:
        until_shown(opened, "ctrl+k")
        for keys in (
            "\x1b[5~",
            "\x1b[5~",
            "\x1b[5~",
            "\x1b[1;5F",
            "\x1bOQ",
            "\x1bOR",
            "\x0b",
            "\x1b",
            "\x1b[17;2~",
            "\x1b[A",
            "d",
        ):
            opened.press(keys)
            settle([opened], 0.15, 1.0)
        opened.press("\x1b")
        settle([opened], 0.2, 1.0)
        opened.press(QUIT)
        code, _ = end_of(opened)
        assert code == 0
        written = opened.received.decode()
        asked = measure(SAMPLES).decode()
        assert written.count(asked) == 1
        assert written.count(PICTURE_QUERIES.decode()) == 1
        rest = ALLOWED.sub("", written.replace(asked, "").replace(PICTURE_QUERIES.decode(), ""))
        assert "\x1b" not in rest, rest[max(0, rest.index("\x1b") - 40) : rest.index("\x1b") + 40]
        assert not (FORBIDDEN - set("\r\n\x07")) & set(rest)
        assert b"\x1b]52" not in opened.received
        assert "qwx" in rest


def test_the_first_frame_waits_for_no_answer_and_an_answer_types_nothing() -> None:
    with terminal("plain", 120, 36, **PLAIN) as opened:
        until_shown(opened, "Message #general")
        assert PICTURE_QUERIES in opened.received
        opened.press("a\x1bP>|kitty(0.35.2)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?6")
        opened.press("2;4cb")
        until_shown(opened, "ab")
        assert "kitty" not in opened.screen()
        opened.press(QUIT)
        assert end_of(opened)[0] == 0


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"TERM": "foot", "TMUX": ""}, "\x1b]777;notify;grace · #random, Textual Labs;come and␛]9;see␇\x1b\\"),
        (
            {"TERM": "tmux-256color", "LC_TERMINAL": "iTerm2", "TMUX": "/tmp/tmux,1,0"},
            "\x1bPtmux;\x1b\x1b]9;tuichat: grace · #random, Textual Labs: come and␛]9;see␇\x1b\x1b\\\x1b\\",
        ),
    ],
    ids=["foot", "iTerm2 in tmux"],
)
def test_message_elsewhere_calls_through_the_terminal(variables: dict[str, str], expected: str) -> None:
    with terminal("called", 120, 36, **variables) as opened:
        pump([opened], lambda: expected in opened.received.decode(errors="replace"), "the notice")
        opened.press(QUIT)
        assert end_of(opened)[0] == 0
        assert f"{expected}\x07" in opened.received.decode(), "a mention rings besides"


def test_the_terminal_is_left_as_it_was_found() -> None:
    with terminal("plain") as opened:
        before = termios.tcgetattr(opened.fileno())
        until_shown(opened, "Message #general")
        assert b"\x1b[?1003h" not in opened.received
        assert b"\x1b[?1002h" in opened.received
        assert "tuichat — Textual Labs / #general" in opened.received.decode()
        opened.press(QUIT)
        code, _ = end_of(opened)
        assert code == 0
        check_left(opened)
        assert termios.tcgetattr(opened.fileno())[:6] == before[:6]


def answers(columns: Iterable[int]) -> str:
    return "".join(f"\x1b[2;{column + 1}R" for column in columns)


def test_widths_are_asked_once_and_late_answers_are_no_text() -> None:
    kept = Path(os.environ["XDG_STATE_HOME"]) / "tuichat" / "widths.json"
    kept.unlink(missing_ok=True)
    kitty = {"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1", "TMUX": ""}
    with terminal("signs", 120, 36, **kitty) as opened:
        until_shown(opened, ":thumbsup_tone3:")
        answer = "typed" + answers(cell_len(sample) for sample in SAMPLES) + "ahead"
        torn = answer.index("R") + 3  # within the second answer, as a slow link may do
        opened.press(answer[:torn])
        settle([opened], 0.4, 0.4)
        opened.press(answer[torn:])
        until_shown(opened, "typedahead")
        pump([opened], lambda: "\U0001f44d\U0001f3fd" in text_of(opened), "the sign")
        pump([opened], kept.exists, "what was measured")
        opened.press(QUIT)
        assert end_of(opened)[0] == 0
    with terminal("signs", 120, 36, **kitty) as opened:
        pump([opened], lambda: "\U0001f44d\U0001f3fd" in text_of(opened), "the sign")
        assert measure(SAMPLES) not in opened.received
        assert ":thumbsup_tone3:" not in text_of(opened)
        opened.press(QUIT)
        assert end_of(opened)[0] == 0
    kept.unlink()


def text_of(opened: PtyTerminal) -> str:
    """Return what was written, without the question."""
    return opened.received.replace(measure(SAMPLES), b"").decode(errors="replace")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_left_well_by_a_signal(number: signal.Signals) -> None:
    with terminal("plain") as opened:
        until_shown(opened, "Message #general")
        opened.process.send_signal(number)
        code, _ = end_of(opened)
        assert code == 128 + number
        check_left(opened)


def test_a_fault_says_where_the_log_is_and_shows_no_message() -> None:
    with terminal("fault") as opened:
        until_shown(opened, "stopped because of a fault")
        code, words = end_of(opened)
        assert code == 70
        check_left(opened)
        log = Path(os.environ["XDG_STATE_HOME"]) / "tuichat" / "profiles" / "default" / "client.log"
        assert str(log) in re.sub(r"[\r\n]+", " ", words).replace(" ", "") or str(log) in words
        assert SECRET_TEXT not in opened.received.decode()
        assert "RuntimeError" in log.read_text()


def test_alt_enter_of_a_plain_terminal_is_a_new_line() -> None:
    with terminal("plain") as opened:
        until_shown(opened, "Message #general")
        opened.press("one\x1b\rtwo")
        until_shown(opened, "│ two")
        until_shown(opened, "│ one")  # the field grows by a line a frame later


def test_no_colour_is_written_where_none_is_wanted() -> None:
    with terminal("plain", NO_COLOR="1") as opened:
        until_shown(opened, "Message #general")
        opened.press("\x1b[17;2~")
        opened.press("\x1b[A")
        settle([opened], 0.3, 2.0)
        opened.press(QUIT)
        end_of(opened)
        colours = re.findall(r"\x1b\[[0-9;]*m", opened.received.decode())
        assert not [
            colour for colour in colours if re.search(r"(?:^|[\[;])(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;|m)", colour)
        ]


def test_sixteen_colours_are_enough() -> None:
    with terminal("plain", TERM="xterm-16color", COLORTERM="") as opened:
        until_shown(opened, "Message #general")
        opened.press(QUIT)
        end_of(opened)
        assert not re.findall(r"\x1b\[[0-9;]*[34]8;[25];", opened.received.decode())


def test_an_editor_gets_the_terminal_and_gives_the_text_back(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho EDITOR-HAS-IT\nread line\necho "$line" >>"$1"\n')
    editor.chmod(0o700)
    with terminal("plain", VISUAL=str(editor)) as opened:
        until_shown(opened, "Message #general")
        opened.press("begun \x05")
        until_shown(opened, "EDITOR-HAS-IT")
        opened.press("outside-words\r")
        until_shown(opened, "begun outside-words")  # in the composer again, not as the terminal's echo
        opened.press(QUIT)
        code, _ = end_of(opened)
        assert code == 0
        check_left(opened)


def test_shift_enter_of_a_kitty_terminal_is_a_new_line() -> None:
    with terminal("plain") as opened:
        until_shown(opened, "Message #general")
        opened.press("one\x1b[13;2utwo\nthree")
        for word in ("one", "two", "three"):
            until_shown(opened, f"│ {word}")
