"""Routes: application commands, global and of a guild, and who may use them."""

from tuichat.protocol.application_command import CommandRequest, EditCommandPermissionsRequest, EditCommandRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import application_commands, command_index, command_permissions
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_bool


class Commands(Resource):
    """An application's global commands, or below a guild those of the guild."""

    async def on_get(
        self, req: Request, resp: Response, application_id: Snowflake, guild_id: Snowflake | None = None
    ) -> None:
        actor = await self.actor(req)
        found = await application_commands.list_commands(
            self.context, actor, application_id, guild_id, with_localizations=query_bool(req, "with_localizations")
        )
        answer(resp, found)

    async def on_post(
        self, req: Request, resp: Response, application_id: Snowflake, guild_id: Snowflake | None = None
    ) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CommandRequest)
        command, is_new = await application_commands.put_command(self.context, actor, application_id, guild_id, body)
        answer(resp, command, 201 if is_new else 200)

    async def on_put(
        self, req: Request, resp: Response, application_id: Snowflake, guild_id: Snowflake | None = None
    ) -> None:
        actor = await self.actor(req)
        body = await read_body(req, list[CommandRequest])
        answer(resp, await application_commands.replace_commands(self.context, actor, application_id, guild_id, body))


class Command(Resource):
    async def on_get(
        self,
        req: Request,
        resp: Response,
        application_id: Snowflake,
        command_id: Snowflake,
        guild_id: Snowflake | None = None,
    ) -> None:
        actor = await self.actor(req)
        answer(resp, await application_commands.get_command(self.context, actor, application_id, guild_id, command_id))

    async def on_patch(
        self,
        req: Request,
        resp: Response,
        application_id: Snowflake,
        command_id: Snowflake,
        guild_id: Snowflake | None = None,
    ) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditCommandRequest)
        changed = await application_commands.edit_command(
            self.context, actor, application_id, guild_id, command_id, body
        )
        answer(resp, changed)

    async def on_delete(
        self,
        req: Request,
        resp: Response,
        application_id: Snowflake,
        command_id: Snowflake,
        guild_id: Snowflake | None = None,
    ) -> None:
        actor = await self.actor(req)
        await application_commands.delete_command(self.context, actor, application_id, guild_id, command_id)
        answer_nothing(resp)


class AllPermissions(Resource):
    async def on_get(self, req: Request, resp: Response, application_id: Snowflake, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await command_permissions.list_permissions(self.context, actor, application_id, guild_id))


class CommandPermissions(Resource):
    async def on_get(
        self, req: Request, resp: Response, application_id: Snowflake, guild_id: Snowflake, command_id: Snowflake
    ) -> None:
        actor = await self.actor(req)
        found = await command_permissions.get_permissions(self.context, actor, application_id, guild_id, command_id)
        answer(resp, found)

    async def on_put(
        self, req: Request, resp: Response, application_id: Snowflake, guild_id: Snowflake, command_id: Snowflake
    ) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditCommandPermissionsRequest)
        changed = await command_permissions.edit_permissions(
            self.context, actor, application_id, guild_id, command_id, body.permissions
        )
        answer(resp, changed)


class GuildIndex(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await command_index.guild_index(self.context, await self.actor(req), guild_id))


class ChannelIndex(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, await command_index.channel_index(self.context, await self.actor(req), channel_id))


ROUTES = {
    "/applications/{application_id}/commands": Commands,
    "/applications/{application_id}/commands/{command_id}": Command,
    "/applications/{application_id}/guilds/{guild_id}/commands": Commands,
    "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}": Command,
    "/applications/{application_id}/guilds/{guild_id}/commands/permissions": AllPermissions,
    "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}/permissions": CommandPermissions,
    "/guilds/{guild_id}/application-command-index": GuildIndex,
    "/channels/{channel_id}/application-command-index": ChannelIndex,
}
