"""Routes: making an account, signing in and out."""

from tuichat.protocol.profile import LogoutSessionsRequest
from tuichat.protocol.rest.account import LoginRequest, RegisterRequest
from tuichat.server.actions import auth
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing


class Register(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        body = await read_body(req, RegisterRequest)
        answer(resp, await auth.register(self.context, body, peer=self.api.peer_address(req)), 201)


class Login(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        body = await read_body(req, LoginRequest)
        answer(resp, await auth.login(self.context, body, peer=self.api.peer_address(req)))


class Logout(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        await auth.logout(self.context, await self.actor(req))
        answer_nothing(resp)


class Sessions(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, await auth.list_sessions(self.context, await self.actor(req)))


class SessionsLogout(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        await auth.logout_sessions(self.context, actor, await read_body(req, LogoutSessionsRequest))
        answer_nothing(resp)


ROUTES = {
    "/auth/register": Register,
    "/auth/login": Login,
    "/auth/logout": Logout,
    "/auth/sessions": Sessions,
    "/auth/sessions/logout": SessionsLogout,
}
