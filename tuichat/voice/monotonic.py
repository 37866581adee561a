"""The clocks of everything in a call."""

import sys
import time


def now_ms() -> float:
    """Return time.monotonic() in milliseconds."""
    return time.monotonic() * 1000


def always_ms() -> float:
    """Return a clock in milliseconds that goes on while the computer sleeps, where the system has one, as on Linux and macOS."""
    return time.clock_gettime(_ALWAYS) * 1000 if _ALWAYS is not None else now_ms()


def stamp_ms() -> int:
    """Return what a Datagram is stamped with that is sent now."""
    return int(always_ms()) & 0xFFFF


def _find_always() -> int | None:
    if sys.platform == "linux":
        return time.CLOCK_BOOTTIME
    # clock_gettime(3) of macOS: CLOCK_MONOTONIC goes on in sleep; Python's time.monotonic() is another clock there.
    return time.CLOCK_MONOTONIC if sys.platform == "darwin" else None


_ALWAYS = _find_always()
