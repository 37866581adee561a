"""Who is typing, from TYPING_START to its end."""

from tuichat.client import directory
from tuichat.client.change import Change, TypingChanged
from tuichat.client.state import State
from tuichat.protocol.dispatch.message import TypingStart
from tuichat.protocol.guild import Member

TYPING_MS = 10_000  # Discord's documentation, "Trigger Typing Indicator": it lasts for 10 seconds
MAX_TYPING = 50  # taste: a channel's typing line names three


def start_typing(state: State, event: TypingStart, now_ms: int) -> list[Change]:
    if event.channel_id not in state.channels or (state.me is not None and event.user_id == state.me.id):
        return []
    guild = state.guild_of(event.channel_id)
    if guild is not None and isinstance(event.member, Member):
        directory.put_member(state, guild, event.member)
    typing = state.typing.setdefault(event.channel_id, {})
    is_new = event.user_id not in typing
    if is_new and len(typing) >= MAX_TYPING:
        return []
    typing[event.user_id] = now_ms + TYPING_MS
    return [TypingChanged(event.channel_id)] if is_new else []


def expire_typing(state: State, now_ms: int) -> list[Change]:
    """Forget who stopped typing."""
    changes: list[Change] = []
    for channel_id, typing in list(state.typing.items()):
        for user_id in [user_id for user_id, end_ms in typing.items() if end_ms <= now_ms]:
            del typing[user_id]
            changes.append(TypingChanged(channel_id))
        if not typing:
            del state.typing[channel_id]
    return list(dict.fromkeys(changes))


def next_typing_end_ms(state: State) -> int | None:
    """Return when `expire_typing` has something to do."""
    return min((end_ms for typing in state.typing.values() for end_ms in typing.values()), default=None)
