"""How a channel's messages change: dispatches one by one, pages of history, and the account's own unsent ones.

Dispatches come in the server's order. A page shows the channel at one moment between its request and its answer, so what
dispatches said meanwhile (the timeline's journal) wins over the page: had the page been newer, a dispatch that says
so is still to come.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

import msgspec
from msgspec.structs import force_setattr

from tuichat.client import poll_votes, reactions
from tuichat.client.change import (
    Change,
    HistoryLoaded,
    MessageAdded,
    MessageChanged,
    MessageRemoved,
    TimelineReset,
)
from tuichat.client.state import Delivery, Entry, Timeline
from tuichat.protocol.guild import Member
from tuichat.protocol.message import Message, MessageType

T = TypeVar("T")

MAX_CONTENT_CHARACTERS = 8192  # taste: twice what any server allows
MAX_LOOKED_BACK = 500  # messages, in which one's own last is looked for (taste)
MAX_SHARED = 4096  # authors and channels; of more, some are kept twice
MAX_ENTRIES = 6000  # taste: a week of a busy channel; the oldest are fetched again when somebody scrolls to them
TRIMMED_ENTRIES = 5000


def key_of_nonce(nonce: str) -> str:
    """Return the key of an entry written here; it never looks like a message id."""
    return f"n{nonce}"


def nonce_text(message: Message) -> str:
    """Return a message's nonce as text, empty where it has none."""
    return str(message.nonce) if isinstance(message.nonce, (str, int)) else ""


def receive(timeline: Timeline, message: Message, *, is_own: bool, member: Member | None = None) -> list[Change]:
    """Take a new message from MESSAGE_CREATE.

    A known id is no second message. One's own settles the entry of its nonce. A timeline that nobody has fetched, or that is
    stale, takes no strangers' messages: the page that makes it fresh will hold them.
    """
    message = poll_votes.begun(plain(message))
    _note(timeline, message.id, message)
    if timeline.has_newer:
        return []
    nonce = nonce_text(message) if is_own else ""
    unsent = _unsent_index(timeline, nonce)
    known = timeline.find(message.id)
    if known is not None:
        if unsent is None:
            return []
        return [MessageRemoved(timeline.channel_id, timeline.unsent.pop(unsent).key)]
    if unsent is not None:
        return _confirm(timeline, unsent, message, member)
    if timeline.is_stale:
        return []
    entry = Entry(str(message.id), message, member=member)
    timeline.confirmed.insert(timeline.position(message.id), entry)
    if len(timeline.confirmed) > MAX_ENTRIES:
        _trim(timeline)
        return [TimelineReset(timeline.channel_id)]
    return [MessageAdded(timeline.channel_id, entry.key)]


def settle(timeline: Timeline, nonce: str, message: Message, *, member: Member | None = None) -> list[Change]:
    """Take the server's answer to one's own message.

    Where the entry of its nonce is gone, the dispatch was here first, and perhaps edits and a deletion after it: the answer
    is old news then.
    """
    unsent = _unsent_index(timeline, nonce)
    if unsent is None:
        return []
    message = poll_votes.begun(plain(message))
    _note(timeline, message.id, message)
    if timeline.find(message.id) is not None:
        return [MessageRemoved(timeline.channel_id, timeline.unsent.pop(unsent).key)]
    return _confirm(timeline, unsent, message, member)


def update(timeline: Timeline, message: Message) -> list[Change]:
    """Take a message's new text from MESSAGE_UPDATE; one that is older than what is known is passed over."""
    noted = (timeline.journal or {}).get(message.id)
    if noted is None or not _is_older_edit(message, noted):
        _note(timeline, message.id, plain(message))
    return apply_edit(timeline, message)


def apply_edit(timeline: Timeline, message: Message) -> list[Change]:
    """Show a message's new text if the message is known: from the answer to one's own edit, which may be old news."""
    message = plain(message)
    entry = timeline.find(message.id)
    if entry is None:
        return []
    message = _kept(message, entry.message)
    if entry.message == message or _is_older_edit(message, entry.message):
        return []
    entry.message = message
    entry.revision += 1
    return [MessageChanged(timeline.channel_id, entry.key)]


