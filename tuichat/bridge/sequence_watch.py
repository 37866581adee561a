"""Where in what a terminal is sent one may write something of one's own: between sequences and signs, never inside one."""

import codecs
import re

MAX_HELD_BYTES = 65_536  # a picture (sixel, kitty) is longer; of it only the last bytes are needed to see its end
MAX_TITLE_BYTES = 4096
MAX_BEGUN_AGAIN_BYTES = 4096  # of a sequence that was cut

_ESC = b"\x1b"
# ECMA-48: what may follow ESC, complete. A string ends with ST, and OSC with BEL too; CAN and SUB end anything. Other controls inside
# what is no string are obeyed at once, and it goes on after them; DEL is nothing there, and tmux takes all from 0x80 on for nothing, too.
# No sign is in two classes that follow each other: what a stranger sends is to take no longer than it is.
_NOTHING = rb"\x00-\x17\x19\x1c-\x1f\x7f-\xff"
_COMPLETE = re.compile(
    rb"\x1b[%(nothing)s]*+(?P<plain>"
    rb"\[[ -?%(nothing)s]*+[@-~\x18\x1a]"  # CSI
    rb"|\][^\x07\x18\x1a\x1b]*+(?:\x07|\x1b\\|[\x18\x1a])"  # OSC
    rb"|[PX^_][^\x18\x1a\x1b]*+(?:\x1b\\|[\x18\x1a])"  # DCS, SOS, PM, APC
    rb"|[NO][%(nothing)s]*+[\x20-\x7e]"  # SS2, SS3
    rb"|[ -/][ -/%(nothing)s]*+[0-~]"  # designating sets and the like
    rb"|[0-MQ-WYZ\\`-~]"
    rb")" % {b"nothing": _NOTHING}
)
_BEGUN = re.compile(
    rb"\x1b[%(nothing)s]*+(?P<plain>"
    rb"\[[ -?%(nothing)s]*+|\][^\x07\x18\x1a\x1b]*+\x1b?|[PX^_][^\x18\x1a\x1b]*+\x1b?|[NO][%(nothing)s]*+|[ -/][ -/%(nothing)s]*+"
    rb")?\Z" % {b"nothing": _NOTHING}
)
_DROPPED = bytes((*range(0x18), 0x19, *range(0x1C, 0x20), *range(0x7F, 0x100)))  # _NOTHING
# C1 of ECMA-48, which begin and end sequences without ESC: as signs of UTF-8, as bytes that are of no sign (rxvt-unicode takes these),
# and, where a terminal may not take what comes for UTF-8, as any byte.
_C1 = re.compile("[\x80-\x9f\udc80-\udc9f]")
_C1_BYTES = re.compile(rb"[\x80-\x9f]")
_LEAVES_UTF8 = re.compile(rb"\x1b%[^G]")
_STRINGS = (b"P", b"X", b"^", b"_")
_MODES = re.compile(rb"\x1b\[\?([0-9;]{1,60})([hl])\Z")
_KEYBOARD = re.compile(rb"\x1b\[([<>])[0-9]{0,3}u\Z")
_OTHER_KEYS = re.compile(rb"\x1b\[>4;([0-9])m\Z")
_HIDDEN_CURSOR = 25
# What leaves a shell unusable when its program is cut off: other screens, the mouse, focus, pasting, synchronised output (xterm's ctlseqs).
_UNDONE = (1000, 1002, 1003, 1005, 1006, 1015, 1016, 1004, 2004, 2026, 2031, 2048, 1, 47, 1047, 1049)
CANCEL = b"\x18"  # ends a sequence that has begun (ECMA-48, CAN)
_TITLE = re.compile(rb"\x1b\]0*[02]?;([^\x07\x18\x1a\x1b]*)(?:\x07|\x1b\\)\Z")
# All that is known to leave the title alone (xterm's ctlseqs): colours, links, marks of shells; most control sequences, but no
# stack of titles, reset or printer; sets of signs; the cursor. Whatever else there is may have changed it: tmux takes APC for a title,
# others OSC 21 or 30.
_KEEPS_TITLE = re.compile(
    rb"\x1b(?:\](?:[458]|1[0-9]|52|10[45]|11[0-9]|133)(?:;[^\x07\x18\x1a\x1b]*)?(?:\x07|\x1b\\)"
    rb"|\[[0-?]*[ -/]*[@-hj-oq-su-~]"
    rb"|[NO][\x20-\x7e]|[()*+./-][0-~]|%G|#[0-9]|[6-9=>DEHMZ\\no|}~]"
    rb")\Z"
)
_TITLE_MODES = re.compile(rb"\x1b\[>[0-9;]*t\Z")  # by which a title is taken for hexadecimal digits
# After which what comes is for a printer or no UTF-8, or by their numbers for a VT52 or a Tektronix.
_TURNS_AWAY = re.compile(rb"\x1b(?:\[[0-?]*i|%[^G])\Z")
_OTHER_TERMINALS = {b"2", b"38"}


