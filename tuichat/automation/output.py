"""Standard output of a script: records as JSON lines, or the same in words."""

import sys
from datetime import datetime

import msgspec

from tuichat.automation.program import say
from tuichat.automation.records import (
    AnyRecord,
    ConnectionRecord,
    MessageDeletedRecord,
    MessageEditedRecord,
    MessageRecord,
    ResultRecord,
)
from tuichat.commands.errors import CommandError
from tuichat.text.safe_text import safe_block, safe_line
from tuichat.translation import _


class Output:
    """Each record is flushed at once: whoever reads the pipe waits for it."""

    def __init__(self, *, is_json: bool) -> None:
        """Raises CommandError where standard output is closed."""
        if sys.stdout is None:
            raise CommandError(_("Standard output is closed, so nothing can be printed."))
        self.is_json = is_json

    def put(self, record: AnyRecord) -> None:
        """Print a record. Raises BrokenPipeError where nobody reads any more."""
        if self.is_json:
            self._write(msgspec.json.encode(record).decode())
        elif isinstance(record, ConnectionRecord):
            say(_connection(record))
        else:
            self._write(words(record))

    def text(self, text: str) -> None:
        """Print an answer that is text."""
        self._write(safe_block(text))

    def _write(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def words(record: AnyRecord) -> str:
    """Return a record as a line, or as many as its text has."""
    if isinstance(record, MessageRecord):
        when = _clock(record.written)
        files = "".join(f" [{safe_line(each.name)}]" for each in record.files)
        text = safe_block(record.text)
        if isinstance(record, MessageEditedRecord):
            text = _("{words} (edited)").format(words=text)
        return f"{when} {safe_line(record.author.display_name)}: {text}{files}"
    if isinstance(record, MessageDeletedRecord):
        return _("Message {id} was deleted.").format(id=record.id)
    if isinstance(record, ResultRecord | ConnectionRecord):
        return safe_block(record.text)
    return msgspec.json.encode(record).decode()  # what only programs ask for


def _clock(written: str) -> str:
    try:
        return datetime.fromisoformat(written).astimezone().strftime("%H:%M")
    except (ValueError, OverflowError):  # what a server says of time may be anything
        return "--:--"


def _connection(record: ConnectionRecord) -> str:
    if record.is_connected:
        return _("{account} is connected again.").format(account=safe_line(record.account))
    return " ".join(
        [_("{account} is not connected.").format(account=safe_line(record.account)), safe_line(record.text)]
    ).strip()
