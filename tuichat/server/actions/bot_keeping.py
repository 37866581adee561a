"""What whoever runs the server may do with its bots: list them, renew a token, delete one."""

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.accounts import Actor
from tuichat.server.actions import account_deletion, errors, guilds
from tuichat.server.actions.context import Context
from tuichat.server.store.operations import Remove
from tuichat.server.store.rows import UserRow

MAX_LISTED = 10  # taste: candidates that a refusal names


class ListBots(msgspec.Struct, frozen=True, tag="list_bots", tag_field="action"):
    pass


class RenewBotToken(msgspec.Struct, frozen=True, tag="renew_bot_token", tag_field="action"):
    """Give a bot a new token, and make those before useless."""

    name: str  # user name, name or id


class DeleteBot(msgspec.Struct, frozen=True, tag="delete_bot", tag_field="action"):
    name: str  # as in RenewBotToken


class BotLine(msgspec.Struct, frozen=True):
    id: Snowflake
    username: str
    name: str
    owner: str  # user name, empty where nobody owns it
    guilds: list[str]


async def list_bots(ctx: Context) -> list[BotLine]:
    return [await _line(ctx, row) for row in _bots(ctx)]


async def renew_token(ctx: Context, name: str) -> str:
    """Return the new token. What is connected with an old one is signed out."""
    row = _find(ctx, name)
    token, write_token = ctx.accounts.new_token(row.id)
    await ctx.accounts.revoke_all(row.id, write_token)
    return token


async def delete_bot(ctx: Context, name: str) -> BotLine:
    """Delete a bot with its commands and tokens, out of every guild; what it wrote stays. Returns what it was."""
    row = _find(ctx, name)
    line = await _line(ctx, row)
    bot = Actor(user_id=row.id, is_bot=True)
    await ctx.accounts.revoke_all(row.id)
    for state in ctx.guilds.of_user(row.id):
        await guilds.leave_guild(ctx, bot, state.id)
    application = await ctx.store.read_application(row.id)
    async with ctx.edits.hold(row.id):
        if application is not None:
            await ctx.store.write([Remove(application)])
        await account_deletion.erase(ctx, row)
    return line


def _bots(ctx: Context) -> list[UserRow]:
    return [row for row in ctx.users.all() if row.is_bot and not (row.is_system or row.is_deleted)]


async def _line(ctx: Context, row: UserRow) -> BotLine:
    application = await ctx.store.read_application(row.id)
    owner = None if application is None or application.owner_id is None else ctx.users.get(application.owner_id)
    return BotLine(
        id=row.id,
        username=row.username,
        name=row.display_name or row.username,
        owner="" if owner is None else owner.username,
        guilds=[state.row.name for state in ctx.guilds.of_user(row.id)],
    )


def _find(ctx: Context, name: str) -> UserRow:
    """Return the bot of an id, a user name or a name. Raises ActionError with the candidates."""
    bots, wanted = _bots(ctx), name.strip()
    for named in (
        [row for row in bots if wanted == str(int(row.id))],
        [row for row in bots if wanted.casefold() == row.username],
        [row for row in bots if wanted == row.display_name],
    ):
        if len(named) == 1:
            return named[0]
        if named:
            sentence = f"{len(named)} bots are called {wanted}; say which by its user name"
            raise errors.invalid_field("name", "BOT_UNKNOWN", f"{sentence}: {_listed(named)}.")
    if not bots:
        sentence = "There is no bot yet; `tuichat bot create NAME` makes one."
        raise errors.invalid_field("name", "BOT_UNKNOWN", sentence)
    raise errors.invalid_field("name", "BOT_UNKNOWN", f"No bot is called {wanted}. There are: {_listed(bots)}.")


def _listed(bots: list[UserRow]) -> str:
    shown = ", ".join(row.username for row in bots[:MAX_LISTED])
    more = len(bots) - MAX_LISTED
    return shown if more <= 0 else f"{shown} and {more} more (`tuichat bot list`)"