class SequenceWatch:
    """Reads what goes to the terminal. `title` is the last window title that it was given, None where there was none.

    `titles` counts what may have changed the title, rather too much than too little, `passed_bytes` all that is whole. `has_title_modes` is
    whether titles may mean something else than their text, `is_turned_away` whether what comes may be no longer for this terminal's
    screen. `is_8bit` is to be set where the terminal may not take for UTF-8 what comes.
    """

    def __init__(self) -> None:
        self._held = b""  # a sequence, or a sign of UTF-8, that has begun
        self.title: bytes | None = None
        self.titles = 0
        self.passed_bytes = 0
        self.has_title_modes = False
        self.is_turned_away = False
        self.is_8bit = False
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
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
        signs = self._decoder.decode(data)
        if _C1.search(signs) or (self.is_8bit and _C1_BYTES.search(data)):
            self.titles += 1
        data = self._held + data
        position = data.find(_ESC)
        while position >= 0:
            match = _COMPLETE.match(data, position)
            if match is not None:
                self._note(_plain(match))
                position = data.find(_ESC, match.end())
                continue
            match = _BEGUN.match(data, position)
            if match is not None and not self._has_c1(data[position:]):
                self._hold(match[0], position)
                return
            self.titles += 1  # nobody knows what it did
            position = data.find(_ESC, position + 1)
        sign = _unfinished_sign(data)
        if self._has_c1(sign):
            sign = b""
        self._hold(sign, len(data) - len(sign))

    def _has_c1(self, begun: bytes) -> bool:
        """Whether what has begun may have ended already: a C1 ends a string and begins another sequence."""
        if self.is_8bit:
            return _C1_BYTES.search(begun) is not None
        return _C1.search(codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(begun)) is not None

    def cut(self) -> bytes:
        """Return what begins again what has begun and not ended, for who ended it to write something of their own."""
        match = _BEGUN.match(self._held)
        if match is not None:
            self._held = _plain(match)  # the controls in it were obeyed
        if len(self._held) > MAX_BEGUN_AGAIN_BYTES:
            self._held = _emptied(self._held)
        return self._held

    def _hold(self, begun: bytes, passed_bytes: int) -> None:
        if len(begun) > MAX_HELD_BYTES:
            begun = _emptied(begun)
            if begun[1:2] not in (
                b"]",
                *_STRINGS,
            ):  # of which no program sends that much: it may be anything by its end
                self.titles += 1
                self.has_title_modes = self.is_turned_away = True
        self._held = begun
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

    def _note(self, sequence: bytes) -> None:
        match = _TITLE.match(sequence)
        if match is not None:
            self.title = match[1][:MAX_TITLE_BYTES]
        if _TITLE_MODES.match(sequence):
            self.has_title_modes = True
        if _LEAVES_UTF8.match(sequence):
            self.is_8bit = True
        is_turned_away = _turns_away(sequence)
        self.is_turned_away = self.is_turned_away or is_turned_away
        if is_turned_away or not _KEEPS_TITLE.match(sequence):
            self.titles += 1
        if sequence.startswith(b"\x1b["):
            self._note_mode(sequence)


def _plain(match: re.Match[bytes]) -> bytes:
    """Return a sequence without what is nothing in it; the text of a string is as it was."""
    plain = match["plain"] or b""
    if plain[:1] != b"]" and plain[:1] not in _STRINGS:
        plain = plain.translate(None, _DROPPED)
    return _ESC + plain


def _turns_away(sequence: bytes) -> bool:
    if sequence.startswith(b"\x1b[?") and sequence[-1:] in (b"h", b"l", b"r"):
        return not _OTHER_TERMINALS.isdisjoint(number.lstrip(b"0") for number in sequence[3:-1].split(b";"))
    return _TURNS_AWAY.match(sequence) is not None


def _emptied(sequence: bytes) -> bytes:
    """Keep of a long one how it ends, and nothing that it might do: of an OSC one that there is not, of other strings SOS."""
    match = _BEGUN.match(sequence)
    sequence = sequence if match is None else _plain(match)
    kind = sequence[1:2]
    if not kind:
        return sequence
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
