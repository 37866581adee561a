"""The other machine of a bridge, as its voice process speaks: for tests, through the bridge's own socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tests.client.waiting import until
from tuichat.voice.engine_protocol import (
    MEDIA_VERSION,
    EngineError,
    Hello,
    HelloReply,
    Report,
    Request,
    encode,
    report_reader,
)
from tuichat.voice.laptop_opening import open_as_host

ReportT = TypeVar("ReportT", bound=Report)
HELLO = Hello("tuichat of a test", MEDIA_VERSION, MEDIA_VERSION)


class Host:
    """Keeps what comes. `asked` holds what the laptop said while its owner was asked."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self.asked: list[str] = []
        self.is_over = False
        self.listener: Callable[[Report], None] = lambda report: None
        self._writer: asyncio.StreamWriter | None = None

    def send(self, *requests: Request) -> None:
        assert self._writer is not None
        for request in requests:
            self._writer.write(encode(request))

    def close(self) -> None:
        assert self._writer is not None
        self._writer.close()

    def of(self, kind: type[ReportT]) -> list[ReportT]:
        return [report for report in self.reports if isinstance(report, kind)]

    async def next(self, kind: type[ReportT], holds: Callable[[ReportT], bool] = lambda report: True) -> ReportT:
        """Return the first of its kind that holds, of all that came or come."""
        await until(lambda: any(holds(report) for report in self.of(kind)))
        return next(report for report in self.of(kind) if holds(report))

    async def end(self) -> str:
        """Wait for the connection to end, and return the reason that was given."""
        await until(lambda: self.is_over)
        errors = self.of(EngineError)
        return errors[-1].reason if errors else ""

    async def open(self, path: Path, secret: bytes) -> None:
        """Become known. Raises OpeningError, OSError, EOFError."""
        reader, self._writer = await asyncio.open_unix_connection(str(path))
        await open_as_host(reader, self._writer, secret, host="buildbox", user="ann", on_asking=self.asked.append)
        self._task = asyncio.create_task(self._listen(reader))

    async def leave(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if hasattr(self, "_task"):
            await self._task

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        messages = report_reader()
        try:
            while data := await reader.read(65536):
                for report in messages.feed(data):
                    self.reports.append(report)
                    self.listener(report)
        except ConnectionError:
            pass
        self.is_over = True


@asynccontextmanager
async def host_at(path: Path, secret: bytes) -> AsyncIterator[Host]:
    """Yield a host that is admitted and greeted."""
    host = Host()
    try:
        await host.open(path, secret)
        host.send(HELLO)
        await host.next(HelloReply)
        yield host
    finally:
        await host.leave()
