"""The command of roles: given, taken, made, changed and deleted, and what they allow."""

from collections.abc import Mapping
from typing import Annotated

from tuichat.client.errors import RefusedError
from tuichat.client.role_rank import (
    Obstacle,
    giving_obstacle,
    place_obstacle,
    ranked_roles,
    role_obstacle,
    roles_of,
    steps,
)
from tuichat.commands import offers
from tuichat.commands.action import chosen_action, missing
from tuichat.commands.command import Text, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import Offered
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.naming.names import find_role
from tuichat.commands.naming.permission_name import find_permission
from tuichat.commands.subjects.asking import is_sure, kept
from tuichat.commands.subjects.telling import told
from tuichat.protocol.guild import Role
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import RoleRequest
from tuichat.text import obstacle_words
from tuichat.text.permission_words import name_of, names_of
from tuichat.text.safe_text import safe_name
from tuichat.translation import N_, _, ngettext

NONE = "none"
MAX_NAME_CHARACTERS = 100
ROLE_ACTIONS = {
    "list": N_("list: the roles of the server, the highest first, and how many have each"),
    "give": N_("give ROLE @name: give somebody a role"),
    "take": N_("take ROLE @name: take it away"),
    "create": N_("create NAME: make a role, just above @everyone"),
    "rename": N_("rename ROLE NAME: call it otherwise"),
    "colour": N_("colour ROLE #c6a0f6: the colour of those who have it; none for none"),
    "allow": N_("allow ROLE PERMISSION: let those who have it do something"),
    "deny": N_("deny ROLE PERMISSION: let them no more, unless another role does"),
    "apart": N_("apart ROLE on or off: list those who have it apart from the others"),
    "mention": N_("mention ROLE on or off: let everybody mention it"),
    "up": N_("up ROLE: move it one place higher"),
    "down": N_("down ROLE: move it one place lower"),
    "delete": N_("delete ROLE: delete it"),
}
_SWITCH = {"on": True, "yes": True, "off": False, "no": False}


@command
async def role(
    context: CommandContext,
    action: Annotated[str, "list, give, take, create, rename, colour, allow, deny, apart, mention, up, down or delete"],
    role: Annotated[str | None, Offered(offers.roles), "which role; in quotes where it has blanks"] = None,
    value: Annotated[Text | None, "@name, a new name, a colour, a permission, on or off"] = None,
    *,
    server: Annotated[GuildPlace | None, "which server, where it is not the open one"] = None,
) -> Outcome:
    """Run roles: make, change and delete them, give and take them, and say what they allow."""
    name = chosen_action("role", action, ROLE_ACTIONS)
    place = server or guild_place(context)
    if name == "list":
        return await _list(context, place)
    if role is None or (value is None and name in _WITH_VALUE):
        raise missing("role", name, ROLE_ACTIONS)
    if name == "create":
        return await _create(place, role if value is None else f"{role} {value}")
    found = find_role(role, place.guild)
    match name:
        case "give" | "take":
            return await _hand(place, found, value or "", is_given=name == "give")
        case "allow" | "deny":
            return await _permit(place, found, value or "", is_allowed=name == "allow")
        case "up" | "down":
            return await _move(place, found, 1 if name == "up" else -1)
        case "delete":
            return await _delete(context, place, found)
    return await _edit(place, found, name, value or "")


registry.tell_actions("role", ROLE_ACTIONS)
_WITH_VALUE = frozenset({"give", "take", "rename", "colour", "allow", "deny", "apart", "mention"})


async def _list(context: CommandContext, place: GuildPlace) -> Outcome:
    counts: Mapping[int, int] = await place.client.roles.member_counts(place.id)
    lines = []
    for each in ranked_roles(place.guild):
        parts = [safe_name(each.name)]
        if each.id != place.id:
            count = counts.get(int(each.id), 0)
            parts.append(ngettext("{count} member", "{count} members", count).format(count=count))
        if allowed := names_of(each.permissions):
            parts.append(allowed)
        lines.append(": ".join([parts[0], "; ".join(parts[1:])]) if len(parts) > 1 else parts[0])
    return told(context, _("Roles of {server}").format(server=place.name), lines)


async def _create(place: GuildPlace, name: str) -> Outcome:
    place.require(Permissions.MANAGE_ROLES)
    made = await place.client.roles.create(place.id, RoleRequest(name=_name(name)))
    words = _("The role {name} is made. /role give {name} @somebody gives it.")
    return Outcome(text=words.format(name=_quoted(made.name)))


