"""Routes: looking at an invite, taking it, and taking it back."""

from tuichat.server.actions import errors, invites
from tuichat.server.api.body import drop_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, query_bool, query_id

MAX_CODE_CHARACTERS = 64


def checked_code(code: str) -> str:
    if not (0 < len(code) <= MAX_CODE_CHARACTERS and code.isprintable()):
        raise errors.unknown_invite()
    return code


class Invite(Resource):
    async def on_get(self, req: Request, resp: Response, code: str) -> None:
        """An invite can be looked at without an account, as who registers with it does."""
        actor = await self.actor(req) if req.get_header("Authorization") else None
        with_counts = query_bool(req, "with_counts")
        event_id = query_id(req, "guild_scheduled_event_id") or query_id(req, "event")
        shown = await invites.get_invite(
            self.context, actor, checked_code(code), with_counts=with_counts, event_id=event_id
        )
        answer(resp, shown)

    async def on_post(self, req: Request, resp: Response, code: str) -> None:
        actor = await self.actor(req)
        await drop_body(req)  # a session id may be in it, which we do not need
        answer(resp, await invites.accept_invite(self.context, actor, checked_code(code)))

    async def on_delete(self, req: Request, resp: Response, code: str) -> None:
        answer(resp, await invites.delete_invite(self.context, await self.actor(req), checked_code(code)))


ROUTES = {"/invites/{code}": Invite}
