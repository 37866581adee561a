"""Lines that were entered (messages and commands), kept for a profile from one start of tuichat to the next, to be found again."""

import logging
import re
import time
from collections.abc import Callable, Sequence

import msgspec

from tuichat.config.kept_file import KeptFile
from tuichat.config.paths import Profile
from tuichat.config.private_files import PrivateFileError
from tuichat.config.secret import known_secrets

logger = logging.getLogger(__name__)

MAX_LINES = 2000  # taste, as the three that follow
MAX_CHARACTERS = 4000  # of a line; a longer one was pasted
MAX_BYTES = 512 * 1024  # of all lines: as much is written anew with each one
FORGET = "/forget"  # its words are what is not to be kept
# A token of an account or a bot (three parts, as JWTs have them too), and the URL that lets anybody write by a webhook.
_TOKEN = re.compile(r"(?<![\w-])[\w-]{18,}\.[\w-]{5,}\.[\w-]{25,}|/webhooks/\d+/[\w-]{20,}")


class EnteredLine(msgspec.Struct, frozen=True):
    """`entered_ms` is Unix time."""

    text: str
    entered_ms: int


def is_kept(line: str) -> bool:
    """Whether a line may be kept: none that begins with a blank, as in shells, and none that holds a password or a token."""
    if not line.strip() or line[0].isspace() or len(line) > MAX_CHARACTERS or line.lower().startswith(FORGET):
        return False
    return _TOKEN.search(line) is None and not any(secret in line for secret in known_secrets())


class LineHistory:
    """The file is all there is, so that several tuichat of a profile see each other's lines, and forget them together.

    Calls take a few milliseconds of disk.
    """

    def __init__(self, profile: Profile) -> None:
        self._file = KeptFile(profile.state_dir / "lines.json", list[EnteredLine])
        self.on_forgotten: Callable[[], None] | None = None

    def texts(self) -> list[str]:
        """Return what was entered, newest first, each text once."""
        return list(dict.fromkeys(line.text for line in reversed(self._file.read() or [])))

    def add(self, text: str, now_ms: int | None = None) -> None:
        """Keep a line that was sent or run, if it may be kept. What hinders it costs this line, no more: it is logged."""
        text = text.rstrip("\r\n")
        if not is_kept(text):
            return
        entered_ms = int(time.time() * 1000) if now_ms is None else now_ms
        try:
            with self._file.locked():
                lines = self._file.read() or []
                if not lines or lines[-1].text != text:
                    self._file.write(_newest([*lines, EnteredLine(text, entered_ms)]))
        except (PrivateFileError, OSError) as error:
            logger.warning("a line could not be kept: %s", error)

    def forget(self, wanted: Callable[[str], bool] = lambda _text: True) -> int:
        """Forget the lines that are wanted gone, else all; return how many texts that were. Raises PrivateFileError, OSError."""
        if not self._file.path.exists():
            return 0
        with self._file.locked():
            lines = self._file.read() or []
            left = [line for line in lines if not wanted(line.text)]
            if left:
                self._file.write(left)
            else:
                self._file.path.unlink(missing_ok=True)
        if self.on_forgotten is not None:
            self.on_forgotten()
        return len({line.text for line in lines}) - len({line.text for line in left})

    def wipe(self) -> None:
        """Forget all lines, where nothing is to be kept. What hinders it is logged."""
        try:
            self.forget()
        except (PrivateFileError, OSError) as error:
            logger.warning("lines that were kept could not be deleted: %s", error)


def _newest(lines: Sequence[EnteredLine]) -> list[EnteredLine]:
    """Return the last lines that are as many and as large as may be, in their order."""
    found: list[EnteredLine] = []
    left_bytes = MAX_BYTES
    for line in reversed(lines[-MAX_LINES:]):
        left_bytes -= len(line.text.encode(errors="replace"))
        if left_bytes < 0:
            break
        found.append(line)
    return found[::-1]
