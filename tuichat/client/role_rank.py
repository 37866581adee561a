"""Who stands above whom in a guild: the order of its roles, and what that order forbids."""

from enum import Enum

from tuichat.client.state import GuildState, State
from tuichat.protocol.guild import Role
from tuichat.protocol.permissions import Permissions

Rank = tuple[int, int]
_LOWEST: Rank = (-1, 0)


class Obstacle(Enum):
    """Why the signed-in user cannot change a role, what it allows, or a member; in the order in which they are looked for."""

    MISSING_PERMISSION = "missing permission"
    ROLE_NOT_BELOW = "role not below"  # only those with a higher role change it
    EVERYONE = "everyone"  # @everyone has no name, colour or place, and nobody is without it
    MANAGED = "managed"  # a bot's own role comes and goes with the bot
    NOT_OWN = "not own"  # a permission that the user has not got itself
    OWNER = "owner"  # nobody changes the owner
    ONESELF = "oneself"
    MEMBER_NOT_BELOW = "member not below"


def rank(guild: GuildState, role: Role) -> Rank:
    """Return where a role stands: of two at one position the one with the lower id is higher; @everyone is the lowest."""
    return _LOWEST if role.id == guild.guild.id else (role.position, -int(role.id))


def ranked_roles(guild: GuildState) -> list[Role]:
    """Return a guild's roles, the highest first, @everyone last."""
    return sorted(guild.roles.values(), key=lambda role: rank(guild, role), reverse=True)


def roles_of(guild: GuildState, user_id: int) -> list[Role]:
    """Return a member's roles but @everyone, the highest first."""
    member = guild.members.get(user_id)
    held = [guild.roles[role_id] for role_id in (member.roles if member is not None else []) if role_id in guild.roles]
    return sorted(held, key=lambda role: rank(guild, role), reverse=True)


def top_rank(guild: GuildState, user_id: int) -> Rank:
    return max((rank(guild, role) for role in roles_of(guild, user_id)), default=_LOWEST)


def is_above_role(guild: GuildState, user_id: int, role: Role) -> bool:
    """Whether a member's highest role stands above another, or it owns the guild."""
    return user_id == guild.guild.owner_id or top_rank(guild, user_id) > rank(guild, role)


def role_obstacle(state: State, guild: GuildState, role: Role) -> Obstacle | None:
    """Return why the user cannot change a role; None where nothing is in the way."""
    if state.me is None or not state.guild_permissions(guild.guild.id) & Permissions.MANAGE_ROLES:
        return Obstacle.MISSING_PERMISSION
    return None if is_above_role(guild, state.me.id, role) else Obstacle.ROLE_NOT_BELOW


def place_obstacle(state: State, guild: GuildState, role: Role) -> Obstacle | None:
    """Return why the user cannot move a role, nor change its name and colour."""
    return role_obstacle(state, guild, role) or (Obstacle.EVERYONE if role.id == guild.guild.id else None)


def giving_obstacle(state: State, guild: GuildState, role: Role) -> Obstacle | None:
    """Return why the user cannot give a role to members, take it from them, or delete it."""
    return place_obstacle(state, guild, role) or (Obstacle.MANAGED if role.managed else None)


def member_obstacle(state: State, guild: GuildState, user_id: int, needs: Permissions) -> Obstacle | None:
    """Return why the user cannot do what `needs` a permission with a member, as kicking it."""
    if state.me is None or not state.guild_permissions(guild.guild.id) & needs:
        return Obstacle.MISSING_PERMISSION
    if state.me.id == user_id:
        return Obstacle.ONESELF
    if user_id == guild.guild.owner_id:
        return Obstacle.OWNER
    if state.me.id == guild.guild.owner_id or top_rank(guild, state.me.id) > top_rank(guild, user_id):
        return None
    return Obstacle.MEMBER_NOT_BELOW


def steps(state: State, guild: GuildState, role: Role, step: int) -> dict[int, int]:
    """Return the positions that put a role one place higher (1) or lower (-1): those that change, by the role's id.

    Positions count from 1, just above @everyone. Empty where the role is at the end, or where one that the user cannot
    change would have to make room.
    """
    order = [each for each in reversed(ranked_roles(guild)) if each.id != guild.guild.id]
    index = next((index for index, each in enumerate(order) if each.id == role.id), None)
    if index is None or not 0 <= index + step < len(order):
        return {}
    if place_obstacle(state, guild, role) or place_obstacle(state, guild, order[index + step]):
        return {}
    order[index], order[index + step] = order[index + step], order[index]
    return {
        int(each.id): position
        for position, each in enumerate(order, 1)
        if each.position != position and place_obstacle(state, guild, each) is None
    }
