"""The clock of everything in a call."""

import time


def now_ms() -> float:
    """Return time.monotonic() in milliseconds."""
    return time.monotonic() * 1000
