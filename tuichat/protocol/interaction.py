"""Interactions: what users do with commands, components and modals, and how applications answer."""

from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.application_command import ApplicationCommand, OptionChoice
from tuichat.protocol.channel import Channel
from tuichat.protocol.guild import Member
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.message import AttachmentRequest, CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

TOKEN_LIFE_MS = 15 * 60_000  # Discord's documentation, "Interaction Callback"
ANSWER_LIMIT_MS = 3_000


class InteractionType(IntEnum):
    PING = 1
    APPLICATION_COMMAND = 2
    MESSAGE_COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class CallbackType(IntEnum):
    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE_MESSAGE = 7
    AUTOCOMPLETE_RESULT = 8
    MODAL = 9


class InteractionOption(msgspec.Struct, frozen=True, kw_only=True):
    """An option as a user filled it in; a sub-command has options instead of a value."""

    type: int
    name: str
    value: str | int | float | bool | UnsetType = UNSET
    options: "list[InteractionOption] | UnsetType" = UNSET
    focused: bool | UnsetType = UNSET


class InteractionData(msgspec.Struct, frozen=True, kw_only=True):
    """What POST /interactions says of a command, a component or a modal."""

    id: Snowflake | UnsetType = UNSET
    name: str | UnsetType = UNSET
    type: int | UnsetType = UNSET
    version: Snowflake | UnsetType = UNSET
    options: list[InteractionOption] | UnsetType = UNSET
    target_id: Snowflake | UnsetType = UNSET
    component_type: int | UnsetType = UNSET
    custom_id: str | UnsetType = UNSET
    values: list[str] | UnsetType = UNSET
    components: list[msgspec.Raw] | UnsetType = UNSET
    attachments: list[AttachmentRequest] | UnsetType = UNSET


class InteractionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /interactions, as user clients send it (discord-userdoccers, "Interactions")."""

    type: int
    application_id: Snowflake
    channel_id: Snowflake
    data: InteractionData
    guild_id: Snowflake | UnsetType | None = UNSET
    message_id: Snowflake | UnsetType | None = UNSET
    message_flags: int | UnsetType | None = UNSET
    session_id: str | UnsetType | None = UNSET
    nonce: str | int | UnsetType | None = UNSET


class InteractionMember(Member, frozen=True, kw_only=True):
    """The member who acts, with its permissions in the channel."""

    permissions: Permissions


class InteractionChannel(Channel, frozen=True, kw_only=True):
    permissions: Permissions | UnsetType = UNSET


class InteractionGuild(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    locale: str = "en-US"
    features: list[str] = []


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    """INTERACTION_CREATE of an application, and the body of its HTTP callback. `context` is `application_command.InteractionContext`."""

    id: Snowflake
    application_id: Snowflake
    type: int
    token: str
    version: int = 1
    data: msgspec.Raw | UnsetType = UNSET
    guild_id: Snowflake | UnsetType = UNSET
    guild: InteractionGuild | UnsetType = UNSET
    channel: InteractionChannel | UnsetType = UNSET
    channel_id: Snowflake | UnsetType = UNSET
    member: InteractionMember | UnsetType = UNSET
    user: User | UnsetType = UNSET
    message: Message | UnsetType = UNSET
    app_permissions: Permissions = Permissions(0)
    locale: str = "en-US"
    guild_locale: str | UnsetType = UNSET
    entitlements: list[msgspec.Raw] = []
    authorizing_integration_owners: dict[str, str] = {}
    context: int | UnsetType = UNSET
    attachment_size_limit: int


class CallbackData(CreateMessageRequest, frozen=True, kw_only=True):
    """What an answer carries: a message, choices, or a modal (`custom_id`, `title`, `components`)."""

    choices: list[OptionChoice] | UnsetType | None = UNSET
    custom_id: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET


class CallbackRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An application's answer to an interaction."""

    type: int
    data: CallbackData | UnsetType | None = UNSET


class CallbackInteraction(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    type: int
    response_message_id: Snowflake | UnsetType = UNSET
    response_message_loading: bool | UnsetType = UNSET
    response_message_ephemeral: bool | UnsetType = UNSET


class CallbackResource(msgspec.Struct, frozen=True, kw_only=True):
    type: int
    message: Message | UnsetType = UNSET


class CallbackAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What `with_response` answers."""

    interaction: CallbackInteraction
    resource: CallbackResource | UnsetType = UNSET


class InteractionMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """`interaction_metadata` of a message that answers an interaction."""

    id: Snowflake
    type: int
    user: User
    authorizing_integration_owners: dict[str, str]
    name: str | UnsetType = UNSET
    original_response_message_id: Snowflake | UnsetType = UNSET
    target_user: User | UnsetType = UNSET
    target_message_id: Snowflake | UnsetType = UNSET
    interacted_message_id: Snowflake | UnsetType = UNSET
    triggering_interaction_metadata: "InteractionMetadata | UnsetType" = UNSET


class InteractionSuccess(msgspec.Struct, frozen=True, kw_only=True):
    """INTERACTION_CREATE and INTERACTION_SUCCESS of the user's session."""

    id: Snowflake
    nonce: str | int | UnsetType = UNSET


class InteractionFailure(msgspec.Struct, frozen=True, kw_only=True):
    """INTERACTION_FAILURE; `reason_code` 2: the application did not answer in time."""

    id: Snowflake
    nonce: str | int | UnsetType = UNSET
    reason_code: int = 2


class ModalApplication(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    name: str
    icon: str | None = None
    description: str = ""
    bot: User | UnsetType = UNSET


class ModalCreate(msgspec.Struct, frozen=True, kw_only=True):
    """INTERACTION_MODAL_CREATE: the user's session shows a modal. `id` is what MODAL_SUBMIT's data names."""

    id: Snowflake
    channel_id: Snowflake
    custom_id: str
    title: str
    application: ModalApplication
    components: list[msgspec.Raw]
    nonce: str | int | UnsetType = UNSET


class AutocompleteResponse(msgspec.Struct, frozen=True, kw_only=True):
    """APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE of the user's session."""

    choices: list[OptionChoice]
    nonce: str | int | UnsetType = UNSET


class CommandIndex(msgspec.Struct, frozen=True, kw_only=True):
    """What a user can do with commands somewhere (GET .../application-command-index)."""

    applications: list[ModalApplication]
    application_commands: list[ApplicationCommand]
    version: Snowflake
