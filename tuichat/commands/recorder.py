"""Records the lines that a person enters, for a macro."""

from dataclasses import dataclass

from tuichat.client.line_history import is_kept
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import Call, parse_line

MAX_LINES = 200  # of one macro (taste)


class Recorder:
    """Keeps what one person enters while `name` is not empty. Only who reads the keyboard may call `take`."""

    def __init__(self) -> None:
        self.name = ""
        self.left_out = 0  # lines that no macro can enter again, or may keep
        self._lines: list[_Recorded] = []

    def __len__(self) -> int:
        return len(self._lines)

    def take(self, line: str) -> "_Recorded | None":
        """Record a line that is entered; `drop` what is returned where it is not carried out."""
        if not self.name or _command(line) == "macro":
            return None
        if len(self._lines) >= MAX_LINES or not is_kept(line.strip()):
            self.leave_out()
            return None
        recorded = _Recorded(line)
        self._lines.append(recorded)
        return recorded

    def leave_out(self) -> None:
        """Count what was entered and cannot be recorded: a bot's command, files, a secret, more than a macro holds."""
        if self.name:
            self.left_out += 1

    def drop(self, recorded: "_Recorded | None") -> None:
        if recorded in self._lines:
            self._lines.remove(recorded)

    def begin(self, name: str) -> None:
        self.name, self.left_out, self._lines = name, 0, []

    def end(self) -> list[str]:
        """Record no more, and return what was."""
        lines = [each.line for each in self._lines]
        self.begin("")
        return lines


@dataclass(frozen=True, slots=True, eq=False)
class _Recorded:
    line: str


def _command(line: str) -> str:
    try:
        parsed = parse_line(line)
    except CommandError:
        return ""
    return parsed.name if isinstance(parsed, Call) else ""
