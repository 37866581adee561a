"""Chat markdown as one would say it: words alone, and a word in brackets where a mark carries meaning."""

from collections.abc import Iterable, Iterator

from tuichat.text.markup import Block, CodeBlock, Mark, Names, Paragraph, Span, parse
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

ENDINGS = tuple(".,:;!?…")  # of a line after which nothing needs to be said to go on


def in_one_line(lines: Iterable[str]) -> str:
    """Return what stands on lines of its own in one, parted so that it can be heard."""
    said = ""
    for line in lines:
        said += f"{'' if not said else ' ' if said.endswith(ENDINGS) else '; '}{line}"
    return said


def spoken(content: str, names: Names, *, shows_spoilers: bool = False) -> str:
    """Return what was written in one line. What is hidden stays so unless asked for."""
    return in_one_line(spoken_lines(content, names, shows_spoilers=shows_spoilers))


def spoken_lines(content: str, names: Names, *, shows_spoilers: bool = False, has_addresses: bool = False) -> list[str]:
    """Return what was written line by line, without empty lines. With `has_addresses` links tell where they lead."""
    blocks = parse(content, names)
    lines: list[str] = []
    for index, block in enumerate(blocks):
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        if isinstance(block, CodeBlock):
            lines += _code(block, has_more=following is not None)
        else:
            before = blocks[index - 1] if index else None
            words = "".join(_spans(block.spans, shows_spoilers=shows_spoilers, has_addresses=has_addresses))
            lines.append(_paragraph(block, words, before, following))
    return [line for line in map(safe_line, lines) if line]


def _paragraph(block: Paragraph, words: str, before: Block | None, following: Block | None) -> str:
    if not words.strip():
        return ""
    if block.bullet:
        number = block.bullet.strip()
        words = f"{number} {words}" if number[0].isdigit() else _("item: {words}").format(words=words)
    if any(Mark.HEADING in span.mark for span in block.spans):
        words = _("heading: {words}").format(words=words)
    if block.is_quote and not _is_quote(before):
        words = _("quote: {words}").format(words=words)
    if block.is_quote and following is not None and not _is_quote(following):
        words = _("{words} [end of quote]").format(words=words)
    return words


def _is_quote(block: Block | None) -> bool:
    return isinstance(block, Paragraph) and block.is_quote


def _code(block: CodeBlock, *, has_more: bool) -> list[str]:
    head = _("code in {language}:").format(language=block.language) if block.language else _("code:")
    lines = [head, *block.lines]
    return [*lines, _("[end of code]")] if has_more else lines


def _spans(spans: tuple[Span, ...], *, shows_spoilers: bool, has_addresses: bool) -> Iterator[str]:
    was_hidden = False
    for span in spans:
        is_hidden = Mark.SPOILER in span.mark
        words = span.text
        if has_addresses and Mark.LINK in span.mark and span.target and span.target != span.text:
            words = f"{words} <{span.target}>"
        if Mark.STRIKE in span.mark:
            words = _("[struck out: {words}]").format(words=words)
        if is_hidden and shows_spoilers:
            yield _("[hidden: {words}]").format(words=words)
        elif not is_hidden:
            yield words
        elif not was_hidden:
            yield _("[hidden]")
        was_hidden = is_hidden
