"""The REST routes that a client uses, as requests: pure, so that what is sent can be seen without a server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from tuichat.protocol.message import MessageReference
from tuichat.protocol.rest.account import EditUserRequest, LoginRequest, RegisterRequest
from tuichat.protocol.rest.channel import CreateChannelRequest
from tuichat.protocol.rest.guild import CreateGuildRequest, CreateInviteRequest
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.rest.message import AttachmentRequest, CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake

PAGE_MESSAGES = 100  # the most that a server gives at once
PATIENCE_S = 15.0  # taste: how long a person waits before being told that the server does not answer


Body = msgspec.Struct | Sequence[msgspec.Struct] | None


class Repeat(Enum):
    """Whether a request may be sent again when nobody knows if the first one was carried out."""

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `route` is its template, which shares a rate limit, `major` the id it is about.

    `patience_s` is how long to go on after lost connections and 5xx; 0 for a single try. `reason` is for the audit log of
    a guild, in at most 512 characters.
    """

    method: str
    path: str
    route: str
    major: str = ""
    body: Body = None
    repeat: Repeat = Repeat.SAFE
    patience_s: float = PATIENCE_S
    query: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    reason: str = ""


class OpenPrivateChannel(msgspec.Struct, frozen=True):
    """POST /users/@me/channels of a user account."""

    recipients: list[Snowflake]


class AckMessage(msgspec.Struct, frozen=True):
    token: str | None = None


class AnnouncedFile(msgspec.Struct, frozen=True):
    filename: str
    file_size: int
    id: int = 0


class AnnounceFiles(msgspec.Struct, frozen=True):
    """POST /channels/CHANNEL/attachments."""

    files: list[AnnouncedFile]


class RefreshUrls(msgspec.Struct, frozen=True):
    attachment_urls: list[str]


class AckAgain(msgspec.Struct, frozen=True):
    """POST .../ack that a user chose, rather than a channel that was looked at."""

    manual: bool
    mention_count: int


class LocalSignIn(msgspec.Struct, frozen=True):
    """POST /tuichat/local/sign-in: a new account by its display name, or an existing one by its id."""

    display_name: str | None
    user_id: str | None


def make_request(
    method: str,
    route: str,
    *ids: int | str,
    body: Body = None,
    repeat: Repeat = Repeat.SAFE,
    patience_s: float = PATIENCE_S,
    query: Mapping[str, str | Sequence[str]] | None = None,
    reason: str = "",
) -> Request:
    """Return a request of a route's template and the ids in it; the first id is the one that shares a rate limit."""
    path = route.format(*(quote(str(value), safe="@") for value in ids))
    major = str(ids[0]) if ids else ""
    return Request(method, path, f"{method} {route}", major, body, repeat, patience_s, query or {}, reason)


def server_info() -> Request:
    return make_request("GET", "/tuichat", patience_s=0)


def gateway() -> Request:
    return make_request("GET", "/gateway", patience_s=0)


def local_sign_in(display_name: str | None, user_id: str | None) -> Request:
    # Repeated by user id it signs in again; by name it could make a second account.
    repeat = Repeat.UNSAFE if user_id is None else Repeat.SAFE
    return make_request("POST", "/tuichat/local/sign-in", body=LocalSignIn(display_name, user_id), repeat=repeat)


def login(name: str, password: str) -> Request:
    return make_request("POST", "/auth/login", body=LoginRequest(login=name, password=password), patience_s=5)


def register(username: str, password: str, invite: str | None, display_name: str | None) -> Request:
    body = RegisterRequest(
        username=username, password=password, invite=invite or UNSET, global_name=display_name or UNSET
    )
    return make_request("POST", "/auth/register", body=body, repeat=Repeat.UNSAFE, patience_s=5)


def logout() -> Request:
    return make_request("POST", "/auth/logout", body=AckMessage(), repeat=Repeat.UNSAFE, patience_s=1)


def get_me() -> Request:
    return make_request("GET", "/users/@me")


def edit_display_name(name: str | None) -> Request:
    return make_request("PATCH", "/users/@me", body=EditUserRequest(global_name=name))


