"""What is put on a message or taken from it: reactions, pins, threads, forwards, links, code, and being unread."""

from textual import on

from tuichat.client.message_marks import emoji_of
from tuichat.client.state import Entry
from tuichat.config.accounts import UrlAddress
from tuichat.protocol.permissions import Permissions
from tuichat.translation import _
from tuichat.tui import gestures, rows
from tuichat.tui.channel_names import ChannelNames
from tuichat.tui.destinations import Destination, Kind
from tuichat.tui.markup import CodeBlock, parse
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.chat.message_actions import MessageActions
from tuichat.tui.screens.chat.threading import Threading

RECENT_EMOJIS = 9
# What the menu of a message offers, in its order.
MENU = (
    "messages.reply",
    "messages.react",
    "messages.who_reacted",
    "messages.edit",
    "messages.pin",
    "messages.thread",
    "messages.forward",
    "messages.copy",
    "messages.copy_link",
    "messages.copy_code",
    "messages.select_text",
    "messages.mark_unread",
    "messages.delete",
)


class MessageMarks(Threading, MessageActions):
    def go_to(self, chosen: Chosen) -> None:
        if chosen != self.chosen:
            self.kept_unread = None
        super().go_to(chosen)

    # Reactions.

    @on(gestures.ReactAsked)
    def _react_asked(self, event: gestures.ReactAsked) -> None:
        from tuichat.tui.screens.emoji_picker import EmojiPicker

        def chosen(value: str | None) -> None:
            if value is not None:
                self._toggle_reaction(event.key, value)

        self.app.push_screen(EmojiPicker(self._recent_emojis(), self._own_emojis()), chosen)

    def _recent_emojis(self) -> list[str]:
        return self.frecency.top("emoji:", RECENT_EMOJIS, self.now_unix_ms())

    def _own_emojis(self) -> list[tuple[str, int]]:
        state, channel_id = self.state, self.chosen.channel_id
        guild = state.guild_of(channel_id) if state is not None and channel_id is not None else None
        emojis = guild.guild.emojis if guild is not None else []
        return [
            (emoji.name, int(emoji.id)) for emoji in emojis if emoji.name and emoji.id is not None and emoji.available
        ]

    @on(gestures.ReactionToggled)
    def _reaction_toggled(self, event: gestures.ReactionToggled) -> None:
        self._toggle_reaction(event.key, event.emoji)

    def _toggle_reaction(self, key: str, value: str) -> None:
        entry, client, channel_id = self.entry_of(key), self.client, self.chosen.channel_id
        if entry is not None and client is not None and channel_id is not None:
            self._count_use(f"emoji:{value}")
            self.attempt(client.marks.toggle_reaction(channel_id, entry.message.id, emoji_of(value)))

    @on(gestures.WhoReactedAsked)
    def _who_reacted_asked(self, event: gestures.WhoReactedAsked) -> None:
        from tuichat.tui.screens.reactors import ReactorsDialog

        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        reactions = entry.message.reactions
        if not isinstance(reactions, list) or not reactions:
            self.app.notify(_("Nobody has reacted to it yet."), timeout=2)
            return
        self.app.push_screen(ReactorsDialog(client, channel_id, entry.message.id, reactions))

    # Pins, threads, forwards.

    @on(gestures.PinAsked)
    def _pin_asked(self, event: gestures.PinAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        state = client.state
        may_pin = Permissions.PIN_MESSAGES | Permissions.MANAGE_MESSAGES
        if state.guild_of(channel_id) is not None and not state.permissions(channel_id) & may_pin:
            self.app.notify(_("You may not pin messages here."), severity="warning", timeout=3)
        elif entry.message.pinned:
            self.attempt(client.pins.of(channel_id).unpin(entry.message.id))
        else:
            self.attempt(client.marks.pin(channel_id, entry.message.id))

    @on(gestures.ThreadAsked)
    def _thread_asked(self, event: gestures.ThreadAsked) -> None:
        self.messages.select(event.key)
        self.action_begin_thread()

    @on(gestures.ForwardAsked)
    def _forward_asked(self, event: gestures.ForwardAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        message_id, key = entry.message.id, client.key

        def chosen(destination: Destination | None) -> None:
            if destination is None:
                return
            if destination.account_key != key or destination.kind not in (Kind.CHANNEL, Kind.PERSON):
                self.app.notify(_("A message goes to a channel or a person of the same account."), severity="warning")
            else:
                self.attempt(self._forward(channel_id, message_id, destination))

        self.choose_destination(chosen)

    async def _forward(self, channel_id: int, message_id: int, destination: Destination) -> None:
        client = self._clients[destination.account_key]
        to_id = destination.id
        if destination.kind is Kind.PERSON:
            to_id = int((await client.open_private_channel(destination.id)).id)
        await client.marks.forward(channel_id, message_id, to_id, f"{self.now_unix_ms()}{message_id % 100_000}")
        self.app.notify(_("Forwarded to {name}.").format(name=destination.name), markup=False, timeout=3)

    # Copying.

    @on(gestures.LinkCopyAsked)
    def _link_copy_asked(self, event: gestures.LinkCopyAsked) -> None:
        entry = self.entry_of(event.key)
        if entry is not None:
            self.app.copy_to_clipboard(self._link_of(entry))
            self.app.notify(_("A link to the message is copied."), timeout=2)

    def _link_of(self, entry: Entry) -> str:
        """Return the address of a message, in the form that Discord's have."""
        address = self.client.account.address if self.client is not None else None
        base = address.url.rstrip("/") if isinstance(address, UrlAddress) else "https://localhost"
        guild = "@me" if self.chosen.guild_id in (None, rows.PRIVATE) else str(self.chosen.guild_id)
        return f"{base}/channels/{guild}/{self.chosen.channel_id}/{int(entry.message.id)}"

    @on(gestures.CodeCopyAsked)
    def _code_copy_asked(self, event: gestures.CodeCopyAsked) -> None:
        entry, state, channel_id = self.entry_of(event.key), self.state, self.chosen.channel_id
        if entry is None or state is None or channel_id is None:
            return
        blocks = parse(entry.message.content, ChannelNames(state, channel_id))
        code = ["\n".join(block.lines) for block in blocks if isinstance(block, CodeBlock)]
        if not code:
            self.app.notify(_("It holds no code block."), severity="warning", timeout=3)
            return
        self.app.copy_to_clipboard("\n\n".join(code))
        self.app.notify(_("Its code is copied."), timeout=2)

    # Being unread, and the menu.

    @on(gestures.UnreadAgainAsked)
    def _unread_again_asked(self, event: gestures.UnreadAgainAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        self.kept_unread = channel_id  # until it is left: what is in view is not read meanwhile
        self.open_channel_memory.new_after = int(entry.message.id) - 1
        self.messages.set_new_after(int(entry.message.id) - 1)
        self.attempt(client.mark_unread(channel_id, entry.message.id))

    @on(gestures.MessageMenuAsked)
    def _message_menu_asked(self, event: gestures.MessageMenuAsked) -> None:
        from tuichat.tui.screens.action_menu import ActionMenu

        self.messages.select(event.key)
        self.app.push_screen(ActionMenu(MENU, self.key_table), self._menu_left)

    async def _menu_left(self, action_id: str | None) -> None:
        if action_id is not None:
            await self.run_by_id(action_id)
