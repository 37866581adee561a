"""What is offered while one types: people after "@", channels after "#", emojis after ":", commands after "/"."""

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from tuichat.client.state import GuildState, State
from tuichat.protocol.permissions import Permissions
from tuichat.text import emoji_names, mention_text
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.tui.hues import preferred_hue

_WORD = re.compile(r"(?:^|(?<=[\s(]))([@#:])([^\s@#:]{0,40})$")
MAX_OFFERS = 20
MIN_EMOJI_LETTERS = 2  # ":)" and a colon before a word are no emojis
LOOKED_BACK = 200  # messages, whose writers come first


class Offer(msgspec.Struct, frozen=True):
    """What may take the place of the last `count` characters before the cursor, and how it is shown.

    `hue` is a person's colour, `status` their presence; `sign` stands before the label.
    """

    count: int
    text: str
    label: str
    detail: str = ""
    sign: str = ""
    hue: int | None = None
    status: str = ""
    adds_word: bool = False  # to the words that are spelled right
    is_free: bool = False  # Enter takes it only when it was chosen: what stands there is as good


class Asked(msgspec.Struct, frozen=True):
    """What is being completed: the text before the cursor, its last word's sign ("@", "#", ":", "/") and letters."""

    before: str
    sign: str
    letters: str
    state: State
    channel_id: int

    @property
    def count(self) -> int:
        return len(self.sign) + len(self.letters)


# Another kind of completion, such as the commands of bots, is one function more in the list that the screen keeps.
Source = Callable[[Asked], Iterable[Offer]]
Weigh = Callable[[str], float]  # by name of `client.frecency`


def asked(before: str, state: State | None, channel_id: int | None) -> Asked | None:
    """Return what is being completed, None when nothing is."""
    if state is None or channel_id is None:
        return None
    word = _WORD.search(before)
    if word is not None:
        return Asked(before, word[1], word[2], state, channel_id)
    if before.startswith("/") and not before.startswith("//") and "\n" not in before:
        return Asked(before, "/", before[1:], state, channel_id)
    return None


def rank(letters: str, *names: str) -> int | None:
    """Return how well names fit the letters: 0 the same, 1 begins so, 2 a word of it does, 3 holds it, 4 has its letters in
    that order, None not at all."""
    wanted = letters.casefold()
    return min((place for name in names if (place := _rank(wanted, name.casefold())) is not None), default=None)


def _rank(wanted: str, name: str) -> int | None:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if wanted in name:
        return 2 if re.search(rf"[\s_-]{re.escape(wanted)}", name) else 3
    rest = iter(name)
    return 4 if len(wanted) > 1 and all(letter in rest for letter in wanted) else None


def people(about: Asked) -> Iterator[Offer]:
    """Offer those who can be mentioned, the last writers first; then roles, and everybody where that is permitted."""
    if about.sign != "@":
        return
    state, channel_id = about.state, about.channel_id
    guild = state.guild_of(channel_id)
    latest: dict[int, int] = {}
    timeline = state.timelines.get(channel_id)
    if timeline is not None:
        for index in range(max(0, len(timeline) - LOOKED_BACK), len(timeline)):
            latest[timeline[index].message.author.id] = index
    found = []
    for name, user in mention_text.people(state, channel_id).items():
        member = guild.members.get(user.id) if guild else None
        shown = safe_name(member.display_name if member else user.display_name)
        place = rank(about.letters, name, shown)
        if place is not None:
            found.append((place, -latest.get(user.id, -1), name, shown, user.id))
    for _, _, name, shown, user_id in sorted(found)[:MAX_OFFERS]:
        detail = "" if shown == name else safe_name(name)
        yield Offer(about.count, f"@{name} ", shown, detail, "", preferred_hue(user_id), state.status(user_id))
    if guild is not None:
        yield from _groups(about, guild)


def _groups(about: Asked, guild: GuildState) -> Iterator[Offer]:
    may_all = bool(about.state.permissions(about.channel_id) & Permissions.MENTION_EVERYONE)
    for name in ("everyone", "here") if may_all else ():
        if (rank(about.letters, name) or 0) <= 1 and rank(about.letters, name) is not None:
            yield Offer(about.count, f"@{name} ", f"@{name}", sign="@")
    for role in guild.roles.values():
        if role.id != guild.guild.id and (role.mentionable or may_all):
            place = rank(about.letters, role.name)
            if place is not None and place <= 3:
                yield Offer(about.count, f"@{safe_name(role.name)} ", safe_name(role.name), sign="@")


def channels(about: Asked, weigh: Weigh) -> Iterator[Offer]:
    if about.sign != "#":
        return
    found = []
    for name, channel in mention_text.channels(about.state, about.channel_id).items():
        place = rank(about.letters, name)
        if place is not None:
            topic = safe_line(channel.topic) if isinstance(channel.topic, str) else ""
            found.append((place, -weigh(str(int(channel.id))), name, topic))
    for _, _, name, topic in sorted(found)[:MAX_OFFERS]:
        yield Offer(about.count, f"#{name} ", name, topic[:60], "#")


def emojis(about: Asked, weigh: Weigh) -> Iterator[Offer]:
    """Offer the server's own emojis, then Unicode's, by name."""
    if about.sign != ":" or len(about.letters) < MIN_EMOJI_LETTERS:
        return
    guild = about.state.guild_of(about.channel_id)
    found: list[tuple[int, float, str, Offer]] = []
    for emoji in guild.guild.emojis if guild is not None else ():
        place = rank(about.letters, emoji.name or "")
        if place is not None and emoji.name and emoji.available:
            name = safe_name(emoji.name)
            offer = Offer(
                about.count, f":{emoji.name}: ", f":{name}:", safe_name(guild.guild.name) if guild else "", "◆"
            )
            found.append((place, -weigh(f"{emoji.name}:{emoji.id}"), name, offer))
    for name, sign in emoji_names.matching(about.letters, 3 * MAX_OFFERS):
        place = rank(about.letters, name)
        if place is not None:
            usual = "" if name in emoji_names.SHORT else f"~{len(name):02}"  # the names that people type come first
            found.append((place, -weigh(sign), f"{usual}{name}", Offer(about.count, f"{sign} ", f":{name}:", "", sign)))
    for _, _, _, offer in sorted(found, key=lambda each: each[:3])[:MAX_OFFERS]:
        yield offer


def offers(about: Asked | None, sources: Iterable[Source]) -> list[Offer]:
    """Return what all sources offer, best first, each text once."""
    if about is None:
        return []
    found: dict[str, Offer] = {}
    for source in sources:
        for offer in source(about):
            found.setdefault(offer.text, offer)
            if len(found) >= MAX_OFFERS:
                return list(found.values())
    return list(found.values())
