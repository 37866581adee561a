"""A command has the user's terminal as if nothing were between, and the terminal is as it was afterwards."""

import asyncio
import contextlib
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Iterator

import pytest

from tests.client.waiting import until
from tuichat.bridge.terminal import Terminal

AGAIN = b"\x1b\\\x1b]2;mic\x07"
TITLE = b"\x1b\\\x1b[22;2t\x1b]2;mic\x07"
GIVEN_BACK = b"\x1b[23;2t"
CUT = b"\x18"


class Screen:
    """The user's side: what was written to the terminal, and keys."""

    def __init__(self) -> None:
        self.master, self.descriptor = pty.openpty()
        self.resize(40, 132)
        self.before = termios.tcgetattr(self.descriptor)
        self.shown = b""

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def read(self) -> None:
        with contextlib.suppress(OSError):
            self.shown += os.read(self.master, 65536)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    async def wait_for(self, text: bytes) -> None:
        await until(lambda: text in self.shown)

    def is_as_it_was(self) -> bool:
        return bool(termios.tcgetattr(self.descriptor) == self.before)


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    os.close(made.master)
    os.close(made.descriptor)


@contextlib.asynccontextmanager
async def running(screen: Screen, *command: str, title_again_s: float = 0.05):  # type: ignore[no-untyped-def]  # two things at a time
    asyncio.get_running_loop().add_reader(screen.master, screen.read)
    terminal = Terminal(screen.descriptor, knows_titles=True, title_again_s=title_again_s)
    task = asyncio.create_task(terminal.run(command))
    try:
        yield terminal, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        asyncio.get_running_loop().remove_reader(screen.master)


@pytest.mark.parametrize("code", [0, 7, 255])
async def test_exit_code_is_kept_and_the_terminal_restored(screen: Screen, code: int) -> None:
    async with running(screen, "sh", "-c", f"echo said; exit {code}") as (_terminal, task):
        assert await task == code
        await screen.wait_for(b"said\r\n")
    assert screen.is_as_it_was()


async def test_a_signal_is_told(screen: Screen) -> None:
    async with running(screen, "sh", "-c", "kill -9 $$") as (_terminal, task):
        assert await task == -9


async def test_it_has_the_size_and_the_settings_of_the_terminal(screen: Screen) -> None:
    attributes = termios.tcgetattr(screen.descriptor)
    attributes[6][termios.VERASE] = b"\x08"
    termios.tcsetattr(screen.descriptor, termios.TCSANOW, attributes)
    async with running(
        screen, "sh", "-c", "stty size; stty -a | tr '\\n' ' ' | grep -o ' erase = [^;]*'; tty -s && echo terminal"
    ) as (
        _terminal,
        task,
    ):
        await task
        await screen.wait_for(b"40 132\r\n erase = ^H\r\nterminal\r\n")


async def test_keys_reach_it_untouched(screen: Screen) -> None:
    async with running(screen, "sh", "-c", "stty raw -echo; echo ready; head -c 6 | od -An -tx1; echo over") as (
        _terminal,
        task,
    ):
        await screen.wait_for(b"ready")
        screen.type(b"\x03\x1a\x04\x11\x13\x1c")
        await screen.wait_for(b"03 1a 04 11 13 1c")
        await task


async def test_ctrl_c_is_for_the_command(screen: Screen) -> None:
    async with running(
        screen, "sh", "-c", "trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 0.05; done"
    ) as (_terminal, task):
        await screen.wait_for(b"ready")
        screen.type(b"\x03")
        assert await task == 3
        await screen.wait_for(b"caught")


async def test_much_output_arrives_whole(screen: Screen) -> None:
    async with running(screen, "sh", "-c", "seq 100000") as (_terminal, task):
        assert await task == 0
        await screen.wait_for(b"\r\n100000\r\n")
    assert screen.shown.split() == [str(number).encode() for number in range(1, 100_001)]


async def test_much_input_arrives_whole(screen: Screen) -> None:
    program = "import sys,tty; tty.setraw(0); print('ready', flush=True); print(len(sys.stdin.buffer.read(300000)))"
    async with running(screen, sys.executable, "-c", program) as (_terminal, task):
        await screen.wait_for(b"ready")
        left = memoryview(b"x" * 300_000)
        os.set_blocking(screen.master, False)
        while left:
            try:
                left = left[os.write(screen.master, left) :]
            except BlockingIOError:
                await asyncio.sleep(0)
        await task
        await screen.wait_for(b"300000")


