"""Which time zone this machine is in, by its name in the IANA database."""

import os
from functools import lru_cache
from pathlib import Path

from tuichat.protocol.time_zone import find_zone

LOCAL_TIME = Path("/etc/localtime")
_FOLDER = "zoneinfo/"


@lru_cache(maxsize=1)
def own_zone_name() -> str | None:
    """The name; None where the machine only knows an offset."""
    return zone_name(os.environ.get("TZ", ""), LOCAL_TIME)


def zone_name(setting: str, local_time: Path) -> str | None:
    """The name by the variable TZ, else by what the file of the local time is a link to."""
    candidate = setting.removeprefix(":")
    if not candidate:
        try:
            candidate = str(local_time.resolve(strict=True))
        except (OSError, RuntimeError):
            return None
    candidate = candidate.rpartition(_FOLDER)[2]
    return candidate if find_zone(candidate) is not None else None
