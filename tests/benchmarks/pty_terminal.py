"""A pseudo-terminal with a program in it, whose output is timed as it comes."""

import fcntl
import os
import re
import selectors
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import pyte
from wcwidth import wcwidth

READ_BYTES = 1 << 16
DEADLINE_S = 60.0
POLL_S = 0.25  # what is waited for may change without a byte from the terminal

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|[ -/]*[0-~])", re.S)


class PtyTerminal:
    """One terminal of a given size; `received` is all that the program wrote, `screen` what a person sees."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, columns: int = 120, rows: int = 36
    ) -> None:
        self.received = bytearray()
        self._size = (columns, rows)
        self._parsed_bytes = 0
        self._pyte_screen = pyte.Screen(columns, rows)
        self._pyte_stream = pyte.ByteStream(self._pyte_screen)
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.started_s = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            # How large it is, a program asks its terminal; pytest's own workers are told 80 columns by these.
            env={name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")},
            start_new_session=True,
            preexec_fn=take_controlling_terminal,
        )
        os.close(slave)
        os.set_blocking(self._master, False)

    def press(self, text: str) -> float:
        """Type text, and return the time at which it was pressed, in seconds of time.perf_counter."""
        pressed_s = time.perf_counter()
        os.write(self._master, text.encode())
        return pressed_s

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, as the frame of a window does, and tell the program."""
        self.screen()
        self._pyte_screen.resize(rows, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def fileno(self) -> int:
        return self._master

    def read(self) -> bytes:
        """Take in what has come by now."""
        try:
            data = os.read(self._master, READ_BYTES)
        except BlockingIOError:
            return b""
        except OSError:  # Linux's way to say that the program has gone
            return b""
        self.received += data
        return data

    def screen(self) -> str:
        """Return what is shown, line by line. Costs milliseconds: not for what is being timed."""
        self._pyte_stream.feed(bytes(self.received[self._parsed_bytes :]))
        self._parsed_bytes = len(self.received)
        return "\n".join(self._line(row) for row in range(self._pyte_screen.lines))

    def _line(self, row: int) -> str:
        """Return a line as pyte's own `display` does, which fails on the second half of a sign whose first was written over."""
        text, is_second_half = "", False
        for column in range(self._pyte_screen.columns):
            sign = self._pyte_screen.buffer[row][column].data
            if not is_second_half or sign:
                text += sign or " "
            is_second_half = bool(sign) and wcwidth(sign[0]) == 2
        return text

    def text_since(self, start: int) -> bytes:
        """Return the printable part of what was received from this offset on."""
        return _ESCAPES.sub(b"", bytes(self.received[start:]))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def __enter__(self) -> "PtyTerminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def pump(
    terminals: Sequence[PtyTerminal], is_done: Callable[[], bool], what: str, limit_s: float = DEADLINE_S
) -> float:
    """Read all terminals until `is_done`, and return the time of the read that made it so, in seconds."""
    deadline_s = time.perf_counter() + limit_s
    with selectors.DefaultSelector() as selector:
        for terminal in terminals:
            selector.register(terminal, selectors.EVENT_READ, terminal)
        while not is_done():
            left_s = deadline_s - time.perf_counter()
            if left_s <= 0:
                screens = "\n\n".join(terminal.screen() for terminal in terminals)
                raise TimeoutError(f"no {what} within {limit_s:g} s:\n{screens}")
            for key, _ in selector.select(min(left_s, POLL_S)):
                now_s = time.perf_counter()
                if not key.data.read():
                    raise EOFError(f"the program ended before {what}:\n{key.data.screen()}")
            if is_done():
                return now_s
    return time.perf_counter()


def settle(terminals: Sequence[PtyTerminal], quiet_s: float, limit_s: float = DEADLINE_S) -> None:
    """Read all terminals until none has written for `quiet_s` seconds, or `limit_s` have passed."""
    deadline_s = time.perf_counter() + limit_s
    with selectors.DefaultSelector() as selector:
        for terminal in terminals:
            selector.register(terminal, selectors.EVENT_READ, terminal)
        while time.perf_counter() < deadline_s and (ready := selector.select(quiet_s)):
            for key, _ in ready:
                key.data.read()


def take_controlling_terminal() -> None:
    """Make standard input the terminal of this new session, so that Ctrl-C and its size reach the program."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
