"""What `--json` prints: one object a line, each with its type and the version of this schema; `tuichat schema` prints the schema."""

import msgspec

VERSION = 1  # grows when a field goes, or means something else; new fields and types come without


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """`v` is the version of the schema. Whoever reads these skips types and fields that it does not know."""

    v: int = VERSION


class GuildName(msgspec.Struct, frozen=True, kw_only=True):
    """A server; ids are texts, as in Discord's API."""

    id: str
    name: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, or a conversation of people, which has no guild. `address` leads there from the command line."""

    id: str
    address: str
    name: str | None
    guild: GuildName | None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    username: str
    display_name: str
    is_bot: bool


class File(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    size_bytes: int
    url: str


class MessageRecord(Record, frozen=True, kw_only=True, tag="message"):
    """Somebody wrote something. `content` is as the protocol carries it, `text` as people type it; `written` is ISO 8601."""

    account: str
    channel: Place
    id: str
    author: Person
    is_own: bool
    content: str
    text: str
    written: str
    reply_to: str | None = None
    files: tuple[File, ...] = ()


class MessageEditedRecord(MessageRecord, frozen=True, kw_only=True, tag="message_edited"):
    """A message says something else now."""


class MessageDeletedRecord(Record, frozen=True, kw_only=True, tag="message_deleted"):
    account: str
    channel: Place
    id: str


class ConnectionRecord(Record, frozen=True, kw_only=True, tag="connection"):
    """An account lost its server, or is there again; `text` says why."""

    account: str
    is_connected: bool
    text: str


class ResultRecord(Record, frozen=True, kw_only=True, tag="result"):
    """What became of a line of `tuichat run`: `line` counts from 1, `text` is a sentence or an answer.

    `message_id` is the message that it sent, `messages` what it found.
    """

    line: int
    command: str | None
    is_done: bool
    text: str
    message_id: str | None = None
    messages: tuple[MessageRecord, ...] = ()


AnyRecord = MessageRecord | MessageEditedRecord | MessageDeletedRecord | ConnectionRecord | ResultRecord


def schema() -> bytes:
    """Return the JSON schema of a line, as text for people and programs."""
    whole = msgspec.json.schema(AnyRecord)
    return msgspec.json.format(msgspec.json.encode({"$comment": f"tuichat --json, version {VERSION}", **whole}))
