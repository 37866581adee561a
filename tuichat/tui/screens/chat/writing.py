"""Writing: the composer, its drafts, and what becomes of a line."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import SuspendNotSupported
from textual.timer import Timer

from tuichat.client import slow_mode
from tuichat.client.errors import ClientError
from tuichat.commands.substitution import parse_substitution
from tuichat.errors import TuichatError
from tuichat.protocol.permissions import Permissions
from tuichat.text import mention_text
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext
from tuichat.tui import completion, gestures, message_gestures
from tuichat.tui.destinations import Kind, use_of
from tuichat.tui.open_channel import Draft, Purpose
from tuichat.tui.panes.composer import Words
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.chat.dialogs import Dialogs

if TYPE_CHECKING:
    from tuichat.client.draft_book import DraftBook
    from tuichat.client.line_history import LineHistory
    from tuichat.commands.choosing import Chooser
    from tuichat.commands.context import CommandContext, Outcome
    from tuichat.commands.engine import Engine
    from tuichat.commands.jobs import Jobs
    from tuichat.commands.recorder import Recorder
    from tuichat.config.schema import Settings


MAX_QUERY_CHARACTERS = 100  # of what stands in the composer: more is no search (taste)
MAX_ASKED = 1000  # beginnings of names that are not asked for again
SAVE_AFTER_S = 2.0  # taste: a disk is not written at each key


class Writing(Dialogs):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._engine: Engine | None = None
        self._drafts: DraftBook | None = None
        self._lines: LineHistory | None = None
        self.chooser: Chooser | None = None  # changes settings by commands; the app gives it
        self._jobs: Jobs | None = None
        self._recorder: Recorder | None = None
        self._keeping_line = asyncio.Lock()  # lines are kept in the order in which they were entered
        self._keep_timer: Timer | None = None
        self._asked_people: set[tuple[str, int, str]] = set()
        self.completion_sources: list[completion.Source] = [
            self._offered_commands,
            completion.people,
            lambda about: completion.channels(about, self._weigh_channel),
            lambda about: completion.emojis(about, self._weigh_emoji),
        ]

    def use_composer_settings(self) -> None:
        self.composer.enter_sends = self.settings.composer.enter_sends

    # What stands in the composer, kept.

    def _keep_draft(self, account_key: str, channel_id: int, draft: Draft) -> None:
        if self._drafts is None:
            return
        is_news = self._drafts.put(
            account_key,
            channel_id,
            draft.own_words,
            int(self._now().timestamp() * 1000),
            purpose=draft.purpose.value,
            message_id=draft.message_id,
            edited=draft.text if draft.purpose is Purpose.EDIT else "",
        )
        if is_news:
            self._save_drafts()

    def _kept_draft(self, account_key: str, channel_id: int) -> Draft:
        if self._drafts is None:
            return Draft()
        kept = self._drafts.kept(account_key, channel_id)
        try:
            purpose = Purpose(kept.purpose)
        except ValueError:
            purpose = Purpose.SEND
        if purpose is Purpose.EDIT:
            return Draft(kept.edited, purpose, kept.message_id, kept_text=kept.text)
        return Draft(kept.text, purpose, kept.message_id)

    def _drafted_channels(self) -> set[int]:
        return set() if self._drafts is None else self._drafts.channels(self.chosen.account_key)

    @on(gestures.TextChanged)
    def _text_changed(self) -> None:
        """Keep the words soon: what is on disk when the power fails is at most SAVE_AFTER_S old."""
        if self._keep_timer is None:
            self._keep_timer = self.set_timer(SAVE_AFTER_S, self._keep_now)

    def _keep_now(self) -> None:
        self._keep_timer = None
        if self.chosen.channel_id is not None and self.is_attached:
            draft = self.open_channel_memory.draft
            draft.text = self.composer.text
            self._keep_draft(self.chosen.account_key, self.chosen.channel_id, draft)

    def _save_drafts(self) -> None:
        if self._drafts is not None and self.is_attached:
            self.run_worker(self._drafts.save, thread=True, group="drafts", exclusive=True)

    def keep_words(self) -> None:
        """Keep what stands in the composer: called while the composer is still there."""
        self._leave_channel()

    def use_drafts(self, drafts: "DraftBook") -> None:
        """Begin with the drafts of the last time, and keep those of this one."""
        self._drafts = drafts

    # What was entered, kept.

    def use_lines(self, lines: "LineHistory") -> None:
        """Keep what is entered with these lines, and find it among them."""
        self._lines = lines
        if not self.settings.composer.history:
            self.run_worker(lines.wipe, thread=True, group="lines")

    def keep_line(self, text: str) -> None:
        """Keep what was sent or run."""
        if self._lines is not None:
            self.run_worker(self._keep_line(self._lines, text), group="lines")

    async def _keep_line(self, lines: "LineHistory", text: str) -> None:
        async with self._keeping_line:
            if self.settings.composer.history:
                await asyncio.to_thread(lines.add, text)
            else:
                await asyncio.to_thread(lines.wipe)

    @on(gestures.LineSearchAsked)
    def _line_search_asked(self) -> None:
        from tuichat.tui.screens.line_search import LineSearch

        lines = self._lines
        if lines is None or not self.settings.composer.history:
            self.show_notice(_("What you enter is not kept: the setting composer.history is off."))
            return

        async def load() -> list[str]:
            async with self._keeping_line:
                return await asyncio.to_thread(lines.texts)

        async def forget(text: str) -> None:
            try:
                await asyncio.to_thread(lines.forget, lambda known: known == text)
            except (TuichatError, OSError) as error:
                self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)

        typed = self.composer.text
        query = typed if len(typed) <= MAX_QUERY_CHARACTERS and "\n" not in typed else ""
        self.app.push_screen(LineSearch(self.key_table, load, forget, query), self._line_found)

    def _line_found(self, text: str | None) -> None:
        if text is not None:
            self.composer.write_anew(text)
        self.composer.focus()

    # Replies and edits.

    def _begin(self, purpose: Purpose, message_id: int, text: str) -> None:
        memory = self.open_channel_memory
        draft = memory.draft
        draft.text = self.composer.text
        if purpose is Purpose.EDIT and draft.purpose is not Purpose.EDIT:
            memory.aside = self.composer.put_aside()
        draft.begin(purpose, message_id, text)
        if draft.text != self.composer.text:
            self._show_words(memory.aside if purpose is Purpose.REPLY else None, draft.text)
        self.show_purpose()
        self.composer.focus()

    def _show_words(self, kept: object, text: str) -> None:
        """Show a text, with the way back through its changes where it is the one that was kept."""
        if isinstance(kept, Words) and kept.text == text:
            self.composer.take_up(kept)
        else:
            self.composer.set_text(text)

    @on(gestures.PurposeLeft)
    def _purpose_left(self) -> None:
        memory = self.open_channel_memory
        memory.draft.text = self.composer.text
        memory.draft.end()
        if memory.draft.text != self.composer.text:
            self._show_words(memory.aside, memory.draft.text)
        memory.aside = None
        self.messages.select(None)
        self.show_purpose()

    @on(gestures.Typed)
    def _typed(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None or not self.settings.composer.typing_notices:
            return
        may_send = bool(client.state.permissions(channel_id) & Permissions.SEND_MESSAGES)
        if may_send and self.open_channel_memory.draft.purpose is not Purpose.EDIT:
            client.typing(channel_id)

    @on(gestures.EditorAsked)
    def _editor_asked(self) -> None:
        self.run_worker(self._edit_outside(), exclusive=True, group="editor")

    async def _edit_outside(self) -> None:
        from tuichat.tui.outside_editor import edit_outside

        text = self.composer.text
        place = self.chosen
        try:
            with self.app.suspend():
                edited = await edit_outside(text)
        except SuspendNotSupported:
            self.app.notify(_("This terminal cannot be lent to an editor."), severity="warning", timeout=4)
            return
        if edited.problem:
            self.app.notify(safe_line(edited.problem), severity="warning", markup=False, timeout=8)
        if edited.text != text:
            if place != self.chosen:
                self._return_elsewhere(place, edited.text)
            else:
                self.composer.write_anew(edited.text)
        self.composer.focus()

    # Lines.

    def _complete(self, before: str) -> list[completion.Offer]:
        about = self._asked(before)
        self._ask_for_people(about)
        self.composer.show_hint("" if self._engine is None else self._engine.hint(before))
        return completion.offers(about, self.completion_sources)

    def _asked(self, before: str) -> completion.Asked | None:
        """Return what is being completed: the argument of a command by what it can be, where that is known."""
        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None or self._engine is None or not before.startswith("/"):
            return completion.asked(before, state, channel_id)
        if self._engine.suggest(before, self.command_context()):
            return completion.Asked(before, "/", before[1:], state, channel_id)
        return completion.asked(before, state, channel_id)

    def _offered_commands(self, about: completion.Asked) -> Iterator[completion.Offer]:
        if about.sign != "/" or self._engine is None:
            return
        for item in self._engine.suggest(about.before, self.command_context()):
            label = safe_line(item.label)
            detail = safe_line(item.description).removeprefix(label).strip()
            yield completion.Offer(about.count, item.text, label, detail, "", is_free=item.is_free)

    def _weigh_channel(self, name: str) -> float:
        return self.frecency.weight(use_of(Kind.CHANNEL, self.chosen.account_key, name), self.now_unix_ms())

    def _weigh_emoji(self, name: str) -> float:
        return self.frecency.weight(f"emoji:{name}", self.now_unix_ms())

    def _ask_for_people(self, about: completion.Asked | None) -> None:
        """Ask the server for members of a large guild whose names begin so; they come as dispatches."""
        client = self.client
        guild = about.state.guild_of(about.channel_id) if about is not None else None
        if client is None or about is None or guild is None or about.sign != "@" or not about.letters:
            return
        question = (self.chosen.account_key, int(guild.guild.id), about.letters.casefold())
        if about.state.lists_lazily(guild.guild.id) and question not in self._asked_people:
            if len(self._asked_people) >= MAX_ASKED:
                self._asked_people.clear()
            self._asked_people.add(question)
            self.attempt(client.members.search(guild.guild.id, about.letters))

    @on(gestures.OffersChanged)
    def _offers_changed(self) -> None:
        composer = self.composer
        above = composer.outer_size.height + self.query_one("#attached").outer_size.height
        self.offers.styles.margin = (0, 2, above, 2)
        self.offers.show(composer.offers, composer.chosen_offer, self.messages.size.height - 1)

    @on(gestures.OfferChosen)
    def _offer_chosen(self, event: gestures.OfferChosen) -> None:
        if event.number < len(self.composer.offers):
            self.composer.take_offer(self.composer.offers[event.number])
        self.composer.focus()

    # A slow channel.

    def show_frame_note(self) -> None:
        """Say in the frame why nothing can be sent yet, once a second; else what goes on."""
        state, channel_id = self.state, self.chosen.channel_id
        wait_ms = 0 if state is None or channel_id is None else slow_mode.wait_ms(state, channel_id, self.now_unix_ms())
        self.composer.show_note(_("slow mode: {seconds} s").format(seconds=-(-wait_ms // 1000)) if wait_ms else "")
        self.composer.show_goes_on(self._goes_on())

    def _goes_on(self) -> str:
        """Return what goes on while one writes: a macro that is recorded, files that run, messages that are waited for."""
        parts = []
        if self._recorder is not None and self._recorder.name:
            words = ngettext(
                "● recording {name}, {count} line", "● recording {name}, {count} lines", len(self._recorder)
            )
            parts.append(words.format(name=self._recorder.name, count=len(self._recorder)))
        for job in self._jobs.running if self._jobs is not None else ():
            parts.append(f"▸ {job.label} {job.progress}".rstrip())
        if parts and not (self._recorder is not None and self._recorder.name):
            parts.append(_("/stop ends it"))
        return " · ".join(parts)

    def begin_jobs(self) -> None:
        """Let lines go on by themselves, and macros be recorded, from now on."""
        from tuichat.commands.jobs import Jobs
        from tuichat.commands.recorder import Recorder

        self._jobs, self._recorder = Jobs(self.show_notice, self._jobs_changed), Recorder()

    def _jobs_changed(self) -> None:
        if self.is_attached and self.composer.is_attached:
            self.show_frame_note()

    async def end_jobs(self) -> None:
        if self._jobs is not None:
            await self._jobs.close()

    def leave_out_of_macro(self) -> None:
        """Count what was sent and no macro can enter again."""
        if self._recorder is not None:
            self._recorder.leave_out()

    def action_record_macro(self) -> None:
        """Begin to record: the name is to be written; end it, where one is being recorded."""
        if self._recorder is not None and self._recorder.name:
            self.run_worker(self._run_command("/macro stop"), exit_on_error=True)
        else:
            self._begin_line("/macro record ")

    def action_play_macro(self) -> None:
        self._begin_line("/macro play ")

    def action_stop_jobs(self) -> None:
        self.run_worker(self._run_command("/stop"), exit_on_error=True)

    def _begin_line(self, line: str) -> None:
        """Write the beginning of a command, where nothing else is being written."""
        if self.composer.text:
            self.app.notify(_("Empty the composer first."), severity="warning", timeout=3)
            return
        self.composer.write_anew(line)
        self.composer.focus()

    def _holds_back(self, text: str) -> bool:
        """Give a message back that a slow channel would not take yet, and say how long it lasts."""
        state, channel_id = self.state, self.chosen.channel_id
        is_command = text.startswith("/") and not text.startswith("//")
        if state is None or channel_id is None or is_command:
            return False
        if self.open_channel_memory.draft.purpose is Purpose.EDIT or parse_substitution(text) is not None:
            return False
        wait_ms = slow_mode.wait_ms(state, channel_id, self.now_unix_ms())
        if not wait_ms:
            return False
        self._give_back(text)
        words = _("This channel is slow: you can send again in {seconds} s. Your words stay here.")
        self.app.notify(words.format(seconds=-(-wait_ms // 1000)), severity="warning", timeout=4)
        self.show_frame_note()
        return True

    @on(gestures.LineSubmitted)
    def _line_submitted(self, event: gestures.LineSubmitted) -> None:
        draft = self.open_channel_memory.draft
        if draft.purpose is Purpose.EDIT and self.chosen.channel_id is not None:
            self._save_edit(event.text)
        elif event.text.strip() and not self._holds_back(event.text):
            self.run_worker(self._submit(event.text), exit_on_error=True)

    def _save_edit(self, text: str) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        message_id = self.open_channel_memory.draft.message_id
        if client is None or channel_id is None or message_id is None:
            return
        timeline = client.state.timeline(channel_id)
        entry = timeline.find(message_id)
        content = mention_text.encode(text.strip(), client.state, channel_id)
        self._purpose_left()
        is_known = bool(timeline.confirmed) and message_id >= timeline.confirmed[0].message.id and not timeline.is_stale
        if entry is None and is_known:
            self._give_back(text)
            self.app.notify(
                _("The message was deleted in the meantime; what you made of it is in the composer."),
                severity="warning",
            )
        elif not content and entry is not None:
            self.post_message(message_gestures.DeleteAsked(entry.key))
        elif content and (entry is None or content != entry.message.content):
            self.run_worker(self._edit(self.chosen, message_id, content, text), exit_on_error=True)

    async def _edit(self, place: Chosen, message_id: int, content: str, text: str) -> None:
        """Save an edit; begin it again, with its words, when the server does not take it."""
        client = self._clients.get(place.account_key)
        if client is None or place.channel_id is None:
            return
        try:
            await client.edit_message(place.channel_id, message_id, content)
        except ClientError as error:
            self.show_error(error)
            if place == self.chosen and self.open_channel_memory.draft.purpose is Purpose.SEND:
                self._begin(Purpose.EDIT, message_id, text)
            else:
                self._return_elsewhere(place, text)

    def action_priority(self) -> None:
        self.run_worker(self._run_command("/call priority"), exit_on_error=True)

    async def _run_command(self, line: str) -> None:
        """Do by a key what a command does, and leave what is in the composer alone."""
        if self._engine is not None:
            outcome = await self._engine.submit(line, self.command_context())
            self.show_frame_note()
            self.show_notice(outcome.text, outcome.severity)

    def command_context(self, reply_to: int | None = None) -> "CommandContext":
        """Return where a line goes that is typed now."""
        from tuichat.commands.context import CommandContext

        return CommandContext(
            self.client,
            self.chosen.channel_id,
            screen=self,
            clients=self._clients,
            reply_to=reply_to,
            desk=self.desk,
            lines=self._lines,
            chooser=self.chooser,
            jobs=self._jobs,
            recorder=self._recorder,
        )

    async def _submit(self, text: str) -> None:
        """Send a line through the commands; give it back when it could not be used."""
        if self._engine is None:
            self._give_back(text)
            self.app.notify(_("Not ready yet; the line stays where it is."), severity="warning", timeout=3)
            return
        client, channel_id, memory = self.client, self.chosen.channel_id, self.open_channel_memory
        reply_to = memory.draft.message_id if memory.draft.purpose is Purpose.REPLY else None
        line = text
        if client is not None and channel_id is not None and not text.startswith("/"):
            line = mention_text.encode(text.strip("\n"), client.state, channel_id)
        place = self.chosen
        self.composer.show_hint("")  # what was asked for is written, or told anew with the line that comes back
        if channel_id is not None:
            self._keep_draft(place.account_key, channel_id, Draft())
        recorded = None if self._recorder is None else self._recorder.take(text)
        outcome: Outcome = await self._engine.submit(line, self.command_context(reply_to))
        if self._recorder is not None and not outcome.is_done:
            self._recorder.drop(recorded)
        self.show_frame_note()
        if outcome.is_done:
            self.keep_line(text)
            if outcome.entry_key is not None:
                memory.draft.end()
                if place == self.chosen:
                    self.show_purpose()
                    self.messages.scroll_to_end()
        elif place != self.chosen:
            self._return_elsewhere(place, text)
        else:
            self._give_back(text)
            if outcome.argument is not None and self.composer.text == text:
                self.composer.mark(*outcome.argument)
        if outcome.text:
            self.show_notice(outcome.text, outcome.severity)

    def _give_back(self, text: str) -> None:
        """Put a line that could not be used into the composer again, before what was typed since."""
        typed = self.composer.text
        self.composer.write_anew(f"{text}\n{typed}" if typed else text)

    def _return_elsewhere(self, place: Chosen, text: str) -> None:
        """Put a text into the composer of a channel that is not shown any more."""
        memory = self._opened.get((place.account_key, place.channel_id or 0))
        if memory is not None and place.channel_id is not None:
            memory.draft.text = f"{text}\n{memory.draft.text}" if memory.draft.text else text
            self._keep_draft(place.account_key, place.channel_id, memory.draft)
            self.show_channels()
