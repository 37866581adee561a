"""What every store does: the contract that one test suite holds each implementation to."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store.channel_rows import ChannelRow, ThreadMemberRow
from tuichat.server.store.command_rows import CommandPermissionsRow, CommandRow, InteractionRow
from tuichat.server.store.fences import Fence
from tuichat.server.store.message_rows import (
    AnswerCount,
    Beside,
    CrosspostRow,
    MessageFile,
    MessageRow,
    OpenPollRow,
    ReactionCount,
)
from tuichat.server.store.message_search import MessageSearch, SearchIndexing, SearchPage
from tuichat.server.store.operations import MarkRead, Operation
from tuichat.server.store.rows import (
    ApplicationRow,
    AuditRow,
    BanRow,
    EmojiRow,
    GuildRow,
    ImageRow,
    InviteRow,
    LeftTimeoutRow,
    MemberRow,
    ReadStateRow,
    RoleRow,
    SeenRow,
    SoundRow,
    TemplateRow,
    TokenRow,
    UploadRow,
    UserRow,
    WebhookRow,
)
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow
from tuichat.server.store.scheduled_event_store import ScheduledEventStore
from tuichat.server.store.snapshot import Progress
from tuichat.server.store.social_store import SocialStore
from tuichat.server.store.stage_rows import StageRow
from tuichat.server.store.statistics import Statistics

Publish = Callable[[Event], None]
Apply = Callable[[], None]


def nothing() -> None:
    """Apply nothing."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All that a server holds in memory, read once at its start."""

    users: list[UserRow]
    guilds: list[GuildRow]
    roles: list[RoleRow]
    channels: list[ChannelRow]
    members: list[MemberRow]
    commands: list[CommandRow] = []
    command_permissions: list[CommandPermissionsRow] = []
    thread_members: list[ThreadMemberRow]
    emojis: list[EmojiRow]
    sounds: list[SoundRow] = []
    scheduled_events: list[ScheduledEventRow] = []
    stages: list[StageRow] = []
    seen: list[SeenRow]
    left_timeouts: list[LeftTimeoutRow] = []
    last_message_ids: dict[int, Snowflake]  # by channel
    last_pins_ms: dict[int, int] = {}  # likewise: when the newest of its pins was pinned
    thread_counts: dict[int, tuple[int, int]]  # by thread: messages in it but the first, and how many were deleted


