"""Embeds: what a message shows beside its text, checked and written anew so that nothing unknown passes."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp
from tuichat.server.actions import errors, links

MAX_EMBEDS = 10
MAX_CHARACTERS = 6000  # of all texts of all embeds of a message
MAX_EMBED_FIELDS = 25
MAX_URL_CHARACTERS = 2048
NO_EMBEDS = b"[]"
_SCHEMES = ("http://", "https://", "attachment://")
_LINKS = ("url", "author.url")  # where a click leads: to no file of the message


class Footer(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    icon_url: str | UnsetType | None = UNSET
    proxy_icon_url: str | UnsetType | None = UNSET


class Media(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    proxy_url: str | UnsetType | None = UNSET
    height: int | UnsetType | None = UNSET
    width: int | UnsetType | None = UNSET


class Author(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    url: str | UnsetType | None = UNSET
    icon_url: str | UnsetType | None = UNSET
    proxy_icon_url: str | UnsetType | None = UNSET


class EmbedField(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    value: str
    inline: bool = False


class Embed(msgspec.Struct, frozen=True, kw_only=True):
    """An embed as bots send it; what the server answers has `type` "rich".

    Clients load pictures from the server: every `proxy_` URL is made here, whatever the bot sent.
    """

    type: str = "rich"
    title: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    timestamp: str | UnsetType | None = UNSET
    color: int | UnsetType | None = UNSET
    footer: Footer | UnsetType | None = UNSET
    image: Media | UnsetType | None = UNSET
    thumbnail: Media | UnsetType | None = UNSET
    author: Author | UnsetType | None = UNSET
    fields: list[EmbedField] | UnsetType | None = UNSET


def check(raws: Sequence[msgspec.Raw]) -> bytes:
    """Check a message's embeds and return them as the JSON array that is stored."""
    if not raws:
        return NO_EMBEDS
    if len(raws) > MAX_EMBEDS:
        raise errors.too_long("embeds", MAX_EMBEDS)
    checked = []
    characters = 0
    for index, raw in enumerate(raws):
        try:
            embed = msgspec.json.decode(codec.without_nulls(raw), type=Embed)
        except (msgspec.DecodeError, RecursionError) as error:
            raise errors.invalid_field(
                f"embeds.{index}", "MODEL_TYPE_CONVERT", f"This embed is not valid: {error}"
            ) from None
        embed = _trimmed(embed, f"embeds.{index}")
        characters += _check_embed(embed, f"embeds.{index}")
        if characters > MAX_CHARACTERS:
            raise errors.invalid_field(
                "embeds", "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_CHARACTERS}"
            )
        checked.append(_without_nulls(embed))
    return msgspec.json.encode(checked)


def _trimmed(embed: Embed, path: str) -> Embed:
    """Leave white space at the ends out, as lengths are counted without it, and write the time as the wire has it."""
    changes: dict[str, object] = {
        name: text.strip() for name in ("title", "description") if (text := getattr(embed, name))
    }
    if embed.footer:
        changes["footer"] = msgspec.structs.replace(embed.footer, text=embed.footer.text.strip())
    if embed.author:
        changes["author"] = msgspec.structs.replace(embed.author, name=embed.author.name.strip())
    if embed.fields:
        changes["fields"] = [
            msgspec.structs.replace(field, name=field.name.strip(), value=field.value.strip()) for field in embed.fields
        ]
    if embed.timestamp:
        try:
            changes["timestamp"] = format_timestamp(parse_timestamp(embed.timestamp))
        except ValueError:
            raise errors.invalid_field(
                f"{path}.timestamp", "DATE_TIME_TYPE_PARSE", "Could not parse it. Should be ISO8601."
            ) from None
    return msgspec.structs.replace(embed, **changes)


def media(url: str, width: int | None, height: int | None) -> Media:
    """A picture of an embed that the server makes."""
    return Media(
        url=url,
        proxy_url=links.proxied(url),
        width=UNSET if width is None else width,
        height=UNSET if height is None else height,
    )


def _check_embed(embed: Embed, path: str) -> int:
    """Check lengths, and return the embed's characters."""
    texts: list[tuple[str, str, int]] = []
    urls: list[tuple[str, str]] = []
    if embed.title:
        texts.append(("title", embed.title, 256))
    if embed.description:
        texts.append(("description", embed.description, 4096))
    if embed.url:
        urls.append(("url", embed.url))
    for key, text in (
        ("footer.text", embed.footer.text if embed.footer else "-"),
        ("author.name", embed.author.name if embed.author else "-"),
    ):
        if not text:
            raise errors.invalid_field(f"{path}.{key}", "BASE_TYPE_REQUIRED", "This field is required")
    if embed.footer:
        texts.append(("footer.text", embed.footer.text, 2048))
        if embed.footer.icon_url:
            urls.append(("footer.icon_url", embed.footer.icon_url))
    if embed.author:
        texts.append(("author.name", embed.author.name, 256))
        urls += [
            (f"author.{key}", url)
            for key, url in (("url", embed.author.url), ("icon_url", embed.author.icon_url))
            if url
        ]
    for key, media in (("image", embed.image), ("thumbnail", embed.thumbnail)):
        if media:
            urls.append((f"{key}.url", media.url))
    shown = embed.fields or []
    if len(shown) > MAX_EMBED_FIELDS:
        raise errors.too_long(f"{path}.fields", MAX_EMBED_FIELDS)
    for index, field in enumerate(shown):
        for key, text, limit in (("name", field.name, 256), ("value", field.value, 1024)):
            if not text.strip():
                raise errors.invalid_field(
                    f"{path}.fields.{index}.{key}", "BASE_TYPE_REQUIRED", "This field is required"
                )
            texts.append((f"fields.{index}.{key}", text, limit))
    for key, text, limit in texts:
        if len(text) > limit:
            raise errors.too_long(f"{path}.{key}", limit)
    for key, url in urls:
        schemes = ("http://", "https://") if key in _LINKS else _SCHEMES
        if len(url) > MAX_URL_CHARACTERS or not url.startswith(schemes):
            raise errors.invalid_field(
                f"{path}.{key}",
                "URL_TYPE_INVALID_URL",
                f"Must be an http or https URL of at most {MAX_URL_CHARACTERS} characters.",
            )
    if isinstance(embed.color, int) and not 0 <= embed.color <= 0xFFFFFF:
        raise errors.invalid_field(f"{path}.color", "NUMBER_TYPE_MAX", "int value should be between 0 and 16777215.")
    if not texts and not urls:
        raise errors.invalid_field(
            path, "BASE_TYPE_REQUIRED", "An embed needs a title, a description, a field, an image, or the like."
        )
    return sum(len(text) for _, text, _ in texts)


def _without_nulls(embed: Embed) -> Embed:
    """Leave null keys out: libraries want an absent key where there is nothing."""
    changes: dict[str, object] = {"type": "rich"}
    for name in embed.__struct_fields__:
        value = getattr(embed, name)
        if value is None:
            changes[name] = UNSET
        elif isinstance(value, (Footer, Author, Media)):
            nulls: dict[str, object] = {key: UNSET for key in value.__struct_fields__ if getattr(value, key) is None}
            if isinstance(value, Media):
                nulls["proxy_url"] = links.proxied(value.url)
            else:
                nulls["proxy_icon_url"] = links.proxied(value.icon_url) if value.icon_url else UNSET
            changes[name] = msgspec.structs.replace(value, **nulls)
    return msgspec.structs.replace(embed, **changes)
