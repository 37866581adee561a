"""Where one can go from anywhere: servers, channels, people and commands of all accounts, and which a query means."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from enum import Enum

from tuichat.client.state import State
from tuichat.protocol.channel import ChannelType
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import rows
from tuichat.tui.rows import PRIVATE, Chosen
from tuichat.tui.widgets.line_list import ListRow

MAX_SHOWN = 200
MAX_PEOPLE = 5_000  # of an account: a query looks at each
UNREAD_WEIGHT = 0.5  # what is new counts as half a use (taste)


class Kind(Enum):
    """The value is the sign that narrows a query to this kind."""

    GUILD = "*"
    CHANNEL = "#"
    PERSON = "@"
    COMMAND = "/"


class Destination(ListRow, frozen=True):
    """`id` is of a guild, a channel or a user; a command is told by its name."""

    kind: Kind
    account_key: str
    id: int
    sign: str
    name: str
    where: str
    is_unread: bool = False
    mentions: int = 0
    weight: float = 0.0

    @property
    def key(self) -> Hashable | None:
        return (self.kind, self.account_key, self.id, self.name)

    @property
    def use(self) -> str:
        """Return the name under which its uses are counted."""
        return use_of(self.kind, self.account_key, self.name if self.kind is Kind.COMMAND else self.id)


def use_of(kind: Kind, account_key: str, id: int | str) -> str:
    return f"{kind.name.lower()}:{account_key}/{id}"


Weigh = Callable[[str], float]


def destinations(
    states: Mapping[str, State],
    shown: Chosen,
    accounts: Mapping[str, str],
    commands: Sequence[tuple[str, str]],
    weigh: Weigh,
) -> list[Destination]:
    """Return everywhere one can go, best first: mentions, then what is used much and lately; what is shown is the last.

    `accounts` names the accounts where there are several; `commands` are names with what they do.
    """
    found: list[Destination] = []
    for account_key, state in states.items():
        account = safe_line(accounts.get(account_key, ""))
        found += _guilds(account_key, state, account)
        found += _channels(account_key, state, account)
        found += _people(account_key, state, account)
    found += [Destination(Kind.COMMAND, "", 0, "/", name, safe_line(summary)) for name, summary in commands]
    weighed = [_weighed(each, weigh) for each in found]
    here = (Kind.CHANNEL, shown.account_key, shown.channel_id)
    return sorted(
        weighed,
        key=lambda each: (
            (each.kind, each.account_key, each.id) == here,
            -each.mentions,
            -(each.weight + UNREAD_WEIGHT * each.is_unread),
        ),
    )


def _weighed(destination: Destination, weigh: Weigh) -> Destination:
    weight = weigh(destination.use)
    if not weight:
        return destination
    fields = {name: getattr(destination, name) for name in Destination.__struct_fields__}
    return Destination(**(fields | {"weight": weight}))


def _guilds(account_key: str, state: State, account: str) -> Iterator[Destination]:
    for guild_id, guild in state.guilds.items():
        yield Destination(Kind.GUILD, account_key, guild_id, "◆", safe_name(guild.guild.name), account or _("server"))


def _channels(account_key: str, state: State, account: str) -> Iterator[Destination]:
    for chosen in rows.all_channels({account_key: state}):
        channel = state.channels.get(chosen.channel_id or 0)
        if channel is None:
            continue
        guild = state.guilds.get(chosen.guild_id or 0)
        where = safe_name(guild.guild.name) if guild else _("private")
        yield Destination(
            Kind.CHANNEL,
            account_key,
            channel.id,
            rows.channel_kind(channel).value,
            channel_name(channel),
            f"{where} · {account}" if account else where,
            state.is_unread(channel.id),
            state.mention_count(channel.id),
        )


def _people(account_key: str, state: State, account: str) -> Iterator[Destination]:
    """Yield people with whom no private channel is open: those are among the channels."""
    known = {state.me.id} if state.me is not None else set()
    for channel_id in state.private_channel_ids:
        channel = state.channels.get(channel_id)
        if channel is not None and channel.type == ChannelType.DM and isinstance(channel.recipients, list):
            known |= {user.id for user in channel.recipients}
    count = 0
    for guild in state.guilds.values():
        for user_id, member in guild.members.items():
            if user_id in known:
                continue
            if count == MAX_PEOPLE:
                return
            known.add(member.user.id)
            count += 1
            where = " · ".join(part for part in (safe_name(member.user.username), account) if part)
            yield Destination(Kind.PERSON, account_key, user_id, "@", safe_name(member.display_name), where)


def matching(found: Sequence[Destination], query: str) -> list[Destination]:
    """Return what a query fits, best first; without one, what is likely wanted.

    Names that begin with it come before those that hold it, these before those that hold its letters in order, and last
    come those whose place (a server, an account, a user name) is called so. A sign of `Kind` in front narrows the kind.
    """
    query = query.casefold().strip()
    kind = next((kind for kind in Kind if query.startswith(kind.value)), None)
    if kind is not None:
        query = query[1:].strip()
        found = [each for each in found if _is_kind(each, kind)]
    query = query.lstrip("♪◈◆")
    if not query:
        likely = [each for each in found if kind is not None or each.kind in (Kind.CHANNEL, Kind.GUILD) or each.weight]
        return likely[:MAX_SHOWN]
    scored: list[tuple[int, int, Destination]] = []
    for order, each in enumerate(found):
        name = each.name.casefold()
        if name.startswith(query):
            scored.append((0, order, each))
        elif query in name:
            scored.append((1, order, each))
        elif _has_letters(name, query):
            scored.append((2, order, each))
        elif query in f"{name} {each.where}".casefold():
            scored.append((3, order, each))
    return [each for _tier, _order, each in sorted(scored, key=lambda item: item[:2])][:MAX_SHOWN]


def _is_kind(destination: Destination, kind: Kind) -> bool:
    if kind is Kind.PERSON:  # a private channel is a person, to who looks for one
        return destination.kind is kind or (destination.kind is Kind.CHANNEL and destination.sign == "@")
    return destination.kind is kind


def _has_letters(text: str, letters: str) -> bool:
    position = 0
    for letter in letters:
        position = text.find(letter, position) + 1
        if not position:
            return False
    return True


def chosen_of(destination: Destination, state: State) -> Chosen | None:
    """Return what to show for a channel; None for one that is gone."""
    channel = state.channels.get(destination.id)
    if channel is None:
        return None
    guild_id = int(channel.guild_id) if isinstance(channel.guild_id, int) else PRIVATE
    return Chosen(destination.account_key, guild_id, destination.id)
