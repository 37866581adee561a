"""Commands that send messages."""

from typing import Annotated

from tuichat.client.errors import ClientError
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.names import Recipient, describe_channel
from tuichat.protocol.channel import MESSAGE_CHANNELS
from tuichat.protocol.json import printable

NO_SUCH_ROUTE = (404, 405)  # how a server answers that has no private messages
NO_PRIVATE_MESSAGES = "This server has no private messages."


async def say(context: CommandContext, text: str) -> Outcome:
    """Send plain text to the current channel."""
    client = context.require_client()
    key = client.send_message(context.require_channel(), text, reply_to=context.reply_to)
    return Outcome(entry_key=key)


@command
async def msg(
    context: CommandContext,
    to: Annotated[Recipient, "a channel, as #name, or a person, as @name"],
    text: Annotated[Text, "the message"],
) -> Outcome:
    """Send a message somewhere else, without leaving where you are."""
    client = context.require_client()
    if to.channel is not None:
        if to.channel.type not in MESSAGE_CHANNELS:
            raise CommandError(f"{describe_channel(client, to.channel)} holds no messages.")
        key = client.send_message(to.channel.id, text)
        return Outcome(text=f"On its way to {describe_channel(client, to.channel)}.", entry_key=key)
    assert to.user is not None
    try:
        channel = await client.open_private_channel(to.user.id)
    except ClientError as error:
        if error.status in NO_SUCH_ROUTE and error.code == 0:
            raise CommandError(NO_PRIVATE_MESSAGES) from error
        raise
    key = client.send_message(channel.id, text)
    return Outcome(text=f"On its way to @{printable(to.user.username)}.", entry_key=key)
