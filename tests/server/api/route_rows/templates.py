"""Rows: templates of guilds, vanity codes and previews."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing

TEMPLATES = "/guilds/{guild_id}/templates"


@thing
async def template(things: Things) -> str:
    """The template of the town's guild."""
    path = f"/guilds/{things.town.guild}/templates"
    known = await things.owner.call("GET", path, list[Object])
    made = known[0] if known else await things.owner.call("POST", path, Object, {"name": "like us"})
    return str(made["code"])


@thing
async def guild_without_template(things: Things) -> str:
    path = f"/guilds/{things.town.guild}/templates"
    for known in await things.owner.call("GET", path, list[Object]):
        await things.owner.raw("DELETE", f"{path}/{known['code']}")
    return things.town.guild


ROWS = [
    # method, path                            owner admin moderator member muted stranger bot
    row("GET", TEMPLATES, "200 200 200 50013 50013 50001 50013"),
    row("POST", TEMPLATES, "200 200 200 50013 50013 50001 50013", {"name": "like us"}, guild_id="guild_without_template"),
    row(
        "PUT", TEMPLATES + "/{code}",
        "200 200 200 50013 50013 50001 50013", code="template",
    ),
    row(
        "PATCH", TEMPLATES + "/{code}",
        "200 200 200 50013 50013 50001 50013", {"name": "other"}, code="template",
    ),
    row(
        "DELETE", TEMPLATES + "/{code}",
        "200 200 200 50013 50013 50001 50013", code="template",
    ),
    row("GET", "/guilds/templates/{code}", "200", code="template"),
    row(
        "POST", "/guilds/templates/{code}",
        "201 201 201 201 201 201 20001", {"name": "Like them"}, code="template",
    ),
    row("GET", "/guilds/{guild_id}/vanity-url", "200 200 200 50013 50013 50001 50013"),
    row(
        "PATCH", "/guilds/{guild_id}/vanity-url",
        "200 200 200 50013 50013 50001 50013", {"code": None},
    ),
    row("GET", "/guilds/{guild_id}/preview", "200 200 200 200 200 10004 200"),
]  # fmt: skip
