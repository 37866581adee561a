"""Components of messages and modals: checked as strictly as Discord does, and written anew with their ids."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec
from tuichat.protocol.component import (
    ActionRow,
    AnySelect,
    Button,
    ButtonStyle,
    ChannelSelect,
    Checkbox,
    CheckboxGroup,
    ChoiceOption,
    Component,
    ComponentEmoji,
    Container,
    File,
    FileUpload,
    Interactive,
    Label,
    MediaGallery,
    MediaItem,
    MentionableSelect,
    MessageComponent,
    ModalComponent,
    RadioGroup,
    RoleSelect,
    Section,
    Select,
    SelectOption,
    Separator,
    StringSelect,
    TextDisplay,
    TextInput,
    Thumbnail,
    UserSelect,
)
from tuichat.server import unicode_emoji
from tuichat.server.actions import errors, fields, links

NO_COMPONENTS = b"[]"
MAX_ROWS = 5
MAX_BUTTONS = 5
MAX_TOTAL = 40  # of a message with IS_COMPONENTS_V2, nested ones too
MAX_TEXT_CHARACTERS = 4000  # of all text displays of a message
MAX_CUSTOM_ID_CHARACTERS = 100
MAX_OPTIONS = 25
MAX_MODAL_COMPONENTS = 5
MAX_ID = 2**31 - 1
_SELECTABLE: dict[type[Component], tuple[str, ...]] = {
    UserSelect: ("user",),
    RoleSelect: ("role",),
    MentionableSelect: ("user", "role"),
    ChannelSelect: ("channel",),
}


def check(raws: Sequence[msgspec.Raw], *, may_use_v2: bool, may_interact: bool = True) -> bytes:
    """Check a message's components, and return them as the JSON array that is stored.

    `may_use_v2`: the message has the flag IS_COMPONENTS_V2. `may_interact` is False for a webhook without an application,
    whose only buttons are links. Raises ActionError 50035 that names field and limit.
    """
    if not raws:
        return NO_COMPONENTS
    limit = MAX_TOTAL if may_use_v2 else MAX_ROWS
    if len(raws) > limit:
        raise errors.invalid_field("components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limit} in length.")
    checked: list[Component] = []
    for index, raw in enumerate(raws):
        component = _decode(raw, MessageComponent, f"components.{index}")
        if not may_use_v2 and not isinstance(component, ActionRow):
            raise errors.invalid_field(
                f"components.{index}.type",
                "UNION_TYPE_CHOICES",
                'Value of field "type" must be one of (1,): other types need the flag IS_COMPONENTS_V2 (32768).',
            )
        checked.append(component)
    everything = [found for index, top in enumerate(checked) for found in _walk(top, f"components.{index}")]
    if len(everything) > MAX_TOTAL:
        raise errors.invalid_field(
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            f"The total number of components must be {MAX_TOTAL} or fewer, not {len(everything)}.",
        )
    for component, path in everything:
        _check_one(component, path)
        if isinstance(component, TextInput):
            raise _wrong_place(path)
        if not may_interact and _interacts(component):
            raise errors.invalid_field(
                path, "COMPONENT_TYPE_INVALID", "A webhook without an application cannot send interactive components."
            )
    shown = sum(len(component.content) for component, _ in everything if isinstance(component, TextDisplay))
    if shown > MAX_TEXT_CHARACTERS:
        raise errors.invalid_field(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            f"Displayable text size exceeds maximum size of {MAX_TEXT_CHARACTERS}",
        )
    return _finish(checked, everything)


def check_modal(raws: Sequence[msgspec.Raw]) -> bytes:
    """Check a modal's 1 to 5 components: labels with an input, texts, and action rows with one text input each."""
    if not 1 <= len(raws) <= MAX_MODAL_COMPONENTS:
        raise errors.invalid_field(
            "components", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_MODAL_COMPONENTS} in length."
        )
    checked: list[Component] = [_decode(raw, ModalComponent, f"components.{index}") for index, raw in enumerate(raws)]
    everything = [found for index, top in enumerate(checked) for found in _walk(top, f"components.{index}")]
    for component, path in everything:
        _check_one(component, path)
        if isinstance(component, ActionRow):
            if len(component.components) != 1 or not isinstance(component.components[0], TextInput):
                raise errors.invalid_field(path, "COMPONENT_TYPE_INVALID", "A modal's action row holds one text input.")
            _text(f"{path}.components.0.label", component.components[0].label or "", 1, 45)
        elif isinstance(component, Select) and component.disabled:
            raise errors.invalid_field(f"{path}.disabled", "BASE_TYPE_CHOICES", "Nothing is disabled in a modal.")
        elif isinstance(component, Select) and component.required is not False and component.min_values == 0:
            raise errors.invalid_field(
                f"{path}.min_values",
                "NUMBER_TYPE_MIN",
                "int value should be greater than or equal to 1 where required.",
            )
    return _finish(checked, everything)


