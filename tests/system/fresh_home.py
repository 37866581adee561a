"""A new user's machine as far as a program can tell: an empty home, and nothing of the real one."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from tests.conftest import end_server_of

TUICHAT = (sys.executable, "-P", "-m", "tuichat")
"""The command that tests run as `tuichat`."""

KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "VIRTUAL_ENV", "TZ")


class FreshHome:
    """Folders and environment of one user who has run nothing yet.

    The folder's path is short, since a Unix socket's path has at most 108 bytes and pytest's own are longer.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tc-"))
        self.data = self.folder / "data" / "tuichat" / "server"
        self.environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        self.environment |= {
            "HOME": str(self.folder),
            "USER": "newcomer",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONUNBUFFERED": "1",
        }
        for variable, name in (
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
        ):
            folder = self.folder / name
            folder.mkdir(mode=0o700)
            self.environment[variable] = str(folder)

    def tuichat(self, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run one `tuichat` command to its end, with `given` on standard input."""
        return subprocess.run(
            [*TUICHAT, *arguments],
            input=given,
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def write_settings(self, settings: str) -> None:
        """Give this home a config.toml, before anything runs in it."""
        folder = self.folder / "config" / "tuichat"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "config.toml").write_text(settings)

    def remove(self) -> None:
        """End the server that still serves this home, and take the folder away."""
        end_server_of(self.data)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "FreshHome":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()
