"""What `--json` prints: one object a line, each with its type and the version of this schema; `tuichat schema` prints the schema."""

from typing import Literal

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
    """Somebody; `username` is the name in addresses, empty where the account knows only the `id`."""

    id: str
    username: str
    display_name: str
    is_bot: bool


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message; `url` is where the server has it."""

    name: str
    size_bytes: int
    url: str


class MessageRecord(Record, frozen=True, kw_only=True, tag="message"):
    """Somebody wrote something. `account` is the account of this profile that saw it, `channel` where, `id` the message's,
    `author` who, and `is_own` whether that is the account itself.

    `content` is as the protocol carries it, `text` as people type it; `written` is ISO 8601, `reply_to` the id of the
    message that it answers, `files` what is attached. `is_mention` says that it names the account, one of its roles or all
    who are there. `is_late` says that it was written while the connection was lost.
    """

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
    is_mention: bool = False
    is_late: bool = False


class MessageEditedRecord(MessageRecord, frozen=True, kw_only=True, tag="message_edited"):
    """A message says something else now; the fields are those of `message`."""


class MessageDeletedRecord(Record, frozen=True, kw_only=True, tag="message_deleted"):
    """A message is gone: the `account` that saw it, the `channel` and the message's `id`."""

    account: str
    channel: Place
    id: str


class ReactionRecord(Record, frozen=True, kw_only=True, tag="reaction"):
    """A reaction was `what`: "added", "removed" by who had added it, or "cleared" by a moderator.

    `account` is the account that saw it, `channel` where; `id` is the message's, `person` who reacted (None where cleared),
    `is_own` whether that is the account itself. `emoji` is the character, or :name: of a server's own, which has an
    `emoji_id`; None where all emojis were cleared.
    """

    account: str
    channel: Place
    id: str
    what: Literal["added", "removed", "cleared"]
    person: Person | None
    is_own: bool
    emoji: str | None
    emoji_id: str | None


class CallRecord(Record, frozen=True, kw_only=True, tag="call"):
    """Voice. `what`: the call of a private channel is "ringing" for the account; somebody "joined" or "left" a voice channel
    or a private call; or the account itself is "muted", "unmuted", "deafened" or "undeafened" by its own doing.

    `account` is the account that sees it, `channel` where, None for a mute outside of calls; `person` is who, None while
    ringing; `is_own` whether that is the account itself.
    """

    account: str
    channel: Place | None
    what: Literal["ringing", "joined", "left", "muted", "unmuted", "deafened", "undeafened"]
    person: Person | None
    is_own: bool


class RoomRecord(Record, frozen=True, kw_only=True, tag="room"):
    """A live room, which is a stage. `what`: it "began", "ended" or has another "topic"; the account was "invited", "asked_up" to
    speak, "muted" by a host or "put_out"; or somebody or a server that it follows is "live" (started one or speaks in one).

    `account` is the account that sees it, `channel` the room's, also one that the account is not in; `topic` what it is
    about, `name` who did it as people read it, empty where nobody is named.
    """

    account: str
    channel: Place
    what: Literal["began", "ended", "topic", "invited", "asked_up", "muted", "put_out", "live"]
    topic: str
    name: str


class ConnectionRecord(Record, frozen=True, kw_only=True, tag="connection"):
    """An `account` lost its server, or is there again (`is_connected`); `text` says why."""

    account: str
    is_connected: bool
    text: str


class ScheduleRecord(Record, frozen=True, kw_only=True, tag="schedule"):
    """A binding's time has come: `due` is when it should have, `is_late` whether the computer slept meanwhile. ISO 8601."""

    due: str
    is_late: bool = False


class ResultRecord(Record, frozen=True, kw_only=True, tag="result"):
    """What became of a line of `tuichat run`: `line` counts from 1, `command` is the command's name and None for a message,
    `is_done` whether it went well, `text` is a sentence or an answer.

    `message_id` is the message that it sent, `messages` what it found.
    """

    line: int
    command: str | None
    is_done: bool
    text: str
    message_id: str | None = None
    messages: tuple[MessageRecord, ...] = ()


class AccountStatus(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and how many of its channels have something new; `status` is what others see: online, idle, dnd, invisible."""

    account: str
    is_connected: bool
    text: str
    status: str
    unread: int
    mentions: int


class CallStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The call that one is in. `stage` is connecting, connected or rejoining, `since` ISO 8601, `speaking` who speaks now.

    `is_heard` says that the microphone's sound goes out, `is_talking` that the key of push to talk is down; `gate` is voice,
    push_to_talk or open.
    """

    account: str
    channel: Place
    stage: str
    since: str
    is_muted: bool
    is_deafened: bool
    is_muted_by_others: bool
    is_heard: bool
    is_talking: bool
    gate: str
    people: int
    speaking: tuple[str, ...]


class RoomStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The live room of the call, and one's part in it: host, speaker or listener."""

    topic: str
    part: str
    has_asked: bool
    is_invited: bool
    listeners: int


class SoundStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The laptop that has the sound over SSH: what it is called, and how far the way to it is, `text` being what to do.

    `state` is ready, connecting, asking, stalled, lost or refused. `way` is that of a call's packets from there: direct is by
    UDP to the voice server, ssh through ssh and by UDP from here, websocket through ssh and the call's WebSocket; None while
    there is no call, or none is agreed.
    """

    laptop: str
    state: str
    way: str | None
    text: str


class StatusRecord(Record, frozen=True, kw_only=True, tag="status"):
    """How a running tuichat is: its `accounts`, and of all of them how many channels are `unread` and how many messages are
    `mentions`. `channel` is the open one, `do_not_disturb` whether nothing calls; `call` and `room` are None in none.
    `sound` is None where it is that of this machine.
    """

    accounts: tuple[AccountStatus, ...]
    channel: Place | None
    unread: int
    mentions: int
    do_not_disturb: bool
    call: CallStatus | None
    room: RoomStatus | None
    sound: SoundStatus | None = None


EventRecord = (
    MessageRecord
    | MessageEditedRecord
    | MessageDeletedRecord
    | ReactionRecord
    | CallRecord
    | RoomRecord
    | ConnectionRecord
    | ScheduleRecord
)
AnyRecord = EventRecord | ResultRecord | StatusRecord


def schema() -> bytes:
    """Return the JSON schema of a line, as text for people and programs."""
    whole = msgspec.json.schema(AnyRecord)
    return msgspec.json.format(msgspec.json.encode({"$comment": f"tuichat --json, version {VERSION}", **whole}))
