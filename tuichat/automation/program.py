"""How `tuichat send`, `run`, `tail` and `wait` end: by themselves, by a mistake, by a signal; each with its exit code."""

import asyncio
import gc
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from tuichat.automation.exit_code import ExitCode
from tuichat.automation.headless import NotConnectedError
from tuichat.commands.errors import CommandError
from tuichat.errors import TuichatError
from tuichat.text.safe_text import safe_block

END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_to_end(work: Coroutine[Any, Any, int]) -> int:
    """Run a program and return its exit code. A signal cancels it, so that it can say how far it came."""
    gc.freeze()
    gc.enable()
    return asyncio.run(_run(work))


def say(sentence: str) -> None:
    """Tell the person who started the program something; what strangers wrote may be in it."""
    sys.stderr.write(f"tuichat: {safe_block(sentence)}\n")
    sys.stderr.flush()


async def _run(work: Coroutine[Any, Any, int]) -> int:
    task = asyncio.create_task(work)
    received = 0

    def end(number: int) -> None:
        nonlocal received
        received = number
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in END_SIGNALS:
        loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not received:
            raise
        return 128 + received  # as shells count
    except CommandError as error:
        say(str(error))
        return ExitCode.MISTAKE
    except NotConnectedError as error:
        say(str(error))
        return ExitCode.UNREACHABLE
    except TuichatError as error:
        say(str(error))
        return ExitCode.FAILED
