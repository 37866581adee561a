"""Looks for a regular expression in what strangers write, in a process of its own: one that takes for ever is ended.

Python's `re` may need longer than the sun shines for a short text, and holds its whole process meanwhile.
"""

import asyncio
import contextlib
import json
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process

from tuichat.commands.errors import CommandError
from tuichat.protocol.json import printable
from tuichat.translation import _

MAX_PATTERN_CHARACTERS = 1000
MAX_TEXT_CHARACTERS = 8000  # of a text that are looked at: four of the longest messages
LIMIT_S = 1.0  # for one text (taste)
BEGIN_LIMIT_S = 30.0  # for the process to begin, on a machine that has much to do
_PROGRAM = """\
import json, re, sys
pattern = re.compile(json.loads(sys.stdin.readline()))
sys.stdout.write("ready\\n")
sys.stdout.flush()
for line in sys.stdin:
    sys.stdout.write("1\\n" if pattern.search(json.loads(line)) else "0\\n")
    sys.stdout.flush()
"""


class PatternSearch:
    """Begins with the first search. Whoever makes it calls `close` in the end."""

    def __init__(self, pattern: str) -> None:
        """Raises CommandError for a pattern that is none."""
        if len(pattern) > MAX_PATTERN_CHARACTERS:
            raise CommandError(
                _("A regular expression has at most {limit} characters, this one has {count}.").format(
                    limit=MAX_PATTERN_CHARACTERS, count=len(pattern)
                )
            )
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise CommandError(
                _("{pattern} is no regular expression: {error}.").format(pattern=printable(pattern), error=error)
            ) from error
        self.pattern = pattern
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def search(self, text: str) -> bool:
        """Return whether it is found anywhere in a text. Raises CommandError where that takes longer than LIMIT_S."""
        if not self.pattern:
            return True
        async with self._turn:
            try:
                process = await self._begun()
                assert process.stdin is not None
                assert process.stdout is not None
                async with asyncio.timeout(LIMIT_S):
                    process.stdin.write(json.dumps(text[:MAX_TEXT_CHARACTERS]).encode() + b"\n")
                    await process.stdin.drain()
                    answer = await process.stdout.readline()
            except TimeoutError:
                await self.close()
                raise CommandError(
                    _(
                        "The regular expression {pattern} takes too long: write one without repetitions of repetitions."
                    ).format(pattern=printable(self.pattern))
                ) from None
            except BaseException:
                await self.close()  # its answer would be taken for the next one
                raise
            if not answer:
                await self.close()
                raise CommandError(_("The search for {pattern} failed.").format(pattern=printable(self.pattern)))
            return answer == b"1\n"

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _begun(self) -> Process:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", "-c", _PROGRAM,
                stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, start_new_session=True,
            )  # fmt: skip
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(self.pattern).encode() + b"\n")
            async with asyncio.timeout(BEGIN_LIMIT_S):
                await self._process.stdout.readline()
        return self._process
