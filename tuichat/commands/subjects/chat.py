"""Commands that send messages."""

from typing import Annotated

from tuichat.client import timeline
from tuichat.client.errors import ClientError
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import Recipient
from tuichat.commands.naming.names import describe_channel, find_person
from tuichat.commands.naming.private_channel import open_private_channel
from tuichat.commands.substitution import Substitution
from tuichat.protocol.channel import MESSAGE_CHANNELS
from tuichat.protocol.json import printable
from tuichat.protocol.rest.error import ErrorCode
from tuichat.translation import N_, _

MAX_SHOWN = 60  # characters of what was looked for (taste)
FRIENDS_ALONE = N_(
    "Friends alone can be in a group: ask them for it first, on the page that opens with a click on a name."
)


async def say(context: CommandContext, text: str) -> Outcome:
    """Send plain text to the current channel."""
    client = context.require_client()
    key = client.send_message(context.require_channel(), text, reply_to=context.reply_to)
    return Outcome(entry_key=key)


async def correct(context: CommandContext, substitution: Substitution) -> Outcome:
    """Edit one's last message in the current channel."""
    client, channel_id = context.require_client(), context.require_channel()
    me = client.state.me
    message = timeline.last_written_by(client.state.timeline(channel_id), me.id) if me is not None else None
    if message is None:
        raise CommandError(_("You have written nothing here lately that could be corrected."))
    corrected = substitution.apply(message.content)
    if corrected is None:
        raise CommandError(
            _(
                "Your last message has no “{old}” in it, so nothing was changed. A blank before s/ sends the line as text."
            ).format(old=printable(substitution.old[:MAX_SHOWN]))
        )
    if not corrected.strip():
        raise CommandError(_("Nothing of your last message would be left: delete it instead."))
    if corrected != message.content:
        await client.edit_message(channel_id, message.id, corrected)
    return Outcome()


@command
async def msg(
    context: CommandContext,
    to: Annotated[Recipient, "a channel, as #name or server/#name, or a person, as @name"],
    text: Annotated[Text, "the message"],
) -> Outcome:
    """Send a message somewhere else, without leaving where you are."""
    client = to.client or context.require_client()
    if to.channel is not None:
        if to.channel.type not in MESSAGE_CHANNELS:
            raise CommandError(_("{channel} holds no messages.").format(channel=describe_channel(client, to.channel)))
        key = client.send_message(to.channel.id, text)
        return Outcome(
            text=_("On its way to {channel}.").format(channel=describe_channel(client, to.channel)), entry_key=key
        )
    assert to.user is not None
    channel = await open_private_channel(client, to.user.id)
    key = client.send_message(channel.id, text)
    return Outcome(text=_("On its way to @{username}.").format(username=printable(to.user.username)), entry_key=key)


@command
async def group(context: CommandContext, people: Annotated[Text, "two friends or more, each as @name"]) -> Outcome:
    """Begin a conversation of several friends, who can call each other, too."""
    client = context.require_client()
    found = [await find_person(name, context) for name in people.split()]
    users = {user.id: user for user in found}
    if len(users) < 2:
        raise CommandError(_("Name two friends or more: /group @ada @grace. To one alone /msg writes."))
    try:
        channel = await client.places.open_group(list(users))
    except ClientError as error:
        if error.code == ErrorCode.INVALID_RECIPIENTS:
            raise CommandError(_(FRIENDS_ALONE)) from error
        raise
    if context.screen is not None:
        context.screen.open_channel(client.key, channel.id)
    names = ", ".join(f"@{printable(user.username)}" for user in users.values())
    return Outcome(text=_("You are in a group with {names}.").format(names=names))
