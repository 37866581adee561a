"""What is done with a message: reply, edit, delete, copy, send again."""

from textual import on

from tuichat.client.state import Delivery
from tuichat.protocol.message import MessageFlag
from tuichat.text import mention_text
from tuichat.text.channel_names import ChannelNames
from tuichat.text.markup import plain_text
from tuichat.text.message_time import Clock, moment_words
from tuichat.text.safe_text import safe_block, safe_line
from tuichat.translation import _, ngettext
from tuichat.tui import gestures, message_gestures
from tuichat.tui.open_channel import Purpose
from tuichat.tui.screens.chat.writing import Writing


class MessageActions(Writing):
    @on(message_gestures.ReplyAsked)
    def _reply_asked(self, event: message_gestures.ReplyAsked) -> None:
        entry = self.entry_of(event.key)
        if entry is not None and entry.delivery is Delivery.CONFIRMED:
            self._begin(Purpose.REPLY, entry.message.id, self.composer.text)

    @on(message_gestures.EditAsked)
    def _edit_asked(self, event: message_gestures.EditAsked) -> None:
        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        text = mention_text.decode(entry.message.content, client.state, channel_id)
        if entry.delivery is Delivery.FAILED:
            # What was never sent comes back into the composer as a new text.
            client.discard_message(channel_id, entry.key)
            self.composer.set_text(text)
            self.composer.focus()
        elif self._is_mine(entry) and entry.delivery is Delivery.CONFIRMED:
            self.messages.select(entry.key)
            self._begin(Purpose.EDIT, entry.message.id, text)
        else:
            self.app.notify(_("Only your own messages can be edited."), severity="warning", timeout=3)

    @on(gestures.EditLastAsked)
    def _edit_last_asked(self) -> None:
        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None:
            return
        timeline = state.timeline(channel_id)
        for index in range(len(timeline) - 1, max(-1, len(timeline) - 500), -1):
            if self._is_mine(timeline[index]) and timeline[index].delivery is not Delivery.PENDING:
                self.post_message(message_gestures.EditAsked(timeline[index].key))
                return

    @on(message_gestures.DeleteAsked)
    def _delete_asked(self, event: message_gestures.DeleteAsked) -> None:
        from tuichat.tui.screens.confirm import ConfirmDialog

        entry, client, channel_id = self.entry_of(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        if entry.message.flags & MessageFlag.EPHEMERAL:
            self.post_message(message_gestures.DismissAsked(entry.key))
            return
        names = ChannelNames(client.state, channel_id)
        if not names.may_delete(entry.message):
            self.app.notify(_("You may not delete this message."), severity="warning", timeout=3)
            return
        message_id = entry.message.id

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.attempt(client.delete_message(channel_id, message_id))
                self.messages.select(None)

        words = plain_text(entry.message.content, names) or _("(no text)")
        detail = f"{names.author(entry)}: {words[:300]}"
        self.app.push_screen(ConfirmDialog(_("Delete this message for everyone?"), detail, _("delete")), decided)

    @on(message_gestures.CopyAsked)
    def _copy_asked(self, event: message_gestures.CopyAsked) -> None:
        entry = self.entry_of(event.key)
        state, channel_id = self.state, self.chosen.channel_id
        if entry is not None and state is not None and channel_id is not None:
            self.app.copy_to_clipboard(safe_block(mention_text.decode(entry.message.content, state, channel_id)))
            self.app.notify(_("Copied."), timeout=2)

    @on(message_gestures.TextSelected)
    def _text_selected(self, event: message_gestures.TextSelected) -> None:
        self.app.copy_to_clipboard(event.text)
        count = len(event.text)
        self.app.notify(ngettext("{count} sign copied.", "{count} signs copied.", count).format(count=count), timeout=2)

    @on(message_gestures.RetryAsked)
    def _retry_asked(self, event: message_gestures.RetryAsked) -> None:
        if self.client is not None and self.chosen.channel_id is not None:
            self.client.retry_message(self.chosen.channel_id, event.key)

    @on(message_gestures.DiscardAsked)
    def _discard_asked(self, event: message_gestures.DiscardAsked) -> None:
        if self.client is not None and self.chosen.channel_id is not None:
            self.client.discard_message(self.chosen.channel_id, event.key)
            self.messages.select(None)

    @on(message_gestures.LinkChosen)
    def _link_chosen(self, event: message_gestures.LinkChosen) -> None:
        self.app.copy_to_clipboard(event.address)
        self.app.notify(_("Copied {address}").format(address=safe_line(event.address)), markup=False, timeout=4)

    @on(message_gestures.EmojiNameAsked)
    def _emoji_name_asked(self, event: message_gestures.EmojiNameAsked) -> None:
        self.app.notify(f":{safe_line(event.name)}:", markup=False, timeout=3)

    @on(message_gestures.MomentAsked)
    def _moment_asked(self, event: message_gestures.MomentAsked) -> None:
        words = moment_words(event.seconds, "F", Clock(self._now().date(), is_12h=self._is_12h))
        distance = moment_words(event.seconds, "R", Clock(self._now().date(), now=self._now()))
        if words is not None and distance is not None:
            self.app.notify(f"{words}\n{distance}", markup=False, timeout=5)
