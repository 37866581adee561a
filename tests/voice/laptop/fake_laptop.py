"""A laptop's end of a login without a laptop: a real socket and file in a session's folder, and answers that a test chooses."""

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tuichat.local.ssh_session import SshSession, file_name, socket_name
from tuichat.voice.engine_protocol import (
    NEWEST_VERSION,
    Hello,
    HelloReply,
    Ping,
    Pong,
    Report,
    Request,
    encode,
    request_reader,
)
from tuichat.voice.laptop_opening import HostHello, OpeningError, open_as_laptop


class FakeLaptop:
    """Admits hosts, answers their Hello and pings, and keeps what else they ask."""

    def __init__(self, folder: Path, name: str = "mobile", began_s: float = 1_790_000_000.0, number: str = "") -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.session = SshSession(
            key=secrets.token_hex(8),
            folder=folder,
            laptop=name,
            began_s=began_s,
            secret=secrets.token_bytes(32),
            laptop_number=number,
        )
        self.asked: list[Request] = []
        self.hosts: list[HostHello] = []
        self.connections = 0
        self.refusal = ""
        self.hangs_up = False  # on who connects, as sshd does where nobody is at the laptop's end
        self.question = ""  # what is asked of its owner, until it is answered
        self.answered = asyncio.Event()
        self.reply: Report = HelloReply(program="tuichat of a test", version=NEWEST_VERSION)
        self.may_hear = asyncio.Event()
        self.may_hear.set()
        self.writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def socket(self) -> Path:
        return self.session.folder / socket_name(self.session.key)

    @property
    def file(self) -> Path:
        return self.session.folder / file_name(self.session.key)

    def write_file(self) -> None:
        written = {
            "v": 1,
            "secret": self.session.secret.hex(),
            "laptop": self.session.laptop,
            "laptop_number": self.session.laptop_number,
            "began": self.session.began_s,
        }
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(written, file)

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._connected, path=self.socket)
        self.write_file()

    def drop(self) -> None:
        """End the connection there is."""
        if self.writer is not None:
            self.writer.transport.abort()

    async def stop(self, *, is_swept: bool = True) -> None:
        """End as a login does; what is not swept is left behind, as when it ended by force."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if is_swept:
            for path in (self.file, self.socket):
                path.unlink(missing_ok=True)

    def tell(self, report: Report) -> None:
        assert self.writer is not None
        self.writer.write(encode(report))

    def asked_of(self, *kinds: type[object]) -> list[Request]:
        return [request for request in self.asked if isinstance(request, kinds)]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self.hangs_up:
            writer.close()
            return
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OpeningError, OSError, EOFError, asyncio.CancelledError):
            await open_as_laptop(reader, writer, self.session.secret, self._admit)
            self.connections += 1
            self.writer = writer
            await self._serve(reader, writer)
        writer.close()

    async def _admit(self, hello: HostHello, tell: Callable[[str], None]) -> str:
        self.hosts.append(hello)
        if self.question:
            tell(self.question)
            await self.answered.wait()
        return self.refusal

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        messages = request_reader()
        while True:
            await self.may_hear.wait()
            data = await reader.read(65536)
            if not data:
                return
            await self.may_hear.wait()
            for request in messages.feed(data):
                match request:
                    case Hello():
                        writer.write(encode(self.reply))
                    case Ping(number):
                        writer.write(encode(Pong(number)))
                    case _:
                        self.asked.append(request)


@contextlib.asynccontextmanager
async def laptop(
    folder: Path, name: str = "mobile", began_s: float = 1_790_000_000.0, number: str = ""
) -> AsyncIterator[FakeLaptop]:
    """A laptop that is logged in from."""
    made = FakeLaptop(folder, name, began_s, number)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
