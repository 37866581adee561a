"""Slack's blocks ("Block Kit", Slack's documentation "Blocks") as Markdown: what they say, without what needs Slack."""

from collections.abc import Iterator, Sequence

import msgspec

from tuichat.server.actions.slack_text import literal, markdown

RULE = "───"
MAX_BLOCKS = 50  # Slack's documentation
MAX_DEPTH = 4  # of rich text: a list in a quote in a block


class Style(msgspec.Struct, frozen=True, kw_only=True):
    bold: bool | None = None
    italic: bool | None = None
    strike: bool | None = None
    code: bool | None = None


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text object; `type` is "mrkdwn" or "plain_text"."""

    type: str = "plain_text"
    text: str = ""


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a block: a text, a picture, a button, or a piece of rich text. `text` is a text object in a button."""

    type: str = ""
    text: Text | str | None = None
    url: str | None = None
    alt_text: str | None = None
    name: str | None = None
    range: str | None = None
    style: Style | str | None = None
    indent: int | None = None
    elements: "list[Element] | None" = None


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A block; what a type does not have is absent."""

    type: str
    text: Text | str | None = None
    fields: list[Text] | None = None
    accessory: Element | None = None
    elements: list[Element] | None = None
    title: Text | None = None
    alt_text: str | None = None
    image_url: str | None = None


def text_of(blocks: Sequence[Block]) -> str:
    """Return what blocks say, a line or more each."""
    return "\n".join(text for block in blocks if (text := _block(block)))


def images_of(blocks: Sequence[Block]) -> list[str]:
    """Return the addresses of the pictures among blocks."""
    return [block.image_url for block in blocks if block.type == "image" and block.image_url]


def _block(block: Block) -> str:
    match block.type:
        case "header":
            return f"## {_words(block.text)}" if _words(block.text) else ""
        case "section":
            parts = [_words(block.text), *(_words(field) for field in block.fields or [])]
            if block.accessory is not None:
                parts.append(_element(block.accessory))
            return "\n".join(part for part in parts if part)
        case "context":
            words = " ".join(part for part in map(_element, block.elements or []) if part)
            return "\n".join(f"-# {line}" for line in words.split("\n") if line.strip())
        case "actions":
            return " · ".join(part for part in map(_element, block.elements or []) if part)
        case "divider":
            return RULE
        case "image" | "video":
            return _words(block.title) or literal(block.alt_text or "")
        case "markdown":
            return block.text if isinstance(block.text, str) else ""
        case "rich_text":
            return "\n".join(_rich(block.elements or [], MAX_DEPTH))
    return ""


def _words(text: Text | str | None) -> str:
    if isinstance(text, str):
        return literal(text)
    if text is None:
        return ""
    return markdown(text.text) if text.type == "mrkdwn" else literal(text.text)


def _element(element: Element) -> str:
    """A text, or a button that leads somewhere; one that Slack would answer does nothing here and is left out."""
    if element.type in ("mrkdwn", "plain_text") and isinstance(element.text, str):
        return markdown(element.text) if element.type == "mrkdwn" else literal(element.text)
    if element.type == "button" and element.url:
        return _link(element.url, _words(element.text))
    return ""


def _rich(elements: Sequence[Element], depth: int) -> Iterator[str]:
    """Yield the lines of rich text."""
    for element in elements if depth else ():
        inner = element.elements or []
        match element.type:
            case "rich_text_list":
                mark = "1." if element.style == "ordered" else "-"
                blank = "  " * min(max(element.indent or 0, 0), 8)
                for line in _rich(inner, depth - 1):
                    yield f"{blank}{mark} {line}"
            case "rich_text_preformatted":
                yield f"```\n{''.join(_raw(piece) for piece in inner)}\n```"
            case "rich_text_quote":
                for line in "".join(map(_piece, inner)).split("\n"):
                    yield f"> {line}"
            case "rich_text_section":
                yield "".join(map(_piece, inner))


def _piece(piece: Element) -> str:
    raw = _raw(piece)
    if piece.type == "link" and piece.url:
        return _link(piece.url, literal(raw) if piece.text else "")
    if piece.type != "text" or not isinstance(piece.style, Style) or not raw.strip():
        return literal(raw)
    if piece.style.code:
        return f"`{raw}`"
    text = literal(raw)
    for is_set, mark in ((piece.style.bold, "**"), (piece.style.italic, "*"), (piece.style.strike, "~~")):
        if is_set:
            text = f"{mark}{text}{mark}"
    return text


def _raw(piece: Element) -> str:
    match piece.type:
        case "emoji":
            return f":{piece.name or ''}:"
        case "broadcast":
            return f"@{piece.range or ''}"
    text = piece.text if isinstance(piece.text, str) else ""
    return text or (piece.url or "" if piece.type == "link" else "")


def _link(url: str, words: str) -> str:
    if not url.startswith(("https://", "http://", "mailto:")) or any(sign in url for sign in " ()<>\n"):
        return words
    return f"[{words}]({url})" if words else url
