"""What a command may look like: names, options and limits, checked as Discord checks them."""

import math
import unicodedata
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.application_command import (
    CommandOption,
    CommandType,
    EditCommandRequest,
    OptionChoice,
    OptionType,
)
from tuichat.protocol.rest.error import FieldError
from tuichat.server.actions import errors, fields
from tuichat.server.store.command_rows import CommandRow

MAX_NAME_CHARACTERS = 32
MAX_DESCRIPTION_CHARACTERS = 100
MAX_OPTIONS = 25
MAX_CHOICES = 25
MAX_CHOICE_CHARACTERS = 100
MAX_COMMAND_CHARACTERS = 8000  # names, descriptions and values together
MAX_STRING_CHARACTERS = 6000
MAX_INTEGER = 2**53
MAX_DEPTH = 2  # a group, a sub-command; their options come below
# Discord's documentation, "Locales".
LOCALES = frozenset(
    [
        *(
            "id",
            "da",
            "de",
            "en-GB",
            "en-US",
            "es-ES",
            "es-419",
            "fr",
            "hr",
            "it",
            "lt",
            "hu",
            "nl",
            "no",
            "pl",
            "pt-BR",
        ),
        *("ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko"),
    ]
)
_NUMERIC = (OptionType.INTEGER, OptionType.NUMBER)
_CHOOSING = (OptionType.STRING, *_NUMERIC)
_CONTEXTS = (0, 1, 2)
_INTEGRATION_TYPES = (0, 1)
_CHANNEL_TYPES = (0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16)

Localizations = dict[str, str] | UnsetType | None


def check(row: CommandRow) -> CommandRow:
    """Refuse a definition that Discord refuses (50035, the field named); return it as it is to be stored.

    Source: Discord's documentation, "Application Commands".
    """
    is_slash = row.type == CommandType.CHAT_INPUT
    if row.type not in (CommandType.CHAT_INPUT, CommandType.USER, CommandType.MESSAGE):
        raise errors.invalid_field("type", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3).")
    _name("name", row.name, is_slash=is_slash)
    _localizations("name_localizations", row.name_localizations, MAX_NAME_CHARACTERS, names_of_slash=is_slash)
    _localizations("description_localizations", row.description_localizations, MAX_DESCRIPTION_CHARACTERS)
    if is_slash:
        _description("description", row.description)
        _options("options", row.options, depth=0)
        total = _characters(row.description, row.options) + len(row.name)
        if total > MAX_COMMAND_CHARACTERS:
            raise errors.invalid_field(
                "options",
                "APPLICATION_COMMAND_TOO_LARGE",
                f"Command exceeds maximum size ({MAX_COMMAND_CHARACTERS}), it has {total} characters",
            )
    elif row.description or row.options:
        field = "description" if row.description else "options"
        raise errors.invalid_field(
            field, "APPLICATION_COMMAND_FIELD_NOT_ALLOWED", "Context menu commands cannot have this field"
        )
    if row.contexts is not None:
        _among("contexts", row.contexts, _CONTEXTS)
    _among("integration_types", row.integration_types, _INTEGRATION_TYPES)
    return row


def is_slash_name(name: str) -> bool:
    """Whether a name is one of a slash command: letters, numbers, - _ ', Devanagari and Thai, in lower case."""
    return bool(name) and name == name.lower() and all(map(_is_name_character, name))


def _is_name_character(character: str) -> bool:
    if character in "-_'" or unicodedata.category(character)[0] in "LN":
        return True
    return "\u0900" <= character <= "\u097f" or "\ua8e0" <= character <= "\ua8ff" or "\u0e01" <= character <= "\u0e5b"


def _name(field: str, name: str, *, is_slash: bool) -> None:
    fields.require_text(field, name)
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        raise errors.invalid_field(
            field, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_NAME_CHARACTERS} in length."
        )
    if is_slash and not is_slash_name(name):
        raise errors.invalid_field(
            field,
            "APPLICATION_COMMAND_INVALID_NAME",
            "Command name is invalid: lower-case letters, numbers, - and _ only",
        )
    if not is_slash and (name.strip() != name or not name.isprintable()):
        raise errors.invalid_field(field, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _description(field: str, text: str) -> None:
    fields.require_text(field, text)
    if not 1 <= len(text) <= MAX_DESCRIPTION_CHARACTERS:
        raise errors.invalid_field(
            field, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_DESCRIPTION_CHARACTERS} in length."
        )


