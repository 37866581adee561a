"""Rows: application commands, who may use them, and interactions."""

import secrets

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing
from tuichat.protocol.interaction import InteractionData, InteractionRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.accounts import Actor
from tuichat.server.actions.interactions import open_interaction

GLOBAL = "/applications/{application_id}/commands"
IN_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"
PERMISSIONS = IN_GUILD + "/{command_id}/permissions"
COMMAND = {"name": "ping", "description": "Answers"}
ONLY_BOT = "20002 20002 20002 20002 20002 20002 {}"


@thing
async def bot_id(things: Things) -> str:
    return things.town.people["bot"].user_id


async def _command(things: Things, path: str) -> str:
    bot = things.town.people["bot"]
    body = COMMAND | {"name": f"c{secrets.token_hex(6)}"}
    made = await bot.call("POST", f"/applications/{bot.user_id}{path}/commands", Object, body)
    things.note("command_name", made["name"])
    return str(made["id"])


@thing
async def command_id(things: Things) -> str:
    """A command of the bot in the guild."""
    return await _command(things, f"/guilds/{things.town.guild}")


@thing
async def command_name(things: Things) -> str:
    await things("command_id")
    return await things("command_name")


@thing
async def global_command(things: Things) -> str:
    return await _command(things, "")


@thing
async def permitted_command(things: Things) -> str:
    """A command whose permissions the owner has set."""
    made = await things("command_id")
    path = f"/applications/{await things('bot_id')}/guilds/{things.town.guild}/commands/{made}/permissions"
    await things.owner.do("PUT", path, {"permissions": [{"id": things.town.guild, "type": 1, "permission": True}]})
    return made


@thing
async def interaction_id(things: Things) -> str:
    """An interaction of the owner that nobody has answered."""
    await things("command_id")
    request = InteractionRequest(
        type=2,
        application_id=Snowflake(int(await things("bot_id"))),
        channel_id=Snowflake(int(things.town.channel)),
        data=InteractionData(id=Snowflake(int(await things("command_id")))),
    )
    context = things.town.site.server.context
    _, made, payload = await open_interaction(context, Actor(Snowflake(int(things.owner.user_id))), request)
    things.note("interaction_token", payload.token)
    return str(int(made.id))


@thing
async def interaction_token(things: Things) -> str:
    await things("interaction_id")
    return await things("interaction_token")


ROWS = [
    # method, path    owner admin moderator member muted stranger bot
    row("GET", GLOBAL, ONLY_BOT.format(200)),
    row("POST", GLOBAL, ONLY_BOT.format(201), COMMAND),
    row("PUT", GLOBAL, ONLY_BOT.format(200), [COMMAND]),
    row("GET", GLOBAL + "/{command_id}", ONLY_BOT.format(200), command_id="global_command"),
    row("PATCH", GLOBAL + "/{command_id}", ONLY_BOT.format(200), {"description": "x"}, command_id="global_command"),
    row("DELETE", GLOBAL + "/{command_id}", ONLY_BOT.format(204), command_id="global_command"),
    row("GET", IN_GUILD, ONLY_BOT.format(200)),
    row("POST", IN_GUILD, ONLY_BOT.format(201), COMMAND),
    row("PUT", IN_GUILD, ONLY_BOT.format(200), [COMMAND]),
    row("GET", IN_GUILD + "/{command_id}", ONLY_BOT.format(200)),
    row("PATCH", IN_GUILD + "/{command_id}", ONLY_BOT.format(200), {"description": "x"}),
    row("DELETE", IN_GUILD + "/{command_id}", ONLY_BOT.format(204)),
    row("GET", IN_GUILD + "/permissions", "200 200 200 200 200 50001 200", application_id="bot_id"),
    row(
        "GET",
        PERMISSIONS,
        "200 200 200 200 200 50001 200",
        application_id="bot_id",
        command_id="permitted_command",
    ),
    row(
        "PUT",
        PERMISSIONS,
        "200 200 200 50013 50013 50001 20001",
        {"permissions": [{"id": "{guild_id}", "type": 1, "permission": True}]},
        application_id="bot_id",
    ),
    row("GET", "/channels/{channel_id}/application-command-index", "200 200 200 200 200 50001 20001"),
    row("GET", "/guilds/{guild_id}/application-command-index", "200 200 200 200 200 50001 20001"),
    row(
        "POST",
        "/interactions",
        "204 204 204 204 10063 50001 20001",
        {
            "type": 2,
            "application_id": "{bot_id}",
            "channel_id": "{channel_id}",
            "data": {"id": "{command_id}", "name": "{command_name}", "type": 1},
        },
    ),
    row(
        "POST",
        "/interactions/{interaction_id}/{token}/callback",
        "204",
        {"type": 4, "data": {"content": "x"}},
        token="interaction_token",  # a thing's name
        note="whoever has the token",
    ),
]
