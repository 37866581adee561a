"""What whoever runs the server may do: accounts, passwords, invites and bots."""

import msgspec

from tuichat.protocol.permissions import DEFAULT_EVERYONE, Permissions
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server import names
from tuichat.server.actions import applications, bot_keeping, errors, fields, guild_editing, guilds, invites, purge
from tuichat.server.actions.auth import reserved
from tuichat.server.actions.bot_keeping import BotLine, DeleteBot, ListBots, RenewBotToken
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.users import require_password, require_username
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import InviteRow, PasswordRow, UserRow

BOT_PERMISSIONS = (
    DEFAULT_EVERYONE | Permissions.MANAGE_MESSAGES | Permissions.MANAGE_CHANNELS | Permissions.MANAGE_ROLES
)

MAX_DAYS = 36_500
MAX_LISTED = 10  # taste: candidates that a refusal names


class CreateAccount(msgspec.Struct, frozen=True, tag="create_account", tag_field="action"):
    name: str
    password: str


class ListAccounts(msgspec.Struct, frozen=True, tag="list_accounts", tag_field="action"):
    pass


class ResetPassword(msgspec.Struct, frozen=True, tag="reset_password", tag_field="action"):
    """Set a password, also for an account that had none, and sign it out everywhere."""

    name: str
    password: str


class CreateInvite(msgspec.Struct, frozen=True, tag="create_invite", tag_field="action"):
    guild: str | None = None  # its id or its exact name; None: the only one
    max_uses: int = 0
    max_age: int = 86_400


class ListInvites(msgspec.Struct, frozen=True, tag="list_invites", tag_field="action"):
    pass


class RevokeInvite(msgspec.Struct, frozen=True, tag="revoke_invite", tag_field="action"):
    code: str


class CreateGuild(msgspec.Struct, frozen=True, tag="create_guild", tag_field="action"):
    name: str
    owner: str | None = None  # a user name; None: the only account


class ListGuilds(msgspec.Struct, frozen=True, tag="list_guilds", tag_field="action"):
    pass


class CreateBot(msgspec.Struct, frozen=True, tag="create_bot", tag_field="action"):
    name: str
    guild: str | None = None  # as in CreateInvite


class ShowStatistics(msgspec.Struct, frozen=True, tag="show_statistics", tag_field="action"):
    pass


class PurgeMessages(msgspec.Struct, frozen=True, tag="purge_messages", tag_field="action"):
    """Remove some of the messages that are so old, or with `is_dry_run` count them all; of a channel, else of a guild."""

    older_than_days: int
    guild: str | None = None  # as in CreateInvite
    channel: Snowflake | None = None
    is_dry_run: bool = False


Task = (
    CreateAccount
    | ListAccounts
    | ResetPassword
    | CreateInvite
    | ListInvites
    | RevokeInvite
    | CreateGuild
    | ListGuilds
    | CreateBot
    | ListBots
    | RenewBotToken
    | DeleteBot
    | ShowStatistics
    | PurgeMessages
)


class AdminRequest(msgspec.Struct, frozen=True):
    """What an administrator asks for, as it crosses the Unix socket."""

    task: Task


class AccountLine(msgspec.Struct, frozen=True):
    id: Snowflake
    username: str
    display_name: str | None
    is_bot: bool
    has_password: bool


class InviteLine(msgspec.Struct, frozen=True):
    code: str
    guild_id: Snowflake
    guild_name: str
    uses: int
    max_uses: int
    expires_at: str | None


class GuildLine(msgspec.Struct, frozen=True):
    id: Snowflake
    name: str
    owner: str  # user name
    members: int


class Holding(msgspec.Struct, frozen=True):
    """How many messages a guild or a channel has; `name` is empty where it is gone or has none."""

    id: Snowflake
    name: str
    messages: int


class StatisticsLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the server holds, largest guilds and channels first, and how many people are connected."""

    counts: dict[str, int]
    connected: int
    guilds: list[Holding]
    channels: list[Holding]


class AdminAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to any request; what it does not concern is empty."""

    accounts: list[AccountLine] = []
    invites: list[InviteLine] = []
    guilds: list[GuildLine] = []
    bots: list[BotLine] = []
    token: str | None = None
    statistics: StatisticsLine | None = None
    messages: int = 0  # that a purge removed, or would remove
    note: str | None = None  # what whoever asked should know besides


