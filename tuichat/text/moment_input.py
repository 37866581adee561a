"""Reads moments as people type them: "tomorrow 20:00", "friday 8pm", "2026-12-01 20:00", "in 2 hours"."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tuichat.errors import TuichatError
from tuichat.protocol.json import printable
from tuichat.text.date_words import DAYS, MONTHS, SHORT_MONTHS
from tuichat.text.message_time import clock, day_name
from tuichat.translation import N_, _

MAX_CHARACTERS = 80
LONGEST = timedelta(days=366)  # of a span
TODAY, TOMORROW = N_("today"), N_("tomorrow")
_FILLERS = (N_("at"), N_("on"), N_("next"), N_("the"), N_("of"))
_IN, _NOON, _MIDNIGHT = N_("in"), N_("noon"), N_("midnight")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")
_SLASHED_DAY = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}))?")
_CLOCK = re.compile(r"(\d{1,2})(?:[:h.](\d{2}))?(?::\d{2})?\s*(am|pm|a\.m\.|p\.m\.|h)?")
_SPAN_PART = re.compile(r"(\d{1,4})\s*([^\W\d_]+)")
_NUMBER = re.compile(r"(\d{1,4})(?:st|nd|rd|th|er|e|\.)?")
_UNITS = {
    "minutes": ("m", "min", "mins", N_("minute"), N_("minutes")),
    "hours": ("h", "hr", "hrs", N_("hour"), N_("hours")),
    "days": ("d", N_("day"), N_("days")),
    "weeks": ("w", N_("week"), N_("weeks")),
}


class MomentError(TuichatError):
    """What was typed is no moment; the sentence says what of it was understood."""


@dataclass(slots=True)
class _Reading:
    """What was understood so far."""

    day: date | None = None
    time_of_day: time | None = None
    moment: datetime | None = None  # of "in 2 hours"


def read_moment(typed: str, now: datetime) -> datetime:
    """Return the moment that was typed, by the clock of `now`, which has a zone. Raises MomentError.

    Without a day it is the next such time of day; without a year the next such day. A time that the clock leaves out, as it
    goes forward, is by the offset before.
    """
    reading, rest = _Reading(), _plain(typed)
    if not rest:
        raise MomentError(_("Write when: {examples}.").format(examples=_examples()))
    rest = rest.replace("t", " ", 1) if re.match(r"\d{4}-\d\d?-\d\d?t\d", rest) else rest
    words = rest.replace(",", " ").split()
    while words:
        taken = _take(words, reading, now)
        if not taken:
            raise MomentError(_not_understood(typed, " ".join(words), reading, now))
        words = words[taken:]
    if reading.moment is not None and reading.time_of_day is None:
        return reading.moment
    if reading.moment is not None:
        reading.day = reading.moment.date()
    if reading.time_of_day is None:
        raise MomentError(_not_understood(typed, "", reading, now))
    return _joined(reading.day, reading.time_of_day, now)


def read_end(typed: str, start: datetime) -> datetime:
    """Return when something ends that begins at `start`: after a span ("2h", "90 min"), or at a moment. Raises MomentError."""
    span = read_span(typed)
    if span is not None:
        return _shifted(start, span)
    end = read_moment(typed, start)
    if end <= start:
        words = _("{typed} is before it begins, {start}.")
        raise MomentError(words.format(typed=printable(typed.strip()), start=moment_said(start, start.date())))
    return end


def read_span(typed: str) -> timedelta | None:
    """Return a length of time that was typed, as "1h30", "90 min" or "2 hours"; None for what is none."""
    text = _plain(typed)
    half = re.fullmatch(r"(\d{1,3})h(\d{2})", text)
    if half is not None:
        return timedelta(hours=int(half[1]), minutes=int(half[2]))
    total, end = timedelta(), 0
    for part in _SPAN_PART.finditer(text):
        unit = _unit(part[2])
        if unit is None or text[end : part.start()].strip():
            return None
        total, end = total + timedelta(**{unit: int(part[1])}), part.end()
    return total if total and not text[end:].strip() and total <= LONGEST else None


def moment_said(moment: datetime, today: date) -> str:
    """Return a moment in full, as one reads it back to check it."""
    return f"{day_name(moment.date(), date.min if moment.date() != today else today)} {clock(moment, is_12h=False)}"


def _take(words: list[str], reading: _Reading, now: datetime) -> int:
    """Understand the first of the words; return how many were."""
    word = words[0]
    if word in _said(*_FILLERS):
        return 1
    if word in _said(_IN) and reading.moment is None:
        for count in range(len(words), 1, -1):
            span = read_span(" ".join(words[1:count]))
            if span is not None:
                reading.moment = _shifted(now, span)
                return count
        return 0
    if reading.time_of_day is None and (found := _time_of(words)) is not None:
        reading.time_of_day, taken = found
        return taken
    if reading.day is None and (day := _day_of(words, now)) is not None:
        reading.day, taken = day
        return taken
    return 0


def _time_of(words: list[str]) -> tuple[time, int] | None:
    """A time of day, and how many words it has."""
    if words[0] in _said(_NOON):
        return time(12), 1
    if words[0] in _said(_MIDNIGHT):
        return time(0), 1
    for count in (2, 1):
        text = " ".join(words[:count])
        found = _CLOCK.fullmatch(text) if len(words) >= count else None
        if found is None:
            continue
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").replace(".", "")
        if found[2] is None and not half:
            continue  # a bare number may be a day
        if half in ("am", "pm"):
            if not 1 <= hour <= 12:
                continue
            hour = hour % 12 + (12 if half == "pm" else 0)
        if hour <= 23 and minute <= 59:
            return time(hour, minute), count
    return None


def _day_of(words: list[str], now: datetime) -> tuple[date, int] | None:
    """A day, and how many words it has."""
    word, today = words[0], now.date()
    if word in _said(TODAY):
        return today, 1
    if word in _said(TOMORROW):
        return today + timedelta(days=1), 1
    weekday = _place(word, DAYS)
    if weekday is not None:
        named = _named_day(words[1:], today)
        ahead = (weekday - today.weekday()) % 7 or 7
        return (named[0], named[1] + 1) if named is not None else (today + timedelta(days=ahead), 1)
    return _named_day(words, today)


def _named_day(words: list[str], today: date) -> tuple[date, int] | None:
    """A day by its number and month, whichever comes first, and how many words it has."""
    if not words:
        return None
    found = _numbered_day(words[0], today)
    if found is not None:
        return found, 1
    numbers = [_NUMBER.fullmatch(word) for word in words[:3]]
    for month_at, day_at in ((1, 0), (0, 1)):
        if len(words) < 2 or numbers[day_at] is None:
            continue
        month = _place(words[month_at].rstrip("."), MONTHS, SHORT_MONTHS)
        if month is not None:
            number = int(numbers[day_at][1])  # type: ignore[index]  # looked at above
            year = int(words[2]) if len(words) > 2 and re.fullmatch(r"\d{4}", words[2]) else None
            day = _date(year, month + 1, number, today)
            return None if day is None else (day, 2 if year is None else 3)
    return None


def _numbered_day(word: str, today: date) -> date | None:
    if (iso := _ISO_DAY.fullmatch(word)) is not None:
        return _date(int(iso[1]), int(iso[2]), int(iso[3]), today)
    if (dotted := _DOTTED_DAY.fullmatch(word)) is not None:
        return _date(int(dotted[3]) if dotted[3] else None, int(dotted[2]), int(dotted[1]), today)
    slashed = _SLASHED_DAY.fullmatch(word)
    if slashed is None:
        return None
    first, second, year = int(slashed[1]), int(slashed[2]), int(slashed[3]) if slashed[3] else None
    if first != second and first <= 12 and second <= 12:
        return None  # some write the month first, some the day
    day, month = (first, second) if second <= 12 else (second, first)
    return _date(year, month, day, today)


def _date(year: int | None, month: int, day: int, today: date) -> date | None:
    """The day; of this year or the next one where none is named."""
    for wanted in (today.year, today.year + 1) if year is None else (year,):
        try:
            found = date(wanted, month, day)
        except ValueError:
            continue
        if year is not None or found >= today:
            return found
    return None


def _joined(day: date | None, at: time, now: datetime) -> datetime:
    moment = datetime.combine(day or now.date(), at, now.tzinfo)
    if day is None and moment <= now:
        moment = datetime.combine(now.date() + timedelta(days=1), at, now.tzinfo)
    return moment


def _shifted(moment: datetime, span: timedelta) -> datetime:
    """The moment after a span that really passes, also where the clock changes meanwhile."""
    return (moment.astimezone(UTC) + span).astimezone(moment.tzinfo).replace(second=0, microsecond=0)


def _not_understood(typed: str, rest: str, reading: _Reading, now: datetime) -> str:
    understood = [] if reading.day is None else [day_name(reading.day, date.min)]
    if reading.time_of_day is not None:
        understood.append(clock(datetime.combine(now.date(), reading.time_of_day), is_12h=False))
    if reading.moment is not None:
        understood.append(moment_said(reading.moment, now.date()))
    if not rest:
        words = _("{typed} is understood as {understood}, without a time of day. Write {examples}.")
    elif understood:
        words = _("{understood} is understood, and {rest} is not. Write {examples}.")
    elif _SLASHED_DAY.fullmatch(rest.split()[0]):
        words = _("{rest} may be two days: some write the month first. Write {examples}.")
    else:
        words = _("{rest} is no day and no time of day. Write {examples}.")
    return words.format(
        typed=_quoted(typed.strip()), rest=_quoted(rest), understood=" ".join(understood), examples=_examples()
    )


def _quoted(text: str) -> str:
    shown = printable(text)
    return f"“{shown if len(shown) <= MAX_CHARACTERS else shown[:MAX_CHARACTERS] + '…'}”"


def _examples() -> str:
    return _("tomorrow 20:00, friday 8pm or 2026-12-01 20:00")


def _said(*words: str) -> set[str]:
    """The words in English and in the user's language, as `_plain` leaves them."""
    return {_plain(each) for word in words for each in (word, _(word))}


def _place(word: str, *names: tuple[str, ...]) -> int | None:
    """Which of the days or months a word is, whole or by three letters or more."""
    if len(word) < 3:
        return None
    for number in range(len(names[0])):
        said = {each for known in names for each in _said(known[number])}
        if any(each.rstrip(".").startswith(word.rstrip(".")) for each in said):
            return number
    return None


def _unit(word: str) -> str | None:
    return next((unit for unit, names in _UNITS.items() if word in _said(*names)), None)


def _plain(typed: str) -> str:
    """Small letters without accents, one blank between words."""
    text = unicodedata.normalize("NFKD", typed[: MAX_CHARACTERS * 4].casefold().replace("’", "'"))
    return " ".join("".join(each for each in text if not unicodedata.combining(each)).split())
