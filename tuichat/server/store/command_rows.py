"""Rows of applications' commands and of interactions."""

import msgspec

from tuichat.protocol.application_command import CommandOption, CommandPermission
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake


class CommandRow(msgspec.Struct, frozen=True, kw_only=True):
    """A command of an application: global, or of one guild. `contexts` None means everywhere that it is installed."""

    id: Snowflake
    application_id: Snowflake
    guild_id: Snowflake | None
    type: int
    name: str
    version: Snowflake
    description: str = ""
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None
    options: tuple[CommandOption, ...] = ()
    default_member_permissions: Permissions | None = None
    contexts: tuple[int, ...] | None = None
    integration_types: tuple[int, ...] = (0,)
    is_nsfw: bool = False
    allows_direct: bool = True


class CommandPermissionsRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use a command in a guild, or where `target_id` is the application's, all its commands."""

    guild_id: Snowflake
    target_id: Snowflake
    application_id: Snowflake
    permissions: tuple[CommandPermission, ...] = ()


class InteractionRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An interaction whose token is good until fifteen minutes after its id's time.

    `token_hash` is the hex SHA-256 of the token's secret. `original_id` is the message that answers it; `callback` the kind
    of that answer, None before there is one; `is_loading` until a deferred answer is filled in. `message_id` is the message
    whose component was used, or whose component opened the modal. `target_id` is the user or message that a context menu
    command was used on; `opened_by` the interaction that a submitted modal answered.
    """

    id: Snowflake
    application_id: Snowflake
    token_hash: str
    type: int
    user_id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | None = None
    session_id: str = ""
    nonce: str | int | None = None
    command_type: int | None = None
    command_name: str | None = None
    message_id: Snowflake | None = None
    custom_id: str | None = None
    option_type: int | None = None  # of the option that an autocomplete asks choices for
    callback: int | None = None
    is_ephemeral: bool = False
    is_loading: bool = False
    original_id: Snowflake | None = None
    target_id: Snowflake | None = None
    opened_by: "InteractionRow | None" = None
