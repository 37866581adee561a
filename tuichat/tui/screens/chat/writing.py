"""Writing: the composer, its drafts, and what becomes of a line."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on

from tuichat.tui import completion, gestures, mention_text
from tuichat.tui.open_channel import Purpose
from tuichat.tui.screens.chat.dialogs import Dialogs

if TYPE_CHECKING:
    from tuichat.client.draft_book import DraftBook
    from tuichat.commands.context import Outcome
    from tuichat.commands.engine import Engine
    from tuichat.config.schema import Settings


class Writing(Dialogs):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._engine: Engine | None = None
        self._drafts: DraftBook | None = None

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
            self.attempt(client.edit_message(channel_id, message_id, content))

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
