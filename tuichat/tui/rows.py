"""What the lists show, made of the clients' states: rows of guilds, channels and members."""

from collections.abc import Iterable, Mapping, Set

import msgspec
from msgspec import UNSET

from tuichat.client import notice_levels
from tuichat.client.planned_events import is_on
from tuichat.client.state import Connection, GuildState, MemberListState, State
from tuichat.client.voice_desk import VoicePerson
from tuichat.client.voice_people import people_in
from tuichat.protocol.channel import POST_CHANNELS, THREADS, VOICE_CHANNELS, Channel, ChannelType
from tuichat.protocol.guild import Member, Role
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _, ngettext
from tuichat.tui.hues import preferred_hue
from tuichat.tui.panes import channel_list, member_list
from tuichat.tui.panes.channel_list import (
    CategoryRow,
    ChannelKind,
    ChannelRow,
    EventsRow,
    GuildHeadRow,
    InviteRow,
    VoiceMemberRow,
    WordsRow,
)
from tuichat.tui.panes.guild_rail import RailRow
from tuichat.tui.panes.member_list import HeadingRow, MemberRow, UnknownRow
from tuichat.tui.voice_drawing import marks, stairs

PRIVATE = 0  # the rail's guild id for an account's private channels
MAX_OFFLINE = 1000  # members that are not there, shown by name
MAX_LAZY_ROWS = 10_000  # taste: nobody scrolls on
KINDS = {
    ChannelType.ANNOUNCEMENT: ChannelKind.NEWS,
    ChannelType.VOICE: ChannelKind.VOICE,
    ChannelType.STAGE: ChannelKind.STAGE,
    ChannelType.DM: ChannelKind.PRIVATE,
    ChannelType.GROUP_DM: ChannelKind.PRIVATE,
    ChannelType.FORUM: ChannelKind.FORUM,
    ChannelType.MEDIA: ChannelKind.FORUM,
    ChannelType.ANNOUNCEMENT_THREAD: ChannelKind.THREAD,
    ChannelType.PUBLIC_THREAD: ChannelKind.THREAD,
    ChannelType.PRIVATE_THREAD: ChannelKind.THREAD,
}
UNCHOOSABLE = frozenset({ChannelType.CATEGORY, ChannelType.DIRECTORY})
THREAD_INDENT = 3
CONNECTION_WORDS = {
    Connection.CONNECTING: N_("connecting …"),
    Connection.RECONNECTING: N_("reconnecting"),
    Connection.OFFLINE: N_("offline"),
    Connection.REFUSED: N_("refused"),
}
_VALUES = (N_("connecting"), N_("ready"))  # of connections, where they are said as they are


class Chosen(msgspec.Struct, frozen=True):
    """What is shown: a guild (or PRIVATE) of an account, and one of its channels."""

    account_key: str = ""
    guild_id: int | None = None
    channel_id: int | None = None


def channel_kind(channel: Channel) -> ChannelKind:
    return (
        KINDS.get(ChannelType(channel.type), ChannelKind.TEXT) if channel.type in set(ChannelType) else ChannelKind.TEXT
    )


def guild_initials(name: str) -> str:
    """Return up to three signs that stand for a guild."""
    words = safe_name(name, "?").replace("-", " ").replace("_", " ").split()
    letters = [next((character for character in word if character.isalnum()), "") for word in words]
    initials = "".join(letter for letter in letters if letter)[:2]
    if len(initials) == 1:
        initials = "".join(character for character in words[0] if character.isalnum())[:2]
    return (initials or "?").upper() if len(words) > 1 else initials or "?"


