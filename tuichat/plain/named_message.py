"""The message that a number, or the word last, names in a command."""

from tuichat.client.client import Client
from tuichat.client.state import Entry
from tuichat.commands.context import FoundMessage
from tuichat.commands.errors import CommandError
from tuichat.plain.printed import Printed
from tuichat.plain.session import Session
from tuichat.text.channel_names import ChannelNames
from tuichat.translation import _

LAST = "last"
MIN_ID_DIGITS = 15  # of a message; numbers before lines are shorter


class Named:
    """A message that a number names, as it is known now."""

    def __init__(self, record: Printed, client: Client, entry: Entry) -> None:
        self.record = record
        self.client = client
        self.entry = entry
        self.channel_id = record.place.channel_id
        self.message = entry.message
        self.names = ChannelNames(client.state, self.channel_id)


def find_numbered(session: Session, typed: str) -> FoundMessage | None:
    """Return the message that a number before it, or the word last, names for a command; None for other words.

    Raises CommandError for a number that means nothing any more.
    """
    is_number = typed.isascii() and typed.isdigit() and len(typed) < MIN_ID_DIGITS
    if not is_number and (typed.lower() not in (LAST, _(LAST)) or session.here is None):
        return None
    named = named_message(session, typed)
    return FoundMessage(named.client, named.channel_id, named.message)


def named_message(session: Session, number: str) -> Named:
    """Return the message of a number. Raises CommandError."""
    record = None
    if number.lower() in (LAST, _(LAST)) and session.here is not None:
        records = [each for each in session.printed.of(session.here) if not each.is_deleted]
        record = max(records, key=lambda each: each.message_id, default=None)
    elif number.isascii() and number.isdigit() and len(number) < 10:
        record = session.printed.numbered(int(number))
    if record is None:
        raise CommandError(_("N is the number that stands before a message, or the word last."))
    client = session.accounts.clients.get(record.place.account_key)
    entry = client.state.timeline(record.place.channel_id).find(record.message_id) if client is not None else None
    if client is None or entry is None:
        raise CommandError(
            _("{number} was deleted, or its channel is closed.").format(number=record.number)
            if record.is_deleted or client is None
            else _("{number} is not at hand any more: open its channel, and go back with /history.").format(
                number=record.number
            )
        )
    return Named(record, client, entry)
