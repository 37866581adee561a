"""Asks the terminal what it can do: the queries, what the answers mean, and one short conversation."""

import contextlib
import os
import re
import select
import termios
import time
import tty
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

DEVICE_ATTRIBUTES = b"\x1b[c"  # DA1: every terminal answers it, so it is asked last
VERSION = b"\x1b[>0q"  # XTVERSION
KITTY_KEYS = b"\x1b[?u"
KITTY_GRAPHICS = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
CURSOR_POSITION = b"\x1b[6n"
FOCUS_EVENTS, BRACKETED_PASTE, SYNCHRONIZED_OUTPUT, GRAPHEME_CLUSTERS = 1004, 2004, 2026, 2027
MODES = (FOCUS_EVENTS, BRACKETED_PASTE, SYNCHRONIZED_OUTPUT, GRAPHEME_CLUSTERS)

TIMEOUT_S = 1.0  # taste: longer than a round trip over a slow link; only a terminal that says nothing takes it all
_LARGEST_ANSWER = 8192  # bytes; what says more than this is not answering us

_DEVICE_ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]{0,200})c")
_VERSION = re.compile(rb"\x1bP>\|([^\x1b]{0,200})\x1b\\")
_KITTY_KEYS = re.compile(rb"\x1b\[\?(\d{1,5})u")
_KITTY_GRAPHICS = re.compile(rb"\x1b_Gi=31;([^\x1b]{0,200})\x1b\\")
_MODE = re.compile(rb"\x1b\[\?(\d{1,5});([0-4])\$y")
_POSITION = re.compile(rb"\x1b\[(\d{1,5});(\d{1,5})R")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal said; what it did not answer is None, empty or absent."""

    attributes: frozenset[int] | None = None  # of DA1; 4 is sixel
    version: str = ""  # data from outside: shown only through safe_text
    kitty_keys: bool = False
    kitty_graphics: bool = False
    modes: Mapping[int, int] = field(default_factory=dict)  # DECRPM: 0 unknown, 1 set, 2 reset, 3 and 4 for ever so
    columns: tuple[int, ...] = ()  # of each position report, from 0, in the order asked

    def knows(self, mode: int) -> bool:
        """Say whether a private mode can be used."""
        return self.modes.get(mode, 0) in (1, 2, 3)


def parse_answers(data: bytes) -> Answers:
    """Return what is said in bytes read from a terminal; keys typed between the answers are passed over."""
    attributes = _DEVICE_ATTRIBUTES.search(data)
    version = _VERSION.search(data)
    graphics = _KITTY_GRAPHICS.search(data)
    return Answers(
        attributes=frozenset(int(n[:5]) for n in attributes[1].split(b";") if n) if attributes else None,
        version=version[1].decode("utf-8", "replace") if version else "",
        kitty_keys=_KITTY_KEYS.search(data) is not None,
        kitty_graphics=graphics is not None and graphics[1] == b"OK",
        modes={int(mode): int(state) for mode, state in _MODE.findall(data)},
        columns=tuple(max(0, int(column) - 1) for _, column in _POSITION.findall(data)),
    )


def queries(samples: Sequence[str] = ()) -> bytes:
    """Return everything to ask; each sample is written at the left edge and answered by a column, its width."""
    modes = b"".join(b"\x1b[?%d$p" % mode for mode in MODES)
    widths = b"".join(b"\r" + sample.encode() + CURSOR_POSITION for sample in samples)
    wipe = b"\r\x1b[K" if samples else b""
    return VERSION + KITTY_KEYS + KITTY_GRAPHICS + modes + widths + wipe + DEVICE_ATTRIBUTES


PICTURE_QUERIES = VERSION + KITTY_GRAPHICS + DEVICE_ATTRIBUTES
MEASURED_ROW = 1  # from 0; in the first one the answer would look like F3 with Shift


def measure(samples: Sequence[str]) -> bytes:
    """Return what writes each sample at the left edge of an empty screen, asks for the cursor, and leaves no trace."""
    home = b"\x1b[%d;1H" % (MEASURED_ROW + 1)
    written = b"".join(home + sample.encode() + CURSOR_POSITION + home + b"\x1b[K" for sample in samples)
    return b"\x1b7" + written + b"\x1b8"


def ask(input_fd: int, output_fd: int, samples: Sequence[str] = (), timeout_s: float = TIMEOUT_S) -> Answers:
    """Ask the terminal behind these descriptors; takes `timeout_s` at most where it does not answer.

    The terminal's modes are as before afterwards, and nothing of the answers is left to be read as keys, nor what was
    typed meanwhile. Raises OSError or termios.error where there is no terminal.
    """
    before = termios.tcgetattr(input_fd)
    try:
        tty.setraw(input_fd)
        _write(output_fd, queries(samples))
        data = _read(input_fd, time.monotonic() + timeout_s)
    finally:
        with contextlib.suppress(termios.error):  # the terminal is gone: nothing to restore
            termios.tcsetattr(input_fd, termios.TCSAFLUSH, before)
    return parse_answers(data)


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _read(fd: int, until: float) -> bytes:
    data = b""
    while len(data) < _LARGEST_ANSWER and not _DEVICE_ATTRIBUTES.search(data):
        ready, _, _ = select.select([fd], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            break
        more = os.read(fd, 1024)
        if not more:
            break
        data += more
    return data
