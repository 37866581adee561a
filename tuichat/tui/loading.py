"""What a start loads once there is something to see: imports, the profile's accounts, and what it keeps from run to run."""

import asyncio
import importlib
import logging
from typing import TYPE_CHECKING

from tuichat.client.live_desk import LiveDesk
from tuichat.client.volume_book import VolumeBook
from tuichat.errors import TuichatError

if TYPE_CHECKING:
    from tuichat.client.session import Accounts
    from tuichat.client.voice_desk import VoiceDesk
    from tuichat.config.accounts import AccountRecord
    from tuichat.config.paths import Profile
    from tuichat.config.schema import Settings
    from tuichat.tui.screens.chat.screen import ChatScreen

log = logging.getLogger(__name__)


class Loading:
    """Reads and imports in threads, so that the screen answers meanwhile."""

    def __init__(self, profile: "Profile", chat: "ChatScreen") -> None:
        self._profile = profile
        self._chat = chat

    async def known_accounts(self) -> "tuple[AccountRecord, ...]":
        return await asyncio.to_thread(_known_accounts, self._profile)

    async def accounts(self, settings: "Settings") -> "Accounts":
        """Return the profile's accounts, not connected yet."""
        await asyncio.to_thread(_import_network)
        from tuichat.client.session import Accounts

        return Accounts(self._profile, settings)

    async def books(self, desk: "VoiceDesk") -> None:
        """Give desk and screen what the profile keeps from run to run."""
        await self._load_volumes(desk)
        await self._load_drafts()
        self._load_reminders()
        await self._load_frecency()
        await self._load_layout()

    async def _load_volumes(self, desk: "VoiceDesk") -> None:
        if isinstance(desk, LiveDesk):
            volumes = VolumeBook(self._profile)
            await asyncio.to_thread(volumes.load)
            desk.use_volumes(volumes)
        await desk.look_for_laptops()

    async def _load_drafts(self) -> None:
        from tuichat.client.draft_book import DraftBook
        from tuichat.client.line_history import LineHistory
        from tuichat.tui.spelling import OwnWords

        drafts = DraftBook(self._profile)
        await asyncio.to_thread(drafts.load)
        self._chat.use_drafts(drafts)
        self._chat.use_lines(LineHistory(self._profile))
        self._chat.use_own_words(await asyncio.to_thread(OwnWords, self._profile))

    def _load_reminders(self) -> None:
        from tuichat.client.reminder_book import ReminderBook

        self._chat.use_reminders(ReminderBook(self._profile))

    async def _load_frecency(self) -> None:
        from tuichat.client.frecency import Frecency

        frecency = Frecency(self._profile)
        await asyncio.to_thread(frecency.load)
        self._chat.use_frecency(frecency)

    async def _load_layout(self) -> None:
        from tuichat.tui.layout_book import LayoutBook

        book = LayoutBook(self._profile)
        self._chat.use_layout(book, await asyncio.to_thread(book.load))


async def start_server() -> None:
    """Start the personal server ahead of the account that will look for it; what hinders it, that account tells."""
    from tuichat.local.background import ensure_server

    try:
        await ensure_server()
    except (TuichatError, OSError) as error:
        log.info("the personal server: %s", error)


def _known_accounts(profile: "Profile") -> "tuple[AccountRecord, ...]":
    from tuichat.config.accounts import AccountBook

    return AccountBook(profile).list()


def _import_network() -> None:
    """Import what talks to servers."""
    from tuichat.local.http_library import import_without_certificates

    import_without_certificates("aiohttp")
    for name in ("websockets.asyncio.client", "tuichat.client.session", "tuichat.commands.engine"):
        importlib.import_module(name)
