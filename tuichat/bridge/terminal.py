"""The user's terminal while a session of ssh has it: what both say passes through here, so that a title can be written between.

ssh runs under a terminal of its own. This one is raw meanwhile, and as it was again whatever happens, also without the other screen and
the mouse of a program that the end of the connection cut off.
"""

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import sys
import termios
import tty
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tuichat.bridge import terminal_job
from tuichat.bridge.sequence_watch import CANCEL, SequenceWatch
from tuichat.bridge.suspend_key import SuspendKey
from tuichat.protocol.json import printable

CHUNK_BYTES = 65_536
LAST_WORDS_S = 1.0  # taste: for a slow terminal to take what was said at the end
DRAIN_POLL_S = 0.01
TITLE_AGAIN_S = (
    0.5  # a title that something may have changed is written anew within two of these, whatever is in the way
)
MAX_UNREAD_BYTES = CHUNK_BYTES + 4096  # for a terminal that takes nothing
_STRING_END = b"\x1b\\"  # nothing where no string has begun, as one may have in ways that only this terminal knows
_PLAIN_TITLES = b"\x1b[>0T"
# Printing ends, and Tektronix, VT52, whatever is no UTF-8 (xterm's ctlseqs); each is nothing where it is not so.
_TURNED_BACK = b"\x1b[4i\x1b\x03\x1b<\x1b%G"
_IUTF8 = 0x4000  # of Linux and macOS, which termios of Python has no name for: the terminal takes what comes for UTF-8
_PUSH_TITLE = b"\x1b[22;2t"
_POP_TITLE = b"\x1b[23;2t"


