"""What `tuichat bridge` does on a laptop: asks the bridges that run, and tells them what their owner says."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from tuichat.bridge.consent import Consent
from tuichat.bridge.control_protocol import (
    AllowRequest,
    Answer,
    BridgeStatus,
    ControlError,
    LookRequest,
    Request,
    StatusRequest,
    StopRequest,
    encode,
    read_answer,
)
from tuichat.bridge.leftovers import remove_if_left
from tuichat.bridge.ssh_configuration import canonical_destination
from tuichat.errors import TuichatError
from tuichat.local.ctl_place import find_bridges
from tuichat.local.unix_socket import connect, peer_pid
from tuichat.translation import _
from tuichat.voice.engine_process import ENGINE_MODULE

LIMIT_S = 3.0  # taste: a bridge answers at once
MAX_ANSWER_BYTES = 64 * 1024
_DESTINATION = re.compile(r"[^@\s]+@[^@\s]+:\d{1,5}( via .+)?")


class ManagementError(TuichatError):
    """What was asked cannot be done; the text says why, and what to do."""


class Found(msgspec.Struct, frozen=True):
    """A bridge that runs."""

    path: Path
    status: BridgeStatus

    def is_meant(self, host: str) -> bool:
        there, _via, _way = self.status.destination.partition(" via ")
        return host in (self.status.name, self.status.destination, there)


class SilentError(ManagementError):
    """A bridge does not answer. `pid` is its process, 0 where the system does not tell."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        suspended = _("The `tuichat ssh` of process {pid} is suspended: `fg` in its shell lets it go on.")
        known = _(
            "The `tuichat ssh` of process {pid} does not answer. `kill -9 {pid}` ends it with its session, and the "
            "microphone closes with it."
        )
        unknown = _("A `tuichat ssh` does not answer. Close its terminal: the microphone closes with it.")
        sentence = suspended if _is_suspended(pid) else known if pid else unknown
        super().__init__(sentence.format(pid=pid))


class StoppedSilentError(ManagementError):
    """A bridge does not answer, and has no engine any more."""

    def __init__(self, pid: int) -> None:
        suspended = _(
            "The `tuichat ssh` of process {pid} is suspended. Its microphone is closed, and stays so when it goes on, until "
            "`tuichat bridge allow`."
        )
        silent = _(
            "The `tuichat ssh` of process {pid} does not answer. Its microphone is closed; `kill -9 {pid}` ends its session, too."
        )
        super().__init__((suspended if _is_suspended(pid) else silent).format(pid=pid))


async def running() -> tuple[list[Found], list[str]]:
    """Return the bridges that answer, the newest first, and what is wrong with others; what is left over is swept."""
    return await _each(_find)


async def stop(host: str | None, consent: Consent) -> list[str]:
    """End the sound of one machine, or of all, at once; return the names of those that had sound or were in a session.

    One that is named and in no session has none in later ones, if it was allowed. A bridge that does not answer loses its engine, and
    is stopped as soon as it goes on. Raises ManagementError where there is nothing to stop, or that could not be seen to.
    """
    meant = set() if host is None else await _destinations(host, (await running())[0])

    async def find_and_stop(path: Path) -> Found | None:
        try:
            found = await _find(path)
        except SilentError as silent:
            if _end_engines(silent.pid) is None:
                raise
            for destination in meant:
                consent.stop(destination)
            if host is None:
                await _leave(path, StopRequest(v=1))
            raise StoppedSilentError(silent.pid) from silent
        if found is None or not (host is None or found.status.destination in meant):
            return None
        await _tell(path, StopRequest(v=1))
        return found

    found, complaints = await _each(find_and_stop)
    stopped = [each.status.name for each in found]
    if not found and not complaints:
        answers = consent.all()
        for destination in meant:
            answer = answers.get(destination)
            if answer is not None and answer.is_allowed:
                consent.stop(destination)
                stopped.append(destination)
    if complaints:
        raise ManagementError(" ".join(complaints))
    if not stopped:
        raise ManagementError(no_session(host))
    return stopped


async def _each(act: Callable[[Path], Awaitable[Found | None]]) -> tuple[list[Found], list[str]]:
    """Act on all bridges side by side, so that none waits for another that hangs."""
    outcomes = await asyncio.gather(*(act(Path(path)) for path in find_bridges()), return_exceptions=True)
    found: list[Found] = []
    complaints: list[str] = []
    for outcome in outcomes:
        match outcome:
            case Found():
                found.append(outcome)
            case TuichatError() | OSError():
                complaints.append(str(outcome))
            case BaseException():
                raise outcome
    return sorted(found, key=lambda each: each.status.since_s, reverse=True), complaints


