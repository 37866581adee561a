"""Routes whose truthful answer is an empty list: what libraries ask for and this release does not keep."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, guilds
from tuichat.server.api.exchange import Api, Request, Resource, Response

PLAIN = {
    "/experiments": b'{"fingerprint":"","assignments":[],"guild_experiments":[]}',
    "/auth/location-metadata": b'{"consent_required":false,"country_code":""}',
}  # asked for before there is a token
OWN = {
    "/sticker-packs": b'{"sticker_packs":[]}',
    "/users/@me/connections": b"[]",
}
APPLICATION = {
    "/applications/{application_id}/skus": b"[]",
    "/applications/{application_id}/entitlements": b"[]",
    "/applications/{application_id}/role-connections/metadata": b"[]",
}
GUILD = {
    "/guilds/{guild_id}/auto-moderation/rules": b"[]",
}


class _Fixed(Resource):
    def __init__(self, api: Api, body: bytes) -> None:
        super().__init__(api)
        self._body = body

    def send(self, resp: Response) -> None:
        resp.data = self._body


class Plain(_Fixed):
    async def on_get(self, req: Request, resp: Response) -> None:
        """Answer that there is nothing of the kind."""
        self.send(resp)


class Own(_Fixed):
    async def on_get(self, req: Request, resp: Response) -> None:
        """Answer that the server has none."""
        await self.actor(req)
        self.send(resp)


class OfApplication(_Fixed):
    async def on_get(self, req: Request, resp: Response, application_id: Snowflake) -> None:
        """Answer that the application, the bot's own, has none."""
        if (await self.actor(req)).user_id != application_id:
            raise errors.unknown_application()
        self.send(resp)


class OfGuild(_Fixed):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        """Answer that the guild has none."""
        await guilds.get_guild(self.context, await self.actor(req), guild_id)
        self.send(resp)


def routes(api: Api) -> dict[str, Resource]:
    return {
        **{path: Plain(api, body) for path, body in PLAIN.items()},
        **{path: Own(api, body) for path, body in OWN.items()},
        **{path: OfApplication(api, body) for path, body in APPLICATION.items()},
        **{path: OfGuild(api, body) for path, body in GUILD.items()},
    }
