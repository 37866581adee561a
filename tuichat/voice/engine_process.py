"""The process of one audio engine, and this side's end of the socket that it is spoken to over."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Mapping, Sequence

log = logging.getLogger(__name__)

READ_BYTES = 65536
CLOSE_TIMEOUT_S = 2.0
KEPT_ERROR_LINES = 40
LEASH_VARIABLE = "TUICHAT_ENGINE_LEASH_S"
"""Of an engine's environment: it ends when nothing was said to it for so many whole seconds."""

NO_MICROPHONE_VARIABLE = "TUICHAT_ENGINE_NO_MICROPHONE"
"""Of an engine's environment: the sentence by which it refuses to open a microphone, empty where it may."""

ENGINE_MODULE = "tuichat.voice.engine"
# -P: a folder named tuichat in the current directory must not become the engine.
ENGINE_COMMAND = (sys.executable, "-P", "-m", ENGINE_MODULE)


class EngineProcess:
    """It ends by itself when its socket is closed, so also when this process dies; `end` waits for that, and reaps it."""

    def __init__(self, process: asyncio.subprocess.Process, connection: socket.socket) -> None:
        self.connection = connection
        self._process = process
        self._errors: deque[str] = deque(maxlen=KEPT_ERROR_LINES)
        assert process.stderr is not None
        self._error_log = asyncio.create_task(_keep_last_lines(process.stderr, self._errors))

    @classmethod
    async def start(
        cls, command: Sequence[str] = ENGINE_COMMAND, environment: Mapping[str, str] | None = None
    ) -> "EngineProcess":
        """Start one, with these variables beside this process's own. Raises OSError where the program cannot be run."""
        ours, theirs = socket.socketpair()
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                "--socket-fd",
                str(theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # Ctrl-C in the terminal is for the screen
                env={**os.environ, **environment} if environment else None,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return cls(process, ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self) -> None:
        """End it now: the system takes its devices back."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def end(self) -> None:
        """Wait until it is gone, its socket being closed by now, and kill it where it does not go by itself."""
        await _end(self._process)
        with contextlib.suppress(TimeoutError):
            # A sound daemon that the engine's libraries started may hold the pipe open for ever.
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._error_log
        if self._errors:
            log.info("the voice engine's last words:\n%s", "\n".join(self._errors))

    def how_it_ended(self) -> str:
        """Return what it did, once it is gone: `was killed by SIGKILL`."""
        return describe_end(self._process.returncode, self._errors)


async def _keep_last_lines(stream: asyncio.StreamReader, lines: "deque[str]") -> None:
    pending = b""
    while data := await stream.read(READ_BYTES):
        *complete, pending = (pending + data).split(b"\n")
        lines.extend(line.decode("utf-8", "replace")[:500] for line in complete)
        pending = pending[-READ_BYTES:]
    if pending:
        lines.append(pending.decode("utf-8", "replace")[:500])


async def _end(process: asyncio.subprocess.Process) -> None:
    """Wait for a process whose socket is closed, and kill it where it does not go by itself."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        log.warning("the voice engine (pid %d) did not end within %g s: killed", process.pid, CLOSE_TIMEOUT_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def describe_end(returncode: int | None, errors: Sequence[str]) -> str:
    if returncode is not None and returncode < 0:
        try:
            return f"was killed by {signal.Signals(-returncode).name}"
        except ValueError:
            return f"was killed by signal {-returncode}"
    last_words = next((line.strip() for line in reversed(errors) if line.strip()), "")
    return f"ended with status {returncode}" + (f" ({last_words})" if last_words else "")
