"""Routes: webhooks, by their managers and by their token."""

from http import HTTPStatus

from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.message import EditMessageRequest
from tuichat.protocol.rest.webhook import CreateWebhookRequest, EditWebhookRequest, ExecuteWebhookRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import github_messages, hooks, slack_messages, webhooks
from tuichat.server.actions.errors import ActionError, invalid_field
from tuichat.server.actions.github_payload import GitHubPayload
from tuichat.server.actions.images import MAX_IMAGE_BODY_BYTES
from tuichat.server.actions.webhook_messages import IncomingHook
from tuichat.server.api.body import read_body, read_payload
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    answer_nothing,
    parse_id,
    parse_reason,
    query_bool,
    query_id,
)
from tuichat.server.api.form import read_form

MAX_SERVICE_BYTES = 4 * 1024 * 1024  # taste: a push of some thousand commits
FORM_WORDS = ("content", "username", "avatar_url", "thread_name")  # what curl may send as fields of a form
MAX_TOKEN_CHARACTERS = 300  # an interaction's has some 200


class ChannelWebhooks(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, await webhooks.list_channel_webhooks(self.context, await self.actor(req), channel_id))

    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateWebhookRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await webhooks.create_webhook(self.context, actor, channel_id, body))


class GuildWebhooks(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await webhooks.list_guild_webhooks(self.context, await self.actor(req), guild_id))


class Webhook(Resource):
    async def on_get(self, req: Request, resp: Response, webhook_id: Snowflake) -> None:
        answer(resp, await webhooks.get_webhook(self.context, await self.actor(req), webhook_id))

    async def on_patch(self, req: Request, resp: Response, webhook_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditWebhookRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await webhooks.edit_webhook(self.context, actor, webhook_id, body))

    async def on_delete(self, req: Request, resp: Response, webhook_id: Snowflake) -> None:
        await webhooks.delete_webhook(self.context, await self.actor(req), webhook_id)
        answer_nothing(resp)


class WebhookByToken(Resource):
    """What the token of a webhook, or of an interaction, opens; no account is needed."""

    async def on_get(self, req: Request, resp: Response, webhook_id: Snowflake, token: str) -> None:
        row = await webhooks.find_by_token(self.context, webhook_id, checked_token(token))
        answer(resp, webhooks.shown(self.context, row, None))

    async def on_patch(self, req: Request, resp: Response, webhook_id: Snowflake, token: str) -> None:
        row = await webhooks.find_by_token(self.context, webhook_id, checked_token(token))
        body = await read_body(req, EditWebhookRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await webhooks.edit_by_token(self.context, row, body, _reason(req)))

    async def on_delete(self, req: Request, resp: Response, webhook_id: Snowflake, token: str) -> None:
        """Remove a webhook by its token alone."""
        row = await webhooks.find_by_token(self.context, webhook_id, checked_token(token))
        await webhooks.delete_by_token(self.context, row, _reason(req))
        answer_nothing(resp)

    async def on_post(self, req: Request, resp: Response, webhook_id: Snowflake, token: str) -> None:
        """Write as a webhook, or follow up an interaction."""
        hook = await hooks.find(self.context, webhook_id, checked_token(token))
        thread_id, with_components = query_id(req, "thread_id"), query_bool(req, "with_components")
        async with read_form(req, ExecuteWebhookRequest, self.context, words=FORM_WORDS) as (body, files):
            message = await hook.execute(body, files, thread_id=thread_id, with_components=with_components)
        if hook.is_always_answered or query_bool(req, "wait"):
            answer(resp, message)
        else:
            answer_nothing(resp)


