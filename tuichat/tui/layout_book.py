"""How the screen was left, kept for each profile: tabs, the channel shown, folded categories, hidden panes."""

import logging

import msgspec

from tuichat.config.kept_file import KeptFile
from tuichat.config.paths import Profile
from tuichat.config.private_files import PrivateFileError
from tuichat.tui.rows import Chosen

logger = logging.getLogger(__name__)


class Layout(msgspec.Struct, frozen=True):
    """`last_channels` are the channels shown last in each guild, as account, guild, channel."""

    tabs: tuple[Chosen, ...] = ()
    shown_tab: int = 0
    last_channels: tuple[tuple[str, int, int], ...] = ()
    folded: tuple[int, ...] = ()
    has_channels: bool = True
    has_members: bool | None = None  # None: as the settings say


class LayoutBook:
    """Calls take a few milliseconds of disk."""

    def __init__(self, profile: Profile) -> None:
        self._file = KeptFile(profile.state_dir / "layout.json", Layout)
        self._kept = Layout()

    def load(self) -> Layout:
        self._kept = self._file.read() or Layout()
        return self._kept

    def save(self, layout: Layout) -> None:
        """Keep a layout; that of the window changed last is the one that the next start has."""
        if layout == self._kept:
            return
        try:
            with self._file.locked():
                self._file.write(layout)
            self._kept = layout
        except (PrivateFileError, OSError) as error:
            logger.warning("how the screen was left could not be kept: %s", error)
