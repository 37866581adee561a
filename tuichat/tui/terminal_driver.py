"""Talks to the terminal as Textual does, with less mouse traffic, Alt+Enter and a title, and silent while it is lent."""

from enum import Enum

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.drivers.linux_driver import LinuxDriver

from tuichat.text.safe_text import safe_line


class _ExtraKey(Enum):
    """Keys as terminals without the kitty protocol send them, which Textual's table lacks."""

    ALT_ENTER = "alt+enter"


def _learn_extra_keys() -> None:
    table: dict[str, object] = ANSI_SEQUENCES_KEYS  # type: ignore[assignment]  # its values are tuples of any enum
    table["\x1b\r"] = (_ExtraKey.ALT_ENTER,)


class TerminalDriver(LinuxDriver):
    """Asks for mouse mode 1002 (motion while a button is down): 1003 would send every motion over a slow link."""

    times_begun = 0  # whatever was on the terminal before is gone each time
    _is_lent = False  # to an editor
    _title = ""

    def start_application_mode(self) -> None:
        self.times_begun += 1
        _learn_extra_keys()
        self._is_lent = False
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual left it bare
        self.write("\x1b[22;2t")  # keep the window's title, to put it back at the end
        if self._title:
            self.set_title(self._title)

    def suspend_application_mode(self) -> None:
        super().suspend_application_mode()
        self._is_lent = True

    def write(self, data: str) -> None:
        # What changes while an editor has the terminal is drawn afterwards; nobody would read it from the queue now.
        if not self._is_lent:
            super().write(data)

    def stop_application_mode(self) -> None:
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
