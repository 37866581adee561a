"""Operations: the parts of one write, which happen together or not at all."""

import msgspec

from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.rows import ApplicationRow, Row, SoundRow
from tuichat.server.store.scheduled_event_rows import ScheduledRow
from tuichat.server.store.social_rows import SocialRow
from tuichat.server.store.stage_rows import StageRow


class Put(msgspec.Struct, frozen=True):
    """Insert a row, or replace the one with its key; a message is only ever inserted, and needs its channel."""

    row: Row


class DeleteGuild(msgspec.Struct, frozen=True):
    """Remove a guild with all that belongs to it; its messages follow little by little."""

    guild_id: int


class DeleteChannel(msgspec.Struct, frozen=True):
    """Remove a channel with its invites and read states; its messages follow little by little."""

    channel_id: int


class DeleteThreadMember(msgspec.Struct, frozen=True):
    """A user follows a thread no more."""

    thread_id: int
    user_id: int


class DeleteRole(msgspec.Struct, frozen=True):
    """Remove a role. Members and channels that name it are put anew by the caller."""

    role_id: int


class DeleteMember(msgspec.Struct, frozen=True):
    """Remove a user from a guild, and from its threads."""

    guild_id: int
    user_id: int


class UpdateMessage(msgspec.Struct, frozen=True):
    """Write a message anew; raises Conflict when it is not there any more."""

    row: MessageRow


class AddMessage(msgspec.Struct, frozen=True):
    """Insert a message beside other things, and raise mention counts, as `Store.add_message` does."""

    row: MessageRow
    pinged_ids: tuple[int, ...] = ()
    pings_guild_id: int | None = None
    marks_read: bool = False


class DeleteMessages(msgspec.Struct, frozen=True):
    """Remove messages of one channel; raises Conflict when none of them is there. A thread keeps count of them."""

    channel_id: int
    message_ids: tuple[int, ...]


class AddReaction(msgspec.Struct, frozen=True):
    """A user reacts to a message; raises Conflict when it is gone, or has this reaction already.

    `order_id` is the reaction's own snowflake: emojis stand in the order of the first ones.
    """

    message_id: int
    channel_id: int
    emoji: str
    name: str | None
    is_animated: bool
    user_id: int
    order_id: int


class RemoveReaction(msgspec.Struct, frozen=True):
    """Take one reaction back; raises Conflict when it is not there."""

    message_id: int
    emoji: str
    user_id: int


class RemoveReactions(msgspec.Struct, frozen=True):
    """Remove all reactions of a message, or those with one emoji; raises Conflict when there are none."""

    message_id: int
    emoji: str | None = None


class SetVotes(msgspec.Struct, frozen=True):
    """What a user votes for, in place of what it voted before; raises Conflict when the poll is not open."""

    message_id: int
    user_id: int
    answer_ids: tuple[int, ...]


class ClosePoll(msgspec.Struct, frozen=True):
    """A poll takes no more votes; raises Conflict when it took none before."""

    message_id: int


class DeleteWebhook(msgspec.Struct, frozen=True):
    """Remove a webhook; raises Conflict when it is not there."""

    webhook_id: int


class Remove(msgspec.Struct, frozen=True):
    """Remove the row that has this one's key; nothing happens where there is none."""

    row: SocialRow | SoundRow | ScheduledRow | StageRow | ApplicationRow


class MarkRead(msgspec.Struct, frozen=True):
    """Note that a user has read a channel up to a message.

    `mention_count` None counts the mentions after it: of the user, of its `role_ids`, of everyone unless `skips_everyone`,
    and with `counts_all` (a direct message) every message; none by `ignored_ids`. `flags` and `last_viewed` None stay.
    """

    user_id: int
    channel_id: int
    message_id: int
    role_ids: tuple[int, ...] = ()
    version: int = 0
    mention_count: int | None = None
    skips_everyone: bool = False
    counts_all: bool = False
    ignored_ids: frozenset[int] = frozenset()
    flags: int | None = None
    last_viewed: int | None = None


