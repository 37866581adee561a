"""The command of those who run channels: made, named, ordered and deleted, and who may do what there."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

from tuichat.client import channel_settings
from tuichat.client.channel_settings import MEMBER, ROLE
from tuichat.client.overwrite_draft import overwrites_of
from tuichat.commands.action import chosen_action, missing, split_word
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.channel_place import ChannelPlace, channel_place, find_category
from tuichat.commands.naming.duration import parse_duration
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.naming.names import find_role
from tuichat.commands.naming.permission_name import find_permission
from tuichat.commands.subjects.asking import is_sure, kept
from tuichat.commands.subjects.telling import told
from tuichat.protocol.channel import VOICE_CHANNELS, ChannelType
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import ChannelPosition, CreateChannelRequest, EditChannelRequest
from tuichat.text.permission_words import name_of, names_of
from tuichat.text.safe_text import safe_name
from tuichat.text.time_words import span_words
from tuichat.translation import N_, _

NONE, OFF = "none", "off"
MAX_SLOW_S = 21_600  # Discord's documentation, "Modify Channel"
MAX_PEOPLE = 99  # likewise
CHANNEL_ACTIONS = {
    "create": N_("create NAME: make a text channel"),
    "create-voice": N_("create-voice NAME: make a voice channel"),
    "create-stage": N_("create-stage NAME: make a stage"),
    "create-forum": N_("create-forum NAME: make a forum"),
    "create-news": N_("create-news NAME: make an announcement channel"),
    "create-category": N_("create-category NAME: make a category"),
    "rename": N_("rename [#channel] NAME: call it otherwise"),
    "topic": N_("topic [#channel] TEXT: say what it is about; none takes that away"),
    "slowmode": N_("slowmode [#channel] SPAN: how long one waits between messages, as 10s; off ends it"),
    "limit": N_("limit [#channel] COUNT: how many fit into a voice channel; none for any number"),
    "move": N_("move [#channel] up or down: change its place among those beside it"),
    "category": N_("category [#channel] NAME: put it into a category; none takes it out"),
    "sync": N_("sync [#channel]: give it the permissions of its category"),
    "permissions": N_("permissions [#channel]: who may and may not do what there"),
    "allow": N_("allow [#channel] @role or @name PERMISSION: whatever else holds"),
    "deny": N_("deny [#channel] @role or @name PERMISSION: whatever else holds"),
    "neutral": N_("neutral [#channel] @role or @name [PERMISSION]: as elsewhere in the server"),
    "delete": N_("delete [#channel]: delete it with all that was written there"),
}
_KINDS = {
    "create": ChannelType.TEXT,
    "create-voice": ChannelType.VOICE,
    "create-stage": ChannelType.STAGE,
    "create-forum": ChannelType.FORUM,
    "create-news": ChannelType.ANNOUNCEMENT,
    "create-category": ChannelType.CATEGORY,
}
Act = Callable[[CommandContext, ChannelPlace], Awaitable[Outcome]]


@command
async def channel(
    context: CommandContext,
    action: Annotated[
        str, "create, rename, topic, slowmode, move, category, permissions, allow, deny, delete or another"
    ],
    details: Annotated[
        Text | None, "a #channel where it is not the open one; then a name, text or what it takes"
    ] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Run channels: make, name, order and delete them, and say who may do what there."""
    name = chosen_action("channel", action, CHANNEL_ACTIONS)
    if name in _KINDS:
        if details is None:
            raise missing("channel", name, CHANNEL_ACTIONS)
        return await _create((server or guild_place(context)), details, _KINDS[name])
    place = channel_place(context, details)
    if not place.details and name not in _ALONE:
        raise missing("channel", name, CHANNEL_ACTIONS)
    if name != "permissions":
        place.require(Permissions.MANAGE_ROLES if name in _OF_PERMISSIONS else Permissions.MANAGE_CHANNELS)
    return await _ACTS[name](context, place)