def rail_rows(states: Mapping[str, State], chosen: Chosen, personal_keys: Set[str]) -> list[RailRow]:
    """Return the guilds of all accounts in the accounts' order, with rules between accounts, and the "+"."""
    rows: list[RailRow] = []
    for account_key, state in states.items():
        if rows:
            rows.append(RailRow(is_rule=True))
        is_offline = state.connection is not Connection.READY
        if state.private_channel_ids:
            rows.append(_private_row(account_key, state, chosen, is_offline))
        for guild_id, guild in state.guilds.items():
            is_home = account_key in personal_keys and guild.guild.name == "Home"
            rows.append(_guild_row(account_key, state, guild_id, guild, chosen, is_home=is_home, is_offline=is_offline))
        if not state.guilds and not state.private_channel_ids:
            is_chosen = chosen.account_key == account_key
            sign = guild_initials(state.me.username) if state.me is not None else "…"
            rows.append(RailRow(account_key, None, sign, is_chosen=is_chosen, is_offline=is_offline))
    rows.append(RailRow())
    return rows


def _private_row(account_key: str, state: State, chosen: Chosen, is_offline: bool) -> RailRow:
    ids = state.private_channel_ids
    is_chosen = (chosen.account_key, chosen.guild_id) == (account_key, PRIVATE)
    unread = any(notice_levels.shows_unread(state, channel_id) for channel_id in ids)
    mentions = sum(map(state.mention_count, ids))
    return RailRow(
        account_key, PRIVATE, "@", 1, is_chosen=is_chosen, is_unread=unread, mentions=mentions, is_offline=is_offline
    )


def _guild_row(
    account_key: str,
    state: State,
    guild_id: int,
    guild: GuildState,
    chosen: Chosen,
    *,
    is_home: bool,
    is_offline: bool,
) -> RailRow:
    ids = [channel_id for channel_id in guild.channel_ids if channel_id in state.channels]
    return RailRow(
        account_key,
        guild_id,
        "⌂" if is_home else guild_initials(guild.guild.name),
        hue=preferred_hue(guild_id),
        is_chosen=(chosen.account_key, chosen.guild_id) == (account_key, guild_id),
        is_unread=any(notice_levels.shows_unread(state, channel_id) for channel_id in ids)
        or any(
            notice_levels.shows_unread(state, each)
            for each in guild.thread_ids
            if _is_followed(state.channels.get(each))
        ),
        mentions=sum(map(state.mention_count, (*ids, *guild.thread_ids))),
        is_offline=is_offline or not guild.is_available,
    )


def _members_online(state: State, guild: GuildState) -> int:
    return sum(state.status(user_id) not in ("offline", "invisible") for user_id in guild.members)


def with_drafts(rows: Iterable[channel_list.AnyRow], drafted: Set[int]) -> list[channel_list.AnyRow]:
    """Return rows in which the channels with unsent words say so; the one shown need not."""
    return [
        msgspec.structs.replace(row, has_draft=True)
        if isinstance(row, ChannelRow) and row.channel_id in drafted and not row.is_chosen
        else row
        for row in rows
    ]


def channel_rows(state: State | None, chosen: Chosen, folded: Set[int], account: str = "") -> list[channel_list.AnyRow]:
    """Return the list of a guild's channels; `account` is told where there are several."""
    if state is None:
        return []
    if chosen.guild_id == PRIVATE:
        rows: list[channel_list.AnyRow] = [GuildHeadRow(_("Private messages"), _("between you and others"), account)]
        channels = [
            state.channels[channel_id] for channel_id in state.private_channel_ids if channel_id in state.channels
        ]
        channels.sort(key=lambda channel: -(channel.last_message_id if isinstance(channel.last_message_id, int) else 0))
        for channel in channels:
            people = people_in(state, channel.id)  # of a call
            rows.append(_channel_row(state, channel, chosen, count=str(len(people)) if people else ""))
            rows += map(_voice_row, people)
        return rows
    guild = state.guilds.get(chosen.guild_id) if chosen.guild_id is not None else None
    if guild is None:
        return [GuildHeadRow("tuichat", _empty_words(state), account)]
    online = _members_online(state, guild)
    count = max(guild.member_count, len(guild.members))
    head = GuildHeadRow(
        safe_name(guild.guild.name),
        ngettext("{count} member · {online} online", "{count} members · {online} online", count).format(
            count=count, online=online
        ),
        account,
        has_settings=True,
    )
    rows = [head]
    if not guild.is_available:
        rows.append(WordsRow(_("not available now")))
    if guild.events:
        rows.append(EventsRow(len(guild.events), is_on=any(map(is_on, guild.events.values()))))
    rows += _guild_channel_rows(state, guild, chosen, folded)
    rows.append(InviteRow())
    return rows