async def test_a_title_is_shown_and_given_back(screen: Screen) -> None:
    async with running(screen, "cat") as (terminal, task):
        screen.type(b"a\r")
        await screen.wait_for(b"a\r\na\r\n")
        terminal.set_title("mic")
        await screen.wait_for(TITLE)
        terminal.set_title(None)
        await screen.wait_for(GIVEN_BACK)
        screen.type(b"\x04")
        assert await task == 0


async def test_a_title_is_written_into_a_sequence_that_goes_on_after_it(screen: Screen) -> None:
    async with running(screen, "sh", "-c", r"printf 'begun\033[38;5'; read x; printf ';12mblue'; read x") as (
        terminal,
        _task,
    ):
        await screen.wait_for(b"begun\x1b[38;5")
        terminal.set_title("mic")
        await screen.wait_for(CUT + TITLE + b"\x1b[38;5")
        screen.type(b"\r")
        await screen.wait_for(b";12mblue")


async def test_a_title_goes_before_a_sequence_that_is_on_its_way(screen: Screen) -> None:
    async with running(screen, "sh", "-c", r"echo on; read x; printf '\033]2;theirs\007\033[38;5'; read x") as (
        terminal,
        _task,
    ):
        await screen.wait_for(b"on")
        terminal.set_title("mic")
        await screen.wait_for(TITLE)
        screen.type(b"\r")
        await screen.wait_for(b"\x1b]2;theirs\x07" + AGAIN + b"\x1b[38;5")


@pytest.mark.parametrize("string", [r"\033]2;theirs", r"\033P1;2", r"\033_Gi=1;AA", r"\033^pm"])
async def test_a_string_that_never_ends_does_not_keep_the_title_away(screen: Screen, string: str) -> None:
    script = f"printf 'on{string}'; read x; printf 'more'; read x"
    async with running(screen, "sh", "-c", script) as (terminal, _task):
        begun = string.replace(r"\033", "\x1b").encode()
        await screen.wait_for(b"on" + begun)
        terminal.set_title("mic")
        await screen.wait_for(CUT + TITLE + begun)
        screen.type(b"\r")
        await screen.wait_for(b"more")


async def test_whoever_changes_the_title_and_holds_a_sequence_open_does_not_keep_it(screen: Screen) -> None:
    script = r"echo on; read x; printf '\033]2;theirs\007\033]9;'; sleep 1000"
    async with running(screen, "sh", "-c", script) as (terminal, _task):
        await screen.wait_for(b"on")
        terminal.set_title("mic")
        await screen.wait_for(TITLE)
        screen.type(b"\r")
        await screen.wait_for(b"\x1b]2;theirs\x07" + AGAIN)


@pytest.mark.parametrize(
    "theirs",
    [
        r"\302\235''2;theirs\007",
        r"\235''2;theirs\007",
        r"\033]8;;\302\234\302\235''2;theirs\302\234",
        r"\033\000]2;theirs\007",
        r"\033\177]2;theirs\007",
        r"\033\377]2;theirs\007",
        r"\033_theirs\033\\",
        r"\033]21;theirs\007",
    ],
)
async def test_a_title_is_away_for_no_longer_than_it_takes_to_write_it(screen: Screen, theirs: str) -> None:
    script = f"stty -opost; echo on; read x; while printf '{theirs}'; do read x; done"
    # No timer comes to help: it is seen to when theirs passes, each time.
    async with running(screen, "sh", "-c", script, title_again_s=1000) as (terminal, _task):
        await screen.wait_for(b"on")
        terminal.set_title("mic")
        await screen.wait_for(TITLE)
        for times in range(1, 5):
            screen.type(b"\r")
            await until(lambda times=times: screen.shown.count(b"theirs") == times)  # type: ignore[misc]  # a default
            await until(lambda times=times: screen.shown.count(AGAIN) == times)  # type: ignore[misc]  # a default
            assert screen.shown.endswith(AGAIN)


async def test_what_nobody_knows_keeps_a_title_away_for_two_of_its_times_at_most(screen: Screen) -> None:
    again_s = 0.2
    script = r"echo on; read x; printf 'more\033]unknown'; read x"
    async with running(screen, "sh", "-c", script, title_again_s=again_s) as (terminal, _task):
        await screen.wait_for(b"on")
        terminal.set_title("mic")
        await screen.wait_for(TITLE)
        screen.type(b"\r")
        await screen.wait_for(b"more\x1b]unknown")
        began_s = asyncio.get_running_loop().time()
        await screen.wait_for(CUT + AGAIN + b"\x1b]unknown")
        took_s = asyncio.get_running_loop().time() - began_s
        assert took_s < 2 * again_s + 0.5, "the rest is for a machine that is busy"


