"""The scheduled events of guilds: planned, changed, started, ended, and who is interested in them."""

from collections.abc import Callable, Sequence

from msgspec import UNSET

from tuichat.client import directory, event_plan
from tuichat.client.change import Change, EventsChanged
from tuichat.client.event_plan import EventPlan
from tuichat.client.planned_events import is_on
from tuichat.client.reducer import scheduled_events as reducing
from tuichat.client.rest import Rest
from tuichat.client.routes import Body, Repeat, Request, make_request
from tuichat.client.state import State
from tuichat.protocol.event_details import FEATURE, EditEventDetailsRequest, EventDetails
from tuichat.protocol.event_subscription import EventSubscriber
from tuichat.protocol.scheduled_event import (
    CreateScheduledEventRequest,
    EditScheduledEventRequest,
    EventStatus,
    ScheduledEvent,
)
from tuichat.protocol.snowflake import Snowflake

PAGE = 100  # the most that a server gives at once
MAX_GUILDS = 200  # asked about at once: what our server takes
_EVENTS, _EVENT = "/guilds/{}/scheduled-events", "/guilds/{}/scheduled-events/{}"
_DETAILS = "/tuichat/scheduled-events/{}/details"


def list_events(guild_id: int) -> Request:
    return make_request("GET", _EVENTS, guild_id, query={"with_user_count": "true"})


def get_event(guild_id: int, event_id: int) -> Request:
    return make_request("GET", _EVENT, guild_id, event_id, query={"with_user_count": "true"})


def create_event(guild_id: int, body: CreateScheduledEventRequest) -> Request:
    return make_request("POST", _EVENTS, guild_id, body=body, repeat=Repeat.UNSAFE)


def edit_event(guild_id: int, event_id: int, body: EditScheduledEventRequest) -> Request:
    return make_request("PATCH", _EVENT, guild_id, event_id, body=body)


def delete_event(guild_id: int, event_id: int) -> Request:
    return make_request("DELETE", _EVENT, guild_id, event_id)


def own_interest(method: str, guild_id: int, event_id: int, body: Body = None) -> Request:
    return make_request(method, f"{_EVENT}/users/@me", guild_id, event_id, body=body)


def list_interested(guild_id: int, event_id: int, after: int) -> Request:
    query = {"limit": str(PAGE), "with_member": "true", "after": str(after), "upgrade_response_type": "true"}
    return make_request("GET", f"{_EVENT}/users", guild_id, event_id, query=query)


def list_own(guild_ids: Sequence[int]) -> Request:
    return make_request(
        "GET", "/users/@me/scheduled-events", query={"guild_ids": [str(int(each)) for each in guild_ids]}
    )


def list_details(guild_ids: Sequence[int]) -> Request:
    return make_request("GET", "/tuichat/event-details", query={"guild_ids": [str(int(each)) for each in guild_ids]})


def edit_details(event_id: int, body: EditEventDetailsRequest) -> Request:
    return make_request("PATCH", _DETAILS, event_id, body=body)


class InterestedPeople:
    """Who is interested in an event, page by page, in the order of their accounts."""

    def __init__(self, state: State, rest: Rest, guild_id: int, event_id: int) -> None:
        self.people: list[EventSubscriber] = []
        self.has_more = True
        self._state = state
        self._rest = rest
        self._ids = guild_id, event_id
        self._is_loading = False

    async def load(self) -> None:
        """Add the next page; nothing where one is under way. Raises ClientError."""
        if self._is_loading or not self.has_more:
            return
        self._is_loading = True
        try:
            after = self.people[-1].user_id if self.people else 0
            page = (await self._rest.get(list_interested(*self._ids, after), list[EventSubscriber]))[:PAGE]
        finally:
            self._is_loading = False
        for each in page:
            if each.user is not UNSET:
                directory.know(self._state, each.user)
        self.people += [each for each in page if each.user_id > after]
        self.has_more = len(page) == PAGE and self.people[-1].user_id > after


