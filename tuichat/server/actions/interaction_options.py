"""What a user filled in for a command, checked against the command, with the objects that ids stand for."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.application_command import CommandOption, OptionType
from tuichat.protocol.channel import Channel
from tuichat.protocol.guild import PartialMember, Role
from tuichat.protocol.interaction import InteractionChannel, InteractionOption
from tuichat.protocol.message import Attachment, Message
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.server.actions import attachments, errors, wire
from tuichat.server.actions.access import Place
from tuichat.server.actions.command_definitions import MAX_INTEGER, MAX_STRING_CHARACTERS
from tuichat.server.actions.context import Actor, Context
from tuichat.server.store.command_rows import CommandRow
from tuichat.server.store.message_rows import AttachmentRow

_ENTITIES = (OptionType.USER, OptionType.CHANNEL, OptionType.ROLE, OptionType.MENTIONABLE)


class ResolvedMember(PartialMember, frozen=True, kw_only=True):
    """A member as `resolved` has it, with its permissions in the channel."""

    permissions: Permissions


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The objects that ids in an interaction stand for, by id; empty kinds are absent."""

    users: dict[str, User] | UnsetType = UNSET
    members: dict[str, ResolvedMember] | UnsetType = UNSET
    roles: dict[str, Role] | UnsetType = UNSET
    channels: dict[str, InteractionChannel] | UnsetType = UNSET
    messages: dict[str, Message] | UnsetType = UNSET
    attachments: dict[str, Attachment] | UnsetType = UNSET


class Resolver:
    """Gathers the objects that ids stand for, as the asker may see them."""

    def __init__(
        self, ctx: Context, actor: Actor, place: Place, files: Mapping[int, AttachmentRow] | None = None
    ) -> None:
        """`files` came with the request, by the numbers that options name them by."""
        self._ctx = ctx
        self._actor = actor
        self._place = place
        self._users: dict[str, User] = {}
        self._members: dict[str, ResolvedMember] = {}
        self._roles: dict[str, Role] = {}
        self._channels: dict[str, InteractionChannel] = {}
        self._messages: dict[str, Message] = {}
        self._attachments: dict[str, Attachment] = {}
        self._files = files or {}

    def result(self) -> Resolved | UnsetType:
        found = Resolved(
            users=self._users or UNSET,
            members=self._members or UNSET,
            roles=self._roles or UNSET,
            channels=self._channels or UNSET,
            messages=self._messages or UNSET,
            attachments=self._attachments or UNSET,
        )
        return UNSET if found == Resolved() else found

    def user(self, user_id: int) -> bool:
        """Note a user; False for one that the asker cannot know of here."""
        state = self._place.guild
        if state is None:
            if user_id not in self._place.channel.recipient_ids:
                return False
        elif user_id not in state.members and not self._ctx.guilds.share_guild(self._actor.user_id, user_id):
            return False
        key = str(int(user_id))
        self._users[key] = self._ctx.users.wire(user_id)
        if state is not None and (row := state.members.get(user_id)) is not None:
            now_ms = self._ctx.now_ms()
            partial = wire.partial_member(row, now_ms)
            self._members[key] = ResolvedMember(
                **{field: getattr(partial, field) for field in partial.__struct_fields__},
                permissions=state.permissions_in(user_id, self._place.channel.id, now_ms),
            )
        return True

    def role(self, role_id: int) -> bool:
        state = self._place.guild
        if state is None or role_id not in state.roles:
            return False
        self._roles[str(int(role_id))] = wire.role(state.roles[role_id])
        return True

    def channel(self, channel_id: int, kinds: Sequence[int]) -> bool:
        """Note a channel; False for one that the asker does not see, or that is of no wanted kind."""
        state = self._place.guild
        row = None if state is None else state.find_channel(channel_id)
        if state is None or row is None or not state.shows(self._actor.user_id, channel_id):
            return False
        if kinds and row.type not in kinds:
            return False
        granted = state.permissions_in(self._actor.user_id, channel_id, self._ctx.now_ms())
        self._channels[str(int(channel_id))] = interaction_channel(wire.channel(state, row), granted)
        return True

    def file(self, number: int) -> Snowflake | None:
        """Note a file that came with the request, and return its id; None for a number of none."""
        row = self._files.get(number)
        if row is None:
            return None
        shown = attachments.shown_file(self._ctx, self._place.channel.id, row, is_ephemeral=True)
        self._attachments[str(int(row.id))] = shown
        return row.id

    def message(self, message: Message) -> None:
        self._messages[str(int(message.id))] = message


def interaction_channel(shown: Channel, granted: Permissions) -> InteractionChannel:
    return InteractionChannel(
        **{field: getattr(shown, field) for field in shown.__struct_fields__}, permissions=granted
    )


def check_options(
    row: CommandRow, given: Sequence[InteractionOption], resolver: Resolver, *, is_partial: bool = False
) -> list[InteractionOption]:
    """Refuse what does not fit the command (50035); return the options as the application gets them.

    `is_partial`, for autocomplete: required ones may be missing, and the focused one holds whatever was typed so far.
    """
    return _check("data.options", row.options, given, resolver, is_partial)


def focused(options: Sequence[InteractionOption]) -> InteractionOption | None:
    """The option that the user is typing into."""
    for option in options:
        if option.focused is True:
            return option
        if option.options and (below := focused(option.options)) is not None:
            return below
    return None


