"""How often and how lately something was used, as one number: what is used much and lately comes first in lists.

Every use counts 1 and halves each HALF_LIFE_MS, so one number and the time it stands for are enough to keep.
"""

import logging
from collections.abc import Mapping

import msgspec

from tuichat.config.kept_file import KeptFile
from tuichat.config.paths import Profile
from tuichat.config.private_files import PrivateFileError

logger = logging.getLogger(__name__)

HALF_LIFE_MS = (
    4 * 24 * 60 * 60 * 1000
)  # taste: what was used daily last week still comes before what was used once today
MAX_KEPT = 500


class Use(msgspec.Struct, frozen=True):
    """The weight of all uses as it was at `at_ms`, Unix time."""

    weight: float
    at_ms: int


class Frecency:
    """Weights by name, kept for each profile. Names say what was used: `channel:ACCOUNT/ID`, `emoji:tada`."""

    def __init__(self, profile: Profile | None = None) -> None:
        """Without a profile nothing is kept on disk."""
        self._file = None if profile is None else KeptFile(profile.state_dir / "frecency.json", dict[str, Use])
        self._uses: dict[str, Use] = {}
        self._fresh: dict[str, list[int]] = {}  # uses that are not on disk yet

    def load(self) -> None:
        """Read what was kept; takes a few milliseconds of disk."""
        self._uses = self._merged(self._kept())

    def use(self, name: str, now_ms: int) -> None:
        """Count one use; `now_ms` is Unix time."""
        self._fresh.setdefault(name, []).append(now_ms)
        self._uses[name] = _used(self._uses.get(name), now_ms)

    def weight(self, name: str, now_ms: int) -> float:
        """Return 0 for what was never used, else a number that grows with each use and halves in four days."""
        use = self._uses.get(name)
        return 0.0 if use is None else _aged(use, now_ms)

    def top(self, prefix: str, count: int, now_ms: int) -> list[str]:
        """Return the names that begin with a prefix, without it, those of the greatest weight first."""
        names = [name for name in self._uses if name.startswith(prefix)]
        return [
            name.removeprefix(prefix) for name in sorted(names, key=lambda name: -self.weight(name, now_ms))[:count]
        ]

    def save(self) -> None:
        """Add the uses of this run to those on disk, which another client of this profile may have changed."""
        if self._file is None or not self._fresh:
            return
        try:
            with self._file.locked():
                self._uses = self._merged(self._kept())
                newest = max(use.at_ms for use in self._uses.values())
                ranked = sorted(self._uses, key=lambda name: -_aged(self._uses[name], newest))
                self._uses = {name: self._uses[name] for name in ranked[:MAX_KEPT]}
                self._file.write(self._uses)
                self._fresh.clear()
        except (PrivateFileError, OSError) as error:
            logger.warning("what was used lately could not be kept: %s", error)

    def _kept(self) -> Mapping[str, Use]:
        return (self._file.read() if self._file is not None else None) or {}

    def _merged(self, kept: Mapping[str, Use]) -> dict[str, Use]:
        uses = dict(kept)
        for name, times in self._fresh.items():
            for now_ms in times:
                uses[name] = _used(uses.get(name), now_ms)
        return uses


def _used(before: Use | None, now_ms: int) -> Use:
    return Use(1.0 if before is None else _aged(before, now_ms) + 1.0, now_ms)


def _aged(use: Use, now_ms: int) -> float:
    age_ms = max(0, now_ms - use.at_ms)  # a clock that was set back ages nothing
    return float(use.weight * 0.5 ** (age_ms / HALF_LIFE_MS))
