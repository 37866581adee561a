"""One scheduled event: when, where, by whom, its cover, what can be done with it, and who is interested."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tuichat.client import planned_events
from tuichat.client.errors import ClientError
from tuichat.client.invite_link import write_link
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.protocol.scheduled_event import EventStatus, ScheduledEvent
from tuichat.text.event_calendar import guild_calendar, save_calendar
from tuichat.text.event_words import (
    host_ids,
    interested_words,
    person_name,
    place_words,
    recurrence_words,
    status_words,
    when_words,
    zone_words,
)
from tuichat.text.safe_text import safe_block, safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.images.gallery import PORTRAIT, Gallery
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.images.source import of_cover
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.events.deeds import deeds, invited_to
from tuichat.tui.screens.events.event_dialog import EventDialog
from tuichat.tui.screens.events.rows import AnyRow, DeedRow, EventRows, PersonRow, WordsRow
from tuichat.tui.screens.line_form import LineForm
from tuichat.tui.widgets.portrait import Portrait
from tuichat.tui.wrap import Piece, wrap

if TYPE_CHECKING:
    from tuichat.client.client import Client

MIN_WIDTH_OF_COVER = 80  # of the screen (taste)
COVER_COLUMNS, COVER_ROWS = 28, 6
INVITE_AGE_S = 604_800  # a week: taste, as an event of a club is told of
MAX_PATH_CHARACTERS = 1000


class EventPage(EventDialog[int]):
    """Answers with the channel to go to and join, None for none."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.EVENT)

    def __init__(
        self,
        client: "Client",
        guild_id: int,
        event_id: int,
        *,
        now: Callable[[], datetime],
        is_12h: bool = False,
        gallery: Gallery | None = None,
    ) -> None:
        super().__init__(client, guild_id, now=now, is_12h=is_12h)
        self._event_id = event_id
        self._gallery = None if gallery is None or gallery.mode is ImageMode.OFF else gallery
        self._people = client.events.people(self._event) if self._event is not None else None
        self._fault = ""

    @property
    def _event(self) -> ScheduledEvent | None:
        return None if self.guild is None else self.guild.events.get(self._event_id)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            yield Static("", id="event-name", classes="dialog-title", markup=False)
            with Horizontal(id="who"):
                yield Static("", id="facts", classes="dialog-text", markup=False)
                if self._gallery is not None and self.app.size.width >= MIN_WIDTH_OF_COVER:
                    yield Portrait(id="cover")
            yield EventRows(self._do, self._load_people, id="event-rows")
            yield Static("", id="event-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(EventRows).focus()
        self._load_people()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_again)

    # What is shown.

    def show(self) -> None:
        event = self._event
        if event is None:
            self.end(None)
            return
        self.query_one("#event-name", Static).update(safe_line(event.name))
        self.query_one("#facts", Static).update(Content("\n".join(self._facts(event))))
        self.show_portrait()
        rows = self.query_one(EventRows)
        rows.show_rows(self._rows(event, rows.content_size.width))
        if rows.cursor_row is None:
            rows.action_cursor_first()
        note = _("enter does it · ↑↓ to the people · esc closes")
        self.query_one("#event-note", Static).update(f"{self._fault}\n{note}" if self._fault else note)

    def show_portrait(self) -> None:
        """Show the cover as far as it is here: called again when it comes."""
        event = self._event
        source = None if event is None else of_cover(event)
        for cover in self.query("#cover").results(Portrait):
            cover.display = source is not None
            if source is not None and self._gallery is not None:
                cover.show(self._gallery.lines_in(source, COVER_COLUMNS, COVER_ROWS, PORTRAIT) or [])

    def _facts(self, event: ScheduledEvent) -> list[str]:
        state, told, guild = self.client.state, self.told, self.guild
        if guild is None:
            return []
        details = planned_events.details_of(guild, event)
        when = " · ".join(part for part in (when_words(event, told), status_words(event)) if part)
        hosts = ", ".join(person_name(state, event, each) for each in host_ids(event, details))
        counted = event.user_count if isinstance(event.user_count, int) else None
        interest = "" if counted is None else interested_words(counted)
        if event.id in state.interested_ids:
            interest = " · ".join(part for part in (interest, _("you are interested")) if part)
        lines = [
            when,
            zone_words(event, details, told),
            recurrence_words(event, details),
            place_words(state, event),
            _("hosted by {names}").format(names=hosts) if hosts else "",
            interest,
        ]
        return [line for line in lines if line]

    def _rows(self, event: ScheduledEvent, width: int) -> list[AnyRow]:
        table = keys.BY_ID
        rows: list[AnyRow] = [
            DeedRow(each.id, each.label, table[f"event.{each.id}"].keys[0], each.is_dangerous)
            for each in deeds(self.client.state, event)
        ]
        if event.description:
            rows.append(WordsRow(""))
            lines = [line for text in safe_block(event.description).split("\n") for line in _wrapped(text, width - 4)]
            rows += [WordsRow(line, number) for number, line in enumerate(lines)]
        people = [] if self._people is None else self._people.people
        rows += [WordsRow(""), WordsRow(self._people_heading(event))]
        rows += [PersonRow(each.user_id, person_name(self.client.state, event, each.user_id)) for each in people]
        return rows

    def _people_heading(self, event: ScheduledEvent) -> str:
        people = self._people
        if people is not None and not people.people and not people.has_more:
            return _("Nobody is interested yet.")
        if isinstance(event.user_count, int):
            return interested_words(event.user_count).upper()
        return _("Interested").upper()

    def _load_people(self) -> None:
        if self._people is not None and self._people.has_more and not self._fault:
            self.run_worker(self._load(), group="people")

    async def _load(self) -> None:
        if self._people is None:
            return
        try:
            await self._people.load()
        except ClientError as error:
            self._fault = safe_line(str(error))
        if self.is_open:
            self.show()
            self.call_after_refresh(self._look_for_end)

    def _look_for_end(self) -> None:
        if self.is_open:
            self.query_one(EventRows).look_for_end()

    # What is done.

    def _do(self, name: str) -> None:
        event = self._event
        if event is None:
            return
        if name not in {each.id for each in deeds(self.client.state, event)}:
            self.app.notify(_("That cannot be done with this event now."), severity="warning", timeout=3)
            return
        match name:
            case "start":
                self.run_once(lambda: self._start(event))
            case "interested":
                is_interested = event.id not in self.client.state.interested_ids
                told = _("You are reminded of it.") if is_interested else ""
                self.attempt(self._set_interested(event, is_interested=is_interested), told)
            case "edit":
                self._edit(event)
            case "invite":
                self.attempt(self._copy_invite(event), _("Copied, if your terminal takes it (OSC 52)."))
            case "save":
                self._ask_where_to_save(event)
            case "cancel":
                self._ask_to_cancel(event)

    async def _start(self, event: ScheduledEvent) -> None:
        try:
            begun = event if planned_events.is_on(event) else await self.client.events.start(event)
        except ClientError as error:
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            return
        if begun.channel_id is not None:
            self.end(int(begun.channel_id))

    async def _set_interested(self, event: ScheduledEvent, *, is_interested: bool) -> None:
        await self.client.events.set_interested(event, is_interested=is_interested)
        self._people = self.client.events.people(event)
        self._load_people()

    def _edit(self, event: ScheduledEvent) -> None:
        from tuichat.tui.screens.events.form import EventForm

        self.app.push_screen(EventForm(self.client, self.guild_id, event, now=self._clock, is_12h=self._is_12h))

    async def _copy_invite(self, event: ScheduledEvent) -> None:
        self.app.copy_to_clipboard(await self._invite_link(event))

    async def _invite_link(self, event: ScheduledEvent) -> str:
        channel_id = invited_to(self.client.state, event)
        assert channel_id is not None  # else the deed is not there
        wanted = CreateInviteRequest(max_age=INVITE_AGE_S)
        invite = await self.client.guild_settings.invites.create(channel_id, wanted)
        return write_link(self.client.account.address, invite.code, event.id)

    def _ask_where_to_save(self, event: ScheduledEvent) -> None:
        def named(path: str | None) -> None:
            if path:
                self.attempt(self._save(event, path))

        detail = _("A file, or a folder in which it is named after the event.")
        self.app.push_screen(LineForm(_("Save it for your calendar"), detail, "~/", MAX_PATH_CHARACTERS), named)

    async def _save(self, event: ScheduledEvent, path: str) -> None:
        guild = self.guild
        if guild is None:
            return
        now_ms = int(self._clock().timestamp() * 1000)
        content = guild_calendar(
            self.client.state, guild, [event], server_id=self.client.account.server_id, now_ms=now_ms
        )
        saved = await asyncio.to_thread(save_calendar, path, event.name, content)
        self.app.notify(_("Saved: {path}").format(path=safe_line(str(saved))), markup=False, timeout=6)

    def _ask_to_cancel(self, event: ScheduledEvent) -> None:
        on, name = planned_events.is_on(event), safe_line(event.name)
        repeats = event.recurrence_rule is not None
        question = _("End {name}?") if on else _("Cancel {name}?")
        if on:
            detail = _("It comes again at its next time.") if repeats else _("It is over then, and leaves the list.")
        else:
            detail = _("It does not take place, nor any later time of it.") if repeats else _("It does not take place.")
        work = self.client.events.end if on else self.client.events.cancel

        async def done() -> None:
            changed = await work(event)
            if changed.status == EventStatus.SCHEDULED:
                when = when_words(changed, self.told)
                self.app.notify(_("The next time: {when}").format(when=when), markup=False, timeout=5)

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.attempt(done())

        label = _("end it") if on else _("cancel it")
        self.app.push_screen(ConfirmDialog(question.format(name=name), detail, label), decided)

    def action_start(self) -> None:
        self._do("start")

    def action_interested(self) -> None:
        self._do("interested")

    def action_edit(self) -> None:
        self._do("edit")

    def action_invite(self) -> None:
        self._do("invite")

    def action_save(self) -> None:
        self._do("save")

    def action_cancel(self) -> None:
        self._do("cancel")


def _wrapped(text: str, width: int) -> list[str]:
    return ["".join(piece.text for piece in line) for line in wrap([Piece(text, Style())], max(8, width))]
