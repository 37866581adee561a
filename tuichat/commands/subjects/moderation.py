"""Commands of moderators: who is kept out of a server, put out, silenced for a while, or called otherwise."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from tuichat.client.guild_people import PAGE
from tuichat.client.people import MAX_REASON_CHARACTERS
from tuichat.commands import offers
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import Between, Offered
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.naming.names import named
from tuichat.commands.subjects.asking import is_sure, kept
from tuichat.commands.subjects.telling import told
from tuichat.protocol.ban import Ban
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.user import User
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.text.time_words import span_words
from tuichat.translation import _

MAX_TIME_OUT = timedelta(days=28)  # Discord's documentation, "Modify Guild Member"
MAX_ERASED = timedelta(days=7)  # Discord's documentation, "Create Guild Ban"
MAX_NICK_CHARACTERS = 32
MAX_BANS = 1000  # that are looked through for a name (taste)


@command
async def ban(
    context: CommandContext,
    person: Annotated[str, Offered(offers.people), "whom, as @name or an id"],
    reason: Annotated[Text | None, "why, for the audit log"] = None,
    *,
    delete: Annotated[
        timedelta | None,
        Between(timedelta(seconds=1), MAX_ERASED),
        "how far back to delete what they wrote, as 1h or 7d",
    ] = None,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Keep somebody out of the server until the ban is lifted."""
    place = server or guild_place(context)
    why = _reason(reason)
    user = await place.find_user(person)
    place.require_over(user, Permissions.BAN_MEMBERS)
    question = _("Ban {name} from {server}?").format(name=_name(user), server=place.name)
    if not await is_sure(context, question, _("They cannot come back until the ban is lifted."), _("ban")):
        return kept()
    await place.client.people.ban(place.id, int(user.id), why, 0 if delete is None else int(delete.total_seconds()))
    return Outcome(
        text=_("{name} is banned from {server}. /unban lifts that.").format(name=_name(user), server=place.name)
    )