def _localizations(field: str, found: Localizations, limit: int, *, names_of_slash: bool = False) -> None:
    for locale, text in (found or {}).items():
        if locale not in LOCALES:
            raise errors.invalid_field(field, "MODEL_TYPE_LOCALE_INVALID", f"Locale {locale[:20]!r} is not supported")
        fields.require_text(f"{field}.{locale}", text)
        if not 1 <= len(text) <= limit:
            raise errors.invalid_field(
                f"{field}.{locale}", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limit} in length."
            )
        if names_of_slash and not is_slash_name(text):
            raise errors.invalid_field(
                f"{field}.{locale}", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid"
            )


def _options(field: str, options: Sequence[CommandOption], *, depth: int) -> None:
    if len(options) > MAX_OPTIONS:
        raise errors.too_long(field, MAX_OPTIONS)
    seen: set[str] = set()
    is_optional_seen = False
    for index, option in enumerate(options):
        here = f"{field}.{index}"
        if option.name in seen:
            raise errors.invalid_field(
                field, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", f"Option name {option.name!r} is used twice"
            )
        seen.add(option.name)
        if option.is_group != options[0].is_group:
            raise errors.invalid_field(
                here,
                "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
                "Sub-command and sub-command group option types are mutually exclusive to all other types",
            )
        if option.required and is_optional_seen:
            raise errors.invalid_field(
                here,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        is_optional_seen |= not option.required and not option.is_group
        _option(here, option, depth)


def _option(field: str, option: CommandOption, depth: int) -> None:
    _name(f"{field}.name", option.name, is_slash=True)
    _description(f"{field}.description", option.description)
    _localizations(f"{field}.name_localizations", option.name_localizations, MAX_NAME_CHARACTERS, names_of_slash=True)
    _localizations(f"{field}.description_localizations", option.description_localizations, MAX_DESCRIPTION_CHARACTERS)
    if option.type not in set(OptionType):
        raise errors.invalid_field(f"{field}.type", "BASE_TYPE_CHOICES", "Value must be one of 1 to 11.")
    if option.is_group:
        is_too_deep = depth >= MAX_DEPTH or (depth == 1 and option.type == OptionType.SUB_COMMAND_GROUP)
        if is_too_deep:
            raise errors.invalid_field(
                f"{field}.type", "APPLICATION_COMMAND_OPTIONS_NESTED_INVALID", "Sub-commands are nested too deep"
            )
        if option.type == OptionType.SUB_COMMAND_GROUP and not option.parameters:
            raise errors.invalid_field(f"{field}.options", "BASE_TYPE_REQUIRED", "A group needs a sub-command")
        if option.type == OptionType.SUB_COMMAND_GROUP and any(
            below.type != OptionType.SUB_COMMAND for below in option.parameters
        ):
            raise errors.invalid_field(
                f"{field}.options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A group holds sub-commands only"
            )
        _options(f"{field}.options", option.parameters, depth=depth + 1)
        return
    if option.parameters:
        raise errors.invalid_field(
            f"{field}.options", "APPLICATION_COMMAND_OPTIONS_INVALID", "Only sub-commands and groups have options"
        )
    _check_limits(field, option)
    _check_choices(field, option)
    _among(f"{field}.channel_types", option.channel_types or (), _CHANNEL_TYPES)


def _check_limits(field: str, option: CommandOption) -> None:
    for name in ("min_value", "max_value"):
        value = getattr(option, name)
        if value in (UNSET, None):
            continue
        if option.type not in _NUMERIC:
            raise errors.invalid_field(f"{field}.{name}", "APPLICATION_COMMAND_OPTIONS_INVALID", "Numbers only")
        _number(f"{field}.{name}", value, is_integer=option.type == OptionType.INTEGER)
    low, high = option.min_value, option.max_value
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and low > high:
        raise errors.invalid_field(
            f"{field}.max_value", "APPLICATION_COMMAND_OPTIONS_INVALID", f"Must not be below min_value, {low}"
        )
    for name, least in (("min_length", 0), ("max_length", 1)):
        length = getattr(option, name)
        if length in (UNSET, None):
            continue
        if option.type != OptionType.STRING:
            raise errors.invalid_field(f"{field}.{name}", "APPLICATION_COMMAND_OPTIONS_INVALID", "Strings only")
        fields.require_range(f"{field}.{name}", length, least, MAX_STRING_CHARACTERS)
    if option.min_length and option.max_length and option.min_length > option.max_length:
        raise errors.invalid_field(
            f"{field}.max_length", "APPLICATION_COMMAND_OPTIONS_INVALID", f"Must not be below {option.min_length}"
        )


def _check_choices(field: str, option: CommandOption) -> None:
    choices = option.choices or []
    if option.type not in _CHOOSING and (choices or option.autocomplete):
        raise errors.invalid_field(
            f"{field}.choices" if choices else f"{field}.autocomplete",
            "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID",
            "Only strings, integers and numbers have choices or autocomplete",
        )
    if choices and option.autocomplete:
        raise errors.invalid_field(
            f"{field}.autocomplete", "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "Choices exclude autocomplete"
        )
    check_choices(f"{field}.choices", option.type, choices)


def check_choices(field: str, kind: int, choices: Sequence[OptionChoice]) -> None:
    """Refuse choices of the wrong type, too many, or twice the same."""
    if len(choices) > MAX_CHOICES:
        raise errors.too_long(field, MAX_CHOICES)
    names: set[str] = set()
    for index, choice in enumerate(choices):
        here = f"{field}.{index}"
        fields.require_text(f"{here}.name", choice.name)
        if not 1 <= len(choice.name) <= MAX_CHOICE_CHARACTERS:
            raise errors.invalid_field(
                f"{here}.name", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_CHOICE_CHARACTERS} in length."
            )
        if choice.name in names:
            raise errors.invalid_field(
                here, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS", "Option choice name already exists"
            )
        names.add(choice.name)
        _localizations(f"{here}.name_localizations", choice.name_localizations, MAX_CHOICE_CHARACTERS)
        if kind == OptionType.STRING:
            if not isinstance(choice.value, str):
                raise errors.invalid_field(f"{here}.value", "STRING_TYPE_CONVERT", "Could not interpret as string.")
            fields.require_text(f"{here}.value", choice.value)
            if len(choice.value) > MAX_CHOICE_CHARACTERS:
                raise errors.too_long(f"{here}.value", MAX_CHOICE_CHARACTERS)
        else:
            _number(f"{here}.value", choice.value, is_integer=kind == OptionType.INTEGER)


