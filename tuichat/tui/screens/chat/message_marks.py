"""What is made of a message: pins, threads, forwards, links, code, and being unread."""

from textual import on

from tuichat.commands.naming.named_message import message_link
from tuichat.protocol.message import MAX_CONTENT_CHARACTERS
from tuichat.protocol.permissions import Permissions
from tuichat.text.channel_names import ChannelNames
from tuichat.text.markup import CodeBlock, parse
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import message_gestures
from tuichat.tui.destinations import Destination, Kind
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.chat.pressing import Pressing
from tuichat.tui.screens.chat.threading import Threading

MAX_CODE_LABEL = 80  # characters of a block that tell it from others


class MessageMarks(Threading, Pressing):
    def go_to(self, chosen: Chosen) -> None:
        if chosen != self.chosen:
            self.kept_unread = None
        super().go_to(chosen)

    # Pins, threads, forwards.

    @on(message_gestures.PinAsked)
    def _pin_asked(self, event: message_gestures.PinAsked) -> None:
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

    @on(message_gestures.ThreadAsked)
    def _thread_asked(self, event: message_gestures.ThreadAsked) -> None:
        self.messages.select(event.key)
        self.action_begin_thread()

    @on(message_gestures.ForwardAsked)
    def _forward_asked(self, event: message_gestures.ForwardAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        message_id = entry.message.id

        def chosen(destination: Destination | None) -> None:
            if destination is not None:
                self._ask_for_comment(channel_id, message_id, destination)

        self.choose_receiver(client.key, _("Forward to a channel or a person"), chosen)

    def _ask_for_comment(self, channel_id: int, message_id: int, destination: Destination) -> None:
        from tuichat.tui.screens.line_form import LineForm

        def entered(comment: str | None) -> None:
            if comment is not None:
                self.attempt(self._forward(channel_id, message_id, destination, comment))

        title = _("Forward to {name}: your comment below it, or none").format(name=destination.name)
        self.app.push_screen(LineForm(title, max_characters=MAX_CONTENT_CHARACTERS), entered)

    async def _forward(self, channel_id: int, message_id: int, destination: Destination, comment: str) -> None:
        client = self._clients[destination.account_key]
        to_id = destination.id
        if destination.kind is Kind.PERSON:
            to_id = int((await client.places.open_private_channel(destination.id)).id)
        await client.marks.forward(channel_id, message_id, to_id, f"{self.now_unix_ms()}{message_id % 100_000}")
        if comment:
            client.send_message(to_id, comment)
        self.app.notify(_("Forwarded to {name}.").format(name=destination.name), markup=False, timeout=3)

    # Copying.

    @on(message_gestures.LinkCopyAsked)
    def _link_copy_asked(self, event: message_gestures.LinkCopyAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is not None and client is not None and channel_id is not None:
            self.app.copy_to_clipboard(message_link(client, channel_id, int(entry.message.id)))
            self.app.notify(_("A link to the message is copied."), timeout=2)

    @on(message_gestures.CodeCopyAsked)
    def _code_copy_asked(self, event: message_gestures.CodeCopyAsked) -> None:
        entry, state, channel_id = self.entry_of(event.key), self.state, self.chosen.channel_id
        if entry is None or state is None or channel_id is None:
            return
        blocks = parse(entry.message.content, ChannelNames(state, channel_id))
        code = ["\n".join(block.lines) for block in blocks if isinstance(block, CodeBlock)]
        if not code:
            self.app.notify(_("It holds no code block."), severity="warning", timeout=3)
            return
        if len(code) == 1:
            self._copy_code(code[0])
            return
        from tuichat.tui.screens.action_menu import ActionMenu, MenuRow

        def chosen(number: str | None) -> None:
            if number is not None:
                self._copy_code(code[int(number)])

        listed = [MenuRow(str(at), safe_line(text.strip()[:MAX_CODE_LABEL]) or "–", "") for at, text in enumerate(code)]
        self.app.push_screen(ActionMenu(listed, _("Which code block?")), chosen)

    def _copy_code(self, code: str) -> None:
        self.app.copy_to_clipboard(code)
        self.app.notify(_("Its code is copied."), timeout=2)

    # Being unread.

    @on(message_gestures.UnreadAgainAsked)
    def _unread_again_asked(self, event: message_gestures.UnreadAgainAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        self.kept_unread = channel_id  # until it is left: what is in view is not read meanwhile
        self.open_channel_memory.new_after = int(entry.message.id) - 1
        self.messages.set_new_after(int(entry.message.id) - 1)
        self.attempt(client.mark_unread(channel_id, entry.message.id))
