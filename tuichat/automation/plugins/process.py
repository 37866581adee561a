"""One run of a plugin's program: its three pipes, and its end, which costs tuichat nothing however it comes."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable

from tuichat.automation.plugins import confinement
from tuichat.automation.plugins.confinement import Cell, Confinement
from tuichat.automation.plugins.launcher import CANNOT_START
from tuichat.automation.plugins.log import PluginLog
from tuichat.automation.plugins.manifest import Manifest
from tuichat.automation.plugins.outbox import Outbox
from tuichat.automation.plugins.rate import Rate
from tuichat.automation.plugins.request import MAX_REQUEST_BYTES
from tuichat.errors import TuichatError
from tuichat.translation import _

MAX_IN_FLIGHT = 16  # requests that are answered at one time; what it writes beyond waits in its pipe
BURST_LINES = 200
LINES_A_SECOND = 50
END_LIMIT_S = 2.0  # taste: from the end of its standard input to the end of all its processes
FINISH_LIMIT_S = 10.0  # taste: for what it asked for last, when it ended by itself
KILL_LIMIT_S = 5.0  # how long the launcher may take to end them
ERROR_BLOCK_BYTES = 4096
ERROR_BLOCK_LINES = 64
ERROR_BYTES_A_SECOND = 64 * 1024

Take = Callable[[bytes], Awaitable[bytes]]


class Misbehaved(TuichatError):
    """A plugin did what ends it; the sentence says what."""


class PluginProcess:
    """`take` answers a line of the plugin. What `event` is told before it runs is the first that it reads."""

    def __init__(self, manifest: Manifest, kind: Confinement, cell: Cell, log: PluginLog, take: Take) -> None:
        self._manifest = manifest
        self._kind = kind
        self._cell = cell
        self._log = log
        self._take = take
        self._slots = asyncio.Semaphore(MAX_IN_FLIGHT)
        self._answering: set[asyncio.Task[None]] = set()
        self._theirs, ours = os.pipe()
        self._outbox = Outbox(ours)

    def event(self, line: bytes) -> None:
        """Tell it something; what it does not read is dropped in the end."""
        self._outbox.event(line)

    def close(self) -> None:
        """Let go of its pipe; for one that never ran."""
        self._outbox.close()
        if self._theirs >= 0:
            os.close(self._theirs)
            self._theirs = -1

    async def run(self) -> str:
        """Run it to its end, once; return a sentence about what went wrong, empty where it ended by itself with exit code 0.

        Cancelled, it ends the program first, with all that it started. Raises OSError where nothing can be started.
        """
        lifeline, held = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *confinement.command(self._kind, self._manifest, self._cell, lifeline),
                stdin=self._theirs,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(lifeline,),
                start_new_session=True,  # no terminal
                env={},
                cwd="/",
                limit=MAX_REQUEST_BYTES,
            )
        except BaseException:
            self.close()
            os.close(held)
            raise
        finally:
            os.close(lifeline)
        os.close(self._theirs)
        self._theirs = -1
        grace_s = END_LIMIT_S
        try:
            return await self._until_end(process)
        except Misbehaved as error:
            grace_s = 0.0
            return str(error)
        finally:
            self._outbox.close()
            await asyncio.shield(_end(process, held, grace_s))

    async def _until_end(self, process: asyncio.subprocess.Process) -> str:
        assert process.stdout is not None
        assert process.stderr is not None
        ending = asyncio.create_task(process.wait())
        requests = asyncio.create_task(self._read_requests(process.stdout))
        errors = asyncio.create_task(self._read_errors(process.stderr))
        tasks: list[asyncio.Task[object]] = [ending, requests, errors]
        try:
            await asyncio.wait(tasks[:2], return_when=asyncio.FIRST_COMPLETED)
            if requests.done():
                requests.result()  # raises what ends it; else it goes on and asks for nothing more
            code = await ending
            await asyncio.wait(tasks[1:], timeout=END_LIMIT_S)  # its last words are in the pipes
            if requests.done():
                requests.result()
            if self._answering:
                await asyncio.wait(self._answering, timeout=FINISH_LIMIT_S)
            return _what_ended(code)
        finally:
            for task in [*tasks, *self._answering]:
                task.cancel()
            await asyncio.gather(*tasks, *self._answering, return_exceptions=True)

    async def _read_requests(self, source: asyncio.StreamReader) -> None:
        rate = Rate(BURST_LINES, LINES_A_SECOND)
        loop = asyncio.get_running_loop()
        while True:
            try:
                line = await source.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return  # it closed its standard output, and may go on without
            except asyncio.LimitOverrunError:
                raise Misbehaved(
                    _("it wrote a line of more than {limit} bytes").format(limit=MAX_REQUEST_BYTES)
                ) from None
            if not rate.take(loop.time()):
                raise Misbehaved(
                    _("it wrote more than {burst} lines at once, and {limit} a second").format(
                        burst=BURST_LINES, limit=LINES_A_SECOND
                    )
                )
            await self._slots.acquire()
            task = asyncio.create_task(self._answer(line))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _answer(self, line: bytes) -> None:
        answer = await self._take(line)
        self._outbox.answer(answer, self._slots.release)

    async def _read_errors(self, source: asyncio.StreamReader) -> None:
        """Keep what it says on standard error in its log, no faster than a log should grow: it waits in its pipe meanwhile."""
        rest = b""
        while block := await source.read(ERROR_BLOCK_BYTES):
            *lines, rest = (rest + block).split(b"\n")
            if len(rest) > ERROR_BLOCK_BYTES:
                lines, rest = [*lines, rest], b""
            self._keep(lines)
            await asyncio.sleep(len(block) / ERROR_BYTES_A_SECOND)
        self._keep([rest])

    def _keep(self, lines: list[bytes]) -> None:
        told = [line for line in lines if line.strip()]
        for line in told[:ERROR_BLOCK_LINES]:
            self._log.program(line.decode(errors="replace"))
        if len(told) > ERROR_BLOCK_LINES:
            self._log.host(_("{count} short lines were left out.").format(count=len(told) - ERROR_BLOCK_LINES))


def _what_ended(code: int) -> str:
    if code == 0:
        return ""
    if code == CANNOT_START:
        return _("it could not be started")
    if code > 128:
        with contextlib.suppress(ValueError):
            return _("{signal} ended it").format(signal=signal.Signals(code - 128).name)
    return _("it ended with exit code {code}").format(code=code)


async def _end(process: asyncio.subprocess.Process, held: int, grace_s: float) -> None:
    """End the program: it has a moment after its standard input ended; then its launcher ends all that it started."""
    if grace_s:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), grace_s)
    os.close(held)
    draining = asyncio.gather(*(_drain(each) for each in (process.stdout, process.stderr) if each is not None))
    try:
        with contextlib.suppress(TimeoutError):  # a process has ended for asyncio when its pipes have, too
            await asyncio.wait_for(process.wait(), KILL_LIMIT_S)
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    finally:
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)


async def _drain(source: asyncio.StreamReader) -> None:
    while await source.read(MAX_REQUEST_BYTES):
        pass
