"""Where in what a terminal is sent one may write something of one's own: between sequences and signs, never inside one."""

import re

MAX_HELD_BYTES = 65_536  # a picture (sixel, kitty) is longer; of it only the last bytes are needed to see its end
MAX_TITLE_BYTES = 4096
MAX_BEGUN_AGAIN_BYTES = 4096  # of a sequence that was cut

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
_STRINGS = (b"P", b"X", b"^", b"_")
_MODES = re.compile(rb"\x1b\[\?([0-9;]{1,60})([hl])\Z")
_KEYBOARD = re.compile(rb"\x1b\[([<>])[0-9]{0,3}u\Z")
_OTHER_KEYS = re.compile(rb"\x1b\[>4;([0-9])m\Z")
_HIDDEN_CURSOR = 25
# What leaves a shell unusable when its program is cut off: other screens, the mouse, focus, pasting, synchronised output (xterm's ctlseqs).
_UNDONE = (1000, 1002, 1003, 1005, 1006, 1015, 1016, 1004, 2004, 2026, 2031, 2048, 1, 47, 1047, 1049)
CANCEL = b"\x18"  # ends a sequence that has begun (ECMA-48, CAN)
_TITLE = re.compile(rb"\x1b\]0*[02]?;([^\x07\x18\x1a\x1b]*)(?:\x07|\x1b\\)\Z")
# What else may put another title in the place of one (xterm's ctlseqs; 30 is Konsole's, k that of screen and tmux): the stack of titles and
# their modes, properties of the window, resets.
_ENDS_TITLE = re.compile(rb"\x1b(?:\](?:0*(?:[023]|30)?;|[lLI])|\[[^@-~]*t\Z|\[!p\Z|[ck]\Z)")
_TITLE_MODES = re.compile(rb"\x1b\[>[0-9;]*t\Z")  # by which a title is taken for hexadecimal digits


class SequenceWatch:
    """Reads what goes to the terminal. `title` is the last window title that it was given, None where there was none.

    `titles` counts what may have changed the title, `passed_bytes` all that is whole. `has_title_modes` is whether titles may mean
    something else than their text.
    """

    def __init__(self) -> None:
        self._held = b""  # a sequence, or a sign of UTF-8, that has begun
        self.title: bytes | None = None
        self.titles = 0
        self.passed_bytes = 0
        self.has_title_modes = False
        self._modes: set[int] = set()
        self._is_cursor_hidden = False
        self._keyboards = 0  # of the kitty protocol, on the terminal's stack
        self._has_other_keys = False

    @property
    def is_between(self) -> bool:
        return not self._held

    @property
    def begun(self) -> bytes:
        """Return what has begun, with which all that was fed ended, b"" between; of something very long only how it begins."""
        return self._held

    def feed(self, data: bytes) -> None:
        data = self._held + data
        position = data.find(_ESC)
        while position >= 0:
            match = _COMPLETE.match(data, position)
            if match is not None:
                self._note_title(match[0])
                if data[position + 1 : position + 2] == b"[":
                    self._note_mode(match[0])
                position = data.find(_ESC, match.end())
            elif _BEGUN.match(data, position):
                self._hold(data[position:], position)
                return
            else:
                position = data.find(_ESC, position + 1)  # what no terminal knows; it goes on with the next ESC
        sign = _unfinished_sign(data)
        self._hold(sign, len(data) - len(sign))

    def cut(self) -> bytes:
        """Return what begins again what has begun and not ended, for who ended it to write something of their own."""
        if len(self._held) > MAX_BEGUN_AGAIN_BYTES:
            self._held = _emptied(self._held)
        return self._held

    def _hold(self, begun: bytes, passed_bytes: int) -> None:
        self._held = begun if len(begun) <= MAX_HELD_BYTES else _emptied(begun)
        self.passed_bytes += passed_bytes

    def undoing(self) -> bytes:
        """Return what takes back the modes that were set and are set still, b"" where there are none."""
        undone = b"" if self.is_between else CANCEL
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
            self.title = match[1][:MAX_TITLE_BYTES]
        if _ENDS_TITLE.match(sequence):
            self.titles += 1
        if _TITLE_MODES.match(sequence):
            self.has_title_modes = True


def _emptied(sequence: bytes) -> bytes:
    """Keep of a long one how it ends, and nothing that it might do: of an OSC one that there is not, of other strings SOS."""
    kind = sequence[1:2]
    begun = b"\x1b]x" if kind == b"]" else b"\x1bX" if kind in _STRINGS else sequence[:2]
    return begun + (_ESC if sequence.endswith(_ESC) else b"")


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
