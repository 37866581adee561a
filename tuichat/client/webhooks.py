"""Webhooks: the addresses at which other programs write into a guild's channels. Who has an address may write there."""

import asyncio

from tuichat.client.errors import RefusedError
from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.config.paths import data_dir
from tuichat.config.secret import remember_secret
from tuichat.errors import TuichatError
from tuichat.local.server_record import ServerRecord
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.rest.webhook import CreateWebhookRequest, EditWebhookRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.webhook import Webhook
from tuichat.translation import _


def list_webhooks(guild_id: int) -> Request:
    return make_request("GET", "/guilds/{}/webhooks", guild_id)


def create_webhook(channel_id: int, name: str) -> Request:
    body = CreateWebhookRequest(name=name)
    return make_request("POST", "/channels/{}/webhooks", channel_id, body=body, repeat=Repeat.UNSAFE)


def edit_webhook(webhook_id: int, edit: EditWebhookRequest) -> Request:
    return make_request("PATCH", "/webhooks/{}", webhook_id, body=edit)


def delete_webhook(webhook_id: int) -> Request:
    return make_request("DELETE", "/webhooks/{}", webhook_id)


def execute_webhook(webhook_id: int, token: str, text: str) -> Request:
    body = CreateMessageRequest(content=text)
    query = {"wait": "true"}
    return make_request("POST", "/webhooks/{}/{}", webhook_id, token, body=body, query=query, repeat=Repeat.UNSAFE)


class Webhooks:
    """One account's way to them. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def of_guild(self, guild_id: int) -> list[Webhook]:
        return await self._rest.get(list_webhooks(guild_id), list[Webhook])

    async def create(self, channel_id: int, name: str) -> Webhook:
        return await self._rest.get(create_webhook(channel_id, name), Webhook)

    async def rename(self, webhook_id: int, name: str) -> None:
        await self._rest.perform(edit_webhook(webhook_id, EditWebhookRequest(name=name)))

    async def move(self, webhook_id: int, channel_id: int) -> None:
        """Have it write into another channel of its guild."""
        await self._rest.perform(edit_webhook(webhook_id, EditWebhookRequest(channel_id=Snowflake(channel_id))))

    async def delete(self, webhook_id: int) -> None:
        await self._rest.perform(delete_webhook(webhook_id))

    async def write(self, webhook: Webhook, text: str) -> None:
        """Write a message as a webhook; returns when it is there. Raises RefusedError where its token is not known."""
        await self._rest.perform(execute_webhook(int(webhook.id), self._token(webhook), text))

    async def url(self, webhook: Webhook) -> str:
        """Return where programs send what a webhook is to write: a secret that no log will hold. Raises RefusedError
        where it is not known."""
        token = self._token(webhook)
        endpoint = self._rest.endpoint
        base = endpoint.url if endpoint.socket_path is None else await asyncio.to_thread(_personal_url)
        return f"{base}/api/webhooks/{int(webhook.id)}/{token}"

    @staticmethod
    def _token(webhook: Webhook) -> str:
        if not isinstance(webhook.token, str):
            raise RefusedError(_("The address of this webhook is known to the application alone that made it."))
        remember_secret(webhook.token)  # those that are only listed go nowhere, and are too many to remember
        return webhook.token


def _personal_url() -> str:
    """Return where programs reach the personal server, which the screen itself talks to through a socket."""
    try:
        record = ServerRecord.read(data_dir())
    except TuichatError as error:
        raise RefusedError(str(error)) from error
    if record is None or not record.tcp_port:
        raise RefusedError(_("Your server has not said yet at which port programs reach it: try again in a moment."))
    return record.url
