"""A message's poll as lines: its answers with their votes, what can be done with it, and how long it lasts."""

from datetime import UTC, datetime

import msgspec
from rich.cells import cell_len
from rich.style import Style

from tuichat.protocol.message import Message
from tuichat.protocol.poll import Poll, PollAnswer, PollAnswerCount, PollResults
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext
from tuichat.tui.messages.chips import NO_NUMBERS, Numbers, chip, flow
from tuichat.tui.messages.drawing import Drawing, Pieces, with_bar
from tuichat.tui.widgets.line import fit
from tuichat.tui.wrap import Piece

MAX_ANSWERS = 10  # of a poll, as on the wire
MAX_TEXT_CHARACTERS = 300
BAR_CELLS = 10
MIN_WIDTH_OF_BAR = 40  # below it the bars are left out (taste)


class PollTime(msgspec.Struct, frozen=True):
    """How long a poll takes votes, in words that are empty where it does not say."""

    words: str = ""
    is_over: bool = False


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


def poll_time(message: Message, now: datetime) -> PollTime:
    poll = message.poll
    if not isinstance(poll, Poll):
        return PollTime()
    if is_ended(poll, now):
        return PollTime(_("ended"), is_over=True)
    moment = _expiry(poll)
    return PollTime() if moment is None else PollTime(_left(moment, now))


def _left(moment: datetime, now: datetime) -> str:
    minutes = int((moment - now).total_seconds() // 60)
    if minutes < 1:
        return _("ends within a minute")
    if minutes < 60:
        return ngettext("{count} minute left", "{count} minutes left", minutes).format(count=minutes)
    hours = minutes // 60
    if hours < 48:
        return ngettext("{count} hour left", "{count} hours left", hours).format(count=hours)
    return ngettext("{count} day left", "{count} days left", hours // 24).format(count=hours // 24)


def is_ended(poll: Poll, now: datetime) -> bool:
    if isinstance(poll.results, PollResults) and poll.results.is_finalized:
        return True
    moment = _expiry(poll)
    return moment is not None and moment <= now


def answer_text(answer: PollAnswer) -> str:
    """Return an answer as a stranger wrote it, in one safe line."""
    emoji = answer.poll_media.emoji
    sign = emoji.name if emoji and emoji.name else ""
    if emoji and emoji.id is not None and sign:
        sign = f":{sign}:"
    text = answer.poll_media.text
    words = text if isinstance(text, str) else ""
    return safe_line(f"{sign[:40]} {words[:MAX_TEXT_CHARACTERS]}") or _("(no text)")


def question_text(poll: Poll) -> str:
    text = poll.question.text
    return safe_line(text[:MAX_TEXT_CHARACTERS] if isinstance(text, str) else "") or _("(no question)")


def _expiry(poll: Poll) -> datetime | None:
    try:
        moment = datetime.fromisoformat(poll.expiry or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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
