"""`tuichat admin migrate`: the data goes into another database, with a running server and without one."""

import argparse
import asyncio
import sys
from pathlib import Path

from tuichat.local import background
from tuichat.local.data_folder import require_data
from tuichat.local.data_lock import DataLock
from tuichat.server.actions.moving import MoveRequest, move
from tuichat.server.offline import open_offline
from tuichat.server.options import check_database
from tuichat.server.upkeep import UpkeepFailed, ask_server, follow


def migrate(args: argparse.Namespace) -> int:
    """Carry the data over, and print where it is."""
    require_data(args.data)
    request = MoveRequest(url=_wanted_url(args.to, args.data))
    asyncio.run(_move(args.data, request))
    sys.stdout.write(f"{args.to}\n")
    return 0


def _wanted_url(to: str, data: Path) -> str | None:
    """Return the database's address, None for the folder. Raises UpkeepFailed or OptionsError."""
    if "://" in to:
        check_database("--to", to)
        return to
    if Path(to).expanduser().resolve() != data.resolve():
        raise UpkeepFailed(
            f"--to takes postgresql://USER@HOST/NAME, or the folder of the data to come back, which is {data}."
        )
    return None


async def _move(data: Path, request: MoveRequest) -> None:
    address = await background.find_server(data)
    if address is not None:
        await follow(ask_server(address.socket_path, "migrate", request))
        return
    with DataLock.acquire(data):
        async with open_offline(data) as ctx:
            await follow(move(ctx, request))
