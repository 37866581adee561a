"""The channel that is open: prints its messages as they come, and tells what becomes of those that were printed."""

from collections.abc import Callable, Sequence
from datetime import datetime

from tuichat.client import change
from tuichat.client.client import Client
from tuichat.client.state import Delivery, Entry, Timeline
from tuichat.commands.naming.places import Place
from tuichat.plain.message_words import MessageWords
from tuichat.plain.printed import Printed, PrintedMessages
from tuichat.plain.printer import Printer
from tuichat.text.channel_names import ChannelNames
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

MAX_TOLD_CHARACTERS = 60  # of a message that was not sent
MAX_COMPARED = 200  # printed messages that are looked at again after a connection was lost (taste)


class Room:
    """One place, from when it is opened until another one is."""

    def __init__(
        self,
        client: Client,
        place: Place,
        printed: PrintedMessages,
        printer: Printer,
        now: Callable[[], datetime],
        *,
        is_12h: bool,
    ) -> None:
        self.client = client
        self.place = place
        self._printed = printed
        self._printer = printer
        self._now = now
        self._is_12h = is_12h
        self._names = ChannelNames(client.state, place.channel_id)
        self._newest = 0  # what comes after this message is to be printed
        self._oldest: int | None = None  # what comes before it is history
        self._own_keys: set[str] = set()  # of messages written here and not there yet
        self._failed_keys: set[str] = set()  # of those that were told to be unsent
        self.is_open = False  # messages are printed only once what was there has been

    @property
    def words(self) -> MessageWords:
        return MessageWords(self._names, self._now(), is_12h=self._is_12h)

    @property
    def timeline(self) -> Timeline:
        return self.client.state.timeline(self.place.channel_id)

    def begin(self, shown: int) -> None:
        """Print the last so many messages, and from now on all that come."""
        confirmed = self.timeline.confirmed
        entries = confirmed[len(confirmed) - shown :] if shown else []
        self._newest = confirmed[-1].message.id if confirmed else 0
        self._oldest = entries[0].message.id if entries else None
        for entry in entries:
            self.print(entry)
        self.is_open = True
        for entry in self.timeline.unsent:
            self._take_entry(entry)

    def count_after(self, message_id: int) -> int:
        """Return how many of the messages that are known came after one; one's own do not count."""
        return sum(
            entry.message.id > message_id and not self._names.is_me(entry.message.author.id)
            for entry in self.timeline.confirmed
        )

    def older(self, count: int) -> list[Entry]:
        """Return so many known messages before the first that was printed."""
        confirmed = self.timeline.confirmed
        end = len(confirmed) if self._oldest is None else self.timeline.position(self._oldest)
        return confirmed[max(0, end - count) : end]

    def print_older(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self.print(entry)
        if entries:
            self._oldest = entries[0].message.id

    def print(self, entry: Entry) -> Printed:
        """Print a message, under its number."""
        record = self._printed.note(self.place, entry.message.id)
        for line in self.words.lines(entry, record.number):
            self._printer.message(line)
        self._remember(record, entry)
        return record

    def _remember(self, record: Printed, entry: Entry) -> None:
        record.words, record.reactions = self._said(entry)
        record.is_deleted = False

    def _said(self, entry: Entry) -> tuple[list[str], str]:
        """Return the words whose change is worth telling, and the reactions."""
        return self.words.written(entry), self.words.reactions(entry.message)

    # What changes.

    def take(self, item: change.Change) -> bool:
        """Tell a change of this channel; return whether messages were printed."""
        before = self._newest
        match item:
            case change.MessageAdded() | change.MessageChanged():
                index = self.timeline.index_of_key(item.key)
                if index is not None:
                    self._take_entry(self.timeline[index])
            case change.MessageRemoved():
                self._own_keys.discard(item.key)
                self._tell_deleted()
            case change.TimelineReset():
                self._catch_up()
        return self._newest != before

    def _take_entry(self, entry: Entry) -> None:
        if entry.delivery is Delivery.PENDING:
            self._own_keys.add(entry.key)
            self._failed_keys.discard(entry.key)
        elif entry.delivery is Delivery.FAILED:
            if entry.key not in self._failed_keys:
                self._failed_keys.add(entry.key)
                sentence = _("Not sent: “{words}”. {reason} /retry sends it again, /discard forgets it.")
                words = safe_line(entry.message.content)[:MAX_TOLD_CHARACTERS]
                self._printer.say(sentence.format(words=words, reason=safe_line(entry.error)))
        elif entry.message.id > self._newest or entry.key in self._own_keys:
            self._own_keys.discard(entry.key)
            self._newest = max(self._newest, entry.message.id)
            if self._oldest is None:
                self._oldest = entry.message.id
            self.print(entry)
        else:
            self._tell_changed(entry)

    def _tell_changed(self, entry: Entry) -> None:
        record = self._printed.find(self.place, entry.message.id)
        if record is None:
            return
        words_before, reactions_before = record.words, record.reactions
        self._remember(record, entry)
        if self._names.is_blocked(entry.message.author.id):
            return
        words, reactions = record.words, record.reactions
        author = self._names.author(entry)
        if words[0] != words_before[0]:
            sentence = _("{number} of {author} now says: {words}")
            self._printer.message(safe_line(sentence.format(number=record.number, author=author, words=words[0])))
        for line in words[1:]:
            if line not in words_before:
                sentence = _("{number} of {author}: {words}")
                self._printer.message(safe_line(sentence.format(number=record.number, author=author, words=line)))
        if reactions != reactions_before:
            sentence = (
                _("{number} of {author} has {reactions}.") if reactions else _("{number} of {author} has no reactions.")
            )
            self._printer.message(sentence.format(number=record.number, author=author, reactions=reactions))

    def _tell_deleted(self) -> None:
        """Tell which of the printed messages are gone."""
        known = self.timeline.confirmed
        if self.timeline.is_stale:
            return
        first = known[0].message.id if known else 0
        for record in self._printed.of(self.place)[-MAX_COMPARED:]:
            is_covered = record.message_id >= first or not self.timeline.has_older
            if not record.is_deleted and is_covered and self.timeline.find(record.message_id) is None:
                record.is_deleted = True
                self._printer.message(_("{number} was deleted.").format(number=record.number))

    def _catch_up(self) -> None:
        """Print what came while the connection was lost, and tell what became of what was printed before."""
        if self.timeline.is_stale:
            return
        self._tell_deleted()
        for entry in list(self.timeline.confirmed):
            self._take_entry(entry)
