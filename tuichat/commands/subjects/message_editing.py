"""Commands that change a message: its text, whether it is there, whether it is pinned, and where copies of it are."""

import time
from typing import Annotated

from tuichat.client.client import Client
from tuichat.client.errors import RefusedError
from tuichat.client.state import Delivery, Entry
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, FoundMessage, Outcome
from tuichat.commands.naming.address import Recipient
from tuichat.commands.naming.guild_place import not_allowed
from tuichat.commands.naming.named_message import HELP
from tuichat.commands.naming.names import describe_channel
from tuichat.commands.subjects.asking import is_sure, kept
from tuichat.protocol.message import WRITTEN_TYPES
from tuichat.protocol.permissions import Permissions
from tuichat.text import mention_text
from tuichat.text.channel_names import ChannelNames
from tuichat.text.markup import plain_text
from tuichat.text.permission_words import needs
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext

MAX_QUOTED_CHARACTERS = 300  # of a message that is asked about (taste)


@command
async def edit(
    context: CommandContext, message: Annotated[FoundMessage, HELP], text: Annotated[Text, "the new text"]
) -> Outcome:
    """Give a message of yours another text."""
    names = ChannelNames(message.client.state, message.channel_id)
    if not names.is_me(message.message.author.id) or message.message.type not in WRITTEN_TYPES:
        raise RefusedError(_("That message is not yours to edit."))
    content = mention_text.encode(text, message.client.state, message.channel_id)
    await message.client.edit_message(message.channel_id, int(message.message.id), content)
    return Outcome()


@command
async def delete(context: CommandContext, message: Annotated[FoundMessage, HELP]) -> Outcome:
    """Delete a message for everyone."""
    names = ChannelNames(message.client.state, message.channel_id)
    if not names.may_delete(message.message):
        raise RefusedError(_("That message is not yours to delete."))
    words = plain_text(message.message.content, names) or _("(no text)")
    detail = f"{names.name_of(message.message.author)}: {safe_line(words[:MAX_QUOTED_CHARACTERS])}"
    if not await is_sure(context, _("Delete this message for everyone?"), detail, _("delete")):
        return kept()
    await message.client.delete_message(message.channel_id, int(message.message.id))
    return Outcome()


@command
async def pin(context: CommandContext, message: Annotated[FoundMessage, HELP]) -> Outcome:
    """Pin a message, so that everybody finds it under /pins."""
    _require_pinning(message)
    await message.client.marks.pin(message.channel_id, int(message.message.id))
    return Outcome(text=_("It is pinned. /pins lists what is."))


@command
async def unpin(context: CommandContext, message: Annotated[FoundMessage, HELP]) -> Outcome:
    """Take a pin away."""
    _require_pinning(message)
    await message.client.pins.of(message.channel_id).unpin(int(message.message.id))
    return Outcome(text=_("It is pinned no more."))


@command
async def forward(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    to: Annotated[Recipient, "a channel, as #name or server/#name, or a person, as @name"],
    comment: Annotated[Text | None, "a message to send behind it"] = None,
) -> Outcome:
    """Send a copy of a message somewhere else."""
    client = message.client
    if to.user is not None:
        channel = await client.places.open_private_channel(to.user.id)
    else:
        assert to.channel is not None
        channel = to.channel
    nonce = str(time.time_ns() // 1_000_000) + str(int(message.message.id) % 100_000)
    await client.marks.forward(message.channel_id, int(message.message.id), int(channel.id), nonce)
    place = describe_channel(client, channel)
    key = None
    if comment is not None:
        key = client.send_message(int(channel.id), mention_text.encode(comment, client.state, int(channel.id)))
    return Outcome(text=_("Forwarded to {name}.").format(name=place), entry_key=key)


@command
async def retry(context: CommandContext) -> Outcome:
    """Send again what could not be sent here."""
    client, channel_id = context.require_client(), context.require_channel()
    failed = _failed(client, channel_id)
    for entry in failed:
        client.retry_message(channel_id, entry.key)
    return Outcome(text="" if failed else _("Everything here was sent."))


@command
async def discard(context: CommandContext) -> Outcome:
    """Forget what could not be sent here."""
    client, channel_id = context.require_client(), context.require_channel()
    failed = _failed(client, channel_id)
    for entry in failed:
        client.discard_message(channel_id, entry.key)
    words = ngettext("{count} message is forgotten.", "{count} messages are forgotten.", len(failed))
    return Outcome(text=words.format(count=len(failed)))


def _failed(client: Client, channel_id: int) -> list[Entry]:
    return [entry for entry in client.state.timeline(channel_id).unsent if entry.delivery is Delivery.FAILED]


def _require_pinning(found: FoundMessage) -> None:
    state = found.client.state
    needed = Permissions.PIN_MESSAGES | Permissions.MANAGE_MESSAGES
    if state.guild_of(found.channel_id) is not None and not state.permissions(found.channel_id) & needed:
        raise RefusedError(not_allowed(needs(Permissions.PIN_MESSAGES)))
