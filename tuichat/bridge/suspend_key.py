"""The keys by which ssh is suspended: its escape character at the beginning of a line, and Ctrl-Z.

ssh leaves them to nobody in a session of a shared connection ("escape not available to multiplexed sessions"), and under a
terminal of its own it could not be suspended anyway: its process group has no parent there (POSIX: it is an orphan).
"""

from typing import Final

_CTRL_Z: Final = 0x1A
_LINE_ENDS: Final = b"\r\n"


class SuspendKey:
    """Takes what is typed. `escape` is as `ssh -G` has it: one character, ^ and a letter, or none."""

    def __init__(self, escape: str) -> None:
        self._escape: int | None = None
        if len(escape) == 1 and escape.isascii():
            self._escape = ord(escape)
        elif len(escape) == 2 and escape[0] == "^" and escape.isascii():
            self._escape = ord(escape[1].upper()) & 0x1F
        self._is_at_line_start = True
        self._is_held = False

    def feed(self, typed: bytes) -> list[bytes | None]:
        """Return what goes on to ssh, and None wherever it is suspended. An escape character waits for the key after it."""
        if self._escape is None or not typed:
            return [typed]
        parts: list[bytes | None] = []
        passed = bytearray()
        for key in typed:
            if self._is_held:
                self._is_held = False
                if key == _CTRL_Z:
                    parts += [bytes(passed), None]
                    passed.clear()
                    self._is_at_line_start = True
                    continue
                passed += bytes((self._escape, key))
            elif self._is_at_line_start and key == self._escape:
                self._is_held = True
                continue
            else:
                passed.append(key)
            self._is_at_line_start = key in _LINE_ENDS
        parts.append(bytes(passed))
        return [part for part in parts if part != b""]
