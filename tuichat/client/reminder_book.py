"""Which reminders were told, kept for a profile, so that each is told once by whichever client comes first."""

import logging
from collections.abc import Iterable

import msgspec

from tuichat.config.paths import Profile
from tuichat.config.private_files import PrivateFileError, locked, write_private

logger = logging.getLogger(__name__)

KEPT_MS = 30 * 86_400_000  # taste: longer than anything that was told stays on
MAX_KEPT = 5_000
MAX_FILE_BYTES = 2 * 1024 * 1024


class ReminderBook:
    """Calls take a few milliseconds of disk."""

    def __init__(self, profile: Profile) -> None:
        self._folder = profile.state_dir
        self._mine: dict[str, int] = {}  # also where nothing can be kept

    def claim(self, keys: Iterable[str], now_ms: int) -> set[str]:
        """Return those of some keys that nobody of this profile has claimed, and note them; `now_ms` is Unix time."""
        wanted = [key for key in keys if key not in self._mine]
        if not wanted:
            return set()
        self._mine |= dict.fromkeys(wanted, now_ms)
        try:
            with locked(self._folder / "reminders.lock"):
                told = {key: at_ms for key, at_ms in self._read().items() if at_ms + KEPT_MS > now_ms}
                claimed = {key for key in wanted if key not in told}
                told |= dict.fromkeys(claimed, now_ms)
                newest = dict(sorted(told.items(), key=lambda each: each[1])[-MAX_KEPT:])
                write_private(self._folder / "reminders.json", msgspec.json.encode(newest))
        except (PrivateFileError, OSError) as error:
            logger.warning("which reminders were told could not be kept: %s", error)
            return set(wanted)
        return claimed

    def _read(self) -> dict[str, int]:
        path = self._folder / "reminders.json"
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise ValueError(f"{path.stat().st_size} bytes, the limit is {MAX_FILE_BYTES}")
            return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            logger.warning("%s holds no reminders: %s", path, error)
            return {}
