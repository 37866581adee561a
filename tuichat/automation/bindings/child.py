"""Runs the program of a binding: without a shell, with the event on its standard input, and for a limited time."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tuichat.automation.records import AnyRecord
from tuichat.local.descriptor import read_block
from tuichat.text.safe_text import safe_block
from tuichat.translation import _

MAX_OUTPUT_BYTES = 16 * 1024  # what is kept of its output; the rest is read and dropped (taste)
GRACE_S = 2.0  # between SIGTERM and SIGKILL
DRAIN_S = 1.0  # how long its output is read once it has ended: what it left behind may hold the pipe open


class Ended(msgspec.Struct, frozen=True):
    """How a program ended; `sentence` is empty where it did well, `output` safe to show."""

    sentence: str
    output: str = ""


async def run_program(words: Sequence[str], record: AnyRecord, environment: Mapping[str, str], limit_s: float) -> Ended:
    """Run a program to its end, or to its time limit: then it and what it started are ended. Never raises but when cancelled."""
    ours, theirs = os.pipe()
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                stdin=PIPE,
                stdout=theirs,
                stderr=STDOUT,
                env=dict(environment),
                cwd=_home(),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return Ended(_("{program} cannot be started: {reason}.").format(program=words[0], reason=reason))
        finally:
            os.close(theirs)
        return await _watch(words[0], process, ours, record, limit_s)
    finally:
        os.close(ours)


async def _watch(name: str, process: Process, descriptor: int, record: AnyRecord, limit_s: float) -> Ended:
    output = bytearray()
    reading = asyncio.create_task(_read(descriptor, output))
    feeding = asyncio.create_task(_feed(process, msgspec.json.encode(record) + b"\n"))
    is_over = False
    try:
        try:
            async with asyncio.timeout(limit_s):
                code = await process.wait()
                is_over = True
        except TimeoutError:
            await _end(process)
            is_over = True
            words_said = _("{program} took longer than {seconds:g} seconds and was ended.")
            return Ended(words_said.format(program=name, seconds=limit_s), _shown(output))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await asyncio.shield(reading)
    finally:
        if not is_over:
            await _end(process)
        for task in (reading, feeding):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    if code == 0:
        return Ended("", _shown(output))
    if code < 0:
        return Ended(_("{program} was ended by signal {number}.").format(program=name, number=-code), _shown(output))
    return Ended(_("{program} ended with exit code {code}.").format(program=name, code=code), _shown(output))


def _home() -> Path | None:
    home = Path.home()
    return home if home.is_dir() else None


async def _read(descriptor: int, output: bytearray) -> None:
    """Our own pipe: asyncio would take a program for running as long as anything that it left behind holds the other end."""
    while block := await read_block(descriptor):
        output += block[: MAX_OUTPUT_BYTES - len(output)]


async def _feed(process: Process, data: bytes) -> None:
    """Give it the event; one that does not read it is not wrong."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.write(data)
        await process.stdin.drain()
    with contextlib.suppress(OSError):
        process.stdin.close()


async def _end(process: Process) -> None:
    """End a program and all of its group, first by asking."""
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    _signal(process, signal.SIGKILL)
    await process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    """The group keeps its number as long as anybody is in it, so that a stranger is never hit while the leader is not reaped."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _shown(output: bytearray) -> str:
    return safe_block(output.decode(errors="replace")).strip()