def text_of(components: bytes) -> str:
    """All that text displays of checked components say, for finding mentions in it."""
    if b'"type":10' not in components:
        return ""
    tops = _decode_checked(components)
    found = (component for top in tops for component, _ in _walk(top, ""))
    return "\n".join(component.content for component in found if isinstance(component, TextDisplay))


def require_attached(components: bytes, filenames: Collection[str]) -> None:
    """Refuse checked components that show files which the message does not have."""
    if b'"attachment://' not in components:
        return
    tops = _decode_checked(components)
    urls = [item.url for top in tops for component, _ in _walk(top, "") for item in _media(component)]
    for url in urls:
        if url.startswith("attachment://") and url.removeprefix("attachment://") not in filenames:
            raise errors.invalid_field(
                "components",
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                f"The referenced attachment was not found: {url[:100]}",
            )


def _decode_checked(components: bytes) -> list[Component]:
    kind: Any = list[MessageComponent]
    found: list[Component] = codec.decode(components, kind)
    return found


def _decode(raw: msgspec.Raw, kind: Any, path: str) -> Component:
    try:
        found: Component = codec.decode(codec.without_nulls(raw), kind)
    except (msgspec.DecodeError, ValueError, OverflowError, RecursionError) as error:
        raise errors.invalid_field(path, "MODEL_TYPE_CONVERT", f"This component is not valid: {error}"[:300]) from None
    return found


def _walk(component: Component, path: str) -> Iterator[tuple[Component, str]]:
    """A component and all below it, in the order in which ids are given, each with its path."""
    yield component, path
    match component:
        case ActionRow() | Container():
            below: Sequence[Component] = component.components
        case Section():
            below = component.components
        case Label():
            below = (component.component,)
        case _:
            below = ()
    key = "component" if isinstance(component, Label) else "components"
    for index, child in enumerate(below):
        yield from _walk(child, f"{path}.{key}" if isinstance(component, Label) else f"{path}.{key}.{index}")
    if isinstance(component, Section):
        yield from _walk(component.accessory, f"{path}.accessory")


