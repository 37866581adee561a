"""How a conformance program begins and ends: told by its environment what to test, it ends with a line and a status."""

import asyncio
import logging
import os
import traceback
from collections.abc import Awaitable, Callable

from tests.conformance.environment import Environment, VariableMissing
from tests.conformance.report import Report


def run_checks(name: str, check_all: Callable[[Environment, Report], Awaitable[None]]) -> int:
    """Run a program's checks and return its exit status."""
    try:
        environment = Environment.read(os.environ)
    except VariableMissing as error:
        print(f"FAIL  environment: {error}")
        return 1
    if environment.is_debugged:
        logging.basicConfig(level=logging.DEBUG)
    report = Report(name, is_traced=environment.is_traced)

    async def run() -> None:
        await check_all(environment, report)

    try:
        asyncio.run(run())
    except Exception as error:
        # A program of checks ends with a line, whatever broke it.
        traceback.print_exc()
        report.line(False, "script", repr(error))
    return report.done()
