"""Finds, starts, stops and replaces the personal server that runs in the background."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

import tuichat
from tuichat.config.paths import data_dir, server_state_dir
from tuichat.config.private_files import PRIVATE_FILE_MODE
from tuichat.local import unix_socket
from tuichat.local.data_folder import open_data_folder
from tuichat.local.data_lock import DataLock, find_holder_pid
from tuichat.local.errors import (
    DataInUse,
    LocalError,
    NewerServer,
    PeerRefused,
    ServerDidNotStart,
    ServerDidNotStop,
    ServerStopped,
)
from tuichat.local.file_lock import FileLock
from tuichat.local.process import end_process
from tuichat.local.runtime import make_folder
from tuichat.local.server_record import ServerAddress, ServerRecord, ServerState
from tuichat.local.stop_marker import has_stop_marker, put_stop_marker, remove_stop_marker
from tuichat.local.version import is_older
from tuichat.translation import _

EXIT_DATA_IN_USE = 75  # EX_TEMPFAIL of sysexits.h: another server holds the data; look again
START_LIMIT_S = 30.0
STOP_LIMIT_S = 30.0
POLL_S = 0.02
UNREACHABLE_GRACE_S = 5.0  # how long a server may say it is ready and not accept a connection
MAX_REPLACED = 3  # then two programs of different releases are replacing each other's server
MAX_TURNED_AWAY = 3  # by data in use, with no holder to be seen
ANSWER_LIMIT_S = 3.0  # how long a server may take to say who it is before it counts as hanging
RECORD_GRACE_S = 1.0  # between a server's taking the lock and its writing the record
OUTPUT_NAME = "server.out"
START_LOCK_NAME = "start.lock"  # held from before a server is spawned until it has its data, by whoever sees to that

Progress = Callable[[str], None]


class ServerStatus(msgspec.Struct, frozen=True):
    """What a server does, in a sentence, and whether it takes requests."""

    sentence: str
    is_ready: bool


def _say_nothing(_sentence: str) -> None:
    pass


async def find_server(data: Path | None = None) -> ServerAddress | None:
    """Return the server of `data` (the personal one by default) if one is ready; never starts one.

    The answer is verified: its socket lies in a folder of ours and its process runs as this user.
    """
    data = data_dir() if data is None else data
    record = _living_record(data)
    if record is None or record.state is not ServerState.READY:
        return None
    return ServerAddress.of(record) if await _accepts(record) else None


async def ensure_server(
    *,
    data: Path | None = None,
    progress: Progress = _say_nothing,
    limit_s: float = START_LIMIT_S,
    command: Sequence[str] | None = None,
    unless_stopped: bool = False,
) -> ServerAddress:
    """Return the address of the server of `data`, starting or replacing it as needed.

    However many programs call this at the same instant, one server comes of it. `progress` is told
    sentences for the screen. `command` is the program to start instead of `tuichat serve --personal`.
    With `unless_stopped`, none is started after somebody stopped it on purpose, which raises ServerStopped;
    without, that is over. Raises NewerServer, ServerDidNotStart, ServerDidNotStop or LocalError.
    """
    data = open_data_folder(data_dir() if data is None else data)
    if not unless_stopped:
        remove_stop_marker(data)
    start = _Start(data, command or personal_server_command(data), progress)
    deadline = time.monotonic() + limit_s
    replaced = 0
    unreachable_since: float | None = None
    try:
        while True:
            if find_holder_pid(data) is None:
                if unless_stopped and has_stop_marker(data):
                    raise ServerStopped(
                        _(
                            "Your server was stopped on request (`tuichat server stop`). It runs again as soon as "
                            "somebody opens tuichat anew, or types `tuichat server restart`."
                        )
                    )
                start.attempt()
            if find_holder_pid(data) == 0:
                raise DataInUse(
                    _("{data} is open in a process that cannot be seen from here; stop it there.").format(data=data)
                )
            record = _living_record(data)
            if record is None:
                start.say(_("Starting your server..."))
            elif record.state is ServerState.STARTING:
                start.say(_("Waiting for your server to open its data..."))
            elif record.state is ServerState.STOPPING:
                start.say(_("Waiting for the stopping server, to start the next..."))
            elif is_older(tuichat.__version__, than=record.version):
                raise NewerServer(
                    _(
                        "The server of {data} is tuichat {version}; this is the older {version2}. Update tuichat "
                        "here; its data may already be in the newer form."
                    ).format(data=data, version=record.version, version2=tuichat.__version__)
                )
            elif is_older(record.version, than=tuichat.__version__):
                _check_may_end(
                    data,
                    record,
                    _("is tuichat {version}, this is {version2}").format(
                        version=record.version, version2=tuichat.__version__
                    ),
                )
                start.say(
                    _("Replacing the server of tuichat {version} by {version2}...").format(
                        version=record.version, version2=tuichat.__version__
                    )
                )
                await _stop_and_wait(data, record.pid, STOP_LIMIT_S)
                replaced += 1
                deadline = time.monotonic() + limit_s
            elif await _accepts(record):
                return ServerAddress.of(record)
            else:
                now = time.monotonic()
                unreachable_since = now if unreachable_since is None else unreachable_since
                if now - unreachable_since > UNREACHABLE_GRACE_S:
                    # Its socket is gone (a logout removes the runtime folder) or it hangs.
                    _check_may_end(data, record, _("does not answer on its socket"))
                    start.say(_("Your server does not answer; restarting it..."))
                    await _stop_and_wait(data, record.pid, STOP_LIMIT_S)
                    replaced += 1
                    unreachable_since, deadline = None, time.monotonic() + limit_s
            start.raise_if_failed()
            if time.monotonic() > deadline or replaced > MAX_REPLACED:
                raise ServerDidNotStart(_too_slow(data, record, limit_s))
            await asyncio.sleep(POLL_S)
    finally:
        start.finish()


async def stop(data: Path | None = None, *, limit_s: float = STOP_LIMIT_S) -> bool:
    """Ask the server of `data` to drain and wait until it has let go; return False when none ran.

    Clients that are open do not start it again, until somebody asks for a server by a start of tuichat or `restart`.
    """
    data = data_dir() if data is None else data
    pid = find_holder_pid(data)
    put_stop_marker(data)
    if pid is None:
        return False
    await _stop_and_wait(data, pid, limit_s)
    return True


async def take_over(data: Path, *, progress: Progress = _say_nothing, limit_s: float = STOP_LIMIT_S) -> DataLock:
    """Return the lock of `data`; a personal server that has it is asked to drain, and kept from coming back meanwhile.

    Raises DataInUse when any other server has it, ServerDidNotStop or LocalError.
    """
    start = FileLock(data / START_LOCK_NAME)
    no_record_since = time.monotonic()
    try:
        while True:
            start.take()  # clients that lose their server now wait for ours
            try:
                return DataLock.acquire(data)
            except DataInUse:
                record = _living_record(data)
                if record is None:
                    if time.monotonic() - no_record_since > RECORD_GRACE_S:
                        raise
                elif not record.is_personal:
                    raise
                else:
                    progress(
                        _("Your personal server (process {pid}) has {data} open; taking over from it...").format(
                            pid=record.pid, data=data
                        )
                    )
                    await _stop_and_wait(data, record.pid, limit_s)
                    no_record_since = time.monotonic()
            await asyncio.sleep(POLL_S)
    finally:
        start.release()


async def restart(data: Path | None = None, *, progress: Progress = _say_nothing) -> ServerAddress:
    """Stop the server of `data` if one runs, and start the next; a team's server is left alone."""
    data = data_dir() if data is None else data
    record = _living_record(data)
    if record is not None:
        _check_may_end(data, record, _("was not started by tuichat itself"))
    pid = find_holder_pid(data)
    if pid is not None:
        await _stop_and_wait(data, pid, STOP_LIMIT_S)
    return await ensure_server(data=data, progress=progress)


