"""What a menu of a bot, a form or an option of a command lets one choose from: people, roles, channels, a bot's own options."""

from collections.abc import Iterator, Sequence

import msgspec

from tuichat.client.state import State
from tuichat.text import mention_text
from tuichat.text.channel_names import channel_name
from tuichat.text.components import Component, Kind
from tuichat.text.safe_text import safe_line, safe_name

MAX_CHOICES = 2_000  # people of a guild that are listed; others are found by the beginning of their names
MAX_EMOJI_CHARACTERS = 32  # room for a name where the terminal cannot show it (taste)
MAX_LABEL_CHARACTERS = 100


class Choice(msgspec.Struct, frozen=True):
    """`value` goes to the bot; the rest is safe to show."""

    value: str
    label: str
    detail: str = ""
    sign: str = ""
    is_chosen: bool = False


def choices_of(component: Component, state: State, channel_id: int) -> list[Choice]:
    """Return what a menu, a radio group or a group of check boxes offers, with what is chosen before anybody chose."""
    defaults = {str(value.id) for value in component.default_values or ()}
    match component.type:
        case Kind.USER_SELECT:
            found = list(people(state, channel_id))
        case Kind.ROLE_SELECT:
            found = list(roles(state, channel_id))
        case Kind.MENTIONABLE_SELECT:
            found = [*people(state, channel_id), *roles(state, channel_id)]
        case Kind.CHANNEL_SELECT:
            found = list(channels(state, channel_id, component.channel_types or ()))
        case _:
            return [
                Choice(
                    option.value,
                    safe_line(option.label[:MAX_LABEL_CHARACTERS]) or safe_line(option.value) or "–",
                    safe_line((option.description or "")[:MAX_LABEL_CHARACTERS]),
                    safe_name(option.emoji.name)[:MAX_EMOJI_CHARACTERS]
                    if option.emoji is not None and option.emoji.name
                    else "",
                    option.default,
                )
                for option in component.choices
            ]
    return [msgspec.structs.replace(choice, is_chosen=choice.value in defaults) for choice in found]


def people(state: State, channel_id: int) -> Iterator[Choice]:
    guild = state.guild_of(channel_id)
    users = list(mention_text.people(state, channel_id).values())
    if guild is None and state.me is not None and all(user.id != state.me.id for user in users):
        users.append(state.me)
    found = []
    for user in users[:MAX_CHOICES]:
        name, username = safe_name(state.display_name(channel_id, user)), safe_name(user.username)
        found.append(Choice(str(int(user.id)), name, "" if name == username else username, "@"))
    yield from sorted(found, key=lambda choice: choice.label.casefold())


def roles(state: State, channel_id: int) -> Iterator[Choice]:
    guild = state.guild_of(channel_id)
    if guild is not None:
        for role in sorted(guild.roles.values(), key=lambda role: -role.position):
            yield Choice(str(int(role.id)), safe_name(role.name).removeprefix("@"), "", "@")


def channels(state: State, channel_id: int, types: Sequence[int] = ()) -> Iterator[Choice]:
    """Yield a guild's channels, of some types alone where there are any."""
    guild = state.guild_of(channel_id)
    for other in guild.channel_ids if guild is not None else ():
        channel = state.channels.get(other)
        if channel is not None and (not types or channel.type in types):
            yield Choice(str(int(channel.id)), channel_name(channel), "", "#")


def limits(component: Component, count: int) -> tuple[int, int]:
    """Return how many may be chosen: at least and at most, of `count` that there are."""
    if component.type == Kind.RADIO_GROUP:
        return (0 if component.required is False else 1), 1
    if component.type == Kind.CHECKBOX_GROUP:
        low = component.min_values if component.min_values is not None else int(component.required is not False)
        high = component.max_values if component.max_values is not None else count
    else:
        low = 1 if component.min_values is None else component.min_values
        high = 1 if component.max_values is None else component.max_values
    if component.required is False:
        low = 0
    return max(0, low), max(1, min(high, 25))


def chosen(typed: str, choices: Sequence[Choice]) -> list[str] | None:
    """Return the values that numbers or names mean, None where one of them means nothing."""
    values: list[str] = []
    for word in filter(None, (part.strip() for part in typed.split(","))):
        wanted = word.lstrip("@#").casefold()
        named = [each.value for each in choices if wanted in (each.label.casefold(), each.detail.casefold())]
        if not named and word.isascii() and word.isdigit() and 1 <= int(word[:6]) <= len(choices):
            named = [choices[int(word[:6]) - 1].value]
        if not named:
            return None
        values.append(named[0])
    return list(dict.fromkeys(values))
