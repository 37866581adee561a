"""Messages of nothing but a few emojis, which are shown larger than text."""

import re
from functools import cache

import msgspec

from tuichat.text.emoji_names import SINGLE

MAX_EMOJIS = 27  # as in Discord's own clients
MAX_CHARACTERS = 27 * 100  # the longest that so many can be


class BigEmoji(msgspec.Struct, frozen=True):
    """An emoji as it was written; `name` and `target` are those of a server's own, as marked in `markup`."""

    text: str
    name: str = ""
    target: str = ""


@cache
def _emoji() -> re.Pattern[str]:
    # Made when the first message wants it, as all large patterns are.
    tone = "[\U0001f3fb-\U0001f3ff]"
    pictograph = (
        f"(?:[\U0001f000-\U0001f1e5\U0001f200-\U0001faff{SINGLE}]{tone}?\ufe0f?|[\u203c-\u3299\xa9\xae]{tone}?\ufe0f)"
    )
    return re.compile(
        rf"""<(?P<moves>a?):(?P<name>\w{{1,64}}):(?P<id>\d{{1,20}})>
        | [\U0001f1e6-\U0001f1ff]{{2}}
        | [0-9\#*]\ufe0f?\u20e3
        | {pictograph}(?:\u200d{pictograph}|[\u2640\u2642]\ufe0f?)*[\U000e0020-\U000e007f]*""",
        re.VERBOSE,
    )


def read(content: str) -> list[BigEmoji] | None:
    """Return a message's emojis where it holds nothing else, and no more than are shown large; None for any other."""
    if not content or len(content) > MAX_CHARACTERS or content[0].isalpha():
        return None
    found: list[BigEmoji] = []
    end = 0
    for emoji in _emoji().finditer(content):
        if content[end : emoji.start()].strip() or len(found) >= MAX_EMOJIS:
            return None
        name = emoji["name"]
        if name is None:
            found.append(BigEmoji(emoji[0]))
        else:
            found.append(BigEmoji(f":{name}:", name, emoji["moves"] + emoji["id"]))
        end = emoji.end()
    return found if found and not content[end:].strip() else None
