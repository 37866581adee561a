"""Routes: who is in voice, where voice is carried, and whether UDP leads there."""

from tuichat.protocol.rest.member import EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import guilds, voice_moderation, voice_probe
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing


class Regions(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        """The voice nodes that run now."""
        await self.actor(req)
        answer(resp, list(self.context.voice_rooms.regions()))


class Probe(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        answer(resp, voice_probe.open_probe(self.context, await self.actor(req), self.api.local_host(req)))


class GuildRegions(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        """The same: a node is for every guild."""
        await guilds.get_guild(self.context, await self.actor(req), guild_id)
        answer(resp, list(self.context.voice_rooms.regions()))


class OwnVoiceState(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await voice_moderation.get_state(self.context, actor, guild_id, actor.user_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditVoiceStateRequest)
        await voice_moderation.edit_own_state(self.context, actor, guild_id, body)
        answer_nothing(resp)


class VoiceState(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake) -> None:
        answer(resp, await voice_moderation.get_state(self.context, await self.actor(req), guild_id, user_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditVoiceStateRequest)
        await voice_moderation.edit_state(self.context, actor, guild_id, user_id, body)
        answer_nothing(resp)


ROUTES = {
    "/voice/regions": Regions,
    "/tuichat/voice/probe": Probe,
    "/guilds/{guild_id}/regions": GuildRegions,
    "/guilds/{guild_id}/voice-states/@me": OwnVoiceState,
    "/guilds/{guild_id}/voice-states/{user_id}": VoiceState,
}
