"""The messages of one channel, or what was found: selected and acted upon by keys and mouse."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType

from tuichat.client.state import Delivery, Entry
from tuichat.tui import gestures, keys, message_gestures
from tuichat.tui.messages.drawn_messages import ChannelView
from tuichat.tui.messages.layout import WRITTEN
from tuichat.tui.messages.pressing import Pressing
from tuichat.tui.messages.view import ViewPosition
from tuichat.tui.text_selection import Place

__all__ = ["ChannelView", "MessageList", "ViewPosition"]


# What can be done with a message that the server has.
DEEDS: dict[str, type[message_gestures.MessageGesture]] = {
    "react": message_gestures.ReactAsked,
    "who": message_gestures.WhoReactedAsked,
    "pin": message_gestures.PinAsked,
    "thread": message_gestures.ThreadAsked,
    "forward": message_gestures.ForwardAsked,
    "copy_link": message_gestures.LinkCopyAsked,
    "copy_code": message_gestures.CodeCopyAsked,
    "unread": message_gestures.UnreadAgainAsked,
    "menu": message_gestures.MessageMenuAsked,
    "dismiss": message_gestures.DismissAsked,
    "report": message_gestures.ReportAsked,
    "author": message_gestures.AuthorAsked,
}


RIGHT_BUTTON = 3  # as terminals count


class MessageList(Pressing):
    """Shows messages; keys and mouse scroll them and select them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings(keys.Scope.SELECTION),
        *keys.bindings(keys.Scope.MESSAGES),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        is_of_selection = f"selection.{action}" in keys.BY_ID
        is_of_messages = f"messages.{action}" in keys.BY_ID
        if is_of_selection or is_of_messages:
            return is_of_selection if self._selection.is_active else is_of_messages
        return True

    # Selecting messages.

    @property
    def selected_key(self) -> str | None:
        return self._drawn.selected

    def select(self, key: str | None) -> None:
        self._drawn.selected = key
        self._sync()

    def timeline_changed(self, *, added: int = 0) -> None:
        """Show what the timeline holds now; where the selected message is gone, its neighbour is selected."""
        key = self._drawn.selected
        if key is not None and self._keys.index_of_key(key) is None:
            near = self._keys.index_near(key)
            self._drawn.selected = None if near is None else self._keys.key_at(near)
        super().timeline_changed(added=added)

    def show_message(self, message_id: int) -> bool:
        """Bring a message into view and select it; False when it is not known here."""
        entry = None if self._view is None else self._view.timeline.find(message_id)
        if entry is None:
            return False
        self._drawn.selected = entry.key
        self._show_selected()
        return True

    def _step(self, step: int) -> None:
        if self._view is None or not len(self._view.timeline):
            return
        timeline = self._view.timeline
        index = None if self._drawn.selected is None else timeline.index_of_key(self._drawn.selected)
        if index is None:
            in_view = [place.index for place in self._viewport.places if place.index >= 0]
            index = in_view[-1] if in_view else len(timeline) - 1
        elif index + step >= len(timeline):
            self.scroll_to_end()
            return
        else:
            index = max(0, index + step)
        self._drawn.selected = timeline[index].key
        self._show_selected()

    def _show_selected(self) -> None:
        assert self._view is not None
        assert self._drawn.selected is not None
        index = self._view.timeline.index_of_key(self._drawn.selected)
        if index is not None:
            self._viewport.lay_out(self._keys, self._height, self._height_of)
            self._viewport.show(index, self._keys, self._height, self._height_of)
            self._draw_places()

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_activate(self) -> None:
        entry = self.selected_entry
        if entry is None:
            self._step(-1)
        elif entry.delivery is Delivery.FAILED:
            self.post_message(message_gestures.RetryAsked(entry.key))
        elif self._view is not None and self._view.is_collection:
            self.post_message(message_gestures.MessageOpened(entry.key))
        else:
            self._toggle_spoilers(entry.key)

    def action_reply(self) -> None:
        self._post_for_selected("reply")

    def action_edit(self) -> None:
        self._post_for_selected("edit")

    def action_delete(self) -> None:
        self._post_for_selected("delete")

    def action_copy(self) -> None:
        self._post_for_selected("copy")

    def action_save_file(self) -> None:
        self._post_for_selected("file:save:")

    def action_open_file(self) -> None:
        self._post_for_selected("file:open:")

    def action_view_picture(self) -> None:
        self._post_for_selected("file:view:")

    def action_copy_url(self) -> None:
        self._post_for_selected("file:url:")

    def action_pause_file(self) -> None:
        self._post_for_selected("file:pause:")

    def action_cancel_file(self) -> None:
        self._post_for_selected("file:cancel:")

    def action_react(self) -> None:
        self._post_for_selected("react")

    def action_who_reacted(self) -> None:
        self._post_for_selected("who")

    def action_pin(self) -> None:
        self._post_for_selected("pin")

    def action_thread(self) -> None:
        self._post_for_selected("thread")

    def action_forward(self) -> None:
        self._post_for_selected("forward")

    def action_copy_link(self) -> None:
        self._post_for_selected("copy_link")

    def action_copy_code(self) -> None:
        self._post_for_selected("copy_code")

    def action_mark_unread(self) -> None:
        self._post_for_selected("unread")

    def action_report(self) -> None:
        self._post_for_selected("report")

    def action_profile(self) -> None:
        self._post_for_selected("author")

    def action_menu(self) -> None:
        self._post_for_selected("menu")

    def _post_for_selected(self, action: str) -> None:
        entry = self.selected_entry
        if entry is None:
            self._step(-1)
            entry = self.selected_entry
        if entry is not None:
            self._act(action, entry)

    def _act(self, action: str, entry: Entry) -> None:
        """Do what a part of a message means: post it, or show its spoilers."""
        kind, _, rest = action.partition(":")
        if kind in ("edit", "delete", "copy") and entry.message.type not in WRITTEN:
            return  # what the server tells has no words of anybody
        if kind in DEEDS and entry.delivery is Delivery.CONFIRMED:
            self.post_message(DEEDS[kind](entry.key))
            return
        match kind:
            case "toggle" if entry.delivery is Delivery.CONFIRMED:
                self.post_message(message_gestures.ReactionToggled(entry.key, rest))
            case "vote" if entry.delivery is Delivery.CONFIRMED:
                self.post_message(message_gestures.AnswerChosen(entry.key, int(rest)))
            case "poll":
                self.post_message(message_gestures.PollAsked(entry.key, rest))
            case "component":
                self.post_message(message_gestures.ComponentPressed(entry.key, int(rest)))
            case "user":
                self.post_message(message_gestures.ProfileAsked(int(rest)))
            case "slash":
                self.post_message(message_gestures.CommandChosen(rest))
            case "reply":
                self.post_message(message_gestures.ReplyAsked(entry.key))
            case "edit":
                self.post_message(message_gestures.EditAsked(entry.key))
            case "delete" if entry.delivery is Delivery.FAILED:
                self.post_message(message_gestures.DiscardAsked(entry.key))
            case "delete":
                self.post_message(message_gestures.DeleteAsked(entry.key))
            case "open":
                self.post_message(message_gestures.MessageOpened(entry.key))
            case "unpin":
                self.post_message(message_gestures.DeleteAsked(entry.key))
            case "copy":
                self.post_message(message_gestures.CopyAsked(entry.key))
            case "retry":
                self.post_message(message_gestures.RetryAsked(entry.key))
            case "discard":
                self.post_message(message_gestures.DiscardAsked(entry.key))
            case "reveal":
                self._toggle_spoilers(entry.key)
            case "link" | "picture":
                self.post_message(message_gestures.LinkChosen(rest))
            case "emoji":
                self.post_message(message_gestures.EmojiNameAsked(rest))
            case "time":
                self.post_message(message_gestures.MomentAsked(int(rest)))
            case "channel":
                self.post_message(message_gestures.ChannelLinkChosen(int(rest)))
            case "file":
                what, _, number = rest.partition(":")
                self.post_message(message_gestures.FileAsked(entry.key, what, int(number) if number else None))
            case "jump":
                self.post_message(gestures.JumpAsked(int(rest)))
            case "bar":
                self.post_message(
                    {"unread": gestures.UnreadAsked, "date": gestures.DateAsked}.get(rest, gestures.ReadAsked)()
                )

    def _toggle_spoilers(self, key: str) -> None:
        self._drawn.revealed ^= {key}
        self._sync()

    def action_select_text(self) -> None:
        """Begin at the selected message's first word, else at the newest one's in view."""
        if self.selected_entry is None:
            self._step(-1)
        entry = self.selected_entry
        index = None if entry is None else self._keys.index_of_key(entry.key)
        if entry is None or index is None:
            return
        lines = self._lines_of(index)
        number = next((number for number, line in enumerate(lines) if line.text_start), 0)
        self._drawn.selected = None
        self._begin_selection(Place(entry.key, number, lines[number].text_start))
        self._sync()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        offset = event.get_content_offset(self)
        if offset is None or self._view is None or self._has_dragged:
            return
        if event.chain > 1:
            self._select_around(offset.x, offset.y, whole=event.chain > 2)
            return
        place = self._place_at(offset.y)
        action = self._lines[offset.y].action_at(offset.x) if offset.y < len(self._lines) else None
        if place is None or place.index < 0:
            self.select(None)
            return
        entry = self._view.timeline[place.index]
        if event.button == RIGHT_BUTTON and not self._view.is_collection:
            self._act("menu", entry)
        elif action is not None:
            self._act(action, entry)
        elif self._view.is_collection:
            self.post_message(message_gestures.MessageOpened(entry.key))
        else:
            self.select(entry.key if entry.key != self._drawn.selected else None)
