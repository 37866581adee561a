"""Draws one message as lines of a width; pure, so that what is drawn once may be kept."""

from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec import UNSET
from rich.cells import cell_len
from rich.style import Style

from tuichat.client.state import Delivery, Entry
from tuichat.protocol.message import WRITTEN_TYPES, Attachment, Message, MessageFlag, MessageType
from tuichat.tui import components, embed, enclosed, markup
from tuichat.tui.channel_names import ChannelNames
from tuichat.tui.enclosed import AttachmentName, Forwarded
from tuichat.tui.markup import CodeBlock, Mark, Paragraph, Span
from tuichat.tui.message_time import clock, day_name, written_at
from tuichat.tui.safe_text import safe_name
from tuichat.tui.styles.palette import Palette
from tuichat.tui.system_words import system_words
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.wrap import Piece, wrap

GUTTER = 2  # the bar in the author's colour, and a blank
GROUP_S = 7 * 60  # messages of one author within this time share a head (taste)
MAX_SHOWN_CHARACTERS = 12_000  # no server that speaks the protocol sends more in one message
MAX_SHOWN_LINES = 400
MAX_REACTIONS = 20
WRITTEN = WRITTEN_TYPES  # by people and bots; the server tells the others


class EntryLook(msgspec.Struct, frozen=True):
    """All that a message's lines depend on besides the message and its names."""

    width: int
    starts_group: bool
    day: date | None  # set where a date line stands before the message
    today: date
    is_first_new: bool
    is_selected: bool
    is_revealed: bool
    is_12h: bool


def starts_group(entry: Entry, before: Entry | None) -> bool:
    """Say whether a message needs a head of its own after the one before it."""
    if before is None:
        return True
    message, earlier = entry.message, before.message
    if message.type not in WRITTEN and earlier.type not in WRITTEN:
        return written_at(message).date() != written_at(earlier).date()  # what the server tells stands together
    if message.author.id != earlier.author.id or message.webhook_id != earlier.webhook_id:
        return True
    if message.type != MessageType.DEFAULT or earlier.type not in WRITTEN:
        return True
    if message.webhook_id is not UNSET and message.author.username != earlier.author.username:
        return True
    now, then = written_at(message), written_at(earlier)
    return now.date() != then.date() or not -GROUP_S <= (now - then).total_seconds() <= GROUP_S