async def execute(ctx: Context, request: AdminRequest) -> AdminAnswer:
    """Do what an administrator asks. The caller has checked that it is one. Raises ActionError."""
    match request.task:
        case CreateAccount() as task:
            return await _create_account(ctx, task)
        case ListAccounts():
            holders = await ctx.store.read_password_holders()
            return AdminAnswer(
                accounts=[
                    _account(row, row.id in holders) for row in ctx.users.all() if not (row.is_system or row.is_deleted)
                ]
            )
        case ResetPassword(name, password):
            row = _find_person(ctx, name)
            await ctx.accounts.set_password(row.id, require_password(password))
            return AdminAnswer(accounts=[_account(row, has_password=True)])
        case CreateInvite() as task:
            return await _create_invite(ctx, task)
        case ListInvites():
            rows = await ctx.store.read_invites()
            return AdminAnswer(invites=[line for row in rows if (line := _invite(ctx, row)) is not None])
        case RevokeInvite(code):
            state, found = await invites.find_invite(ctx, code)
            async with state.lock:
                await invites.revoke_invite(ctx, state, found)
            return AdminAnswer()
        case CreateGuild() as task:
            return await _create_guild(ctx, task)
        case ListGuilds():
            return AdminAnswer(guilds=[_guild(ctx, state) for state in ctx.guilds.all()])
        case CreateBot() as task:
            return await _create_bot(ctx, task)
        case ListBots():
            return AdminAnswer(bots=await bot_keeping.list_bots(ctx))
        case RenewBotToken(name):
            return AdminAnswer(token=await bot_keeping.renew_token(ctx, name))
        case DeleteBot(name):
            return AdminAnswer(bots=[await bot_keeping.delete_bot(ctx, name)])
        case ShowStatistics():
            return AdminAnswer(statistics=await _statistics(ctx))
        case PurgeMessages() as task:
            return AdminAnswer(messages=await _purge(ctx, task))


async def people_without_password(ctx: Context) -> list[str]:
    """Return the user names of those who can sign in over the server's Unix socket alone."""
    holders = await ctx.store.read_password_holders()
    return [row.username for row in ctx.users.all() if row.is_person and row.id not in holders]


async def _statistics(ctx: Context) -> StatisticsLine:
    read = await ctx.store.statistics()

    def channel_name(channel_id: int) -> str:
        state = ctx.guilds.of_channel(channel_id)
        channel = None if state is None else state.find_channel(channel_id)
        return "" if channel is None else channel.name

    def guild_name(guild_id: int) -> str:
        state = ctx.guilds.get(guild_id)
        return "" if state is None else state.row.name

    return StatisticsLine(
        counts={**read.counts, "database_bytes": read.database_bytes},
        connected=len(list(ctx.presences.connected_ids())),
        guilds=[Holding(Snowflake(each.id), guild_name(each.id), each.messages) for each in read.guilds],
        channels=[Holding(Snowflake(each.id), channel_name(each.id), each.messages) for each in read.channels],
    )


async def _purge(ctx: Context, task: PurgeMessages) -> int:
    fields.require_range("older_than_days", task.older_than_days, 0, MAX_DAYS)
    if task.channel is not None:
        channel_ids = [int(purge.require_place(ctx, task.channel).channel.id)]
    else:
        channel_ids = purge.channels_of(find_guild(ctx, task.guild))
    before = purge.bound_of(ctx, task.older_than_days)
    if task.is_dry_run:
        return await purge.count(ctx, channel_ids, before)
    return await purge.purge_step(ctx, channel_ids, before)


async def _create_account(ctx: Context, request: CreateAccount) -> AdminAnswer:
    username = require_username(request.name, "name")
    password_hash = await ctx.accounts.hash_password(require_password(request.password))
    row = UserRow(
        id=ctx.next_id(),
        username=username,
        name_key=names.name_key(username),
        display_name=None if request.name == username else fields.require_display_name("name", request.name),
    )
    async with reserved(ctx, row):
        await ctx.store.write([Put(row), Put(PasswordRow(user_id=row.id, password_hash=password_hash))])
    return AdminAnswer(accounts=[_account(row, has_password=True)])


async def _create_guild(ctx: Context, request: CreateGuild) -> AdminAnswer:
    """What `guilds.create_guild` does for a user who asks for it."""
    name = fields.require_name("name", request.name, *guild_editing.NAME_CHARACTERS)
    owner = _find_owner(ctx, request.owner)
    guilds.require_room(ctx, owner.id)
    state = guilds.plan_guild(ctx, name, owner.id, guilds.DEFAULT_CHANNELS)
    await guilds.write_guild(ctx, state)
    return AdminAnswer(guilds=[_guild(ctx, state)])