def _finish(checked: Sequence[Component], everything: Sequence[tuple[Component, str]]) -> bytes:
    """Give ids to those without one, and leave null keys out."""
    taken: set[int] = set()
    custom_ids: set[str] = set()
    for component, path in everything:
        fields.require_range(f"{path}.id", component.id, 0, MAX_ID)
        if component.id and component.id in taken:
            raise errors.invalid_field(f"{path}.id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        taken.add(component.id)
        custom_id = component.custom_id if isinstance(component, Interactive) else None
        if custom_id:
            if custom_id in custom_ids:
                raise errors.invalid_field(
                    f"{path}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
                )
            custom_ids.add(custom_id)
    next_id = 1
    for component, _ in everything:
        if not component.id:
            while next_id in taken:
                next_id += 1
            component.id = next_id
            taken.add(next_id)
        for field in msgspec.structs.fields(component):
            if field.default is UNSET and getattr(component, field.name) is None:
                setattr(component, field.name, UNSET)
        if isinstance(component, (StringSelect, RadioGroup, CheckboxGroup)):
            for option in component.options:
                option.description = option.description or UNSET
                if isinstance(option, SelectOption):
                    option.emoji = option.emoji or UNSET
    return codec.encode(list(checked))


def _check_one(component: Component, path: str) -> None:
    """Check what a component holds itself."""
    match component:
        case ActionRow():
            _check_row(component, path)
        case Button():
            _check_button(component, path)
        case StringSelect() | UserSelect() | RoleSelect() | MentionableSelect() | ChannelSelect():
            _check_select(component, path)
        case TextInput():
            _check_text_input(component, path)
        case Section():
            _count(f"{path}.components", component.components, 1, 3)
        case TextDisplay():
            _text(f"{path}.content", component.content, 1, MAX_TEXT_CHARACTERS)
        case Thumbnail():
            _check_media(component.media, component.description, path)
        case MediaGallery():
            _count(f"{path}.items", component.items, 1, 10)
            for index, item in enumerate(component.items):
                _check_media(item.media, item.description, f"{path}.items.{index}")
        case File():
            component.file.proxy_url = component.file.url
            if not component.file.url.startswith("attachment://"):
                raise errors.invalid_field(f"{path}.file.url", "URL_TYPE_INVALID_URL", "Must be attachment://NAME.")
            _text(f"{path}.file.url", component.file.url, 14, 512)
        case Separator():
            fields.require_range(f"{path}.spacing", component.spacing, 1, 2)
        case Container():
            _count(f"{path}.components", component.components, 1, MAX_TOTAL)
            if component.accent_color is not None:
                fields.require_range(f"{path}.accent_color", component.accent_color, 0, 0xFFFFFF)
        case Label():
            _text(f"{path}.label", component.label, 1, 45)
            _text(f"{path}.description", component.description or "", 0, 100)
        case FileUpload():
            _custom_id(component, path)
            _check_bounds(component.min_values, component.max_values, 10, path)
            _count(f"{path}.file_types", component.file_types or (), 0, 10)
            for index, kind in enumerate(component.file_types or ()):
                _text(f"{path}.file_types.{index}", kind, 1, 50)
        case RadioGroup():
            _custom_id(component, path)
            _check_options(component.options, 2, 10, path)
        case CheckboxGroup():
            _custom_id(component, path)
            _check_options(component.options, 1, 10, path)
            low, high = component.min_values, component.max_values
            _check_bounds(
                low if isinstance(low, int) else 1, high if isinstance(high, int) else len(component.options), 10, path
            )
        case Checkbox():
            _custom_id(component, path)


def _check_row(row: ActionRow, path: str) -> None:
    _count(f"{path}.components", row.components, 1, MAX_BUTTONS)
    if len(row.components) > 1 and any(not isinstance(child, Button) for child in row.components):
        raise errors.invalid_field(
            f"{path}.components",
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            f"The specified component exceeds the maximum width: a row holds {MAX_BUTTONS} buttons, or one menu alone.",
        )


def _check_button(button: Button, path: str) -> None:
    if button.style not in tuple(ButtonStyle):
        raise errors.invalid_field(
            f"{path}.style", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(int(style) for style in ButtonStyle)}."
        )
    has = {
        "custom_id": bool(button.custom_id),
        "url": bool(button.url),
        "sku_id": bool(button.sku_id),
        "label": bool(button.label),
        "emoji": bool(button.emoji),
    }
    excluded: tuple[str, ...]
    match button.style:
        case ButtonStyle.LINK:
            needed, excluded = "url", ("custom_id", "sku_id")
        case ButtonStyle.PREMIUM:
            needed, excluded = "sku_id", ("custom_id", "label", "url", "emoji")
        case _:
            needed, excluded = "custom_id", ("url", "sku_id")
    if not has[needed]:
        raise errors.invalid_field(
            f"{path}.{needed}", "BASE_TYPE_REQUIRED", f"A button of style {button.style} needs a {needed}."
        )
    for key in excluded:
        if has[key]:
            raise errors.invalid_field(
                f"{path}.{key}",
                "BUTTON_COMPONENT_INVALID_FIELD",
                f"A button of style {button.style} cannot have a {key}.",
            )
    if button.style != ButtonStyle.PREMIUM and not (has["label"] or has["emoji"]):
        raise errors.invalid_field(f"{path}.label", "BASE_TYPE_REQUIRED", "A button needs a label or an emoji.")
    if has["custom_id"]:
        _custom_id(button, path)
    _text(f"{path}.label", button.label or "", 0, 80)
    if button.url:
        _text(f"{path}.url", button.url, 1, 512)
        if not button.url.startswith(("http://", "https://", "discord://")):
            raise errors.invalid_field(
                f"{path}.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https', 'discord')."
            )
    _check_emoji(button.emoji or None, path)


def _check_select(select: AnySelect, path: str) -> None:
    _custom_id(select, path)
    _text(f"{path}.placeholder", select.placeholder or "", 0, 150)
    _check_bounds(select.min_values, select.max_values, MAX_OPTIONS, path)
    if isinstance(select, StringSelect):
        _check_options(select.options, 1, MAX_OPTIONS, path)
        for index, option in enumerate(select.options):
            _check_emoji(option.emoji or None, f"{path}.options.{index}")
        if select.min_values > len(select.options):
            raise errors.invalid_field(
                f"{path}.min_values", "NUMBER_TYPE_MAX", f"Only {len(select.options)} options can be chosen."
            )
        return
    allowed = _SELECTABLE[type(select)]
    values = select.default_values or []
    _count(f"{path}.default_values", values, 0, max(select.max_values, 0))
    for index, value in enumerate(values):
        if value.type not in allowed:
            raise errors.invalid_field(
                f"{path}.default_values.{index}.type", "BASE_TYPE_CHOICES", f"Value must be one of {allowed}."
            )
    if isinstance(select, ChannelSelect):
        _count(f"{path}.channel_types", select.channel_types or [], 0, 20)