async def _find(path: Path) -> Found | None:
    """Return who listens there, None where nobody does any more. Raises TuichatError, OSError."""
    try:
        answer = await _ask(path, StatusRequest(v=1))
    except FileNotFoundError:
        return None
    except ConnectionRefusedError:
        remove_if_left(path)
        return None
    if answer.record is None:
        raise ManagementError(answer.say)
    return Found(path, answer.record)


async def allow(host: str, consent: Consent, *, unseen: bool = False) -> str:
    """Let a machine have the sound, also after a stop; return its destination. Raises TuichatError."""
    return await _say(host, consent, is_allowed=True, unseen=unseen)


async def forget(host: str, consent: Consent) -> str:
    """Ask again the next time, and end what is lent now; return its destination.

    Raises ManagementError where nothing had been said of it, and TuichatError.
    """
    return await _say(host, consent, is_allowed=False)


async def _say(host: str, consent: Consent, *, is_allowed: bool, unseen: bool = False) -> str:
    found, complaints = await running()
    destinations = await _destinations(host, found)
    was_known = False
    for destination in destinations:
        if not is_allowed:
            was_known = consent.forget(destination) or was_known
        elif destination not in {each.status.destination for each in found}:
            consent.allow_first(destination, unseen=unseen)
    # A bridge that runs keeps itself what is allowed, since it knows by which keys.
    request: Request = AllowRequest(v=1, unseen=unseen) if is_allowed else LookRequest(v=1)
    for each in found:
        if each.status.destination in destinations:
            try:
                await _tell(each.path, request)
            except (TuichatError, OSError) as error:  # the others are told all the same
                complaints.append(str(error))
    if complaints:
        raise ManagementError(" ".join(complaints))
    if not is_allowed and not was_known:
        raise ManagementError(_("Nothing had been said of {host}.").format(host=", ".join(sorted(destinations))))
    return ", ".join(sorted(destinations))


async def _destinations(host: str, found: Sequence[Found]) -> set[str]:
    """Return which machines a name means: those that are called so in a session, else what ssh's configuration says."""
    destinations = {each.status.destination for each in found if each.is_meant(host)}
    if not destinations and _DESTINATION.fullmatch(host):
        return {host}
    return destinations or {await asyncio.to_thread(canonical_destination, host)}


def no_session(host: str | None) -> str:
    if host is None:
        return _("No session of `tuichat ssh` runs here: no other machine has this laptop's sound.")
    return _("No session of `tuichat ssh` with {host} runs here; `tuichat bridge status` lists those that do.").format(
        host=host
    )


async def _tell(path: Path, request: Request) -> None:
    answer = await _ask(path, request)
    if answer.code:
        raise ManagementError(answer.say)


async def _leave(path: Path, request: Request) -> None:
    """Have a bridge find this when it goes on."""
    with contextlib.suppress(TuichatError, OSError, TimeoutError):
        connection = await connect(path)
        with connection:
            connection.send(encode(request))


def _is_suspended(pid: int) -> bool:
    """Whether a process was stopped, by its terminal or a signal; False where the system does not tell."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in ("T", "t")
    except (OSError, IndexError):
        return False


def _end_engines(pid: int) -> int | None:
    """End the audio engines of a bridge from outside; return how many, None where the system does not tell of them."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    ended = 0
    for child in map(int, children):
        with contextlib.suppress(OSError):
            if ENGINE_MODULE.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                os.kill(child, signal.SIGKILL)
                ended += 1
    return ended


async def _ask(path: Path, request: Request) -> Answer:
    """Raises TuichatError, OSError."""
    pid = 0
    try:
        async with asyncio.timeout(LIMIT_S):
            connection = await connect(path)
            pid = peer_pid(connection)
            if _is_suspended(pid):
                connection.close()
                raise SilentError(pid)
            reader, writer = await asyncio.open_unix_connection(sock=connection, limit=MAX_ANSWER_BYTES)
            try:
                writer.write(encode(request))
                return read_answer(await reader.readline())
            except ValueError as error:  # a line over the limit
                raise ControlError(str(error)) from error
            finally:
                writer.close()
    except TimeoutError:
        raise SilentError(pid) from None
