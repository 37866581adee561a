"""A message's or a form's components, read leniently: other servers' hold more than ours, and strangers' may hold anything."""

from collections.abc import Iterator, Sequence
from enum import IntEnum

import msgspec

from tuichat.text.media import Media

MAX_COMPONENTS = 40  # of a message, nested ones with them, as on the wire
MAX_DEPTH = 4  # a row in a container is the deepest that the protocol knows
MAX_OPTIONS = 25


class Kind(IntEnum):
    """Discord's documentation, "Component Types"."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = (
    Kind.STRING_SELECT,
    Kind.USER_SELECT,
    Kind.ROLE_SELECT,
    Kind.MENTIONABLE_SELECT,
    Kind.CHANNEL_SELECT,
)


class Emoji(msgspec.Struct, frozen=True):
    name: str | None = None
    id: str | int | None = None


class Option(msgspec.Struct, frozen=True):
    """A choice of a menu, a radio group or a group of check boxes."""

    label: str = ""
    value: str = ""
    description: str | None = None
    emoji: Emoji | None = None
    default: bool = False


class DefaultValue(msgspec.Struct, frozen=True):
    id: str = ""
    type: str = ""


class Component(msgspec.Struct, frozen=True):
    """Any component; each has some of these. `value` is the text that stands in an input, `default` a check box's."""

    type: int = 0
    custom_id: str | None = None
    style: int = 0
    label: str | None = None
    emoji: Emoji | None = None
    url: str | None = None
    disabled: bool = False
    placeholder: str | None = None
    content: str | None = None
    description: str | None = None
    options: list[Option] | None = None
    default_values: list[DefaultValue] | None = None
    channel_types: list[int] | None = None
    min_values: int | None = None
    max_values: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    required: bool | None = None
    value: str | None = None
    default: bool = False
    accent_color: int | None = None
    spoiler: bool = False
    divider: bool = True
    media: Media | None = None
    file: Media | None = None
    name: str | None = None
    components: list["Component"] | None = None
    component: "Component | None" = None
    accessory: "Component | None" = None
    items: list["Component"] | None = None

    @property
    def inner(self) -> list["Component"]:
        """The components that it holds, in the order in which they are drawn."""
        held = [*(self.components or ())]
        return held + [each for each in (self.component, self.accessory) if each is not None]

    @property
    def choices(self) -> list[Option]:
        return (self.options or [])[:MAX_OPTIONS]

    @property
    def is_select(self) -> bool:
        return self.type in SELECTS

    @property
    def is_pressed(self) -> bool:
        """Whether pressing it tells its bot: a button that is no link, or a menu."""
        return bool(self.custom_id) and (self.type == Kind.BUTTON or self.is_select)


def read(raws: Sequence[msgspec.Raw]) -> list[Component]:
    """Return the components of a message or a form; what is none is left out."""
    found: list[Component] = []
    for raw in raws[:MAX_COMPONENTS]:
        try:
            found.append(msgspec.json.decode(raw, type=Component))
        except (msgspec.DecodeError, RecursionError):
            continue
    return found


def walk(components: Sequence[Component], depth: int = MAX_DEPTH) -> Iterator[Component]:
    """Yield components and those that they hold, in the order in which they are drawn, MAX_COMPONENTS at most."""
    left = MAX_COMPONENTS
    for component in _walk(components, depth):
        if not left:
            return
        left -= 1
        yield component


def _walk(components: Sequence[Component], depth: int) -> Iterator[Component]:
    for component in components:
        yield component
        if depth:
            yield from _walk(component.inner, depth - 1)


def pressed(components: Sequence[Component]) -> list[Component]:
    """Return what can be pressed, in order: its place in this list is its number."""
    return [component for component in walk(components) if component.is_pressed]
