"""Chat markdown as a list of blocks: what people wrote becomes text with marks, and nothing else can come out.

Pure: safe text and names go in, blocks come out. The work is linear in the length of the text but for the depth of
nested marks, which MAX_DEPTH bounds.
"""

import re
from datetime import date
from enum import Flag, auto
from functools import cache
from typing import Protocol
from urllib.parse import quote, urlsplit

import msgspec

from tuichat.text.message_time import Clock, moment_words
from tuichat.text.safe_text import safe_block, safe_name
from tuichat.translation import _

MAX_DEPTH = 12  # open marks at one place; more is a prank
MAX_LIST_DEPTH = 8  # likewise


class Mark(Flag):
    """How a run of text is shown."""

    PLAIN = 0
    BOLD = auto()
    ITALIC = auto()
    UNDERLINE = auto()
    STRIKE = auto()
    CODE = auto()
    SPOILER = auto()
    LINK = auto()
    MENTION = auto()
    MENTION_OF_ME = auto()
    CHANNEL = auto()
    SUBTLE = auto()
    HEADING = auto()
    EMOJI = auto()  # of a server: `target` is its id, behind an "a" for one that moves
    TIME = auto()  # `target` is the moment, in seconds since 1970


class Span(msgspec.Struct, frozen=True):
    """A run of text in one style; `target` is the address behind a link, a channel's or a user's id, or a "/command";
    see also the marks.

    `colour` is that of the role mentioned, or of the mentioned person's, as 0xRRGGBB; 0 for none.
    """

    text: str
    mark: Mark = Mark.PLAIN
    target: str = ""
    colour: int = 0


class Paragraph(msgspec.Struct, frozen=True):
    """One line as written (it may wrap). An item of a list has a `bullet`; its words begin `indent` cells in."""

    spans: tuple[Span, ...]
    is_quote: bool = False
    bullet: str = ""
    indent: int = 0


class CodeBlock(msgspec.Struct, frozen=True):
    lines: tuple[str, ...]
    language: str = ""
    is_quote: bool = False


Block = Paragraph | CodeBlock
MAX_READ_CHARACTERS = 12_000  # taste: more than the longest message, and soon read


class Names(Protocol):
    """Says what ids are called; None for those it does not know."""

    def user(self, user_id: int) -> str | None: ...

    def role(self, role_id: int) -> str | None: ...

    def channel(self, channel_id: int) -> str | None: ...

    def is_me(self, user_id: int) -> bool: ...

    def is_my_role(self, role_id: int) -> bool: ...

    def colour_of_role(self, role_id: int) -> int: ...

    def colour_of_user(self, user_id: int) -> int: ...


_FENCE = re.compile(r"```(?:([\w+#.-]{1,24})?\n)?(.*?)```", re.DOTALL)
_QUOTE = re.compile(
    r"^(?:>>> (?P<rest>.*)|(?P<lines>>(?: [^\n]*)?(?=\n|\Z)(?:\n>(?: [^\n]*)?(?=\n|\Z))*))", re.DOTALL | re.MULTILINE
)
_SIGNS = r"""
    (?P<escape>\\[\\`*_~|<>\[\]()#@:!-])
  | (?P<code>(?P<ticks>`{1,2})(?P<code_text>[^`\n][^\n]*?)(?P=ticks)(?!`))
  | <(?P<bare><)?(?P<angled>https?://[^\s<>]{1,2048})>
  | \[(?P<label>[^\[\]\n]{1,500})\]\(<?(?P<masked>https?://[^\s<>()]{1,2048})>?\)
  | (?P<url>https?://[^\s<>]{1,2048})
  | <@!?(?P<user>\d{1,20})>
  | <@&(?P<role>\d{1,20})>
  | <\#(?P<channel>\d{1,20})>
  | </(?P<command>[^\n<>:]{1,100}):\d{1,20}>
  | <(?P<moves>a?):(?P<emoji>\w{1,64}):(?P<emoji_id>\d{1,20})>
  | <t:(?P<time>-?\d{1,13})(?::(?P<time_style>[tTdDfFR]))?>
  | (?P<everyone>@everyone|@here)\b
  | (?P<delimiter>\*\*\*|\*\*|\*|__|_|~~|\|\|)
    """