async def status(data: Path | None = None) -> ServerStatus:
    """Say what the server of `data` does; a ready one is asked, with a time limit."""
    data = data_dir() if data is None else data
    pid = find_holder_pid(data)
    if pid is None:
        why = _(" It was stopped on request.") if has_stop_marker(data) else ""
        return ServerStatus(_("No server is running for {data}.{why}").format(data=data, why=why), False)
    record = _living_record(data)
    if record is None:
        return ServerStatus(_("A server (process {pid}) is taking up {data}.").format(pid=pid, data=data), False)
    if record.state is not ServerState.READY:
        about = _("process {pid}, tuichat {version}").format(pid=pid, version=record.version)
        return ServerStatus(
            _("The server of {data} is {value} ({about}).").format(data=data, value=record.state.value, about=about),
            False,
        )
    about = _("process {pid}, tuichat {version}, {url}, {socket_path}").format(
        pid=pid, version=record.version, url=record.url, socket_path=record.socket_path
    )
    if await _answers(record):
        return ServerStatus(_("The server of {data} is running: {about}.").format(data=data, about=about), True)
    return ServerStatus(
        _(
            "The server of {data} does not answer on its socket: {about}. `tuichat server restart` "
            "starts it anew; `kill -9 {pid}` ends it where that does not help, and what it acknowledged "
            "is on disk."
        ).format(data=data, about=about, pid=pid),
        False,
    )


