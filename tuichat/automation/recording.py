"""Makes records of what an account knows: messages and where they are."""

from collections.abc import Mapping
from typing import TypeVar

from msgspec import UNSET

from tuichat.automation.records import File, GuildName, MessageRecord, Person, Place
from tuichat.client.client import Client
from tuichat.commands.naming.address import Recipient, account_label, describe
from tuichat.commands.wanted import message_text as message_text
from tuichat.protocol.message import Message
from tuichat.text.channel_names import channel_name

Clients = Mapping[str, Client]
T = TypeVar("T", bound=MessageRecord)


def place_record(client: Client, channel_id: int, clients: Clients) -> Place:
    channel = client.state.channels.get(channel_id)
    guild = client.state.guild_of(channel_id)
    return Place(
        id=str(int(channel_id)),
        address=str(int(channel_id)) if channel is None else describe(Recipient(channel, client=client), clients),
        name=None if channel is None else channel_name(channel),
        guild=None if guild is None else GuildName(id=str(int(guild.guild.id)), name=guild.guild.name),
    )


def person_record(client: Client, user_id: int) -> Person:
    user = client.state.users.get(user_id)
    if user is None and client.state.me is not None and client.state.me.id == user_id:
        user = client.state.me
    if user is None:
        return Person(id=str(int(user_id)), username="", display_name="", is_bot=False)
    return Person(id=str(int(user_id)), username=user.username, display_name=user.display_name, is_bot=user.bot is True)


def is_mention(client: Client, message: Message) -> bool:
    """Whether a message names the account, one of its roles, or all who are there; whatever it wants to be notified of."""
    me = client.state.me
    if me is None:
        return False
    own = client.state.member(message.channel_id, me.id)
    is_of_role = own is not None and not set(message.mention_roles).isdisjoint(own.roles)
    return message.mention_everyone or is_of_role or any(user.id == me.id for user in message.mentions)


def message_record(
    kind: type[T], client: Client, channel_id: int, message: Message, clients: Clients, *, is_late: bool = False
) -> T:
    author = message.author
    reference = message.message_reference
    answered = getattr(reference, "message_id", None) if reference is not UNSET else None
    return kind(
        account=account_label(client, clients),
        channel=place_record(client, channel_id, clients),
        id=str(int(message.id)),
        author=Person(
            id=str(int(author.id)),
            username=author.username,
            display_name=author.display_name,
            is_bot=author.bot is True,
        ),
        is_own=client.state.me is not None and author.id == client.state.me.id,
        content=message.content,
        text=message_text(client, channel_id, message),
        written=message.timestamp,
        reply_to=str(int(answered)) if isinstance(answered, int) else None,
        files=tuple(File(name=each.filename, size_bytes=each.size, url=each.url) for each in message.attachments),
        is_mention=is_mention(client, message),
        is_late=is_late,
    )
