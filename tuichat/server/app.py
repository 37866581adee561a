"""`tuichat serve`: one server as a process, from its lock to its last request."""

import asyncio
import contextlib
import logging
import os
import resource
import signal
import sys
from pathlib import Path

import uvloop

from tuichat.errors import TuichatError
from tuichat.local import unix_socket
from tuichat.local.background import EXIT_DATA_IN_USE, take_over
from tuichat.local.data_folder import data_option, open_data_folder
from tuichat.local.data_lock import DataLock
from tuichat.local.errors import DataInUse
from tuichat.local.runtime import server_socket_path
from tuichat.local.server_record import ServerRecord
from tuichat.local.stop_marker import remove_stop_marker
from tuichat.server import garbage
from tuichat.server.actions.admin import people_without_password
from tuichat.server.certificate import ServerCertificate
from tuichat.server.listeners import bind_tcp
from tuichat.server.options import ServeOptions
from tuichat.server.server import Server

EXIT_FAILED = 1
LINGER_CHECK_S = 1.0
MAX_NAMED = 5  # taste: accounts that one sentence names

logger = logging.getLogger(__name__)


def serve(options: ServeOptions) -> int:
    """Run a server until it is told to stop, or nobody has used it for `linger_s`; return the exit status.

    Standard output gets exactly one line, once the server takes connections: `listening on URL`.
    """
    try:
        open_data_folder(options.data)
        with _take_data(options):
            _raise_file_limit()
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                return runner.run(_run(options))
    except DataInUse as error:
        return _fail(str(error), EXIT_DATA_IN_USE)
    except TuichatError as error:
        return _fail(str(error), EXIT_FAILED)
    except OSError as error:
        return _fail(f"The server cannot run on {options.data}: {error}.", EXIT_FAILED)


def _take_data(options: ServeOptions) -> DataLock:
    """Return the lock of the data. A team's server takes Home over: its clients find it on its Unix socket."""
    if options.personal:
        return DataLock.acquire(options.data)
    lock = asyncio.run(take_over(options.data, progress=_say_on_stderr))
    remove_stop_marker(options.data)
    return lock


async def _run(options: ServeOptions) -> int:
    stop = asyncio.get_running_loop().create_future()
    _stop_on_signals(stop)
    socket_path = server_socket_path(options.data)
    record = ServerRecord.of_this_process(socket_path, is_personal=options.personal)
    record.write(options.data)
    try:
        certificate = ServerCertificate.of_options(options)
        host, port = ("127.0.0.1", 0) if options.personal else (options.host, options.port)
        with bind_tcp(host, port) as tcp, unix_socket.listen(socket_path) as local:
            async with Server.open(options) as server:
                await server.listen(local)
                tls = None if certificate is None else certificate.context
                await server.listen(tcp, tls, is_plain_too=options.is_plain_too)
                port = tcp.getsockname()[1]
                is_https = (
                    tls is not None and not options.personal
                )  # its port is known as the plain one, which it is too
                record = record.ready(server_id=server.server_id, tcp_host=host, tcp_port=port, is_tls=is_https)
                record.write(options.data)
                garbage.calm()
                if not options.personal:
                    _say_who_cannot_sign_in(await people_without_password(server.context), options.data)
                if certificate is not None and certificate.how_to_trust is not None and not options.personal:
                    _say_on_stderr(certificate.how_to_trust)
                _say_ready(record.url)
                chores = [asyncio.create_task(garbage.collect_hourly())]
                if certificate is not None:
                    chores.append(asyncio.create_task(certificate.keep_fresh()))
                reason = await _wait(stop, server, options.linger_s)
                for chore in chores:
                    chore.cancel()
                logger.info("stopping: %s", reason)
                record.stopping(reason).write(options.data)
    finally:
        with contextlib.suppress(FileNotFoundError):
            socket_path.unlink()
        ServerRecord.remove(options.data)
    logger.info("stopped")
    return 0


async def _wait(stop: "asyncio.Future[str]", server: Server, linger_s: int | None) -> str:
    """Return why the server stops, when it does."""
    if linger_s is None:
        return await stop
    while not stop.done():
        await asyncio.wait([stop], timeout=min(LINGER_CHECK_S, max(linger_s, 0.1)))
        if not stop.done() and server.idle_s() >= linger_s:
            return f"nobody has used it for {linger_s} s"
    return stop.result()


def _stop_on_signals(stop: "asyncio.Future[str]") -> None:
    loop = asyncio.get_running_loop()

    def note(name: str) -> None:
        if not stop.done():
            stop.set_result(f"it got {name}")

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, note, number.name)


def _say_ready(url: str) -> None:
    logger.info("listening on %s", url)
    with contextlib.suppress(OSError, AttributeError):  # nobody reads it any more: the server runs all the same
        os.write(sys.stdout.fileno(), f"listening on {url}\n".encode())


def _say_who_cannot_sign_in(people: list[str], data: Path) -> None:
    """Home's people have no password, and from elsewhere nobody signs in without one."""
    if not people:
        return
    shown = ", ".join(people[:MAX_NAMED]) + (", ..." if len(people) > MAX_NAMED else "")
    name = people[0] if len(people) == 1 else "NAME"
    _say_on_stderr(
        f"{len(people)} of the accounts here {'has' if len(people) == 1 else 'have'} no password and can sign in on this "
        f"machine only, as you: {shown}. `tuichat admin password reset {name}{data_option(data)}` gives one."
    )


def _say_on_stderr(sentence: str) -> None:
    with contextlib.suppress(OSError, AttributeError):  # nobody reads it any more: the server runs all the same
        sys.stderr.write(sentence + "\n")
        sys.stderr.flush()


def _raise_file_limit() -> None:
    """Every connection takes a file descriptor: take as many as the system gives."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _fail(sentence: str, status: int) -> int:
    """Say on standard error why the server does not run. The log has it too, where that is a file."""
    logger.debug("ending with status %d: %s", status, sentence)
    sys.stderr.write(sentence + "\n")
    return status
