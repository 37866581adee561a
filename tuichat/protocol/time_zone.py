"""Time zones by their names in the IANA database, such as Europe/Paris."""

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

MAX_ZONE_CHARACTERS = 64  # taste: twice the longest name that there is


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Every zone's name, sorted; those of the database's own bookkeeping left out."""
    return tuple(sorted(name for name in available_timezones() if not name.startswith(("posix/", "right/", "Etc/GMT"))))


@lru_cache(maxsize=128)
def find_zone(name: str) -> ZoneInfo | None:
    """The zone of a name that a stranger may have written; None where there is none."""
    if not 0 < len(name) <= MAX_ZONE_CHARACTERS or name not in available_timezones():
        return None
    return ZoneInfo(name)


def matching_zones(typed: str, limit: int) -> list[str]:
    """Up to `limit` names that what was typed may mean: what begins so, whole or behind a slash, then what has it inside."""
    wanted = typed.strip().casefold().replace(" ", "_")
    begins, parts, inside = [], [], []
    for name in zone_names():
        folded = name.casefold()
        if folded.startswith(wanted):
            begins.append(name)
        elif f"/{wanted}" in folded:
            parts.append(name)
        elif wanted in folded:
            inside.append(name)
    return [*begins, *parts, *inside][:limit]
