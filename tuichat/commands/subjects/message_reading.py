"""Commands about what was written: what is pinned, what was said before, what is new, and links to it."""

from typing import Annotated, Literal

from tuichat.client.client import Client
from tuichat.client.errors import RefusedError
from tuichat.client.state import Delivery
from tuichat.commands.command import command
from tuichat.commands.context import CommandContext, FoundMessage, Outcome
from tuichat.commands.kinds import Between
from tuichat.commands.naming.named_message import HELP, message_link
from tuichat.commands.naming.names import describe_channel, find_recipient
from tuichat.commands.naming.places import Place, news_of, place_name, unread_places
from tuichat.commands.subjects.telling import told
from tuichat.protocol.message import Message
from tuichat.text import mention_text
from tuichat.text.channel_names import ChannelNames
from tuichat.text.markup import CodeBlock, parse
from tuichat.text.safe_text import safe_block, safe_line, safe_name
from tuichat.translation import _, ngettext

HISTORY = 10  # messages that /history tells where no number is given
MAX_HISTORY = 100


@command
async def pins(context: CommandContext) -> Outcome:
    """List the pinned messages of the open channel, the latest first."""
    client, channel_id = context.require_client(), context.require_channel()
    pinned = client.pins.of(channel_id)
    while pinned.found.has_newer:
        await pinned.load()
    messages = [pinned.found[index].message for index in range(len(pinned.found))]
    count = ngettext("{count} message is pinned.", "{count} messages are pinned.", len(messages))
    return found_messages(context, count.format(count=len(messages)), client, messages)


@command
async def history(
    context: CommandContext, count: Annotated[int, Between(1, MAX_HISTORY), "how many messages"] = HISTORY
) -> Outcome:
    """Tell the newest messages of the open channel."""
    client, channel_id = context.require_client(), context.require_channel()
    await client.open_channel(channel_id)
    timeline = client.state.timeline(channel_id)
    while len(timeline.confirmed) < count and timeline.has_older:
        known = len(timeline.confirmed)
        await client.load_history(channel_id, limit=MAX_HISTORY)
        if len(timeline.confirmed) == known:
            break
    entries = [entry for entry in timeline.confirmed if entry.delivery is Delivery.CONFIRMED]
    messages = [entry.message for entry in entries[-count:]]
    title = describe_channel(client, client.state.channels[channel_id]) if channel_id in client.state.channels else ""
    return found_messages(context, title if messages else _("There is no message here yet."), client, messages)


@command
async def unread(
    context: CommandContext,
    message: Annotated[FoundMessage | None, "a message: it and all after it are unread again"] = None,
) -> Outcome:
    """List the channels with something new, or have a message be unread again."""
    clients = context.known_clients()
    if message is not None:
        await message.client.mark_unread(message.channel_id, int(message.message.id))
        return Outcome(text=_("It is unread from there on."))
    lines = [
        f"{place_name(clients, place)}: {news_of(clients[place.account_key].state, place.channel_id)}"
        for place in unread_places(clients)
    ]
    return told(context, _("What is new"), lines, _("Nothing is new anywhere."))


@command
async def read(
    context: CommandContext, place: Annotated[str | None, "a channel, as #name, or @name; all of them without"] = None
) -> Outcome:
    """Mark a channel as read, or everything."""
    clients = context.known_clients()
    places = unread_places(clients) if place is None else [await _place(context, place)]
    for each in places:
        await clients[each.account_key].mark_read(each.channel_id)
    words = ngettext("{count} channel is marked as read.", "{count} channels are marked as read.", len(places))
    return Outcome(text=words.format(count=len(places)))


@command
async def jump(context: CommandContext, message: Annotated[FoundMessage, HELP]) -> Outcome:
    """Bring a message into view, wherever it stands."""
    screen = context.require_screen("jump")
    await screen.show_message(message.client.key, message.channel_id, int(message.message.id))
    return Outcome()


@command
async def link(context: CommandContext, message: Annotated[FoundMessage, HELP]) -> Outcome:
    """Tell a link to a message."""
    return Outcome(text=message_link(message.client, message.channel_id, int(message.message.id)))


@command
async def copy(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    what: Annotated[Literal["text", "code", "files"], "its text, its code blocks, or where its files are"] = "text",
) -> Outcome:
    """Copy the text of a message to the clipboard, its code, or the addresses of its files; a script is told them."""
    state, item = message.client.state, message.message
    if what == "files":
        text = "\n".join(each.url for each in item.attachments)
    elif what == "code":
        blocks = parse(item.content, ChannelNames(state, message.channel_id))
        text = "\n".join("\n".join(each.lines) for each in blocks if isinstance(each, CodeBlock))
    else:
        text = mention_text.decode(item.content, state, message.channel_id)
    if not text:
        nothing = {
            "text": _("That message has no text."),
            "code": _("It holds no code block."),
            "files": _("That message has no files."),
        }
        raise RefusedError(nothing[what])
    shown = safe_block(text)
    is_copied = context.screen is not None and not context.is_script and context.screen.copy_text(shown)
    return Outcome(text=_("Copied.") if is_copied else shown)


def found_messages(context: CommandContext, title: str, client: Client, messages: list[Message]) -> Outcome:
    """Return messages: in a window to a person, as what they are to a script."""
    found = tuple(FoundMessage(client, int(each.channel_id), each) for each in messages)
    if context.screen is None or context.is_script or not messages:
        return Outcome(text=title, found=found)
    lines = [f"{safe_name(each.author.display_name)}: {safe_line(each.content)}" for each in messages]
    context.screen.show_text(title, "\n".join(lines))
    return Outcome()


async def _place(context: CommandContext, name: str) -> Place:
    recipient = find_recipient(name, context)
    client = recipient.client or context.require_client()
    if recipient.channel is not None:
        return Place(client.key, int(recipient.channel.id))
    assert recipient.user is not None
    return Place(client.key, int((await client.places.open_private_channel(recipient.user.id)).id))
