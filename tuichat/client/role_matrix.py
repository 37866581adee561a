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


class RoleMatrix:
    """Remembers wishes, not results: what others change meanwhile stays theirs."""

    def __init__(self, state: State, guild_id: int) -> None:
        self._state = state
        self._guild_id = guild_id
        self._wanted: dict[tuple[int, Permissions], bool] = {}

    @property
    def _guild(self) -> GuildState | None:
        return self._state.guilds.get(self._guild_id)

    def roles(self) -> list[Role]:
        """Return the columns: the highest role first, @everyone last."""
        guild = self._guild
        return [] if guild is None else ranked_roles(guild)

    def cells(self, permission: Permissions) -> list[Cell]:
        """Return a row: a cell for each of `roles`."""
        guild = self._guild
        if guild is None:
            return []
        may = self._state.guild_permissions(self._guild_id)
        everyone = guild.roles.get(self._guild_id)
        base = NONE if everyone is None else self._after(everyone)
        return [self._cell(guild, role, permission, may, base) for role in ranked_roles(guild)]

    def _cell(
        self, guild: GuildState, role: Role, permission: Permissions, may: Permissions, base: Permissions
    ) -> Cell:
        after = self._after(role)
        is_on = bool(after & permission)
        implied = bool((base | after) & Permissions.ADMINISTRATOR) or bool(base & permission)
        obstacle = role_obstacle(self._state, guild, role)
        if obstacle is None and not may & (permission | Permissions.ADMINISTRATOR):
            obstacle = Obstacle.NOT_OWN
        return Cell(
            is_on,
            is_changed=is_on != bool(role.permissions & permission),
            is_implied=implied and not is_on,
            obstacle=obstacle,
        )

    def _after(self, role: Role) -> Permissions:
        """Return what a role allows once all is saved."""
        permissions = role.permissions
        for (role_id, permission), is_on in self._wanted.items():
            if role_id == role.id:
                permissions = permissions | permission if is_on else permissions & ~permission
        return permissions

    def toggle(self, role_id: int, permission: Permissions) -> Obstacle | None:
        """Give or take a permission; return what is in the way, which changes nothing."""
        guild = self._guild
        role = guild.roles.get(role_id) if guild is not None else None
        if guild is None or role is None:
            return None
        index = next(index for index, each in enumerate(ranked_roles(guild)) if each.id == role.id)
        cell = self.cells(permission)[index]
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
