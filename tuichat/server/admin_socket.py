"""Administration where the data is: by the server that has it open, else by this program, under the lock."""

from pathlib import Path

import aiohttp
import msgspec

from tuichat.errors import TuichatError
from tuichat.local import background
from tuichat.local.data_folder import require_data
from tuichat.local.data_lock import DataLock
from tuichat.local.http_connector import PeerCheckedConnector
from tuichat.protocol import codec
from tuichat.protocol.json import printable
from tuichat.server.actions.admin import AdminAnswer, AdminRequest, execute
from tuichat.server.actions.errors import ActionError
from tuichat.server.offline import open_offline
from tuichat.server.upkeep import LOCAL_ROUTES, refusal_of

TIMEOUT_S = 30.0


class AdminError(TuichatError):
    """What was asked for could not be done; the text says why."""


async def ask(data: Path, request: AdminRequest) -> AdminAnswer:
    """Have an administrator's request done. Raises AdminError, LocalError or StoreError."""
    require_data(data)
    address = await background.find_server(data)
    if address is not None:
        return await _ask_server(address.socket_path, request)
    with DataLock.acquire(data):
        async with open_offline(data) as ctx:
            try:
                return await execute(ctx, request)
            except ActionError as refusal:
                raise AdminError(refusal_of(refusal.encode())) from None


async def _ask_server(socket_path: Path, request: AdminRequest) -> AdminAnswer:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(connector=PeerCheckedConnector(socket_path), timeout=timeout) as session,
            session.post(
                f"{LOCAL_ROUTES}/admin", data=codec.encode(request), headers={"Content-Type": "application/json"}
            ) as response,
        ):
            body = await response.read()
            if response.status == 200:
                return codec.decode(body, AdminAnswer)
    except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
        raise AdminError(f"The running server did not answer at {socket_path}: {printable(str(error))}.") from None
    raise AdminError(refusal_of(body))
