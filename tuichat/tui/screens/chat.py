"""The main screen: takes the panes' gestures and the keys, and makes commands of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.widget import Widget

from tuichat.client import change
from tuichat.client.errors import ClientError
from tuichat.client.state import Connection, Delivery, Entry
from tuichat.protocol.message import MessageType
from tuichat.tui import completion, gestures, keys, mention_text, rows
from tuichat.tui.channel_names import ChannelNames
from tuichat.tui.markup import plain_text
from tuichat.tui.open_channel import Purpose
from tuichat.tui.panes.footer import Footer
from tuichat.tui.panes.message_list import MessageList
from tuichat.tui.panes.voice_pane import VoicePane
from tuichat.tui.rows import Chosen
from tuichat.tui.safe_text import safe_block, safe_line
from tuichat.tui.screens.chat_view import MEDIUM, NARROW, WIDE, ChatView
from tuichat.tui.voice_status import VoiceStatus
from tuichat.tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from tuichat.client.draft_book import DraftBook
    from tuichat.client.session import Accounts
    from tuichat.commands.context import Outcome
    from tuichat.commands.engine import Engine
    from tuichat.commands.screen import Severity
    from tuichat.config.schema import Settings

PANES = ("rail", "channels", "messages", "voice", "composer", "members")  # in the order of F6
COUNTDOWN_S = 1.0


class ChatScreen(ChatView):
    """Also what commands call a screen (`tuichat.commands.screen.Screen`)."""

    BINDINGS: ClassVar[list[BindingType]] = keys.CHAT

    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(now=now, is_12h=settings.ui.clock == "12h")
        self._settings = settings
        self._accounts: Accounts | None = None
        self._engine: Engine | None = None
        self._pins: dict[str, str] = {}  # fingerprints of certificates to trust, by the address as it was typed
        self._drafts: DraftBook | None = None
        self._voice_status = VoiceStatus(self._show_voice, is_enabled=settings.voice.enabled)
        self._is_focused = True
        self._today = now().date()

    # Life.

    def on_mount(self) -> None:
        self.composer.focus()
        self.composer.completer = self._complete
        self.set_class(not self._settings.ui.show_members, "-members-hidden")
        self._show_hints()
        self.set_interval(COUNTDOWN_S, self._tick)
        self.watch(self.app, "app_focus", self._focus_changed, init=False)

    def _keep_draft(self, account_key: str, channel_id: int, text: str) -> None:
        if self._drafts is not None:
            self._drafts.put(account_key, channel_id, text, int(self._now().timestamp() * 1000))
            self._save_drafts()

    def _kept_draft(self, account_key: str, channel_id: int) -> str:
        return "" if self._drafts is None else self._drafts.text(account_key, channel_id)

    def _save_drafts(self) -> None:
        if self._drafts is not None and self.is_attached:
            self.run_worker(self._drafts.save, thread=True, group="drafts", exclusive=True)

    def keep_words(self) -> None:
        """Keep what stands in the composer: called while the composer is still there."""
        self._leave_channel()

    def use_drafts(self, drafts: "DraftBook") -> None:
        """Begin with the drafts of the last time, and keep those of this one."""
        self._drafts = drafts

    def attach(self, accounts: "Accounts") -> None:
        """Show these accounts from now on. Imports what talks to them: call it after the first paint."""
        from tuichat.commands.engine import Engine

        self._accounts = accounts
        self._engine = Engine()
        accounts.subscribe_accounts(self.accounts_changed)
        if accounts.clients:
            self.accounts_changed()

    def accounts_changed(self) -> None:
        from tuichat.config.accounts import PersonalAddress

        if self._accounts is None or not self.is_attached:
            return
        clients = self._accounts.clients
        personal = {key for key, client in clients.items() if isinstance(client.account.address, PersonalAddress)}
        self.show_clients(clients, frozenset(personal))

    async def stop(self) -> None:
        self.stop_listening()
        if self._drafts is not None:
            await asyncio.to_thread(self._drafts.save)
        await self._voice_status.close()

    def _tick(self) -> None:
        """Once a second: count down to the next try; notice a new day."""
        state = self.state
        if state is not None and state.connection is Connection.RECONNECTING:
            self.show_status()
        if self._now().date() != self._today:
            self._today = self._now().date()
            self.messages.names_changed()

    def _run(self, action: Awaitable[object]) -> None:
        """Wait for what an account does, and show the sentence when it fails."""

        async def guarded() -> None:
            try:
                await action
            except ClientError as error:
                self._show_error(error)

        self.run_worker(guarded(), exit_on_error=True)

    def _show_error(self, error: ClientError) -> None:
        self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)

    # What commands call.

    def open_channel(self, account_key: str, channel_id: int) -> None:
        client = self._clients.get(account_key)
        if client is None:
            return
        channel = client.state.channels.get(channel_id)
        if channel is None:
            self.show_notice("That channel is not one that you see.")
            return
        if channel.type in rows.UNCHOOSABLE:
            self.show_notice("The screen cannot show this kind of channel yet.")
            return
        guild_id = int(channel.guild_id) if isinstance(channel.guild_id, int) else rows.PRIVATE
        self.go_to(Chosen(account_key, guild_id, channel_id))

    def show_notice(self, text: str, severity: "Severity | None" = None) -> None:
        name = "information" if severity is None else severity.value
        level = {"warning": "warning", "error": "error"}.get(name, "information")
        self.app.notify(safe_block(text), severity=level, markup=False, timeout=8)  # type: ignore[arg-type]  # a literal of three

    def show_text(self, title: str, text: str) -> None:
        from tuichat.tui.screens.text_dialog import TextDialog, text_rows

        self.app.push_screen(TextDialog(safe_line(title), text_rows(safe_block(text)), is_large=True))

    def quit(self) -> None:
        self.app.exit(0)

    # Going places.

    def go_to(self, chosen: Chosen) -> None:
        before = self.chosen
        super().go_to(chosen)
        self._hide_overlays()
        self._below, self._follows = 0, True
        self.composer.focus()
        if self.has_class("-voice"):
            self._voice_status.start()
            self._show_voice()
            self.voice.focus()
        client = self.client
        if client is not None and chosen.channel_id is not None and chosen != before:
            self._run(client.open_channel(chosen.channel_id))
            if (
                chosen.guild_id
                and chosen.guild_id != before.guild_id
                and not client.state.lists_lazily(chosen.guild_id)
            ):
                self._run(client.request_members(chosen.guild_id))
            self._open_member_list()

    def take_changes(self, changes: "Sequence[tuple[str, change.Change]]") -> None:
        super().take_changes(changes)
        if any(key == self.chosen.account_key and isinstance(item, change.GuildsChanged) for key, item in changes):
            self._open_member_list()
        for account_key, item in changes:
            if isinstance(item, change.MessageAdded):
                self._notice_message(account_key, item)
        if self.has_class("-voice"):
            self._show_voice()

    @on(gestures.MemberRowsWanted)
    def _member_rows_wanted(self, event: gestures.MemberRowsWanted) -> None:
        self._open_member_list(event.first, event.last)

    def _open_member_list(self, first: int = 0, last: int = 0) -> None:
        """Ask for rows of a large guild's list of members; what was asked for already is not asked for again."""
        client, guild_id, channel_id = self.client, self.chosen.guild_id, self.chosen.channel_id
        if client is not None and channel_id is not None and guild_id and client.state.lists_lazily(guild_id):
            self._run(client.open_member_list(channel_id, first, last))

    def _notice_message(self, account_key: str, added: change.MessageAdded) -> None:
        """Ring for a mention that is not in view; put the "new" line where the reader looked away."""
        client = self._clients.get(account_key)
        if client is None:
            return
        timeline = client.state.timelines.get(added.channel_id)
        index = timeline.index_of_key(added.key) if timeline is not None else None
        if timeline is None or index is None:
            return
        entry = timeline[index]
        is_here = (account_key, added.channel_id) == (self.chosen.account_key, self.chosen.channel_id)
        is_mine = client.state.me is not None and entry.message.author.id == client.state.me.id
        if is_here and is_mine:
            self._clear_new_line()
        elif is_here and not self._is_focused and self.open_channel_memory.new_after is None and index > 0:
            self.open_channel_memory.new_after = timeline[index - 1].message.id
            self.messages.set_new_after(self.open_channel_memory.new_after)
        is_seen = is_here and self._is_focused and self._follows
        names = ChannelNames(client.state, added.channel_id)
        if not is_seen and self._settings.notifications.bell and names.mentions_me(entry.message):
            self.app.bell()

    def _clear_new_line(self) -> None:
        if self.chosen.channel_id is not None:
            self.open_channel_memory.new_after = None
            self.messages.set_new_after(None)

    def _mark_read(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        if client is not None and channel_id is not None and self._is_focused and client.state.is_unread(channel_id):
            self._run(client.mark_read(channel_id))

    def _focus_changed(self, is_focused: bool) -> None:
        """Notice that the reader looks at another window, or is back."""
        self._is_focused = is_focused
        if is_focused and self.messages.follows:
            self._mark_read()

    @on(gestures.GuildChosen)
    def _guild_chosen(self, event: gestures.GuildChosen) -> None:
        self.go_to_guild(event.account_key, event.guild_id)
        if self.has_class(NARROW):
            self.add_class("-channels-shown")
            self.channels.focus()

    @on(gestures.AccountChosen)
    def _account_chosen(self, event: gestures.AccountChosen) -> None:
        self.go_to(Chosen(event.account_key))

    @on(gestures.ChannelChosen)
    def _channel_chosen(self, event: gestures.ChannelChosen) -> None:
        self.open_channel(event.account_key, event.channel_id)
        self._hide_overlays()
        (self.voice if self.has_class("-voice") else self.composer).focus()

    @on(gestures.ChannelLinkChosen)
    def _channel_link_chosen(self, event: gestures.ChannelLinkChosen) -> None:
        self.open_channel(self.chosen.account_key, event.channel_id)

    @on(gestures.CategoryToggled)
    def _category_toggled(self, event: gestures.CategoryToggled) -> None:
        self._folded ^= {event.category_id}
        self.show_channels()

    def action_next_unread(self) -> None:
        self._go_to_unread(1)

    def action_previous_unread(self) -> None:
        self._go_to_unread(-1)

    def _go_to_unread(self, step: int) -> None:
        everything = rows.all_channels(self.states)
        unread = set(rows.unread_channels(self.states)) - {self.chosen}
        if not unread:
            self.app.notify("Nothing new anywhere.", timeout=2)
            return
        start = everything.index(self.chosen) if self.chosen in everything else 0
        for distance in range(1, len(everything) + 1):
            candidate = everything[(start + step * distance) % len(everything)]
            if candidate in unread:
                self.go_to(candidate)
                return

    def action_switch_channel(self) -> None:
        from tuichat.tui.screens.switcher import SwitcherScreen, switch_rows

        recent = [Chosen(key, None, channel_id) for key, channel_id in self._opened]
        names = (
            {key: self.describe_account(client) for key, client in self._clients.items()}
            if len(self._clients) > 1
            else {}
        )
        screen = SwitcherScreen(switch_rows(self.states, self.chosen, names, recent))
        self.app.push_screen(screen, self._switched)

    def _switched(self, chosen: Chosen | None) -> None:
        if chosen is not None:
            self.go_to(chosen)

    # Panes and overlays.

    def _hide_overlays(self) -> None:
        self.remove_class("-channels-shown", "-members-shown")
        self.show_header()

    @on(gestures.ChannelsAsked)
    def action_toggle_channels(self) -> None:
        if self.has_class(NARROW):
            self.toggle_class("-channels-shown")
            self.remove_class("-members-shown")
            self.channels.move_cursor_to(("channel", self.chosen.channel_id))
            (self.channels if self.has_class("-channels-shown") else self.composer).focus()
        else:
            self.toggle_class("-channels-hidden")
        self.show_header()

    @on(gestures.MembersAsked)
    def action_toggle_members(self) -> None:
        if self.has_class(WIDE):
            self.toggle_class("-members-hidden")
        else:
            self.toggle_class("-members-shown")
            self.remove_class("-channels-shown")
            (self.members if self.has_class("-members-shown") else self.composer).focus()
        self.show_header()

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._after_resize)

    def _after_resize(self) -> None:
        if self.has_class(WIDE) or self.has_class(MEDIUM):
            self.remove_class("-channels-shown")
        if self.has_class(WIDE):
            self.remove_class("-members-shown")
        self.show_header()
        if self.focused is None or not self.focused.display:
            self.composer.focus()

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
            self.composer.focus()
        elif self.focused is not self.composer and not self.has_class("-voice"):
            self.messages.select(None)
            self.composer.focus()
        elif self.messages.selected_key is not None:
            self.messages.select(None)
        else:
            self._clear_new_line()
            self.messages.scroll_to_end()

    def action_page_up(self) -> None:
        self.messages.action_page_up()

    def action_page_down(self) -> None:
        self.messages.action_page_down()

    def action_scroll_home(self) -> None:
        self.messages.action_scroll_home()

    def action_scroll_end(self) -> None:
        self.messages.action_scroll_end()

    def on_descendant_focus(self) -> None:
        self._show_hints()

    def _show_hints(self) -> None:
        focused = self.focused
        hints = keys.HINTS_COMPOSER
        if isinstance(focused, MessageList):
            hints = keys.HINTS_MESSAGES
        elif isinstance(focused, LineList | VoicePane):
            hints = keys.HINTS_LIST
        self.query_one("#footer", Footer).show(hints)

    @on(gestures.HintChosen)
    async def _hint_chosen(self, event: gestures.HintChosen) -> None:
        await self.run_action(event.action)

    def action_focus_composer(self) -> None:
        self.composer.focus()
        self.composer.action_send()

    def action_select_message(self) -> None:
        self.messages.action_cursor_up()

    def action_focus_list(self) -> None:
        if isinstance(self.focused, LineList):
            self.focused.action_cursor_down()

    def action_choose_row(self) -> None:
        if isinstance(self.focused, LineList):
            self.focused.action_choose()

    def action_reply_selected(self) -> None:
        self.messages.action_reply()

    def action_edit_selected(self) -> None:
        self.messages.action_edit()

    def action_delete_selected(self) -> None:
        self.messages.action_delete()

    def action_copy_selected(self) -> None:
        self.messages.action_copy()

    def action_activate_selected(self) -> None:
        self.messages.action_activate()

    # Messages.

    @on(gestures.OlderAsked)
    def _older_asked(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            return

        async def load() -> None:
            try:
                await client.load_history(channel_id)
            finally:
                self.messages.history_failed()

        self._run(load())

    @on(gestures.EndReached)
    def _end_reached(self) -> None:
        self._mark_read()

    @on(gestures.ViewMoved)
    def _view_moved(self, event: gestures.ViewMoved) -> None:
        self._below, self._follows = event.below, event.follows
        self.show_status()

    @on(gestures.EndAsked)
    def _end_asked(self) -> None:
        self.messages.scroll_to_end()

    def _entry(self, key: str) -> Entry | None:
        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None:
            return None
        timeline = state.timeline(channel_id)
        index = timeline.index_of_key(key)
        return None if index is None else timeline[index]

    @on(gestures.ReplyAsked)
    def _reply_asked(self, event: gestures.ReplyAsked) -> None:
        entry = self._entry(event.key)
        if entry is not None and entry.delivery is Delivery.CONFIRMED:
            self._begin(Purpose.REPLY, entry.message.id, self.composer.text)

    @on(gestures.EditAsked)
    def _edit_asked(self, event: gestures.EditAsked) -> None:
        entry, client, channel_id = self._entry(event.key), self.client, self.chosen.channel_id
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
            self.app.notify("Only your own messages can be edited.", severity="warning", timeout=3)

    def _is_mine(self, entry: Entry) -> bool:
        me = self.state.me if self.state is not None else None
        own = me is not None and entry.message.author.id == me.id
        return own and entry.message.type in (MessageType.DEFAULT, MessageType.REPLY)

    @on(gestures.EditLastAsked)
    def _edit_last_asked(self) -> None:
        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None:
            return
        timeline = state.timeline(channel_id)
        for index in range(len(timeline) - 1, max(-1, len(timeline) - 500), -1):
            if self._is_mine(timeline[index]) and timeline[index].delivery is not Delivery.PENDING:
                self.post_message(gestures.EditAsked(timeline[index].key))
                return

    def _begin(self, purpose: Purpose, message_id: int, text: str) -> None:
        draft = self.open_channel_memory.draft
        draft.text = self.composer.text
        draft.begin(purpose, message_id, text)
        self.composer.set_text(draft.text)
        self.show_purpose()
        self.composer.focus()

    @on(gestures.PurposeLeft)
    def _purpose_left(self) -> None:
        draft = self.open_channel_memory.draft
        draft.text = self.composer.text
        draft.end()
        self.composer.set_text(draft.text)
        self.messages.select(None)
        self.show_purpose()

    @on(gestures.DeleteAsked)
    def _delete_asked(self, event: gestures.DeleteAsked) -> None:
        from tuichat.tui.screens.confirm import ConfirmDialog

        entry, client, channel_id = self._entry(event.key), self.client, self.chosen.channel_id
        if entry is None or client is None or channel_id is None:
            return
        names = ChannelNames(client.state, channel_id)
        if not names.may_delete(entry.message):
            self.app.notify("You may not delete this message.", severity="warning", timeout=3)
            return
        message_id = entry.message.id

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self._run(client.delete_message(channel_id, message_id))
                self.messages.select(None)

        words = plain_text(entry.message.content, names) or "(no text)"
        detail = f"{names.author(entry)}: {words[:300]}"
        self.app.push_screen(ConfirmDialog("Delete this message for everyone?", detail, "delete"), decided)

    @on(gestures.CopyAsked)
    def _copy_asked(self, event: gestures.CopyAsked) -> None:
        entry = self._entry(event.key)
        state, channel_id = self.state, self.chosen.channel_id
        if entry is not None and state is not None and channel_id is not None:
            self.app.copy_to_clipboard(safe_block(mention_text.decode(entry.message.content, state, channel_id)))
            self.app.notify("Copied.", timeout=2)

    @on(gestures.RetryAsked)
    def _retry_asked(self, event: gestures.RetryAsked) -> None:
        if self.client is not None and self.chosen.channel_id is not None:
            self.client.retry_message(self.chosen.channel_id, event.key)

    @on(gestures.DiscardAsked)
    def _discard_asked(self, event: gestures.DiscardAsked) -> None:
        if self.client is not None and self.chosen.channel_id is not None:
            self.client.discard_message(self.chosen.channel_id, event.key)
            self.messages.select(None)

    @on(gestures.LinkChosen)
    def _link_chosen(self, event: gestures.LinkChosen) -> None:
        self.app.copy_to_clipboard(event.address)
        self.app.notify(f"Copied {safe_line(event.address)}", markup=False, timeout=4)

    @on(gestures.MemberChosen)
    def _member_chosen(self, event: gestures.MemberChosen) -> None:
        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None:
            return
        self.composer.insert_word(mention_text.word_for(state, channel_id, event.user_id) + " ")
        self._hide_overlays()
        self.composer.focus()

    # Writing.

    @on(gestures.Typed)
    def _typed(self) -> None:
        draft = self.open_channel_memory.draft
        if self.client is not None and self.chosen.channel_id is not None and draft.purpose is not Purpose.EDIT:
            self.client.typing(self.chosen.channel_id)

    def _complete(self, before: str) -> list[tuple[int, str]]:
        commands = (
            [item.text for item in self._engine.suggest(before)] if self._engine and before.startswith("/") else []
        )
        state, channel_id = self.state, self.chosen.channel_id
        return completion.offers(before, state, channel_id, commands)

    @on(gestures.LineSubmitted)
    def _line_submitted(self, event: gestures.LineSubmitted) -> None:
        draft = self.open_channel_memory.draft
        if draft.purpose is Purpose.EDIT and self.chosen.channel_id is not None:
            self._save_edit(event.text)
        elif event.text.strip():
            self.run_worker(self._submit(event.text), exit_on_error=True)

    def _save_edit(self, text: str) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        draft = self.open_channel_memory.draft
        message_id = draft.message_id
        if client is None or channel_id is None or message_id is None:
            return
        entry = client.state.timeline(channel_id).find(message_id)
        content = mention_text.encode(text.strip(), client.state, channel_id)
        self.post_message(gestures.PurposeLeft())
        if entry is None:
            self.app.notify("The message was deleted in the meantime.", severity="warning")
        elif not content:
            self.post_message(gestures.DeleteAsked(entry.key))
        elif content != entry.message.content:
            self._run(client.edit_message(channel_id, message_id, content))

    async def _submit(self, text: str) -> None:
        """Send a line through the commands; give it back when it could not be used."""
        from tuichat.commands.context import CommandContext

        if self._engine is None:
            self._give_back(text)
            self.app.notify("Not ready yet; the line stays where it is.", severity="warning", timeout=3)
            return
        client, channel_id, memory = self.client, self.chosen.channel_id, self.open_channel_memory
        reply_to = memory.draft.message_id if memory.draft.purpose is Purpose.REPLY else None
        line = text
        if client is not None and channel_id is not None and not text.startswith("/"):
            line = mention_text.encode(text.strip("\n"), client.state, channel_id)
        if channel_id is not None:
            self._keep_draft(self.chosen.account_key, channel_id, "")
        context = CommandContext(client, channel_id, screen=self, clients=self._clients, reply_to=reply_to)
        outcome: Outcome = await self._engine.submit(line, context)
        if outcome.is_done:
            if outcome.entry_key is not None:
                memory.draft.end()
                self.show_purpose()
                self.messages.scroll_to_end()
        else:
            self._give_back(text)
            if outcome.argument is not None and self.composer.text == text:
                self.composer.mark(*outcome.argument)
        if outcome.text:
            self.show_notice(outcome.text, outcome.severity)

    def _give_back(self, text: str) -> None:
        """Put a line that could not be used into the composer again, before what was typed since."""
        typed = self.composer.text
        self.composer.set_text(f"{text}\n{typed}" if typed else text)

    # Voice.

    def _show_voice(self) -> None:
        if self.has_class("-voice") and self.state is not None and self.chosen.channel_id is not None:
            self.voice.show(self._voice_status.content(self.state, self.chosen.channel_id))

    @on(gestures.EngineRetryAsked)
    def _engine_retry_asked(self) -> None:
        self._voice_status.retry()

    # Dialogs.

    def action_help(self) -> None:
        from tuichat.tui.screens.text_dialog import TextDialog, help_rows

        self.app.push_screen(TextDialog("Keys", help_rows(keys.HELP), is_large=True))

    @on(gestures.InviteAsked)
    def action_invite(self) -> None:
        from tuichat.tui.screens.invite import InviteDialog

        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            self.app.notify("Open a channel first: an invite leads to it.", severity="warning", timeout=3)
            return
        self.app.push_screen(InviteDialog(client, channel_id, is_personal=client.key in self._personal_keys))

    @on(gestures.AddServerAsked)
    def action_servers(self) -> None:
        from tuichat.tui.screens.servers import ServersScreen

        if self._accounts is not None:
            self.app.push_screen(ServersScreen(self._accounts, self._personal_keys, self._pins), self._server_added)

    async def _server_added(self, answer: str | None) -> None:
        from tuichat.tui.screens.servers import OWN_SERVER

        if answer == OWN_SERVER:
            await self.run_action("app.own_server")
        elif answer is not None:
            self.go_to_account(answer)

    def go_to_account(self, account_key: str) -> None:
        if account_key in self._clients and account_key != self.chosen.account_key:
            self.go_to(Chosen(account_key))
            self._choose_somewhere()


def _is_visible(widget: Widget) -> bool:
    return widget.display and all(parent.display for parent in widget.ancestors if isinstance(parent, Widget))