def _check_options(options: Sequence[SelectOption | ChoiceOption], low: int, high: int, path: str) -> None:
    _count(f"{path}.options", options, low, high)
    values: set[str] = set()
    for index, option in enumerate(options):
        _text(f"{path}.options.{index}.label", option.label, 1, 100)
        _text(f"{path}.options.{index}.value", option.value, 1, 100)
        _text(f"{path}.options.{index}.description", option.description or "", 0, 100)
        if option.value in values:
            raise errors.invalid_field(
                f"{path}.options.{index}.value",
                "SELECT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        values.add(option.value)


def _check_text_input(text_input: TextInput, path: str) -> None:
    _custom_id(text_input, path)
    fields.require_range(f"{path}.style", text_input.style, 1, 2)
    low, high = text_input.min_length or 0, text_input.max_length or MAX_TEXT_CHARACTERS
    fields.require_range(f"{path}.min_length", low, 0, MAX_TEXT_CHARACTERS)
    fields.require_range(f"{path}.max_length", high, max(low, 1), MAX_TEXT_CHARACTERS)
    _text(f"{path}.value", text_input.value or "", 0, MAX_TEXT_CHARACTERS)
    _text(f"{path}.placeholder", text_input.placeholder or "", 0, 100)


def _check_media(media: MediaItem, description: str | None, path: str) -> None:
    _text(f"{path}.media.url", media.url, 1, 2048)
    if not media.url.startswith(("http://", "https://", "attachment://")):
        raise errors.invalid_field(
            f"{path}.media.url", "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https', 'attachment')."
        )
    media.proxy_url = links.proxied(media.url)
    _text(f"{path}.description", description or "", 0, 1024)


def _check_emoji(emoji: ComponentEmoji | None, path: str) -> None:
    if emoji is None:
        return
    if emoji.id is None and not emoji.name:
        raise errors.invalid_field(f"{path}.emoji", "COMPONENT_INVALID_EMOJI", "Invalid emoji")
    _text(f"{path}.emoji.name", emoji.name or "", 0, 100)
    if emoji.id is None and unicode_emoji.qualified(emoji.name or "") is None:
        raise errors.invalid_field(f"{path}.emoji.name", "COMPONENT_INVALID_EMOJI", "Invalid emoji")


def _check_bounds(low: int, high: int, limit: int, path: str) -> None:
    fields.require_range(f"{path}.min_values", low, 0, limit)
    fields.require_range(f"{path}.max_values", high, max(low, 1), limit)


def _custom_id(component: Interactive, path: str) -> None:
    _text(f"{path}.custom_id", component.custom_id or "", 1, MAX_CUSTOM_ID_CHARACTERS)


def _text(path: str, text: str, low: int, high: int) -> None:
    fields.require_text(path, text)
    if not low <= len(text) <= high:
        if not text:
            raise errors.invalid_field(
                path, "BASE_TYPE_REQUIRED", f"This field is required: {low} to {high} characters."
            )
        raise errors.invalid_field(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")


def _count(path: str, items: Sequence[object], low: int, high: int) -> None:
    if not low <= len(items) <= high:
        raise errors.invalid_field(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")


def _interacts(component: Component) -> bool:
    """Whether a component calls its application."""
    if isinstance(component, Button):
        return component.style not in (ButtonStyle.LINK, ButtonStyle.PREMIUM)
    return isinstance(component, Interactive)


def _media(component: Component) -> list[MediaItem]:
    match component:
        case Thumbnail(media=media):
            return [media]
        case MediaGallery(items=items):
            return [item.media for item in items]
        case File(file=file):
            return [file]
        case _:
            return []


def _wrong_place(path: str) -> errors.ActionError:
    return errors.invalid_field(path, "COMPONENT_TYPE_INVALID", "A text input stands in a modal only.")


def interactive(components: bytes) -> list[Interactive]:
    """All of a message's checked components that users can use."""
    if b'"custom_id"' not in components:
        return []
    everything = (component for top in _decode_checked(components) for component, _ in _walk(top, ""))
    return [component for component in everything if isinstance(component, Interactive) and component.custom_id]


def modal_components(components: bytes) -> list[ActionRow | Label | TextDisplay]:
    """A modal's checked components."""
    kind: Any = list[ModalComponent]
    found: list[ActionRow | Label | TextDisplay] = codec.decode(components, kind)
    return found
