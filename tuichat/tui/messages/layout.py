"""Draws one message as lines of a width; pure, so that what is drawn once may be kept."""

from datetime import date, datetime
from functools import partial

import msgspec
from msgspec import UNSET
from rich.cells import cell_len
from rich.style import Style

from tuichat.client.state import Answer, Delivery, Entry, Pending
from tuichat.protocol.message import WRITTEN_TYPES, Message, MessageFlag, MessageInteraction, MessageType
from tuichat.text import big_emojis, markup
from tuichat.text.channel_names import ChannelNames
from tuichat.text.message_time import Clock, clock, day_name, written_at
from tuichat.text.poll_words import PollTime
from tuichat.text.safe_text import safe_name
from tuichat.text.system_words import system_words
from tuichat.translation import N_, _
from tuichat.tui.faults import log_fault
from tuichat.tui.hues import PeopleHues
from tuichat.tui.images.gallery import Gallery
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.images.source import of_avatar
from tuichat.tui.messages.attachments import attachment_lines
from tuichat.tui.messages.big_emoji_lines import big_emoji_lines
from tuichat.tui.messages.chips import Numbers, chip, flow
from tuichat.tui.messages.component_lines import component_lines
from tuichat.tui.messages.drawing import MAX_SHOWN_CHARACTERS, MAX_SHOWN_LINES, Drawing, Pieces
from tuichat.tui.messages.embeds import embed_lines
from tuichat.tui.messages.forwards import forwarded_lines
from tuichat.tui.messages.polls import poll_lines
from tuichat.tui.messages.reactions import reaction_lines
from tuichat.tui.messages.threads import thread_lines
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.wrap import Piece, wrap

GUTTER = 2  # the bar in the author's colour, and a blank
GROUP_S = 7 * 60  # messages of one author within this time share a head (taste)
MAX_QUOTED_CHARACTERS = 400  # of what is answered: more than a line has (taste)
LEAD = 21  # cells of time, name and bar in compact mode (taste)
MIN_WIDTH_OF_LEAD = 56  # below it names stand above their messages in compact mode, too (taste)
WRITTEN = WRITTEN_TYPES  # by people and bots; the server tells the others


# What can be done with a message: a word for the program, and one for people.
OFFERED = {
    "reply": N_("reply"),
    "edit": N_("edit"),
    "react": N_("react"),
    "copy": N_("copy"),
    "delete": N_("delete"),
    "dismiss": N_("dismiss"),
    "menu": N_("menu"),
    "open": N_("open"),
    "unpin": N_("unpin"),
}


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
    is_compact: bool = False
    poll: PollTime = PollTime()
    now: datetime | None = None  # to the minute, where the message tells how far moments are from it
    place: str = ""  # where it was written, told above it
    offers: tuple[str, ...] | None = (
        None  # its buttons while it is selected; None for what can be done with any message
    )


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


def _lead_cells(look: EntryLook) -> int:
    """Return the width of the column of times and names; 0 where there is no room for one, or it is not wanted."""
    return LEAD if look.is_compact and look.width >= MIN_WIDTH_OF_LEAD else 0


def _with_text(builder: LineBuilder, pieces: Pieces, width: int) -> Line:
    is_picture = bool(pieces) and pieces[0].action is not None and pieces[0].action.startswith("file:view:")
    start = width if is_picture else builder.cells  # a picture has no text that could be copied
    for piece in pieces:
        builder.add(piece.text, piece.style, piece.action)
    joins = next((piece.joins for piece in pieces if piece.joins is not None), None)
    return builder.build(width, text_start=start, joins=joins)


def _ephemeral_lines(drawing: Drawing, width: int) -> list[Pieces]:
    words = drawing.dim(_("only you can see this"))
    return flow([[words], chip(drawing.palette, _("dismiss"), "dismiss")], width)


