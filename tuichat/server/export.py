"""`tuichat admin export`: a guild in a zip, with a running server and without one."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from tuichat.local import background
from tuichat.local.data_folder import require_data
from tuichat.local.data_lock import DataLock
from tuichat.server.actions import export as exporting
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.export import ExportRequest
from tuichat.server.backup import missing_fault, sync_folder
from tuichat.server.offline import open_offline
from tuichat.server.upkeep import UpkeepFailed, ask_server, follow, refusal_of, say


def export(args: argparse.Namespace) -> int:
    """Write a guild to a new file, and print its name."""
    require_data(args.data)
    target: Path = args.file
    if target.exists():
        raise UpkeepFailed(f"{target} is there already; give another name.")
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        missing = asyncio.run(_write(args.data, ExportRequest(guild=args.guild, target=str(partial))))
        os.replace(partial, target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    for fault in missing_fault(missing):
        say(fault)
    sys.stdout.write(f"{target}\n")
    return 1 if missing else 0


async def _write(data: Path, request: ExportRequest) -> list[str]:
    address = await background.find_server(data)
    if address is not None:
        return await follow(ask_server(address.socket_path, "export", request))
    with DataLock.acquire(data):
        async with open_offline(data) as ctx:
            try:
                state, target = exporting.find(ctx, request)
            except ActionError as error:
                raise UpkeepFailed(refusal_of(error.encode())) from None
            return await follow(exporting.export(ctx, state, target))
