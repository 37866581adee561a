"""Deleting an account: what was its own goes, what it wrote stays, by a "Deleted User"."""

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.profile import DeleteAccountRequest
from tuichat.protocol.relationship import RelationshipType
from tuichat.protocol.rest.error import ErrorCode
from tuichat.server import names
from tuichat.server.actions import errors, follow_steps, groups, guilds, presence, relationships
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.images import ImageKind, put_image
from tuichat.server.actions.users import require_own_password
from tuichat.server.store.operations import EraseAccount, Operation, Put
from tuichat.server.store.rows import UserRow
from tuichat.server.store.social_rows import GuildSettingsRow, PrivacyRow

DELETED_NAME = "Deleted User"


async def delete_account(ctx: Context, actor: Actor, request: DeleteAccountRequest) -> None:
    """Delete the actor's account for good. Needs the password where there is one.

    It leaves every guild and group first, ends its friendships and requests, and its bots' tokens are of no use any more.
    What is stopped half-way is done again by the next try. Raises ActionError 40011 while it owns a guild, 50035, 429;
    HashingBusy.
    """
    if actor.is_bot:
        raise errors.bots_cannot()
    await require_own_password(ctx, actor, request.password or None)
    _require_no_guild(ctx, actor)
    for state in ctx.guilds.of_user(actor.user_id):
        await guilds.leave_guild(ctx, actor, state.id)
    for row in ctx.directs.of_user(actor.user_id):
        if row.type == ChannelType.GROUP_DM:
            await groups.leave_group(ctx, actor, row)
    for relationship in list(ctx.relations.of_user(actor.user_id)):
        if relationship.type != RelationshipType.NONE:
            await relationships.remove_relationship(ctx, actor, relationship.other_id)
    for application in await ctx.store.read_applications(actor.user_id):
        await ctx.accounts.revoke_all(application.id)
    async with ctx.edits.hold(actor.user_id):
        before = ctx.users.get(actor.user_id)
        if before is None or before.is_deleted:
            return
        await erase(ctx, before)


def _require_no_guild(ctx: Context, actor: Actor) -> None:
    if any(state.row.owner_id == actor.user_id for state in ctx.guilds.of_user(actor.user_id)):
        raise errors.bad_request(
            ErrorCode.OWNS_GUILDS, "You must transfer ownership of any owned guilds before deleting your account"
        )


async def erase(ctx: Context, before: UserRow) -> None:
    """Take from an account all that is its own, with its tokens; the caller has taken it out of its guilds."""
    username = f"deleted_{before.id}"
    row = UserRow(
        id=before.id,
        username=username,
        name_key=names.name_key(username),
        display_name=DELETED_NAME,
        is_deleted=True,
    )
    operations: list[Operation] = [Put(row), EraseAccount(row.id)]
    if before.avatar is not None:
        operations.append(put_image(ImageKind.AVATAR, row.id, None))
    profile = await ctx.store.read_profile(row.id)
    if profile is not None and profile.banner is not None:
        operations.append(put_image(ImageKind.BANNER, row.id, None))
    muted = await ctx.store.read_guild_settings(row.id)
    # From here on nobody signs in as it: the tokens go in the same transaction.
    await ctx.accounts.revoke_all(row.id, *operations)
    ctx.users.put(row)
    for relationship in list(ctx.relations.of_user(row.id)):
        ctx.relations.remove(row.id, relationship.other_id)
    follow_steps.tell(ctx, ctx.follows.forget_account(row.id))
    ctx.privacy.put(PrivacyRow(user_id=row.id))
    for settings in muted:
        ctx.notices.put(_default_settings(settings))
    presence.tell_user(ctx, row.id)


def _default_settings(row: GuildSettingsRow) -> GuildSettingsRow:
    return GuildSettingsRow(
        user_id=row.user_id, guild_id=row.guild_id, version=row.version, settings=b'{"guild_id":null}'
    )