class SlackWebhook(Resource):
    """Takes messages as Slack's incoming webhooks do, and answers in Slack's word."""

    async def on_post(self, req: Request, resp: Response, webhook_id: Snowflake, token: str) -> None:
        """Write as a webhook, in the words of Slack."""
        row = await webhooks.find_by_token(self.context, webhook_id, checked_token(token))
        thread_id = query_id(req, "thread_id")
        resp.content_type = "text/plain"
        try:
            body = await read_payload(req, slack_messages.SlackMessage)
            await IncomingHook(self.context, row).execute(slack_messages.request_of(body), thread_id=thread_id)
        except ActionError as error:
            if error.status != HTTPStatus.BAD_REQUEST:
                raise  # a limit or a type, which are told as everywhere
            resp.status_code, resp.data = HTTPStatus.BAD_REQUEST, slack_messages.refusal_of(error).encode()
            return
        resp.data = b"ok"


class GitHubWebhook(Resource):
    """Takes GitHub's events; one that nobody is told of is answered with nothing."""

    async def on_post(self, req: Request, resp: Response, webhook_id: Snowflake, token: str) -> None:
        """Tell as a webhook what GitHub tells."""
        row = await webhooks.find_by_token(self.context, webhook_id, checked_token(token))
        thread_id = query_id(req, "thread_id")
        event = req.get_header("X-GitHub-Event") or ""
        if not event:
            sentence = "This header is required: it says which event the body is."
            raise invalid_field("X-GitHub-Event", "BASE_TYPE_REQUIRED", sentence)
        body = await read_payload(req, GitHubPayload, max_bytes=MAX_SERVICE_BYTES)
        request = github_messages.request_of(event, body)
        message = (
            None if request is None else await IncomingHook(self.context, row).execute(request, thread_id=thread_id)
        )
        if message is not None and query_bool(req, "wait"):
            answer(resp, message)
        else:
            answer_nothing(resp)


class HookMessage(Resource):
    """One message that a webhook, or an application's answer to an interaction, wrote."""

    async def on_get(self, req: Request, resp: Response, webhook_id: Snowflake, token: str, message: str) -> None:
        """Read a message that a webhook wrote, or an answer to an interaction."""
        hook = await hooks.find(self.context, webhook_id, checked_token(token))
        answer(resp, await hook.get_message(_name(message), thread_id=query_id(req, "thread_id")))

    async def on_patch(self, req: Request, resp: Response, webhook_id: Snowflake, token: str, message: str) -> None:
        """Change a message that a webhook wrote, or an answer to an interaction."""
        hook = await hooks.find(self.context, webhook_id, checked_token(token))
        thread_id, with_components = query_id(req, "thread_id"), query_bool(req, "with_components")
        async with read_form(req, EditMessageRequest, self.context) as (body, files):
            changed = await hook.edit_message(
                _name(message), body, files, thread_id=thread_id, with_components=with_components
            )
        answer(resp, changed)

    async def on_delete(self, req: Request, resp: Response, webhook_id: Snowflake, token: str, message: str) -> None:
        """Delete a message that a webhook wrote, or an answer to an interaction."""
        hook = await hooks.find(self.context, webhook_id, checked_token(token))
        await hook.delete_message(_name(message), thread_id=query_id(req, "thread_id"))
        answer_nothing(resp)


def checked_token(token: str) -> str:
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise ActionError(401, ErrorCode.INVALID_WEBHOOK_TOKEN, "Invalid Webhook Token")
    return token


def _name(message: str) -> hooks.MessageName:
    return message if message == hooks.ORIGINAL else parse_id("message_id", message)


def _reason(req: Request) -> str | None:
    header = req.get_header("X-Audit-Log-Reason")
    return parse_reason(header) if header else None


ROUTES = {
    "/channels/{channel_id}/webhooks": ChannelWebhooks,
    "/guilds/{guild_id}/webhooks": GuildWebhooks,
    "/webhooks/{webhook_id}": Webhook,
    "/webhooks/{webhook_id}/{token}": WebhookByToken,
    "/webhooks/{webhook_id}/{token}/slack": SlackWebhook,
    "/webhooks/{webhook_id}/{token}/github": GitHubWebhook,
    "/webhooks/{webhook_id}/{token}/messages/{message}": HookMessage,
}
