"""What `tuichat bridge` does on a laptop: asks the bridges that run, and tells them what their owner says."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from tuichat.bridge.consent import Consent
from tuichat.bridge.control_protocol import (
    AllowRequest,
    Answer,
    BridgeStatus,
    ControlError,
    LookRequest,
    Request,
    Session,
    StatusRequest,
    StopRequest,
    encode,
    read_answer,
)
from tuichat.bridge.leftovers import remove_if_left, session_path
from tuichat.bridge.ssh_configuration import canonical_destination
from tuichat.errors import TuichatError
from tuichat.local.ctl_place import find_bridges
from tuichat.local.runtime import check_folder
from tuichat.local.unix_socket import connect, peer_pid
from tuichat.translation import _
from tuichat.voice.engine_process import ENGINE_MODULE

LIMIT_S = 3.0  # taste: a bridge answers at once
PROMPT_S = 0.5  # taste: how long a microphone may stay open because its bridge does not answer
MAX_ANSWER_BYTES = 64 * 1024
T = TypeVar("T")
_DESTINATION = re.compile(r"[^@\s]+@[^@\s]+:\d{1,5}( via .+)?")


class ManagementError(TuichatError):
    """What was asked cannot be done; the text says why, and what to do."""


class Found(msgspec.Struct, frozen=True):
    """A bridge that runs."""

    path: Path
    status: BridgeStatus

    @property
    def session(self) -> Session:
        return Session(destination=self.status.destination, name=self.status.name)


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
    found, complaints = await _each(_find, find_bridges())
    return sorted(found, key=lambda each: each.status.since_s, reverse=True), complaints


async def stop(host: str | None, consent: Consent) -> list[str]:
    """End the sound of one machine, or of all, at once; return the names of those that had sound or were in a session.

    One that is named and in no session has none in later ones, if it was allowed. A bridge that does not answer loses its engine, and
    has no sound when it goes on; one of another machine is not waited for. Raises ManagementError where there is nothing to stop,
    or that could not be seen to.
    """
    sessions = {path: _session(Path(path)) for path in find_bridges()}
    by_configuration = ""
    if host is not None and not any(session and session.is_meant(host) for session in sessions.values()):
        is_destination = _DESTINATION.fullmatch(host) is not None
        by_configuration = host if is_destination else await asyncio.to_thread(canonical_destination, host)

    async def find_and_stop(path: Path) -> str | None:
        session = sessions[str(path)]
        if session is None and host is None:  # first of all it ends
            is_there = await _stop(path, None, consent)
            found = await _find(path) if is_there else None
            return None if found is None else found.status.name
        if session is None:
            found = await _find(path)
            session = None if found is None else found.session
        if session is None or not (host is None or session.is_meant(host) or session.destination == by_configuration):
            return None
        return session.name if await _stop(path, session, consent) else None

    stopped, complaints = await _each(find_and_stop, list(sessions))
    if by_configuration and not stopped and not complaints:
        answer = consent.all().get(by_configuration)
        if answer is not None and answer.is_allowed:
            consent.stop(by_configuration)
            stopped.append(by_configuration)
    if complaints:
        raise ManagementError(" ".join(complaints))
    if not stopped:
        raise ManagementError(no_session(host))
    return stopped


async def _stop(path: Path, session: Session | None, consent: Consent) -> bool:
    """End the sound of one bridge, from outside where it does not answer at once; return False where it is over by now."""
    try:
        try:
            await _tell(path, StopRequest(v=1), limit_s=PROMPT_S)
        except SilentError as silent:
            had_engines = _end_engines(silent.pid)
            if session is not None:
                consent.stop(session.destination)  # it looks there when it goes on
            if not _is_suspended(silent.pid):
                await _tell(path, StopRequest(v=1))  # slow it may be, and no more
            elif had_engines is None:
                raise
            else:
                raise StoppedSilentError(silent.pid) from silent
    except SilentError as silent:
        if _end_engines(silent.pid) is None:
            raise
        raise StoppedSilentError(silent.pid) from silent
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    return True


async def _each(act: Callable[[Path], Awaitable[T | None]], paths: Sequence[str]) -> tuple[list[T], list[str]]:
    """Act on bridges side by side, so that none waits for another that hangs."""
    outcomes = await asyncio.gather(*(act(Path(path)) for path in paths), return_exceptions=True)
    done: list[T] = []
    complaints: list[str] = []
    for outcome in outcomes:
        match outcome:
            case TuichatError() | OSError():
                complaints.append(str(outcome))
            case BaseException():
                raise outcome
            case None:
                pass
            case _:
                done.append(outcome)
    return done, complaints


def _session(path: Path) -> Session | None:
    """Return whose bridge this is, as it stands beside it: one that hangs would not say. None where it has to be asked."""
    with contextlib.suppress(TuichatError, OSError, ValueError):
        check_folder(path.parent)
        with session_path(path).open("rb") as file:
            return msgspec.json.decode(file.read(MAX_ANSWER_BYTES), type=Session)
    return None


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
        raise ManagementError(
            _("Nothing had been said of {host}. `tuichat bridge status` lists those of which something was.").format(
                host=", ".join(sorted(destinations))
            )
        )
    return ", ".join(sorted(destinations))


async def _destinations(host: str, found: Sequence[Found]) -> set[str]:
    """Return which machines a name means: those that are called so in a session, else what ssh's configuration says.

    A destination is itself alone: the same address by another way is another machine, which has its own.
    """
    if _DESTINATION.fullmatch(host):
        return {host}
    destinations = {each.status.destination for each in found if each.session.is_meant(host)}
    return destinations or {await asyncio.to_thread(canonical_destination, host)}


def no_session(host: str | None) -> str:
    if host is None:
        return _("No session of ssh that takes the sound along runs here: no other machine has this laptop's sound.")
    return _(
        "No session of ssh with {host} that takes the sound along runs here; `tuichat bridge status` lists those that do."
    ).format(host=host)


async def _tell(path: Path, request: Request, *, limit_s: float = LIMIT_S) -> None:
    answer = await _ask(path, request, limit_s=limit_s)
    if answer.code:
        raise ManagementError(answer.say)


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


async def _ask(path: Path, request: Request, *, limit_s: float = LIMIT_S) -> Answer:
    """Raises TuichatError, OSError."""
    pid = 0
    try:
        async with asyncio.timeout(limit_s):
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
