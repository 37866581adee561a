"""What each role of a guild allows, with what the user wants changed and has not saved yet."""

import msgspec

from tuichat.client.role_rank import Obstacle, ranked_roles, role_obstacle
from tuichat.client.state import GuildState, State
from tuichat.protocol.guild import Role
from tuichat.protocol.permissions import NONE, Permissions


class Cell(msgspec.Struct, frozen=True):
    """One permission of one role. `is_implied`: not given by this role, but by @everyone, or by its own Administrator."""

    is_on: bool
    is_changed: bool = False
    is_implied: bool = False
    obstacle: Obstacle | None = None


class Column(msgspec.Struct, frozen=True):
    """A role as it would be once all is saved."""

    role: Role
    allows: Permissions
    implied: Permissions
    obstacle: Obstacle | None
    own: Permissions  # what the user may do itself, and so give

    def cell(self, permission: Permissions) -> Cell:
        is_on = bool(self.allows & permission)
        is_own = bool(self.own & (permission | Permissions.ADMINISTRATOR))
        return Cell(
            is_on,
            is_changed=is_on != bool(self.role.permissions & permission),
            is_implied=not is_on and bool(self.implied & (permission | Permissions.ADMINISTRATOR)),
            obstacle=self.obstacle or (None if is_own else Obstacle.NOT_OWN),
        )


class RoleMatrix:
    """Remembers wishes, not results: what others change meanwhile stays theirs."""

    def __init__(self, state: State, guild_id: int) -> None:
        self._state = state
        self._guild_id = guild_id
        self._wanted: dict[tuple[int, Permissions], bool] = {}

    @property
    def _guild(self) -> GuildState | None:
        return self._state.guilds.get(self._guild_id)

    def columns(self) -> list[Column]:
        """Return the roles: the highest first, @everyone last; none when the guild is gone."""
        guild = self._guild
        if guild is None:
            return []
        everyone = guild.roles.get(self._guild_id)
        base = NONE if everyone is None else self._after(everyone)
        own = self._state.guild_permissions(self._guild_id)
        return [self._column(guild, role, base, own) for role in ranked_roles(guild)]

    def _column(self, guild: GuildState, role: Role, base: Permissions, own: Permissions) -> Column:
        after = self._after(role)
        implied = base | (after & Permissions.ADMINISTRATOR)
        return Column(role, after, implied, role_obstacle(self._state, guild, role), own)

    def _after(self, role: Role) -> Permissions:
        """Return what a role allows once all is saved."""
        permissions = role.permissions
        for (role_id, permission), is_on in self._wanted.items():
            if role_id == role.id:
                permissions = permissions | permission if is_on else permissions & ~permission
        return permissions

    def toggle(self, role_id: int, permission: Permissions) -> Obstacle | None:
        """Give or take a permission; return what is in the way, which changes nothing."""
        column = next((column for column in self.columns() if column.role.id == role_id), None)
        if column is None:
            return None
        cell = column.cell(permission)
        if cell.obstacle is not None:
            return cell.obstacle
        if cell.is_changed:
            del self._wanted[int(role_id), permission]
        else:
            self._wanted[int(role_id), permission] = not cell.is_on
        return None

    def edits(self) -> dict[int, Permissions]:
        """Return what each role that is to change would allow, by its id; forgets wishes that have come true."""
        guild = self._guild
        roles = guild.roles if guild is not None else {}
        self._wanted = {
            (role_id, permission): is_on
            for (role_id, permission), is_on in self._wanted.items()
            if role_id in roles and bool(roles[role_id].permissions & permission) != is_on
        }
        return {role_id: self._after(roles[role_id]) for role_id in dict.fromkeys(key[0] for key in self._wanted)}

    def change_count(self) -> int:
        """Return how many cells differ from what the server has."""
        self.edits()
        return len(self._wanted)
