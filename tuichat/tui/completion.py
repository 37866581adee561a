"""What Tab offers in the composer: names of people after "@", of channels after "#", commands after "/"."""

import re
from collections.abc import Iterable

from tuichat.client.state import State
from tuichat.tui import mention_text
from tuichat.tui.safe_text import safe_name

_WORD = re.compile(r"(?:^|(?<=[\s(]))([@#])([^\s@#]{0,40})$")
MAX_OFFERS = 20


def offers(before: str, state: State | None, channel_id: int | None, commands: Iterable[str]) -> list[tuple[int, str]]:
    """Return how many characters before the cursor to replace, and by what, best first."""
    if before.startswith("/") and " " not in before:
        return [(len(before), f"{text.rstrip()} ") for text in commands][:MAX_OFFERS]
    word = _WORD.search(before)
    if word is None or state is None or channel_id is None:
        return []
    sign, prefix = word[1], word[2].casefold()
    if sign == "#":
        names = sorted(mention_text.channels(state, channel_id))
        found = [name for name in names if name.casefold().startswith(prefix)]
    else:
        found = _people(state, channel_id, prefix)
    return [(len(prefix) + 1, f"{sign}{name} ") for name in found][:MAX_OFFERS]


def _people(state: State, channel_id: int, prefix: str) -> list[str]:
    """Return user names that begin so, or whose shown name does: those who wrote last come first."""
    timeline = state.timelines.get(channel_id)
    latest: dict[int, int] = {}
    if timeline is not None:
        for index in range(max(0, len(timeline) - 200), len(timeline)):
            latest[timeline[index].message.author.id] = index
    guild = state.guild_of(channel_id)
    found = []
    for name, user in mention_text.people(state, channel_id).items():
        member = guild.members.get(user.id) if guild else None
        shown = safe_name(member.display_name if member else user.display_name).casefold()
        if name.casefold().startswith(prefix) or shown.startswith(prefix):
            found.append((-latest.get(user.id, -1), name))
    return [name for _, name in sorted(found)]
