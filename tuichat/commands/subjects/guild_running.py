"""Commands of those who run a server: its name, picture and owner, its end, and what was done in it."""

from typing import Annotated

from tuichat.client.errors import RefusedError
from tuichat.client.picture_file import picture_edit
from tuichat.commands import offers
from tuichat.commands.action import chosen_action, missing
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.kinds import Offered
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.subjects.asking import is_sure, kept
from tuichat.commands.subjects.telling import told
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.text.audit_words import AuditWords
from tuichat.text.permission_words import names_of
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.text.time_words import moment_words
from tuichat.translation import N_, _, ngettext

NONE = "none"
GUILD_ACTIONS = {
    "info": N_("info: what it is called, whose it is, and how many are in it"),
    "rename": N_("rename NAME: call it otherwise"),
    "describe": N_("describe TEXT: say what it is about; none takes that away"),
    "icon": N_("icon FILE: its picture, of a PNG, JPEG, GIF or WebP file; none takes it away"),
    "give": N_("give @name: make somebody else its owner, as the owner that you are"),
    "leave": N_("leave [SERVER]: be in it no more"),
    "delete": N_("delete SERVER: delete it with all that is in it, as its owner"),
}


@command
async def guild(
    context: CommandContext,
    action: Annotated[str, "info, rename, describe, icon, give, leave or delete"],
    value: Annotated[Text | None, "what it takes: a name, a text, a file, @name, or which server"] = None,
) -> Outcome:
    """Run the server: what it is called, how it looks, whose it is; leave or delete it."""
    name = chosen_action("guild", action, GUILD_ACTIONS)
    if value is None and name not in ("info", "leave"):
        raise missing("guild", name, GUILD_ACTIONS)
    match name:
        case "leave":
            return await _leave(context, guild_place(context, value))
        case "delete":
            return await _delete(context, guild_place(context, value))
        case "give":
            return await _give(context, guild_place(context), value or "")
        case "info":
            return _info(context, guild_place(context, value))
    place = guild_place(context)
    place.require(Permissions.MANAGE_GUILD)
    text = None if value == NONE else value
    match name:
        case "rename":
            edit = EditGuildRequest(name=value or "")
        case "describe":
            edit = EditGuildRequest(description=text)
        case _:
            edit = EditGuildRequest(icon=await picture_edit(value or ""))
    await place.client.guild_settings.edit(place.id, edit)
    return Outcome(text=_("{name} is saved.").format(name=safe_name(value or "") if name == "rename" else place.name))


registry.tell_actions("guild", GUILD_ACTIONS)


@command
async def auditlog(
    context: CommandContext,
    person: Annotated[str | None, Offered(offers.people), "@name of whose deeds alone to tell"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Tell what was done in the server lately, the newest first."""
    place = server or guild_place(context)
    place.require(Permissions.VIEW_AUDIT_LOG)
    user = None if person is None else await place.find_user(person)
    pages = place.client.guild_settings.audit_log.of_guild(place.id, user_id=None if user is None else int(user.id))
    await pages.load()
    words = AuditWords(place.client.state, place.id, pages.users, pages.webhooks, names_of)
    lines = []
    for deed in pages.deeds:
        parts = [f"{moment_words(deed.entry.id)}  {words.who(deed)} {words.what(deed)}"]
        parts += [str(change) for change in words.changes(deed)]
        if isinstance(deed.entry.reason, str) and deed.entry.reason:
            parts.append(_("reason: {reason}").format(reason=safe_line(deed.entry.reason)))
        lines.append("; ".join(parts))
    return told(context, _("Audit log of {server}").format(server=place.name), lines, _("Nothing was done yet."))


def _info(context: CommandContext, place: GuildPlace) -> Outcome:
    guild = place.guild.guild
    owner = place.client.state.users.get(guild.owner_id)
    count = max(place.guild.member_count, len(place.guild.members))
    lines = [f"{place.name} ({place.id})"]
    if guild.description:
        lines.append(safe_line(guild.description))
    lines.append(_("Owner: {name}").format(name=f"@{printable(owner.username)}" if owner else int(guild.owner_id)))
    lines.append(ngettext("{count} member", "{count} members", count).format(count=count))
    return told(context, place.name, lines)


def _require_owner(place: GuildPlace) -> None:
    me = place.client.state.me
    if me is None or place.guild.guild.owner_id != me.id:
        words = _("{server} is not yours: only its owner does that.")
        raise RefusedError(words.format(server=place.name))


async def _leave(context: CommandContext, place: GuildPlace) -> Outcome:
    me = place.client.state.me
    if me is not None and place.guild.guild.owner_id == me.id:
        words = _(
            "{server} is yours: give it to somebody first with /guild give @name, or delete it with /guild delete."
        )
        raise RefusedError(words.format(server=place.name))
    question = _("Leave {server}?").format(server=place.name)
    if not await is_sure(context, question, _("You can come back with an invite."), _("leave")):
        return kept()
    await place.client.guild_settings.leave(place.id)
    return Outcome(text=_("You left {server}.").format(server=place.name))


async def _delete(context: CommandContext, place: GuildPlace) -> Outcome:
    _require_owner(place)
    question = _("Delete {server} for everybody?").format(server=place.name)
    detail = _("All channels and messages in it are gone for good.")
    if not await is_sure(context, question, detail, _("delete")):
        return kept()
    await place.client.guild_settings.delete(place.id)
    return Outcome(text=_("{server} is deleted.").format(server=place.name))


async def _give(context: CommandContext, place: GuildPlace, person: str) -> Outcome:
    _require_owner(place)
    user = await place.find_user(person)
    name = f"@{printable(user.username)}"
    question = _("Give {server} to {name}?").format(server=place.name, name=name)
    if not await is_sure(context, question, _("Only they can give it back to you."), _("give")):
        return kept()
    await place.client.guild_settings.give_away(place.id, int(user.id))
    return Outcome(text=_("{server} belongs to {name} now.").format(server=place.name, name=name))
