"""Where in what a terminal is sent one may write something of one's own: between sequences and signs, never inside one."""

import re

MAX_HELD_BYTES = 65_536  # a picture (sixel, kitty) is longer; of it only the last bytes are needed to see its end
MAX_TITLE_BYTES = 4096

_ESC = b"\x1b"
# ECMA-48: what may follow ESC, complete. A string ends with ST, and OSC with BEL too; CAN and SUB end anything; other
# controls inside a control sequence are obeyed at once, and it goes on after them.
_CONTROLS = rb"\x00-\x17\x19\x1c-\x1f"
_COMPLETE = re.compile(
    rb"\x1b(?:"
    rb"\[[0-?%(controls)s]*[ -/%(controls)s]*[@-~\x18\x1a]"  # CSI
    rb"|\][^\x07\x18\x1a\x1b]*(?:\x07|\x1b\\|[\x18\x1a])"  # OSC
    rb"|[PX^_][^\x18\x1a\x1b]*(?:\x1b\\|[\x18\x1a])"  # DCS, SOS, PM, APC
    rb"|[NO][\x20-\x7f]"  # SS2, SS3
    rb"|[ -/]+[0-~]"  # designating sets and the like
    rb"|[0-MQ-WYZ\\`-~]"
    rb")" % {b"controls": _CONTROLS}
)
_BEGUN = re.compile(
    rb"\x1b(?:\[[0-?%(controls)s]*[ -/%(controls)s]*|\][^\x07\x18\x1a\x1b]*\x1b?|[PX^_][^\x18\x1a\x1b]*\x1b?|[NO]|[ -/]+)?\Z"
    % {b"controls": _CONTROLS}
)
_TITLE = re.compile(rb"\x1b\]([02]);([^\x07\x18\x1a\x1b]*)(?:\x07|\x1b\\)\Z")


class SequenceWatch:
    """Reads what goes to the terminal. `title` is the last window title that it was given, None where there was none."""

    def __init__(self) -> None:
        self._held = b""  # a sequence, or a sign of UTF-8, that has begun
        self.title: bytes | None = None
        self.titles = 0

    @property
    def is_between(self) -> bool:
        return not self._held

    def feed(self, data: bytes) -> None:
        data = self._held + data
        position = data.find(_ESC)
        while position >= 0:
            match = _COMPLETE.match(data, position)
            if match is not None:
                if data[position + 1 : position + 2] == b"]":
                    self._note_title(match[0])
                position = data.find(_ESC, match.end())
            elif _BEGUN.match(data, position):
                self._held = _shortened(data[position:])
                return
            else:
                position = data.find(_ESC, position + 1)  # what no terminal knows; it goes on with the next ESC
        self._held = _unfinished_sign(data)

    def _note_title(self, sequence: bytes) -> None:
        match = _TITLE.match(sequence)
        if match is not None:
            self.title = match[2][:MAX_TITLE_BYTES]
            self.titles += 1


def _shortened(sequence: bytes) -> bytes:
    """Keep of a long string what tells its kind and its end."""
    if len(sequence) <= MAX_HELD_BYTES:
        return sequence
    return sequence[:2] + sequence[-1:]


def _unfinished_sign(data: bytes) -> bytes:
    """Return the beginning of a sign of UTF-8 that `data` ends with, b"" where its last sign is whole."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte < 0x80:
            return b""
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return data[-back:] if needed > back else b""
    return b""
