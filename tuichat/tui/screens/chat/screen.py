"""The main screen: all its subjects together, and its life."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from tuichat.client import change
from tuichat.client.state import Connection
from tuichat.tui import keys
from tuichat.tui.screens.chat.account import Account
from tuichat.tui.screens.chat.appearance import Appearance
from tuichat.tui.screens.chat.bot_commands import BotCommands
from tuichat.tui.screens.chat.files import Files
from tuichat.tui.screens.chat.frame import ROOM
from tuichat.tui.screens.chat.guild_running import GuildRunning
from tuichat.tui.screens.chat.rooms import Rooms
from tuichat.tui.screens.chat.spelling import Spelling

if TYPE_CHECKING:
    from tuichat.client.session import Accounts
    from tuichat.config.schema import Settings

COUNTDOWN_S = 1.0


class ChatScreen(Spelling, Account, GuildRunning, Rooms, BotCommands, Files, Appearance):
    """Also what commands call a screen (`tuichat.commands.screen.Screen`)."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.CHAT)

    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._today = now().date()
        self._minute = now().minute

    def on_mount(self) -> None:
        self.composer.focus()
        self.composer.completer = self._complete
        self.use_composer_settings()
        self.set_class(not self.settings.ui.show_members, "-members-hidden")
        self.set_class(self.settings.ui.compact, "-compact")
        self.show_pictures()
        self._show_keys()
        self.show_key_problems()
        self.set_interval(COUNTDOWN_S, self._tick)
        self.watch(self.app, "app_focus", self._focus_changed, init=False)

    def attach(self, accounts: "Accounts") -> None:
        """Show these accounts from now on. Imports what talks to them: call it after the first paint."""
        from tuichat.commands.engine import Engine

        self.accounts = accounts
        self._engine = Engine()
        self.begin_jobs()
        accounts.subscribe_accounts(self.accounts_changed)
        if accounts.clients:
            self.accounts_changed()

    def accounts_changed(self) -> None:
        from tuichat.config.accounts import PersonalAddress

        if self.accounts is None or not self.is_attached:
            return
        clients = self.accounts.clients
        self.desk.use_clients(clients)
        personal = {key for key, client in clients.items() if isinstance(client.account.address, PersonalAddress)}
        self.show_clients(clients, frozenset(personal))

    def names_changed(self) -> None:
        """Draw everything anew: text is shown or counted in another way."""
        if self.accounts is not None and self.is_attached:  # before that nothing of anybody's is shown
            self.messages.names_changed()
            self.accounts_changed()

    def use_settings(self, settings: "Settings") -> None:
        """Show everything as these settings have it."""
        self.settings = settings
        self.desk.use_settings(settings.voice)
        self._is_12h = settings.ui.clock == "12h"
        if not self.is_attached:
            return
        self.use_composer_settings()
        self.show_pictures()
        self.set_class(settings.ui.compact, "-compact")
        self.set_class(not settings.ui.show_members, "-members-hidden")
        self.show_me()
        if self.chosen.channel_id is not None:
            self._leave_channel()
            self._enter_channel()

    def language_changed(self) -> None:
        """Say everything on the screen anew; words that people wrote stay as they are."""
        self.names_changed()
        self.use_settings(self.settings)

    async def stop(self) -> None:
        await self.end_jobs()
        if self.gallery is not None:
            self.gallery.close()
        self.stop_listening()
        if self._drafts is not None:
            await asyncio.to_thread(self._drafts.save)
        await self.close_speller()
        await self.desk.close()
        if self.notifier is not None:
            await self.notifier.close()

    def _tick(self) -> None:
        """Once a second: count down to the next try; notice a new day."""
        state = self.state
        if state is not None and state.connection is Connection.RECONNECTING:
            self.show_status()
        if self.settings.notifications.quiet_hours:
            self.show_me()
        self.show_frame_note()
        if self.has_class(ROOM) and self.room.display:
            self.show_room()
        if self._now().minute != self._minute:
            self._minute = self._now().minute
            self.messages.times_changed()
        if self._now().date() != self._today:
            self._today = self._now().date()
            self.messages.names_changed()

    def take_changes(self, changes: "Sequence[tuple[str, change.Change]]") -> None:
        super().take_changes(changes)
        if self.composer.offers and any(isinstance(item, change.MembersChanged) for _, item in changes):
            self.composer.look_for_offers()
        if any(key == self.chosen.account_key and isinstance(item, change.GuildsChanged) for key, item in changes):
            self._open_member_list()
        for account_key, item in changes:
            if isinstance(item, change.MessageAdded):
                self._notice_message(account_key, item)
        if self.spoken_page is not None:
            self._show_voice()
