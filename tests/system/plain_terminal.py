"""Plain mode at a terminal of its own: what is typed goes in, all bytes that came out are kept."""

import os
import pty
import select
import signal
import time
from types import TracebackType

from tests.system.fresh_home import TUICHAT, FreshHome

DEADLINE_S = 30.0


class PlainTerminal:
    """A process on a pseudo terminal; `output` is all that it wrote, as bytes."""

    def __init__(self, home: FreshHome, *arguments: str, term: str = "dumb") -> None:
        self.output = b""
        self._read = 0
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(home.folder)
            os.execve(TUICHAT[0], [*TUICHAT, *arguments], home.environment | {"TERM": term})  # no shell is wanted

    def press(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def enter(self, line: str) -> None:
        self.press(f"{line}\n")

    def wait_for(self, *wanted: str) -> str:
        """Return what was written since the last wait, up to the last of these, once it holds all of them."""
        deadline_s = time.monotonic() + DEADLINE_S
        while not all(text.encode() in self.output[self._read :] for text in wanted):
            if not self._take(deadline_s):
                raise AssertionError(f"{wanted} did not come:\n{self.text()[-3000:]}")
        end = max(self.output.index(text.encode(), self._read) + len(text.encode()) for text in wanted)
        found = self.output[self._read : end].decode()
        self._read = end
        return found

    def rest_of_line(self, begin: str) -> str:
        """Return what follows these words in their line."""
        self.wait_for(begin)
        return self.wait_for("\r\n").strip()

    def _take(self, deadline_s: float) -> bool:
        """Read what comes; False at the deadline and at the end."""
        ready, _, _ = select.select([self._terminal], [], [], max(0.0, deadline_s - time.monotonic()))
        if not ready:
            return False
        try:
            block = os.read(self._terminal, 65_536)
        except OSError:  # the process is gone
            return False
        self.output += block
        return bool(block)

    def text(self) -> str:
        return self.output.decode()

    def interrupt(self) -> None:
        self.press("\x03")

    def exit_code(self) -> int:
        """Return how the process ended, having read all that it wrote."""
        deadline_s = time.monotonic() + DEADLINE_S
        while self._take(deadline_s):
            pass
        _pid, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)

    def __enter__(self) -> "PlainTerminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._terminal)
