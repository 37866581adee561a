"""A real `tuichat serve` for tests: started, read, killed and stopped by its process id."""

import contextlib
import os
import selectors
import subprocess
import time
from pathlib import Path
from types import TracebackType

from tests.system.fresh_home import TUICHAT, FreshHome

START_LIMIT_S = 30.0
STOP_LIMIT_S = 30.0
READY_PREFIX = "listening on "


class ServerDidNotStart(AssertionError):
    """The server ended, or said nothing, instead of saying where it listens."""


class ServerProcess:
    """`tuichat serve` on a data folder; it can be started again after it was stopped or killed.

    `with ServerProcess(home) as server:` starts it, and never leaves it behind.
    """

    def __init__(self, home: FreshHome, *arguments: str, data: Path | None = None, port: int = 0) -> None:
        self.home = home
        self.data = data or home.folder / "server"
        self.arguments = arguments
        self.port = port
        self.error_path = home.folder / f"{self.data.name}.stderr"
        self.base_url = ""
        self.lines: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/api/v10"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server was not started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def command(self) -> list[str]:
        return [*TUICHAT, "serve", "--port", str(self.port), "--data", str(self.data), *self.arguments]

    def start(self) -> str:
        """Start it and return the base URL of its one line; raises ServerDidNotStart with its errors."""
        assert not self.is_running, "the server runs already"
        with self.error_path.open("ab") as errors:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self.home.environment,
                cwd=self.home.folder,
            )
        self.lines = [self._read_line()]
        if not self.lines[0].startswith(READY_PREFIX + "http"):
            self.kill()
            raise ServerDidNotStart(f"the server's first line is {self.lines[0]!r}\n{self.errors()}")
        self.base_url = self.lines[0].removeprefix(READY_PREFIX)
        return self.base_url

    def kill(self) -> None:
        """`kill -9`, as a machine that loses power would, and reap."""
        self._require_process().kill()
        self._collect()

    def stop(self) -> int:
        """Ask it to end (SIGTERM) and return its status; whatever else it printed is added to `lines`."""
        process = self._require_process()
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(
                f"the server did not end within {STOP_LIMIT_S:g} s of SIGTERM\n{self.errors()}"
            ) from None
        self._collect()
        return process.returncode

    def errors(self) -> str:
        """Return all that it wrote to standard error, over all its starts."""
        with contextlib.suppress(FileNotFoundError):
            return self.error_path.read_text(errors="replace")
        return ""

    def __enter__(self) -> "ServerProcess":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_running:
            self.kill()

    def _require_process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "the server was not started"
        return self._process

    def _collect(self) -> None:
        process = self._require_process()
        process.wait(STOP_LIMIT_S)
        assert process.stdout is not None
        self.lines += process.stdout.read().decode(errors="replace").splitlines()
        process.stdout.close()

    def _read_line(self) -> str:
        process = self._require_process()
        assert process.stdout is not None
        deadline_s = time.monotonic() + START_LIMIT_S
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline_s - time.monotonic())):
                    self.kill()
                    raise ServerDidNotStart(f"no line within {START_LIMIT_S:g} s\n{self.errors()}")
                byte = os.read(process.stdout.fileno(), 1)
                if not byte:
                    status = process.wait(STOP_LIMIT_S)
                    raise ServerDidNotStart(f"the server ended with status {status}\n{self.errors()}")
                line += byte
        return line.decode().rstrip("\n")