_MARKS = {
    "**": Mark.BOLD,
    "*": Mark.ITALIC,
    "__": Mark.UNDERLINE,
    "_": Mark.ITALIC,
    "~~": Mark.STRIKE,
    "||": Mark.SPOILER,
}
_LINE_MARKS = {
    "#": Mark.BOLD | Mark.HEADING | Mark.UNDERLINE,
    "##": Mark.BOLD | Mark.HEADING,
    "###": Mark.BOLD,
    "-#": Mark.SUBTLE,
}
_ITEM = re.compile(r"( {0,20})(?:([-*+])|(\d{1,9})[.)]) +(?=\S)")
_BULLETS = "•◦▪"  # by depth
_ADDRESS = re.compile(r"https?://[^\s<>]{1,2048}")
_TRAILING = ".,:;!?'\"*_~|"  # signs that end a sentence, or a mark, rather than an address


def parse(content: str, names: Names, told: Clock | None = None) -> list[Block]:
    """Return the blocks of a message. `content` may be anything; see `safe_text` for what becomes of it.

    Moments are told as `told` has it, else in 24 hours and as they stand, not by how far away they are.
    """
    return _Reader(names, told or Clock(date.min)).read(safe_block(content))


def plain_text(content: str, names: Names) -> str:
    """Return a message in one line without marks; spoilers stay hidden."""
    pieces: list[str] = []
    for block in parse(content, names):
        if isinstance(block, CodeBlock):
            pieces.append(" ".join(line.strip() for line in block.lines))
        else:
            pieces.append(
                block.bullet + "".join("▒▒▒" if Mark.SPOILER in span.mark else span.text for span in block.spans)
            )
    return " ".join(piece.strip() for piece in pieces if piece.strip())


def beginning(content: str, names: Names, characters: int) -> str:
    """Return how a message begins, as `plain_text`. It is read before it is cut: a spoiler without its end would be shown."""
    return plain_text(content[:MAX_READ_CHARACTERS], names)[:characters]


class _Reader:
    """Reads one message, into `_blocks`."""

    def __init__(self, names: Names, told: Clock) -> None:
        self._names = names
        self._told = told
        self._blocks: list[Block] = []

    def read(self, text: str) -> list[Block]:
        end = 0
        fence = _fence(text, 0)
        while (quote := _QUOTE.search(text, end)) is not None:
            # Whichever begins first holds the other: a quote is no quote within code, and code may stand in a quote.
            while fence is not None and fence.start() < quote.start() and fence.end() <= quote.start():
                fence = _fence(text, fence.end())
            if fence is not None and fence.start() < quote.start():
                self._read_code(text[end : fence.end()], has_before=end > 0, has_after=True, is_quote=False)
                end = fence.end()
                fence = _fence(text, end)
                continue
            self._read_code(text[end : quote.start()], has_before=end > 0, has_after=True, is_quote=False)
            inner = quote["rest"]
            if inner is None:
                inner = "\n".join(line[2:] for line in quote["lines"].split("\n"))
            self._read_code(inner, has_before=False, has_after=False, is_quote=True)
            end = quote.end()
            if fence is not None and fence.start() < end:
                fence = _fence(text, end)
        self._read_code(text[end:], has_before=end > 0, has_after=False, is_quote=False)
        return self._blocks or [Paragraph(())]

    def _read_code(self, text: str, *, has_before: bool, has_after: bool, is_quote: bool) -> None:
        """Read a text whose lines are all quoted, or none. `has_before` and `has_after` say whether it goes on from or into
        something else, from which a line break parts it."""
        end = 0
        while (fence := _fence(text, end)) is not None:
            before = _between(text[end : fence.start()], has_before=has_before or end > 0, has_after=True)
            self._read_lines(before, is_quote=is_quote)
            self._blocks.append(CodeBlock(tuple(fence[2].strip("\n").split("\n")), fence[1] or "", is_quote))
            end = fence.end()
        rest = _between(text[end:], has_before=has_before or end > 0, has_after=has_after)
        self._read_lines(rest, is_quote=is_quote)

    def _read_lines(self, text: str | None, *, is_quote: bool) -> None:
        if text is None:
            return
        # Marks may run over several lines, so they are read as one text and cut into lines afterwards.
        heads_of = [_head(line) for line in text.split("\n")]
        heads = [head for _line, head in heads_of]
        line_spans: list[Span] = []
        number = 0
        for span in _inline("\n".join(line for line, _head in heads_of), self._names, self._told):
            first, *others = span.text.split("\n")
            if first:
                line_spans.append(msgspec.structs.replace(span, text=first))
            for other in others:
                self._blocks.append(_paragraph(line_spans, heads[number], is_quote=is_quote))
                number += 1
                line_spans = [msgspec.structs.replace(span, text=other)] if other else []
        self._blocks.append(_paragraph(line_spans, heads[number], is_quote=is_quote))


