"""The line of a search: what its operators mean, and how they are completed while they are typed."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from tuichat.client.search import SearchQuery
from tuichat.client.state import State
from tuichat.protocol.channel import MESSAGE_CHANNELS, POST_CHANNELS
from tuichat.protocol.user import User
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _
from tuichat.tui.day_words import parse_day, snowflake_at

MAX_OFFERS = 8
MAX_CHARACTERS = 400
_WORD = re.compile(r'(\w+):"([^"]*)"?|(\S+)')

OPERATORS = {
    "from": N_("who wrote it"),
    "in": N_("which channel it stands in"),
    "has": N_("link, embed, file, image, video, sound, sticker, poll, snapshot"),
    "before": N_("before a day"),
    "after": N_("after a day"),
    "during": N_("on a day"),
    "mentions": N_("whom it mentions"),
    "pinned": N_("yes or no"),
}
HAS = {
    "link": N_("a link"),
    "embed": N_("an embed"),
    "file": N_("a file"),
    "image": N_("a picture"),
    "video": N_("a video"),
    "sound": N_("a sound"),
    "sticker": N_("a sticker"),
    "poll": N_("a poll"),
    "snapshot": N_("a forwarded message"),
}
_YES, _NO = ("yes", "true"), ("no", "false")


class Offer(msgspec.Struct, frozen=True):
    """What could stand where the cursor is: `text` replaces the word there."""

    text: str
    words: str  # what it is


class ReadQuery(msgspec.Struct, frozen=True):
    query: SearchQuery
    problems: tuple[str, ...] = ()


class SearchLine:
    """Reads lines for one account, where it looks: a guild, or (None) its private channels."""

    def __init__(self, state: State, guild_id: int | None, now: datetime) -> None:
        self._state = state
        self._guild = state.guilds.get(guild_id) if guild_id is not None else None
        self._now = now

    # Reading.

    def read(self, line: str) -> ReadQuery:
        words: list[str] = []
        found: dict[str, list[int]] = {"from": [], "in": [], "mentions": []}
        has: list[str] = []
        problems: list[str] = []
        bounds: list[tuple[int | None, int | None]] = []
        is_pinned: bool | None = None
        for match in _WORD.finditer(line[:MAX_CHARACTERS]):
            name, value = match[1], match[2]
            if name is None:
                name, colon, value = match[3].partition(":")
                if not colon:
                    words.append(match[3])
                    continue
            name = name.lower()
            problem = None
            if name in ("from", "mentions"):
                user_id = self._user_named(value)
                problem = user_id is None
                found[name] += [] if user_id is None else [user_id]
            elif name == "in":
                channel_id = self._channel_named(value)
                problem = channel_id is None
                found["in"] += [] if channel_id is None else [channel_id]
            elif name == "has":
                problem = value.removeprefix("-") not in HAS
                has += [] if problem else [value]
            elif name in ("before", "after", "during"):
                bound = self._bounds(name, value)
                problem = bound is None
                bounds += [] if bound is None else [bound]
            elif name == "pinned":
                problem = value.lower() not in (*_YES, *_NO, _("yes"), _("no"))
                is_pinned = value.lower() in (*_YES, _("yes")) if not problem else is_pinned
            else:
                words.append(match[0])
                continue
            if problem:
                problems.append(_("{word} is nothing that is known here").format(word=safe_line(match[0])))
        lows = [low for low, _high in bounds if low is not None]
        highs = [high for _low, high in bounds if high is not None]
        query = SearchQuery(
            " ".join(words),
            tuple(dict.fromkeys(found["from"])),
            tuple(dict.fromkeys(found["in"])),
            tuple(dict.fromkeys(found["mentions"])),
            tuple(dict.fromkeys(has)),
            max(lows, default=None),
            min(highs, default=None),
            is_pinned,
        )
        return ReadQuery(query, tuple(problems))

    def _bounds(self, name: str, value: str) -> tuple[int | None, int | None] | None:
        day = parse_day(value, self._now.date())
        if day is None:
            return None
        start = datetime(day.year, day.month, day.day, tzinfo=self._now.tzinfo)
        try:
            first, next_first = snowflake_at(start), snowflake_at(start + timedelta(days=1))
        except OverflowError:
            return None
        if name == "before":
            return None, first
        if name == "after":
            return next_first, None
        return first, next_first

    def _people(self) -> Iterator[tuple[str, User]]:
        """Yield who can be named, each with the name that is shown."""
        if self._guild is not None:
            for member in self._guild.members.values():
                yield safe_name(member.display_name), member.user
            return
        for user in self._state.users.values():
            yield safe_name(user.display_name), user

    def _user_named(self, name: str) -> int | None:
        wanted = name.removeprefix("@").casefold()
        me = self._state.me
        if wanted == "me" and me is not None:
            return int(me.id)
        if wanted.isdigit() and len(wanted) > 15:
            return int(wanted)
        by_shown = None
        for shown, user in self._people():
            if user.username.casefold() == wanted:
                return int(user.id)
            if shown.casefold() == wanted:
                by_shown = int(user.id)
        return by_shown

    def _channels(self) -> Iterator[tuple[int, str]]:
        ids = self._state.private_channel_ids
        if self._guild is not None:
            ids = [*self._guild.channel_ids, *sorted(self._guild.thread_ids)]
        for channel_id in ids:
            channel = self._state.channels.get(channel_id)
            if channel is not None and (channel.type in MESSAGE_CHANNELS or channel.type in POST_CHANNELS):
                yield channel_id, channel_name(channel)

    def _channel_named(self, name: str) -> int | None:
        wanted = name.removeprefix("#").casefold()
        for channel_id, shown in self._channels():
            if shown.casefold() == wanted or str(int(channel_id)) == wanted:
                return channel_id
        return None

    # Completing.

    def offers(self, before: str) -> tuple[int, list[Offer]]:
        """Return what could stand at the end of a text, and where what it replaces begins."""
        quoted = re.search(r'(\w+):"([^"]*)$', before)
        start = quoted.start() if quoted else before.rfind(" ") + 1
        name, colon, value = before[start:].partition(":")
        value = value.lstrip('"')
        if not colon:
            listed = [
                Offer(f"{known}:", _(words)) for known, words in OPERATORS.items() if known.startswith(name.lower())
            ]
            return start, listed if name or not before.strip() or before.endswith(" ") else []
        match name.lower():
            case "from" | "mentions":
                listed = self._offered_people(name.lower(), value)
            case "in":
                names = [shown for _id, shown in self._channels()]
                listed = [Offer(f"in:{_quoted(each)}", "") for each in _ranked(names, value)]
            case "has":
                listed = [
                    Offer(f"has:{kind}", _(words)) for kind, words in HAS.items() if kind.startswith(value.lower())
                ]
            case "before" | "after" | "during":
                listed = self._offered_days(name.lower(), value)
            case "pinned":
                listed = [Offer(f"pinned:{word}", "") for word in (_YES[0], _NO[0]) if word.startswith(value.lower())]
            case _:
                listed = []
        listed = [offer for offer in listed if offer.text != before[start:]]
        return start, listed[:MAX_OFFERS]

    def _offered_people(self, name: str, value: str) -> list[Offer]:
        wanted = value.removeprefix("@").casefold()
        found: list[tuple[bool, str, Offer]] = []
        for shown, user in self._people():
            username = safe_name(user.username)
            starts = shown.casefold().startswith(wanted) or username.casefold().startswith(wanted)
            if starts or wanted in shown.casefold():
                words = shown if shown != username else ""
                found.append((not starts, shown.casefold(), Offer(f"{name}:{_quoted(username)}", words)))
        return [offer for _is_inner, _shown, offer in sorted(found, key=lambda each: each[:2])]

    def _offered_days(self, name: str, value: str) -> list[Offer]:
        today = self._now.date()
        days = [("today", today), ("yesterday", today - timedelta(days=1))]
        days += [(f"{today - timedelta(days=age):%A}".lower(), today - timedelta(days=age)) for age in range(2, 7)]
        listed = [Offer(f"{name}:{word}", f"{day:%Y-%m-%d}") for word, day in days if word.startswith(value.lower())]
        typed = parse_day(value, today) if value else None
        if typed is not None and not listed:
            listed = [Offer(f"{name}:{typed:%Y-%m-%d}", "")]
        return listed


def _quoted(name: str) -> str:
    name = name.replace('"', "")
    return f'"{name}"' if " " in name else name


def _ranked(names: list[str], value: str) -> list[str]:
    wanted = value.removeprefix("#").casefold()
    found = [name for name in names if wanted in name.casefold()]
    return sorted(found, key=lambda name: not name.casefold().startswith(wanted))
