"""What may be written for an argument: the channels, people, roles, emojis and files that there are."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tuichat.client.state import State
from tuichat.commands.context import CommandContext
from tuichat.protocol.channel import ChannelType
from tuichat.text import emoji_names
from tuichat.text.safe_text import safe_line, safe_name

MAX_FILES = 500  # of one folder that are looked at
MAX_EMOJIS = 40
MIN_EMOJI_LETTERS = 2
MAX_DETAIL_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Value:
    """What may stand there, and a word on it. Both may come from strangers."""

    text: str
    detail: str = ""
    goes_on: bool = False  # more is to be written right behind it: a folder's files


def nothing(_begun: str, _context: CommandContext) -> Iterable[Value]:
    return ()


def words(*choices: str) -> Callable[[str, CommandContext], Iterable[Value]]:
    values = [Value(each) for each in choices]
    return lambda _begun, _context: values


def channels(_begun: str, context: CommandContext) -> Iterator[Value]:
    state = _state(context)
    if state is None:
        return
    here = context.guild()
    for guild in [here] if here is not None else state.guilds.values():
        for channel_id in guild.channel_ids:
            channel = state.channels.get(channel_id)
            if channel is not None and channel.type != ChannelType.CATEGORY and isinstance(channel.name, str):
                topic = safe_line(channel.topic) if isinstance(channel.topic, str) else ""
                yield Value(f"#{channel.name}", topic[:MAX_DETAIL_CHARACTERS])


def people(_begun: str, context: CommandContext) -> Iterator[Value]:
    state = _state(context)
    if state is None:
        return
    guild = context.guild()
    known = state.users.values()
    if guild is not None:
        known = (user for user in state.users.values() if user.id in guild.members)  # type: ignore[assignment]
    for user in known:
        yield Value(f"@{user.username}", safe_name(user.display_name))


def places(begun: str, context: CommandContext) -> Iterator[Value]:
    if not begun.startswith("@"):
        yield from channels(begun, context)
    if not begun.startswith("#"):
        yield from people(begun, context)


def roles(_begun: str, context: CommandContext) -> Iterator[Value]:
    guild = context.guild()
    for role in guild.roles.values() if guild is not None else ():
        if role.id != guild.guild.id if guild is not None else False:
            yield Value(f"@{role.name}")


def guilds(_begun: str, context: CommandContext) -> Iterator[Value]:
    for client in context.known_clients().values():
        for guild in client.state.guilds.values():
            yield Value(guild.guild.name)


def emojis(begun: str, context: CommandContext) -> Iterator[Value]:
    guild = context.guild()
    for own in guild.guild.emojis if guild is not None else ():
        if own.name:
            yield Value(own.name, safe_name(guild.guild.name) if guild is not None else "")
    letters = begun.strip(":")
    if len(letters) >= MIN_EMOJI_LETTERS:
        for name, sign in emoji_names.matching(letters, MAX_EMOJIS):
            yield Value(name, sign)


def paths(begun: str, _context: CommandContext) -> Iterator[Value]:
    """Offer the files beside what is written; hidden ones where their dot is."""
    folder, last = os.path.split(begun)
    try:
        with os.scandir(os.path.expanduser(folder) or ".") as found:
            entries = [each for _number, each in zip(range(MAX_FILES), found, strict=False)]
    except (OSError, ValueError):
        return
    for entry in sorted(entries, key=lambda each: each.name):
        if (
            entry.name.startswith(last)
            and entry.name.startswith(".") == last.startswith(".")
            and entry.name.isprintable()
        ):
            is_folder = _is_folder(entry)
            yield Value(os.path.join(folder, entry.name) + ("/" if is_folder else ""), goes_on=is_folder)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _state(context: CommandContext) -> State | None:
    clients = list(context.clients.values())
    client = context.client or (clients[0] if len(clients) == 1 else None)
    return client.state if client is not None else None
