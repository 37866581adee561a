"""`tuichat admin` and `tuichat bot`: asks the running server, or opens the data itself when none runs."""

import argparse
import asyncio
import getpass
import sys
from collections.abc import Iterator
from pathlib import Path

from tuichat.config.secret import remember_secret
from tuichat.errors import TuichatError
from tuichat.local.data_folder import data_option
from tuichat.local.server_record import ServerRecord
from tuichat.protocol.json import printable
from tuichat.server.actions.admin import (
    AccountLine,
    AdminAnswer,
    AdminRequest,
    CreateAccount,
    CreateBot,
    CreateGuild,
    CreateInvite,
    GuildLine,
    InviteLine,
    ListAccounts,
    ListGuilds,
    ListInvites,
    ResetPassword,
    RevokeInvite,
    ShowStatistics,
    StatisticsLine,
    Task,
)
from tuichat.server.actions.bot_keeping import BotLine, DeleteBot, ListBots, RenewBotToken
from tuichat.server.admin_socket import AdminError, ask
from tuichat.server.backup import back_up, check
from tuichat.server.certificate import tell_trust
from tuichat.server.export import export
from tuichat.server.migrating import migrate
from tuichat.server.purge import purge
from tuichat.server.restore import restore
from tuichat.server.table import in_columns, split_by_tabs
from tuichat.server.upkeep import visible

ACCOUNT_HEADINGS: "Row" = ("id", "name", "display name", "signs in with")
GUILD_HEADINGS: "Row" = ("id", "name", "owner", "members")
STATISTICS_HEADINGS: "Row" = ("what", "how much", "name", "id")
BOT_HEADINGS: "Row" = ("id", "user name", "name", "owner", "servers")
INVITE_HEADINGS: "Row" = ("code", "guild", "guild's name", "used", "good until")

Row = tuple[str, ...]
_UPKEEP = {
    "backup": back_up,
    "restore": restore,
    "check": check,
    "purge": purge,
    "export": export,
    "trust": tell_trust,
    "migrate": migrate,
}


def main(args: argparse.Namespace) -> int:
    """Do what the command line asks, and return the exit code. Results go to standard output, all else to standard error."""
    try:
        if (upkeep := _UPKEEP.get(args.noun)) is not None:
            return upkeep(args)
        task = _read_task(args)
        answer = asyncio.run(ask(args.data, AdminRequest(task)))
    except TuichatError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if answer.note is not None:
        sys.stderr.write(f"{visible(answer.note)}\n")
    if isinstance(task, CreateBot | RenewBotToken) and sys.stderr.isatty():
        sys.stderr.write(f"{_bot_advice(args.data)}\n")
    for line in _report(task, answer, args.data, for_person=sys.stdout.isatty()):
        sys.stdout.write(f"{line}\n")
    return 0


def _read_task(args: argparse.Namespace) -> Task:
    match args.noun, args.action:
        case "account", "create":
            return CreateAccount(args.name, _read_password(args.name))
        case "account", "list":
            return ListAccounts()
        case "password", "reset":
            return ResetPassword(args.name, _read_password(args.name))
        case "invite", "create":
            return CreateInvite(args.guild, args.max_uses, args.max_age)
        case "invite", "list":
            return ListInvites()
        case "invite", "revoke":
            return RevokeInvite(args.code)
        case "bot", "create":
            return CreateBot(args.name, args.guild)
        case "bot", "list":
            return ListBots()
        case "bot", "token":
            return RenewBotToken(args.name)
        case "bot", "delete":
            return DeleteBot(args.name)
        case "guild", "create":
            return CreateGuild(args.name, args.owner)
        case "guild", "list":
            return ListGuilds()
        case "stats", _:
            return ShowStatistics()
    raise AdminError(f"There is no `{args.noun} {args.action}`. `tuichat admin --help` lists what there is.")


def _read_password(name: str) -> str:
    """Ask for a password twice, or read its line from standard input; it is never an argument."""
    if sys.stdin is None or not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\r\n") if sys.stdin else ""
        if not password:
            raise AdminError("No password came on standard input: give it as one line, or run this in a terminal.")
    else:
        password = getpass.getpass(f"New password for {name}: ")
        if getpass.getpass("Again: ") != password:
            raise AdminError("The two passwords are not the same; nothing was changed.")
    remember_secret(password)
    return password


def _report(task: Task, answer: AdminAnswer, data: Path, *, for_person: bool) -> list[str]:
    """The lines for standard output; tables are split by tabs where a program reads them."""
    match task:
        case ResetPassword(name=name):
            return [f"The password of {name} is set; it is signed out everywhere."]
        case RevokeInvite(code=code):
            return [f"The invite {code} is good no more."]
        case CreateInvite():
            return [invite.code for invite in answer.invites]
        case CreateBot() | RenewBotToken():
            return [answer.token or ""]
        case DeleteBot():
            return [f"The bot {bot.username} is gone, and its token is of no use." for bot in answer.bots]
        case ListBots():
            headings, rows = BOT_HEADINGS, [_bot_row(bot) for bot in answer.bots]
        case CreateGuild() | ListGuilds():
            headings, rows = GUILD_HEADINGS, [_guild_row(guild) for guild in answer.guilds]
        case ListInvites():
            headings, rows = INVITE_HEADINGS, [_invite_row(invite) for invite in answer.invites]
        case ShowStatistics() if answer.statistics is not None:
            headings, rows = STATISTICS_HEADINGS, list(_statistics_rows(answer.statistics))
        case _:
            headings, rows = ACCOUNT_HEADINGS, [_account_row(account, data) for account in answer.accounts]
    return in_columns(headings, rows) if for_person else split_by_tabs(rows)


def _bot_advice(data: Path) -> str:
    """What a developer does with a token; the address of the server is told while it runs."""
    record = ServerRecord.read(data)
    url = f"{record.url}/api/v10" if record is not None and record.tcp_port else "the server's address and /api/v10"
    again = f"tuichat bot token NAME{data_option(data)}"
    return (
        f"The token is told once; keep it as you keep a password. `{again}` makes a new one.\n"
        f"Point a library at {url}; whole bots in discord.py and hikari are in docs/examples."
    )


def _account_row(account: AccountLine, data: Path) -> Row:
    if account.is_bot:
        kind = "bot"
    else:
        kind = (
            "password"
            if account.has_password
            else f"no password: tuichat admin password reset {account.username}{data_option(data)}"
        )
    return (str(account.id), account.username, printable(account.display_name or ""), kind)


def _guild_row(guild: GuildLine) -> Row:
    return (str(guild.id), printable(guild.name), guild.owner, str(guild.members))


def _bot_row(bot: BotLine) -> Row:
    return (str(bot.id), bot.username, printable(bot.name), bot.owner, printable(", ".join(bot.guilds)))


def _invite_row(invite: InviteLine) -> Row:
    uses = f"{invite.uses}/{invite.max_uses} used" if invite.max_uses else f"{invite.uses} used"
    until = invite.expires_at or "for ever"
    return (invite.code, str(invite.guild_id), printable(invite.guild_name), uses, until)


def _statistics_rows(statistics: StatisticsLine) -> Iterator[Row]:
    """Counts, then the guilds and channels with the most messages."""
    for name, count in statistics.counts.items():
        yield (name.replace("_", " "), str(count), "", "")
    yield ("connected people", str(statistics.connected), "", "")
    for what, holdings in (("messages in guild", statistics.guilds), ("messages in channel", statistics.channels)):
        for each in holdings:
            yield (what, str(each.messages), printable(each.name), str(each.id))
