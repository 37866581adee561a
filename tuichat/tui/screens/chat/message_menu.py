"""The menu of a message: all that can be done with this one, for the mouse and for who does not know the keys yet."""

from typing import TYPE_CHECKING

from msgspec import UNSET
from textual import on

from tuichat.client.state import Entry, State
from tuichat.protocol.application_command import CommandType
from tuichat.protocol.message import WRITTEN_TYPES, MessageFlag
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.poll import Poll
from tuichat.text.channel_names import ChannelNames
from tuichat.text.markup import CodeBlock, parse
from tuichat.tui import message_gestures
from tuichat.tui.screens.chat.message_marks import MessageMarks

if TYPE_CHECKING:
    from tuichat.tui.screens.action_menu import ActionMenu, MenuRow


def possible_actions(state: State, channel_id: int, entry: Entry) -> list[str]:
    """Return the ids of what can be done with a message that the server has, in the menu's order."""
    message, names = entry.message, ChannelNames(state, channel_id)
    is_in_guild = state.guild_of(channel_id) is not None
    is_mine, is_written = names.is_me(message.author.id), message.type in WRITTEN_TYPES
    is_private = bool(message.flags & MessageFlag.EPHEMERAL)
    granted = state.permissions(channel_id)
    may_pin = not is_in_guild or bool(granted & (Permissions.PIN_MESSAGES | Permissions.MANAGE_MESSAGES))
    has_reactions = isinstance(message.reactions, list) and bool(message.reactions)
    has_code = any(isinstance(block, CodeBlock) for block in parse(message.content, names))
    is_shown = is_written and not is_private
    offered = {
        "messages.reply": not is_private,
        "messages.react": is_shown and (not is_in_guild or bool(granted & Permissions.ADD_REACTIONS) or has_reactions),
        "messages.who_reacted": has_reactions or isinstance(message.poll, Poll),
        "messages.edit": is_mine and is_shown,
        "messages.pin": is_shown and may_pin,
        "messages.thread": is_shown and is_in_guild and not names.is_thread,
        "messages.forward": is_shown,
        "messages.copy": is_written,
        "messages.copy_link": not is_private,
        "messages.copy_code": has_code,
        "messages.save_file": bool(message.attachments),
        "messages.open_file": bool(message.attachments),
        "messages.copy_url": bool(message.attachments),
        "messages.press": is_written,
        "messages.select_text": True,
        "messages.mark_unread": not is_private,
        "messages.profile": message.webhook_id is UNSET,
        "messages.report": is_shown and not is_mine and is_in_guild,
        "messages.delete": names.may_delete(message) or is_private,
    }
    return [action_id for action_id, is_possible in offered.items() if is_possible]


class MessageMenu(MessageMarks):
    @on(message_gestures.MessageMenuAsked)
    def _message_menu_asked(self, event: message_gestures.MessageMenuAsked) -> None:
        from tuichat.tui.screens.action_menu import ActionMenu, action_rows

        entry, state, channel_id = self.entry_of(event.key), self.state, self.chosen.channel_id
        if entry is None or state is None or channel_id is None:
            return
        self.messages.select(event.key)
        menu = ActionMenu(action_rows(possible_actions(state, channel_id, entry), self.key_table))

        async def left(row_id: str | None) -> None:
            if row_id is not None and not self.use_command(row_id, entry.message.id):
                await self.run_by_id(row_id)

        self.app.push_screen(menu, left)
        self.run_worker(self._add_commands(menu))

    async def _add_commands(self, menu: "ActionMenu") -> None:
        menu.add_rows(await self.listed_commands(CommandType.MESSAGE))

    async def listed_commands(self, kind: CommandType) -> "list[MenuRow]":
        """Return the bots' commands for messages or people; the subject of bots' commands knows them."""
        return []

    def use_command(self, row_id: str, target_id: int) -> bool:
        """Use a command of a menu on a message or on somebody; return whether the row was one."""
        return False