def _number(field: str, value: object, *, is_integer: bool) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or (is_integer and value != int(value)):  # type: ignore[call-overload]  # a number by then
        raise errors.invalid_field(
            field, "NUMBER_TYPE_COERCE", f"Value is not {'an integer' if is_integer else 'a number'}."
        )
    if not -MAX_INTEGER <= value <= MAX_INTEGER:  # type: ignore[operator]  # likewise
        raise errors.invalid_field(field, "NUMBER_TYPE_MAX", f"Must lie between -{MAX_INTEGER} and {MAX_INTEGER}.")


def _among(field: str, values: Sequence[int], known: Sequence[int]) -> None:
    if len(values) > len(known):
        raise errors.too_long(field, len(known))
    for index, value in enumerate(values):
        if value not in known:
            raise errors.invalid_form(
                {field: {str(index): [FieldError("BASE_TYPE_CHOICES", f"Value must be one of {tuple(known)}.")]}}
            )


def _characters(description: str, options: Sequence[CommandOption]) -> int:
    total = len(description)
    for option in options:
        total += len(option.name) + _characters(option.description, option.parameters)
        total += sum(len(choice.name) + len(str(choice.value)) for choice in option.choices or ())
    return total


def replaced(row: CommandRow, request: EditCommandRequest) -> CommandRow:
    """A row with the fields that an edit or an upsert sets; null sets one back."""
    changes: dict[str, object] = {}
    for field, empty in (
        ("name", UNSET),
        ("description", ""),
        ("name_localizations", None),
        ("description_localizations", None),
        ("options", ()),
        ("default_member_permissions", None),
        ("contexts", None),
        ("integration_types", (0,)),
    ):
        value = getattr(request, field)
        if value is UNSET:
            continue
        if value is None:
            value = empty
        if value is not UNSET:
            changes[field] = tuple(value) if isinstance(value, list) else value
    if isinstance(request.nsfw, bool):
        changes["is_nsfw"] = request.nsfw
    if isinstance(request.dm_permission, bool):
        changes["allows_direct"] = request.dm_permission
    return msgspec.structs.replace(row, **changes)