def _empty_words(state: State) -> str:
    if state.connection is Connection.READY:
        return _("no servers yet")
    return _(CONNECTION_WORDS.get(state.connection, ""))


def _guild_channel_rows(
    state: State, guild: GuildState, chosen: Chosen, folded: Set[int]
) -> Iterable[channel_list.AnyRow]:
    rows: list[channel_list.AnyRow] = []
    parents = {channel_id for channel_id in guild.channel_ids if _is_category(state, channel_id)}
    loose = [
        channel_id
        for channel_id in guild.channel_ids
        if channel_id not in parents and _parent(state, channel_id) not in parents
    ]
    if not parents:
        # Without categories of its own a guild is shown by kind.
        voice = [
            channel_id
            for channel_id in loose
            if state.channels[channel_id].type in (ChannelType.VOICE, ChannelType.STAGE)
        ]
        text = [channel_id for channel_id in loose if channel_id not in voice]
        for number, (name, ids) in enumerate((("text", text), ("voice", voice))):
            if ids:
                rows.append(CategoryRow(-1 - number, name, -1 - number in folded, is_first=not rows))
                rows += _group(state, guild, ids, chosen, is_folded=-1 - number in folded)
        return rows
    rows += _group(state, guild, loose, chosen, is_folded=False)
    for category_id in guild.channel_ids:
        if category_id not in parents:
            continue
        ids = [channel_id for channel_id in guild.channel_ids if _parent(state, channel_id) == category_id]
        is_folded = category_id in folded
        rows.append(CategoryRow(category_id, channel_name(state.channels[category_id]), is_folded, is_first=not rows))
        rows += _group(state, guild, ids, chosen, is_folded=is_folded)
    return rows


def _is_category(state: State, channel_id: int) -> bool:
    channel = state.channels.get(channel_id)
    return channel is not None and channel.type == ChannelType.CATEGORY


def _parent(state: State, channel_id: int) -> int | None:
    channel = state.channels.get(channel_id)
    return channel.parent_id if channel is not None and isinstance(channel.parent_id, int) else None


def _group(
    state: State, guild: GuildState, ids: Iterable[int], chosen: Chosen, *, is_folded: bool
) -> Iterable[channel_list.AnyRow]:
    for channel_id in ids:
        channel = state.channels.get(channel_id)
        if channel is None or channel.type in UNCHOOSABLE:
            continue
        people = people_in(state, channel_id) if channel.type in VOICE_CHANNELS else ()
        count = len(people)
        if (room := state.room(channel_id)) is not None:
            people = tuple(person for person in people if not person.is_suppressed)  # who listens is a number
            count = max(count, room.room.speakers + room.room.listeners)
        count = max(count, guild.stage_people.get(channel_id, 0))
        limit = f"/{channel.user_limit}" if isinstance(channel.user_limit, int) and channel.user_limit else ""
        is_live = room is not None
        row = _channel_row(state, channel, chosen, count=f"{count}{limit}" if count or is_live else "", is_live=is_live)
        if not is_folded or row.is_chosen or row.is_unread or row.mentions:
            yield row
        for thread in _thread_rows(state, guild, channel_id, chosen):
            if not is_folded or thread.is_chosen or thread.is_unread or thread.mentions:
                yield thread
        if is_folded and not (row.is_chosen or row.is_unread or row.mentions):
            continue
        for person in people:
            yield _voice_row(person)


def _voice_row(person: VoicePerson) -> VoiceMemberRow:
    return VoiceMemberRow(
        person.user_id,
        safe_name(person.name, _("somebody")),
        tuple(marks(person)),
        stairs(person.level_db, is_speaking=person.is_speaking),
        person.is_speaking,
    )


def with_voices(rows: Iterable[channel_list.AnyRow], voices: Iterable[VoicePerson]) -> list[channel_list.AnyRow]:
    """Return rows in which those in the own call are shown as they are heard."""
    heard = {person.user_id: _voice_row(person) for person in voices}
    return [heard.get(row.user_id, row) if isinstance(row, VoiceMemberRow) else row for row in rows]


