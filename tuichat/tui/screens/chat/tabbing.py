"""Tabs, and the layout that comes back at the next start."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on

from tuichat.client.state import Connection
from tuichat.text.channel_names import channel_name
from tuichat.translation import _
from tuichat.tui import gestures, rows
from tuichat.tui.destinations import Destination
from tuichat.tui.layout_book import Layout, LayoutBook
from tuichat.tui.panes.tab_bar import TabBar, TabLabel
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.chat.finding import Finding
from tuichat.tui.tabs import MAX_TABS, Tabs

if TYPE_CHECKING:
    from tuichat.config.schema import Settings


class Tabbing(Finding):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._tabs = Tabs()
        self._wants_tab = False  # the next channel that is gone to opens in a tab of its own
        self._layout_book: LayoutBook | None = None

    def go_to(self, chosen: Chosen) -> None:
        wants_tab, self._wants_tab = self._wants_tab, False
        if wants_tab:
            self._tabs.open(chosen)
        else:
            self._tabs.show(chosen)
        super().go_to(chosen)
        self.keep_layout()

    def action_open_tab(self) -> None:
        if len(self._tabs.items) == MAX_TABS:
            self.app.notify(_("{count} tabs are the most there can be.").format(count=MAX_TABS), timeout=3)
            return
        self.choose_destination(self._tab_wanted)

    def _tab_wanted(self, destination: Destination | None) -> None:
        self._wants_tab = destination is not None
        self._switched(destination)

    def action_close_tab(self) -> None:
        self._close_tab(self._tabs.index)

    def action_next_tab(self) -> None:
        self._step_tab(1)

    def action_previous_tab(self) -> None:
        self._step_tab(-1)

    def _step_tab(self, step: int) -> None:
        self._tabs.step(step)
        self.go_to(self._tabs.shown)

    def action_move_tab_right(self) -> None:
        self._tabs.move(1)
        self.show_tabs()

    def action_move_tab_left(self) -> None:
        self._tabs.move(-1)
        self.show_tabs()

    @on(gestures.TabChosen)
    def _tab_chosen(self, event: gestures.TabChosen) -> None:
        if event.index < len(self._tabs.items):
            self._tabs.index = event.index
            self.go_to(self._tabs.shown)

    @on(gestures.TabClosed)
    def _tab_closed(self, event: gestures.TabClosed) -> None:
        self._close_tab(event.index)

    def _close_tab(self, index: int) -> None:
        if len(self._tabs.items) == 1:
            self.app.notify(_("This is the only tab. ctrl+q quits."), timeout=3)
            return
        self._tabs.close(index)
        self.go_to(self._tabs.shown)
        self.show_tabs()
        self.keep_layout()

    def show_tabs(self) -> None:
        self._tabs.forget(self._may_show)
        labels = [self._label(item, is_shown=index == self._tabs.index) for index, item in enumerate(self._tabs.items)]
        self.set_class(len(labels) > 1, "-tabs")
        self.query_one("#tabs", TabBar).show(labels)

    def _may_show(self, chosen: Chosen) -> bool:
        """Say whether a channel is there, or may yet come: its account is not connected."""
        state = self.states.get(chosen.account_key)
        if state is None:
            return not self._clients
        return chosen.channel_id in state.channels or state.connection is not Connection.READY

    def _label(self, chosen: Chosen, *, is_shown: bool) -> TabLabel:
        state = self.states.get(chosen.account_key)
        channel = state.channels.get(chosen.channel_id or 0) if state is not None else None
        if state is None or channel is None:
            return TabLabel("…", is_shown)
        name = rows.channel_kind(channel).value + channel_name(channel)
        return TabLabel(name, is_shown, state.is_unread(channel.id), state.mention_count(channel.id))

    # The layout.

    def use_layout(self, book: LayoutBook, layout: Layout) -> None:
        """Begin as the screen was left, as far as what it showed is there."""
        self._layout_book = book
        self._folded = set(layout.folded)
        self._last_channel = {(account, guild): channel for account, guild, channel in layout.last_channels}
        if not layout.has_channels:
            self.add_class("-channels-hidden")
        if layout.has_members is not None:
            self.set_class(not layout.has_members, "-members-hidden")
        if layout.tabs:
            self._tabs = Tabs(layout.tabs, layout.shown_tab)
            self.wanted = self._tabs.shown

    def keep_layout(self) -> None:
        book = self._layout_book
        if book is None or not self.is_attached or self.wanted is not None:
            return
        hides_members = self.has_class("-members-hidden")
        layout = Layout(
            tabs=tuple(self._tabs.items),
            shown_tab=self._tabs.index,
            last_channels=tuple((account, guild, each) for (account, guild), each in self._last_channel.items()),
            folded=tuple(sorted(self._folded)),
            has_channels=not self.has_class("-channels-hidden"),
            has_members=None if hides_members is not self.settings.ui.show_members else not hides_members,
        )
        self.run_worker(lambda: book.save(layout), thread=True, group="layout", exclusive=True)
