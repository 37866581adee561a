"""What a message's components say, as chat markdown: texts of layouts, and what could be pressed or chosen in one line."""

from collections.abc import Iterator
from enum import IntEnum

import msgspec

MAX_COMPONENTS = 40  # of a message, nested ones with them, as on the wire
MAX_DEPTH = 4  # a row in a container is the deepest that the protocol knows
MAX_LABEL_CHARACTERS = 80  # of a button, likewise


class Kind(IntEnum):
    """Types of components that show something by themselves; others only hold these."""

    BUTTON = 2
    STRING_SELECT = 3
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14


CHOICES = {
    Kind.STRING_SELECT: "choose",
    Kind.USER_SELECT: "choose a person",
    Kind.ROLE_SELECT: "choose a role",
    Kind.MENTIONABLE_SELECT: "choose a person or a role",
    Kind.CHANNEL_SELECT: "choose a channel",
}


class _Emoji(msgspec.Struct, frozen=True):
    name: str | None = None
    id: str | int | None = None


class _Component(msgspec.Struct, frozen=True):
    type: int = 0
    label: str | None = None
    emoji: _Emoji | None = None
    url: str | None = None
    placeholder: str | None = None
    content: str | None = None
    description: str | None = None
    components: list["_Component"] | None = None
    accessory: "_Component | None" = None
    items: list["_Component"] | None = None


def markdown(raws: list[msgspec.Raw]) -> Iterator[str]:
    """Yield the texts in order; they are as strangers wrote them. What is no component is left out."""
    left = MAX_COMPONENTS
    for raw in raws[:MAX_COMPONENTS]:
        try:
            component = msgspec.json.decode(raw, type=_Component)
        except (msgspec.DecodeError, RecursionError):
            continue
        for text in _texts(component, MAX_DEPTH):
            if left == 0:
                return
            left -= 1
            yield text


def _texts(component: _Component, depth: int) -> Iterator[str]:
    if text := _own_text(component):
        yield text
    if depth == 0:
        return
    pressed: list[str] = []
    for inner in [*(component.components or ()), *([component.accessory] if component.accessory else ())]:
        if inner.type == Kind.BUTTON:
            pressed.append(_button(inner))
        else:
            yield from _texts(inner, depth - 1)
    if pressed:
        yield "  ".join(pressed[:MAX_COMPONENTS])


def _own_text(component: _Component) -> str:
    match component.type:
        case Kind.TEXT_DISPLAY:
            return component.content or ""
        case Kind.BUTTON:
            return _button(component)
        case Kind.MEDIA_GALLERY:
            words = [item.description[:MAX_LABEL_CHARACTERS] for item in component.items or () if item.description]
            return f"▤ {_pictures(len(component.items or ()))}{': ' if words else ''}{', '.join(words[:10])}"
        case Kind.THUMBNAIL:
            return f"▤ {component.description[:MAX_LABEL_CHARACTERS] if component.description else 'a picture'}"
        case Kind.FILE:
            return "▤ a file"
        case Kind.SEPARATOR:
            return "───"
        case kind if kind in CHOICES:
            return f"‹{(component.placeholder or CHOICES[Kind(kind)])[:150]} ▾›"
        case _:
            return ""


def _button(component: _Component) -> str:
    """What stands on a button; one that opens a page is a link."""
    emoji = component.emoji
    sign = "" if emoji is None or not emoji.name else emoji.name if emoji.id is None else f":{emoji.name}:"
    words = " ".join(part for part in (sign, (component.label or "")[:MAX_LABEL_CHARACTERS]) if part)
    if component.url:
        return f"‹{words}› {component.url}"
    return f"‹{words or 'button'}›"


def _pictures(count: int) -> str:
    return "a picture" if count == 1 else f"{count} pictures"
