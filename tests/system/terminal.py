"""A real terminal, by tmux, in which a program runs and whose screen can be read."""

import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

POLL_S = 0.05
DEADLINE_S = 30.0


class Terminals:
    """A tmux server of its own, on a socket in the given folder; closing it ends what runs in it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._socket = folder / "tmux.sock"
        self._environment = dict(environment)
        self._pids: list[int] = []

    def open(self, name: str, command: Sequence[str], *, columns: int = 100, rows: int = 30) -> "Terminal":
        """Run a command in a new terminal of this size."""
        self._tmux("new-session", "-d", "-s", name, "-x", str(columns), "-y", str(rows), "exec " + shlex.join(command))
        # Otherwise the screen goes with the program, and its last words with it.
        self._tmux("set-option", "-t", name, "remain-on-exit", "on")
        return Terminal(name, self._tmux)

    def close(self) -> None:
        subprocess.run(self._command("kill-server"), env=self._environment, capture_output=True, check=False)

    def __enter__(self) -> "Terminals":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _command(self, *arguments: str) -> list[str]:
        return ["tmux", "-S", str(self._socket), "-f", "/dev/null", *arguments]

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            self._command(*arguments), env=self._environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"tmux {shlex.join(arguments)}: {done.stderr}"
        return done.stdout


class Terminal:
    """One terminal and the person at it."""

    def __init__(self, name: str, tmux: Callable[..., str]) -> None:
        self.name = name
        self._tmux = tmux

    def type(self, text: str) -> None:
        """Type text as it stands, without Enter."""
        self._tmux("send-keys", "-t", self.name, "-l", "--", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: Enter, Escape, C-q, F1, PPage."""
        self._tmux("send-keys", "-t", self.name, *keys)

    def screen(self) -> str:
        """Return what the screen shows, line by line, without colours."""
        return self._tmux("capture-pane", "-p", "-t", self.name)

    def count(self, text: str) -> int:
        return self.screen().count(text)

    def wait_for(self, *wanted: str, limit_s: float = DEADLINE_S) -> str:
        """Return the first screen that shows all of these, failing with the last screen at the deadline."""
        return self.wait_until(lambda screen: all(text in screen for text in wanted), f"{wanted}", limit_s)

    def wait_until(self, predicate: Callable[[str], bool], what: str, limit_s: float = DEADLINE_S) -> str:
        deadline_s = time.monotonic() + limit_s
        while True:
            screen = self.screen()
            if predicate(screen):
                return screen
            if time.monotonic() > deadline_s:
                raise AssertionError(f"{self.name} did not show {what} within {limit_s:g} s:\n{screen}")
            time.sleep(POLL_S)
