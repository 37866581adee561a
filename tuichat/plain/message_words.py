"""A message as lines of text: who, when and what in the first, and below it what is a line of its own."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET

from tuichat.client.state import Entry
from tuichat.plain.spoken import spoken, spoken_lines
from tuichat.protocol.message import (
    REFERRING_TYPES,
    WRITTEN_TYPES,
    Attachment,
    Message,
    MessageFlag,
    MessageInteraction,
    Reaction,
)
from tuichat.protocol.poll import Poll, PollResults
from tuichat.text import components, embed, enclosed
from tuichat.text.channel_names import ChannelNames, channel_name
from tuichat.text.component_words import component_words, emoji_words
from tuichat.text.components import Component, Kind
from tuichat.text.embed import Embed
from tuichat.text.enclosed import AttachmentName
from tuichat.text.markup import MAX_READ_CHARACTERS
from tuichat.text.message_time import clock, day_name, written_at
from tuichat.text.poll_words import MAX_ANSWERS, answer_text, poll_time, question_text
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.text.size_words import size_words
from tuichat.text.system_words import system_words
from tuichat.translation import _, ngettext

MAX_ATTACHMENTS = 10  # of a message, as on the wire
MAX_REACTIONS = 20
MAX_PICTURES = 10  # of a gallery, as on the wire
MAX_QUOTED_CHARACTERS = 60  # of what is answered (taste)
MAX_LABEL_CHARACTERS = 150
SPOILER = "SPOILER_"  # how a file's name says that it is to be hidden


class MessageWords:
    """Says the messages of one channel."""

    def __init__(self, names: ChannelNames, now: datetime, *, is_12h: bool = False) -> None:
        """`now` tells which day is today and which polls have ended."""
        self._names = names
        self._now = now
        self._is_12h = is_12h

    def lines(self, entry: Entry, number: int) -> list[str]:
        """Return a message with the number by which commands name it: its line, then those of polls, embeds and bots."""
        head = f"{number}. {self._time(entry.message)} "
        if self._names.is_blocked(entry.message.author.id):
            return [head + _("a message of somebody whom you blocked; /show {number} shows it").format(number=number)]
        first, *others = self.body(entry)
        return [safe_line(head + first), *others]

    def body(self, entry: Entry) -> list[str]:
        """Return the lines without number and time."""
        message = entry.message
        first, *others = self.written(entry)
        if message.type not in WRITTEN_TYPES:
            return [first, *others]
        if message.edited_timestamp:
            first = _("{words} (edited)").format(words=first)
        marks = self.reactions(message)
        return [safe_line(f"{self._who(entry)}: {first}{f' ({marks})' if marks else ''}"), *others]

    def written(self, entry: Entry) -> list[str]:
        """Return what a message says, without who and when: what an edit changes."""
        message = entry.message
        if message.type not in WRITTEN_TYPES:
            sentence = system_words(message, self._names)
            return [safe_line(f"{sentence.before}{self._names.author(entry)}{sentence.after}")]
        parts = [spoken(message.content, self._names), *self._attachments(message.attachments)]
        if message.flags & MessageFlag.LOADING and not message.content:
            parts = [_("is thinking")]
        others = list(self._below(message))
        words = "; ".join(part for part in parts if part) or ("" if others else _("(no text)"))
        return [words, *others]

    def whole(self, entry: Entry) -> list[str]:
        """Return all of a message, with what is hidden and where its links and files are."""
        message = entry.message
        lines = [_("{author} wrote:").format(author=self._names.author(entry))]
        lines += spoken_lines(message.content, self._names, shows_spoilers=True, has_addresses=True)
        for item in message.attachments[:MAX_ATTACHMENTS]:
            lines.append(f"{self._file(item, hides=False)} <{safe_line(item.url)}>")
        lines += self._below(message, shows_spoilers=True)
        marks = self.reactions(message)
        return [*lines, marks] if marks else lines

    def quoted(self, entry: Entry) -> str:
        """Return who wrote a message and how it begins, for a sentence about it."""
        return _("{author}: {words}").format(author=self._names.author(entry), words=self.beginning(entry.message))

    def beginning(self, message: Message, characters: int = MAX_QUOTED_CHARACTERS) -> str:
        """Return how a message begins, cut to so many characters; its first file where nothing was written."""
        words = spoken(message.content[:MAX_READ_CHARACTERS], self._names)  # whole: a cut spoiler would be none
        if len(words) > characters:
            words = words[: characters - 1].rstrip() + "…"
        return words or "; ".join(self._attachments(message.attachments[:1])) or _("(no text)")

    def reactions(self, message: Message) -> str:
        """Return the reactions in words, empty where there are none."""
        if message.reactions is UNSET or not message.reactions:
            return ""
        said = [_reaction(reaction) for reaction in message.reactions[:MAX_REACTIONS]]
        return _("reactions: {list}").format(list=", ".join(said))

    # The first line.

    def _time(self, message: Message) -> str:
        moment = written_at(message)
        time = clock(moment, is_12h=self._is_12h)
        today = self._now.date()
        return time if moment.date() == today else f"{day_name(moment.date(), today)} {time}"

    def _who(self, entry: Entry) -> str:
        message = entry.message
        who = self._names.author(entry)
        if message.author.bot:
            who = _("{name} (bot)").format(name=who)
        if message.flags & MessageFlag.EPHEMERAL:
            who = _("{name}, to you alone").format(name=who)
        interaction = message.interaction
        if isinstance(interaction, MessageInteraction):
            command = safe_name(interaction.name)
            asker = self._names.name_of(interaction.user)
            who = _("{name}, answering /{command} of {asker}").format(name=who, command=command, asker=asker)
        elif message.type in REFERRING_TYPES:
            who = _("{name}, in reply to {original}").format(name=who, original=self._original(message))
        return who

    def _original(self, message: Message) -> str:
        original = message.referenced_message
        if original is UNSET or original is None:
            return _("a message that is gone")
        if self._names.is_blocked(original.author.id):
            return _("somebody whom you blocked")
        return f"{self._names.name_of(original.author)} ({self.beginning(original)})"

    def _attachments(self, attachments: Sequence[Attachment | AttachmentName]) -> Iterator[str]:
        for item in attachments[:MAX_ATTACHMENTS]:
            yield self._file(item)

    def _file(self, item: Attachment | AttachmentName, *, hides: bool = True) -> str:
        size = size_words(item.size)
        if hides and item.filename.startswith(SPOILER):
            return _("a hidden file, {size}").format(size=size)
        words = _("file {name}, {size}").format(name=safe_name(item.filename, _("file")), size=size)
        about = item.description if isinstance(item, Attachment) and isinstance(item.description, str) else ""
        return f"{words}: {safe_line(about)}" if about else words

    # The lines below.

    def _below(self, message: Message, *, shows_spoilers: bool = False) -> Iterator[str]:
        # What changes by itself, as the time that a poll has left, is told where all is asked for.
        for forwarded in enclosed.forwarded(message):
            parts = [spoken(forwarded.content, self._names), *self._attachments(forwarded.attachments)]
            yield _("forwarded: {words}").format(words="; ".join(part for part in parts if part) or _("(no text)"))
            yield from self._embeds(forwarded.embeds)
            yield from self._components(components.read(forwarded.components), shows_spoilers=shows_spoilers)
        yield from self._poll(message, has_time=shows_spoilers)
        yield from self._embeds(message.embeds)
        yield from self._components(components.read(message.components), shows_spoilers=shows_spoilers)
        thread = self._names.thread_at(message)
        if thread is not None:
            yield _("thread {name}").format(name=channel_name(thread))

    def _embeds(self, raws: Sequence[msgspec.Raw]) -> Iterator[str]:
        for item in embed.read(raws):
            texts = [spoken(text, self._names) for text in _embed_texts(item)]
            if words := "; ".join(text for text in texts if text):
                yield _("embed: {words}").format(words=words)

    def _poll(self, message: Message, *, has_time: bool) -> Iterator[str]:
        poll = message.poll
        if not isinstance(poll, Poll):
            return
        results = poll.results if isinstance(poll.results, PollResults) else None
        counts = {} if results is None else {count.id: count for count in results.answer_counts}
        words = [_("poll: {question}").format(question=question_text(poll))]
        if poll.allow_multiselect:
            words.append(_("several answers"))
        time = poll_time(message, self._now)
        if time.words and (has_time or time.is_over):
            words.append(time.words)
        yield ", ".join(words)
        for number, answer in enumerate(poll.answers[:MAX_ANSWERS], 1):
            line = _("answer {number}: {words}").format(number=number, words=answer_text(answer))
            count = counts.get(answer.answer_id)
            votes = 0 if count is None else count.count
            if results is not None:
                line += ", " + ngettext("{count} vote", "{count} votes", votes).format(count=votes)
            yield line + (_(", yours") if count is not None and count.me_voted else "")

    def _components(self, read: Sequence[Component], *, shows_spoilers: bool) -> Iterator[str]:
        numbers = {id(component): number for number, component in enumerate(components.pressed(read), 1)}
        labels: list[str] = []
        for component in _shown(read, shows_spoilers=shows_spoilers):
            if component.type == Kind.TEXT_DISPLAY and component.content:
                yield spoken(component.content, self._names, shows_spoilers=shows_spoilers)
            elif component.type == Kind.BUTTON or component.is_select:
                labels.append(_numbered(component, numbers.get(id(component))))
            elif component.type in (Kind.MEDIA_GALLERY, Kind.THUMBNAIL, Kind.FILE):
                yield from _media(component, shows_spoilers=shows_spoilers)
            elif component.type == Kind.CONTAINER and component.spoiler and not shows_spoilers:
                yield _("[hidden]")
        if labels:
            yield _("to press: {list}").format(list=", ".join(labels))


def _embed_texts(item: Embed) -> Iterator[str]:
    """Yield the texts of an embed in order, as chat markdown."""
    for named in (item.provider, item.author):
        if named is not None and named.name:
            yield named.name
    yield from (text for text in (item.title, item.url, item.description) if text)
    for field in (item.fields or [])[: embed.MAX_FIELDS]:
        yield f"{field.name}: {field.value}"
    if item.image is not None and item.image.url:
        yield _("with a picture")
    if item.footer is not None and item.footer.text:
        yield item.footer.text


def _shown(read: Sequence[Component], *, shows_spoilers: bool) -> Iterator[Component]:
    yield from components.walk(
        [each for each in read if shows_spoilers or not (each.type == Kind.CONTAINER and each.spoiler)]
    )
    if not shows_spoilers:
        yield from (each for each in read if each.type == Kind.CONTAINER and each.spoiler)


def _media(component: Component, *, shows_spoilers: bool) -> Iterator[str]:
    """Yield each picture of a gallery, or the one file; where all is told, with its address."""
    if component.type == Kind.FILE:
        shown = [(component, component.file, _("a hidden file"), _("file {name}"), _("file"))]
    else:
        pictures = (component.items or [])[:MAX_PICTURES] if component.type == Kind.MEDIA_GALLERY else [component]
        shown = [(each, each.media, _("a hidden picture"), _("picture {name}"), _("picture")) for each in pictures]
    for item, media, hidden, named, nameless in shown:
        if item.spoiler and not shows_spoilers:
            yield hidden
            continue
        name = safe_line((item.description or item.name or "")[:MAX_LABEL_CHARACTERS])
        words = named.format(name=name) if name else nameless
        address = safe_line(media.url[:2048]) if media is not None and shows_spoilers else ""
        yield f"{words} <{address}>" if address else words


def _numbered(component: Component, number: int | None) -> str:
    """Return a button or a menu as a list has it: with its number, by which /press finds it, and where a link leads."""
    words = component_words(component)
    if component.url:
        return f"{words} <{safe_line(component.url[:2048])}>"
    if component.is_select:
        words = _("menu {name}").format(name=words)
    if component.disabled:
        words = _("{name} (not now)").format(name=words)
    return words if number is None else f"{number} {words}"


def _reaction(reaction: Reaction) -> str:
    name = reaction.emoji.name or "?"
    words = safe_name(name)[:32] if reaction.emoji.id is not None else emoji_words(name)
    is_own = reaction.me or reaction.me_burst
    said = f"{words} {reaction.count}"
    return _("{reaction} with yours").format(reaction=said) if is_own else said
