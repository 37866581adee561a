"""One `[[on]]` table of the settings: which event, which filters, and what is run then."""

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tuichat.translation import _

CLOCK_PATTERN = r"^(([01][0-9]|2[0-3]):[0-5][0-9])?\Z"
SPAN_PATTERN = r"^[1-9][0-9]{0,4}[smhd]\Z"
SPAN_OR_NONE_PATTERN = r"^([1-9][0-9]{0,4}[smhd])?\Z"
RATE_PATTERN = r"^[1-9][0-9]{0,2}/[1-9][0-9]{0,4}[smhd]\Z"
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
DAYS_PATTERN = rf"^{_DAY}(-{_DAY})?(,{_DAY}(-{_DAY})?)*\Z"
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
MIN_EVERY_S = 5
MAX_PATTERN_CHARACTERS = 1000
MAX_BINDINGS = 100

MAX_TEXT_CHARACTERS = 2000

Text = Annotated[str, Meta(max_length=MAX_TEXT_CHARACTERS)]
OneOrMore = Text | Annotated[tuple[Text, ...], Meta(max_length=100)]

EventName = Literal["message", "mention", "reaction", "call", "room", "connection", "schedule"]
WHAT: dict[str, tuple[str, ...]] = {
    "reaction": ("added", "removed", "cleared"),
    "call": ("ringing", "joined", "left", "muted", "unmuted", "deafened", "undeafened"),
    "room": ("began", "ended", "topic", "invited", "asked_up", "muted", "put_out", "live"),
    "connection": ("connected", "lost"),
}
_OF_PEOPLE = ("message", "mention", "reaction", "call")
_EVERYWHERE = ("account", "what")
_PLACE = ("channel", "channel_id", "guild", "guild_id")
_PERSON = ("from", "from_id", "from_name")
FIELDS: dict[str, tuple[str, ...]] = {
    "message": (*_EVERYWHERE, *_PLACE, *_PERSON, "id", "text", "content", "written", "reply_to"),
    "mention": (*_EVERYWHERE, *_PLACE, *_PERSON, "id", "text", "content", "written", "reply_to"),
    "reaction": (*_EVERYWHERE, *_PLACE, *_PERSON, "id", "emoji"),
    "call": (*_EVERYWHERE, *_PLACE, *_PERSON),
    "room": (*_EVERYWHERE, *_PLACE, "topic", "name"),
    "connection": (*_EVERYWHERE, "text"),
    "schedule": ("due",),
}
PLACEHOLDER = re.compile(r"\{([a-z_]*)\}")


class Binding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is run when something happens: a table [[on]] for each, in any number."""

    event: Annotated[EventName, Meta(description="What has to happen; mention is a message that names you.")]
    sender: Annotated[
        OneOrMore, Meta(description="Of these people alone: a user name or an id, or a list of them.")
    ] = msgspec.field(default=(), name="from")
    place: Annotated[
        OneOrMore,
        Meta(
            description="In these channels alone: an address such as dev/#general, or a list of them; of a schedule where it runs."
        ),
    ] = msgspec.field(default=(), name="in")
    match: Annotated[
        str,
        Meta(
            max_length=MAX_PATTERN_CHARACTERS,
            description="A regular expression that is found in the text of a message; upper and lower case count but after (?i).",
        ),
    ] = ""
    emoji: Annotated[OneOrMore, Meta(description="Of a reaction: the character, or :name: of a server's own.")] = ()
    what: Annotated[
        OneOrMore,
        Meta(
            description="Of a reaction, call, room or connection: which kind of it, as added, joined or began; tuichat-on(5) lists them."
        ),
    ] = ()
    own: Annotated[bool, Meta(description="Also what your own accounts do.")] = False
    at: Annotated[
        str,
        Meta(pattern=CLOCK_PATTERN, examples=["09:00"], description="Of a schedule: at this time of this computer."),
    ] = ""
    every: Annotated[
        str,
        Meta(
            pattern=SPAN_OR_NONE_PATTERN,
            examples=["15m"],
            description="Of a schedule: again and again after this time.",
        ),
    ] = ""
    days: Annotated[
        str, Meta(pattern=DAYS_PATTERN, examples=["mon-fri"], description="Of a schedule: on these days alone.")
    ] = "mon-sun"
    run: Annotated[
        Text,
        Meta(
            description="A command or a message, run in the channel of the event; {id}, {from}, {text} and so on stand for data."
        ),
    ] = ""
    program: Annotated[
        tuple[Text, ...],
        Meta(
            max_length=100,
            description="A program and its words, started without a shell; the event is JSON on its standard input.",
        ),
    ] = ()
    timeout: Annotated[
        str,
        Meta(
            pattern=SPAN_PATTERN,
            examples=["60s"],
            description="How long the line or the program may take before it is ended.",
        ),
    ] = "60s"
    limit: Annotated[
        str,
        Meta(
            pattern=RATE_PATTERN,
            examples=["5/1m"],
            description="At most so often in so long; what is more is left out, and you are told once.",
        ),
    ] = "5/1m"

    @property
    def rate(self) -> tuple[int, int]:
        """How often it may fire, and in how many seconds."""
        count, _slash, span = self.limit.partition("/")
        return int(count), span_s(span)

    @property
    def kinds(self) -> tuple[str, ...]:
        return _several(self.what)

    @property
    def senders(self) -> tuple[str, ...]:
        return tuple(each.removeprefix("@").casefold() for each in _several(self.sender))

    @property
    def places(self) -> tuple[str, ...]:
        return _several(self.place)

    @property
    def emojis(self) -> tuple[str, ...]:
        return _several(self.emoji)

    @property
    def weekdays(self) -> frozenset[int]:
        """The days on which it runs, 0 for Monday."""
        found: set[int] = set()
        for part in self.days.split(","):
            first, _dash, last = part.partition("-")
            begin = DAY_NAMES.index(first)
            length = (DAY_NAMES.index(last or first) - begin) % 7
            found |= {(begin + offset) % 7 for offset in range(length + 1)}
        return frozenset(found)


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a binding: the field, and a sentence that goes on after "FIELD "."""

    field: str
    sentence: str


