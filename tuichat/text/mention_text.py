"""Mentions as people type them and as the protocol carries them: "@ada" and "<@123>"."""

import re

from tuichat.client.state import GuildState, State
from tuichat.protocol.channel import Channel
from tuichat.protocol.user import User
from tuichat.text import emoji_names
from tuichat.text.channel_names import ChannelNames, channel_name
from tuichat.text.safe_text import safe_name

_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_TYPED = re.compile(r"(?<![\w<@#&/])([@#])(?=\w)")
_EMOJI = re.compile(r"(?<![\w<:]):([\w+-]{2,64}):(?![\w])")
_CARRIED = re.compile(r"<(@!?|@&|#)(\d{1,20})>")


def people(state: State, channel_id: int) -> dict[str, User]:
    """Return those who can be mentioned in a channel by user name, which is unique on a server."""
    guild = state.guild_of(channel_id)
    if guild is not None:
        return {member.user.username: member.user for member in guild.members.values()}
    channel = state.channels.get(channel_id)
    users = list(channel.recipients) if channel is not None and isinstance(channel.recipients, list) else []
    return {user.username: user for user in users}


def channels(state: State, channel_id: int) -> dict[str, Channel]:
    guild = state.guild_of(channel_id)
    if guild is None:
        return {}
    found = [state.channels[other] for other in guild.channel_ids if other in state.channels]
    return {channel_name(channel): channel for channel in reversed(found)}


def word_for(state: State, channel_id: int, user_id: int) -> str:
    """Return what to type to mention a user."""
    user = next((user for user in people(state, channel_id).values() if user.id == user_id), None)
    return f"@{user.username}" if user is not None else f"<@{user_id}>"


def encode(text: str, state: State, channel_id: int) -> str:
    """Return text with "@name" and "#channel" as the protocol carries them, where they name somebody; not inside code."""
    if "@" not in text and "#" not in text and ":" not in text:
        return text
    names: dict[str, dict[str, str]] = {"@": {}, "#": {}}
    users = people(state, channel_id)
    guild = state.guild_of(channel_id)
    displayed: dict[str, list[User]] = {}
    for user in users.values():
        member = guild.members.get(user.id) if guild else None
        displayed.setdefault(safe_name(member.display_name if member else user.display_name), []).append(user)
    if guild is not None:
        for role in guild.roles.values():
            if role.mentionable and role.id != guild.guild.id:
                names["@"][safe_name(role.name)] = f"<@&{int(role.id)}>"
    # A name that two people show mentions neither; the user name always says who is meant.
    names["@"].update({name: f"<@{int(found[0].id)}>" for name, found in displayed.items() if len(found) == 1})
    names["@"].update({name: f"<@{int(user.id)}>" for name, user in users.items()})
    names["#"] = {name: f"<#{int(channel.id)}>" for name, channel in channels(state, channel_id).items()}
    names[":"] = {name: sent for sent, name in _own_emojis(guild)}
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(text):
        pieces += [_encode_plain(text[end : code.start()], names), code[0]]
        end = code.end()
    return "".join([*pieces, _encode_plain(text[end:], names)])


def _encode_plain(text: str, names: dict[str, dict[str, str]]) -> str:
    pieces: list[str] = []
    end = 0
    for typed in _TYPED.finditer(text):
        if typed.start() < end:
            continue
        rest = text[typed.end() : typed.end() + 100]
        best = max((name for name in names[typed[1]] if _begins_with_name(rest, name)), key=len, default="")
        if best:
            pieces += [text[end : typed.start()], names[typed[1]][best]]
            end = typed.end() + len(best)
    return _EMOJI.sub(lambda typed: _emoji(typed, names[":"]), "".join([*pieces, text[end:]]))


def _own_emojis(guild: GuildState | None) -> list[tuple[str, str]]:
    """Return a server's own emojis as the protocol carries them, and their names."""
    made = guild.guild.emojis if guild is not None else []
    return [
        (f"<{'a' if each.animated else ''}:{each.name}:{int(each.id)}>", each.name)
        for each in made
        if each.id and each.name
    ]


def _emoji(typed: re.Match[str], own: dict[str, str]) -> str:
    return own.get(typed[1]) or emoji_names.by_name().get(typed[1].casefold()) or typed[0]


def _begins_with_name(text: str, name: str) -> bool:
    after = text[len(name) : len(name) + 1]
    return bool(name) and text[: len(name)].casefold() == name.casefold() and not (after.isalnum() or after == "_")


def decode(content: str, state: State, channel_id: int) -> str:
    """Return a message's text as its writer would type it."""
    names = ChannelNames(state, channel_id)
    users: dict[int, User] = {user.id: user for user in people(state, channel_id).values()}

    def typed(carried: re.Match[str]) -> str:
        kind, number = carried[1], int(carried[2])
        if kind in ("@", "@!"):
            return f"@{users[number].username}" if number in users else carried[0]
        name = names.role(number) if kind == "@&" else names.channel(number)
        return carried[0] if name is None else kind[0] + name

    content = _CARRIED.sub(typed, content)
    for carried_emoji, name in _own_emojis(state.guild_of(channel_id)):
        content = content.replace(carried_emoji, f":{name}:")
    return content
