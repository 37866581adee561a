"""The connection to PulseAudio, or to PipeWire in its place, by pulsectl: how far away it is, and why there is none."""

import contextlib
import logging
import math
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tuichat.translation import N_, _
from tuichat.voice.device import AudioBackendError, ServerReach

log = logging.getLogger(__name__)

MAX_ADDRESS_CHARACTERS: Final = 300

# Of PulseAudio's pulse/def.h.
ACCESS, REFUSED, PROTOCOL, TIMEOUT, WRONG_KEY, TERMINATED, BAD_ADDRESS = 1, 6, 7, 8, 9, 11, 13

NEAR_MS: Final = (
    8.0  # measured: 10 ms away nothing is missing without help; one here answers in 1, on a busy machine in 5
)
TRIPS: Final = 4
REQUEST_MS: Final = 40  # PulseAudio asks for sound 20 ms at a time: measured, 30 ms over the round trip leaves gaps
MOST_MS: Final = 1_000  # of taste: nobody talks over a way that is longer
FARTHER_MS: Final = 20  # by how much more a stream must need to be opened anew, which is heard

NO_SHARED_MEMORY = N_(
    "the sound server at {address} hangs up, since it cannot share memory (memfd) with this machine over the way that leads "
    "there, such as ssh: write these two lines to {file} on this machine: enable-shm=no and enable-memfd=no"
)
NOBODY_THERE = N_(
    "no sound server answers at {address}, which PULSE_SERVER names: see that it runs there and that what forwards it "
    "is still connected, or unset PULSE_SERVER"
)
NOT_ALLOWED = N_(
    "the sound server at {address} does not let you in: copy the file ~/.config/pulse/cookie from its machine to this one"
)
NOT_REACHED = N_(
    "the sound server at {address}, which PULSE_SERVER names, cannot be used ({reason}): mend or unset PULSE_SERVER"
)
_SENTENCES: Final[Mapping[int, str]] = {REFUSED: NOBODY_THERE, ACCESS: NOT_ALLOWED, WRONG_KEY: NOT_ALLOWED}

_settings_in_use = threading.Lock()  # the environment belongs to the whole process


class PulseConnectError(AudioBackendError):
    """There is no connection to a sound server; `code` is libpulse's number for why, `reason` its words."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@contextlib.contextmanager
def connected(name: str) -> Iterator[Any]:
    """Be connected for a while, raising PulseConnectError, or ImportError or OSError where a library is missing."""
    import pulsectl

    pulse = pulsectl.Pulse(name, connect=False)
    try:
        try:
            pulse.connect()  # its own timeout, where one is given, is always waited for to the end
        except pulsectl.PulseError as error:
            raise _connect_error(pulse) from error
        yield pulse
    finally:
        pulse.close()


def explained(error: PulseConnectError, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return what to do about it; None where there may be no sound server, since nobody named one."""
    address = server_address(environ)
    # Who is faster notices the memory that did not come along: libpulse itself, or the server, which then hangs up.
    if error.code in (PROTOCOL, TERMINATED) and _is_mended_by_settings():
        return _(NO_SHARED_MEMORY).format(address=address or _("the usual place"), file=settings_file(environ))
    if not address:
        return None
    return _(_SENTENCES.get(error.code, NOT_REACHED)).format(address=address, reason=error.reason)


def server_address(environ: Mapping[str, str] = os.environ) -> str:
    """Return what PULSE_SERVER names, empty where it is not set."""
    return environ.get("PULSE_SERVER", "").strip()[:MAX_ADDRESS_CHARACTERS]


def settings_file(environ: Mapping[str, str] = os.environ) -> str:
    """Return the file of this user's settings for libpulse: the one that is read, else the one to make."""
    own = _own_settings(environ)
    return next((name for name in own if Path(name).expanduser().is_file()), own[-1])


def _own_settings(environ: Mapping[str, str]) -> list[str]:
    """Return where libpulse looks before /etc/pulse; the first file that is there hides the others."""
    if environ.get("PULSE_CLIENTCONFIG"):
        return [environ["PULSE_CLIENTCONFIG"]]
    if environ.get("PULSE_CONFIG_PATH"):
        return [f"{environ['PULSE_CONFIG_PATH']}/client.conf"]
    return ["~/.pulse/client.conf", "~/.config/pulse/client.conf"]


def reach(pulse: Any, first_ms: float, environ: Mapping[str, str] = os.environ) -> ServerReach:
    """Measure how far away a server is that answered a first question within `first_ms`."""
    trips_ms = [first_ms]
    while min(trips_ms) >= NEAR_MS and len(trips_ms) < TRIPS:
        trips_ms.append(timed_question(pulse)[1])
    needed_ms = latency_ms(trips_ms)
    return ServerReach(
        address=server_address(environ),
        round_trip_ms=round(sorted(trips_ms)[len(trips_ms) // 2], 1),
        needed_ms=needed_ms,
        asked_ms=asked_latency_ms(environ) or needed_ms,
    )


def timed_question(pulse: Any) -> tuple[Any, float]:
    """Ask for the server's short description, and return it with how long that took in ms."""
    began_s = time.perf_counter()
    answer = pulse.server_info()
    return answer, (time.perf_counter() - began_s) * 1000


def latency_ms(trips_ms: Sequence[float]) -> int:
    """Return for how long a speaker's stream must be supplied ahead, 0 where what the system does by itself is enough.

    Every 20 ms the server asks for more, which comes a round trip later; where round trips differ it may be later still
    by as much.
    """
    if min(trips_ms) < NEAR_MS:
        return 0
    worst_ms = max(trips_ms)
    return min(math.ceil(worst_ms + (worst_ms - min(trips_ms)) + REQUEST_MS), MOST_MS)


def asked_latency_ms(environ: Mapping[str, str] = os.environ) -> int:
    """Return the user's own PULSE_LATENCY_MSEC, 0 where there is none that libpulse would take."""
    text = environ.get("PULSE_LATENCY_MSEC", "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 else 0


@contextlib.contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """Have a variable say something else for a while, to libraries in this process."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _connect_error(pulse: Any) -> PulseConnectError:
    from pulsectl import _pulsectl

    # pulsectl itself only says that it failed.
    code = int(_pulsectl.pa.context_errno(pulse._ctx))
    return PulseConnectError(code, str(_pulsectl.pa.strerror(code)))


def _is_mended_by_settings() -> bool:
    """Try once more with the two settings, in a file of our own that stands before the user's."""
    with tempfile.NamedTemporaryFile("w", prefix="tuichat-pulse-", suffix=".conf") as file:
        for path in (Path(settings_file()).expanduser(), Path("/etc/pulse/client.conf")):
            if path.is_file():
                file.write(f".include {path}\n")
                break
        file.write("enable-shm=no\nenable-memfd=no\n")
        file.flush()
        with _settings_in_use, environment("PULSE_CLIENTCONFIG", file.name):
            try:
                with connected("tuichat tries without shared memory") as pulse:
                    pulse.server_info()
                    return True
            except Exception as error:  # pulsectl has its own tree of errors
                log.debug("not for want of shared memory: %s", error)
                return False
