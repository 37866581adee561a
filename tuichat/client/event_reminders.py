"""Which events one is reminded of, and when: of those that one is interested in, some minutes before and as they begin. Pure."""

from collections.abc import Iterable, Iterator
from enum import Enum

import msgspec

from tuichat.client import notice_levels
from tuichat.client.planned_events import begins_ms, is_left_out, is_on
from tuichat.client.state import State
from tuichat.protocol.scheduled_event import ScheduledEvent

_MINUTE_MS = 60_000


class Occasion(Enum):
    SOON = "soon"
    ON = "on"  # it has begun, early or late


class Reminder(msgspec.Struct, frozen=True):
    """To be told once: of one time of an event, and once more where that is put at another hour."""

    account_key: str
    guild_id: int
    event_id: int
    begins_ms: int  # Unix time
    occasion: Occasion

    @property
    def key(self) -> str:
        return f"{self.account_key}/{self.event_id}/{self.begins_ms}/{self.occasion.value}"


def due(account_key: str, state: State, now_ms: int, minutes_before: int) -> list[Reminder]:
    """Return what is to be told by now, Unix time, the next one first; with 0 minutes nothing is."""
    if not minutes_before:
        return []
    found = []
    for event in _interesting(state):
        begins = begins_ms(event)
        if begins is None:
            continue
        occasion = None
        if is_on(event):
            occasion = Occasion.ON
        elif not is_left_out(event) and begins - minutes_before * _MINUTE_MS <= now_ms < begins:
            occasion = Occasion.SOON
        if occasion is not None:
            found.append(Reminder(account_key, int(event.guild_id), int(event.id), begins, occasion))
    return sorted(found, key=lambda each: (each.begins_ms, each.event_id))


def next_due_ms(states: Iterable[State], now_ms: int, minutes_before: int) -> int | None:
    """Return when the next event comes near, in Unix time; that one begins is told by a dispatch. None where none will."""
    if not minutes_before:
        return None
    near = (
        begins - minutes_before * _MINUTE_MS
        for state in states
        for event in _interesting(state)
        if not is_on(event) and not is_left_out(event) and (begins := begins_ms(event)) is not None
    )
    return min((moment for moment in near if moment > now_ms), default=None)


def _interesting(state: State) -> Iterator[ScheduledEvent]:
    """Those that one is interested in, but for servers whose events one does not want to hear of."""
    for guild_id, guild in state.guilds.items():
        if guild.events and not notice_levels.settings_of(state, guild_id).mute_scheduled_events:
            yield from (event for event_id, event in guild.events.items() if event_id in state.interested_ids)
