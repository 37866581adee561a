"""Application commands in memory, and who may use them."""

from collections.abc import Iterable

from tuichat.protocol.application_command import CommandPermission
from tuichat.server.store.command_rows import CommandPermissionsRow, CommandRow


class CommandCache:
    """Every command of this server's applications. Only actions change it, once the store has committed."""

    def __init__(self, rows: Iterable[CommandRow] = (), permissions: Iterable[CommandPermissionsRow] = ()) -> None:
        self._by_application: dict[int, dict[int, CommandRow]] = {}
        self._permissions: dict[tuple[int, int], CommandPermissionsRow] = {}  # by guild and target
        for row in rows:
            self.put(row)
        for found in permissions:
            self.put_permissions(found)

    def get(self, application_id: int, command_id: int) -> CommandRow | None:
        return self._by_application.get(application_id, {}).get(command_id)

    def applications(self) -> list[int]:
        """The applications that have commands."""
        return [application_id for application_id, rows in self._by_application.items() if rows]

    def of(self, application_id: int, guild_id: int | None) -> list[CommandRow]:
        """An application's global commands (`guild_id` None), or those of a guild, oldest first."""
        rows = self._by_application.get(application_id, {}).values()
        return sorted((row for row in rows if row.guild_id == guild_id), key=lambda row: row.id)

    def named(self, application_id: int, guild_id: int | None, kind: int, name: str) -> CommandRow | None:
        return next(
            (row for row in self.of(application_id, guild_id) if row.type == kind and row.name == name),
            None,
        )

    def put(self, row: CommandRow) -> None:
        self._by_application.setdefault(row.application_id, {})[row.id] = row

    def remove(self, row: CommandRow) -> None:
        self._by_application.get(row.application_id, {}).pop(row.id, None)
        for key in [key for key in self._permissions if key[1] == row.id]:
            del self._permissions[key]

    def forget_guild(self, guild_id: int) -> None:
        """The guild is gone, with its commands and their permissions."""
        for rows in self._by_application.values():
            for command_id in [row.id for row in rows.values() if row.guild_id == guild_id]:
                del rows[command_id]
        for key in [key for key in self._permissions if key[0] == guild_id]:
            del self._permissions[key]

    def permissions(self, guild_id: int, target_id: int) -> tuple[CommandPermission, ...]:
        """Who may use a command, or with an application's id, all its commands, in a guild; empty where nothing is said."""
        found = self._permissions.get((guild_id, target_id))
        return found.permissions if found else ()

    def permissions_of(self, guild_id: int, application_id: int) -> list[CommandPermissionsRow]:
        return [
            row
            for row in self._permissions.values()
            if row.guild_id == guild_id and row.application_id == application_id
        ]

    def put_permissions(self, row: CommandPermissionsRow) -> None:
        self._permissions[(int(row.guild_id), int(row.target_id))] = row
