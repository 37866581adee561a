"""How interactions reach their applications: at the gateway, or as signed requests that may be answered at once."""

import logging
from collections.abc import Sequence

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.interaction import (
    ANSWER_LIMIT_MS,
    CallbackRequest,
    Interaction,
    InteractionRequest,
    InteractionType,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, interaction_responses, interactions
from tuichat.server.actions.attachments import FilePart
from tuichat.server.actions.context import Actor, Context
from tuichat.server.bus import event
from tuichat.server.fetch.errors import FetchError
from tuichat.server.fetch.fetcher import Answer, Reach, Request
from tuichat.server.store.command_rows import InteractionRow
from tuichat.server.store.rows import ApplicationRow

MAX_ANSWER_BYTES = 256 * 1024
PING_TIMEOUT_S = 5.0
NO_TOKEN = "-"  # noqa: S105  # a ping is answered at once or not at all
_HAS_BODY = 200
_ANSWERS_LATER = (202, 204)

logger = logging.getLogger(__name__)


async def create_interaction(
    ctx: Context, actor: Actor, request: InteractionRequest, files: Sequence[FilePart] = ()
) -> None:
    """Hand an interaction of a user to its application: at the gateway, or at its endpoint where it has one.

    Raises ActionError as `interactions.open_interaction` does.
    """
    application, row, interaction = await interactions.open_interaction(ctx, actor, request, files)
    if application.endpoint_url is None:
        ctx.bus.publish(event("INTERACTION_CREATE", interaction, guild_id=row.guild_id, user_ids=[application.id]))
    elif not ctx.background.start(deliver(ctx, application, row, interaction), "an interaction's delivery"):
        interactions.fail(ctx, row.id)


async def deliver(ctx: Context, application: ApplicationRow, row: InteractionRow, interaction: Interaction) -> None:
    """Send an interaction to the application's endpoint, and carry out the answer that comes back with it.

    202 and 204 mean that it answers by a request of its own. The user is told at once when it cannot be reached.
    """
    try:
        answer = await _post(ctx, application, codec.encode(interaction), ANSWER_LIMIT_MS / 1000)
        if answer.status in _ANSWERS_LATER:
            return
        if answer.status != _HAS_BODY:
            raise errors.ActionError(400, 0, f"the endpoint answered {answer.status}")
        request = codec.decode(answer.body, CallbackRequest)
        await interaction_responses.respond(ctx, row.id, interaction.token, request)
    except (FetchError, errors.ActionError, msgspec.DecodeError, ValueError, RecursionError) as error:
        logger.info("application %s did not answer an interaction: %s", row.application_id, error)
        interactions.fail(ctx, row.id)


async def check_endpoint(ctx: Context, application: ApplicationRow, url: str) -> None:
    """Refuse an endpoint that does not answer a ping, or takes one whose signature is wrong (50035), as Discord does."""
    asked = msgspec.structs.replace(application, endpoint_url=url)
    ping = codec.encode(
        Interaction(
            id=ctx.next_id(),
            application_id=application.id,
            type=InteractionType.PING,
            token=NO_TOKEN,
            attachment_size_limit=ctx.max_upload_bytes,
        )
    )
    try:
        answer = await _post(ctx, asked, ping, PING_TIMEOUT_S)
        is_pong = answer.status == _HAS_BODY and codec.decode(answer.body, CallbackRequest).type == 1
        forged = await _post(ctx, asked, ping, PING_TIMEOUT_S, signer_id=Snowflake(application.id ^ 1))
    except (FetchError, msgspec.DecodeError, ValueError) as error:
        raise _refused(f"The endpoint could not be verified: {error}"[:200]) from None
    if not is_pong:
        raise _refused(f"The endpoint must answer a ping with 200 and type 1, it answered {answer.status}")
    if forged.status != 401:
        raise _refused(f"The endpoint must answer a wrong signature with 401, it answered {forged.status}")


async def _post(
    ctx: Context, application: ApplicationRow, body: bytes, timeout_s: float, *, signer_id: Snowflake | None = None
) -> Answer:
    """POST a signed body (Discord's documentation, "Validating Security Request Headers"). Raises FetchError."""
    timestamp = str(ctx.now_ms() // 1000)
    signature = ctx.signer.sign(signer_id or application.id, timestamp.encode() + body)
    return await ctx.fetcher.fetch(
        Request(
            url=application.endpoint_url or "",
            method="POST",
            headers={
                "Content-Type": "application/json",
                "X-Signature-Ed25519": signature,
                "X-Signature-Timestamp": timestamp,
            },
            body=body,
            max_bytes=MAX_ANSWER_BYTES,
            timeout_s=timeout_s,
            reach=Reach.CONFIGURED,
        )
    )


def _refused(reason: str) -> errors.ActionError:
    return errors.invalid_field("interactions_endpoint_url", "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID", reason)
