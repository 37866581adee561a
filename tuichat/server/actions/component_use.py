"""What a user did with a message's components, or wrote into a modal, checked against what was shown."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec
from tuichat.protocol.component import (
    ActionRow,
    Button,
    ChannelSelect,
    Checkbox,
    CheckboxGroup,
    FileUpload,
    Interactive,
    Label,
    MentionableSelect,
    RadioGroup,
    RoleSelect,
    Select,
    StringSelect,
    TextInput,
    UserSelect,
)
from tuichat.protocol.interaction import InteractionData
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import components, errors
from tuichat.server.actions.interaction_options import Resolved, Resolver

MAX_INPUT_CHARACTERS = 4000
MAX_SUBMITTED = 40
_TYPES: Mapping[type[Interactive], int] = {
    Button: 2,
    StringSelect: 3,
    TextInput: 4,
    UserSelect: 5,
    RoleSelect: 6,
    MentionableSelect: 7,
    ChannelSelect: 8,
    FileUpload: 19,
    RadioGroup: 21,
    CheckboxGroup: 22,
    Checkbox: 23,
}
_SELECTS = (StringSelect, UserSelect, RoleSelect, MentionableSelect, ChannelSelect)


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """The data of a MESSAGE_COMPONENT interaction; `values` for menus alone."""

    component_type: int
    id: int
    custom_id: str
    values: list[str] | UnsetType = UNSET
    resolved: Resolved | UnsetType = UNSET


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A modal's component as a user's client submits it."""

    type: int
    custom_id: str | UnsetType = UNSET
    value: str | bool | UnsetType | None = UNSET
    values: list[str] | UnsetType | None = UNSET
    components: "list[Given] | UnsetType" = UNSET
    component: "Given | UnsetType" = UNSET


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A modal's component as the application gets it."""

    type: int
    id: int
    custom_id: str | UnsetType = UNSET
    value: str | bool | UnsetType | None = UNSET
    values: list[str] | UnsetType = UNSET
    components: "list[Answered] | UnsetType" = UNSET
    component: "Answered | UnsetType" = UNSET


class Submitted(msgspec.Struct, frozen=True, kw_only=True):
    """The data of a MODAL_SUBMIT interaction."""

    custom_id: str
    components: list[Answered]
    resolved: Resolved | UnsetType = UNSET


def use(shown: bytes, data: InteractionData, resolver: Resolver) -> Used:
    """Check what a user did with a message's component. Raises ActionError 50035 where the message has no such one."""
    found = next(
        (
            component
            for component in components.interactive(shown)
            if component.custom_id == data.custom_id and _TYPES[type(component)] == data.component_type
        ),
        None,
    )
    if found is None or not isinstance(found, (Button, *_SELECTS)):
        raise errors.invalid_field("data.custom_id", "COMPONENT_VALIDATION_FAILED", "Component validation failed")
    if found.disabled:
        raise errors.invalid_field("data.custom_id", "COMPONENT_VALIDATION_FAILED", "The component is disabled")
    values: list[str] | UnsetType = UNSET
    if isinstance(found, _SELECTS):
        values = _selected("data.values", found, data.values or [], resolver)
    return Used(
        component_type=_TYPES[type(found)],
        id=found.id,
        custom_id=str(found.custom_id),
        values=values,
        resolved=resolver.result(),
    )


def submit(custom_id: str, shown: bytes, data: InteractionData, resolver: Resolver) -> Submitted:
    """Check what a user wrote into a modal. Raises ActionError 50035 that names the field and its limits."""
    given = _inputs(data.components or [])
    answered = []
    for index, top in enumerate(components.modal_components(shown)):
        here = f"data.components.{index}"
        match top:
            case ActionRow():
                below = [
                    _answer(f"{here}.components.{place}", component, given, resolver)
                    for place, component in enumerate(top.components)
                ]
                answered.append(Answered(type=1, id=top.id, components=below))
            case Label():
                answered.append(
                    Answered(type=18, id=top.id, component=_answer(f"{here}.component", top.component, given, resolver))
                )
            case _:
                answered.append(Answered(type=10, id=top.id))
    return Submitted(custom_id=custom_id, components=answered, resolved=resolver.result())


def _inputs(raws: Sequence[msgspec.Raw]) -> dict[str, Given]:
    """What was submitted, by custom id."""
    if len(raws) > MAX_SUBMITTED:
        raise errors.too_long("data.components", MAX_SUBMITTED)
    found: dict[str, Given] = {}
    for index, raw in enumerate(raws):
        try:
            waiting = [codec.decode(raw, Given)]
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise errors.invalid_field(f"data.components.{index}", "MODEL_TYPE_CONVERT", str(error)[:200]) from None
        while waiting:
            given = waiting.pop()
            if isinstance(given.custom_id, str):
                found[given.custom_id] = given
            waiting += given.components or []
            if isinstance(given.component, Given):
                waiting.append(given.component)
    return found


