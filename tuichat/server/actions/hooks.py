"""Hooks: what stands behind /webhooks/{id}/{token}, where a token alone lets somebody write."""

from collections.abc import Sequence
from typing import Protocol

from tuichat.protocol.message import Message
from tuichat.protocol.rest.message import EditMessageRequest
from tuichat.protocol.rest.webhook import ExecuteWebhookRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import interaction_responses, webhooks
from tuichat.server.actions.attachments import FilePart
from tuichat.server.actions.context import Context
from tuichat.server.actions.webhook_messages import IncomingHook

ORIGINAL = "@original"  # the first answer to an interaction

MessageName = Snowflake | str  # the id of a message, or `@original`


class Hook(Protocol):
    """Somebody who writes, reads, edits and deletes own messages. `thread_id` is a thread of its channel."""

    @property
    def is_always_answered(self) -> bool:
        """Whether executing it is answered with the message even where `wait` does not ask for it."""
        ...

    async def execute(
        self,
        request: ExecuteWebhookRequest,
        files: Sequence[FilePart] = (),
        *,
        thread_id: int | None = None,
        with_components: bool = False,
    ) -> Message: ...

    async def get_message(self, message: MessageName, *, thread_id: int | None = None) -> Message: ...

    async def edit_message(
        self,
        message: MessageName,
        request: EditMessageRequest,
        files: Sequence[FilePart] = (),
        *,
        thread_id: int | None = None,
        with_components: bool = False,
    ) -> Message: ...

    async def delete_message(self, message: MessageName, *, thread_id: int | None = None) -> None: ...


async def find(ctx: Context, hook_id: int, token: str) -> Hook:
    """Return the hook of an id and its token: a webhook's, or an interaction's of an application. Raises ActionError 10015
    or 50027."""
    user = ctx.users.get(hook_id)
    if user is not None and user.is_bot:
        return await interaction_responses.find(ctx, hook_id, token)
    return IncomingHook(ctx, await webhooks.find_by_token(ctx, hook_id, token))
