"""Routes of our own: recovery codes, and a new password by one of them."""

from tuichat.protocol.profile import RecoverRequest, RecoveryCodesRequest
from tuichat.server.actions import recovery
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer


class Codes(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, await recovery.state_of(self.context, await self.actor(req)))

    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        answer(resp, await recovery.make_codes(self.context, actor, await read_body(req, RecoveryCodesRequest)))


class Recovery(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        body = await read_body(req, RecoverRequest)
        answer(resp, await recovery.recover(self.context, body, peer=self.api.peer_address(req)))


ROUTES = {"/tuichat/recovery": Recovery, "/tuichat/recovery/codes": Codes}