def defined(options: Sequence[CommandOption], given: Sequence[InteractionOption]) -> CommandOption | None:
    """The definition of the focused option."""
    by_name = {option.name: option for option in options}
    for option in given:
        definition = by_name.get(option.name)
        if definition is None:
            continue
        if option.focused is True:
            return definition
        if option.options and (below := defined(definition.parameters, option.options)) is not None:
            return below
    return None


def _check(
    field: str,
    definitions: Sequence[CommandOption],
    given: Sequence[InteractionOption],
    resolver: Resolver,
    is_partial: bool,
) -> list[InteractionOption]:
    by_name: Mapping[str, CommandOption] = {option.name: option for option in definitions}
    if len({option.name for option in given}) != len(given):
        raise errors.invalid_field(field, "BASE_TYPE_BAD_VALUE", "An option is given twice")
    is_branching = bool(definitions) and definitions[0].is_group
    if is_branching and len(given) != 1:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_LENGTH", "Must name exactly one sub-command.")
    checked = []
    for index, option in enumerate(given):
        here = f"{field}.{index}"
        definition = by_name.get(option.name)
        if definition is None or definition.type != option.type:
            raise errors.invalid_field(f"{here}.name", "BASE_TYPE_BAD_VALUE", "The command has no such option")
        if definition.is_group:
            below = _check(f"{here}.options", definition.parameters, option.options or [], resolver, is_partial)
            checked.append(InteractionOption(type=option.type, name=option.name, options=below))
            continue
        if option.value is UNSET:
            raise errors.invalid_field(f"{here}.value", "BASE_TYPE_REQUIRED", "This field is required")
        is_typing = is_partial and option.focused is True
        value = option.value if is_typing else _value(f"{here}.value", definition, option.value, resolver)
        if is_typing and isinstance(value, str) and len(value) > MAX_STRING_CHARACTERS:
            raise errors.too_long(f"{here}.value", MAX_STRING_CHARACTERS)
        checked.append(
            InteractionOption(type=option.type, name=option.name, value=value, focused=True if is_typing else UNSET)
        )
    names = {option.name for option in given}
    for definition in definitions:
        if definition.required and not is_partial and definition.name not in names:
            raise errors.invalid_field(field, "BASE_TYPE_REQUIRED", f"The option {definition.name!r} is required")
    return checked


def _value(
    field: str, definition: CommandOption, value: str | int | float | bool | UnsetType, resolver: Resolver
) -> str | int | float | bool:
    match definition.type:
        case OptionType.STRING:
            return _string(field, definition, value)
        case OptionType.INTEGER | OptionType.NUMBER:
            return _number(field, definition, value)
        case OptionType.BOOLEAN:
            if not isinstance(value, bool):
                raise errors.invalid_field(field, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
            return value
        case kind if kind in _ENTITIES:
            return _entity(field, definition, value, resolver)
        case _:
            return _file(field, value, resolver)


def _file(field: str, value: object, resolver: Resolver) -> str:
    number = attachments.number_of(value)
    found_id = None if number is None else resolver.file(number)
    if found_id is None:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_VALUE", "There is no file of this number.")
    return str(int(found_id))


def _string(field: str, definition: CommandOption, value: object) -> str:
    if not isinstance(value, str):
        raise errors.invalid_field(field, "STRING_TYPE_CONVERT", "Could not interpret as string.")
    low = definition.min_length or 0
    high = definition.max_length or MAX_STRING_CHARACTERS
    try:
        value.encode()
    except UnicodeEncodeError:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_STRING", "Must be valid Unicode text.") from None
    if not low <= len(value) <= high:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
    _require_choice(field, definition, value)
    return value


def _number(field: str, definition: CommandOption, value: object) -> int | float:
    is_integer = definition.type == OptionType.INTEGER
    is_right = isinstance(value, int if is_integer else (int, float)) and not isinstance(value, bool)
    if not is_right:
        raise errors.invalid_field(
            field, "NUMBER_TYPE_COERCE", f"Value is not {'an integer' if is_integer else 'a number'}."
        )
    assert isinstance(value, (int, float))
    low = definition.min_value if isinstance(definition.min_value, (int, float)) else -MAX_INTEGER
    high = definition.max_value if isinstance(definition.max_value, (int, float)) else MAX_INTEGER
    if not low <= value <= high:
        raise errors.invalid_field(field, "NUMBER_TYPE_MAX", f"Must be between {low} and {high}.")
    _require_choice(field, definition, value)
    return value


def _require_choice(field: str, definition: CommandOption, value: str | int | float) -> None:
    if definition.choices and value not in [choice.value for choice in definition.choices]:
        raise errors.invalid_field(field, "BASE_TYPE_CHOICES", "Value must be one of the command's choices.")


def _entity(field: str, definition: CommandOption, value: object, resolver: Resolver) -> str:
    try:
        found_id = Snowflake.parse(value)
    except ValueError:
        raise errors.invalid_field(field, "NUMBER_TYPE_COERCE", "Value is not snowflake.") from None
    match definition.type:
        case OptionType.USER:
            is_known = resolver.user(found_id)
        case OptionType.ROLE:
            is_known = resolver.role(found_id)
        case OptionType.CHANNEL:
            is_known = resolver.channel(found_id, definition.channel_types or ())
        case _:
            is_known = resolver.role(found_id) or resolver.user(found_id)
    if not is_known:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_VALUE", "No such user, role or channel here")
    return str(int(found_id))