registry.tell_actions("channel", CHANNEL_ACTIONS)


async def _create(place: GuildPlace, name: str, kind: ChannelType) -> Outcome:
    place.require(Permissions.MANAGE_CHANNELS)
    wanted = CreateChannelRequest(name=name.removeprefix("#"), type=int(kind))
    made = await place.client.guild_settings.channels.create(place.id, wanted)
    words = _("{name} is made in {server}.")
    sign = "" if kind is ChannelType.CATEGORY else "#"
    return Outcome(text=words.format(name=f"{sign}{safe_name(str(made.name))}", server=place.name))


async def _rename(context: CommandContext, place: ChannelPlace) -> Outcome:
    await _edit(place, EditChannelRequest(name=place.details.removeprefix("#")))
    return Outcome(text=_("{channel} is called {name} now.").format(channel=place.name, name=safe_name(place.details)))


async def _topic(context: CommandContext, place: ChannelPlace) -> Outcome:
    await _edit(place, EditChannelRequest(topic=None if place.details == NONE else place.details))
    return _saved(place)


async def _slowmode(context: CommandContext, place: ChannelPlace) -> Outcome:
    seconds = 0 if place.details.lower() in (OFF, NONE) else parse_duration(place.details)
    if seconds > MAX_SLOW_S:
        raise CommandError(_("Slow mode is at most {span}.").format(span=span_words(MAX_SLOW_S)))
    await _edit(place, EditChannelRequest(rate_limit_per_user=seconds))
    if not seconds:
        return Outcome(text=_("One may write as fast as one likes in {channel}.").format(channel=place.name))
    words = _("Everybody waits {span} between messages in {channel}.")
    return Outcome(text=words.format(span=span_words(seconds), channel=place.name))


async def _limit(context: CommandContext, place: ChannelPlace) -> Outcome:
    if place.channel.type not in VOICE_CHANNELS:
        raise CommandError(_("{channel} is no voice channel.").format(channel=place.name))
    typed = "0" if place.details.lower() == NONE else place.details
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 2):
        raise CommandError(_("COUNT is a number from 1 to {most}, or none.").format(most=MAX_PEOPLE))
    await _edit(place, EditChannelRequest(user_limit=int(typed)))
    return _saved(place)


async def _move(context: CommandContext, place: ChannelPlace) -> Outcome:
    step = {"up": -1, "down": 1}.get(place.details.lower())
    if step is None:
        raise missing("channel", "move", CHANNEL_ACTIONS)
    guild = place.guild()
    places = channel_settings.moved(place.client.state, place.channel, step)
    if not places:
        return Outcome(text=_("{channel} is at the end already.").format(channel=place.name))
    await place.client.guild_settings.channels.arrange(guild.id, places)
    return _saved(place)


async def _category(context: CommandContext, place: ChannelPlace) -> Outcome:
    guild = place.guild()
    parent = None if place.details == NONE else find_category(place.details, guild).id
    where = [ChannelPosition(id=place.channel.id, parent_id=parent)]
    await place.client.guild_settings.channels.arrange(guild.id, where)
    return _saved(place)


async def _sync(context: CommandContext, place: ChannelPlace) -> Outcome:
    parent = place.channel.parent_id
    if not isinstance(parent, int):
        raise CommandError(_("{channel} is in no category.").format(channel=place.name))
    where = channel_settings.as_category(place.channel, int(parent))
    await place.client.guild_settings.channels.arrange(place.guild().id, where)
    return _saved(place)


async def _delete(context: CommandContext, place: ChannelPlace) -> Outcome:
    question = _("Delete {channel} for everybody?").format(channel=place.name)
    if not await is_sure(context, question, _("All that was written there is gone for good."), _("delete")):
        return kept()
    await place.client.guild_settings.channels.delete(place.id)
    return Outcome(text=_("{channel} is deleted.").format(channel=place.name))


