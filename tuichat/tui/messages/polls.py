"""A message's poll as lines: its answers with their votes, what can be done with it, and how long it lasts."""

from rich.cells import cell_len
from rich.style import Style

from tuichat.protocol.message import Message
from tuichat.protocol.poll import Poll, PollAnswer, PollAnswerCount, PollResults
from tuichat.text.poll_words import MAX_ANSWERS, PollTime, answer_text, question_text
from tuichat.translation import _, ngettext
from tuichat.tui.messages.chips import NO_NUMBERS, Numbers, chip, flow
from tuichat.tui.messages.drawing import Drawing, Pieces, with_bar
from tuichat.tui.widgets.line import fit
from tuichat.tui.wrap import Piece

BAR_CELLS = 10
MIN_WIDTH_OF_BAR = 40  # below it the bars are left out (taste)


def poll_lines(
    drawing: Drawing,
    message: Message,
    width: int,
    time: PollTime,
    *,
    numbers: Numbers | None = None,
    deeds: bool = False,
) -> list[Pieces]:
    """Return the lines; without `numbers` nobody can vote. With `deeds` they tell what else can be done with it."""
    poll = message.poll
    if not isinstance(poll, Poll):
        return []
    drawer = _PollDrawer(drawing, poll, time, max(4, width - 2))
    lines = drawer.lines(numbers)
    if deeds:
        lines += drawer.deeds(is_mine=drawing.names.is_me(message.author.id))
    return with_bar(drawing.dim_bar(), lines)


class _PollDrawer:
    def __init__(self, drawing: Drawing, poll: Poll, time: PollTime, width: int) -> None:
        self._time = time
        self._drawing = drawing
        self._palette = drawing.palette
        self._poll = poll
        self._width = width
        results = poll.results if isinstance(poll.results, PollResults) else None
        self._counts = {} if results is None else {count.id: count for count in results.answer_counts}
        self._is_counted = results is not None
        self._total = sum(max(0, count.count) for count in self._counts.values())
        self._most = max((count.count for count in self._counts.values()), default=0)

    def lines(self, numbers: Numbers | None) -> list[Pieces]:
        poll, palette = self._poll, self._palette
        is_open = not self._time.is_over
        lines: list[Pieces] = [[Piece(fit(question_text(poll), self._width), palette.style("bright"))]]
        for answer in poll.answers[:MAX_ANSWERS]:
            lines.append(self._answer(answer, numbers or NO_NUMBERS, can_vote=is_open and numbers is not None))
        words = [ngettext("{count} vote", "{count} votes", self._total).format(count=self._total)]
        if not self._is_counted:
            words = [_("the votes are not counted")]
        if poll.allow_multiselect and is_open:
            words.append(_("several answers"))
        if self._time.words:
            words.append(self._time.words)
        lines.append([self._drawing.dim(fit(" · ".join(words), self._width))])
        return lines

    def _answer(self, answer: PollAnswer, numbers: Numbers, *, can_vote: bool) -> Pieces:
        palette, poll = self._palette, self._poll
        count = self._counts.get(answer.answer_id) or PollAnswerCount(id=answer.answer_id, count=0)
        action = f"vote:{answer.answer_id}" if can_vote else None
        number = numbers.take() if can_vote else ""
        marks = ("[ ]", "[x]") if poll.allow_multiselect else ("○", "●")
        has_won = not can_vote and self._most > 0 and count.count == self._most
        style = palette.style("accent-bold" if count.me_voted else "bright" if has_won else "text")
        head = [Piece(f"{number} ", palette.style("accent-bold"), action)] if number else []
        head.append(Piece(f"{marks[count.me_voted]} ", style, action))
        after = self._votes(count, has_won=has_won) if self._is_counted else []
        room = self._width - sum(cell_len(piece.text) for piece in (*head, *after))
        text = fit(answer_text(answer), max(1, room))
        filled = " " * max(0, room - cell_len(text))
        return [*head, Piece(text, style, action), Piece(filled, Style(), action), *after]

    def _votes(self, count: PollAnswerCount, *, has_won: bool) -> Pieces:
        share = max(0, count.count) / self._total if self._total else 0.0
        tail = f" {round(share * 100):3} % {min(max(0, count.count), 99_999):>4}{' ✓' if has_won else '  '}"
        if self._width < MIN_WIDTH_OF_BAR:
            return [self._drawing.dim(tail)]
        full = round(share * BAR_CELLS)
        return [
            Piece("█" * full, self._palette.style("accent")),
            Piece("░" * (BAR_CELLS - full), self._palette.style("line")),
            self._drawing.dim(tail),
        ]

    def deeds(self, *, is_mine: bool) -> list[Pieces]:
        """Return what else can be done with it."""
        is_open = not self._time.is_over
        chips = [chip(self._palette, _("who voted"), "poll:who")]
        if is_open and any(count.me_voted for count in self._counts.values()):
            chips.append(chip(self._palette, _("take my vote back"), "poll:unvote"))
        if is_open and is_mine:
            chips.append(chip(self._palette, _("end it now"), "poll:end", style="chip-bad"))
        return flow(chips, self._width)
