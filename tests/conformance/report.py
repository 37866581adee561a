"""PASS, FAIL and SKIP lines of a conformance program."""

import asyncio
import traceback
from collections.abc import Awaitable
from typing import TypeVar

ValueT = TypeVar("ValueT")

STEP_TIMEOUT_S = 20.0


class Report:
    """Prints each line as it is known, and counts."""

    def __init__(self, name: str, *, is_traced: bool = False) -> None:
        self.name = name
        self.is_traced = is_traced
        self.lines = 0
        self.failed = 0
        self.skipped = 0

    def line(self, passed: bool, what: str, note: str = "") -> None:
        self.lines += 1
        self.failed += not passed
        print(("PASS  " if passed else "FAIL  ") + what + (f"  [{note}]" if note else ""), flush=True)

    def skip(self, what: str, why: str) -> None:
        self.skipped += 1
        print(f"SKIP  {what}  [{why}]", flush=True)

    def check(self, what: str, holds: object, note: str = "") -> bool:
        passed = bool(holds)
        self.line(passed, what, "" if passed else note)
        return passed

    async def step(self, what: str, work: Awaitable[ValueT], timeout_s: float = STEP_TIMEOUT_S) -> ValueT | None:
        """Run one step: an exception, a timeout or a false value is a FAIL. Return the value, or None after a FAIL.

        A step whose value is None passes; ask `did` about those.
        """
        passed, value = await self._run(what, work, timeout_s)
        return value if passed else None

    async def did(self, what: str, work: Awaitable[object], timeout_s: float = STEP_TIMEOUT_S) -> bool:
        """Run one step and return whether it passed."""
        passed, _ = await self._run(what, work, timeout_s)
        return passed

    async def event(self, what: str, waiter: "asyncio.Task[ValueT]", caused: object) -> ValueT | None:
        """Wait for an event that an earlier step should have caused; fail at once where that step failed."""
        if not caused:
            waiter.cancel()
            self.line(False, what, "its cause failed")
            return None
        return await self.step(what, waiter)

    def done(self) -> int:
        """Print the sum and return the program's status."""
        print(
            f"{'FAILED' if self.failed else 'OK'}: {self.name}: {self.lines - self.failed} passed, "
            f"{self.failed} failed, {self.skipped} skipped",
            flush=True,
        )
        return 1 if self.failed else 0

    async def _run(self, what: str, work: Awaitable[ValueT], timeout_s: float) -> tuple[bool, ValueT | None]:
        try:
            value = await asyncio.wait_for(work, timeout_s)
        except TimeoutError:
            self.line(False, what, f"timed out after {timeout_s:g}s")
            return False, None
        except Exception as error:
            # Whatever the library raises is the finding.
            if self.is_traced:
                traceback.print_exc()
            self.line(False, what, f"{type(error).__name__}: {error}"[:300])
            return False, None
        passed = value is None or bool(value)
        self.line(passed, what)
        return passed, value
