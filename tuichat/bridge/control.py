"""The control socket of a bridge: where `tuichat bridge` and the key of push to talk reach it, closed to every other user."""

import asyncio
import contextlib
import logging
import os
import secrets
from pathlib import Path
from typing import Protocol

import msgspec

from tuichat.bridge.control_protocol import (
    FAILED,
    MAX_LINE_BYTES,
    MISTAKE,
    UNREACHABLE,
    AllowRequest,
    Answer,
    BridgeStatus,
    ControlError,
    LookRequest,
    Request,
    Session,
    StatusRequest,
    StopRequest,
    TalkRequest,
    encode,
    read_request,
)
from tuichat.bridge.leftovers import session_path, sweep
from tuichat.bridge.talk_key import Key, TalkKeyError
from tuichat.config.private_files import write_private
from tuichat.errors import TuichatError
from tuichat.local.ctl_place import bridge_socket_name
from tuichat.local.runtime import runtime_dir
from tuichat.local.unix_socket import check_peer, listen
from tuichat.translation import _

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 16
IDLE_S = 10.0  # how long one may say nothing
END_S = 1.0


class Controlled(Protocol):
    """What a control socket has in its hands: a bridge."""

    destination: str
    name: str

    def status(self) -> BridgeStatus: ...

    def stop(self) -> bool: ...

    def allow(self, *, unseen: bool = False) -> None: ...

    def look(self) -> None: ...

    def press(self, key: Key) -> bool: ...


class ControlSocket:
    """Open from `async with` to its end. Raises LocalError where there is no place for it."""

    def __init__(self, bridge: Controlled) -> None:
        self._bridge = bridge
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.path: Path | None = None

    async def __aenter__(self) -> "ControlSocket":
        folder = runtime_dir()
        sweep(folder)
        path = folder / bridge_socket_name(secrets.token_hex(8))
        self._write_session(path)
        listener = listen(path)
        self.path = path
        self._server = await asyncio.start_unix_server(self._connected, sock=listener, limit=MAX_LINE_BYTES)
        return self

    async def __aexit__(self, *_how: object) -> None:
        if self.path is not None:
            for path in (self.path, session_path(self.path)):
                with contextlib.suppress(OSError):
                    os.unlink(path)
        if self._server is not None:
            self._server.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _write_session(self, path: Path) -> None:
        session = Session(destination=self._bridge.destination, name=self._bridge.name)
        try:
            write_private(session_path(path), msgspec.json.encode(session))
        except (TuichatError, ValueError) as error:  # a name in no encoding: it has to be asked
            log.warning("what %s is for cannot be written beside it: %s", path, error)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            check_peer(writer.get_extra_info("socket"))
            if len(self._tasks) <= MAX_CONNECTIONS:
                await self._answer_all(reader, writer)
        except asyncio.CancelledError:
            pass  # the bridge ends, and asyncio would print that nobody had asked for how this went
        except (TuichatError, OSError, EOFError, ValueError) as error:  # ValueError: a line over the limit
            log.info("a program at the bridge's control socket was sent away: %s", error)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_S):
                    line = await reader.readline()
            except TimeoutError:
                return
            if not line.endswith(b"\n"):
                return
            try:
                answer = self._carry_out(read_request(line))
            except ControlError as error:
                answer = Answer(code=MISTAKE, say=str(error))
            writer.write(encode(answer))
            async with asyncio.timeout(END_S):
                await writer.drain()

    def _carry_out(self, request: Request) -> Answer:
        did = False
        try:
            match request:
                case StatusRequest():
                    return Answer(id=request.id, record=self._bridge.status())
                case StopRequest():
                    did = self._bridge.stop()
                case AllowRequest():
                    self._bridge.allow(unseen=request.unseen)
                case LookRequest():
                    self._bridge.look()
                case TalkRequest():
                    did = self._bridge.press(request.key)
        except TalkKeyError as error:
            return Answer(id=request.id, code=FAILED if error.has_call else UNREACHABLE, say=str(error))
        except TuichatError as error:
            return Answer(id=request.id, code=FAILED, say=str(error))
        except Exception:  # outermost: a bug here must not keep a microphone open that somebody wants closed
            log.exception("the bridge's control socket failed")
            return Answer(id=request.id, code=FAILED, say=_("Something in tuichat failed; `tuichat logs ssh` has it."))
        return Answer(id=request.id, did=did)
