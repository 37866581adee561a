"""Whether a room may be called and described as somebody wants, as far as it is known without asking."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from tuichat.client.errors import RefusedError
from tuichat.protocol.json import printable
from tuichat.protocol.live_room import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_INVITED,
    MAX_LANGUAGE_CHARACTERS,
    MAX_LINK_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    TOPIC_CHARACTERS,
)
from tuichat.translation import _

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # RFC 5646, section 2.1, without its private tags


def check_topic(topic: str) -> str:
    topic = topic.strip()
    least, most = TOPIC_CHARACTERS
    if not least <= len(topic) <= most:
        words = _("A room's topic has {least} to {most} characters; this one has {count}.")
        raise RefusedError(words.format(least=least, most=most, count=len(topic)))
    return topic


def check_description(description: str) -> str:
    description = description.strip()
    if len(description) > MAX_DESCRIPTION_CHARACTERS:
        words = _("A room's description has {most} characters at most; this one has {count}.")
        raise RefusedError(words.format(most=MAX_DESCRIPTION_CHARACTERS, count=len(description)))
    return description


def check_language(language: str) -> str:
    """Return a tag of RFC 5646, or nothing."""
    language = language.strip()
    if language and (len(language) > MAX_LANGUAGE_CHARACTERS or not LANGUAGE.fullmatch(language)):
        words = _("{language} is no language's tag: write en, fr or pt-BR, for example.")
        raise RefusedError(words.format(language=printable(language[:MAX_LANGUAGE_CHARACTERS])))
    return language


def check_tags(tags: Sequence[str]) -> list[str]:
    """Return tags without signs and doubles."""
    found = list(dict.fromkeys(tag for each in tags if (tag := each.strip().lstrip("#").strip().casefold())))
    if len(found) > MAX_TAGS:
        raise RefusedError(
            _("A room has {most} tags at most; these are {count}.").format(most=MAX_TAGS, count=len(found))
        )
    for tag in found:
        if len(tag) > MAX_TAG_CHARACTERS:
            words = _("A tag has {most} characters at most; {tag} has {count}.")
            raise RefusedError(words.format(most=MAX_TAG_CHARACTERS, tag=printable(tag[:60]), count=len(tag)))
    return found


def check_link(link: str | None) -> str | None:
    """Return an address of the web, or None for none."""
    link = (link or "").strip()
    if not link:
        return None
    if len(link) > MAX_LINK_CHARACTERS:
        words = _("A pinned link has {most} characters at most; this one has {count}.")
        raise RefusedError(words.format(most=MAX_LINK_CHARACTERS, count=len(link)))
    try:
        parts = urlsplit(link)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or any(character.isspace() for character in link):
        raise RefusedError(_("A pinned link begins with http:// or https://, such as https://example.org/notes."))
    return link


def check_invited(user_ids: Sequence[int]) -> list[int]:
    found = list(dict.fromkeys(user_ids))
    if len(found) > MAX_INVITED:
        words = _("A room invites {most} people at most at once; these are {count}.")
        raise RefusedError(words.format(most=MAX_INVITED, count=len(found)))
    return found