class ForgetDismissed(msgspec.Struct, frozen=True):
    """Forget which mentions of before an id a user dismissed: they are on no list any more."""

    user_id: int
    before_id: int


class MarkPinsRead(msgspec.Struct, frozen=True, kw_only=True):
    """Note that a user has seen a channel's pins up to a time, in Unix milliseconds."""

    user_id: int
    channel_id: int
    pinned_ms: int
    version: int


class DeleteReadState(msgspec.Struct, frozen=True):
    """Forget how far a user has read a channel."""

    user_id: int
    channel_id: int


class DeleteInvite(msgspec.Struct, frozen=True):
    """Remove an invite; raises Conflict when it is not there."""

    code: str


class DeleteBan(msgspec.Struct, frozen=True):
    """Lift a ban; raises Conflict when there is none."""

    guild_id: int
    user_id: int


class NoteSeen(msgspec.Struct, frozen=True):
    """Note the last days (since 1970) on which users were here, as far as there are such users."""

    days: tuple[tuple[int, int], ...]  # user id, day


class DeleteEmoji(msgspec.Struct, frozen=True):
    """Remove an emoji; raises Conflict when it is not there."""

    emoji_id: int


class DeleteImage(msgspec.Struct, frozen=True):
    """Remove the picture of something, where it has one; its file goes with its last row."""

    kind: str
    owner_id: int
    guild_id: int = 0


class ForgetLooseFiles(msgspec.Struct, frozen=True):
    """Look no more at these entries, by their numbers: their files are gone, or named by a row again."""

    ids: tuple[int, ...]


class DeleteUpload(msgspec.Struct, frozen=True):
    """Forget an upload that became part of a message, or never will."""

    key: str


class DeleteCommand(msgspec.Struct, frozen=True):
    """Remove an application's command, with who may use it."""

    command_id: int


class DeleteInteractions(msgspec.Struct, frozen=True):
    """Forget the interactions that are older than an id."""

    before_id: int


class DeleteTemplate(msgspec.Struct, frozen=True):
    """Remove a guild's template; raises Conflict when it is not there."""

    code: str


class CountTemplateUse(msgspec.Struct, frozen=True):
    """A guild was made from a template, which may be gone by now."""

    code: str


class DeleteToken(msgspec.Struct, frozen=True):
    """Revoke one token."""

    token_id: int


class DeleteTokensOf(msgspec.Struct, frozen=True):
    """Revoke every token of a user."""

    user_id: int


class DeleteRecoveryCodes(msgspec.Struct, frozen=True):
    """Make every recovery code of a user useless."""

    user_id: int


class EraseAccount(msgspec.Struct, frozen=True):
    """Remove all that is a user's own: password, tokens, recovery codes, profile, settings, notes, relationships, read states.

    What it wrote stays, and so does the row of the user.
    """

    user_id: int


class TrimTokens(msgspec.Struct, frozen=True):
    """Revoke a user's oldest tokens, so that `keep` stay."""

    user_id: int
    keep: int


Operation = (
    Put
    | DeleteGuild
    | DeleteChannel
    | DeleteThreadMember
    | DeleteRole
    | DeleteMember
    | UpdateMessage
    | AddMessage
    | DeleteMessages
    | AddReaction
    | RemoveReaction
    | RemoveReactions
    | SetVotes
    | ClosePoll
    | DeleteWebhook
    | Remove
    | MarkRead
    | MarkPinsRead
    | ForgetDismissed
    | DeleteReadState
    | DeleteInvite
    | DeleteBan
    | NoteSeen
    | DeleteEmoji
    | DeleteCommand
    | DeleteInteractions
    | DeleteImage
    | ForgetLooseFiles
    | DeleteUpload
    | DeleteTemplate
    | CountTemplateUse
    | DeleteToken
    | DeleteTokensOf
    | DeleteRecoveryCodes
    | EraseAccount
    | TrimTokens
)
