"""How `tuichat send`, `run`, `tail` and `wait` end: by themselves, by a mistake, by a signal; each with its exit code."""

import asyncio
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from tuichat.automation.exit_code import ExitCode
from tuichat.automation.headless import NotConnectedError
from tuichat.commands.errors import CommandError
from tuichat.errors import TuichatError
from tuichat.local.descriptor import when_unread
from tuichat.text.safe_text import safe_block

END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_to_end(work: Coroutine[Any, Any, int], *, is_for_reader: bool = False) -> int:
    """Run a program and return its exit code. A signal cancels it, so that it can say how far it came; one that
    `is_for_reader` ends as soon as nobody reads what it prints, also where it has nothing to print."""
    gc.freeze()
    gc.enable()
    return asyncio.run(_run(work, is_for_reader=is_for_reader))


def say(sentence: str) -> None:
    """Tell the person who started the program something; what strangers wrote may be in it."""
    if sys.stderr is None:  # whoever started us has closed it
        return
    with contextlib.suppress(OSError):  # nobody listens: the exit code tells
        sys.stderr.write(f"tuichat: {safe_block(sentence)}\n")
        sys.stderr.flush()


async def _run(work: Coroutine[Any, Any, int], *, is_for_reader: bool) -> int:
    task = asyncio.create_task(work)
    received = 0

    def end(number: int) -> None:
        nonlocal received
        received = number
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in END_SIGNALS:
        loop.add_signal_handler(number, end, number)
    end_watch = None
    if is_for_reader and sys.stdout is not None:
        end_watch = when_unread(sys.stdout.fileno(), lambda: end(signal.SIGPIPE))
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        if received == signal.SIGPIPE:
            return _unread()
        return 128 + received  # as shells count
    except BrokenPipeError:
        return _unread()
    except CommandError as error:
        say(str(error))
        return ExitCode.MISTAKE
    except NotConnectedError as error:
        say(str(error))
        return ExitCode.UNREACHABLE
    except TuichatError as error:
        say(str(error))
        return ExitCode.FAILED
    finally:
        if end_watch is not None:
            end_watch()


def _unread() -> int:
    """Leave quietly: the interpreter must not complain at exit of what it cannot write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.UNREAD