def _thread_rows(state: State, guild: GuildState, parent_id: int, chosen: Chosen) -> Iterable[ChannelRow]:
    """Return the threads below a channel that one follows, and the one that is shown; the latest active first."""
    found = [
        state.channels[each]
        for each in guild.thread_ids
        if _parent(state, each) == parent_id and each in state.channels
    ]
    found.sort(key=lambda thread: -(thread.last_message_id if isinstance(thread.last_message_id, int) else thread.id))
    for thread in found:
        if thread.member is not UNSET or thread.id == chosen.channel_id or state.mention_count(thread.id):
            yield msgspec.structs.replace(_channel_row(state, thread, chosen), indent=THREAD_INDENT)


def _is_followed(thread: Channel | None) -> bool:
    return thread is not None and thread.member is not UNSET


def parent_title(state: State, channel: Channel) -> str:
    """Return the name of the channel above a thread, with its sign; empty where there is none."""
    parent = state.channels.get(channel.parent_id) if isinstance(channel.parent_id, int) else None
    if channel.type not in THREADS or parent is None:
        return ""
    return channel_kind(parent).value + channel_name(parent)


def _channel_row(
    state: State, channel: Channel, chosen: Chosen, count: str = "", *, is_live: bool = False
) -> ChannelRow:
    is_muted = notice_levels.is_channel_muted(state, channel.id)
    return ChannelRow(
        chosen.account_key,
        channel.id,
        channel_name(channel),
        channel_kind(channel),
        is_chosen=channel.id == chosen.channel_id,
        is_unread=state.is_unread(channel.id) and not is_muted,
        is_muted=is_muted,
        mentions=state.mention_count(channel.id),
        count=count,
        is_live=is_live,
    )


def member_rows(state: State | None, chosen: Chosen) -> list[member_list.AnyRow]:
    """Return the people who may read the channel shown, by hoisted role, then those online, then the others."""
    if state is None or chosen.channel_id is None:
        return []
    guild = state.guild_of(chosen.channel_id)
    if guild is None:
        return _private_rows(state, chosen.channel_id)
    if guild.member_list is not None:
        return _lazy_member_rows(state, guild, guild.member_list)
    hoisted = sorted(
        (role for role in guild.roles.values() if role.hoist and role.id != guild.guild.id),
        key=lambda role: (-role.position, role.id),
    )
    groups: dict[str, list[MemberRow]] = {safe_name(role.name).upper(): [] for role in hoisted}
    online, offline = _("ONLINE"), _("OFFLINE")
    groups |= {online: [], offline: []}
    for member in guild.members.values():
        row = _member_row(state, guild, member)
        if row.status == "offline":
            groups[offline].append(row)
        else:
            role = next((role for role in hoisted if role.id in member.roles), None)
            groups[online if role is None else safe_name(role.name).upper()].append(row)
    rows: list[member_list.AnyRow] = []
    for title, members in groups.items():
        if not members:
            continue
        total = len(members)
        members.sort(key=_by_name)
        if title == offline:
            total = max(total, guild.member_count - sum(len(group) for group in groups.values()) + total)
            members = members[:MAX_OFFLINE]
        rows.append(HeadingRow(f"{title} — {total}", is_first=not rows))
        rows += members
    return rows


def _lazy_member_rows(state: State, guild: GuildState, shown: MemberListState) -> list[member_list.AnyRow]:
    """Return the rows of a large guild's list, index by index as the server counts them."""
    titles = {str(int(role.id)): safe_name(role.name).upper() for role in guild.roles.values()}
    titles |= {"online": _("ONLINE"), "offline": _("OFFLINE")}
    rows: list[member_list.AnyRow] = []
    for group in shown.groups:
        title = titles.get(group.id, group.id.upper())
        rows.append(HeadingRow(f"{title} — {group.count}", is_first=not rows))
        end = min(len(rows) + max(group.count, 0), MAX_LAZY_ROWS)
        for index in range(len(rows), end):
            member = guild.members.get(shown.rows.get(index) or 0)
            rows.append(UnknownRow(index) if member is None else _member_row(state, guild, member))
    return rows


