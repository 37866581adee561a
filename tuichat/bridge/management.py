"""What `tuichat bridge` does on a laptop: asks the bridges that run, and tells them what their owner says."""

import asyncio
import contextlib
import logging
import re
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
from tuichat.bridge.ssh_configuration import canonical_destination
from tuichat.errors import TuichatError
from tuichat.local.ctl_place import find_bridges
from tuichat.local.unix_socket import connect
from tuichat.translation import _

log = logging.getLogger(__name__)

LIMIT_S = 3.0  # taste: a bridge answers at once
MAX_ANSWER_BYTES = 64 * 1024
_DESTINATION = re.compile(r"[^@\s]+@[^@\s]+:\d{1,5}")


class ManagementError(TuichatError):
    """What was asked cannot be done; the text says why, and what to do."""


class Found(msgspec.Struct, frozen=True):
    """A bridge that runs."""

    path: Path
    status: BridgeStatus

    def is_meant(self, host: str) -> bool:
        return host in (self.status.name, self.status.destination)


async def running() -> tuple[list[Found], list[Path]]:
    """Return the bridges that answer, the newest first, and the sockets of those that do not; what is left over is swept."""
    paths = [Path(path) for path in find_bridges()]
    answers = await asyncio.gather(*(_ask(path, StatusRequest(v=1)) for path in paths), return_exceptions=True)
    found: list[Found] = []
    silent: list[Path] = []
    for path, answer in zip(paths, answers, strict=True):
        if isinstance(answer, Answer) and answer.record is not None:
            found.append(Found(path, answer.record))
        elif isinstance(answer, ConnectionRefusedError):
            with contextlib.suppress(OSError):
                path.unlink()
        elif not isinstance(answer, FileNotFoundError):
            log.info("the bridge at %s does not answer: %r", path, answer)
            silent.append(path)
    return sorted(found, key=lambda each: each.status.since_s, reverse=True), silent


async def stop(host: str | None) -> list[Found]:
    """End the sound of one machine, or of all, at once; return those that had sound or were in a session.

    Raises ManagementError where there is no such session, or one does not answer.
    """
    found, silent = await running()
    meant = [each for each in found if host is None or each.is_meant(host)]
    for each in meant:
        await _tell(each.path, StopRequest(v=1))
    if silent:
        raise ManagementError(silence(silent))
    if not meant:
        raise ManagementError(no_session(host))
    return meant


async def allow(host: str, consent: Consent) -> str:
    """Let a machine have the sound, also after a stop; return its destination. Raises TuichatError."""
    return await _say(host, consent, is_allowed=True)


async def forget(host: str, consent: Consent) -> str:
    """Ask again the next time, and end what is lent now; return its destination.

    Raises ManagementError where nothing had been said of it, and TuichatError.
    """
    return await _say(host, consent, is_allowed=False)


async def _say(host: str, consent: Consent, *, is_allowed: bool) -> str:
    found, _silent = await running()
    meant = [each for each in found if each.is_meant(host)]
    destinations = {each.status.destination for each in meant}
    if _DESTINATION.fullmatch(host):
        destinations.add(host)
    if not destinations:
        destinations.add(await asyncio.to_thread(canonical_destination, host))
    was_known = False
    for destination in destinations:
        if is_allowed:
            consent.allow(destination)
        else:
            was_known = consent.forget(destination) or was_known
    request: Request = AllowRequest(v=1) if is_allowed else LookRequest(v=1)
    for each in found:
        if each.status.destination in destinations:
            await _tell(each.path, request)
    if not is_allowed and not was_known:
        raise ManagementError(_("Nothing had been said of {host}.").format(host=", ".join(sorted(destinations))))
    return ", ".join(sorted(destinations))


def no_session(host: str | None) -> str:
    if host is None:
        return _("No session of `tuichat ssh` runs here: no other machine has this laptop's sound.")
    return _("No session of `tuichat ssh` with {host} runs here; `tuichat bridge status` lists those that do.").format(
        host=host
    )


async def _tell(path: Path, request: Request) -> None:
    try:
        answer = await _ask(path, request)
    except (TuichatError, OSError) as error:
        raise ManagementError(silence([path])) from error
    if answer.code:
        raise ManagementError(answer.say)


async def _ask(path: Path, request: Request) -> Answer:
    """Raises TuichatError, OSError (TimeoutError among them)."""
    async with asyncio.timeout(LIMIT_S):
        connection = await connect(path)
        reader, writer = await asyncio.open_unix_connection(sock=connection, limit=MAX_ANSWER_BYTES)
        try:
            writer.write(encode(request))
            return read_answer(await reader.readline())
        except ValueError as error:  # a line over the limit
            raise ControlError(str(error)) from error
        finally:
            writer.close()


def silence(paths: list[Path]) -> str:
    return _(
        "A bridge does not answer at {paths}. End its `tuichat ssh` (close that terminal): the microphone closes with it."
    ).format(paths=", ".join(map(str, paths)))
