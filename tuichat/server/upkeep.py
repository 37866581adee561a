"""Long upkeep from the command line: what the running server tells step by step, and how far it is."""

import sys
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import aiohttp
import msgspec

from tuichat.errors import TuichatError
from tuichat.local.http_connector import PeerCheckedConnector
from tuichat.protocol import codec
from tuichat.protocol.json import printable
from tuichat.server.actions.upkeep_step import UpkeepStep

LOCAL_ROUTES = "http://localhost/api/v10/tuichat/local"
REPORT_INTERVAL_S = 1.0
SILENCE_LIMIT_S = 120.0  # between two lines of the server; one file may be large
MAX_LINE_BYTES = 1 << 20


class UpkeepFailed(TuichatError):
    """It could not be done, or not well; the text says why."""


class _Refusal(msgspec.Struct):
    message: str
    errors: msgspec.Raw = msgspec.Raw(b"null")


async def ask_server(socket_path: Path, route: str, request: msgspec.Struct) -> AsyncGenerator[UpkeepStep, None]:
    """Have the running server do something, and read each step. Raises UpkeepFailed."""
    timeout = aiohttp.ClientTimeout(sock_read=SILENCE_LIMIT_S)
    try:
        async with (
            aiohttp.ClientSession(
                connector=PeerCheckedConnector(socket_path), timeout=timeout, read_bufsize=MAX_LINE_BYTES
            ) as session,
            session.post(
                f"{LOCAL_ROUTES}/{route}", data=codec.encode(request), headers={"Content-Type": "application/json"}
            ) as response,
        ):
            if response.status != 200:
                raise UpkeepFailed(refusal_of(await response.read()))
            async for line in response.content:
                yield codec.decode(line, UpkeepStep)
    except (aiohttp.ClientError, TimeoutError, ValueError, msgspec.DecodeError) as error:
        raise UpkeepFailed(f"The running server at {socket_path} broke off: {printable(str(error))}.") from None


async def follow(steps: AsyncGenerator[UpkeepStep, None]) -> list[str]:
    """Tell how far it is until it is done; return the files that were missing. Raises UpkeepFailed."""
    report = reporting()
    try:
        async for step in steps:
            if step.fault is not None:
                raise UpkeepFailed(step.fault)
            if step.is_done:
                if step.note is not None:
                    say(visible(step.note))
                return step.missing
            report(step.done, step.total, step.phase)
    finally:
        await steps.aclose()
    raise UpkeepFailed("The server ended before this was done.")


def refusal_of(body: bytes) -> str:
    """What an error's body says, in words: the faults of the fields where there are some."""
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except msgspec.DecodeError:
        return "The running server answered with something that is no answer of ours."
    return visible("; ".join(_faults(msgspec.json.decode(refusal.errors))) or refusal.message)


def visible(text: str) -> str:
    """Return a sentence of the server without control characters; it is this user's own server, so nothing is cut."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _faults(tree: object, path: str = "") -> list[str]:
    """The sentences of an error's tree, each with the path of its field."""
    if not isinstance(tree, dict):
        return []
    found: list[str] = []
    for key, value in tree.items():
        if key == "_errors" and isinstance(value, list):
            found += [f"{path}: {fault.get('message', '')}" for fault in value if isinstance(fault, dict)]
        else:
            found += _faults(value, f"{path}.{key}" if path else str(key))
    return found


def reporting(phase: str = "") -> Callable[..., None]:
    """Something that tells how far it is, at most once a second."""
    next_s = time.monotonic() + REPORT_INTERVAL_S

    def report(done: int, total: int, name: str = phase) -> None:
        nonlocal next_s
        now_s = time.monotonic()
        if total and now_s >= next_s:
            next_s = now_s + REPORT_INTERVAL_S
            say(f"{name}: {100 * done // total} %")

    return report


def say_looking(what: str) -> None:
    say(f"checking {what}")


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()