async def test_a_terminal_that_was_turned_away_takes_the_title_again(screen: Screen) -> None:
    script = r"echo on; read x; printf '\033]2;theirs\007\033[?2l'; read x"
    async with running(screen, "sh", "-c", script) as (terminal, _task):
        await screen.wait_for(b"on")
        terminal.set_title("mic")
        await screen.wait_for(TITLE)
        screen.type(b"\r")
        await screen.wait_for(b"\x1b[?2l\x1b\\\x1b[4i\x1b\x03\x1b<\x1b%G\x1b]2;mic\x07")


async def test_titles_are_taken_for_text_again(screen: Screen) -> None:
    async with running(screen, "sh", "-c", r"echo on; read x; printf '\033[>0t'; read x") as (terminal, _task):
        await screen.wait_for(b"on")
        terminal.set_title("mic")
        await screen.wait_for(TITLE)
        screen.type(b"\r")
        await screen.wait_for(b"\x1b[>0t\x1b\\\x1b[>0T\x1b]2;mic\x07")


async def test_a_microphone_that_opens_and_closes_all_the_time_is_shown_in_a_string_each_time(screen: Screen) -> None:
    async with running(screen, "sh", "-c", r"printf 'on\033P1'; read x") as (terminal, _task):
        await screen.wait_for(b"on\x1bP1")
        for times in range(1, 4):
            terminal.set_title("mic")
            await until(lambda times=times: screen.shown.count(TITLE) == times)  # type: ignore[misc]  # a default
            terminal.set_title(None)
            await until(lambda times=times: screen.shown.count(GIVEN_BACK) == times)  # type: ignore[misc]


async def test_the_title_is_given_back_where_the_command_ends_inside_a_string(screen: Screen) -> None:
    async with running(screen, "sh", "-c", r"echo on; read x; printf '\033]2;theirs'") as (terminal, task):
        await screen.wait_for(b"on")
        terminal.set_title("mic")
        await screen.wait_for(TITLE)
        screen.type(b"\r")
        await task
        await screen.wait_for(GIVEN_BACK)


async def test_the_commands_own_title_goes_below_ours_and_comes_back(screen: Screen) -> None:
    async with running(screen, "sh", "-c", r"echo on; read x; printf '\033]0;theirs\007'; read x") as (terminal, _task):
        await screen.wait_for(b"on")
        terminal.set_title("mic")
        await screen.wait_for(TITLE)
        screen.type(b"\r")
        await screen.wait_for(b"\x1b]0;theirs\x07" + AGAIN)
        terminal.set_title(None)
        await screen.wait_for(GIVEN_BACK + b"\x1b]2;theirs\x07")


async def test_a_title_holds_no_control_characters(screen: Screen) -> None:
    async with running(screen, "cat") as (terminal, _task):
        terminal.set_title("a\x07\x1b]52;c;AAAA\x07\u202eb")
        await screen.wait_for("\x1b]2;a��]52;c;AAAA��b\x07".encode())


async def test_what_it_is_cancelled_in_is_hung_up_and_the_terminal_restored(screen: Screen) -> None:
    async with running(screen, "sh", "-c", "stty raw; echo pid $$; exec sleep 1000") as (terminal, task):
        terminal.set_title("mic")
        await until(lambda: b"pid " in screen.shown and TITLE in screen.shown)
        pid = int(screen.shown.split(b"pid ")[1].split()[0])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await screen.wait_for(GIVEN_BACK)
        await until(lambda: not os.path.exists(f"/proc/{pid}"))
    assert screen.is_as_it_was()


async def test_a_new_size_is_told(screen: Screen) -> None:
    async with running(screen, "sh", "-c", "trap 'stty size' WINCH; echo on; while :; do sleep 0.05; done") as (
        _terminal,
        _task,
    ):
        await screen.wait_for(b"on")
        screen.resize(24, 80)
        os.kill(os.getpid(), 28)  # as the kernel does for who has it as its own terminal
        await screen.wait_for(b"24 80")


async def test_missing_program_is_told_as_shells_do(screen: Screen) -> None:
    async with running(screen, "/nowhere/ssh") as (_terminal, task):
        assert await task == 127