class Store(SocialStore, ScheduledEventStore, Protocol):
    """Durable rows.

    Order: a write enters the queue before `write` or `add_message` first gives up the loop, writes are committed in that
    order, each whole or not at all, and after its commit `before_publish` is called, then its events are published, then
    `after_publish` is called, then its caller goes on: all on the loop and in commit order. A guild's kept events are
    stored in the same transaction and numbered without gaps. What a finished write wrote is on the disk.
    """

    @property
    def server_id(self) -> str:
        """The random id that this data got when it was made."""
        ...

    def next_id(self, now_ms: int) -> Snowflake:
        """Take an id: higher than every one that was ever taken here, whatever the clock says."""
        ...

    async def write(
        self,
        operations: Sequence[Operation],
        events: Sequence[Event] = (),
        *,
        before_publish: Apply = nothing,
        after_publish: Apply = nothing,
        fence: Fence | None = None,
    ) -> None:
        """Do all operations in one transaction. Raises Conflict, StoreBusy or StoreError, and then nothing is done.

        With `fence`, StoreFenced where a newer lease of the same was written with before.
        """
        ...

    async def add_message(
        self,
        row: MessageRow,
        events: Sequence[Event] = (),
        *,
        is_nonce_unique: bool = False,
        pinged_ids: Sequence[int] = (),
        pings_guild_id: int | None = None,
        marks_read: bool = False,
        before_publish: Apply = nothing,
        fence: Fence | None = None,
    ) -> MessageRow:
        """Insert a message.

        With `is_nonce_unique`, a message of the same channel, author and nonce within a day is returned in place of a new
        one, and nothing is written or published. The mention counts of `pinged_ids` in the channel rise by one, and of
        every member of `pings_guild_id`, never the author's. `marks_read`: the author has read the channel up to it.
        Raises Conflict when the channel is gone, or when the first message of that nonce was deleted, and StoreFenced as
        `write` does.
        """
        ...

    async def mark_read(self, marks: Sequence[MarkRead], told: Callable[[MarkRead, int], Event]) -> None:
        """Mark channels as read in one transaction, and publish for each what `told` makes of its mention count then."""
        ...

    async def load(self) -> Snapshot: ...

    async def read_messages(
        self, channel_id: int, *, before: int | None = None, after: int | None = None, limit: int = 50
    ) -> list[MessageRow]:
        """Read up to `limit` messages, newest first: those just before or just after an id (exclusive), or the last ones."""
        ...

    async def read_beside(self, rows: Sequence[MessageRow], user_id: int) -> Beside:
        """Read what is shown with up to 100 messages to a user."""
        ...

    async def read_message(self, channel_id: int, message_id: int) -> MessageRow | None: ...

    async def read_messages_by_id(self, message_ids: Sequence[int]) -> list[MessageRow]:
        """Read those of up to 100 messages that are there, in no order."""
        ...

    async def search(self, wanted: MessageSearch) -> SearchPage | SearchIndexing:
        """Find messages, of finished writes and up to this moment. Raises StoreBusy when too many search at once."""

    async def read_pins(self, channel_id: int, *, before_ms: int | None = None, limit: int = 50) -> list[MessageRow]:
        """Read a channel's pinned messages, the latest pin first; `before_ms` is exclusive."""
        ...

    async def count_pins(self, channel_id: int) -> int: ...

    async def read_reactions(self, message_ids: Sequence[int], user_id: int) -> list[ReactionCount]:
        """Read the reactions of up to 100 messages, a message's emojis in the order of their first ones; `user_id` asks."""
        ...

    async def read_reactors(self, message_id: int, emoji: str, *, after: int = 0, limit: int = 100) -> list[Snowflake]:
        """Read who reacted with an emoji, by id."""
        ...

    async def read_answer_counts(self, message_ids: Sequence[int], user_id: int) -> list[AnswerCount]:
        """Read the votes of up to 100 polls, answers without votes left out; `user_id` asks."""
        ...

    async def read_voters(
        self, message_id: int, answer_id: int, *, after: int = 0, limit: int = 100
    ) -> list[Snowflake]:
        """Read who voted for an answer, by id."""
        ...

    async def read_votes(self, message_id: int, user_id: int) -> list[int]:
        """Read the answers that a user voted for."""
        ...

    async def read_open_polls(self, before_ms: int, limit: int = 100) -> list[OpenPollRow]:
        """Read polls that end up to a time, and are not closed, earliest first."""
        ...

    async def read_next_poll_end_ms(self) -> int | None: ...

    async def read_webhook(self, webhook_id: int) -> WebhookRow | None: ...

    async def read_webhooks(self, *, guild_id: int | None = None, channel_id: int | None = None) -> list[WebhookRow]:
        """Read the webhooks of a guild, or of a channel, oldest first."""
        ...

    async def read_followers(self, channel_id: int) -> list[WebhookRow]:
        """Read the webhooks that follow an announcement channel, oldest first."""
        ...

    async def read_crossposts(self, message_id: int) -> list[CrosspostRow]:
        """Read where the copies of a published message stand."""
        ...

    async def read_template(self, code: str) -> TemplateRow | None: ...

    async def read_template_of(self, guild_id: int) -> TemplateRow | None:
        """Read the one template that a guild may have."""
        ...

    async def read_invite(self, code: str) -> InviteRow | None: ...

    async def read_invites(self, guild_id: int | None = None) -> list[InviteRow]:
        """Read a guild's invites, or all, oldest first."""
        ...

    async def read_states(self, user_id: int) -> list[ReadStateRow]: ...

    async def read_token(self, token_id: int) -> TokenRow | None: ...

    async def read_password_hash(self, user_id: int) -> str | None: ...

    async def read_password_holders(self) -> set[int]:
        """Read the ids of all who have a password."""
        ...

    async def read_application(self, application_id: int) -> ApplicationRow | None: ...

    async def read_applications(self, owner_id: int) -> list[ApplicationRow]:
        """Read the applications of an owner, oldest first."""
        ...

    async def read_image(self, kind: str, owner_id: int, guild_id: int | None = None) -> ImageRow | None:
        """Read the picture of something; `guild_id` where one owner has pictures in several guilds."""
        ...

    async def read_author_avatar(self, webhook_id: int, image_hash: str) -> ImageRow | None:
        """Read a picture that some message of a webhook shows as its author's."""
        ...

    async def read_message_files(self, attachment_id: int) -> list[MessageFile]:
        """Read the file of an attachment, once for each of the messages that name it, oldest first; up to 20."""
        ...

    async def read_uploads(self) -> list[UploadRow]: ...

    async def read_loose_files(self, limit: int) -> list[tuple[int, str]]:
        """Read files that lost a row, with the number of the entry, oldest first."""
        ...

    async def read_used_files(self, names: Collection[str]) -> set[str]:
        """Read which of up to 1000 files a row names."""
        ...

    async def read_files(self, prefix: str) -> set[str]:
        """Read the names of all files that a row names and that begin so."""
        ...

    async def read_interaction(self, interaction_id: int) -> InteractionRow | None: ...

    async def read_setting(self, key: str) -> str | None: ...

    async def read_message_ids_of(self, channel_id: int, author_id: int, *, after: int, limit: int) -> list[Snowflake]:
        """Read the ids of an author's messages in a channel, oldest first, from just after an id on."""
        ...

    async def read_ban(self, guild_id: int, user_id: int) -> BanRow | None: ...

    async def read_bans(
        self, guild_id: int, *, before: int | None = None, after: int | None = None, limit: int = 1000
    ) -> list[BanRow]:
        """Read up to `limit` bans by user id, lowest first: those just before or just after an id, or the first ones."""
        ...

    async def read_audit_log(
        self,
        guild_id: int,
        *,
        user_id: int | None = None,
        action_type: int | None = None,
        target_id: int | None = None,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> list[AuditRow]:
        """Read up to `limit` entries of a guild, newest first; with `after`, those just after an id, oldest first.

        Entries are forgotten after 45 days.
        """
        ...

    async def read_events(self, guild_id: int, after_seq: int, limit: int = 1000) -> list[Event]:
        """Read a guild's kept events in order; old ones are forgotten after a day, or after ten thousand later ones."""
        ...

    async def count_messages(self, channel_ids: Sequence[int], *, before: int) -> int:
        """Count the messages of channels before an id."""
        ...

    async def statistics(self) -> Statistics: ...

    async def copy_to(self, target: Path, progress: Progress) -> None:
        """Write all that finished writes wrote, as it is at one moment, to the new file `target` of the embedded store.

        Writes go on meanwhile. `progress` is called on another thread. Raises StoreError; then there is no `target`.
        """
        ...

    async def close(self) -> None:
        """Finish all queued writes, then close."""
        ...
