"""The events of a server: what is on and what comes, to open, plan and save."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client import planned_events
from tuichat.client.errors import ClientError
from tuichat.client.planned_events import may_plan
from tuichat.client.state import GuildState
from tuichat.protocol.scheduled_event import EntityType, ScheduledEvent
from tuichat.text.event_calendar import guild_calendar, save_calendar
from tuichat.text.event_words import interested_words, place_words, recurrence_words, status_words, when_words
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.images.gallery import Gallery
from tuichat.tui.screens.events.event_dialog import EventDialog, key_of
from tuichat.tui.screens.events.form import EventForm, places
from tuichat.tui.screens.events.page import MAX_PATH_CHARACTERS, EventPage
from tuichat.tui.screens.line_form import LineForm
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client

NEW = "new"


class EventsDialog(EventDialog[int]):
    """Answers with the channel to go to and join, None for none."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.EVENTS)

    def __init__(
        self,
        client: "Client",
        guild_id: int,
        *,
        now: Callable[[], datetime],
        is_12h: bool = False,
        gallery: Gallery | None = None,
    ) -> None:
        super().__init__(client, guild_id, now=now, is_12h=is_12h)
        self._gallery = gallery
        self._fault = ""
        self._is_loading = True

    def compose(self) -> ComposeResult:
        name = "" if self.guild is None else safe_name(self.guild.guild.name)
        with Vertical(classes="dialog -tall -large"):
            title = _("Events of {server}").format(server=name)
            yield Static(title, id="heading", classes="dialog-title", markup=False)
            yield ChoiceRows(self._chosen, pressed=self._pressed, id="choices")
            yield Static("", id="note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(ChoiceRows).focus()
        self.run_worker(self._load(), group="load", exclusive=True)

    async def _load(self) -> None:
        try:
            await self.client.events.load(self.guild_id)
        except ClientError as error:
            self._fault = safe_line(str(error))
        self._is_loading = False
        self._show_again()

    def show(self) -> None:
        guild = self.guild
        if guild is None:
            self.end(None)
            return
        rows = self.query_one(ChoiceRows)
        listed = [self._row(guild, event) for event in planned_events.in_order(guild.events.values())]
        if self._may_plan():
            listed.append(ChoiceRow(NEW, _("Plan an event")))
        rows.show_rows(listed)
        if rows.cursor_row is None:
            rows.action_cursor_first()
        self.query_one("#note", Static).update(self._note(guild))

    def _row(self, guild: GuildState, event: ScheduledEvent) -> ChoiceRow:
        state = self.client.state
        count = interested_words(event.user_count) if isinstance(event.user_count, int) else ""
        parts = [
            status_words(event),
            place_words(state, event),
            recurrence_words(event, planned_events.details_of(guild, event)),
            count,
        ]
        is_interested = event.id in state.interested_ids
        return ChoiceRow(
            str(int(event.id)),
            safe_line(event.name),
            when_words(event, self.told),
            detail=" · ".join(part for part in parts if part),
            button="★" if is_interested else "☆",
        )

    def _note(self, guild: GuildState) -> str:
        hints = _("enter opens it · {interested} interested · {save} saves all (.ics) · / filters · esc closes").format(
            interested=key_of("events.interested"), save=key_of("events.save")
        )
        if self._may_plan():
            hints = _("{key} plans one").format(key=key_of("events.new")) + " · " + hints
        if self._fault:
            return f"{self._fault}\n{hints}"
        if guild.events:
            return hints
        words = _("looking …") if self._is_loading else _("No events are planned here.")
        return f"{words}\n{hints}"

    def _may_plan(self) -> bool:
        state = self.client.state
        if may_plan(state, self.guild_id, None, EntityType.EXTERNAL):
            return True
        return any(place.channel_id is not None for place in places(state, self.guild_id))

    # What is done.

    def _event(self, name: str) -> ScheduledEvent | None:
        guild = self.guild
        return guild.events.get(int(name)) if guild is not None and name.isdigit() else None

    def _chosen(self, name: str) -> None:
        if name == NEW:
            self.action_new()
        elif (event := self._event(name)) is not None:
            page = EventPage(
                self.client,
                self.guild_id,
                int(event.id),
                now=self._clock,
                is_12h=self._is_12h,
                gallery=self._gallery,
            )
            self.app.push_screen(page, self._left)

    def _left(self, channel_id: int | None) -> None:
        if channel_id is not None:
            self.end(channel_id)

    def _pressed(self, name: str) -> None:
        event = self._event(name)
        if event is None:
            return
        is_interested = event.id not in self.client.state.interested_ids
        told = _("You are reminded of it.") if is_interested else ""
        self.attempt(self.client.events.set_interested(event, is_interested=is_interested), told)

    def action_interested(self) -> None:
        row = self.query_one(ChoiceRows).cursor_row
        if row is not None:
            self._pressed(row.id)

    def action_new(self) -> None:
        if not self._may_plan():
            self.app.notify(_("Your roles do not let you plan events here."), severity="warning", timeout=3)
            return
        self.app.push_screen(EventForm(self.client, self.guild_id, None, now=self._clock, is_12h=self._is_12h))

    def action_save(self) -> None:
        if self.guild is None or not self.guild.events:
            self.app.notify(_("No events are planned here."), timeout=3)
            return

        def named(path: str | None) -> None:
            if path:
                self.attempt(self._save(path))

        detail = _("A file, or a folder in which it is named after the server.")
        heading = _("Save all events for your calendar")
        self.app.push_screen(LineForm(heading, detail, "~/", MAX_PATH_CHARACTERS), named)

    async def _save(self, path: str) -> None:
        guild = self.guild
        if guild is None:
            return
        content = guild_calendar(
            self.client.state,
            guild,
            list(guild.events.values()),
            server_id=self.client.account.server_id,
            now_ms=int(self._clock().timestamp() * 1000),
        )
        saved = await asyncio.to_thread(save_calendar, path, guild.guild.name, content)
        self.app.notify(_("Saved: {path}").format(path=safe_line(str(saved))), markup=False, timeout=6)
