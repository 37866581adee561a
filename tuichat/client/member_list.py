"""The lazy member list of a large guild: which rows to ask for, and what the server tells of them."""

from tuichat.client import directory
from tuichat.client.change import Change, MembersChanged
from tuichat.client.state import GuildState, MemberListState, State
from tuichat.protocol.gateway import GuildSubscriptions
from tuichat.protocol.guild import Member
from tuichat.protocol.member_list import (
    DELETE,
    INSERT,
    INVALIDATE,
    RANGE_SIZE,
    SYNC,
    UPDATE,
    ListItem,
    ListOp,
    MemberListUpdate,
)
from tuichat.protocol.snowflake import Snowflake

MAX_ROWS = 10 * RANGE_SIZE  # taste: a server that tells of more rows than were asked for is not believed
MAX_GROUPS = 300  # a guild has up to 250 roles


def subscription(guild: GuildState, channel_id: int, first: int, last: int) -> GuildSubscriptions | None:
    """Return what asks for the rows from `first` to `last` beside a channel; None where that was done."""
    starts = sorted({0, first // RANGE_SIZE * RANGE_SIZE, last // RANGE_SIZE * RANGE_SIZE})
    ranges = [(start, start + RANGE_SIZE - 1) for start in starts]
    known = guild.member_list
    if known is None:
        known = guild.member_list = MemberListState()
    if (known.channel_id, known.ranges) == (channel_id, ranges):
        return None
    channels = {str(channel_id): ranges}
    if known.channel_id not in (None, channel_id):
        channels[str(known.channel_id)] = []
    known.channel_id, known.ranges = channel_id, ranges
    return GuildSubscriptions(guild_id=Snowflake(guild.guild.id), channels=channels)


def update(state: State, event: MemberListUpdate) -> list[Change]:
    """Take what the server tells of a list. A SYNC of another list than the one shown takes its place."""
    guild = state.guilds.get(event.guild_id)
    known = guild.member_list if guild is not None else None
    if guild is None or known is None:
        return []
    if event.id != known.id:
        if not any(op.op == SYNC for op in event.ops):
            return []
        known.id = event.id
        known.rows.clear()
    known.groups = event.groups[:MAX_GROUPS]
    guild.member_count = max(event.member_count, 0)
    for op in event.ops:
        _apply(state, guild, known, op)
    for index in sorted(known.rows)[MAX_ROWS:]:
        del known.rows[index]
    return [MembersChanged(event.guild_id)]


def _apply(state: State, guild: GuildState, known: MemberListState, op: ListOp) -> None:
    rows = known.rows
    if op.op in (SYNC, INVALIDATE) and isinstance(op.range, tuple):
        first, last = op.range
        for index in [index for index in rows if first <= index <= last]:
            del rows[index]
        items = op.items if op.op == SYNC and isinstance(op.items, list) else []
        rows.update((first + place, _learn(state, guild, item)) for place, item in enumerate(items[:RANGE_SIZE]))
    elif op.op == DELETE and isinstance(op.index, int):
        known.rows = {index - (index > op.index): row for index, row in rows.items() if index != op.index}
    elif isinstance(op.index, int) and isinstance(op.item, ListItem):
        if op.op == INSERT:
            known.rows = {index + (index >= op.index): row for index, row in rows.items()}
        if op.op in (INSERT, UPDATE):
            known.rows[op.index] = _learn(state, guild, op.item)


def _learn(state: State, guild: GuildState, item: ListItem) -> int | None:
    """Remember a row's member, and return its user id; None for a heading."""
    member = item.member
    if not isinstance(member, Member):
        return None
    directory.put_member(state, guild, directory.plain_member(member))
    presence = member.presence
    if presence is not None and (len(state.presences) < directory.MAX_USERS or member.user.id in state.presences):
        state.presences[member.user.id] = presence
    return int(member.user.id)
