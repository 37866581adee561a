"""Which way a notice goes, the bytes that the terminal gets, and what the desktop is asked."""

import asyncio
import base64
import re
import sys

import pytest

from tuichat.config.schema import NotificationSettings, Settings
from tuichat.local import desktop_notice
from tuichat.text.notice_text import Notice
from tuichat.tui.notice_way import Way, choose_way, sequence
from tuichat.tui.notifier import MAX_WAITING, Notifier

NOTICE = Notice("grace; #general", "4;100 <b>hi</b> $(reboot)", ("s/1", 10))
MENTION = Notice("grace", "hi", ("s/1", 10), is_mention=True)


def wanted(**settings: object) -> Settings:
    return Settings(notifications=NotificationSettings(**settings))  # type: ignore[arg-type]  # fields of any type


OSC = re.compile(r"\x1b\][^\x1b\x07]*\x1b\\")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-kitty"}, Way.OSC99),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, Way.OSC99),
        ({"TERM": "foot"}, Way.OSC777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Way.OSC777),
        ({"TERM": "xterm-ghostty"}, Way.OSC777),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "LC_TERMINAL": "iTerm2"}, Way.OSC9),
        ({"TERM": "xterm-256color"}, Way.BELL),
        ({}, Way.BELL),
    ],
)
def test_auto_goes_by_the_terminal(environment: dict[str, str], expected: Way) -> None:
    assert choose_way("auto", environment, has_desktop=False) is expected


def test_unknown_terminal_leaves_it_to_the_desktop() -> None:
    assert choose_way("auto", {"TERM": "xterm-256color"}, has_desktop=True) is Way.DESKTOP


@pytest.mark.parametrize("way", Way)
def test_choice_of_the_user_wins(way: Way) -> None:
    assert choose_way(way.value, {"TERM": "xterm-kitty"}, has_desktop=True) is way


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "a b c d"}, "linux", False),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_TTY": "/dev/ttys1"}, "darwin", False),
    ],
)
def test_desktop_is_the_one_in_front_of_the_user(environment: dict[str, str], platform: str, expected: bool) -> None:
    assert desktop_notice.sits_at_desktop(environment, platform) is expected


def test_osc_9_never_reads_as_a_progress_bar() -> None:
    text = sequence(Way.OSC9, Notice("4", "100", ("", 0)), 1, in_tmux=False)
    assert text == "\x1b]9;tuichat: 4: 100\x1b\\"


def test_osc_777_keeps_title_and_body_apart() -> None:
    text = sequence(Way.OSC777, NOTICE, 1, in_tmux=False)
    assert text == "\x1b]777;notify;grace, #general;4;100 <b>hi</b> $(reboot)\x1b\\"


def test_osc_99_sends_title_then_body_as_base64() -> None:
    text = sequence(Way.OSC99, NOTICE, 7, in_tmux=False)
    title, body = OSC.findall(text)
    assert "".join((title, body)) == text
    assert title.startswith("\x1b]99;i=tuichat7:d=0:e=1;")
    assert body.startswith("\x1b]99;i=tuichat7:d=1:e=1:p=body;")
    assert base64.b64decode(body.rpartition(";")[2].removesuffix("\x1b\\")).decode() == NOTICE.body


def test_tmux_passes_it_on() -> None:
    text = sequence(Way.OSC9, MENTION, 1, in_tmux=True)
    assert text == "\x1bPtmux;\x1b\x1b]9;tuichat: grace: hi\x1b\x1b\\\x1b\\"
    assert sequence(Way.BELL, MENTION, 1, in_tmux=True) == "\x07", "tmux has a use for the bell itself"


@pytest.mark.parametrize("program", ["notify-send", "osascript", "busctl"])
def test_desktop_gets_texts_as_arguments(program: str) -> None:
    def find(name: str) -> str | None:
        return f"/bin/{name}" if name == program else None

    argv = desktop_notice.command(NOTICE.title, NOTICE.body, find)
    assert argv is not None
    assert argv[0] == f"/bin/{program}"
    assert NOTICE.title in argv
    body = "4;100 &lt;b&gt;hi&lt;/b&gt; $(reboot)" if program != "osascript" else NOTICE.body
    assert body in argv


def test_no_program_no_command() -> None:
    assert desktop_notice.command(NOTICE.title, NOTICE.body, lambda name: None) is None
    assert not desktop_notice.is_there(lambda name: None)


class Terminal:
    """Keeps what a notifier writes."""

    def __init__(self, programs: dict[str, str] | None = None, **environment: str) -> None:
        self.written = ""
        found = programs or {}
        self.notifier = Notifier(self.write, environment=environment, platform="linux", find=found.get)

    def write(self, text: str) -> None:
        self.written += text


def test_mention_rings_besides() -> None:
    terminal = Terminal(TERM="foot")
    terminal.notifier.show(MENTION, wanted())
    assert terminal.written == "\x1b]777;notify;grace;hi\x1b\\\x07"
    terminal.written = ""
    terminal.notifier.show(MENTION, wanted(bell=False))
    assert terminal.written == "\x1b]777;notify;grace;hi\x1b\\"
    terminal.written = ""
    terminal.notifier.show(NOTICE, wanted(method="none"))
    assert terminal.written == ""


def test_bell_rings_once() -> None:
    terminal = Terminal(TERM="xterm")
    terminal.notifier.show(MENTION, wanted())
    assert terminal.written == "\x07"


async def test_desktop_that_fails_leaves_the_bell() -> None:
    terminal = Terminal({"notify-send": "/nonexistent/notify-send"}, DISPLAY=":0")
    assert terminal.notifier.way(wanted()) is Way.DESKTOP
    terminal.notifier.show(NOTICE, wanted())
    assert terminal.written == ""
    await asyncio.gather(*terminal.notifier._tasks)
    assert terminal.written == "\x07"


async def test_slow_desktop_does_not_pile_up_and_is_ended() -> None:
    terminal = Terminal(
        {"osascript": sys.executable}, DISPLAY=":0"
    )  # given "-e" it fails; what counts is how many are begun
    for _ in range(10):
        terminal.notifier.show(NOTICE, wanted(method="desktop"))
    assert len(terminal.notifier._tasks) == MAX_WAITING
    await terminal.notifier.close()
    assert not terminal.notifier._tasks


async def test_program_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desktop_notice, "PATIENCE_S", 0.05)
    assert not await desktop_notice.show([sys.executable, "-c", "import time; time.sleep(60)"])
