"""An aiohttp connector to a Unix socket that trusts no listener it has not checked."""

import errno
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import ClientRequest, ClientTimeout
from aiohttp.client_exceptions import UnixClientConnectorError
from aiohttp.client_proto import ResponseHandler

from tuichat.local import unix_socket
from tuichat.local.errors import LocalError

if TYPE_CHECKING:
    from aiohttp.tracing import Trace


class PeerCheckedConnector(aiohttp.UnixConnector):
    """Connects to `path` after checking its folder, and checks the peer's user id before a byte is sent."""

    def __init__(self, path: Path) -> None:
        super().__init__(path=str(path))

    async def _create_connection(
        self, req: ClientRequest, traces: "list[Trace]", timeout: ClientTimeout
    ) -> ResponseHandler:
        # aiohttp has no public way to hand it a connected Unix socket; this is where it makes its own.
        try:
            connection = await unix_socket.connect(Path(self.path))
        except LocalError as error:
            refusal = PermissionError(errno.EACCES, str(error))
            raise UnixClientConnectorError(self.path, req.connection_key, refusal) from error
        except OSError as error:
            raise UnixClientConnectorError(self.path, req.connection_key, error) from error
        protocol = ResponseHandler(self._loop)
        try:
            await self._loop.create_unix_connection(lambda: protocol, sock=connection)
        except BaseException:
            connection.close()
            raise
        return protocol
