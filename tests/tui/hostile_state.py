"""A state in which everything that has a name was named by somebody who means harm."""

import itertools

import msgspec

from tests.tui.samples import LINUS, FakeClient


def make_hostile(fake: FakeClient, texts: list[str]) -> None:
    """Give guild, channels, people and roles names that a stranger chose, to each another one of the texts."""
    state = fake.state
    names = itertools.cycle(texts)
    guild = state.guilds[1000]
    guild.guild = msgspec.structs.replace(guild.guild, name=next(names))
    for channel_id, channel in state.channels.items():
        # What a scene goes to by its name is still found.
        state.channels[channel_id] = msgspec.structs.replace(
            channel, name=f"{channel.name}{next(names)}", topic=texts[0]
        )
    for user_id, member in guild.members.items():
        name = next(names)
        user = msgspec.structs.replace(member.user, global_name=name)
        guild.members[user_id] = msgspec.structs.replace(member, user=user, nick=name if user_id != LINUS else None)
        state.users[user_id] = user
    for role_id, role in guild.roles.items():
        guild.roles[role_id] = msgspec.structs.replace(role, name=next(names))
    assert state.me is not None
    state.me = msgspec.structs.replace(state.me, global_name=texts[0])