class MessageLayout:
    """Draws the messages of one channel."""

    def __init__(self, names: ChannelNames, palette: Palette, gallery: Gallery | None = None) -> None:
        self._names = names
        self._palette = palette
        self._gallery = gallery
        self._hues = PeopleHues()

    def lines(self, entry: Entry, look: EntryLook) -> list[Line]:
        lines: list[Line] = []
        plain = self._palette.background("main")
        blank = [] if look.is_compact else [LineBuilder(plain).build(look.width)]
        if look.starts_group or look.day or look.is_first_new:
            lines += blank
        if look.day:
            lines += [self._date_line(look.day, look), *blank]
        if look.is_first_new:
            lines.append(self._new_line(look.width))
        if look.place:
            lines.append(self._place_line(look))
        try:
            body = self._body(entry, look)
            if look.is_selected and body:
                body[0] = self._with_actions(body[0], entry, look)
        except Exception as error:  # one message that we cannot draw must not take the others with it
            log_fault(f"drawing message {int(entry.message.id)}", error)
            body = [self._placeholder(look)]
        return lines + body

    def _placeholder(self, look: EntryLook) -> Line:
        """Return what stands for a message that cannot be drawn."""
        builder = LineBuilder(self._palette.background("cursor" if look.is_selected else "main"))
        words = _("✕ this message cannot be shown; `tuichat logs` says where it failed")
        builder.add(fit(words, look.width), self._palette.style("bad"))
        return builder.build(look.width, text_start=min(2, look.width))

    def _date_line(self, day: date, look: EntryLook) -> Line:
        text = f" {day_name(day, look.today)} "
        side = max(0, look.width - cell_len(text)) // 2
        builder = LineBuilder(self._palette.background("main"))
        builder.add("─" * side, self._palette.style("line")).add(text, self._palette.style("dim"))
        return builder.add("─" * max(0, look.width - builder.cells), self._palette.style("line")).build(look.width)

    def _place_line(self, look: EntryLook) -> Line:
        builder = LineBuilder(self._palette.background("main"))
        return builder.add(fit(look.place, look.width), self._palette.style("muted")).build(look.width)

    def _new_line(self, width: int) -> Line:
        builder = LineBuilder(self._palette.background("main"))
        builder.add("─" * max(0, width - 5), self._palette.style("bad-line"))
        return builder.add(_(" NEW "), self._palette.style("badge")).build(width)

    def _body(self, entry: Entry, look: EntryLook) -> list[Line]:
        message = entry.message
        if message.type not in WRITTEN:
            return [self._event_line(entry, look)]
        colour = self._colour(entry)
        lines: list[Line] = []
        if message.message_reference is not UNSET:
            lines.append(self._reply_line(message, entry, look))
        elif isinstance(message.interaction, MessageInteraction):
            lines.append(self._command_line(message.interaction, entry, look))
        lead = _lead_cells(look)
        if lead:
            for number, pieces in enumerate(self._text_lines(entry, look, look.width - lead)):
                lines.append(self._with_lead(pieces, entry, look, colour, is_first=number == 0))
            return lines
        if look.starts_group:
            lines.append(self._head(entry, look, colour))
        for pieces in self._text_lines(entry, look, look.width - GUTTER):
            lines.append(self._with_gutter(pieces, entry, look, colour))
        return lines

    def _with_lead(self, pieces: Pieces, entry: Entry, look: EntryLook, colour: Style, *, is_first: bool) -> Line:
        """Put time and name in a column before the text, as line-based clients do."""
        builder = LineBuilder(self._background(entry, look))
        lead = _lead_cells(look)
        if is_first and look.starts_group:
            time = clock(written_at(entry.message), is_12h=look.is_12h)
            name = fit(self._names.author(entry), lead - cell_len(time) - GUTTER - 2)
            builder.add(time, self._palette.style("dim"))
            builder.space_to(lead - GUTTER - 1 - cell_len(name)).add(name, colour + Style(bold=True))
        builder.space_to(lead - GUTTER)
        self._bar(builder, entry, self._palette.style("line"))
        return _with_text(builder, pieces, look.width)

    def _background(self, entry: Entry, look: EntryLook) -> Style:
        if look.is_selected:
            return self._palette.background("cursor")
        return self._palette.background("mentioned" if self._names.mentions_me(entry.message) else "main")

    def _colour(self, entry: Entry) -> Style:
        rgb = self._names.role_colour(entry)
        return self._palette.role_colour(rgb) if rgb else self._hue(entry.message.author.id)

    def _hue(self, user_id: int) -> Style:
        return self._palette.hue(self._hues.of(user_id, self._names.member_ids()))

    def _bar(self, builder: LineBuilder, entry: Entry, colour: Style) -> LineBuilder:
        if entry.delivery is Delivery.FAILED:
            colour = self._palette.style("bad")
        elif self._names.mentions_me(entry.message):
            colour = self._palette.style("warn")
        return builder.add("▎", colour).space()

    def _head(self, entry: Entry, look: EntryLook, colour: Style) -> Line:
        palette = self._palette
        author = entry.message.author
        action = f"user:{int(author.id)}" if entry.message.webhook_id is UNSET else None
        builder = LineBuilder(self._background(entry, look))
        portrait = self._portrait(entry)
        if portrait is None:
            self._bar(builder, entry, colour)
        else:
            builder.add(portrait.text, portrait.style, action)
        builder.add(fit(self._names.author(entry), max(4, look.width - 16)), colour + Style(bold=True), action)
        if author.bot or entry.message.webhook_id is not UNSET:
            builder.space().add(_(" bot "), palette.style("badge-quiet"))
        moment = written_at(entry.message)
        builder.space(2).add(clock(moment, is_12h=look.is_12h), palette.style("dim"))
        return builder.build(look.width, text_start=GUTTER)

    def _portrait(self, entry: Entry) -> Piece | None:
        """Return the author's picture in the cells of the bar, where the terminal draws one that small and the bar tells nothing."""
        if self._gallery is None or self._gallery.mode is not ImageMode.KITTY:
            return None
        if entry.delivery is not Delivery.CONFIRMED or self._names.mentions_me(entry.message):
            return None
        source = of_avatar(entry.message.author)
        lines = None if source is None else self._gallery.lines_in(source, GUTTER, 1, entry.key)
        return lines[0][0] if lines and lines[0] else None

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
        builder = LineBuilder(self._background(entry, look))
        builder.space(_lead_cells(look) - GUTTER).add("╭─ ", palette.style("dim"))
        original = message.referenced_message
        if message.message_snapshots is not UNSET:
            builder.add("forwarded", palette.style("dim"))
        elif message.flags & MessageFlag.IS_CROSSPOST:
            builder.add(_("published in a channel that this one follows"), palette.style("dim"))
        elif isinstance(original, Message):
            name = self._names.name_of(original.author)
            builder.add(fit(name, look.width // 3), self._hue(original.author.id), f"jump:{original.id}").space()
            text = markup.beginning(original.content, self._names, MAX_QUOTED_CHARACTERS) or _("(no text)")
            builder.add(fit(text, max(1, look.width - builder.cells)), palette.style("dim"), f"jump:{original.id}")
        else:
            words = (
                _("the message this answers was deleted") if original is None else _("a message that is not shown here")
            )
            builder.add(fit(words, max(1, look.width - builder.cells)), palette.style("dim"))
        return builder.build(look.width)

    def _command_line(self, interaction: MessageInteraction, entry: Entry, look: EntryLook) -> Line:
        """Return who used which command to get this answer."""
        builder = LineBuilder(self._background(entry, look))
        builder.space(_lead_cells(look) - GUTTER).add("╭─ ", self._palette.style("dim"))
        user = interaction.user
        hue = self._hue(user.id)
        builder.add(fit(self._names.name_of(user), look.width // 3), hue, f"user:{int(user.id)}")
        words = _("used {command}").format(command=f"/{safe_name(interaction.name)}")
        builder.space().add(fit(words, max(1, look.width - builder.cells)), self._palette.style("dim"))
        return builder.build(look.width)

    def _with_gutter(self, pieces: Pieces, entry: Entry, look: EntryLook, colour: Style) -> Line:
        return _with_text(self._bar(LineBuilder(self._background(entry, look)), entry, colour), pieces, look.width)

    def _text_lines(self, entry: Entry, look: EntryLook, width: int) -> list[Pieces]:
        palette = self._palette
        message = entry.message
        width = max(4, width)
        base = palette.style("text" if entry.delivery is Delivery.CONFIRMED else "muted")
        if self._names.is_blocked(message.author.id) and not look.is_revealed:
            words = _("from somebody you blocked: a click or enter shows it")
            return [[Piece(fit(words, width), palette.style("dim"), "reveal")]]
        content = message.content
        cut = len(content) > MAX_SHOWN_CHARACTERS
        drawing = Drawing(self._names, palette, self._gallery, entry.key, Clock(look.today, look.is_12h, look.now))
        emojis = big_emojis.read(content)
        if emojis:
            lines = big_emoji_lines(drawing, emojis, width, has_air=not look.is_compact)
        else:
            lines = drawing.markdown(content, width, base, is_revealed=look.is_revealed) if content else []
        if content:
            self._mark_edited(message, lines, width)
        # What was not sent yet, and what was found elsewhere, is looked at alone.
        can_press = entry.delivery is Delivery.CONFIRMED and look.offers is None
        numbers = Numbers(is_shown=look.is_selected and can_press)
        pressed = numbers if can_press else None
        deeds = look.is_selected and can_press
        poll = partial(poll_lines, drawing, message, width, look.poll, numbers=pressed, deeds=deeds)
        lines += drawing.part("the poll", width, poll)
        lines += drawing.part("what is forwarded", width, partial(forwarded_lines, drawing, message, width))
        embeds = partial(embed_lines, drawing, message.embeds, width, is_revealed=look.is_revealed)
        lines += drawing.part("the embeds", width, embeds)
        pending = self._names.pending_at(message)
        parts = partial(component_lines, drawing, message.components, width, numbers=pressed, pending=pending)
        lines += drawing.part("the components", width, partial(parts, is_revealed=look.is_revealed))
        if len(lines) > MAX_SHOWN_LINES:
            lines, cut = lines[:MAX_SHOWN_LINES], True
        if not content:
            self._mark_edited(message, lines, width)
        if cut:
            lines.append(
                [
                    Piece(
                        _("… {count} characters; the rest is not shown").format(count=len(content)),
                        palette.style("dim"),
                    )
                ]
            )
        files = partial(attachment_lines, drawing, message.attachments, width, entry.key, is_selected=look.is_selected)
        lines += drawing.part("the files", width, partial(files, is_revealed=look.is_revealed))
        if not lines:
            is_loading = message.flags & MessageFlag.LOADING
            lines.append([Piece(_("is thinking …") if is_loading else _("(no text)"), palette.style("dim"))])
        if message.flags & MessageFlag.EPHEMERAL:
            lines += _ephemeral_lines(drawing, width)
        if pending is not None:
            lines.append(self._pending_line(pending, width))
        lines += drawing.part("the reactions", width, partial(reaction_lines, drawing, message, width, numbers))
        lines += drawing.part("the thread", width, partial(thread_lines, drawing, message, width))
        if entry.delivery is Delivery.FAILED:
            lines += self._failure_lines(entry, width)
        return lines

    def _mark_edited(self, message: Message, lines: list[Pieces], width: int) -> None:
        """Say behind the last of these lines, or below it, that the message is not as it was written."""
        if not message.edited_timestamp or not lines:
            return
        mark = Piece(" " + _("(edited)"), self._palette.style("dim"))
        if sum(cell_len(piece.text) for piece in lines[-1]) + cell_len(mark.text) <= width:
            lines[-1].append(mark)
        else:
            lines.append([Piece(_("(edited)"), mark.style)])

    def _pending_line(self, pending: Pending, width: int) -> Pieces:
        """Return what became of what was pressed last."""
        if pending.answer is Answer.AWAITED:
            return [Piece(fit(_("… the bot is told"), width), self._palette.style("dim"))]
        return [Piece(fit(f"✕ {_('the bot did not answer in time')}", width), self._palette.style("bad"))]

    def _failure_lines(self, entry: Entry, width: int) -> list[Pieces]:
        palette = self._palette
        reason = self._names.error_of(entry).rstrip(".")
        sentence = _("not sent: {reason}.").format(reason=reason) if reason else _("not sent.")
        lines = wrap([Piece(sentence, palette.style("bad"))], width)
        buttons = [
            Piece(_(" enter to retry "), palette.style("chip-bad"), "retry"),
            Piece(" ", Style()),
            Piece(_(" e to edit "), palette.style("chip"), "edit"),
            Piece(" ", Style()),
            Piece(_(" d to discard "), palette.style("chip"), "discard"),
        ]
        return [*lines, *(wrap(buttons, width) if width < 46 else [buttons])]

    def _actions(self, message: Message) -> list[str]:
        """Return what can be done with a message, in the order of its buttons."""
        if message.flags & MessageFlag.EPHEMERAL:
            return ["copy", "dismiss", "menu"]
        if message.type not in WRITTEN:
            return ["reply"] if message.type == MessageType.MEMBER_JOIN else []
        words = ["reply", "react", "copy"]
        if self._names.is_me(message.author.id):
            words[2:2] = ["edit"]
        if self._names.may_delete(message):
            words.append("delete")
        return [*words, "menu"]

    def _with_actions(self, line: Line, entry: Entry, look: EntryLook) -> Line:
        """Put what can be done with the selected message at the right end of its first line, for the mouse."""
        palette = self._palette
        background = palette.background("cursor")
        chips = LineBuilder(background).space()
        if not look.starts_group:
            chips.add(clock(written_at(entry.message), is_12h=look.is_12h), palette.style("dim")).space(2)
        if entry.delivery is Delivery.CONFIRMED:
            for word in self._actions(entry.message) if look.offers is None else look.offers:
                chip = palette.style("chip-bad" if word in ("delete", "unpin") else "chip")
                chips.add(f" {_(OFFERED[word])} ", chip, word).space()
        start = look.width - chips.cells
        if start < GUTTER + 6:  # no room for all of them: the menu has them
            chips = LineBuilder(background).space()
            if not look.starts_group:
                chips.add(clock(written_at(entry.message), is_12h=look.is_12h), palette.style("dim")).space(2)
            chips.add(_(" menu "), palette.style("chip"), "menu").space()
            start = look.width - chips.cells
            if start < GUTTER + 6 or entry.delivery is not Delivery.CONFIRMED or look.offers is not None:
                return line
        builder = LineBuilder(background)
        for text, style, _control in line.strip.crop(0, start):
            builder.add(text, style or Style(), None)
        shifted = chips.build(chips.cells)
        for text, style, _control in shifted.strip:
            builder.add(text, style or Style())
        drawn = builder.build(look.width)
        zones = [zone for zone in line.zones if zone.end <= start]
        zones += [type(zone)(zone.start + start, zone.end + start, zone.action) for zone in shifted.zones]
        return Line(drawn.strip, tuple(zones), line.text_start, line.joins)