def personal_server_command(data: Path) -> list[str]:
    """Return the command that runs the personal server; it carries no secret."""
    # -P keeps the working folder out of the import path.
    return [sys.executable, "-P", "-m", "tuichat", "serve", "--personal", "--data", os.fspath(data)]


class _Start:
    """One caller's part in starting a server: at most one of all callers spawns at a time."""

    def __init__(self, data: Path, command: Sequence[str], progress: Progress) -> None:
        self._data = data
        self._command = command
        self._progress = progress
        self._last_said = ""
        self._lock = FileLock(data / START_LOCK_NAME)
        self._child: subprocess.Popen[bytes] | None = None
        self._output = server_state_dir() / OUTPUT_NAME
        self._turned_away = 0

    def say(self, sentence: str) -> None:
        if sentence != self._last_said:
            self._last_said = sentence
            self._progress(sentence)

    def attempt(self) -> None:
        """Spawn a server unless this or another caller is at it."""
        if self._child is None and self._lock.take() and find_holder_pid(self._data) is None:
            self._spawn()

    def raise_if_failed(self) -> None:
        """Raise ServerDidNotStart when our child ended without another server being the reason."""
        if self._child is None:
            return
        code = self._child.poll()
        if code is None:
            return
        self._child = None
        self._lock.release()
        if code == 0:
            return
        if code == EXIT_DATA_IN_USE:
            # Usually another server was faster, and is there now. When nobody on this machine is, the data
            # is open on another one.
            self._turned_away += 1
            if find_holder_pid(self._data) is not None or self._turned_away < MAX_TURNED_AWAY:
                return
            raise ServerDidNotStart(_last_lines(self._output).strip())
        raise ServerDidNotStart(
            _(
                "The server of {data} ended at once ({how_it_ended}). Its last words:\n{last_lines}\nAll of "
                "them: {output}; its log: {log_path}"
            ).format(
                data=self._data,
                how_it_ended=_how_it_ended(code),
                last_lines=_last_lines(self._output),
                output=self._output,
                log_path=log_path(),
            )
        )

    def finish(self) -> None:
        self._lock.release()
        if self._child is not None and self._child.poll() is None:
            _running.append(self._child)
        _running[:] = [child for child in _running if child.poll() is None]

    def _spawn(self) -> None:
        make_folder(self._output.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        try:
            output = os.open(self._output, flags, PRIVATE_FILE_MODE)
        except OSError as error:
            raise LocalError(
                _("Cannot write {output}: {reason}.").format(output=self._output, reason=error.strerror)
            ) from error
        try:
            self._child = subprocess.Popen(  # noqa: S603  # our own program, no shell
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise ServerDidNotStart(
                _("Cannot run {command}: {reason}.").format(command=self._command[0], reason=error.strerror)
            ) from error
        finally:
            os.close(output)


# Servers that this process started and that outlive their start; kept so that they are reaped, not waited for.
_running: list[subprocess.Popen[bytes]] = []


def log_path() -> Path:
    """Return the personal server's log."""
    return server_state_dir() / "server.log"


def _living_record(data: Path) -> ServerRecord | None:
    """Return the record of the process that holds the lock now; a dead one's record is nothing."""
    pid = find_holder_pid(data)
    if pid is None:
        return None
    record = ServerRecord.read(data)
    return record if record is not None and record.pid == pid else None


async def _accepts(record: ServerRecord) -> bool:
    try:
        connection = await unix_socket.connect(Path(record.socket_path))
    except PeerRefused:
        raise
    except (OSError, TimeoutError):
        return False
    connection.close()
    return True


async def _answers(record: ServerRecord) -> bool:
    """Say whether the server says who it is, within ANSWER_LIMIT_S; the kernel accepts for one that hangs."""
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            connection = await unix_socket.connect(Path(record.socket_path))
            reader, writer = await asyncio.open_unix_connection(sock=connection)
            try:
                writer.write(b"GET /api/v10/tuichat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            finally:
                writer.close()
    except PeerRefused:
        raise
    except (OSError, ValueError):  # a TimeoutError is an OSError; ValueError: a line without an end
        return False


def _check_may_end(data: Path, record: ServerRecord, trouble: str) -> None:
    """Raise LocalError for a server that somebody runs on purpose: only they may stop it."""
    if not record.is_personal:
        raise LocalError(
            _(
                "The server of {data} (process {pid}) {trouble}. It runs as `tuichat serve`: restart it "
                "there, with the version that is installed here."
            ).format(data=data, pid=record.pid, trouble=trouble)
        )


async def _stop_and_wait(data: Path, pid: int, limit_s: float) -> None:
    if pid == os.getpid():
        raise LocalError(_("{data} is open in this very process; it cannot wait for its own end.").format(data=data))
    if pid == 0:
        raise ServerDidNotStop(
            _("{data} is open in a process that cannot be seen from here; stop it there.").format(data=data)
        )
    end_process(pid, still_meant=lambda: find_holder_pid(data) == pid)
    deadline = time.monotonic() + limit_s
    while find_holder_pid(data) == pid:
        _running[:] = [child for child in _running if child.poll() is None]
        if time.monotonic() > deadline:
            raise ServerDidNotStop(
                _(
                    "The server of {data} (process {pid}) was asked to stop {limit_s:.0f} s ago and is still "
                    "there. Its log: {log_path}. `kill -9 {pid}` ends it; what it acknowledged is on disk."
                ).format(data=data, pid=pid, limit_s=limit_s, log_path=log_path())
            )
        await asyncio.sleep(POLL_S)


def _how_it_ended(code: int) -> str:
    return _("signal {value}").format(value=-code) if code < 0 else _("exit {code}").format(code=code)


def _last_lines(path: Path, count: int = 8) -> str:
    text = ""
    with contextlib.suppress(OSError):
        text = path.read_text(errors="replace").strip()
    if not text:
        return _("  (it said nothing)")
    return "\n".join("  " + line for line in text.splitlines()[-count:])


def _too_slow(data: Path, record: ServerRecord | None, limit_s: float) -> str:
    doing = (
        _("has not taken its data yet") if record is None else _("is still {value}").format(value=record.state.value)
    )
    return _(
        "The server of {data} {doing} after {limit_s:.0f} s. Try again; if it stays so, see "
        "{server_state_dir} and {log_path}."
    ).format(
        data=data, doing=doing, limit_s=limit_s, server_state_dir=server_state_dir() / OUTPUT_NAME, log_path=log_path()
    )
