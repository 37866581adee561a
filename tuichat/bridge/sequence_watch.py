"""Where in what a terminal is sent one may write something of one's own: between sequences and signs, never inside one."""

import re

MAX_HELD_BYTES = 65_536  # a picture (sixel, kitty) is longer; of it only the last bytes are needed to see its end
MAX_TITLE_BYTES = 4096

_ESC = b"\x1b"
# ECMA-48: what may follow ESC, complete. A string ends with ST, and OSC with BEL too; CAN and SUB end anything; other
# controls inside a control sequence are obeyed at once, and it goes on after them. No sign is in two classes that follow each other:
# what a stranger sends is to take no longer than it is.
_CONTROLS = rb"\x00-\x17\x19\x1c-\x1f"
_COMPLETE = re.compile(
    rb"\x1b(?:"
    rb"\[[ -?%(controls)s]*[@-~\x18\x1a]"  # CSI
    rb"|\][^\x07\x18\x1a\x1b]*(?:\x07|\x1b\\|[\x18\x1a])"  # OSC
    rb"|[PX^_][^\x18\x1a\x1b]*(?:\x1b\\|[\x18\x1a])"  # DCS, SOS, PM, APC
    rb"|[NO][\x20-\x7f]"  # SS2, SS3
    rb"|[ -/]+[0-~]"  # designating sets and the like
    rb"|[0-MQ-WYZ\\`-~]"
    rb")" % {b"controls": _CONTROLS}
)
_BEGUN = re.compile(
    rb"\x1b(?:\[[ -?%(controls)s]*|\][^\x07\x18\x1a\x1b]*\x1b?|[PX^_][^\x18\x1a\x1b]*\x1b?|[NO]|[ -/]+)?\Z"
    % {b"controls": _CONTROLS}
)
_MODES = re.compile(rb"\x1b\[\?([0-9;]{1,60})([hl])\Z")
_KEYBOARD = re.compile(rb"\x1b\[([<>])[0-9]{0,3}u\Z")
_OTHER_KEYS = re.compile(rb"\x1b\[>4;([0-9])m\Z")
_HIDDEN_CURSOR = 25
# What leaves a shell unusable when its program is cut off: other screens, the mouse, focus, pasting, synchronised output (xterm's ctlseqs).
_UNDONE = (1000, 1002, 1003, 1005, 1006, 1015, 1016, 1004, 2004, 2026, 2031, 2048, 1, 47, 1047, 1049)
_CANCEL = b"\x18"  # ends a sequence that has begun (ECMA-48, CAN)
_TITLE = re.compile(rb"\x1b\]([02]);([^\x07\x18\x1a\x1b]*)(?:\x07|\x1b\\)\Z")


class SequenceWatch:
    """Reads what goes to the terminal. `title` is the last window title that it was given, None where there was none."""

    def __init__(self) -> None:
        self._held = b""  # a sequence, or a sign of UTF-8, that has begun
        self.title: bytes | None = None
        self.titles = 0
        self._modes: set[int] = set()
        self._is_cursor_hidden = False
        self._keyboards = 0  # of the kitty protocol, on the terminal's stack
        self._has_other_keys = False

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
                elif data[position + 1 : position + 2] == b"[":
                    self._note_mode(match[0])
                position = data.find(_ESC, match.end())
            elif _BEGUN.match(data, position):
                self._held = _shortened(data[position:])
                return
            else:
                position = data.find(_ESC, position + 1)  # what no terminal knows; it goes on with the next ESC
        self._held = _unfinished_sign(data)

    def undoing(self) -> bytes:
        """Return what takes back the modes that were set and are set still, b"" where there are none."""
        undone = b"" if self.is_between else _CANCEL
        undone += b"\x1b[<u" * self._keyboards
        if self._has_other_keys:
            undone += b"\x1b[>4m"
        undone += b"".join(b"\x1b[?%dl" % mode for mode in _UNDONE if mode in self._modes)
        if self._is_cursor_hidden:
            undone += b"\x1b[?%dh" % _HIDDEN_CURSOR
        return undone + b"\x1b[0m" if undone else b""

    def _note_mode(self, sequence: bytes) -> None:
        match = _MODES.match(sequence)
        if match is not None:
            is_set = match[2] == b"h"
            for number in match[1].split(b";"):
                mode = int(number or b"0")
                if mode == _HIDDEN_CURSOR:
                    self._is_cursor_hidden = not is_set
                elif mode in _UNDONE:
                    (self._modes.add if is_set else self._modes.discard)(mode)
            return
        match = _KEYBOARD.match(sequence)
        if match is not None:
            self._keyboards = max(0, min(16, self._keyboards + (1 if match[1] == b">" else -1)))
            return
        match = _OTHER_KEYS.match(sequence)
        if match is not None:
            self._has_other_keys = match[1] != b"0"

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
