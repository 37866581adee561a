"""The dialogs that the main screen opens."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on

from tuichat.text.safe_text import safe_block, safe_line
from tuichat.translation import _
from tuichat.tui import gestures
from tuichat.tui.screens.chat.reminding import Reminding

if TYPE_CHECKING:
    from tuichat.config.schema import Settings


class Dialogs(Reminding):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._pins: dict[str, str] = {}  # fingerprints of certificates to trust, by the address as it was typed

    def action_help(self) -> None:
        from tuichat.tui.screens.text_dialog import TextDialog, help_rows

        self.app.push_screen(TextDialog(_("Keys"), help_rows(self.key_table.help()), is_large=True))

    @on(gestures.InviteAsked)
    def action_invite(self) -> None:
        from tuichat.tui.screens.invite import InviteDialog

        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            self.app.notify(_("Open a channel first: an invite leads to it."), severity="warning", timeout=3)
            return
        self.app.push_screen(InviteDialog(client, channel_id, is_personal=client.key in self._personal_keys))

    @on(gestures.AddServerAsked)
    def action_servers(self) -> None:
        from tuichat.tui.screens.servers import ServersScreen

        if self.accounts is not None:
            screen = ServersScreen(self.accounts, self._personal_keys, self._pins)

            async def left(answer: str | None) -> None:
                await self._server_added(answer)
                if answer is not None and screen.landing is not None:
                    self.attempt(self.land(answer, *screen.landing))

            self.app.push_screen(screen, left)

    async def _server_added(self, answer: str | None) -> None:
        from tuichat.tui.screens.servers import OWN_SERVER

        if answer == OWN_SERVER:
            await self.run_action("app.own_server")
        elif answer is not None:
            self.go_to_account(answer)

    def show_text(self, title: str, text: str) -> None:
        from tuichat.tui.screens.text_dialog import TextDialog, text_rows

        self.app.push_screen(TextDialog(safe_line(title), text_rows(safe_block(text)), is_large=True))

    def copy_text(self, text: str) -> bool:
        self.app.copy_to_clipboard(text)
        return True

    async def confirm(self, question: str, detail: str, label: str) -> bool:
        """Ask, and wait for the answer: for commands, which run in workers."""
        from tuichat.tui.screens.confirm import ConfirmDialog

        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def decided(is_sure: bool | None) -> None:
            if not answer.done():
                answer.set_result(bool(is_sure))

        self.app.push_screen(ConfirmDialog(safe_line(question), safe_block(detail), label), decided)
        return await answer

    def quit(self) -> None:
        self.app.exit(0)

    def action_leader(self) -> None:
        """Show how sequences of keys go on."""
        from tuichat.tui.screens.which_key import WhichKeyScreen

        self.app.push_screen(WhichKeyScreen(self.key_table), self._sequence_ended)

    async def _sequence_ended(self, action_id: str | None) -> None:
        if action_id is not None:
            await self.run_by_id(action_id)