def change(timeline: Timeline, message_id: int, how: Callable[[Message], Message]) -> list[Change]:
    """Change what is known of a message beside its text, such as its reactions."""
    entry = timeline.find(message_id)
    if entry is None:
        return []
    changed = how(entry.message)
    if changed is entry.message:
        return []
    entry.message = changed
    entry.revision += 1
    return [MessageChanged(timeline.channel_id, entry.key)]


def remove(timeline: Timeline, *message_ids: int) -> list[Change]:
    """Take deletions. Replies to what is gone say so from now on."""
    changes: list[Change] = []
    for message_id in message_ids:
        _note(timeline, message_id, None)
        index = timeline.position(message_id)
        if index < len(timeline.confirmed) and timeline.confirmed[index].message.id == message_id:
            changes.append(MessageRemoved(timeline.channel_id, timeline.confirmed.pop(index).key))
    gone = set(message_ids)
    for entry in timeline:
        original = entry.message.referenced_message
        if isinstance(original, Message) and original.id in gone and original.channel_id == timeline.channel_id:
            entry.message = msgspec.structs.replace(entry.message, referenced_message=None)
            entry.revision += 1
            changes.append(MessageChanged(timeline.channel_id, entry.key))
    return changes


def add_pending(timeline: Timeline, nonce: str, message: Message) -> Entry:
    """Put a message that was just written, and that no server has acknowledged, at the end."""
    entry = Entry(key_of_nonce(nonce), message, Delivery.PENDING)
    timeline.unsent.append(entry)
    return entry


def fail(timeline: Timeline, key: str, sentence: str) -> list[Change]:
    """Mark an unsent entry as refused, with the reason."""
    entry = find_unsent(timeline, key)
    if entry is None:
        return []
    entry.delivery, entry.error = Delivery.FAILED, sentence
    entry.revision += 1
    return [MessageChanged(timeline.channel_id, key)]


def retry(timeline: Timeline, key: str) -> list[Change]:
    """Mark a failed entry as on its way again; it goes after those that wait already."""
    entry = find_unsent(timeline, key)
    if entry is None or entry.delivery is not Delivery.FAILED:
        return []
    timeline.unsent.remove(entry)
    timeline.unsent.append(entry)
    entry.delivery, entry.error = Delivery.PENDING, ""
    entry.revision += 1
    return [MessageChanged(timeline.channel_id, key)]


def discard(timeline: Timeline, key: str) -> list[Change]:
    """Forget an unsent entry."""
    entry = find_unsent(timeline, key)
    if entry is None:
        return []
    timeline.unsent.remove(entry)
    return [MessageRemoved(timeline.channel_id, key)]


def find_unsent(timeline: Timeline, key: str) -> Entry | None:
    return next((entry for entry in timeline.unsent if entry.key == key), None)


def mark_stale(timeline: Timeline) -> None:
    """Note that dispatches were missed: edits and deletions of all that is known may be among them."""
    timeline.is_stale = True
    timeline.generation += 1


def begin_load(timeline: Timeline) -> int:
    """Start to note what dispatches say, before a page is asked for.

    Returns the generation: where the timeline has another one when the page comes, the page is not to be used.
    """
    timeline.is_loading = True
    timeline.journal = {}
    return timeline.generation


def end_load(timeline: Timeline) -> None:
    """Stop noting; call it whatever became of the page."""
    timeline.is_loading = False
    timeline.journal = None


def show_newest(timeline: Timeline, page: Iterable[Message], *, reaches_start: bool, own_id: int) -> list[Change]:
    """Replace what is confirmed by the channel's newest messages, without a gap up to now. Call between begin_load and end_load.

    Known entries keep their keys, so that a reader's place stays. What is older than the page is dropped: it is
    fetched again when somebody scrolls there.
    """
    shown: dict[int, Message] = {
        message.id: plain(message) for message in page if message.channel_id == timeline.channel_id
    }
    oldest = 0 if reaches_start or not shown else min(shown)
    for message_id, told in (timeline.journal or {}).items():
        if told is None:
            shown.pop(message_id, None)
        elif message_id >= oldest:
            shown[told.id] = _kept(told, shown.get(told.id, told))
    known: dict[int, Entry] = {entry.message.id: entry for entry in timeline.confirmed}
    confirmed = []
    for message_id in sorted(shown):
        message = shown[message_id]
        entry = known.get(message_id) or _settled(timeline, message, own_id) or Entry(str(message_id), message)
        if entry.message != message:
            entry.message = message
            entry.revision += 1
        confirmed.append(entry)
    timeline.confirmed = confirmed
    timeline.has_older = not reaches_start
    timeline.is_stale = False
    return [TimelineReset(timeline.channel_id)]


