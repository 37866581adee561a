"""What bots have put below their messages: buttons and menus that are pressed, forms that they answer with."""

from collections.abc import Sequence

from textual import on

from tuichat.client import change
from tuichat.client.change import ModalOpened
from tuichat.client.interactions import GivenComponent
from tuichat.client.state import Entry
from tuichat.protocol.interaction import ModalCreate
from tuichat.text import components
from tuichat.text.choices import choices_of, limits
from tuichat.text.components import Component, Kind
from tuichat.translation import _
from tuichat.tui import message_gestures
from tuichat.tui.messages.component_lines import component_label
from tuichat.tui.screens.chat.marking import Marking


class Pressing(Marking):
    @on(message_gestures.ComponentPressed)
    def _component_pressed(self, event: message_gestures.ComponentPressed) -> None:
        entry = self.entry_of(event.key)
        found = components.pressed(components.read(entry.message.components)) if entry is not None else []
        if entry is None or event.number >= len(found):
            return
        component = found[event.number]
        if component.is_select:
            self._choose_of(entry, component)
        else:
            self._press(entry, component, None)

    def _press(self, entry: Entry, component: Component, values: Sequence[str] | None) -> None:
        client = self.client
        if client is not None and component.custom_id:
            pressed = client.interactions.press(entry.message, component.custom_id, component.type, values)
            self.attempt(pressed)

    def _choose_of(self, entry: Entry, component: Component) -> None:
        from tuichat.tui.screens.pick import PickDialog

        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None:
            return

        def chosen(values: list[str] | None) -> None:
            if values is not None:
                self._press(entry, component, values)

        is_of_people = component.type in (Kind.USER_SELECT, Kind.MENTIONABLE_SELECT)
        dialog = PickDialog(
            component_label(component),
            lambda: choices_of(component, state, channel_id),
            limits(component, len(component.choices)),
            ask=self._ask_for_members if is_of_people else None,
        )
        self.app.push_screen(dialog, chosen)

    def _ask_for_members(self, beginning: str) -> None:
        """Have the server tell of a large guild's people whose names begin so; a list that shows takes them up."""
        client, guild_id = self.client, self.chosen.guild_id
        if client is not None and guild_id and client.state.lists_lazily(guild_id):
            self.attempt(client.members.search(guild_id, beginning))

    def take_changes(self, changes: Sequence[tuple[str, change.Change]]) -> None:
        super().take_changes(changes)
        for account_key, item in changes:
            if isinstance(item, ModalOpened):
                self._show_modal(account_key, item.modal)
            elif isinstance(item, change.MembersChanged):
                self._show_more_choices()

    def _show_more_choices(self) -> None:
        from tuichat.tui.screens.pick import PickDialog

        if isinstance(self.app.screen, PickDialog):
            self.app.screen.show_choices()

    def _show_modal(self, account_key: str, modal: ModalCreate) -> None:
        from tuichat.tui.screens.modal import ModalDialog

        client = self._clients.get(account_key)
        if client is None:
            return

        async def submit(given: list[GivenComponent]) -> None:
            await client.interactions.submit(modal, given)

        self.app.push_screen(ModalDialog(modal, client.state, submit, self._ask_for_members))

    @on(message_gestures.DismissAsked)
    def _dismiss_asked(self, event: message_gestures.DismissAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is not None and client is not None and channel_id is not None:
            client.interactions.dismiss_message(channel_id, entry.message.id)

    # All that can be pressed in a message.

    @on(message_gestures.PressablesAsked)
    def _pressables_asked(self, event: message_gestures.PressablesAsked) -> None:
        from tuichat.tui.screens.action_menu import ActionMenu, MenuRow

        if not event.found:
            self.app.notify(_("There is nothing to press in this message."), timeout=2)
            return

        def chosen(action: str | None) -> None:
            if action is not None:
                self.messages.press(event.key, action)

        listed = [MenuRow(action, words, "") for action, words in event.found]
        self.app.push_screen(ActionMenu(listed, _("What can be pressed")), chosen)