async def _permissions(context: CommandContext, place: ChannelPlace) -> Outcome:
    guild = place.guild()
    lines = []
    for each in overwrites_of(place.channel):
        role, user = guild.guild.roles.get(each.id), place.client.state.users.get(each.id)
        target = safe_name(role.name) if role else f"@{printable(user.username)}" if user else str(int(each.id))
        parts = [f"+ {names_of(each.allow)}"] * bool(each.allow) + [f"− {names_of(each.deny)}"] * bool(each.deny)
        lines.append(f"{target}: {'; '.join(parts) or _('as elsewhere')}")
    nothing = _("In {channel} everybody may do what their roles allow.").format(channel=place.name)
    return told(context, place.name, lines, nothing)


async def _allow(context: CommandContext, place: ChannelPlace) -> Outcome:
    return await _decide(place, is_allowed=True)


async def _deny(context: CommandContext, place: ChannelPlace) -> Outcome:
    return await _decide(place, is_allowed=False)


async def _neutral(context: CommandContext, place: ChannelPlace) -> Outcome:
    return await _decide(place, is_allowed=None)


async def _decide(place: ChannelPlace, *, is_allowed: bool | None) -> Outcome:
    """Change one permission of a role or a member; None: as elsewhere, of all permissions where none is named."""
    name, rest = split_word(place.details)
    target_id, kind, target = await _target(place, name)
    settings = place.client.guild_settings.channels
    known = next((each for each in overwrites_of(place.channel) if each.id == target_id), None)
    if not rest:
        if is_allowed is not None:
            raise CommandError(_("PERMISSION is missing, as in /channel deny @everyone Send messages."))
        if known is not None:
            await settings.remove_overwrite(place.id, target_id)
        return Outcome(
            text=_("{target} may do in {channel} what holds elsewhere.").format(target=target, channel=place.name)
        )
    permission = find_permission(rest)
    allow = int(known.allow) if known is not None else 0
    deny = int(known.deny) if known is not None else 0
    allow, deny = allow & ~int(permission), deny & ~int(permission)
    if is_allowed:
        allow |= int(permission)
    elif is_allowed is False:
        deny |= int(permission)
    await settings.set_overwrite(place.id, target_id, kind, allow, deny)
    words = {
        True: _("{target} may in {channel}: {permission}."),
        False: _("{target} may not in {channel}: {permission}."),
        None: _("As elsewhere for {target} in {channel}: {permission}."),
    }[is_allowed]
    return Outcome(text=words.format(target=target, channel=place.name, permission=name_of(permission)))


async def _target(place: ChannelPlace, name: str) -> tuple[int, int, str]:
    """Return whose an overwrite is: its id, its kind and its name; a role before a person of the same name."""
    guild = place.guild()
    try:
        role = find_role(name, guild.guild)
    except CommandError as error:
        try:
            user = await guild.find_user(name)
        except CommandError:
            words = _("Neither a role nor a person here is called {name}.")
            raise CommandError(words.format(name=printable(name))) from error
        return int(user.id), MEMBER, f"@{printable(user.username)}"
    return int(role.id), ROLE, safe_name(role.name)


async def _edit(place: ChannelPlace, edit: EditChannelRequest) -> None:
    await place.client.guild_settings.channels.edit(place.id, edit)


def _saved(place: ChannelPlace) -> Outcome:
    return Outcome(text=_("{channel} is changed.").format(channel=place.name))


_ALONE = frozenset({"sync", "permissions", "delete"})
_OF_PERMISSIONS = frozenset({"allow", "deny", "neutral", "sync"})
_ACTS: Mapping[str, Act] = {
    "rename": _rename,
    "topic": _topic,
    "slowmode": _slowmode,
    "limit": _limit,
    "move": _move,
    "category": _category,
    "sync": _sync,
    "permissions": _permissions,
    "allow": _allow,
    "deny": _deny,
    "neutral": _neutral,
    "delete": _delete,
}