class Terminal:
    """Runs one command between the terminal at `descriptor` and a new one. `set_title` may be called at any time."""

    def __init__(
        self,
        descriptor: int,
        *,
        knows_titles: bool,
        escape: str = "~",
        on_suspend: Callable[[], None] = lambda: None,
        title_again_s: float = TITLE_AGAIN_S,
    ) -> None:
        """`on_suspend` is called before this process stops at its user's wish: until it goes on, it watches nothing."""
        self._user = descriptor
        self._on_suspend = on_suspend
        self._suspend_key = SuspendKey(escape)
        self._knows_titles = knows_titles
        self._watch = SequenceWatch()
        self._title: bytes | None = None  # ours, None where the command's own is to be seen
        self._shown: tuple[bytes | None, int] = (None, 0)
        self._shown_at_byte = 0  # of what passed
        self._title_again_s = title_again_s
        self._is_title_due = False
        self._title_timer: asyncio.TimerHandle | None = None
        self._to_user = bytearray()
        self._to_command = bytearray()
        self._master = -1
        self._screen = -1
        self._attributes: list[Any] = []  # as termios has them
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = asyncio.Event()

    def set_title(self, title: str | None) -> None:
        """Show this in the window's title, and again whenever the command may have set its own; None gives that one back."""
        self._title = None if title is None else printable(title).encode()
        if self._loop is not None:
            self._write_title(cuts=title is not None)
            self._watch_title()

    async def run(self, command: Sequence[str]) -> int:
        """Run the command to its end; return its exit code, negative for a signal. Where this is cancelled, it is hung up."""
        loop = self._loop = asyncio.get_running_loop()
        self._attributes = termios.tcgetattr(self._user)
        self._watch.is_8bit = not self._attributes[0] & _IUTF8
        # Opened anew: that it does not block here must not be so for the shell, which shares the other one.
        self._screen = _opened_anew(self._user)
        self._master, slave = pty.openpty()
        process: asyncio.subprocess.Process | None = None
        try:
            os.set_blocking(self._master, False)
            termios.tcsetattr(slave, termios.TCSANOW, self._attributes)
            self._copy_size()
            tty.setraw(self._user, termios.TCSANOW)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(Path(terminal_job.__file__)), *command),
                stdin=slave,
                stdout=slave,
                stderr=slave,
                start_new_session=True,
            )
            os.close(slave)
            slave = -1
            loop.add_signal_handler(signal.SIGWINCH, self._copy_size)
            loop.add_reader(self._screen, self._read_user)
            loop.add_reader(self._master, self._read_command)
            self._write_title(cuts=False)
            self._watch_title()
            code = await process.wait()
            await self._take_last_words()
            return code
        finally:
            self._title = None
            self._write_title(cuts=True)
            self._loop = None
            self._watch_title()
            for descriptor in (self._screen, self._master):
                loop.remove_reader(descriptor)
                loop.remove_writer(descriptor)
            loop.remove_signal_handler(signal.SIGWINCH)
            if slave >= 0:
                os.close(slave)
            os.close(self._master)  # which hangs up what still runs there
            self._to_user += self._watch.undoing()  # a program that was cut off could not
            with contextlib.suppress(OSError):
                os.write(self._screen, self._to_user)
            os.close(self._screen)
            self._restore()
            if process is not None and process.returncode is None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LAST_WORDS_S):
                        await process.wait()

    def _restore(self) -> None:
        with contextlib.suppress(termios.error, OSError):
            termios.tcsetattr(self._user, termios.TCSANOW, self._attributes)

    def _copy_size(self) -> None:
        with contextlib.suppress(OSError):
            size = fcntl.ioctl(self._user, termios.TIOCGWINSZ, b"\0" * 8)
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def _suspend(self) -> None:
        """Stop, so that the shell has its terminal again; go on from here when it gives it back."""
        self._on_suspend()
        self.set_title(None)  # nothing hears while this is stopped
        self._restore()
        os.kill(os.getpid(), signal.SIGTSTP)  # returns with SIGCONT
        self._attributes = termios.tcgetattr(self._user)
        tty.setraw(self._user, termios.TCSANOW)
        self._copy_size()

    def _read_user(self) -> None:
        assert self._loop is not None
        data = _read(self._screen)
        if data is None:
            return
        if not data:  # the terminal is gone
            self._loop.remove_reader(self._screen)
            return
        for part in self._suspend_key.feed(data):
            if part is None:
                self._suspend()
            else:
                self._to_command += part
        self._write(self._master, self._to_command, self._screen, self._read_user)

    def _read_command(self) -> None:
        assert self._loop is not None
        data = _read(self._master)
        if data is None:
            return
        if not data:
            self._loop.remove_reader(self._master)
            self._is_over.set()
            return
        self._watch.feed(data)
        self._to_user += data
        self._write_title(cuts=self._title is not None)

    def _write_title(self, *, cuts: bool) -> None:
        """Write the title if it is not there, inside a sequence only where this `cuts`, and what else is to be written."""
        wanted = self._wanted()
        if self._knows_titles and (wanted != self._shown or self._is_title_due):
            begun = self._watch.begun
            is_unsent = self._to_user.endswith(begun)
            if is_unsent or cuts:
                end = len(self._to_user) - len(begun) if is_unsent else len(self._to_user)
                self._to_user[end:end] = self._putting_title() if is_unsent else self._cutting_in_title()
                self._shown = wanted
                self._shown_at_byte = self._watch.passed_bytes
                self._is_title_due = False
        if self._loop is not None:
            self._write(self._screen, self._to_user, self._master, self._read_command)

    def _wanted(self) -> tuple[bytes | None, int]:
        return self._title, self._watch.titles if self._title is not None else 0

    def _putting_title(self) -> bytes:
        put = _STRING_END
        if self._watch.is_turned_away:
            put += _TURNED_BACK
        if self._shown[0] is None:
            put += _PUSH_TITLE
        if self._watch.has_title_modes:
            put += _PLAIN_TITLES
        if self._title is not None:
            return put + b"\x1b]2;" + self._title + b"\x07"
        put += _POP_TITLE
        if self._watch.title is not None:
            put += b"\x1b]2;" + self._watch.title + b"\x07"
        return put

    def _cutting_in_title(self) -> bytes:
        """Return the title for the middle of a sequence, which goes on after it as if nothing had been."""
        return CANCEL + self._putting_title() + self._watch.cut()

    def _watch_title(self) -> None:
        """See to a title until there is none, also where the command says nothing that ends."""
        is_needed = self._loop is not None and self._knows_titles
        is_needed = is_needed and (self._title is not None or self._wanted() != self._shown)
        if self._title_timer is not None and not is_needed:
            self._title_timer.cancel()
            self._title_timer = None
        elif self._title_timer is None and is_needed and self._loop is not None:
            self._title_timer = self._loop.call_later(self._title_again_s, self._see_to_title)

    def _see_to_title(self) -> None:
        """Have the title back from whatever it is that this does not know, a sequence held open for so long too."""
        self._title_timer = None
        was_due = self._is_title_due
        has_passed = self._title is not None and self._watch.passed_bytes != self._shown_at_byte
        self._is_title_due = was_due or has_passed or self._wanted() != self._shown
        if self._is_title_due and len(self._to_user) < MAX_UNREAD_BYTES:
            self._write_title(cuts=was_due)
        self._watch_title()

    def _write(self, to: int, data: bytearray, source: int, read_source: Callable[[], None]) -> None:
        """Write what there is; read no more of `source` until it is all gone."""
        assert self._loop is not None
        try:
            del data[: os.write(to, data)]
        except BlockingIOError:
            pass
        except OSError:
            data.clear()  # nobody reads there any more
        if not data:
            self._loop.remove_writer(to)
            if not (source == self._master and self._is_over.is_set()):
                self._loop.add_reader(source, read_source)
            return
        self._loop.remove_reader(source)
        self._loop.add_writer(to, self._write, to, data, source, read_source)

    async def _take_last_words(self) -> None:
        """Have the user see what the command said before it ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self._is_over.wait()
                while self._to_user:  # noqa: ASYNC110  # on the way out
                    await asyncio.sleep(DRAIN_POLL_S)


def _opened_anew(descriptor: int) -> int:
    """Return another descriptor of a terminal. Raises OSError where there is no way to it."""
    flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(descriptor), flags)
    except OSError:  # it has no name here, or after `su` it is another user's
        return os.open("/dev/tty", flags)


def _read(descriptor: int) -> bytes | None:
    """Return what there is, None where there is nothing yet, b"" at the end."""
    try:
        return os.read(descriptor, CHUNK_BYTES)
    except BlockingIOError:
        return None
    except OSError:  # EIO: nobody has the other end of the terminal
        return b""