def span_s(text: str) -> int:
    return int(text[:-1]) * SECONDS[text[-1]]


def find_problem(binding: Binding) -> Problem | None:
    """Return the first thing that does not go together in a binding whose fields have the right types."""
    for find in (_find_missing, _find_misplaced, _find_bad_value, _find_bad_placeholder):
        problem = find(binding)
        if problem is not None:
            return problem
    return None


def _find_missing(binding: Binding) -> Problem | None:
    if bool(binding.run.strip()) == bool(binding.program):
        return Problem("run", _("and program: exactly one of them says what is done."))
    if binding.event == "schedule" and bool(binding.at) == bool(binding.every):
        return Problem("at", _("and every: a schedule has exactly one of them."))
    if binding.program and (not binding.program[0] or any("\0" in word for word in binding.program)):
        return Problem(
            "program", _("has an empty name or a word with NUL in it: it takes a list such as ['notify-send', 'hi'].")
        )
    return None


def _find_misplaced(binding: Binding) -> Problem | None:
    given = {
        "from": (binding.senders, _OF_PEOPLE),
        "in": (binding.places, (*_OF_PEOPLE, "room", "schedule")),
        "match": (binding.match, ("message", "mention")),
        "emoji": (binding.emojis, ("reaction",)),
        "what": (binding.kinds, tuple(WHAT)),
        "own": (binding.own, _OF_PEOPLE),
        "at": (binding.at, ("schedule",)),
        "every": (binding.every, ("schedule",)),
        "days": (binding.days != "mon-sun", ("schedule",)),
    }
    for field, (value, events) in given.items():
        if value and binding.event not in events:
            return Problem(
                field,
                _("is nothing for the event {event}: it goes with {events}.").format(
                    event=binding.event, events=", ".join(events)
                ),
            )
    return None


def _find_bad_value(binding: Binding) -> Problem | None:
    for kind in binding.kinds:
        known = WHAT[binding.event]
        if kind not in known:
            return Problem("what", _('is "{found}"; it takes {known}.').format(found=kind, known=", ".join(known)))
    if binding.every and span_s(binding.every) < MIN_EVERY_S:
        return Problem(
            "every", _('is "{found}"; it takes at least {least}s.').format(found=binding.every, least=MIN_EVERY_S)
        )
    if binding.event == "schedule" and len(binding.places) > 1:
        return Problem("in", _("has {count} places; a schedule runs in one.").format(count=len(binding.places)))
    if binding.match:
        try:
            re.compile(binding.match)
        except (re.error, RecursionError, OverflowError) as error:
            return Problem("match", _("is no regular expression: {error}.").format(error=error))
    return None


def _find_bad_placeholder(binding: Binding) -> Problem | None:
    known = FIELDS[binding.event]
    for word in binding.program:
        found = PLACEHOLDER.search(word)
        if found is not None and found[1] in known:
            return Problem(
                "program",
                _(
                    "has {found}: what strangers wrote never becomes a word of a program. It stands in {variable} of the "
                    "environment and in the JSON on standard input."
                ).format(found=found[0], variable=f"TUICHAT_{found[1].upper()}"),
            )
    for found in PLACEHOLDER.finditer(binding.run):
        if found[1] not in known:
            return Problem(
                "run",
                _("has {found}; of the event {event} there are {known}.").format(
                    found=found[0], event=binding.event, known=", ".join(f"{{{each}}}" for each in known)
                ),
            )
    if binding.run.startswith("/") and PLACEHOLDER.search(binding.run.split(maxsplit=1)[0]):
        return Problem(
            "run", _("has a placeholder in the name of the command: that is yours to say, not a stranger's.")
        )
    return None


def _several(value: str | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    return value