def show_older(timeline: Timeline, page: Iterable[Message], *, before: int, reaches_start: bool) -> list[Change]:
    """Put a page of older messages before the known ones. Call between begin_load and end_load."""
    journal = timeline.journal or {}
    older: dict[int, Message] = {}
    for message in page:
        if message.channel_id != timeline.channel_id or message.id >= before:
            continue  # not what was asked for
        told = journal.get(message.id, message)
        if told is not None:
            older[message.id] = _kept(plain(told), message)
    is_known = timeline.confirmed and timeline.confirmed[0].message.id < before
    if is_known:  # somebody else has loaded meanwhile
        older = {key: value for key, value in older.items() if key < timeline.confirmed[0].message.id}
    timeline.confirmed[:0] = [Entry(str(message_id), older[message_id]) for message_id in sorted(older)]
    timeline.has_older = not reaches_start
    if timeline.has_newer:
        del timeline.confirmed[MAX_ENTRIES:]
    return [HistoryLoaded(timeline.channel_id, len(older))]


def show_window(window: Timeline, page: Iterable[Message]) -> list[Change]:
    """Fill a window with messages that have none between them. Call between begin_load and end_load."""
    known = {entry.message.id: entry for entry in window.confirmed}
    window.confirmed = []
    for message in _told(window, page):
        entry = known.get(message.id) or Entry(str(message.id), message)
        if entry.message != message:
            entry.message = message
            entry.revision += 1
        window.confirmed.append(entry)
    window.is_stale = False
    window.has_newer = True
    return [TimelineReset(window.channel_id)]


def show_newer(window: Timeline, page: Iterable[Message], *, reaches_end: bool) -> list[Change]:
    """Put a page of newer messages after a window's last. Call between begin_load and end_load.

    With `reaches_end` the page held the channel's newest message: what dispatches told since then goes on from there.
    """
    last = window.confirmed[-1].message.id if window.confirmed else 0
    newer = [message for message in _told(window, page, with_new=reaches_end) if message.id > last]
    window.confirmed += [Entry(str(message.id), message) for message in newer]
    window.has_newer = not reaches_end
    if len(window.confirmed) > MAX_ENTRIES:
        _trim(window)
    return [HistoryLoaded(window.channel_id, 0)]


def join(present: Timeline, window: Timeline) -> bool:
    """Put a window before the present where no gap parts them; return whether that is so."""
    if present.is_stale or not window.confirmed:
        return False
    first = present.confirmed[0].message.id if present.confirmed else None
    if window.has_newer and (first is None or window.confirmed[-1].message.id < first):
        return False
    older = [entry for entry in window.confirmed if first is None or entry.message.id < first]
    present.confirmed[:0] = older
    present.has_older = window.has_older if older else present.has_older
    return True


def covers(timeline: Timeline, message_id: int) -> bool:
    """Say whether a message of this id, if there is one, is among those known."""
    confirmed = timeline.confirmed
    if timeline.is_stale or (not confirmed and (timeline.has_older or timeline.has_newer)):
        return False
    begins_before = not timeline.has_older or confirmed[0].message.id <= message_id
    return begins_before and (not timeline.has_newer or message_id <= confirmed[-1].message.id)