async def _create_invite(ctx: Context, request: CreateInvite) -> AdminAnswer:
    """The checks of `invites.create_invite`, without a member who asks; the way in is the first channel for messages."""
    state = find_guild(ctx, request.guild)
    wanted = CreateInviteRequest(max_age=request.max_age, max_uses=request.max_uses)
    fields.require_range("max_age", wanted.max_age, 0, invites.MAX_AGE_S)
    fields.require_range("max_uses", wanted.max_uses, 0, invites.MAX_USES)
    async with state.lock:
        channel = state.channels.get(state.row.system_channel_id or 0) or next(
            (row for row in sorted(state.channels.values(), key=lambda row: row.position) if row.type == 0), None
        )
        if channel is None:
            raise errors.invalid_field("guild", "BASE_TYPE_REQUIRED", "This guild has no text channel to invite to.")
        row = InviteRow(
            code=invites.new_code(),
            guild_id=state.id,
            channel_id=channel.id,
            inviter_id=None,
            created_ms=ctx.now_ms(),
            max_age_s=wanted.max_age,
            max_uses=wanted.max_uses,
        )
        await invites.write_invite(ctx, state, channel, row, may_reuse=False)
    line = _invite(ctx, row)
    return AdminAnswer(invites=[line] if line else [])


async def _create_bot(ctx: Context, request: CreateBot) -> AdminAnswer:
    state = find_guild(ctx, request.guild)
    same = [
        row.username
        for row in ctx.users.all()
        if row.is_bot and not row.is_system and request.name.strip() in (row.username, row.display_name)
    ]
    application, token = await applications.make_application(ctx, request.name, state.row.owner_id, with_token=True)
    async with state.lock:
        if ctx.guilds.get(state.id) is not state:
            raise errors.unknown_guild()
        await applications.add_bot(ctx, state, application, BOT_PERMISSIONS)
    note = None
    if same:
        made = ctx.users.wire(application.id).username
        note = (
            f"There is another bot of this name, {_listed(same, 'account')}; this one's user name is {made}. "
            "Each has its own token."
        )
    return AdminAnswer(token=token, note=note)


def find_guild(ctx: Context, wanted: str | None) -> GuildState:
    """Return the guild with this id, else the one with this name; without either, the only one there is."""
    known = list(ctx.guilds.all())
    if not known:
        raise errors.invalid_field(
            "guild", "GUILD_UNKNOWN", "There is no guild yet; `tuichat admin guild create NAME` makes one."
        )
    found = [state for state in known if wanted in (None, str(state.id))]
    found = found or [state for state in known if state.row.name == wanted]
    if len(found) == 1:
        return found[0]
    if not found:
        sentence, shown = f"No guild here has the id or the name {wanted}. Guilds here", known
    elif wanted is None:
        sentence, shown = f"There are {len(known)} guilds; say which with --guild ID or --guild NAME", known
    else:
        sentence, shown = f"{len(found)} guilds are called {wanted}; say which with --guild ID", found
    listed = _listed([f"{state.id} ({state.row.name})" for state in shown], "guild")
    raise errors.invalid_field("guild", "GUILD_UNKNOWN", f"{sentence}: {listed}.")


def _find_owner(ctx: Context, name: str | None) -> UserRow:
    if name is not None:
        return _find_person(ctx, name, "owner")
    people = [row for row in ctx.users.all() if row.is_person]
    if len(people) == 1:
        return people[0]
    if not people:
        sentence = "There is no account to own it yet; `tuichat admin account create NAME` makes one."
    else:
        listed = _listed([row.username for row in people], "account")
        sentence = f"There are {len(people)} accounts; say whose it is with --owner ACCOUNT: {listed}."
    raise errors.invalid_field("owner", "ACCOUNT_UNKNOWN", sentence)


def _listed(candidates: list[str], noun: str) -> str:
    more = len(candidates) - MAX_LISTED
    shown = ", ".join(candidates[:MAX_LISTED])
    return shown if more <= 0 else f"{shown} and {more} more (`tuichat admin {noun} list`)"


def _find_person(ctx: Context, name: str, field: str = "name") -> UserRow:
    row = ctx.users.find(names.name_key(name))
    if row is None or not row.is_person:
        raise errors.invalid_field(
            field, "ACCOUNT_UNKNOWN", f"No account is called {name}; `tuichat admin account list` shows all."
        )
    return row


def _account(row: UserRow, has_password: bool) -> AccountLine:
    return AccountLine(row.id, row.username, row.display_name, row.is_bot, has_password)


def _guild(ctx: Context, state: GuildState) -> GuildLine:
    owner = ctx.users.get(state.row.owner_id)
    return GuildLine(state.id, state.row.name, owner.username if owner else "", len(state.members))


def _invite(ctx: Context, row: InviteRow) -> InviteLine | None:
    state = ctx.guilds.get(row.guild_id)
    if state is None or not row.is_valid(ctx.now_ms()):
        return None
    expires_at = format_timestamp(row.created_ms + row.max_age_s * 1000) if row.max_age_s else None
    return InviteLine(row.code, row.guild_id, state.row.name, row.uses, row.max_uses, expires_at)
