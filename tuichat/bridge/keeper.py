"""The session beside the user's own that keeps the two files on the machine that is logged in to, from here."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Callable, Mapping, Sequence

from tuichat.bridge.keeper_script import MAX_LINE_BYTES, Marked, read_mark, script
from tuichat.bridge.ssh_words import SshWords
from tuichat.local.ssh_session import SessionFile

SILENCE_LIMIT_S = 15.0  # taste: from the login to the script's word, with a slow .bashrc
END_LIMIT_S = 3.0  # taste: for the other end to remove its files
POLL_S = 0.1
MAX_NOISE_BYTES = 1024 * 1024  # what a .bashrc may print


class Keeper:
    """ssh with the script on its standard input. Its questions go to the terminal by themselves; what else it says does not."""

    def __init__(self, process: asyncio.subprocess.Process, words: SshWords, mark: str) -> None:
        self._process = process
        self._words = words
        self._mark = mark
        self._draining: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        session_file: SessionFile,
        key: str,
        *,
        show: Callable[[str], None] | None,
        environ: Mapping[str, str] = os.environ,
        ends_alone: bool = False,
    ) -> "Keeper":
        """`show` is given what ssh says until the session is open, lines as they came; None where nobody looks."""
        mark = f"tuichat-{secrets.token_hex(8)}"
        words = SshWords(show, is_terminal=os.isatty(2))
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=words.descriptor,
                env=environ,
                limit=MAX_LINE_BYTES,
            )
        except BaseException:
            words.end()
            raise
        words.begin()
        assert process.stdin is not None
        # Smaller than any pipe: it is written at once, whenever ssh comes to read it.
        process.stdin.write(script(session_file, key, mark, ends_alone=ends_alone))
        return cls(process, words, mark)

    @property
    def exit_code(self) -> int | None:
        return self._process.returncode

    async def opened(self, is_known: Callable[[], bool]) -> Marked | None:
        """Wait until the files are there, or for what the script could not do; None where it had no say.

        `is_known` is asked whether ssh has logged in: from then on there is a limit, before there is none, since
        somebody may be typing a password.
        """
        reading = asyncio.create_task(self._read_mark())
        limit = asyncio.create_task(self._wait_silence(is_known))
        try:
            await asyncio.wait((reading, limit), return_when=asyncio.FIRST_COMPLETED)
            marked = reading.result() if reading.done() else None
        finally:
            for task in (reading, limit):
                task.cancel()
            await asyncio.gather(reading, limit, return_exceptions=True)
        if marked is None:
            # Where ssh itself has failed, its exit code says so a moment later.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._process.wait()
                    await self._words.close()
        self._words.hide()
        self._draining = asyncio.create_task(self._drain())
        return marked

    async def ended(self) -> None:
        """Wait for its end: of the connection, or of the last other session where it was told to."""
        await self._process.wait()

    def finish(self) -> None:
        """Have the other end remove its files."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def close(self, *, waits: bool = False) -> None:
        """Have the other end remove its files, and end; `waits` for what still uses the connection, as ssh does itself."""
        self.finish()
        try:
            if self._draining is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(END_LIMIT_S):
                        await asyncio.shield(self._draining)
            async with asyncio.timeout(None if waits else END_LIMIT_S):
                await self._process.wait()
        except TimeoutError:
            self._kill()
        except BaseException:
            self._kill()
            raise
        finally:
            if self._draining is not None:
                self._draining.cancel()
            await self._words.close()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    async def _read_mark(self) -> Marked | None:
        assert self._process.stdout is not None
        read = 0
        while read < MAX_NOISE_BYTES:
            try:
                line = await self._process.stdout.readline()
            except ValueError:  # longer than any line of ours
                read += MAX_LINE_BYTES
                continue
            if not line:
                return None
            read += len(line)
            marked = read_mark(line, self._mark)
            if marked is not None:
                return marked
        return None

    async def _wait_silence(self, is_known: Callable[[], bool]) -> None:
        while not is_known():  # noqa: ASYNC110  # ssh tells nobody
            await asyncio.sleep(POLL_S)
        await asyncio.sleep(SILENCE_LIMIT_S)

    async def _drain(self) -> None:
        """Read on to the end, so that nothing there ever waits for us."""
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            while await self._process.stdout.read(MAX_LINE_BYTES):
                pass
