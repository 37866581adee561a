"""Commands about messages of the open channel: answer, react, begin a thread, send a file, search; and how one shows oneself."""

from pathlib import Path
from typing import Annotated

from tuichat.client.search import Order, SearchQuery
from tuichat.client.threads import MAX_NAME_CHARACTERS
from tuichat.client.uploads import choose
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, FoundMessage, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import Recipient, describe
from tuichat.commands.naming.named_message import HELP
from tuichat.commands.naming.names import find_emoji
from tuichat.commands.subjects.message_reading import found_messages
from tuichat.protocol.json import printable
from tuichat.text import mention_text
from tuichat.text.safe_text import safe_name
from tuichat.translation import N_, _, ngettext

STATES = {
    "online": N_("online [words]: be seen as here"),
    "idle": N_("idle [words]: be seen as away"),
    "dnd": N_("dnd [words]: be seen as busy, and hear of nothing"),
    "invisible": N_("invisible [words]: be seen as offline"),
    "clear": N_("clear: say nothing beside your name any more"),
}
MAX_STATUS_CHARACTERS = 128  # of a custom status, as on the wire
MAX_QUERY_CHARACTERS = 1024  # of a search, as on the wire


@command
async def reply(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    text: Annotated[Text, "your answer"],
) -> Outcome:
    """Answer a message."""
    content = mention_text.encode(text, message.client.state, message.channel_id)
    key = message.client.send_message(message.channel_id, content, reply_to=int(message.message.id))
    return Outcome(entry_key=key)


@command
async def react(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    emoji: Annotated[Text, "an emoji or its name, as in tada"],
) -> Outcome:
    """React to a message, or take that reaction back."""
    wanted = find_emoji(emoji, message.client.state, message.channel_id)
    await message.client.marks.toggle_reaction(message.channel_id, int(message.message.id), wanted)
    return Outcome()


@command
async def thread(
    context: CommandContext,
    name: Annotated[Text, "what it is called"],
    *,
    at: Annotated[FoundMessage | None, HELP] = None,
    private: Annotated[bool, "on: only who is added sees it"] = False,
) -> Outcome:
    """Begin a thread: in the open channel, or at a message."""
    client, channel_id = context.require_client(), at.channel_id if at is not None else context.require_channel()
    if at is not None and private:
        raise CommandError(_("A thread at a message is seen by all who see the message: leave out private=on."))
    if len(name) > MAX_NAME_CHARACTERS:
        raise CommandError(
            _("A thread's name has at most {limit} characters, this one has {count}.").format(
                limit=MAX_NAME_CHARACTERS, count=len(name)
            )
        )
    message_id = int(at.message.id) if at is not None else None
    begun = await client.threads.begin(channel_id, name, message_id=message_id, is_private=private)
    if context.screen is not None:
        context.screen.open_channel(client.key, begun.id)
        return Outcome()
    return Outcome(text=describe(Recipient(begun, client=client), context.known_clients()))


@command
async def upload(
    context: CommandContext,
    file: Annotated[Path, "the file's path; in quotes where it has blanks"],
    text: Annotated[Text | None, "words to go with it"] = None,
) -> Outcome:
    """Send a file to the open channel."""
    client, channel_id = context.require_client(), context.require_channel()
    outgoing = choose(file)
    content = mention_text.encode(text or "", client.state, channel_id)
    key = client.send_message(channel_id, content, files=[outgoing])
    return Outcome(text=_("{name} is on its way.").format(name=safe_name(outgoing.name)), entry_key=key)


@command
async def search(context: CommandContext, words: Annotated[Text, "what to look for"]) -> Outcome:
    """Find the newest messages with these words: in this server, or in this conversation."""
    client, channel_id = context.require_client(), context.require_channel()
    if len(words) > MAX_QUERY_CHARACTERS:
        raise CommandError(
            _("A search has at most {limit} characters, this one has {count}.").format(
                limit=MAX_QUERY_CHARACTERS, count=len(words)
            )
        )
    guild = client.state.guild_of(channel_id)
    query = SearchQuery(content=words)
    if guild is not None:
        results = client.search.in_guild(guild.guild.id, query, Order.NEWEST)
    else:
        results = client.search.in_channel(channel_id, query, Order.NEWEST)
    await results.load()
    messages = [results.found[index].message for index in range(len(results.found))]
    count = ngettext("{count} message found.", "{count} messages found.", results.total).format(count=results.total)
    return found_messages(context, count, client, messages)


@command
async def status(
    context: CommandContext,
    state: Annotated[str, "online, idle, dnd, invisible or clear"],
    words: Annotated[Text | None, "what to say beside your name"] = None,
) -> Outcome:
    """Show yourself as online, away, busy or offline, with words beside your name."""
    client = context.require_client()
    name = state.lower()
    if name not in STATES:
        raise CommandError(
            _("There is no state {state}. There are: {states}.").format(
                state=printable(state), states=", ".join(STATES)
            )
        )
    if words is not None and (name == "clear" or len(words) > MAX_STATUS_CHARACTERS):
        raise CommandError(
            _("/status clear takes no words, and other states at most {limit} characters; these have {count}.").format(
                limit=MAX_STATUS_CHARACTERS, count=len(words)
            )
        )
    if name != "clear":
        await client.own.set_status(name)
    if name == "clear" or words is not None:
        await client.own.set_custom_status(words or "", None)
    return Outcome()


registry.tell_actions("status", STATES)
