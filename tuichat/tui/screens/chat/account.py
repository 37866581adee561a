"""The own account, and what is to be heard of: the screens for it."""

import time
from collections.abc import Callable

from textual import on

from tuichat.translation import _
from tuichat.tui import gestures
from tuichat.tui.screens.chat.notices import Notices


class Account(Notices):
    @on(gestures.AccountAsked)
    def action_account(self) -> None:
        from tuichat.tui.screens.account.menu import AccountMenu

        client = self.client
        if client is None or self.accounts is None:
            self.app.notify(_("No account yet: F5 signs in to a server."), severity="warning", timeout=3)
            return
        key = client.key
        self.app.push_screen(
            AccountMenu(client, self.accounts, _unix_ms), lambda answer: self._account_left(key, answer)
        )

    def _account_left(self, account_key: str, answer: str | None) -> None:
        from tuichat.tui.screens.account.menu import GONE, NOTIFICATIONS

        if answer == NOTIFICATIONS:
            self._show_notifications(then=self.action_account)
        elif answer == GONE and self.accounts is not None:
            self.attempt(self.accounts.remove(account_key))

    def action_notifications(self) -> None:
        self._show_notifications()

    def _show_notifications(self, then: Callable[[], None] | None = None) -> None:
        """Show what calls; `then` leads back to where it was asked for."""
        from tuichat.tui.screens.account.notifications import NotificationsScreen

        client = self.client
        if client is None:
            self.app.notify(_("No account yet: F5 signs in to a server."), severity="warning", timeout=3)
            return
        self.app.push_screen(
            NotificationsScreen(
                client,
                self.chosen.channel_id,
                lambda: self.settings,
                self.choose,
                self.notifier,
                reports_focus=self.reports_focus,
                now_ms=_unix_ms,
            ),
            None if then is None else lambda _left: then(),
        )

    def action_toggle_quiet(self) -> None:
        """Turn notices off on this computer, or on again."""
        is_quiet = not self.settings.notifications.do_not_disturb
        self.attempt(self.choose("notifications", "do_not_disturb", is_quiet))
        self.app.notify(_("No notices here from now on.") if is_quiet else _("Notices are on again."), timeout=3)


def _unix_ms() -> int:
    return time.time_ns() // 1_000_000