class MessageLayout:
    """Draws the messages of one channel."""

    def __init__(self, names: ChannelNames, palette: Palette) -> None:
        self._names = names
        self._palette = palette

    def lines(self, entry: Entry, look: EntryLook) -> list[Line]:
        lines: list[Line] = []
        plain = self._palette.background("main")
        if look.starts_group or look.day or look.is_first_new:
            lines.append(LineBuilder(plain).build(look.width))
        if look.day:
            lines += [self._date_line(look.day, look), LineBuilder(plain).build(look.width)]
        if look.is_first_new:
            lines.append(self._new_line(look.width))
        body = self._body(entry, look)
        if look.is_selected and body:
            body[0] = self._with_actions(body[0], entry, look)
        return lines + body

    def _date_line(self, day: date, look: EntryLook) -> Line:
        text = f" {day_name(day, look.today)} "
        side = max(0, look.width - cell_len(text)) // 2
        builder = LineBuilder(self._palette.background("main"))
        builder.add("─" * side, self._palette.style("line")).add(text, self._palette.style("dim"))
        return builder.add("─" * max(0, look.width - builder.cells), self._palette.style("line")).build(look.width)

    def _new_line(self, width: int) -> Line:
        builder = LineBuilder(self._palette.background("main"))
        builder.add("─" * max(0, width - 5), self._palette.style("bad-line"))
        return builder.add(" NEW ", self._palette.style("badge")).build(width)

    def _body(self, entry: Entry, look: EntryLook) -> list[Line]:
        message = entry.message
        if message.type not in WRITTEN:
            return [self._event_line(entry, look)]
        colour = self._colour(entry)
        lines: list[Line] = []
        if message.message_reference is not UNSET:
            lines.append(self._reply_line(message, entry, look))
        if look.starts_group:
            lines.append(self._head(entry, look, colour))
        for pieces_line in self._text_lines(entry, look):
            lines.append(self._with_gutter(pieces_line, entry, look, colour))
        return lines

    def _background(self, entry: Entry, look: EntryLook) -> Style:
        if look.is_selected:
            return self._palette.background("cursor")
        return self._palette.background("mentioned" if self._names.mentions_me(entry.message) else "main")

    def _colour(self, entry: Entry) -> Style:
        rgb = self._names.role_colour(entry)
        return self._palette.role_colour(rgb) if rgb else self._palette.hue(self._names.hue(entry.message.author.id))

    def _bar(self, builder: LineBuilder, entry: Entry, colour: Style) -> LineBuilder:
        if entry.delivery is Delivery.FAILED:
            colour = self._palette.style("bad")
        elif self._names.mentions_me(entry.message):
            colour = self._palette.style("warn")
        return builder.add("▎", colour).space()

    def _head(self, entry: Entry, look: EntryLook, colour: Style) -> Line:
        palette = self._palette
        author = entry.message.author
        builder = self._bar(LineBuilder(self._background(entry, look)), entry, colour)
        builder.add(fit(self._names.author(entry), max(4, look.width - 16)), colour + Style(bold=True))
        if author.bot or entry.message.webhook_id is not UNSET:
            builder.space().add(" bot ", palette.style("badge-quiet"))
        moment = written_at(entry.message)
        builder.space(2).add(clock(moment, is_12h=look.is_12h), palette.style("dim"))
        return builder.build(look.width)

    def _event_line(self, entry: Entry, look: EntryLook) -> Line:
        """Return the one line of a message that the server wrote."""
        muted = self._palette.style("muted")
        words = system_words(entry.message, self._names)
        builder = LineBuilder(self._background(entry, look))
        builder.add(f"{words.sign} ", self._palette.style(words.sign_style)).add(words.before, muted)
        name = fit(self._names.author(entry), max(4, look.width // 2))
        builder.add(name, self._colour(entry) + Style(bold=True))
        builder.add(fit(words.after, max(4, look.width - builder.cells - 8)), muted, words.action)
        builder.space(2).add(clock(written_at(entry.message), is_12h=look.is_12h), self._palette.style("dim"))
        return builder.build(look.width)

    def _reply_line(self, message: Message, entry: Entry, look: EntryLook) -> Line:
        palette = self._palette
        builder = LineBuilder(self._background(entry, look)).add("╭─ ", palette.style("dim"))
        original = message.referenced_message
        if message.message_snapshots is not UNSET:
            builder.add("forwarded", palette.style("dim"))
        elif message.flags & MessageFlag.IS_CROSSPOST:
            builder.add("published in a channel that this one follows", palette.style("dim"))
        elif isinstance(original, Message):
            name = self._names.name_of(original.author)
            builder.add(
                fit(name, look.width // 3), palette.hue(self._names.hue(original.author.id)), f"jump:{original.id}"
            ).space()
            text = markup.plain_text(original.content[:400], self._names) or "(no text)"
            builder.add(fit(text, max(1, look.width - builder.cells)), palette.style("dim"), f"jump:{original.id}")
        else:
            words = "the message this answers was deleted" if original is None else "a message that is not shown here"
            builder.add(fit(words, max(1, look.width - builder.cells)), palette.style("dim"))
        return builder.build(look.width)

    def _with_gutter(self, pieces: list[Piece], entry: Entry, look: EntryLook, colour: Style) -> Line:
        builder = self._bar(LineBuilder(self._background(entry, look)), entry, colour)
        for piece in pieces:
            builder.add(piece.text, piece.style, piece.action)
        return builder.build(look.width)

    def _text_lines(self, entry: Entry, look: EntryLook) -> list[list[Piece]]:
        palette = self._palette
        message = entry.message
        width = max(4, look.width - GUTTER)
        base = palette.style("text" if entry.delivery is Delivery.CONFIRMED else "muted")
        content = message.content
        cut = len(content) > MAX_SHOWN_CHARACTERS
        lines: list[list[Piece]] = []
        if content:
            for block in markup.parse(content[:MAX_SHOWN_CHARACTERS], self._names):
                if isinstance(block, CodeBlock):
                    lines += self._code_lines(block, width)
                else:
                    lines += self._paragraph_lines(block, width, base, is_revealed=look.is_revealed)
        dim_bar = Piece("┃ ", palette.style("dim"))
        for text in enclosed.poll_markdown(message):
            lines += self._barred_lines(text, dim_bar, width)
        for forwarded in enclosed.forwarded(message):
            lines += self._forwarded_lines(forwarded, dim_bar, width)
        lines += self._embed_lines(message.embeds, width)
        for text in components.markdown(message.components):
            lines += self._barred_lines(text, dim_bar, width)
        if len(lines) > MAX_SHOWN_LINES:
            lines, cut = lines[:MAX_SHOWN_LINES], True
        if message.edited_timestamp and lines:
            mark = Piece(" (edited)", palette.style("dim"))
            used = sum(cell_len(piece.text) for piece in lines[-1])
            if used + cell_len(mark.text) <= width:
                lines[-1].append(mark)
            else:
                lines.append([Piece("(edited)", palette.style("dim"))])
        if cut:
            lines.append([Piece(f"… {len(content)} characters; the rest is not shown", palette.style("dim"))])
        lines += self._attachment_lines(message.attachments, width)
        if not lines:
            is_loading = message.flags & MessageFlag.LOADING
            lines.append([Piece("is thinking …" if is_loading else "(no text)", palette.style("dim"))])
        if message.flags & MessageFlag.EPHEMERAL:
            lines.append([Piece("only you can see this", palette.style("dim"))])
        if reactions := self._reactions(message, width):
            lines.append(reactions)
        if entry.delivery is Delivery.FAILED:
            lines += self._failure_lines(entry, width)
        return lines

    def _forwarded_lines(self, forwarded: Forwarded, bar: Piece, width: int) -> list[list[Piece]]:
        inner = max(4, width - 2)
        lines = self._barred_lines(forwarded.content, bar, width) if forwarded.content else []
        lines += [[bar, *line] for line in self._embed_lines(forwarded.embeds, inner)]
        for text in components.markdown(forwarded.components):
            lines += self._barred_lines(text, bar, width)
        lines += [[bar, *line] for line in self._attachment_lines(forwarded.attachments, inner)]
        return lines or [[bar, Piece("(no text)", self._palette.style("dim"))]]

    def _attachment_lines(self, attachments: Sequence[Attachment | AttachmentName], width: int) -> list[list[Piece]]:
        lines = []
        for attachment in attachments[:10]:
            name = safe_name(attachment.filename, "file")
            size = f" {max(1, attachment.size // 1024)} KiB"
            text = fit(f"▤ {name}", max(4, width - len(size)))
            lines.append([Piece(text, self._palette.style("link")), Piece(size, self._palette.style("dim"))])
        return lines

    def _embed_lines(self, raws: list[msgspec.Raw], width: int) -> list[list[Piece]]:
        if not raws:
            return []
        palette = self._palette
        lines: list[list[Piece]] = []
        for item in embed.read(raws):
            bar = Piece("┃ ", palette.role_colour(item.color) if item.color else palette.style("dim"))
            for text in item.markdown():
                lines += self._barred_lines(text, bar, width)
        return lines or [[Piece(fit("▤ something that a terminal cannot show", width), palette.style("dim"))]]

    def _barred_lines(self, text: str, bar: Piece, width: int) -> list[list[Piece]]:
        """A stranger's text with a bar before each line."""
        lines: list[list[Piece]] = []
        for block in markup.parse(text[:MAX_SHOWN_CHARACTERS], self._names):
            if isinstance(block, CodeBlock):
                inner = self._code_lines(block, max(4, width - 2))
            else:
                inner = self._paragraph_lines(block, max(4, width - 2), self._palette.style("text"), is_revealed=False)
            lines += [[bar, *line] for line in inner]
        return lines

    def _reactions(self, message: Message, width: int) -> list[Piece]:
        if message.reactions is UNSET or not message.reactions:
            return []
        pieces: list[Piece] = []
        used = 0
        for reaction in message.reactions[:MAX_REACTIONS]:
            text = f" {safe_name(reaction.emoji.name or '', '?')[:16]} {reaction.count} "
            if used + cell_len(text) + 1 > width:
                break
            pieces += [Piece(text, self._palette.style("mention" if reaction.me else "chip")), Piece(" ", Style())]
            used += cell_len(text) + 1
        return pieces

    def _failure_lines(self, entry: Entry, width: int) -> list[list[Piece]]:
        palette = self._palette
        reason = self._names.error_of(entry).rstrip(".")
        sentence = f"not sent: {reason}." if reason else "not sent."
        lines = wrap([Piece(sentence, palette.style("bad"))], width)
        buttons = [
            Piece(" enter to retry ", palette.style("chip-bad"), "retry"),
            Piece(" ", Style()),
            Piece(" e to edit ", palette.style("chip"), "edit"),
            Piece(" ", Style()),
            Piece(" d to discard ", palette.style("chip"), "discard"),
        ]
        return [*lines, *(wrap(buttons, width) if width < 46 else [buttons])]

    def _code_lines(self, block: CodeBlock, width: int) -> list[list[Piece]]:
        style = self._palette.style("code")
        inner = max(2, width - 4)
        lines: list[list[Piece]] = []
        for text in block.lines[: MAX_SHOWN_LINES + 1]:
            for part in _chop(text, inner):
                lines.append([Piece("  " + part + " " * (inner - cell_len(part)) + "  ", style)])
        return lines

    def _paragraph_lines(self, block: Paragraph, width: int, base: Style, *, is_revealed: bool) -> list[list[Piece]]:
        pieces = [self._piece(span, base, is_revealed=is_revealed) for span in block.spans]
        if not block.is_quote:
            return wrap(pieces, width)
        bar = Piece("▏ ", self._palette.style("quote-bar"))
        return [[bar, *line] for line in wrap(pieces, width - 2)]

    def _piece(self, span: Span, base: Style, *, is_revealed: bool) -> Piece:
        palette = self._palette
        mark = span.mark
        if Mark.SPOILER in mark and not is_revealed:
            # The text itself must not reach the terminal: it could be selected and copied there.
            hidden = "".join(" " if character == " " else "▒" * cell_len(character) for character in span.text)
            return Piece(hidden, palette.style("spoiler"), "reveal")
        style = base
        action = None
        if Mark.CODE in mark:
            style = palette.style("code")
        elif Mark.LINK in mark:
            style = palette.style("link") + Style(link=span.target)
            action = f"link:{span.target}"
        elif Mark.MENTION_OF_ME in mark:
            style = palette.style("mention-of-me")
        elif Mark.MENTION in mark:
            style = palette.style("mention")
        elif Mark.CHANNEL in mark:
            style = palette.style("mention")
            action = f"channel:{span.target}"
        elif Mark.SUBTLE in mark:
            style = palette.style("dim")
        attributes = Style(
            bold=True if Mark.BOLD in mark else None,
            italic=True if Mark.ITALIC in mark else None,
            underline=True if Mark.UNDERLINE in mark else None,
            strike=True if Mark.STRIKE in mark else None,
        )
        return Piece(span.text, style + attributes, action)

    def _actions(self, message: Message) -> list[str]:
        """Return what can be done with a message, in the order of its buttons."""
        if message.type not in WRITTEN:
            return ["reply"] if message.type == MessageType.MEMBER_JOIN else []
        words = ["reply", "copy"]
        if self._names.is_me(message.author.id):
            words[1:1] = ["edit"]
        if self._names.may_delete(message):
            words.append("delete")
        return words

    def _with_actions(self, line: Line, entry: Entry, look: EntryLook) -> Line:
        """Put what can be done with the selected message at the right end of its first line, for the mouse."""
        palette = self._palette
        background = palette.background("cursor")
        chips = LineBuilder(background).space()
        if not look.starts_group:
            chips.add(clock(written_at(entry.message), is_12h=look.is_12h), palette.style("dim")).space(2)
        if entry.delivery is Delivery.CONFIRMED:
            for word in self._actions(entry.message):
                chips.add(f" {word} ", palette.style("chip-bad" if word == "delete" else "chip"), word).space()
        start = look.width - chips.cells
        if start < GUTTER + 6:
            return line
        builder = LineBuilder(background)
        for text, style, _ in line.strip.crop(0, start):
            builder.add(text, style or Style(), None)
        shifted = chips.build(chips.cells)
        for text, style, _ in shifted.strip:
            builder.add(text, style or Style())
        drawn = builder.build(look.width)
        zones = [zone for zone in line.zones if zone.end <= start]
        zones += [type(zone)(zone.start + start, zone.end + start, zone.action) for zone in shifted.zones]
        return Line(drawn.strip, tuple(zones))


def _chop(text: str, width: int) -> list[str]:
    """Cut a line of code at the width, wherever that is: code keeps its blanks."""
    parts: list[str] = []
    used, start = 0, 0
    for index, character in enumerate(text):
        cells = cell_len(character)
        if used + cells > width:
            parts.append(text[start:index])
            start, used = index, 0
        used += cells
    parts.append(text[start:])
    return parts
