"""Reports of messages: the owner of the server gets a private message, since servers have no other place for them."""

from typing import Annotated

from tuichat.client.errors import RefusedError
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, FoundMessage, Outcome
from tuichat.commands.naming.named_message import HELP, message_link
from tuichat.text.channel_names import ChannelNames
from tuichat.text.markup import plain_text
from tuichat.text.safe_text import safe_name
from tuichat.translation import _

MAX_QUOTED_CHARACTERS = 500


@command
async def report(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    reason: Annotated[Text | None, "why"] = None,
) -> Outcome:
    """Report a message: the owner of the server gets a private message from you with a link to it."""
    name = reader_of(message)
    return Outcome(text=_("Reported to {name}.").format(name=name), entry_key=await send_report(message, reason or ""))


def reader_of(found: FoundMessage) -> str:
    """Return who a report goes to, as a name that is safe to show. Raises RefusedError where there is nobody."""
    state = found.client.state
    guild = state.guild_of(found.channel_id)
    if guild is None:
        raise RefusedError(_("Only what stands in a server can be reported."))
    owner_id = int(guild.guild.owner_id)
    if state.me is not None and owner_id == state.me.id:
        raise RefusedError(_("This server is yours: delete the message, or time its writer out from the profile."))
    owner = state.users.get(owner_id)
    return safe_name(owner.display_name) if owner is not None else _("its owner")


async def send_report(found: FoundMessage, reason: str) -> str:
    """Tell the owner of the server of a message; return the key of what is on its way. Raises ClientError."""
    client, channel_id = found.client, found.channel_id
    guild = client.state.guild_of(channel_id)
    assert guild is not None, "reader_of tells where there is none"
    names = ChannelNames(client.state, channel_id)
    quoted = plain_text(found.message.content, names)[:MAX_QUOTED_CHARACTERS] or _("(no text)")
    link = message_link(client, channel_id, int(found.message.id))
    author = names.name_of(found.message.author)
    heading = _("Report of a message by {author}: {link}").format(author=author, link=link)
    channel = await client.places.open_private_channel(int(guild.guild.owner_id))
    lines = [heading, f"> {quoted}", *([reason] if reason else [])]
    return client.send_message(int(channel.id), "\n".join(lines))