def create_message(
    channel_id: int, content: str, nonce: str, reply_to: int | None, files: Sequence[AttachmentRequest] = ()
) -> Request:
    """A create that may be repeated: the server knows the nonce again. The caller goes on trying, so its patience is 0."""
    reference = (
        UNSET if reply_to is None else MessageReference(message_id=Snowflake(reply_to), fail_if_not_exists=False)
    )
    body = CreateMessageRequest(
        content=content,
        nonce=nonce,
        enforce_nonce=True,
        message_reference=reference,
        attachments=list(files) or UNSET,
    )
    return make_request("POST", "/channels/{}/messages", channel_id, body=body, patience_s=0)


def create_upload(channel_id: int, filename: str, size_bytes: int) -> Request:
    """Ask for a place to PUT a file to; one that nobody uses is forgotten after a day, so it may be asked for again."""
    body = AnnounceFiles([AnnouncedFile(filename, size_bytes)])
    return make_request("POST", "/channels/{}/attachments", channel_id, body=body, patience_s=0)


def delete_upload(name: str) -> Request:
    return make_request("DELETE", "/attachments/{}", name, patience_s=0)


def refresh_urls(urls: list[str]) -> Request:
    return make_request("POST", "/attachments/refresh-urls", body=RefreshUrls(urls))


def edit_message(channel_id: int, message_id: int, content: str) -> Request:
    body = EditMessageRequest(content=content)
    return make_request("PATCH", "/channels/{}/messages/{}", channel_id, message_id, body=body)


def delete_message(channel_id: int, message_id: int) -> Request:
    return make_request("DELETE", "/channels/{}/messages/{}", channel_id, message_id)


def list_messages(
    channel_id: int, *, limit: int, before: int | None = None, after: int | None = None, around: int | None = None
) -> Request:
    """A page of messages, the newest first, in whatever direction; one of the three ids at most."""
    bounds = {"before": before, "after": after, "around": around}
    query = {"limit": str(limit)} | {name: str(int(bound)) for name, bound in bounds.items() if bound is not None}
    return make_request("GET", "/channels/{}/messages", channel_id, query=query)


def trigger_typing(channel_id: int) -> Request:
    return make_request("POST", "/channels/{}/typing", channel_id, patience_s=0)


def ack_message(channel_id: int, message_id: int) -> Request:
    return make_request("POST", "/channels/{}/messages/{}/ack", channel_id, message_id, body=AckMessage(), patience_s=5)


def unread_from(channel_id: int, read_id: int, mention_count: int) -> Request:
    """Have a channel be read up to a message that lies before what was read: all after it is unread again."""
    body = AckAgain(manual=True, mention_count=mention_count)
    return make_request("POST", "/channels/{}/messages/{}/ack", channel_id, read_id, body=body, patience_s=5)


def get_invite(code: str) -> Request:
    return make_request("GET", "/invites/{}", code, patience_s=5)


def accept_invite(code: str) -> Request:
    return make_request("POST", "/invites/{}", code)


def create_invite(channel_id: int) -> Request:
    body = CreateInviteRequest()
    return make_request("POST", "/channels/{}/invites", channel_id, body=body, repeat=Repeat.UNSAFE)


def create_guild(name: str) -> Request:
    return make_request("POST", "/guilds", body=CreateGuildRequest(name=name), repeat=Repeat.UNSAFE)


def leave_guild(guild_id: int) -> Request:
    return make_request("DELETE", "/users/@me/guilds/{}", guild_id)


def create_channel(guild_id: int, name: str, kind: int) -> Request:
    body = CreateChannelRequest(name=name, type=kind)
    return make_request("POST", "/guilds/{}/channels", guild_id, body=body, repeat=Repeat.UNSAFE)


def open_group(user_ids: Sequence[int]) -> Request:
    body = OpenPrivateChannel([Snowflake(each) for each in user_ids])
    return make_request("POST", "/users/@me/channels", body=body, repeat=Repeat.UNSAFE)


def open_private_channel(user_id: int) -> Request:
    return make_request("POST", "/users/@me/channels", body=OpenPrivateChannel([Snowflake(user_id)]))


def set_nickname(guild_id: int, nick: str | None) -> Request:
    return make_request("PATCH", "/guilds/{}/members/@me", guild_id, body=EditMemberRequest(nick=nick))


def list_mentions(*, limit: int, before: int | None) -> Request:
    query = {"limit": str(limit)} | ({} if before is None else {"before": str(before)})
    return make_request("GET", "/users/@me/mentions", query=query)


def dismiss_mention(message_id: int) -> Request:
    return make_request("DELETE", "/users/@me/mentions/{}", message_id)
