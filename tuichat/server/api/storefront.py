"""Routes: a guild's welcome screen, onboarding and widget."""

from tuichat.protocol.rest.guild import WelcomeScreenRequest, WidgetRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import storefront
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer


class WelcomeScreen(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await storefront.get_welcome_screen(self.context, await self.actor(req), guild_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, WelcomeScreenRequest)
        answer(resp, await storefront.edit_welcome_screen(self.context, actor, guild_id, body))


class Onboarding(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await storefront.get_onboarding(self.context, await self.actor(req), guild_id))


class WidgetSettings(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await storefront.get_widget_settings(self.context, await self.actor(req), guild_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, WidgetRequest)
        answer(resp, await storefront.edit_widget_settings(self.context, actor, guild_id, body))


class Widget(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await storefront.get_widget(self.context, guild_id, base_url=self.api.base_url(req)))


ROUTES = {
    "/guilds/{guild_id}/welcome-screen": WelcomeScreen,
    "/guilds/{guild_id}/onboarding": Onboarding,
    "/guilds/{guild_id}/widget": WidgetSettings,
    "/guilds/{guild_id}/widget.json": Widget,
}
