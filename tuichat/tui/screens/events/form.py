"""The form that plans an event, or changes one: what it is called, where, when, how often, with whom."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Static, TextArea

from tuichat.client import event_plan, planned_events
from tuichat.client.errors import ClientError
from tuichat.client.event_plan import (
    LOCATION_CHARACTERS,
    NAME_CHARACTERS,
    EventPlan,
    Repeats,
    plan_of,
    repeats_of,
    rule_of,
)
from tuichat.client.picture_file import picture_edit
from tuichat.client.planned_events import local_time, may_plan
from tuichat.client.state import State
from tuichat.local.time_zone import own_zone_name
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.event_details import MAX_COHOSTS
from tuichat.protocol.recurrence import RecurrenceRule
from tuichat.protocol.scheduled_event import EntityType, ScheduledEvent
from tuichat.protocol.time_zone import find_zone, zone_names
from tuichat.text.channel_names import channel_name
from tuichat.text.choices import Choice
from tuichat.text.event_words import rule_words
from tuichat.text.moment_input import MomentError, moment_said, read_end, read_moment
from tuichat.text.safe_text import safe_block, safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.pick import PickDialog
from tuichat.tui.widgets.sign_area import SignArea
from tuichat.tui.widgets.sign_input import SignInput

if TYPE_CHECKING:
    from tuichat.client.client import Client

ROWS_AROUND = 11  # of the fields: title, fault, buttons, note and the frame
ELSEWHERE = "elsewhere"
USUAL_LENGTH = timedelta(hours=1)  # taste: of an event elsewhere whose end is not said
MAX_TIME_CHARACTERS = 60
MAX_PATH_CHARACTERS = 1000
KINDS = {ChannelType.STAGE: EntityType.STAGE_INSTANCE, ChannelType.VOICE: EntityType.VOICE}


class Place(msgspec.Struct, frozen=True):
    """Where an event may be planned: in a channel, or with None elsewhere."""

    kind: EntityType
    channel_id: int | None = None

    @property
    def value(self) -> str:
        return ELSEWHERE if self.channel_id is None else str(self.channel_id)


def places(state: State, guild_id: int) -> list[Place]:
    """Return where one may plan an event, stages first."""
    guild = state.guilds.get(guild_id)
    channels = [state.channels[each] for each in (guild.channel_ids if guild else ()) if each in state.channels]
    found = [
        Place(KINDS[ChannelType(channel.type)], int(channel.id))
        for kind in KINDS
        for channel in channels
        if channel.type == kind and may_plan(state, guild_id, int(channel.id), KINDS[ChannelType(channel.type)])
    ]
    return [*found, Place(EntityType.EXTERNAL)] if may_plan(state, guild_id) else found


class EventForm(Dialog[bool]):
    """Answers whether an event was planned or changed."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.MODAL)

    def __init__(
        self,
        client: "Client",
        guild_id: int,
        event: ScheduledEvent | None,
        *,
        now: Callable[[], datetime],
        is_12h: bool = False,
        channel_id: int | None = None,
    ) -> None:
        """`event` None: a new one; `channel_id` is where it is to be at first."""
        super().__init__()
        self._client = client
        self._guild_id = guild_id
        self._event = event
        self._clock = now
        state = client.state
        guild = state.guilds[guild_id]
        self._has_details = client.events.has_details
        self._base = None if event is None else plan_of(event, planned_events.details_of(guild, event))
        self._places = places(state, guild_id)
        self._place = self._first_place(channel_id)
        zone = (own_zone_name() if self._base is None else self._base.time_zone) if self._has_details else None
        self._zone_name = zone
        self._repeats = Repeats.NEVER if self._base is None else repeats_of(self._base.rule, self._rule_zone)
        self._cohost_ids = [] if self._base is None else [int(each) for each in self._base.cohost_ids or ()]
        self._first_times: dict[str, str] = {}

    def _first_place(self, channel_id: int | None) -> Place:
        if self._base is not None:
            known = Place(self._base.kind, self._base.channel_id)
            if known not in self._places:
                self._places.insert(0, known)
            return known
        wanted = [place for place in self._places if channel_id is not None and place.channel_id == channel_id]
        return wanted[0] if wanted else next(iter(self._places), Place(EntityType.EXTERNAL))

    @property
    def _is_on(self) -> bool:
        return self._event is not None and planned_events.is_on(self._event)

    @property
    def _zone(self) -> tzinfo:
        """By whose clock times are written: the event's, else this machine's."""
        found = find_zone(self._zone_name) if self._zone_name else None
        return found or find_zone(own_zone_name() or "") or self._clock().tzinfo or UTC

    @property
    def _rule_zone(self) -> tzinfo:
        """By whose clock it recurs: without a zone of its own by that of UTC."""
        return (find_zone(self._zone_name) if self._zone_name else None) or UTC

    def compose(self) -> ComposeResult:
        base = self._base
        with Vertical(classes="dialog -large"):
            yield Static(_("Plan an event") if base is None else _("Change the event"), classes="dialog-title")
            with VerticalScroll(id="modal-fields", can_focus=False):
                yield self._row(_("Name"), self._input("name", "" if base is None else base.name, NAME_CHARACTERS[1]))
                yield self._row(_("Where"), self._button("place"))
                location = "" if base is None else base.location
                yield self._row(_("Place"), self._input("location", location, LOCATION_CHARACTERS[1]), id="at")
                yield self._row(_("Begins"), self._input("start", self._written("start"), MAX_TIME_CHARACTERS))
                yield Static("", id="start-said", classes="modal-hint event-said", markup=False)
                yield self._row(_("Ends"), self._input("end", self._written("end"), MAX_TIME_CHARACTERS))
                yield Static("", id="end-said", classes="modal-hint event-said", markup=False)
                if self._has_details:
                    yield self._row(_("Time zone"), self._button("zone"))
                yield self._row(_("Repeats"), self._button("repeats"))
                if self._has_details:
                    yield self._row(_("Co-hosts"), self._button("cohosts"))
                yield self._row(_("Cover"), self._input("cover", "", MAX_PATH_CHARACTERS))
                yield Static(_("What it is about"), classes="dialog-label", markup=False)
                about = safe_block("" if base is None else base.description)
                yield SignArea(about, tab_behavior="focus", compact=True, id="about", classes="modal-text")
            yield Static("", id="fault", classes="dialog-fault", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("leave it"), id="leave")
                yield Button(_("plan it") if base is None else _("save"), id="save")
            words = _("alt+enter saves it · tab to the next field · esc leaves it")
            yield Static(words, classes="dialog-note", markup=False)

    def _row(self, label: str, field: Input | Button, *, id: str | None = None) -> Horizontal:
        return Horizontal(Static(label, classes="field-label", markup=False), field, classes="field-row", id=id)

    def _input(self, name: str, value: str, max_characters: int) -> SignInput:
        placeholders = {
            "name": _("the weekly room"),
            "location": _("an address, a link, …"),
            "start": _("tomorrow 20:00"),
            "end": _("2h, or 22:00"),
            "cover": _("the path of a picture on this computer; none takes it away"),
        }
        field = SignInput(safe_line(value), placeholder=placeholders[name], max_length=max_characters, id=name)
        field.disabled = self._is_on and name in ("start", "location")
        return field

    def _button(self, name: str) -> Button:
        button = Button("", id=name, classes="modal-choice")
        button.disabled = self._is_on and name in ("place", "zone", "repeats")
        return button

    def on_mount(self) -> None:
        self.query_one("#fault").display = False
        self._show()
        self.query_one("#name").focus()

    def on_resize(self) -> None:
        """Leave the buttons and what is wrong in view, however low the screen is: the fields scroll."""
        self.query_one("#modal-fields").styles.max_height = max(3, self.app.size.height - ROWS_AROUND)

    # What is shown.

    def _show(self) -> None:
        state = self._client.state
        self.query_one("#place", Button).label = Content(f"{self._place_words(self._place)} ▾")
        self.query_one("#at").display = self._place.channel_id is None
        self.query_one("#repeats", Button).label = Content(f"{self._repeat_words(self._repeats)} ▾")
        if self._has_details:
            self.query_one("#zone", Button).label = Content(f"{self._zone_words()} ▾")
            names = [self._person(state, each) for each in self._cohost_ids]
            self.query_one("#cohosts", Button).label = Content(f"{', '.join(names) or _('nobody')} ▾")
        self._show_times()

    def _show_times(self) -> None:
        """Say how times are understood, as they are typed."""
        today = self._clock().astimezone(self._zone).date()
        for name in ("start", "end"):
            said = ""
            if self._value(name):
                try:
                    moment = self._start() if name == "start" else self._end(self._start())
                except MomentError as error:
                    said = str(error)
                else:
                    said = "" if moment is None else moment_said(moment, today)
            line = self.query_one(f"#{name}-said", Static)
            line.display = bool(said)
            line.update(safe_line(said))

    def _place_words(self, place: Place) -> str:
        channel = self._client.state.channels.get(place.channel_id or 0)
        if place.channel_id is None:
            return _("elsewhere")
        sign = "◈" if place.kind is EntityType.STAGE_INSTANCE else "♪"
        return f"{sign} {channel_name(channel) if channel is not None else _('a channel that you do not see')}"

    def _zone_words(self) -> str:
        return self._zone_name or _("UTC, as bots have it")

    def _repeat_words(self, repeats: Repeats) -> str:
        if repeats is Repeats.NEVER:
            return _("never")
        if repeats is Repeats.OTHER:
            rule = None if self._base is None else self._base.rule
            return rule_words(rule, self._rule_zone) or _("as before")
        return rule_words(rule_of(repeats, self._start_ms_or_now(), self._rule_zone), self._rule_zone)

    def _person(self, state: State, user_id: int) -> str:
        member = state.guilds[self._guild_id].members.get(user_id) if self._guild_id in state.guilds else None
        user = state.users.get(user_id)
        if member is not None:
            return safe_name(member.display_name)
        return safe_name(user.display_name) if user is not None else _("somebody")

    # Times.

    def _written(self, name: str) -> str:
        """Return a time of the event as the field begins with it."""
        base = self._base
        moment_ms = None if base is None else base.start_ms if name == "start" else base.end_ms
        text = "" if moment_ms is None else f"{local_time(moment_ms, self._zone):%Y-%m-%d %H:%M}"
        self._first_times[name] = text
        return text

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    def _start(self) -> datetime:
        base = self._base
        if base is not None and self._value("start") == self._first_times["start"]:
            return local_time(base.start_ms, self._zone)
        return read_moment(self._value("start"), self._clock().astimezone(self._zone))

    def _end(self, start: datetime) -> datetime | None:
        typed = self._value("end")
        if typed:
            return read_end(typed, start)
        return start + USUAL_LENGTH if self._place.channel_id is None else None

    def _start_ms_or_now(self) -> int:
        try:
            start = self._start()
        except MomentError:
            start = self._clock()
        return int(start.timestamp()) * 1000

    @on(Input.Changed, "#start")
    @on(Input.Changed, "#end")
    def _time_typed(self) -> None:
        self._show_times()
        self.query_one("#repeats", Button).label = Content(f"{self._repeat_words(self._repeats)} ▾")

    # Choices.

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.app.action_focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "leave":
                self.action_close()
            case "save":
                self.action_done()
            case "place":
                choices = [Choice(place.value, self._place_words(place)) for place in self._places]
                self._pick(_("Where it is"), choices, self._place.value, self._take_place)
            case "zone":
                self._pick(_("By whose clock it is"), self._zone_choices(), self._zone_name or "", self._take_zone)
            case "repeats":
                self._pick(_("How it repeats"), self._repeat_choices(), self._repeats.value, self._take_repeats)
            case "cohosts":
                self._pick_cohosts()

    def _pick(self, title: str, choices: Sequence[Choice], chosen: str, then: Callable[[str], None]) -> None:
        def picked(values: list[str] | None) -> None:
            if values:
                then(values[0])
                self._show()

        self.app.push_screen(PickDialog(title, lambda: choices, chosen=[chosen]), picked)

    def _take_place(self, value: str) -> None:
        self._place = next(place for place in self._places if place.value == value)

    def _zone_choices(self) -> list[Choice]:
        now = self._clock()
        own = own_zone_name()
        names = [name for name in (self._zone_name, own) if name]
        ordered = dict.fromkeys([*names, *zone_names()])
        found = [Choice(name, name, _offset(now, name)) for name in ordered]
        return [*found[: len(set(names))], Choice("UTC", _("UTC, as bots have it")), *found[len(set(names)) :]]

    def _take_zone(self, value: str) -> None:
        """Keep what stands in the fields: the clock of the other zone shows that."""
        self._zone_name = None if value == "UTC" else value
        for name in ("start", "end"):
            if self._base is not None and self._value(name) == self._first_times[name]:
                self.query_one(f"#{name}", Input).value = self._written(name)

    def _repeat_choices(self) -> list[Choice]:
        offered = [each for each in Repeats if each is not Repeats.OTHER or each is self._repeats]
        return [Choice(each.value, self._repeat_words(each)) for each in offered]

    def _take_repeats(self, value: str) -> None:
        self._repeats = Repeats(value)

    def _pick_cohosts(self) -> None:
        state = self._client.state

        def choices() -> list[Choice]:
            guild = state.guilds.get(self._guild_id)
            me = None if state.me is None else state.me.id
            members = [] if guild is None else [each for each in guild.members.values() if each.user.id != me]
            names = [(safe_name(each.display_name), each) for each in members]
            return [
                Choice(str(int(each.user.id)), name, safe_name(each.user.username))
                for name, each in sorted(names, key=lambda pair: pair[0].casefold())
            ]

        def ask(beginning: str) -> None:
            if state.lists_lazily(self._guild_id):
                self.run_worker(self._search(beginning), group="search", exclusive=True)

        def picked(values: list[str] | None) -> None:
            if values is not None:
                self._cohost_ids = [int(value) for value in values]
                self._show()

        chosen = [str(each) for each in self._cohost_ids]
        title = _("Who starts, edits and hosts it too")
        self.app.push_screen(PickDialog(title, choices, (0, MAX_COHOSTS), ask=ask, chosen=chosen), picked)

    async def _search(self, beginning: str) -> None:
        try:
            await self._client.members.search(self._guild_id, beginning)
        except ClientError as error:
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
        if isinstance(self.app.screen, PickDialog):
            self.app.screen.show_choices()

    # Saving.

    def action_done(self) -> None:
        if self.is_busy:
            return
        try:
            plan = self._plan()
        except MomentError as error:
            self.show_fault(str(error), "#start")
            return
        self.show_fault(_("sending …"))
        self.run_once(lambda: self._save(plan))

    def _plan(self) -> EventPlan:
        base, start = self._base, self._start()
        start_ms = int(start.timestamp()) * 1000
        end = self._end(start)
        about = self.query_one("#about", TextArea).text
        if base is not None and about == safe_block(base.description):
            about = base.description  # what is shown is safe text: one that was not touched stays as it is
        name, location = self._value("name"), self._value("location")
        if base is not None:
            name = base.name if name == safe_line(base.name) else name
            location = base.location if location == safe_line(base.location) else location
        return EventPlan(
            name=name,
            kind=self._place.kind,
            start_ms=base.start_ms if base is not None and self._is_on else start_ms,
            end_ms=None if end is None else int(end.timestamp()) * 1000,
            channel_id=self._place.channel_id,
            location=location if self._place.channel_id is None else "",
            description=about,
            rule=self._rule(start_ms),
            time_zone=self._zone_name if self._has_details else None,
            cohost_ids=tuple(self._cohost_ids) if self._has_details else None,
        )

    def _rule(self, start_ms: int) -> RecurrenceRule | None:
        base = self._base
        is_as_before = base is not None and self._repeats is repeats_of(base.rule, self._rule_zone)
        if base is not None and is_as_before and (self._repeats is Repeats.OTHER or base.start_ms == start_ms):
            return base.rule
        return rule_of(self._repeats, start_ms, self._rule_zone)

    async def _save(self, plan: EventPlan) -> None:
        typed = self._value("cover")
        try:
            image = await picture_edit(typed)
            plan = event_plan.checked(msgspec.structs.replace(plan, image=image))
            events = self._client.events
            if self._event is None:
                await events.create(self._guild_id, plan)
            else:
                await events.edit(self._event, plan)
        except ClientError as error:
            self.show_fault(str(error))
        else:
            words = _("{name} is planned.") if self._event is None else _("{name} is changed.")
            self.app.notify(words.format(name=safe_line(plan.name)), markup=False, timeout=5)
            self.end(True)

    def action_close(self) -> None:
        self.dismiss(False)


def _offset(now: datetime, name: str) -> str:
    """Return how far a zone's clock is from UTC now."""
    zone = find_zone(name)
    return "" if zone is None else f"{now.astimezone(zone):UTC%z}"
