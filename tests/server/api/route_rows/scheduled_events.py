"""Rows: scheduled events, and interest in them."""

from datetime import UTC, datetime, timedelta

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing

EVENTS = "/guilds/{guild_id}/scheduled-events"
EVENT = f"{EVENTS}/{{event_id}}"
MANY = 50
NEW = {
    "name": "Honey",
    "privacy_level": 2,
    "entity_type": 3,
    "scheduled_start_time": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    "scheduled_end_time": (datetime.now(UTC) + timedelta(days=2)).isoformat(),
    "entity_metadata": {"location": "The hive"},
}

DETAILS = "/tuichat/scheduled-events/{event_id}/details"
LEFT_OUT = {"original_scheduled_start_time": NEW["scheduled_start_time"], "is_canceled": True}


async def _plan(things: Things, body: Object) -> str:
    """Plan an event as the owner, without those of rows before: a guild holds a hundred."""
    path = f"/guilds/{things.town.guild}/scheduled-events"
    known = await things.owner.call("GET", path, list[Object])
    for before in known if len(known) > MANY else ():
        await things.owner.do("DELETE", f"{path}/{before['id']}")
    return str((await things.owner.call("POST", path, Object, body))["id"])


@thing
async def event_id(things: Things) -> str:
    """An event that the owner planned."""
    return await _plan(things, NEW)


@thing
async def weekly_event(things: Things) -> str:
    """An event that the owner planned for every week."""
    rule = {"recurrence_rule": {"start": NEW["scheduled_start_time"], "frequency": 2, "interval": 1}}
    return await _plan(things, NEW | rule)


@thing
async def event_exception(things: Things) -> str:
    """The time of that event that is left out."""
    path = f"/guilds/{things.town.guild}/scheduled-events/{await things('weekly_event')}/exceptions"
    return str((await things.owner.call("POST", path, Object, LEFT_OUT))["event_exception_id"])


@thing
async def event_of_mine(things: Things) -> str:
    """An event that the asker is interested in, where it may be."""
    made = await things("event_id")
    await things.me.raw("PUT", f"/guilds/{things.town.guild}/scheduled-events/{made}/users/@me", None)
    return made


ROWS = [
    # method, path           owner admin moderator member muted stranger bot
    row("GET", EVENTS, "200 200 200 200 200 50001 200"),
    row("POST", EVENTS, "200 200 50013 50013 50013 50001 50013", NEW),
    row("GET", EVENT, "200 200 200 200 200 50001 200", query="?with_user_count=1"),
    row("PATCH", EVENT, "200 200 50013 50013 50013 50001 50013", {"name": "Mead", "status": 2}),
    row("DELETE", EVENT, "204 204 50013 50013 50013 50001 50013"),
    row("GET", f"{EVENT}/users", "200 200 200 200 200 50001 200", query="?with_member=true&limit=5"),
    row("GET", f"{EVENT}/users/counts", "200 200 200 200 200 50001 200"),
    row("PUT", f"{EVENT}/users/@me", "200 200 200 200 200 50001 20001"),
    row("DELETE", f"{EVENT}/users/@me", "204 204 204 204 204 50001 20001", event_id="event_of_mine"),
    row(
        "POST",
        f"{EVENT}/exceptions",
        "200 200 50013 50013 50013 50001 50013",
        LEFT_OUT,
        event_id="weekly_event",
    ),
    row(
        "PATCH",
        f"{EVENT}/exceptions/{{exception_id}}",
        "200 200 50013 50013 50013 50001 50013",
        {"is_canceled": True},
        event_id="weekly_event",
        exception_id="event_exception",
    ),
    row(
        "DELETE",
        f"{EVENT}/exceptions/{{exception_id}}",
        "204 204 50013 50013 50013 50001 50013",
        event_id="weekly_event",
        exception_id="event_exception",
    ),
    row("GET", "/tuichat/event-details", "200 200 200 200 200 50001 200", query="?guild_ids={guild_id}"),
    row("GET", DETAILS, "200 200 200 200 200 10070 200"),
    row("PATCH", DETAILS, "200 200 50013 50013 50013 10070 50013", {"time_zone": "Europe/Paris", "cohost_ids": []}),
    row("PATCH", DETAILS, "50035 50035 50013 50013 50013 10070 50013", {"time_zone": "Europe/Nowhere"}, note="no zone"),
    row("GET", "/users/@me/scheduled-events", "200 200 200 200 200 50001 200", query="?guild_ids={guild_id}"),
]
