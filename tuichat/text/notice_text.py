"""What notices say: one message by its author and its words, several by their number."""

from collections.abc import Sequence

import msgspec

from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext

MAX_TITLE_CHARACTERS = 80  # taste; a desktop shows some 40
MAX_BODY_CHARACTERS = 200


class Heard(msgspec.Struct, frozen=True):
    """A message that calls. All texts are safe; `text` is empty where what was written is not to be shown."""

    place: tuple[str, int]  # account and channel
    where: str  # "#general", "@grace"
    guild: str = ""
    author: str = ""
    text: str = ""
    is_mention: bool = False
    is_late: bool = False  # it was missed for a while


class Notice(msgspec.Struct, frozen=True):
    """What the terminal or the desktop shows: two short lines of safe text."""

    title: str
    body: str
    place: tuple[str, int]  # account and channel of the last message
    is_mention: bool = False


def notice_of(heard: Sequence[Heard]) -> Notice:
    """Say one or more messages in one notice."""
    last = heard[-1]
    is_mention = any(each.is_mention for each in heard)
    places = list(dict.fromkeys(each.place for each in heard))
    if len(heard) == 1:
        title = f"{last.author} · {_where(last)}" if last.guild else last.author
        body = last.text or (_("mentions you") if last.is_mention and last.guild else _("wrote a message"))
    elif len(places) == 1:
        title = _where(last)
        sentence = ngettext("{count} message in {place}", "{count} messages in {place}", len(heard))
        body = sentence.format(count=len(heard), place=last.where)
    else:
        title = "tuichat"
        sentence = ngettext("{count} message in {places} channels", "{count} messages in {places} channels", len(heard))
        body = sentence.format(count=len(heard), places=len(places))
    if any(each.is_late for each in heard):
        body = _("{what}, while you were disconnected").format(what=body) if len(heard) > 1 else body
    return Notice(_cut(title, MAX_TITLE_CHARACTERS), _cut(body, MAX_BODY_CHARACTERS), last.place, is_mention)


def _where(heard: Heard) -> str:
    return f"{heard.where}, {heard.guild}" if heard.guild else heard.where


def _cut(text: str, characters: int) -> str:
    text = safe_line(text)
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"
