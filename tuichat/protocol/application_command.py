"""Application commands: what bots offer, with options, choices and who may use them."""

from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake


class CommandType(IntEnum):
    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class OptionType(IntEnum):
    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


class InteractionContext(IntEnum):
    """Where an interaction happens."""

    GUILD = 0
    BOT_DM = 1
    PRIVATE_CHANNEL = 2


class OptionChoice(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: str | int | float
    name_localizations: dict[str, str] | UnsetType | None = UNSET


class CommandOption(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter of a command, or a sub-command with its own; limits of numbers in their unit, lengths in characters."""

    type: int
    name: str
    description: str = ""
    name_localizations: dict[str, str] | UnsetType | None = UNSET
    description_localizations: dict[str, str] | UnsetType | None = UNSET
    required: bool | UnsetType | None = UNSET
    choices: list[OptionChoice] | UnsetType | None = UNSET
    options: "list[CommandOption] | UnsetType | None" = UNSET
    channel_types: list[int] | UnsetType | None = UNSET
    min_value: int | float | UnsetType | None = UNSET
    max_value: int | float | UnsetType | None = UNSET
    min_length: int | UnsetType | None = UNSET
    max_length: int | UnsetType | None = UNSET
    autocomplete: bool | UnsetType | None = UNSET

    @property
    def parameters(self) -> "list[CommandOption]":
        return self.options or []

    @property
    def is_group(self) -> bool:
        """Whether it holds options itself: a sub-command, or a group of them."""
        return self.type in (OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP)


class EditCommandRequest(msgspec.Struct, frozen=True, kw_only=True):
    """PATCH of a command; null sets a field back."""

    name: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    name_localizations: dict[str, str] | UnsetType | None = UNSET
    description_localizations: dict[str, str] | UnsetType | None = UNSET
    options: list[CommandOption] | UnsetType | None = UNSET
    default_member_permissions: Permissions | UnsetType | None = UNSET
    dm_permission: bool | UnsetType | None = UNSET
    default_permission: bool | UnsetType | None = UNSET
    contexts: list[int] | UnsetType | None = UNSET
    integration_types: list[int] | UnsetType | None = UNSET
    nsfw: bool | UnsetType | None = UNSET


class CommandRequest(EditCommandRequest, frozen=True, kw_only=True):
    """POST or PUT of a command. `id` is of an existing one, which libraries send along when they replace all."""

    name: str
    type: int | UnsetType | None = UNSET
    id: Snowflake | UnsetType | None = UNSET


class ApplicationCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command as libraries read it; localizations only where they were asked for."""

    id: Snowflake
    application_id: Snowflake
    version: Snowflake
    type: int
    name: str
    description: str = ""
    guild_id: Snowflake | UnsetType = UNSET
    name_localizations: dict[str, str] | UnsetType | None = UNSET
    description_localizations: dict[str, str] | UnsetType | None = UNSET
    options: list[CommandOption] | UnsetType = UNSET
    default_member_permissions: Permissions | None = None
    default_permission: bool = True
    dm_permission: bool | UnsetType = UNSET
    contexts: list[int] | UnsetType | None = UNSET
    integration_types: list[int]
    nsfw: bool = False


class CommandPermission(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use a command: `type` 1 a role, 2 a user, 3 a channel. The guild's id is @everyone, less one all channels."""

    id: Snowflake
    type: int
    permission: bool


class GuildCommandPermissions(msgspec.Struct, frozen=True, kw_only=True):
    """The overrides of one command in a guild; `id` is the application's where they are for all its commands."""

    id: Snowflake
    application_id: Snowflake
    guild_id: Snowflake
    permissions: list[CommandPermission]


class EditCommandPermissionsRequest(msgspec.Struct, frozen=True, kw_only=True):
    permissions: list[CommandPermission]
