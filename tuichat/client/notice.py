"""Whether a message asks for its reader's attention: decided from the state, with no clock and no terminal."""

from enum import Enum

import msgspec

from tuichat.client import notice_levels
from tuichat.client.notice_levels import Level
from tuichat.client.state import State
from tuichat.protocol.message import WRITTEN_TYPES, Message, MessageFlag, MessageType

CALLING_TYPES = WRITTEN_TYPES | {MessageType.STAGE_START}  # a room that begins calls as somebody who writes does


class Verdict(Enum):
    """What becomes of a message that came."""

    NOTHING = "nothing"  # one's own, of somebody who is not heard, or read as it comes
    COUNT = "count"  # it shows as unread, or in a badge, and does not call
    NOTIFY = "notify"


class Circumstances(msgspec.Struct, frozen=True):
    """What the decision needs to know of the reader."""

    is_watched: bool = False  # the channel is open, its end in view, and the terminal has the focus
    is_quiet: bool = False  # quiet hours, or notices are turned off here


def judge(state: State, message: Message, circumstances: Circumstances) -> Verdict:
    """Decide what becomes of a message that just came."""
    if state.me is None or message.author.id == state.me.id or is_unheard(state, message):
        return Verdict.NOTHING
    if circumstances.is_watched:
        return Verdict.NOTHING
    if circumstances.is_quiet or is_busy(state):
        return Verdict.COUNT
    if message.flags & MessageFlag.SUPPRESS_NOTIFICATIONS or notice_levels.is_muted(state, message.channel_id):
        return Verdict.COUNT
    level = notice_levels.level(state, message.channel_id)
    if level is Level.NOTHING:
        return Verdict.COUNT
    if counts_as_mention(state, message):
        return Verdict.NOTIFY
    if message.type == MessageType.STAGE_START and _is_told_of(state, message):
        return Verdict.COUNT
    return Verdict.NOTIFY if level is Level.ALL and message.type in CALLING_TYPES else Verdict.COUNT


def judge_live(state: State, channel_id: int, author_id: int | None, circumstances: Circumstances) -> Verdict:
    """Decide what becomes of somebody, or with None of a club, whom one follows and who just went live."""
    if circumstances.is_watched or author_id in state.unheard_ids:
        return Verdict.NOTHING
    if circumstances.is_quiet or is_busy(state):
        return Verdict.COUNT
    if channel_id in state.channels and (
        notice_levels.is_muted(state, channel_id) or notice_levels.level(state, channel_id) is Level.NOTHING
    ):
        return Verdict.COUNT
    return Verdict.NOTIFY


def _is_told_of(state: State, message: Message) -> bool:
    """Whether one follows who began a room, or its club: that calls by a dispatch of its own."""
    guild_id = notice_levels.guild_id_of(state, message.channel_id)
    return state.follows.follows(message.author.id) or state.follows.follows_guild(guild_id)


def is_busy(state: State) -> bool:
    """Whether the user wants not to be disturbed, as it shows to others."""
    if state.me is not None and state.me.id in state.presences:
        return state.status(state.me.id) == "dnd"
    return state.settings.status == "dnd"


def is_unheard(state: State, message: Message) -> bool:
    """Whether its author is blocked or ignored."""
    return message.author.id in state.unheard_ids


def counts_as_mention(state: State, message: Message) -> bool:
    """Whether the server counts a message of somebody else as a mention of the user.

    In a private channel all count, but that somebody left (Discord's "Channel Read State Automations"), and in a muted
    one those alone that name the user. What @everyone and roles are to count for stands in the guild's settings.
    """
    if state.me is None or is_unheard(state, message):
        return False
    is_named = any(user.id == state.me.id for user in message.mentions)
    if message.channel_id in state.private_channel_ids:
        is_muted = notice_levels.is_muted(state, message.channel_id)
        return message.type != MessageType.RECIPIENT_REMOVE and (is_named or not is_muted)
    if is_named:
        return True
    guild = state.guild_of(message.channel_id)
    settings = notice_levels.settings_of(state, guild.guild.id if guild else notice_levels.PRIVATE)
    if message.mention_everyone and not settings.suppress_everyone:
        return True
    own = state.member(message.channel_id, state.me.id)
    mentions_role = own is not None and not set(message.mention_roles).isdisjoint(own.roles)
    return mentions_role and not settings.suppress_roles