def _fence(text: str, start: int) -> re.Match[str] | None:
    """Return the first block of code from there on that holds something."""
    while (fence := _FENCE.search(text, start)) is not None and not fence[2].strip():
        start = fence.end()
    return fence


def _between(text: str, *, has_before: bool, has_after: bool) -> str | None:
    """Return the lines of a text between others, without the breaks that part it from them; None for no line at all."""
    if has_before:
        if text in ("", "\n"):
            return None
        text = text.removeprefix("\n")
    if has_after:
        return text.removesuffix("\n") if text else None
    return text


class _Head(msgspec.Struct, frozen=True):
    """How a line begins: its mark where it is a heading or small print, its bullet where it is an item."""

    mark: Mark = Mark.PLAIN
    bullet: str = ""
    indent: int = 0


def _paragraph(spans: list[Span], head: _Head, *, is_quote: bool) -> Paragraph:
    return Paragraph(_marked(spans, head.mark), is_quote, head.bullet, head.indent)


def _head(line: str) -> tuple[str, _Head]:
    """Return a line without the sign that makes it a heading, small print or an item, and what it is then."""
    sign, _, words = line.partition(" ")
    mark = _LINE_MARKS.get(sign)
    if mark is not None and words.strip():
        return words.lstrip(" "), _Head(mark)
    item = _ITEM.match(line)
    if item is None:
        return line, _Head()
    depth = min(len(item[1]) // 2, MAX_LIST_DEPTH)
    bullet = f"{item[3]}. " if item[3] else f"{_BULLETS[min(depth, len(_BULLETS) - 1)]} "
    return line[item.end() :], _Head(bullet=bullet, indent=2 * depth + len(bullet))


def _marked(spans: list[Span], mark: Mark) -> tuple[Span, ...]:
    return tuple(
        spans if mark is Mark.PLAIN else [msgspec.structs.replace(span, mark=span.mark | mark) for span in spans]
    )


class _Open(msgspec.Struct):
    """A delimiter that may still find its partner: where its literal text stands in the output."""

    delimiter: str
    index: int


@cache
def _token() -> re.Pattern[str]:
    return re.compile(_SIGNS, re.VERBOSE)  # not at import: the first frame does not need it


def _inline(text: str, names: Names, told: Clock) -> list[Span]:
    output: list[Span] = []
    opened: list[_Open] = []
    end = 0
    for token in _token().finditer(text):
        if token.start() < end:
            continue
        if token.start() > end:
            output.append(Span(text[end : token.start()]))
        end = token.end()
        if delimiter := token["delimiter"]:
            for part in _delimiters(delimiter, opened):
                _take_delimiter(part, text, token.start(), token.end(), output, opened)
        elif url := token["url"]:
            address = _trim_address(url)
            end = token.start() + len(address)
            output.extend(_link(address, address))
        else:
            output.extend(_token_spans(token, names, told))
    if end < len(text):
        output.append(Span(text[end:]))
    return _joined(output)


def _delimiters(signs: str, opened: list[_Open]) -> tuple[str, ...]:
    """Return the delimiters that a run of signs stands for; of three stars the one that was opened last closes first."""
    if signs != "***":
        return (signs,)
    return ("*", "**") if opened and opened[-1].delimiter == "*" else ("**", "*")


def _take_delimiter(delimiter: str, text: str, start: int, end: int, output: list[Span], opened: list[_Open]) -> None:
    before, after = text[start - 1 : start], text[end : end + 1]
    can_close = bool(before) and not before.isspace()
    can_open = bool(after) and not after.isspace()
    if delimiter[0] == "_":
        can_close = can_close and not (after.isalnum() and len(delimiter) == 1)
        can_open = can_open and not (before.isalnum() and len(delimiter) == 1)
    if delimiter == "||":
        can_close, can_open = bool(before), bool(after)
    if can_close:
        for position in range(len(opened) - 1, -1, -1):
            if opened[position].delimiter == delimiter and opened[position].index < len(output) - 1:
                _close(_MARKS[delimiter], opened[position].index, output)
                del opened[position:]
                return
    if can_open and len(opened) < MAX_DEPTH:
        opened.append(_Open(delimiter, len(output)))
    output.append(Span(delimiter))


def _close(mark: Mark, index: int, output: list[Span]) -> None:
    output[index] = Span("")
    for position in range(index + 1, len(output)):
        span = output[position]
        output[position] = msgspec.structs.replace(span, mark=span.mark | mark)


def _token_spans(token: re.Match[str], names: Names, told: Clock) -> list[Span]:
    if token["escape"]:
        return [Span(token["escape"][1:])]
    if token["code"]:
        return [Span(token["code_text"], Mark.CODE)]
    if address := token["angled"]:
        return _link(address, address)
    if address := token["masked"]:
        label = token["label"]
        is_code = len(label) > 2 and label[0] == label[-1] == "`" and "`" not in label[1:-1]
        return _link(address, label[1:-1] if is_code else label)
    if token["user"]:
        user_id = int(token["user"])
        mark = Mark.MENTION | (Mark.MENTION_OF_ME if names.is_me(user_id) else Mark.PLAIN)
        colour = names.colour_of_user(user_id)
        return [Span("@" + _known(names.user(user_id), _("unknown-user")), mark, str(user_id), colour)]
    if token["role"]:
        role_id = int(token["role"])
        mark = Mark.MENTION | (Mark.MENTION_OF_ME if names.is_my_role(role_id) else Mark.PLAIN)
        colour = names.colour_of_role(role_id)
        return [Span("@" + _known(names.role(role_id), _("unknown-role")), mark, colour=colour)]
    if token["channel"]:
        return [
            Span(
                "#" + _known(names.channel(int(token["channel"])), _("unknown-channel")), Mark.CHANNEL, token["channel"]
            )
        ]
    if token["command"]:
        return [Span(f"/{token['command']}", Mark.MENTION, f"/{token['command']}")]
    if token["emoji"]:
        return [Span(f":{token['emoji']}:", Mark.EMOJI, token["moves"] + token["emoji_id"])]
    if token["everyone"]:
        return [Span(token["everyone"], Mark.MENTION | Mark.MENTION_OF_ME)]
    words = moment_words(int(token["time"]), token["time_style"] or "f", told)
    if words is None:
        return [Span(f"<t:{token['time']}>", Mark.CODE)]
    return [Span(words, Mark.CODE | Mark.TIME, token["time"])]


def _known(name: str | None, otherwise: str) -> str:
    return otherwise if name is None else safe_name(name)


def _trim_address(url: str) -> str:
    """Leave signs that end the sentence out of a bare address, and a bracket that it did not open."""
    while url:
        if url[-1] in _TRAILING or (url[-1] == ")" and url.count(")") > url.count("(")):
            url = url[:-1]
        else:
            break
    return url


def masked_link(address: str, label: str) -> list[Span]:
    """Return a label as a link that stands by itself, with its real host; the label alone where the address is none."""
    return _link(address, label) if _ADDRESS.fullmatch(address) else [Span(label)]


def _link(address: str, label: str) -> list[Span]:
    """Return a link's text, and the real host behind it where the text could deceive about that."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        real_host = host if host.isascii() else host.encode("idna").decode("ascii")
        deceives = label != address or "@" in parts.netloc or not host.isascii()
    except ValueError:
        return [Span(label if label == address else f"{label} ({address})")]
    if not real_host:
        return [Span(label)]
    target = quote(address, safe="%/:?#[]@!$&'()*+,;=~-._")
    spans = [Span(label, Mark.LINK, target)]
    if deceives:
        spans.append(Span(f" ({real_host})", Mark.SUBTLE))
    return spans


def _joined(spans: list[Span]) -> list[Span]:
    """Join neighbours of one style."""
    joined: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if joined and (joined[-1].mark, joined[-1].target, joined[-1].colour) == (span.mark, span.target, span.colour):
            joined[-1] = msgspec.structs.replace(joined[-1], text=joined[-1].text + span.text)
        else:
            joined.append(span)
    return joined
