"""What stands on buttons and menus of bots, and what an emoji shows, in words."""

import unicodedata

from tuichat.text.components import Component
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _

MAX_LABEL_CHARACTERS = 150  # the longest: a menu's placeholder


def component_words(component: Component) -> str:
    """Return what stands on a button or a menu."""
    emoji = component.emoji.name if component.emoji is not None and component.emoji.name else ""
    words = component.label or component.placeholder or emoji_words(emoji) or _("button")
    return safe_line(words[:MAX_LABEL_CHARACTERS])


def emoji_words(emoji: str) -> str:
    """Return what an emoji shows, since not every reader and terminal knows it; itself where Unicode has no name for it."""
    sign = emoji[:32].rstrip("\ufe0f")
    name = unicodedata.name(sign, "") if len(sign) == 1 else ""
    return name.lower() or safe_name(emoji[:32], "?")
