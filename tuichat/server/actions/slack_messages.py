"""Messages as Slack's incoming webhooks take them, turned into ours."""

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw

from tuichat.protocol import codec
from tuichat.protocol.message import MAX_CONTENT_CHARACTERS
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.webhook import ExecuteWebhookRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import errors
from tuichat.server.actions.embeds import MAX_EMBED_FIELDS, MAX_EMBEDS, Author, Embed, EmbedField, Footer, Media
from tuichat.server.actions.slack_blocks import MAX_BLOCKS, Block, images_of, text_of
from tuichat.server.actions.slack_text import literal, markdown

_COLOURS = {"good": 0x2EB67D, "warning": 0xECB22E, "danger": 0xE01E5A}  # the names that Slack's documentation gives
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")
_MAX_SECONDS = 253_402_300_799  # the end of the year 9999


class SlackField(msgspec.Struct, frozen=True, kw_only=True):
    title: str | None = None
    value: str | None = None
    short: bool | None = None


class SlackAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """Slack's "attachment": what we call an embed. `ts` in Unix seconds."""

    fallback: str | None = None
    color: str | None = None
    pretext: str | None = None
    author_name: str | None = None
    author_link: str | None = None
    author_icon: str | None = None
    title: str | None = None
    title_link: str | None = None
    text: str | None = None
    fields: list[SlackField] | None = None
    image_url: str | None = None
    thumb_url: str | None = None
    footer: str | None = None
    footer_icon: str | None = None
    ts: float | str | None = None
    blocks: list[Block] | None = None


class SlackMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What is understood of a Slack message; its channel and its emoji icon are passed over.

    Where there are blocks, `text` is what a notification would say, and is not shown.
    """

    text: str | None = None
    mrkdwn: bool | None = None
    blocks: list[Block] | None = None
    username: str | None = None
    icon_url: str | None = None
    attachments: list[SlackAttachment] | None = None


def request_of(message: SlackMessage) -> ExecuteWebhookRequest:
    """Return the request that says the same in our words. What is too long for a message's text becomes an embed.

    Raises ActionError 50035 for too many attachments or blocks.
    """
    given, blocks = message.attachments or [], message.blocks or []
    if len(given) > MAX_EMBEDS:
        raise errors.too_long("attachments", MAX_EMBEDS)
    if len(blocks) > MAX_BLOCKS:
        raise errors.too_long("blocks", MAX_BLOCKS)
    embeds = [embed for embed in map(_embed, given) if embed is not None]
    pretexts = [markdown(attachment.pretext) for attachment in given if attachment.pretext]
    said = text_of(blocks) or (literal if message.mrkdwn is False else markdown)(message.text or "")
    content = "\n".join(text for text in (said, *pretexts) if text)
    if len(content) > MAX_CONTENT_CHARACTERS:
        embeds.insert(0, Embed(description=content))
        content = ""
    embeds += [Embed(image=Media(url=url)) for url in images_of(blocks)]
    return ExecuteWebhookRequest(
        content=content,
        username=message.username,
        avatar_url=message.icon_url,
        embeds=[Raw(codec.encode(embed)) for embed in embeds[:MAX_EMBEDS]],
    )


def refusal_of(error: errors.ActionError) -> str:
    """Return Slack's word for why a message was not taken, and in a second line which field of it is wrong."""
    word = "no_text" if error.code == ErrorCode.EMPTY_MESSAGE else "invalid_payload"
    faults = [] if error.errors is None else list(_faults(error.errors, ()))
    return "\n".join([word, *(faults or [error.message])])


def _faults(tree: errors.FieldErrors, path: tuple[str, ...]) -> Iterator[str]:
    for key, found in tree.items():
        if isinstance(found, list):
            yield f"{'.'.join((*path, key))}: {' '.join(fault.message for fault in found)}"
        else:
            yield from _faults(found, (*path, key))


def _embed(given: SlackAttachment) -> Embed | None:
    fields = [_field(field) for field in (given.fields or []) if field.title or field.value]
    words = text_of(given.blocks) if given.blocks else markdown(given.text or "")
    if not words and not given.title and not fields:
        words = markdown(given.fallback or "")
    embed = Embed(
        title=given.title or None,
        url=given.title_link or None,
        description=words or None,
        color=_colour(given.color or ""),
        author=Author(name=given.author_name, url=given.author_link, icon_url=given.author_icon)
        if given.author_name
        else None,
        footer=Footer(text=given.footer, icon_url=given.footer_icon) if given.footer else None,
        timestamp=_time(given.ts),
        image=Media(url=given.image_url) if given.image_url else None,
        thumbnail=Media(url=given.thumb_url) if given.thumb_url else None,
        fields=fields[:MAX_EMBED_FIELDS] or None,
    )
    is_empty = not (
        embed.title
        or embed.description
        or embed.fields
        or embed.author
        or embed.footer
        or embed.image
        or embed.thumbnail
    )
    return None if is_empty else embed


def _field(given: SlackField) -> EmbedField:
    blank = "\u200b"  # Slack shows a field without a title or a value, too
    return EmbedField(name=given.title or blank, value=markdown(given.value or "") or blank, inline=bool(given.short))


def _colour(name: str) -> int | None:
    found = _HEX.fullmatch(name)
    return int(found[1], 16) if found is not None else _COLOURS.get(name)


def _time(given: float | str | None) -> str | None:
    try:
        seconds = float(given or 0)
    except ValueError:
        return None
    return format_timestamp(int(seconds * 1000)) if 0 < seconds <= _MAX_SECONDS else None