def _by_name(row: MemberRow) -> tuple[str, int]:
    return (row.name.casefold(), row.user_id)


def _member_row(state: State, guild: GuildState, member: Member) -> MemberRow:
    user = member.user
    presence = state.presences.get(user.id)
    status = state.status(user.id)
    status = "offline" if status == "invisible" else status
    activity = ""
    if presence is not None and presence.activities and status != "offline":
        first = presence.activities[0]
        activity = safe_line(first.state or first.name)
    return MemberRow(
        user.id,
        safe_name(member.display_name),
        status,
        _role_colour(guild, member),
        activity,
        is_me=state.me is not None and state.me.id == user.id,
        is_bot=user.bot,
        is_in_voice=user.id in guild.voice_states,
    )


def _role_colour(guild: GuildState, member: Member) -> int:
    coloured: list[Role] = [guild.roles[role_id] for role_id in member.roles if role_id in guild.roles]
    coloured = [role for role in coloured if role.color]
    return max(coloured, key=lambda role: (role.position, -role.id)).color if coloured else 0


def _private_rows(state: State, channel_id: int) -> list[member_list.AnyRow]:
    channel = state.channels.get(channel_id)
    people = list(channel.recipients) if channel is not None and isinstance(channel.recipients, list) else []
    if state.me is not None and all(user.id != state.me.id for user in people):
        people.append(state.me)
    rows: list[member_list.AnyRow] = [HeadingRow(_("HERE — {count}").format(count=len(people)), is_first=True)]
    for user in people:
        is_me = state.me is not None and user.id == state.me.id
        rows.append(
            MemberRow(user.id, safe_name(user.display_name), state.status(user.id), is_me=is_me, is_bot=user.bot)
        )
    return rows


def unread_channels(states: Mapping[str, State]) -> list[Chosen]:
    """Return the channels with something new, in the order in which the lists show them."""
    return [chosen for chosen in all_channels(states) if _calls(states[chosen.account_key], chosen.channel_id or 0)]


def total_mentions(state: State) -> int:
    """Return how often somebody mentions the user in channels that it sees."""
    return sum(map(state.mention_count, state.channels))


def _calls(state: State, channel_id: int) -> bool:
    return notice_levels.shows_unread(state, channel_id) or state.mention_count(channel_id) > 0


def mentioned_channels(states: Mapping[str, State]) -> list[Chosen]:
    """Return the channels in which somebody mentions the user, in the lists' order."""
    return [
        chosen for chosen in all_channels(states) if states[chosen.account_key].mention_count(chosen.channel_id or 0)
    ]


def all_channels(states: Mapping[str, State]) -> list[Chosen]:
    """Return every channel that can be shown, of all accounts, in the lists' order."""
    found: list[Chosen] = []
    for account_key, state in states.items():
        found += [Chosen(account_key, PRIVATE, channel_id) for channel_id in state.private_channel_ids]
        for guild_id, guild in state.guilds.items():
            for channel_id in guild.channel_ids:
                channel = state.channels.get(channel_id)
                if channel is not None and channel.type not in UNCHOOSABLE and channel.type not in POST_CHANNELS:
                    found.append(Chosen(account_key, guild_id, channel_id))
                found += [
                    Chosen(account_key, guild_id, row.channel_id)
                    for row in _thread_rows(state, guild, channel_id, Chosen(account_key))
                ]
    return found


def first_channel(state: State, guild_id: int) -> int | None:
    """Return the channel that a guild opens with: the first that holds text."""
    guild = state.guilds.get(guild_id)
    ids = state.private_channel_ids if guild_id == PRIVATE else guild.channel_ids if guild else []
    channels = [state.channels[channel_id] for channel_id in ids if channel_id in state.channels]
    for kinds in ((ChannelKind.TEXT, ChannelKind.PRIVATE), (ChannelKind.NEWS,)):
        for channel in channels:
            if channel_kind(channel) in kinds and channel.type not in UNCHOOSABLE:
                return int(channel.id)
    return None