def _told(timeline: Timeline, page: Iterable[Message], *, with_new: bool = False) -> list[Message]:
    """Return a page's messages by id, as dispatches have told them meanwhile; `with_new` also those that came after it."""
    journal = timeline.journal or {}
    shown: dict[int, Message] = {
        message.id: plain(message) for message in page if message.channel_id == timeline.channel_id
    }
    newest = max(shown, default=timeline.confirmed[-1].message.id if timeline.confirmed else 0)
    for message_id, told in journal.items():
        if told is None:
            shown.pop(message_id, None)
        elif message_id in shown or (with_new and message_id > newest):
            shown[told.id] = _kept(told, shown.get(told.id, told))
    return [shown[message_id] for message_id in sorted(shown)]


def plain(message: Message) -> Message:
    """Return the message without what a dispatch adds to it, and cut where no honest server would have let it grow.

    What many messages say alike, who wrote them and where, is one object for all: a fifth of their memory.
    """
    content = message.content
    if len(content) > MAX_CONTENT_CHARACTERS:
        content = content[:MAX_CONTENT_CHARACTERS] + "…"
    if type(message) is not Message or content is not message.content:
        fields = {name: getattr(message, name) for name in Message.__struct_fields__}
        message = Message(**(fields | {"content": content}))
    # Equal values take the place of equal ones in what is frozen: nobody can tell.
    force_setattr(message, "author", _shared(message.author))
    force_setattr(message, "channel_id", _shared(message.channel_id))
    return message


@lru_cache(maxsize=MAX_SHARED, typed=True)
def _shared(value: T) -> T:
    """Return the first of equal values."""
    return value


def _kept(message: Message, known: Message) -> Message:
    """Return a message of a dispatch with what dispatches do not tell of it: reactions, and one's own votes."""
    return poll_votes.kept(reactions.kept(message, known), known)


def _note(timeline: Timeline, message_id: int, message: Message | None) -> None:
    journal = timeline.journal
    if journal is None or (message_id in journal and journal[message_id] is None):
        return  # what was deleted never comes back, whatever an answer says that was under way
    journal[message_id] = message


def _unsent_index(timeline: Timeline, nonce: str) -> int | None:
    if not nonce:
        return None
    key = key_of_nonce(nonce)
    return next((index for index, entry in enumerate(timeline.unsent) if entry.key == key), None)


def _confirm(timeline: Timeline, unsent: int, message: Message, member: Member | None) -> list[Change]:
    entry = timeline.unsent.pop(unsent)
    entry.message, entry.member, entry.error = message, member, ""
    entry.delivery = Delivery.CONFIRMED
    entry.revision += 1
    timeline.confirmed.insert(timeline.position(message.id), entry)
    if len(timeline.confirmed) > MAX_ENTRIES:  # somebody who talks alone, as a script does
        _trim(timeline)
        return [TimelineReset(timeline.channel_id)]
    return [MessageChanged(timeline.channel_id, entry.key)]


def _settled(timeline: Timeline, message: Message, own_id: int) -> Entry | None:
    """Return the unsent entry that this message turns out to be, taken from the unsent ones."""
    index = _unsent_index(timeline, nonce_text(message)) if message.author.id == own_id else None
    if index is None:
        return None
    entry = timeline.unsent.pop(index)
    entry.delivery, entry.error = Delivery.CONFIRMED, ""
    entry.revision += 1
    return entry


def _trim(timeline: Timeline) -> None:
    del timeline.confirmed[: len(timeline.confirmed) - TRIMMED_ENTRIES]
    timeline.has_older = True


def _is_older_edit(message: Message, known: Message) -> bool:
    ours, theirs = _edit_time(known), _edit_time(message)
    if ours is None:
        return False
    return theirs is None or theirs < ours


def _edit_time(message: Message) -> datetime | None:
    if message.edited_timestamp is None:
        return None
    try:
        time = datetime.fromisoformat(message.edited_timestamp)
    except ValueError:
        return None
    return time if time.tzinfo else None


def last_written_by(known: Timeline, user_id: int) -> Message | None:
    """Return the newest message that a user has written, as far as it is among the last ones known and has arrived."""
    for index in range(len(known.confirmed) - 1, max(-1, len(known.confirmed) - MAX_LOOKED_BACK), -1):
        message = known.confirmed[index].message
        if message.author.id == user_id and message.type in (MessageType.DEFAULT, MessageType.REPLY):
            return message
    return None
