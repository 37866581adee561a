"""The command of threads: which there are, who follows them, what they are called, and their end; and posts of forums."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from tuichat.client.errors import RefusedError
from tuichat.client.threads import MAX_NAME_CHARACTERS
from tuichat.commands.action import chosen_action, missing, split_word
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import Recipient, describe
from tuichat.commands.naming.channel_place import ChannelPlace, channel_place
from tuichat.commands.naming.duration import parse_duration
from tuichat.commands.naming.guild_place import not_allowed
from tuichat.commands.subjects.asking import is_sure, kept
from tuichat.commands.subjects.telling import told
from tuichat.protocol.channel import POST_CHANNELS, THREADS, Channel
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.text import mention_text
from tuichat.text.channel_names import channel_name
from tuichat.text.permission_words import needs
from tuichat.text.safe_text import safe_name
from tuichat.text.time_words import span_words
from tuichat.translation import N_, _

OFF = "off"
MAX_LISTED = 100  # threads (taste)
MAX_SLOW_S = 21_600  # Discord's documentation, "Modify Channel"
ARCHIVED = "archived"
THREAD_ACTIONS = {
    "list": N_("list [#channel] [archived]: the threads of a channel"),
    "join": N_("join [#thread]: follow it"),
    "leave": N_("leave [#thread]: follow it no more"),
    "add": N_("add [#thread] @name ...: bring people into it"),
    "members": N_("members [#thread]: who follows it"),
    "rename": N_("rename [#thread] NAME: call it otherwise"),
    "slowmode": N_("slowmode [#thread] SPAN: how long one waits between messages, as 10s; off ends it"),
    "archive": N_("archive [#thread]: put it away; who writes there brings it back"),
    "unarchive": N_("unarchive [#thread]: bring it back"),
    "lock": N_("lock [#thread]: put it away so that only moderators bring it back"),
    "unlock": N_("unlock [#thread]: let everybody bring it back"),
    "delete": N_("delete [#thread]: delete it with all that was written there"),
}
Act = Callable[[CommandContext, ChannelPlace], Awaitable[Outcome]]


@command
async def threads(
    context: CommandContext,
    action: Annotated[str, "list, join, leave, add, members, rename, slowmode, archive, lock, delete or another"],
    details: Annotated[
        Text | None, "a #thread where it is not the open one; then a name, @names or what it takes"
    ] = None,
) -> Outcome:
    """Threads: list them, follow and leave them, bring people in, name, archive, lock and delete them."""
    name = chosen_action("threads", action, THREAD_ACTIONS)
    place = channel_place(context, details)
    if name == "list":
        return await _list(context, place)
    if place.channel.type not in THREADS:
        raise CommandError(_("{channel} is no thread: open one, or name it first as #name.").format(channel=place.name))
    if not place.details and name in _WITH_DETAILS:
        raise missing("threads", name, THREAD_ACTIONS)
    return await _ACTS[name](context, place)


registry.tell_actions("threads", THREAD_ACTIONS)


@command
async def post(
    context: CommandContext,
    title: Annotated[str, "what the post is called; in quotes where it has blanks"],
    text: Annotated[Text, "what it says"],
    forum: Annotated[str | None, "which forum, as #name, where it is not the open one"] = None,
    tags: Annotated[str | None, "names of tags of the forum, parted by commas"] = None,
) -> Outcome:
    """Begin a post in a forum."""
    place = channel_place(context, forum)
    channel, client = place.channel, place.client
    if channel.type in THREADS and isinstance(channel.parent_id, int):
        channel = client.state.channels.get(channel.parent_id, channel)
    if channel.type not in POST_CHANNELS:
        raise CommandError(_("{channel} is no forum: name one with forum=#name.").format(channel=place.name))
    if not 1 <= len(title) <= MAX_NAME_CHARACTERS:
        words = _("{name}: 1 to {limit} characters, these are {count}.")
        raise CommandError(words.format(name="TITLE", limit=MAX_NAME_CHARACTERS, count=len(title)))
    content = mention_text.encode(text, client.state, int(channel.id))
    made = await client.threads.post(int(channel.id), title, content, _tag_ids(channel, tags or ""))
    if context.screen is not None and not context.is_script:
        context.screen.open_channel(client.key, int(made.id))
        return Outcome()
    return Outcome(text=describe(Recipient(made, client=client), context.known_clients()))


async def _list(context: CommandContext, place: ChannelPlace) -> Outcome:
    channel = place.channel
    if channel.type in THREADS and isinstance(channel.parent_id, int):
        channel = place.client.state.channels.get(channel.parent_id, channel)
    if place.details not in ("", ARCHIVED):
        raise missing("threads", "list", THREAD_ACTIONS)
    pages = place.client.threads.pages(int(channel.id), is_archived=place.details == ARCHIVED)
    while pages.has_more and len(pages.threads) < MAX_LISTED:
        known = len(pages.threads)
        await pages.load()
        if len(pages.threads) == known:
            break
    lines = []
    for each in pages.threads:
        place.client.threads.know(each)
        words = [f"#{channel_name(each)}"]
        words += [_("followed")] if int(each.id) in pages.joined else []
        words += [_("locked")] if getattr(each.thread_metadata, "locked", False) else []
        lines.append(", ".join(words))
    nothing = _("There are no such threads. /thread NAME begins one.")
    return told(context, _("Threads of {channel}").format(channel=f"#{channel_name(channel)}"), lines, nothing)


async def _join(context: CommandContext, place: ChannelPlace) -> Outcome:
    await place.client.threads.join(place.id)
    return Outcome(text=_("You follow {channel}.").format(channel=place.name))


async def _leave(context: CommandContext, place: ChannelPlace) -> Outcome:
    await place.client.threads.leave(place.id)
    return Outcome(text=_("You follow {channel} no more.").format(channel=place.name))


async def _add(context: CommandContext, place: ChannelPlace) -> Outcome:
    guild = place.guild()
    users, rest = [], place.details
    while rest:
        word, rest = split_word(rest)
        users.append(await guild.find_user(word))
    await place.client.threads.add(place.id, [int(user.id) for user in users])
    names = ", ".join(f"@{printable(user.username)}" for user in users)
    return Outcome(text=_("In {channel} now: {names}").format(channel=place.name, names=names))


async def _members(context: CommandContext, place: ChannelPlace) -> Outcome:
    found = await place.client.threads.members(place.id)
    names = []
    for user_id in (int(each.user_id) for each in found if isinstance(each.user_id, int)):
        user = place.client.state.users.get(user_id)
        names.append(str(user_id) if user is None else f"@{printable(user.username)}")
    return told(context, place.name, sorted(names), _("Nobody follows it."))


async def _rename(context: CommandContext, place: ChannelPlace) -> Outcome:
    if len(place.details) > MAX_NAME_CHARACTERS:
        words = _("A thread's name has at most {limit} characters, this one has {count}.")
        raise CommandError(words.format(limit=MAX_NAME_CHARACTERS, count=len(place.details)))
    await _edit(place, EditChannelRequest(name=place.details), is_owners=True)
    return Outcome(text=_("{channel} is called {name} now.").format(channel=place.name, name=safe_name(place.details)))


async def _slowmode(context: CommandContext, place: ChannelPlace) -> Outcome:
    seconds = 0 if place.details.lower() == OFF else parse_duration(place.details)
    if seconds > MAX_SLOW_S:
        raise CommandError(_("Slow mode is at most {span}.").format(span=span_words(MAX_SLOW_S)))
    await _edit(place, EditChannelRequest(rate_limit_per_user=seconds))
    return Outcome(text=_("{channel} is changed.").format(channel=place.name))


async def _archive(context: CommandContext, place: ChannelPlace) -> Outcome:
    await _edit(place, EditChannelRequest(archived=True), is_owners=True)
    return Outcome(text=_("{channel} is archived.").format(channel=place.name))


async def _unarchive(context: CommandContext, place: ChannelPlace) -> Outcome:
    await _edit(place, EditChannelRequest(archived=False), is_owners=True)
    return Outcome(text=_("{channel} is back.").format(channel=place.name))


async def _lock(context: CommandContext, place: ChannelPlace) -> Outcome:
    await _edit(place, EditChannelRequest(locked=True, archived=True))
    return Outcome(text=_("{channel} is locked.").format(channel=place.name))


async def _unlock(context: CommandContext, place: ChannelPlace) -> Outcome:
    await _edit(place, EditChannelRequest(locked=False, archived=False))
    return Outcome(text=_("{channel} is unlocked.").format(channel=place.name))


async def _delete(context: CommandContext, place: ChannelPlace) -> Outcome:
    place.require(Permissions.MANAGE_THREADS)
    question = _("Delete {channel} for everybody?").format(channel=place.name)
    if not await is_sure(context, question, _("All that was written there is gone for good."), _("delete")):
        return kept()
    await place.client.threads.delete(place.id)
    return Outcome(text=_("{channel} is deleted.").format(channel=place.name))


async def _edit(place: ChannelPlace, edit: EditChannelRequest, *, is_owners: bool = False) -> None:
    """Change a thread; `is_owners`: who began it may, too."""
    state = place.client.state
    is_own = is_owners and state.me is not None and place.channel.owner_id == state.me.id
    if not is_own and not state.permissions(place.id) & Permissions.MANAGE_THREADS:
        raise RefusedError(not_allowed(needs(Permissions.MANAGE_THREADS)))
    place.client.threads.know(await place.client.threads.edit(place.id, edit))


def _tag_ids(channel: Channel, names: str) -> list[int]:
    known = channel.available_tags if isinstance(channel.available_tags, list) else []
    found = []
    for name in filter(None, (each.strip() for each in names.split(","))):
        tag = next((each for each in known if each.name.casefold() == name.casefold()), None)
        if tag is None:
            all_names = ", ".join(safe_name(each.name) for each in known) or "-"
            words = _("No tag of this forum is called {name}. There are: {names}.")
            raise CommandError(words.format(name=printable(name), names=all_names))
        found.append(int(tag.id))
    return found


_WITH_DETAILS = frozenset({"add", "rename", "slowmode"})
_ACTS: Mapping[str, Act] = {
    "join": _join,
    "leave": _leave,
    "add": _add,
    "members": _members,
    "rename": _rename,
    "slowmode": _slowmode,
    "archive": _archive,
    "unarchive": _unarchive,
    "lock": _lock,
    "unlock": _unlock,
    "delete": _delete,
}
