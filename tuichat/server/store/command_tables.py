"""How application commands and interactions stand in tables."""

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.application_command import CommandOption, CommandPermission
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.columns import optional_id
from tuichat.server.store.command_rows import CommandPermissionsRow, CommandRow, InteractionRow
from tuichat.server.store.table import Record, Table


class _Definition(msgspec.Struct, omit_defaults=True):
    """What of a command stands in one column."""

    description: str = ""
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None
    options: tuple[CommandOption, ...] = ()
    default_member_permissions: Permissions | None = None
    contexts: tuple[int, ...] | None = None
    integration_types: tuple[int, ...] = (0,)
    is_nsfw: bool = False
    allows_direct: bool = True


def _command_values(row: CommandRow) -> tuple[object, ...]:
    definition = _Definition(**{field: getattr(row, field) for field in _Definition.__struct_fields__})
    return (
        row.id, row.application_id, row.guild_id, row.type, row.name, row.version, codec.encode(definition).decode(),
    )  # fmt: skip


def _permissions_values(row: CommandPermissionsRow) -> tuple[object, ...]:
    return (row.guild_id, row.target_id, row.application_id, codec.encode(row.permissions).decode())


def _interaction_values(row: InteractionRow) -> tuple[object, ...]:
    return (row.id, codec.encode(row).decode())


COMMANDS = Table(
    "commands",
    ("id",),
    ("id", "application_id", "guild_id", "type", "name", "version", "definition"),
    _command_values,
)
COMMAND_PERMISSIONS = Table(
    "command_permissions",
    ("guild_id", "target_id"),
    ("guild_id", "target_id", "application_id", "permissions"),
    _permissions_values,
)
INTERACTIONS = Table("interactions", ("id",), ("id", "state"), _interaction_values)


def read_command(r: Record) -> CommandRow:
    definition = codec.decode(r[6].encode(), _Definition)
    return CommandRow(
        id=Snowflake(r[0]),
        application_id=Snowflake(r[1]),
        guild_id=optional_id(r[2]),
        type=r[3],
        name=r[4],
        version=Snowflake(r[5]),
        **{field: getattr(definition, field) for field in _Definition.__struct_fields__},
    )


def read_command_permissions(r: Record) -> CommandPermissionsRow:
    return CommandPermissionsRow(
        guild_id=Snowflake(r[0]),
        target_id=Snowflake(r[1]),
        application_id=Snowflake(r[2]),
        permissions=codec.decode(r[3].encode(), tuple[CommandPermission, ...]),
    )


def read_interaction(r: Record) -> InteractionRow:
    return codec.decode(r[1].encode(), InteractionRow)
