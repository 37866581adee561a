"""What ssh says on its standard error: shown as long as it logs in, then kept in the log, since another machine writes there too."""

import asyncio
import contextlib
import logging
import os
import pty
import tty
from collections.abc import Callable, Sequence

log = logging.getLogger(__name__)

READ_BYTES = 65_536
MAX_LINE_CHARACTERS = 1000
MAX_SHOWN_LINES = 1000  # taste: a banner and what -vvv says of a login are less
MAX_LOGGED_LINES = 200
END_LIMIT_S = 1.0  # a connection that outlives its login may keep the other end


class SshWords:
    """`descriptor` is for ssh, which has it before `begin`."""

    def __init__(self, show: Callable[[str], None] | None, *, is_terminal: bool) -> None:
        """`show` is given lines as they came, to make them safe itself; None where nobody looks.

        `is_terminal` has ssh find a terminal: it tells only there of a security key that waits to be touched.
        """
        if is_terminal:
            self._source, self.descriptor = pty.openpty()
            tty.setraw(self.descriptor)
        else:
            self._source, self.descriptor = os.pipe()
        os.set_blocking(self._source, False)
        self._show = show
        self._begun = b""  # a line
        self._lines = 0
        self._is_over = asyncio.Event()

    def begin(self) -> None:
        """Read from now on; ssh has the other end by now."""
        self._let_go()
        asyncio.get_running_loop().add_reader(self._source, self._read)

    def hide(self) -> None:
        """Show no more: the terminal is the session's."""
        self._read()
        self._end_line()
        self._show, self._lines = None, 0

    async def close(self) -> None:
        """Wait for what ssh still says at its end."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_LIMIT_S):
                await self._is_over.wait()
        self.end()

    def end(self) -> None:
        """Read no more."""
        self._let_go()
        if self._source >= 0:
            self._end_line()
            asyncio.get_running_loop().remove_reader(self._source)
            os.close(self._source)
            self._source = -1
        self._is_over.set()

    def _let_go(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _read(self) -> None:
        if self._source < 0:
            return
        try:
            data = os.read(self._source, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:  # EIO: nobody has the other end of the terminal
            data = b""
        if not data:
            self.end()
            return
        *lines, self._begun = (self._begun + data).split(b"\n")
        self._take(lines)
        if len(self._begun) > MAX_LINE_CHARACTERS:
            self._end_line()

    def _end_line(self) -> None:
        if self._begun:
            self._take([self._begun])
            self._begun = b""

    def _take(self, lines: Sequence[bytes]) -> None:
        limit = MAX_SHOWN_LINES if self._show is not None else MAX_LOGGED_LINES
        left = max(0, limit - self._lines)
        texts = [_text(line) for line in lines[:left]]
        if len(lines) > left and self._lines <= limit:
            texts.append(f"(more than {limit} lines: the rest is left out)")
            self._lines = limit + 1
        else:
            self._lines += len(texts)
        if self._show is None:
            for text in texts:
                log.info("ssh says: %s", "".join(sign if sign.isprintable() else "?" for sign in text))
        elif texts:
            self._show("\n".join(texts))


def _text(line: bytes) -> str:
    return line.strip(b"\r")[: 4 * MAX_LINE_CHARACTERS].decode(errors="replace")[:MAX_LINE_CHARACTERS]
