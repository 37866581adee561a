"""Routes for the user of this machine, on the Unix socket alone: sign-in without a password, and administration."""

from collections.abc import AsyncIterator

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import admin, auth, backup, errors, export, moving
from tuichat.server.actions.admin import AdminRequest
from tuichat.server.actions.upkeep_step import UpkeepStep
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, local_uid


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A new account with this name, or an existing one signed in to again."""

    display_name: str | None = None
    user_id: Snowflake | None = None


def require_local(req: Request) -> None:
    """Raise ActionError 404 for what did not come over the Unix socket: elsewhere these routes do not exist.

    The listener has checked that the other end is the user that the server runs as.
    """
    if local_uid(req) is None:
        raise errors.ActionError(404, 0, "404: Not Found")


class SignIn(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        require_local(req)
        body = await read_body(req, SignInRequest)
        answer(resp, await auth.sign_in_local(self.context, display_name=body.display_name, user_id=body.user_id))


class Admin(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        require_local(req)
        body: AdminRequest = await read_body(req, AdminRequest)
        answer(resp, await admin.execute(self.context, body))


class Backup(Resource):
    """A backup of the running server, for its administrator; the answer is a line of JSON for each step."""

    async def on_post(self, req: Request, resp: Response) -> None:
        require_local(req)
        body = await read_body(req, backup.BackupRequest)
        backup.require_target(body.target)
        _tell(resp, backup.back_up(self.context, body))


class Export(Resource):
    """A guild in a zip, for the server's administrator; the answer is likewise."""

    async def on_post(self, req: Request, resp: Response) -> None:
        require_local(req)
        state, target = export.find(self.context, await read_body(req, export.ExportRequest))
        _tell(resp, export.export(self.context, state, target))


class Migrate(Resource):
    """The data goes into another database while the server runs; the answer is likewise."""

    async def on_post(self, req: Request, resp: Response) -> None:
        require_local(req)
        _tell(resp, moving.move(self.context, await read_body(req, moving.MoveRequest)))


def _tell(resp: Response, steps: AsyncIterator[UpkeepStep]) -> None:
    async def lines() -> AsyncIterator[bytes]:
        async for step in steps:
            yield codec.encode(step) + b"\n"

    resp.content_type = "application/x-ndjson"
    resp.stream = lines()


ROUTES = {
    "/tuichat/local/sign-in": SignIn,
    "/tuichat/local/admin": Admin,
    "/tuichat/local/backup": Backup,
    "/tuichat/local/export": Export,
    "/tuichat/local/migrate": Migrate,
}
