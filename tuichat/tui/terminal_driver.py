"""Talks to the terminal as Textual does, with less mouse traffic, Alt+Enter and a title, and silent while it is lent."""

import os
import signal
import time
from enum import Enum

from textual import constants, events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tuichat.text.safe_text import safe_line
from tuichat.tui import key_release
from tuichat.tui.drawn_widths import SAMPLES
from tuichat.tui.paste_parser import PasteParser
from tuichat.tui.terminal_answers import AnswerFilter
from tuichat.tui.terminal_queries import MEASURED_ROW, PICTURE_QUERIES, measure

ANSWER_S = 2.0  # after this an answer is not waited for any more (taste: a slow link takes half of it)
BACKGROUND_S = 0.2  # taste: how long signals that came together have to be heard
_POLL_S = 0.02
SLOWEST_S = 10.0  # an answer that takes longer is none
BETWEEN_BYTES_S = 1.0  # of one answer, which a slow link may tear apart; the rest would be taken for keys
_BETWEEN_KEYS_S = constants.ESCAPE_DELAY


linux_driver.XTermParser = PasteParser  # type: ignore[attr-defined]  # Textual makes its parser by this name, and asks nobody


class WidthsMeasured(Message):
    """The terminal told in how many cells it draws each sample."""

    def __init__(self, columns: tuple[int, ...]) -> None:
        self.columns = columns
        super().__init__()


class _ExtraKey(Enum):
    """Keys as terminals without the kitty protocol send them, which Textual's table lacks."""

    ALT_ENTER = "alt+enter"


def _learn_extra_keys() -> None:
    table: dict[str, object] = ANSI_SEQUENCES_KEYS  # type: ignore[assignment]  # its values are tuples of any enum
    table["\x1b\r"] = (_ExtraKey.ALT_ENTER,)


def _wait_within_sequences(limit_s: float) -> None:
    """Take ESC for a key when nothing came behind it for so long."""
    constants.ESCAPE_DELAY = limit_s  # type: ignore[misc]  # Textual reads it anew each time


class TerminalDriver(LinuxDriver):
    """Asks for mouse mode 1002 (motion while a button is down): 1003 would send every motion over a slow link."""

    times_begun = 0  # whatever was on the terminal before is gone each time
    _is_lent = False  # to an editor, or to the shell
    _is_begun = False
    _is_suspended = False
    _title = ""
    _asked_s = 0.0  # when it was asked last
    _columns: tuple[int, ...] | None = None  # that it told so far; None when it was not asked
    _has_asked = False  # how it shows pictures

    @property
    def has_shell(self) -> bool:
        """Whether a shell with job control began this program: nobody else could bring it back once it is stopped."""
        return os.getpgrp() != os.getsid(0)

    def start_application_mode(self) -> None:
        _learn_extra_keys()
        self._is_lent = False
        writer, times_begun = self._writer_thread, self.times_begun
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual left it bare
        if self._writer_thread is writer:  # in the background, or the terminal is gone: Textual has not begun
            self._is_lent = self._is_suspended
            return
        if self.times_begun != times_begun:  # stopped in the middle, and begun by the signal to go on
            return
        self.times_begun += 1
        self._is_begun, self._is_suspended = True, False
        if not constants.DISABLE_KITTY_KEY:
            self.write(key_release.ASK)
        self.write("\x1b[22;2t")  # keep the window's title, to put it back at the end
        if self._title:
            self.set_title(self._title)
        if self._columns is None and getattr(self._app, "asks_widths", False):
            self._columns, self._asked_s = (), time.monotonic()
            _wait_within_sequences(BETWEEN_BYTES_S)
            self.write(measure(SAMPLES).decode())  # before the first frame, which is drawn over it
        if not self._has_asked and getattr(self._app, "asks_pictures", False):
            self._has_asked, self._asked_s = True, time.monotonic()
            PasteParser.answers = AnswerFilter(time.monotonic)
            self.write(PICTURE_QUERIES.decode())

    def process_message(self, message: Message) -> None:
        # This runs in the thread that reads.
        if not self._is_measuring or time.monotonic() > self._asked_s + SLOWEST_S:
            _wait_within_sequences(_BETWEEN_KEYS_S)
        if isinstance(message, events.CursorPosition) and message.y == MEASURED_ROW and self._is_measuring:
            self._columns = (*(self._columns or ()), message.x)
            if not self._is_measuring:
                _wait_within_sequences(_BETWEEN_KEYS_S)
                self.send_message(WidthsMeasured(self._columns))
            return
        super().process_message(message)

    @property
    def _is_measuring(self) -> bool:
        return self._columns is not None and len(self._columns) < len(SAMPLES)

    @property
    def _is_awaiting(self) -> bool:
        asked = PasteParser.answers
        return self._is_measuring or (asked is not None and asked.is_awaited)

    def suspend_application_mode(self) -> None:
        super().suspend_application_mode()
        self._is_lent = self._is_suspended = True

    def _sigtstp_application(self, *_: object) -> None:
        if not self.has_shell:
            return
        if self._auto_restart:
            self.suspend_application_mode()
            self._must_signal_resume = True
        os.killpg(0, signal.SIGSTOP)  # with what began us and waits, such as make: else the shell would not come back

    def _sigcont_application(self, *_: object) -> None:
        # An editor gives the terminal back itself; and SIGHUP of a terminal that goes comes with SIGCONT, also at the end.
        if not self._auto_restart or not (self._is_begun or self._is_suspended):
            return
        if self._is_in_background():  # `bg`, or `kill %1`, whose SIGTERM is heard first
            self._loop.call_soon_threadsafe(self._loop.call_later, BACKGROUND_S, self._stop_in_background)
            return
        if self._is_begun:  # stopped from outside by SIGSTOP: the shell has set the terminal up for itself
            self.suspend_application_mode()
            self._must_signal_resume = True
        self.resume_application_mode()

    def _stop_in_background(self) -> None:
        """Stop once more: only a stopped program is told when it comes to the foreground."""
        if self._is_suspended and self._is_in_background() and self._app.return_code is None:
            os.killpg(0, signal.SIGSTOP)

    def _is_in_background(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) != os.getpgrp()
        except OSError:  # the terminal is gone
            return True

    def write(self, data: str) -> None:
        # What changes while an editor has the terminal is drawn afterwards; nobody would read it from the queue now.
        if not self._is_lent:
            super().write(data)

    # Ended in the background, it leaves the shell's terminal alone: else it would be stopped for touching it.
    def disable_input(self) -> None:
        if not self._is_suspended:
            super().disable_input()

    def stop_application_mode(self) -> None:
        if self._is_suspended:
            return
        self._is_begun = False
        while self._is_awaiting and time.monotonic() < self._asked_s + ANSWER_S:
            time.sleep(_POLL_S)  # what is still on its way would be typed into the shell
        self.write("\x1b[23;2t")
        super().stop_application_mode()

    def _enable_mouse_support(self) -> None:
        if self._mouse:
            self.write("\x1b[?1000h\x1b[?1002h\x1b[?1006h")
            self.flush()

    def _disable_mouse_support(self) -> None:
        if self._mouse:
            self.write("\x1b[?1000l\x1b[?1002l\x1b[?1006l")
            self.flush()

    def set_title(self, title: str) -> None:
        self._title = title
        self.write(f"\x1b]2;{safe_line(title)[:200]}\x1b\\")

    def send(self, text: str) -> None:
        """Write what is for the terminal and not for its screen: a notice, a bell. The text is safe already."""
        self.write(text)
        self.flush()
