"""Recent mentions: the messages of the last week that name somebody, wherever it sees them."""

from tuichat.protocol.dispatch.read_state import RecentMentionDelete
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import EPOCH_MS, MAX_SNOWFLAKE, TIMESTAMP_SHIFT, Snowflake
from tuichat.server.actions import errors, fields, message_objects
from tuichat.server.actions.access import require_guild
from tuichat.server.actions.context import Actor, Context
from tuichat.server.bus import event
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import ForgetDismissed, Put
from tuichat.server.store.social_rows import DismissedMentionRow
from tuichat.server.store.social_store import MentionQuery

LIFE_MS = 7 * 86_400_000  # Discord's
MAX_PAGE = 100
BATCH = 200
MAX_BATCHES = 10  # taste: so many messages are looked at for one page, at most 2000


async def list_mentions(
    ctx: Context,
    actor: Actor,
    *,
    before: int | None = None,
    limit: int = 25,
    guild_id: int | None = None,
    with_roles: bool = True,
    with_everyone: bool = True,
) -> list[Message]:
    """A page of 1 to 100 messages that mention the actor, newest first: of one guild, or of all and direct messages."""
    fields.require_range("limit", limit, 1, MAX_PAGE)
    if actor.is_bot:
        raise errors.bots_cannot()
    if guild_id is not None:
        require_guild(ctx, actor, guild_id)
    oldest, bound = _oldest(ctx), MAX_SNOWFLAKE if before is None else before
    found: list[MessageRow] = []
    for _ in range(MAX_BATCHES):
        query = MentionQuery(
            user_id=int(actor.user_id),
            after=oldest,
            before=int(bound),
            with_roles=with_roles,
            with_everyone=with_everyone,
        )
        rows = await ctx.store.read_mentions(query, BATCH)
        found += (row for row in rows if _mentions(ctx, actor, row, query, guild_id))
        if len(rows) < BATCH or len(found) >= limit:
            break
        bound = rows[-1].id
    page = found[:limit]
    beside = await ctx.store.read_beside(page, actor.user_id)
    return [
        message
        for row in page
        if _sees(ctx, actor, row, guild_id)  # the store was asked meanwhile
        for message in message_objects.page(ctx, ctx.guilds.of_channel(row.channel_id), [row], beside)
    ]


async def dismiss_mention(ctx: Context, actor: Actor, message_id: int) -> None:
    """Take a message off the list of the actor's mentions, for all of its sessions."""
    if actor.is_bot:
        raise errors.bots_cannot()
    row = DismissedMentionRow(user_id=actor.user_id, message_id=Snowflake(message_id))
    told = event("RECENT_MENTION_DELETE", RecentMentionDelete(message_id=row.message_id), user_ids=[actor.user_id])
    await ctx.store.write([ForgetDismissed(actor.user_id, _oldest(ctx)), Put(row)], [told])


def _mentions(ctx: Context, actor: Actor, row: MessageRow, query: MentionQuery, guild_id: int | None) -> bool:
    if not _sees(ctx, actor, row, guild_id) or not ctx.relations.hears(actor.user_id, row.author_id):
        return False
    if actor.user_id in row.mention_ids or (query.with_everyone and row.mentions_everyone):
        return True
    state = ctx.guilds.of_channel(row.channel_id)
    own_roles = () if state is None else state.members[actor.user_id].role_ids
    return query.with_roles and not set(row.mention_role_ids).isdisjoint(own_roles)


def _sees(ctx: Context, actor: Actor, row: MessageRow, guild_id: int | None) -> bool:
    """Whether the actor may read the message where it stands."""
    state = ctx.guilds.of_channel(row.channel_id)
    if state is None:
        direct = ctx.directs.get(row.channel_id)
        return guild_id is None and direct is not None and actor.user_id in direct.recipient_ids
    if guild_id is not None and state.id != guild_id:
        return False
    needed = int(Permissions.VIEW_CHANNEL | Permissions.READ_MESSAGE_HISTORY)
    return state.grants(actor.user_id, row.channel_id, needed)


def _oldest(ctx: Context) -> int:
    """The smallest id of the last week."""
    return max(ctx.now_ms() - LIFE_MS - EPOCH_MS, 0) << TIMESTAMP_SHIFT
