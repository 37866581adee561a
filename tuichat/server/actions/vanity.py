"""Vanity codes: an invite that a guild has for ever, under a word of its own."""

import re

import msgspec

from tuichat.protocol.guild import VanityUrl
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, guild_editing
from tuichat.server.actions.access import require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.step import Step
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import InviteRow, MemberRow

CODE_CHARACTERS = (2, 25)  # Discord's clients; its documentation does not say
_CODE = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


async def get_vanity(ctx: Context, actor: Actor, guild_id: int) -> VanityUrl:
    """A guild's code, and how often it was used: MANAGE_GUILD."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    return _shown(state)


async def set_vanity(ctx: Context, actor: Actor, guild_id: int, code: str | None) -> VanityUrl:
    """Give a guild a code of 2 to 25 letters, digits and hyphens, or take it away: MANAGE_GUILD.

    Raises ActionError 50035 for a word that is no code, 50020 for one that is taken.
    """
    wanted = (code or "").strip().lower() or None
    require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    if wanted is not None:
        low, high = CODE_CHARACTERS
        if not low <= len(wanted) <= high or not _CODE.fullmatch(wanted):
            raise errors.invalid_field(
                "code", "BASE_TYPE_BAD_VALUE", f"Must be {low} to {high} letters, digits and hyphens between them."
            )
    is_invite = wanted is not None and await ctx.store.read_invite(wanted) is not None
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
        if wanted == state.row.vanity_code:
            return _shown(state)
        if is_invite or (wanted is not None and ctx.guilds.by_vanity(wanted) is not None):
            raise _taken()
        row = msgspec.structs.replace(state.row, vanity_code=wanted, vanity_uses=0)
        try:
            await guild_editing.write_settings(ctx, actor, state, row)
        except Conflict as conflict:  # another guild was faster
            raise _taken() from conflict
    return _shown(state)


def find(ctx: Context, code: str) -> tuple[GuildState, InviteRow] | None:
    """The guild of a code, and an invite that stands for it: into a channel that everybody sees."""
    state = ctx.guilds.by_vanity(code.lower())
    if state is None or state.row.vanity_code is None:
        return None
    channel = _entrance(state)
    if channel is None:
        return None
    row = InviteRow(
        code=state.row.vanity_code,
        guild_id=state.id,
        channel_id=channel.id,
        inviter_id=None,
        created_ms=state.id.timestamp_ms,
        max_age_s=0,
        uses=state.row.vanity_uses,
    )
    return state, row


def is_vanity(state: GuildState, row: InviteRow) -> bool:
    return row.code == state.row.vanity_code


def use(ctx: Context, state: GuildState) -> Step:
    """Count somebody who came by the code. The caller holds the guild's lock."""
    row = msgspec.structs.replace(state.row, vanity_uses=state.row.vanity_uses + 1)
    return Step([Put(row)], [], lambda: ctx.guilds.put_row(state, row))


def _entrance(state: GuildState) -> ChannelRow | None:
    anybody = MemberRow(guild_id=state.id, user_id=Snowflake(0), joined_ms=0)
    seen = state.visible_channels(anybody)
    settings = state.row.settings
    for channel_id in (settings.rules_channel_id, state.row.system_channel_id):
        if any(channel.id == channel_id for channel in seen):
            return state.channels[channel_id or 0]
    return seen[0] if seen else None


def _shown(state: GuildState) -> VanityUrl:
    return VanityUrl(code=state.row.vanity_code, uses=state.row.vanity_uses)


def _taken() -> errors.ActionError:
    return errors.bad_request(ErrorCode.INVITE_TAKEN, "Invite code was either invalid or taken")
