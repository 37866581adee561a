"""How loud each person is played, kept for each profile."""

import logging

import msgspec

from tuichat.config.kept_file import KeptFile
from tuichat.config.paths import Profile
from tuichat.config.private_files import PrivateFileError

logger = logging.getLogger(__name__)

USUAL_PERCENT = 100
MAX_KEPT = 1000  # taste: the ones chosen first are forgotten first


class Volumes(msgspec.Struct, frozen=True):
    percents: dict[str, int] = {}  # by account key and user id, without those played as they are


class VolumeBook:
    """`load` and `save` take a few milliseconds of disk; without a profile nothing is kept."""

    def __init__(self, profile: Profile | None = None) -> None:
        self._file = None if profile is None else KeptFile(profile.state_dir / "volumes.json", Volumes)
        self._percents: dict[str, int] = {}

    def load(self) -> None:
        kept = self._file.read() if self._file is not None else None
        self._percents = {} if kept is None else {name: min(200, max(0, each)) for name, each in kept.percents.items()}

    def percent(self, account_key: str, user_id: int) -> int:
        return self._percents.get(f"{account_key} {user_id}", USUAL_PERCENT)

    def put(self, account_key: str, user_id: int, percent: int) -> None:
        name = f"{account_key} {user_id}"
        self._percents.pop(name, None)
        if percent != USUAL_PERCENT:
            self._percents[name] = percent
        while len(self._percents) > MAX_KEPT:
            del self._percents[next(iter(self._percents))]

    def of(self, account_key: str) -> dict[int, int]:
        """Return the percents of an account's people, by user id."""
        prefix = f"{account_key} "
        return {
            int(name.removeprefix(prefix)): percent
            for name, percent in self._percents.items()
            if name.startswith(prefix) and name.removeprefix(prefix).isdecimal()
        }

    def save(self) -> None:
        if self._file is None:
            return
        try:
            with self._file.locked():
                self._file.write(Volumes(dict(self._percents)))
        except (PrivateFileError, OSError) as error:
            logger.warning("the volumes of people could not be kept: %s", error)
