"""`tuichat admin` and `tuichat bot`: asks the running server, or opens the data itself when none runs."""

import argparse
import asyncio
import getpass
import sys
from pathlib import Path

import aiohttp
import msgspec

from tuichat.config.secret import remember_secret
from tuichat.errors import TuichatError
from tuichat.local import background
from tuichat.local.data_folder import DATABASE_NAME, FILES_NAME, data_option, require_data
from tuichat.local.data_lock import DataLock
from tuichat.local.http_connector import PeerCheckedConnector
from tuichat.protocol import codec
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
    Task,
    execute,
)
from tuichat.server.actions.context import open_context
from tuichat.server.actions.errors import ActionError
from tuichat.server.backup import back_up, check
from tuichat.server.bus import Bus
from tuichat.server.files.file_store import FileStore
from tuichat.server.restore import restore
from tuichat.server.store.sqlite import SQLiteStore
from tuichat.server.table import in_columns, split_by_tabs

ROUTE = "http://localhost/api/v10/tuichat/local/admin"
TIMEOUT_S = 30.0
ACCOUNT_HEADINGS: "Row" = ("id", "name", "display name", "signs in with")
GUILD_HEADINGS: "Row" = ("id", "name", "owner", "members")
INVITE_HEADINGS: "Row" = ("code", "guild", "guild's name", "used", "good until")

Row = tuple[str, ...]
_UPKEEP = {"backup": back_up, "restore": restore, "check": check}


class AdminError(TuichatError):
    """What was asked for could not be done; the text says why."""


class _Refusal(msgspec.Struct):
    """An error body, as far as it is told on."""

    message: str
    errors: msgspec.Raw = msgspec.Raw(b"null")


def main(args: argparse.Namespace) -> int:
    """Do what the command line asks, and return the exit code. Results go to standard output, all else to standard error."""
    try:
        if (upkeep := _UPKEEP.get(args.noun)) is not None:
            return upkeep(args)
        task = _read_task(args)
        answer = asyncio.run(_execute(args.data, AdminRequest(task)))
    except TuichatError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if answer.note is not None:
        sys.stderr.write(f"{_visible(answer.note)}\n")
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
        case "guild", "create":
            return CreateGuild(args.name, args.owner)
        case "guild", "list":
            return ListGuilds()
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


async def _execute(data: Path, request: AdminRequest) -> AdminAnswer:
    """Ask the server that has the data open, else open it under the lock."""
    require_data(data)
    address = await background.find_server(data)
    if address is not None:
        return await _ask(address.socket_path, request)
    with DataLock.acquire(data):
        return await _execute_here(data, request)


async def _ask(socket_path: Path, request: AdminRequest) -> AdminAnswer:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(connector=PeerCheckedConnector(socket_path), timeout=timeout) as session,
            session.post(ROUTE, data=codec.encode(request), headers={"Content-Type": "application/json"}) as response,
        ):
            body = await response.read()
            if response.status == 200:
                return codec.decode(body, AdminAnswer)
    except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
        raise AdminError(f"The running server did not answer at {socket_path}: {printable(str(error))}.") from None
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except msgspec.DecodeError:
        raise AdminError(f"The running server answered with status {response.status}.") from None
    raise AdminError(_sentence(refusal.message, refusal.errors))


async def _execute_here(data: Path, request: AdminRequest) -> AdminAnswer:
    bus = Bus()
    store = await SQLiteStore.open(data / DATABASE_NAME, publish=bus.publish)
    try:
        files = FileStore.open(data / FILES_NAME)
        ctx = await open_context(store, bus, files=files)
        try:
            return await execute(ctx, request)
        except ActionError as refusal:
            body = msgspec.json.decode(refusal.encode(), type=_Refusal)
            raise AdminError(_sentence(body.message, body.errors)) from None
        finally:
            ctx.accounts.close()
            ctx.pictures.close()
            ctx.fetcher.close()
            await files.close()
    finally:
        await store.close()


def _sentence(message: str, errors: msgspec.Raw) -> str:
    """What was refused, in words: the faults of the fields where there are some."""
    faults = list(_faults(msgspec.json.decode(errors), ""))
    return _visible("; ".join(faults) if faults else message)


def _visible(text: str) -> str:
    """Return a sentence of the server without control characters; it is this user's own server, so nothing is cut."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _faults(tree: object, path: str) -> list[str]:
    if not isinstance(tree, dict):
        return []
    found: list[str] = []
    for key, value in tree.items():
        if key == "_errors" and isinstance(value, list):
            found += [f"{path}: {fault.get('message', '')}" for fault in value if isinstance(fault, dict)]
        else:
            found += _faults(value, f"{path}.{key}" if path else str(key))
    return found


def _report(task: Task, answer: AdminAnswer, data: Path, *, for_person: bool) -> list[str]:
    """The lines for standard output; tables are split by tabs where a program reads them."""
    match task:
        case ResetPassword(name=name):
            return [f"The password of {name} is set; it is signed out everywhere."]
        case RevokeInvite(code=code):
            return [f"The invite {code} is good no more."]
        case CreateInvite():
            return [invite.code for invite in answer.invites]
        case CreateBot():
            return [answer.token or ""]
        case CreateGuild() | ListGuilds():
            headings, rows = GUILD_HEADINGS, [_guild_row(guild) for guild in answer.guilds]
        case ListInvites():
            headings, rows = INVITE_HEADINGS, [_invite_row(invite) for invite in answer.invites]
        case _:
            headings, rows = ACCOUNT_HEADINGS, [_account_row(account, data) for account in answer.accounts]
    return in_columns(headings, rows) if for_person else split_by_tabs(rows)


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


def _invite_row(invite: InviteLine) -> Row:
    uses = f"{invite.uses}/{invite.max_uses} used" if invite.max_uses else f"{invite.uses} used"
    until = invite.expires_at or "for ever"
    return (invite.code, str(invite.guild_id), printable(invite.guild_name), uses, until)
