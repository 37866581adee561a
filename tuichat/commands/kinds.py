"""What an argument can be: for each type in a command's signature how it is read, what fits it, and what may be offered.

A command says `to: Annotated[Channel, "where to"]`; marks between the type and the words narrow it down, as in
`Annotated[int, Between(0, 200), "percent"]`. A new kind is one line in KINDS.
"""

import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path

from tuichat.commands import offers
from tuichat.commands.context import CommandContext, FoundMessage
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import Recipient
from tuichat.commands.naming.duration import parse_duration
from tuichat.commands.naming.guild_place import GuildPlace, guild_place
from tuichat.commands.naming.named_message import LAST, find_message
from tuichat.commands.naming.names import find_channel, find_emoji, find_recipient, find_role, find_user
from tuichat.commands.offers import Value
from tuichat.protocol.channel import Channel
from tuichat.protocol.guild import Role
from tuichat.protocol.json import printable
from tuichat.protocol.message import ReactionEmoji
from tuichat.protocol.user import User
from tuichat.translation import N_, _

Convert = Callable[[str, CommandContext], object]  # may be a coroutine, where the server has to be asked
Offer = Callable[[str, CommandContext], Iterable[Value]]  # is told what is written so far

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,15}")
_SWITCH = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}


class Text(str):
    """Marks an argument that takes the rest of the line as it was typed. The command gets a plain str: the wire takes no other."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Between:
    """Marks the least and the most of a number or a length of time."""

    least: int | timedelta
    most: int | timedelta


@dataclass(frozen=True, slots=True)
class Length:
    """Marks how many characters a text may have."""

    most: int


@dataclass(frozen=True, slots=True)
class Offered:
    """Marks what is offered while an argument is written, where its type does not tell."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Kind:
    english_name: str  # what fits, after "it is": "a channel, as #name"
    convert: Convert
    offer: Offer = offers.nothing
    takes_rest: bool = False

    @property
    def name(self) -> str:
        return _(self.english_name)


def kind_of(hint: object) -> tuple[object, Kind, str]:
    """Return the type of an argument annotated `Annotated[type, *marks, "what to write there"]`, its kind, and these words.

    Raises ValueError for a type that no argument can have.
    """
    base, *marks, words = typing.get_args(hint)
    if typing.get_origin(base) in (typing.Union, types.UnionType):  # `X | None` of an optional argument
        (base,) = [each for each in typing.get_args(base) if each is not type(None)]
    kind = _kind(base)
    for mark in marks:
        if isinstance(mark, Between):
            kind = replace(kind, english_name=_range_name(mark), convert=_held_between(kind.convert, mark))
        elif isinstance(mark, Length):
            kind = replace(kind, convert=_held_to_length(kind.convert, mark))
        elif isinstance(mark, Offered):
            kind = replace(kind, offer=mark.offer)
        else:
            raise ValueError(f"{mark} marks no argument")  # a fault of the signature, as the next one
    return base, kind, str(words)


def _kind(base: object) -> Kind:
    if typing.get_origin(base) is typing.Literal:
        return _choice({str(each): each for each in typing.get_args(base)})
    if isinstance(base, type) and issubclass(base, Enum):
        return _choice({str(each.value): each for each in base})
    found = KINDS.get(base) if isinstance(base, type) else None
    if found is None:
        raise ValueError(f"no argument can be a {base}")
    return found


def _as_typed(text: str, _context: CommandContext) -> str:
    return text


def _whole_number(text: str, _context: CommandContext) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        raise CommandError(_("“{text}” is no whole number.").format(text=printable(text)))
    return int(text)


def _switch(text: str, _context: CommandContext) -> bool:
    found = _SWITCH.get(text.lower())
    if found is None:
        raise CommandError(_("“{text}” is neither on nor off.").format(text=printable(text)))
    return found


def _span(text: str, _context: CommandContext) -> timedelta:
    return timedelta(seconds=parse_duration(text))