def _answer(field: str, component: Interactive, given: Mapping[str, Given], resolver: Resolver) -> Answered:
    custom_id = str(component.custom_id)
    kind = _TYPES[type(component)]
    answer = given.get(custom_id)
    if answer is not None and answer.type != kind:
        raise errors.invalid_field(f"{field}.type", "COMPONENT_VALIDATION_FAILED", f"Must be {kind}.")
    value: str | bool | UnsetType | None = UNSET
    values: list[str] | UnsetType = UNSET
    match component:
        case TextInput():
            value = _text(f"{field}.value", component, answer)
        case Checkbox():
            value = bool(answer is not None and answer.value is True)
        case RadioGroup():
            value = _radio(f"{field}.value", component, answer)
        case CheckboxGroup():
            allowed = [option.value for option in component.options]
            low = component.min_values if isinstance(component.min_values, int) else int(component.required)
            high = component.max_values if isinstance(component.max_values, int) else len(allowed)
            values = _values(f"{field}.values", answer, low if component.required else 0, high)
            _require_among(f"{field}.values", values, allowed)
        case FileUpload():
            if component.required and component.min_values:
                raise errors.invalid_field(field, "COMPONENT_VALIDATION_FAILED", "This server takes no files in modals")
            values = []
        case Select():
            chosen = (answer.values or []) if answer is not None else []
            values = _selected(
                f"{field}.values", component, chosen, resolver, is_required=component.required is not False
            )
        case _:
            raise errors.invalid_field(field, "COMPONENT_VALIDATION_FAILED", "Component validation failed")
    return Answered(type=kind, id=component.id, custom_id=custom_id, value=value, values=values)


def _text(field: str, component: TextInput, answer: Given | None) -> str:
    text = answer.value if answer is not None and isinstance(answer.value, str) else ""
    low = component.min_length if isinstance(component.min_length, int) else 0
    high = component.max_length if isinstance(component.max_length, int) else MAX_INPUT_CHARACTERS
    if not text and not component.required:
        return ""
    if component.required and not text:
        raise errors.invalid_field(field, "BASE_TYPE_REQUIRED", "This field is required")
    if not low <= len(text) <= high:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_STRING", "Must be valid Unicode text.") from None
    return text


def _radio(field: str, component: RadioGroup, answer: Given | None) -> str | None:
    value = answer.value if answer is not None and isinstance(answer.value, str) else None
    if value is None:
        if component.required:
            raise errors.invalid_field(field, "BASE_TYPE_REQUIRED", "This field is required")
        return None
    _require_among(field, [value], [option.value for option in component.options])
    return value


def _values(field: str, answer: Given | None, low: int, high: int) -> list[str]:
    values = list(dict.fromkeys((answer.values or []) if answer is not None else []))
    if not low <= len(values) <= high:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
    return values


def _selected(
    field: str, select: Interactive, chosen: Sequence[str], resolver: Resolver, *, is_required: bool = True
) -> list[str]:
    """The values of a menu: as many as it wants, of its options, or of users, roles and channels that are here."""
    assert isinstance(select, Select)
    values = list(dict.fromkeys(chosen))
    low = select.min_values if is_required or values else 0
    if not low <= len(values) <= select.max_values:
        raise errors.invalid_field(
            field, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {select.max_values} in length."
        )
    if isinstance(select, StringSelect):
        _require_among(field, values, [option.value for option in select.options])
        return values
    for index, value in enumerate(values):
        try:
            found_id = Snowflake.parse(value)
        except ValueError:
            raise errors.invalid_field(f"{field}.{index}", "NUMBER_TYPE_COERCE", "Value is not snowflake.") from None
        match select:
            case UserSelect():
                is_known = resolver.user(found_id)
            case RoleSelect():
                is_known = resolver.role(found_id)
            case ChannelSelect():
                is_known = resolver.channel(found_id, select.channel_types or ())
            case _:
                is_known = resolver.role(found_id) or resolver.user(found_id)
        if not is_known:
            raise errors.invalid_field(
                f"{field}.{index}", "COMPONENT_VALIDATION_FAILED", "No such user, role or channel here"
            )
    return values


def _require_among(field: str, values: Sequence[str], allowed: Sequence[str]) -> None:
    for index, value in enumerate(values):
        if value not in allowed:
            raise errors.invalid_field(
                f"{field}.{index}", "COMPONENT_VALIDATION_FAILED", "Value must be one of the component's options."
            )
