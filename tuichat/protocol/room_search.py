"""Finding live rooms and what comes: what a query finds, and which room comes first; the same at both ends."""

import unicodedata
from collections.abc import Iterable, Sequence

from tuichat.protocol.coming import ComingEvent
from tuichat.protocol.live_room import FoundRoom
from tuichat.protocol.user import User


def fold(text: str) -> str:
    """Return text as a search compares it: without case, accents and differences of width."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def query_words(query: str) -> tuple[str, ...]:
    """The words that have to be found, folded; a # or @ in front of one is how people write a tag or a name."""
    return tuple(word for word in (part.lstrip("#@") for part in fold(query).split()) if word)


def names_of(user: User) -> tuple[str, ...]:
    return (user.username, user.global_name or "")


def room_texts(found: FoundRoom) -> list[str]:
    """What is searched of a room: topic, description, language, tags, people, and the names of where it is."""
    room = found.room
    texts = [room.topic, room.description, room.language, found.guild_name, found.channel_name, *room.tags]
    return [*texts, *(name for user in found.people for name in names_of(user))]


def room_finds(found: FoundRoom, words: Sequence[str]) -> bool:
    """Whether each of the words stands somewhere in a room."""
    return not missing(room_texts(found), words)


def event_finds(coming: ComingEvent, words: Sequence[str]) -> bool:
    """The same of an event that comes."""
    event = coming.event
    texts = [event.name, event.description or "", coming.guild_name, coming.channel_name or ""]
    if isinstance(event.creator, User):
        texts += names_of(event.creator)
    return not missing(texts, words)


def missing(texts: Iterable[str], words: Sequence[str]) -> list[str]:
    """Return the words that are part of none of the texts."""
    if not words:
        return []
    folded = [fold(text) for text in texts]
    return [word for word in words if not any(word in text for text in folded)]


def has_tag(tags: Iterable[str], wanted: Iterable[str]) -> bool:
    """Whether a room has one of these tags."""
    return not {fold(tag) for tag in tags}.isdisjoint(map(fold, wanted))


def rank(found: FoundRoom) -> tuple[int, int, int, int, int]:
    """What rooms are sorted by, the first one lowest: followed people inside, then chosen topics and a followed club, then
    how many are inside, then the room that began last."""
    room = found.room
    return (
        -len(found.followed_ids),
        -(len(found.chosen_tags) + found.follows_guild),
        -(room.speakers + room.listeners),
        -room.started_ms,
        int(room.channel_id),
    )