async def _hand(place: GuildPlace, role: Role, person: str, *, is_given: bool) -> Outcome:
    _check(giving_obstacle(place.client.state, place.guild, role), role)
    user = await place.find_user(person)
    name = f"@{printable(user.username)}"
    has_it = any(each.id == role.id for each in roles_of(place.guild, int(user.id)))
    if is_given:
        await place.client.roles.give(place.id, int(user.id), int(role.id))
        return Outcome(text=_("{name} has the role {role}.").format(name=name, role=safe_name(role.name)))
    if not has_it and int(user.id) in place.guild.members:
        return Outcome(text=_("{name} did not have the role {role}.").format(name=name, role=safe_name(role.name)))
    await place.client.roles.take(place.id, int(user.id), int(role.id))
    return Outcome(text=_("{name} has the role {role} no more.").format(name=name, role=safe_name(role.name)))


async def _permit(place: GuildPlace, role: Role, text: str, *, is_allowed: bool) -> Outcome:
    permission = find_permission(text)
    state = place.client.state
    _check(role_obstacle(state, place.guild, role), role)
    own = state.guild_permissions(place.id)
    if not own & (permission | Permissions.ADMINISTRATOR):
        _check(Obstacle.NOT_OWN, role)
    allowed = role.permissions | permission if is_allowed else Permissions(int(role.permissions) & ~int(permission))
    await place.client.roles.edit(place.id, int(role.id), RoleRequest(permissions=allowed))
    words = _("{role} allows: {permission}.") if is_allowed else _("{role} does not allow: {permission}.")
    return Outcome(text=words.format(role=safe_name(role.name), permission=name_of(permission)))


async def _edit(place: GuildPlace, role: Role, field: str, value: str) -> Outcome:
    match field:
        case "rename":
            edit = RoleRequest(name=_name(value))
        case "colour":
            edit = RoleRequest(color=_colour(value))
        case _:
            is_on = _SWITCH.get(value.lower())
            if is_on is None:
                raise missing("role", field, ROLE_ACTIONS)
            edit = RoleRequest(hoist=is_on) if field == "apart" else RoleRequest(mentionable=is_on)
    _check(place_obstacle(place.client.state, place.guild, role), role)
    await place.client.roles.edit(place.id, int(role.id), edit)
    name = value if field == "rename" else role.name
    return Outcome(text=_("The role {name} is saved.").format(name=safe_name(name)))


async def _move(place: GuildPlace, role: Role, step: int) -> Outcome:
    state = place.client.state
    _check(place_obstacle(state, place.guild, role), role)
    positions = steps(state, place.guild, role, step)
    if not positions:
        words = _("The role {name} cannot go further: it is at the end, or below one that you cannot move.")
        raise RefusedError(words.format(name=safe_name(role.name)))
    await place.client.roles.move(place.id, positions)
    return Outcome(text=_("The role {name} is moved.").format(name=safe_name(role.name)))


async def _delete(context: CommandContext, place: GuildPlace, role: Role) -> Outcome:
    _check(giving_obstacle(place.client.state, place.guild, role), role)
    question = _("Delete the role {name}?").format(name=safe_name(role.name))
    if not await is_sure(context, question, _("Who has it loses what it allows."), _("delete")):
        return kept()
    await place.client.roles.delete(place.id, int(role.id))
    return Outcome(text=_("The role {name} is deleted.").format(name=safe_name(role.name)))


def _check(obstacle: Obstacle | None, role: Role) -> None:
    if obstacle is not None:
        words = _("That cannot be done with the role {name}: {reason}.")
        raise RefusedError(words.format(name=safe_name(role.name), reason=obstacle_words.told(obstacle)))


def _name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        words = _("A role's name has 1 to {limit} characters, this one has {count}.")
        raise CommandError(words.format(limit=MAX_NAME_CHARACTERS, count=len(name)))
    return name


def _colour(text: str) -> int:
    digits = text.removeprefix("#").lower()
    if text.lower() == NONE:
        return 0
    if len(digits) != 6 or not set(digits) <= set("0123456789abcdef"):
        raise CommandError(_("A colour is written as six digits of red, green and blue, such as #c6a0f6."))
    return int(digits, 16)


def _quoted(name: str) -> str:
    shown = safe_name(name)
    return f'"{shown}"' if " " in shown else shown
