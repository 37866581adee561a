"""Panes: which are shown, which has the focus, and what the footer says of it."""

from textual import events, on
from textual.widget import Widget

from tuichat.commands.screen import Severity
from tuichat.translation import _
from tuichat.tui import gestures, keys, message_gestures
from tuichat.tui.key_table import KeyTable
from tuichat.tui.panes.composer import Composer
from tuichat.tui.panes.footer import Footer
from tuichat.tui.panes.message_list import MessageList
from tuichat.tui.panes.room_pane import RoomPane
from tuichat.tui.panes.voice_pane import VoicePane
from tuichat.tui.screens.chat.frame import MEDIUM, NARROW, ROOM, TALK, WIDE
from tuichat.tui.screens.chat.jumping import Jumping
from tuichat.tui.widgets.line_list import LineList

PANES = ("rail", "channels", "messages", "voice", "room", "composer", "members")  # in the order of F6
MAX_PROBLEMS = 2  # with the keys that are told at once (taste)


class Panes(Jumping):
    def keep_layout(self) -> None:
        """Keep how the screen is, for the next start; the subject of tabs does it."""

    def _hide_overlays(self) -> None:
        self.remove_class("-channels-shown", "-members-shown")
        self.show_header()

    @on(gestures.ChannelsAsked)
    def action_toggle_channels(self) -> None:
        if self.has_class(NARROW):
            self.toggle_class("-channels-shown")
            self.remove_class("-members-shown")
            self.channels.move_cursor_to(("channel", self.chosen.channel_id))
            (self.channels if self.has_class("-channels-shown") else self.main_pane).focus()
        else:
            self.toggle_class("-channels-hidden")
        self.show_header()
        self.keep_layout()

    @on(gestures.MembersAsked)
    def action_toggle_members(self) -> None:
        if self.has_class(WIDE) and not self.has_class(ROOM):
            self.toggle_class("-members-hidden")
        else:
            self.toggle_class("-members-shown")
            self.remove_class("-channels-shown")
            (self.members if self.has_class("-members-shown") else self.main_pane).focus()
        self.show_header()
        self.keep_layout()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._after_resize)

    def _after_resize(self) -> None:
        if self.has_class(WIDE) or self.has_class(MEDIUM):
            self.remove_class("-channels-shown")
        if self.has_class(WIDE) and not self.has_class(ROOM):
            self.remove_class("-members-shown")
        self.show_header()
        if self.focused is None or not _is_visible(self.focused):
            self.main_pane.focus()

    @property
    def main_pane(self) -> Composer | VoicePane | RoomPane:
        """Return what is used first of what is shown: the page of what is spoken, else the composer."""
        page = self.spoken_page
        return self.composer if page is None or not page.display else page

    def action_toggle_talk(self) -> None:
        """Go from the page of a voice channel or stage to what is written there, or back."""
        page = self.spoken_page
        if page is None:
            self.app.notify(_("Open a voice channel (♪) or a stage (◈) first."), timeout=4)
            return
        is_talk = self.focused is not None and self.talk in self.focused.ancestors
        self.set_class(not is_talk, TALK)
        if not is_talk and self.messages.follows:
            self._mark_read()
        (page if is_talk else self.composer).focus()
        self._show_hints()

    def action_next_pane(self) -> None:
        self._focus_pane(1)

    def action_previous_pane(self) -> None:
        self._focus_pane(-1)

    def _focus_pane(self, step: int) -> None:
        panes = [pane for name in PANES if _is_visible(pane := self.query_one(f"#{name}"))]
        if not panes:
            return
        index = panes.index(self.focused) if self.focused in panes else 0
        panes[(index + step) % len(panes)].focus()

    def action_back(self) -> None:
        if self.has_class("-channels-shown") or self.has_class("-members-shown"):
            self._hide_overlays()
            self.main_pane.focus()
        elif self.messages.is_selecting_text:
            self.messages.action_leave()
        elif self.focused is not self.composer and self.shows_talk:
            self.messages.select(None)
            self.composer.focus()
        elif self.return_to_search() or (not self.messages.follows and self.go_back_here()):
            return
        elif self.spoken_page is not None and not self.spoken_page.display:
            self.action_toggle_talk()
        elif self.messages.selected_key is not None:
            self.messages.select(None)
        else:
            self._clear_new_line()
            self.messages.scroll_to_end()

    def on_descendant_focus(self) -> None:
        self._show_hints()

    def _show_hints(self) -> None:
        focused = self.focused
        entries = keys.FOOTER_COMPOSER
        if self.messages.is_selecting_text:
            entries = keys.FOOTER_SELECTION
        elif isinstance(focused, MessageList):
            entries = keys.FOOTER_MESSAGES
        elif isinstance(focused, VoicePane):
            entries = keys.FOOTER_VOICE
        elif isinstance(focused, RoomPane):
            entries = self.room_hints()
        elif isinstance(focused, LineList):
            entries = keys.FOOTER_LIST
        elif self.spoken_page is not None and not self.spoken_page.display:
            entries = (*entries[:1], keys.BACK_TO_PAGE, *entries[1:])
        self.query_one("#footer", Footer).show(self.key_table.footer(entries))

    def room_hints(self) -> keys.FooterEntries:
        """Return what the footer tells in a room; the subject of rooms knows what can be done there."""
        return keys.FOOTER_ROOM

    def use_keys(self, table: KeyTable) -> None:
        """Have these keys from now on."""
        self.key_table = table
        if self.is_mounted:
            self._show_keys()

    def _show_keys(self) -> None:
        self.composer.key_actions = self.key_table.composer_actions()
        self._show_hints()

    def show_key_problems(self) -> None:
        """Say which keys of the settings cannot be used as they stand."""
        for problem in self.key_table.problems[:MAX_PROBLEMS]:
            self.show_notice(problem, Severity.WARNING)

    @on(message_gestures.SelectionMoved)
    def _selection_moved(self) -> None:
        self._show_hints()

    @on(gestures.HintChosen)
    async def _hint_chosen(self, event: gestures.HintChosen) -> None:
        await self.run_by_id(event.action)

    async def run_by_id(self, action_id: str) -> None:
        """Do what an action of the table of keys does, as if its key had been pressed at its place."""
        action = keys.BY_ID[action_id]
        match action.scope:
            case keys.Scope.APP:
                await self.app.run_action(action.name)
            case keys.Scope.COMPOSER:
                self.composer.focus()
                await self.composer.run_action(action.name)
            case keys.Scope.MESSAGES | keys.Scope.SELECTION:
                await self.messages.run_action(action.name)
            case keys.Scope.VOICE:
                await self.voice.run_action(action.name)
            case keys.Scope.ROOM:
                await self.room.run_action(action.name)
            case keys.Scope.LIST:
                if isinstance(self.focused, LineList):
                    await self.focused.run_action(action.name)
            case _:
                await self.run_action(action.name)


def _is_visible(widget: Widget) -> bool:
    return widget.display and all(parent.display for parent in widget.ancestors if isinstance(parent, Widget))
