"""`tuichat admin purge`: old messages of a guild or a channel go, a few thousand at a time."""

import argparse
import asyncio
import sys

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.admin import AdminRequest, PurgeMessages
from tuichat.server.admin_socket import AdminError, ask
from tuichat.server.upkeep import reporting


def purge(args: argparse.Namespace) -> int:
    """Count, ask, and remove; with `--dry-run` count alone."""
    channel = None
    if args.channel is not None:
        try:
            channel = Snowflake.parse(args.channel)
        except ValueError:
            raise AdminError(f"--channel takes the id of a channel, and {args.channel} is none.") from None
    task = PurgeMessages(older_than_days=args.older_than, guild=args.guild, channel=channel, is_dry_run=True)
    total = asyncio.run(ask(args.data, AdminRequest(task))).messages
    place = "the channel" if channel is not None else "the guild"
    described = f"{total} messages of {place} are older than {args.older_than} days"
    if args.dry_run or not total:
        sys.stdout.write(f"{described}.\n")
        return 0
    if not args.yes and not _is_sure(described):
        raise AdminError("Nothing was removed.")
    removed = asyncio.run(_remove(args, msgspec.structs.replace(task, is_dry_run=False), total))
    sys.stdout.write(f"{removed} messages were removed.\n")
    return 0


async def _remove(args: argparse.Namespace, task: PurgeMessages, total: int) -> int:
    report = reporting("removing")
    removed = 0
    while step := (await ask(args.data, AdminRequest(task))).messages:
        removed += step
        report(min(removed, total), total)
    return removed


def _is_sure(described: str) -> bool:
    """Ask a person; without one, whoever wrote the script says it with `--yes`."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise AdminError(f"{described}; give --yes to remove them.")
    sys.stderr.write(f"{described}. Type yes to remove them for ever: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() == "yes"
