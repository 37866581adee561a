"""Commands of following, and of what is live: people, clubs and topics, and the hallway."""

import asyncio
import difflib
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from tuichat.client.arrival import arrived
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.hallway_board import HallwayBoard
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.names import find_person
from tuichat.commands.screen import Severity
from tuichat.commands.subjects.call import join_channel
from tuichat.protocol.follow import FollowedGuild
from tuichat.protocol.json import printable
from tuichat.protocol.user import User
from tuichat.text.hallway_words import event_line, follows_words, room_lines, topic_of
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _

NOTHING = "none"  # what /topics takes for no topics at all
JOIN = "join"


@command
async def follow(
    context: CommandContext,
    whom: Annotated[Text | None, "a person, as @name, or a club: the name of a server"] = None,
) -> Outcome:
    """Follow somebody or a club: you are told when they go live, and find their rooms first. Alone: whom you follow."""
    client = context.require_client()
    if whom is None:
        lines = follows_words(client.state.follows)
        nobody = _("You follow nobody yet. /follow @name follows somebody, /follow and a server's name a club.")
        return Outcome(text=" · ".join(lines) or nobody)
    if whom.startswith(("@", "<@")):
        user = await find_person(whom.strip(), context)
        await client.follows.follow_user(user)
        return Outcome(
            text=_("You follow {name}: you are told when they start a room or speak in one.").format(name=_name(user))
        )
    guild = _find_club(whom, _own_clubs(client))
    await client.follows.follow_guild(guild)
    words = _("You follow the club {name}: you are told of its rooms.")
    return Outcome(text=words.format(name=safe_name(guild.name)))


@command
async def unfollow(
    context: CommandContext, whom: Annotated[Text, "a person, as @name, or a club: the name of a server"]
) -> Outcome:
    """Follow somebody, or a club, no more."""
    client = context.require_client()
    known = client.state.follows
    if whom.startswith(("@", "<@")):
        user = _followed_user(whom, known.users) or await find_person(whom.strip(), context)
        await client.follows.unfollow_user(user.id)
        return Outcome(text=_("You follow {name} no more.").format(name=_name(user)))
    guild = _find_club(whom, known.guilds)
    await client.follows.unfollow_guild(guild.id)
    return Outcome(text=_("You follow the club {name} no more.").format(name=safe_name(guild.name)))


@command
async def topics(
    context: CommandContext,
    tags: Annotated[Text | None, "tags with commas between, as in bees, winter; none for no topics"] = None,
) -> Outcome:
    """Choose the topics whose rooms you find first. Alone: which ones you chose."""
    client = context.require_client()
    if tags is not None:
        chosen = [] if tags.strip().lower() == NOTHING else tags.split(",")
        await client.follows.choose_topics(chosen)
    known = ", ".join(f"#{safe_name(topic)}" for topic in client.state.follows.topics)
    if not known:
        return Outcome(text=_("You follow no topics. /topics bees, winter follows these two."))
    return Outcome(text=_("You follow the topics {topics}.").format(topics=known))


@command
async def hallway(
    context: CommandContext,
    words: Annotated[
        Text | None, "what to look for: topics, people, clubs, #tags; with join before it, the first room is joined"
    ] = None,
) -> Outcome:
    """What is live and what comes, in all your servers and their public rooms."""
    verb, _blank, wanted = (words or "").strip().partition(" ")
    if verb.lower() == JOIN:
        return await _join_found(context, wanted.strip())
    if context.screen is not None and context.screen.show_hallway(words or ""):
        return Outcome()
    board, faults = await _found(context, words or "")
    now_ms, now = int(time.time() * 1000), datetime.now().astimezone()
    lines = [line for each in board.rooms(words or "") for line in room_lines(each.found, now_ms)]
    lines += [event_line(each.coming, now, is_12h=False) for each in board.events(words or "")]
    text = "\n".join([*faults, *lines] or [_("Nothing is live, and nothing is planned.")])
    if context.screen is None:
        return Outcome(text=text)
    context.screen.show_text(_("Hallway"), text)
    return Outcome()


async def _found(context: CommandContext, words: str) -> tuple[HallwayBoard, list[str]]:
    """Ask all servers; return what they find, and a sentence for each that does not answer."""
    known = dict(context.clients) or {(client := context.require_client()).key: client}
    clients = {key: each for key, each in known.items() if each.hallway.is_there}
    if not clients:
        raise CommandError(_("None of your servers has a hallway: they know no live rooms."))
    board = HallwayBoard({key: each.account.server_id for key, each in clients.items()})
    faults = await asyncio.gather(*(_load(board, key, each, words) for key, each in clients.items()))
    return board, list(filter(None, faults))


async def _join_found(context: CommandContext, words: str) -> Outcome:
    """Come into the first room that fits the words and is open to one."""
    board, faults = await _found(context, words)
    entry = next((each for each in board.rooms(words) if each.found.may_join), None)
    if entry is None:
        raise CommandError(faults[0] if faults else _("No live room that is open to you fits these words."))
    client = context.clients.get(entry.account_key) or context.require_client()
    channel_id = int(entry.found.room.channel_id)
    if channel_id not in client.state.channels:
        await client.live_rooms.join_public(channel_id)
        if not await arrived(client, channel_id):
            words = _("You are let in; the room appears as soon as the connection is back.")
            return Outcome(text=words, severity=Severity.WARNING)
    if context.screen is not None:
        context.screen.open_channel(client.key, channel_id)
    join_channel(context, client, channel_id)
    return Outcome(text=_("Coming into “{topic}” …").format(topic=topic_of(entry.found)))


async def _load(board: HallwayBoard, account_key: str, client: Client, words: str) -> str:
    """Ask one account's server; return the sentence where it does not answer."""
    try:
        rooms, events = await asyncio.gather(client.hallway.live(words), client.hallway.coming())
    except ClientError as error:
        return safe_line(str(error))
    board.take_rooms(account_key, rooms, words)
    board.take_events(account_key, events)
    return ""


def _name(user: User) -> str:
    return f"@{printable(user.username)}"


def _followed_user(typed: str, users: Iterable[User]) -> User | None:
    wanted = typed.strip().lstrip("@").casefold()
    return next((user for user in users if user.username.casefold() == wanted), None)


def _own_clubs(client: Client) -> list[FollowedGuild]:
    guilds = (state.guild for state in client.state.guilds.values())
    return [FollowedGuild(id=guild.id, name=guild.name, icon=guild.icon) for guild in guilds]


def _find_club(typed: str, clubs: Iterable[FollowedGuild]) -> FollowedGuild:
    """Return the club of a name. Raises CommandError with those of a similar one."""
    known = list(clubs)
    wanted = " ".join(typed.split()).casefold()
    for club in known:
        if wanted in (safe_name(club.name).casefold(), str(int(club.id))):
            return club
    names = {safe_name(club.name).casefold(): safe_name(club.name) for club in known}
    close = difflib.get_close_matches(wanted[:100], list(names)[:2000], n=3, cutoff=0.6)
    hint = _("Did you mean {names}?").format(names=_(" or ").join(names[each] for each in close)) if close else ""
    words = _("There is no club called {name} here; a person is written @name. {hint}")
    raise CommandError(words.format(name=printable(typed.strip()), hint=hint).strip())