def _path(text: str, _context: CommandContext) -> Path:
    if not text or "\0" in text:
        raise CommandError(_("“{text}” is no path of a file.").format(text=printable(text)))
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # the home folder of somebody whom the system does not know
        raise CommandError(_("“{text}” is no path of a file.").format(text=printable(text))) from error


async def _person(text: str, context: CommandContext) -> User:
    try:
        return find_user(text, context)
    except CommandError:
        guild = context.guild()
        if guild is None or context.client is None:
            raise
        return await GuildPlace(context.client, guild, context).find_user(text)


def _role(text: str, context: CommandContext) -> Role:
    return find_role(text, guild_place(context).guild)


def _guild(text: str, context: CommandContext) -> GuildPlace:
    return guild_place(context, text)


def _emoji(text: str, context: CommandContext) -> ReactionEmoji:
    return find_emoji(text, context.require_client().state, context.require_channel())


async def _message(text: str, context: CommandContext) -> FoundMessage:
    return await find_message(context, text)


KINDS: Mapping[type, Kind] = types.MappingProxyType(
    {
        str: Kind(N_("a word; in quotes where it has blanks"), _as_typed),
        Text: Kind(N_("the rest of the line, as it is written"), _as_typed, takes_rest=True),
        int: Kind(N_("a whole number"), _whole_number),
        bool: Kind(N_("on or off"), _switch, offers.words("on", "off")),
        timedelta: Kind(N_("a length of time, as 30s, 10m, 1h30m or 2d"), _span),
        Path: Kind(N_("a file's path; in quotes where it has blanks"), _path, offers.paths),
        Channel: Kind(N_("a channel, as #name"), find_channel, offers.channels),
        User: Kind(N_("a person, as @name"), _person, offers.people),
        Recipient: Kind(
            N_("a channel, as #name or server/#name, or a person, as @name"), find_recipient, offers.places
        ),
        Role: Kind(N_("a role, as @name"), _role, offers.roles),
        GuildPlace: Kind(N_("a server's name or id"), _guild, offers.guilds),
        ReactionEmoji: Kind(N_("an emoji or its name, as tada"), _emoji, offers.emojis),
        FoundMessage: Kind(N_("a message's id or link, or the word last"), _message, offers.words(LAST)),
    }
)


def _choice(choices: Mapping[str, object]) -> Kind:
    """Return the kind of an argument that is one of a few words, whether in small letters or not."""
    names = ", ".join(choices)

    def convert(text: str, _context: CommandContext) -> object:
        if text.lower() not in choices:
            raise CommandError(_("“{text}” is none of these: {names}.").format(text=printable(text), names=names))
        return choices[text.lower()]

    return Kind(names, convert, offers.words(*choices))


def _held_between(convert: Convert, mark: Between) -> Convert:
    def held(text: str, context: CommandContext) -> object:
        found = convert(text, context)
        if not mark.least <= found <= mark.most:  # type: ignore[operator]  # the mark stands beside its own type
            raise CommandError(
                _("{value} is out of bounds: it is {least} to {most}.").format(
                    value=printable(text), least=said(mark.least), most=said(mark.most)
                )
            )
        return found

    return held


def _held_to_length(convert: Convert, mark: Length) -> Convert:
    def held(text: str, context: CommandContext) -> object:
        if len(text) > mark.most:
            raise CommandError(
                _("It has at most {limit} characters, this one has {count}.").format(limit=mark.most, count=len(text))
            )
        return convert(text, context)

    return held


def _range_name(mark: Between) -> str:
    return f"{said(mark.least)} – {said(mark.most)}"


def said(value: object) -> str:
    """Return a value as one would type it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, timedelta):
        return _span_said(value)
    return str(value)


def _span_said(span: timedelta) -> str:
    left_s = int(span.total_seconds())
    parts: list[str] = []
    sizes: Sequence[tuple[str, int]] = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
    for unit, size in sizes:
        count, left_s = divmod(left_s, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"