@command
async def unban(
    context: CommandContext,
    person: Annotated[str, Offered(offers.people), "whom, as @name or an id; /bans lists them"],
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Lift a ban: they may come back with an invite."""
    place = server or guild_place(context)
    place.require(Permissions.BAN_MEMBERS)
    user = await _banned(place, person)
    await place.client.guild_people.unban(place.id, int(user.id))
    words = _("The ban of {name} is lifted: they may come back to {server} with an invite.")
    return Outcome(text=words.format(name=_name(user), server=place.name))


@command
async def bans(
    context: CommandContext,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """List who is banned from the server, and why."""
    place = server or guild_place(context)
    place.require(Permissions.BAN_MEMBERS)
    lines = []
    for each in await _all_bans(place):
        reason = f": {safe_line(each.reason)}" if each.reason else ""
        lines.append(f"@{printable(each.user.username)} ({int(each.user.id)}){reason}")
    title = _("Bans of {server}").format(server=place.name)
    return told(context, title, lines, _("Nobody is banned from {server}.").format(server=place.name))


@command
async def kick(
    context: CommandContext,
    person: Annotated[str, Offered(offers.people), "whom, as @name"],
    reason: Annotated[Text | None, "why, for the audit log"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Put somebody out of the server, who may come back with an invite."""
    place = server or guild_place(context)
    why = _reason(reason)
    user = await place.find_user(person)
    place.require_over(user, Permissions.KICK_MEMBERS)
    question = _("Kick {name} from {server}?").format(name=_name(user), server=place.name)
    if not await is_sure(context, question, _("They can come back with an invite."), _("kick")):
        return kept()
    await place.client.people.kick(place.id, int(user.id), why)
    return Outcome(text=_("{name} is kicked from {server}.").format(name=_name(user), server=place.name))


@command
async def timeout(
    context: CommandContext,
    person: Annotated[str, Offered(offers.people), "whom, as @name"],
    duration: Annotated[
        timedelta, Between(timedelta(minutes=1), MAX_TIME_OUT), "how long, as 10m, 2h or 7d; 28 days at most"
    ],
    reason: Annotated[Text | None, "why, for the audit log"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Have somebody write and say nothing in the server for a while."""
    place = server or guild_place(context)
    why = _reason(reason)
    user = await place.find_user(person)
    place.require_over(user, Permissions.MODERATE_MEMBERS)
    minutes = -(-int(duration.total_seconds()) // 60)
    await place.client.people.time_out(place.id, int(user.id), minutes, datetime.now(UTC), why)
    words = _("{name} writes nothing in {server} for {span}. /untimeout ends that.")
    return Outcome(text=words.format(name=_name(user), server=place.name, span=span_words(minutes * 60)))


@command
async def untimeout(
    context: CommandContext,
    person: Annotated[str, Offered(offers.people), "whom, as @name"],
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Let somebody write again before their time-out ends."""
    place = server or guild_place(context)
    user = await place.find_user(person)
    place.require_over(user, Permissions.MODERATE_MEMBERS)
    await place.client.people.time_out(place.id, int(user.id), 0, datetime.now(UTC))
    return Outcome(text=_("{name} may write in {server} again.").format(name=_name(user), server=place.name))


@command
async def rename(
    context: CommandContext,
    person: Annotated[str, Offered(offers.people), "whom, as @name"],
    name: Annotated[Text | None, "their name in the server; without one it is their own again"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Call somebody otherwise in the server."""
    place = server or guild_place(context)
    if name is not None and len(name) > MAX_NICK_CHARACTERS:
        words = _("NAME has at most {limit} characters, this one has {count}.")
        raise CommandError(words.format(limit=MAX_NICK_CHARACTERS, count=len(name)))
    user = await place.find_user(person)
    me = place.client.state.me
    if me is not None and me.id == user.id:
        await place.client.own.set_nickname(place.id, name)
    else:
        place.require_over(user, Permissions.MANAGE_NICKNAMES)
        await place.client.people.rename(place.id, int(user.id), name or "")
    if name is None:
        return Outcome(
            text=_("{name} has their own name in {server} again.").format(name=_name(user), server=place.name)
        )
    words = _("{name} is called {nick} in {server}.")
    return Outcome(text=words.format(name=_name(user), nick=safe_name(name), server=place.name))


def _name(user: User) -> str:
    return f"@{printable(user.username)}"


def _reason(text: str | None) -> str:
    if text is not None and len(text) > MAX_REASON_CHARACTERS:
        words = _("REASON has at most {limit} characters, this one has {count}.")
        raise CommandError(words.format(limit=MAX_REASON_CHARACTERS, count=len(text)))
    return text or ""


async def _all_bans(place: GuildPlace) -> list[Ban]:
    """Return the bans of a guild, MAX_BANS at most."""
    found: list[Ban] = []
    while len(found) < MAX_BANS:
        page = await place.client.guild_people.bans(place.id, int(found[-1].user.id) if found else 0)
        found += page
        if len(page) < PAGE:
            break
    return found


async def _banned(place: GuildPlace, text: str) -> User:
    """Return who is banned under a name or an id. Raises CommandError."""
    wanted = text.removeprefix("<").removesuffix(">").removeprefix("@").removeprefix("!")
    users = [each.user for each in await _all_bans(place)]
    by_id = [user for user in users if str(int(user.id)) == wanted]
    found = (
        by_id
        or named(wanted, users, lambda user: [user.username])
        or named(wanted, users, lambda user: [user.display_name])
    )
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(f"{int(user.id)} ({_name(user)})" for user in found)
        raise CommandError(
            _("{name} is the name of several: {ids}. Write the id of one.").format(name=printable(wanted), ids=ids)
        )
    raise CommandError(
        _("Nobody called {name} is banned from {server}. /bans lists who is.").format(
            name=printable(wanted), server=place.name
        )
    )
