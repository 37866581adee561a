"""What a message is found by: its text, and marks for all that is no text.

A mark is one short word in a column of its own, so that the index that finds words finds by author or channel as well. The
same row always gives the same words: to leave the index it has to name them again. Whoever changes what this module gives
raises `TERMS_VERSION`, and every index is made anew.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import msgspec

from tuichat.protocol.message import MessageType
from tuichat.server.store.message_rows import AttachmentRow, MessageExtras, MessageRow
from tuichat.server.store.message_search import EmbedKind, Has, searchable

TERMS_VERSION = 2

EVERYONE = "e1"
PINNED = "p1"
WEBHOOK = "w1"
BOT = "b1"
REPLY = "y1"

MAX_HOSTS = 20  # of one message's links; taste
SUPPRESS_EMBEDS = 1 << 2

_LINK = re.compile(r"https?://[^\s<>\"]{1,2048}", re.IGNORECASE)
_NO_EMBEDS = b"[]"


class _Provider(msgspec.Struct):
    name: str | None = None


class _Embed(msgspec.Struct):
    """An embed, as far as a search asks about it."""

    type: str | None = None
    url: str | None = None
    image: object = None
    thumbnail: object = None
    video: object = None
    provider: _Provider | None = None


_decode_embeds = msgspec.json.Decoder(list[_Embed]).decode
_FILE_KINDS = {"image": Has.IMAGE, "audio": Has.SOUND, "video": Has.VIDEO}
_EMBED_KINDS = {
    "image": EmbedKind.IMAGE,
    "video": EmbedKind.VIDEO,
    "gifv": EmbedKind.GIF,
    "audio": EmbedKind.SOUND,
    "article": EmbedKind.ARTICLE,
}


class Terms(msgspec.Struct, frozen=True):
    """The words of one message."""

    text: str
    marks: str


def terms_of(row: MessageRow, guild_id: int | None, *, is_bot: bool) -> Terms:
    """Return what a message is found by. `guild_id` is its channel's, `is_bot` its author's."""
    marks = [channel_mark(row.channel_id), author_mark(row.author_id)]
    if guild_id is not None:
        marks.append(guild_mark(guild_id))
    if is_bot:
        marks.append(BOT)
    if row.mentions_everyone:
        marks.append(EVERYONE)
    marks += map(mention_mark, row.mention_ids)
    marks += map(role_mark, row.mention_role_ids)
    if row.pinned_ms is not None:
        marks.append(PINNED)
    if row.type == MessageType.REPLY and row.reference is not None and row.reference.message_id is not None:
        marks += (REPLY, answered_mark(row.reference.message_id))
    has: set[Has] = set()
    if row.extras is not None:
        marks += _extra_marks(row.extras, has)
    if row.attachments:
        marks += _file_marks(row.attachments, has)
    if "://" in row.content:
        marks += _link_marks(row.content, has)
    if row.embeds != _NO_EMBEDS and not row.flags & SUPPRESS_EMBEDS:
        marks += _embed_marks(row.embeds, has)
    marks += map(has_mark, has)
    return Terms(searchable(row.content), " ".join(dict.fromkeys(marks)))


def guild_mark(guild_id: int) -> str:
    return f"g{int(guild_id)}"


def channel_mark(channel_id: int) -> str:
    return f"c{int(channel_id)}"


def author_mark(user_id: int) -> str:
    return f"a{int(user_id)}"


def mention_mark(user_id: int) -> str:
    return f"m{int(user_id)}"


def role_mark(role_id: int) -> str:
    return f"r{int(role_id)}"


def answered_mark(message_id: int) -> str:
    return f"q{int(message_id)}"


def has_mark(has: Has) -> str:
    return f"h{has.value}0"  # no stemmer cuts a word that ends with a digit


def embed_mark(kind: EmbedKind) -> str:
    return f"k{kind.value}0"


def host_mark(host: str) -> str:
    return _hashed("n", host.casefold())


def provider_mark(name: str) -> str:
    return _hashed("v", name)


def file_name_mark(name: str) -> str:
    return _hashed("f", name.casefold())


def extension_mark(extension: str) -> str:
    return _hashed("x", extension.casefold().removeprefix("."))


def _hashed(kind: str, text: str) -> str:
    """A mark for a text that may have any length and any characters."""
    return f"{kind}{hashlib.blake2s(text.encode(errors='replace'), digest_size=10).hexdigest()}0"


def _link_marks(content: str, has: set[Has]) -> Iterable[str]:
    hosts = dict.fromkeys(filter(None, (_host(match[0]) for match in _LINK.finditer(content))))
    if hosts:
        has.add(Has.LINK)
    return map(host_mark, list(hosts)[:MAX_HOSTS])


def _extra_marks(extras: MessageExtras, has: set[Has]) -> Sequence[str]:
    if extras.poll is not None:
        has.add(Has.POLL)
    if extras.snapshots:
        has.add(Has.SNAPSHOT)
    return [WEBHOOK] if extras.webhook_id is not None else []


def _file_marks(files: Iterable[AttachmentRow], has: set[Has]) -> Iterable[str]:
    for file in files:
        has.add(Has.FILE)
        kind = _FILE_KINDS.get((file.content_type or "").partition("/")[0])
        if kind is not None:
            has.add(kind)
        yield file_name_mark(file.filename)
        extension = PurePosixPath(file.filename).suffix
        if extension:
            yield extension_mark(extension)


def _embed_marks(embeds: bytes, has: set[Has]) -> Sequence[str]:
    marks = []
    for embed in _decode_embeds(embeds):
        has.add(Has.EMBED)
        kind = _EMBED_KINDS.get(embed.type or "")
        if embed.image is not None or embed.thumbnail is not None or kind in (EmbedKind.IMAGE, EmbedKind.GIF):
            has.add(Has.IMAGE)
        if embed.video is not None or kind is EmbedKind.VIDEO:
            has.add(Has.VIDEO)
        if kind is not None:
            marks.append(embed_mark(kind))
        if embed.provider is not None and embed.provider.name:
            marks.append(provider_mark(embed.provider.name))
    return marks


def _host(link: str) -> str | None:
    try:
        return urlsplit(link).hostname
    except ValueError:  # e.g. a bracket without its other one
        return None