class ScheduledEvents:
    """One account's. What changes comes as a dispatch too, to everybody. Every call raises ClientError alone."""

    def __init__(self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit

    @property
    def has_details(self) -> bool:
        """Whether the server knows co-hosts and time zones of events."""
        return FEATURE in self._state.features

    async def load_own(self, only_guild_id: int | None = None) -> None:
        """Learn, as guilds come, which of their events one is interested in, and what they have beyond Discord's."""
        state = self._state
        known = state.guilds if only_guild_id is None else {only_guild_id} & state.guilds.keys()
        guild_ids = [guild_id for guild_id in known if state.guilds[guild_id].events]
        for first in range(0, len(guild_ids), MAX_GUILDS):
            asked = guild_ids[first : first + MAX_GUILDS]
            if self.has_details:
                for details in await self._rest.get(list_details(asked), list[EventDetails]):
                    reducing.put_details(state, details)
            if state.me is not None and not state.me.bot:
                found = await self._rest.get(list_own(asked), list[EventSubscriber])
                state.interested_ids |= {int(each.guild_scheduled_event_id) for each in found[: directory.MAX_USERS]}
            self._emit([EventsChanged(guild_id) for guild_id in asked])

    async def load(self, guild_id: int) -> None:
        """Learn a guild's events anew, with how many are interested in each."""
        found = await self._rest.get(list_events(guild_id), list[ScheduledEvent])
        guild = self._state.guilds.get(guild_id)
        if guild is None:
            return
        known, guild.events = guild.events, {}
        for planned in found[: directory.MAX_EVENTS]:
            directory.put_event(guild, planned)
        for lost in known.keys() - guild.events.keys():
            guild.event_details.pop(lost, None)
        self._emit([EventsChanged(guild_id)])

    async def create(self, guild_id: int, plan: EventPlan) -> ScheduledEvent:
        """Plan an event. Raises RefusedError for one that no server takes."""
        plan = event_plan.checked(plan)
        made = await self._rest.get(create_event(guild_id, event_plan.creation(plan)), ScheduledEvent)
        self._emit(reducing.put_event(self._state, made))
        if plan.time_zone or plan.cohost_ids:
            await self.set_details(made.id, time_zone=plan.time_zone, cohost_ids=plan.cohost_ids)
        return made

    async def edit(self, event: ScheduledEvent, plan: EventPlan) -> ScheduledEvent:
        """Have an event be what is planned now."""
        plan = event_plan.checked(plan)
        if self.has_details and (plan.time_zone is not None or plan.cohost_ids is not None):
            await self.set_details(event.id, time_zone=plan.time_zone, cohost_ids=plan.cohost_ids)
        return await self._change(event, event_plan.change(plan, is_on=is_on(event)))

    async def start(self, event: ScheduledEvent) -> ScheduledEvent:
        """Have it begin now; one in a stage channel opens the stage."""
        return await self._change(event, EditScheduledEventRequest(status=EventStatus.ACTIVE))

    async def end(self, event: ScheduledEvent) -> ScheduledEvent:
        """Have one that is on be over; one that recurs is planned for its next time."""
        return await self._change(event, EditScheduledEventRequest(status=EventStatus.COMPLETED))

    async def cancel(self, event: ScheduledEvent) -> ScheduledEvent:
        """Have one that is to come not take place, nor any later time of one that recurs."""
        return await self._change(event, EditScheduledEventRequest(status=EventStatus.CANCELED))

    async def delete(self, event: ScheduledEvent) -> None:
        await self._rest.perform(delete_event(event.guild_id, event.id))

    async def set_cover(self, event: ScheduledEvent, image: str | None) -> ScheduledEvent:
        """Give an event a picture, a data URI; None takes it away."""
        return await self._change(event, EditScheduledEventRequest(image=image))

    async def set_interested(self, event: ScheduledEvent, *, is_interested: bool) -> None:
        """Say that one is interested in an event, or take it back; what is so already stays so."""
        if is_interested == (event.id in self._state.interested_ids):
            return
        await self._rest.perform(own_interest("PUT" if is_interested else "DELETE", event.guild_id, event.id))

    def people(self, event: ScheduledEvent) -> InterestedPeople:
        return InterestedPeople(self._state, self._rest, event.guild_id, event.id)

    async def set_details(
        self, event_id: int, *, time_zone: str | None, cohost_ids: Sequence[int] | None
    ) -> EventDetails:
        """Set zone and co-hosts; a zone of None is UTC, co-hosts of None stay."""
        cohosts = UNSET if cohost_ids is None else [Snowflake(each) for each in cohost_ids]
        body = EditEventDetailsRequest(time_zone=time_zone, cohost_ids=cohosts)
        details = await self._rest.get(edit_details(event_id, body), EventDetails)
        self._emit(reducing.put_details(self._state, details))
        return details

    async def _change(self, event: ScheduledEvent, body: EditScheduledEventRequest) -> ScheduledEvent:
        changed = await self._rest.get(edit_event(event.guild_id, event.id, body), ScheduledEvent)
        self._emit(reducing.put_event(self._state, changed))
        return changed
