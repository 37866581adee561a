"""The ctl socket of a running tuichat: opened while it automates, closed to every other user, and gone with it."""

import asyncio
import contextlib
import logging
import os
from pathlib import Path

from tuichat.automation.ctl.connection import Connection
from tuichat.automation.ctl.limits import MAX_CONNECTIONS
from tuichat.automation.ctl.orders import Orders
from tuichat.automation.ctl.status import StatusMaker
from tuichat.automation.ctl.subscription import Subscriptions
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.site import RunningSite
from tuichat.local.runtime import ctl_socket_path
from tuichat.local.unix_socket import listen
from tuichat.translation import _

logger = logging.getLogger(__name__)


class ControlSocket:
    """A Part of automation. The lock of automation is what makes a socket that is found here a left-over."""

    def __init__(self, site: RunningSite) -> None:
        self._site = site
        self._status = StatusMaker(site)
        self.orders = Orders(site, self._status)
        self._subscriptions = Subscriptions(site, self._status)
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._inode = 0
        self._unsubscribe = site.desk.subscribe(self._status.look) if site.desk is not None else None

    @property
    def path(self) -> Path | None:
        """Where it listens, None while it does not."""
        return self._path

    @property
    def count(self) -> int:
        """Return how many programs are there."""
        return len(self._connections)

    async def start(self) -> None:
        """Raises LocalError where there is no folder for a socket."""
        path = ctl_socket_path(self._site.profile)
        listener = listen(path)
        self._path, self._inode = path, path.lstat().st_ino
        self._server = await asyncio.get_running_loop().create_unix_server(self._connect, sock=listener)
        logger.info("the ctl socket is %s", path)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._connections):
            connection.end(_("tuichat ends."), ExitCode.UNREACHABLE)
        self.orders.close()
        self._subscriptions.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._path is not None:
            with contextlib.suppress(OSError):
                if self._path.lstat().st_ino == self._inode:  # not somebody's who came after
                    os.unlink(self._path)
            self._path = None

    def _connect(self) -> Connection:
        connection = Connection(
            self.orders,
            self._subscriptions,
            self._connections.discard,
            is_full=len(self._connections) >= MAX_CONNECTIONS,
        )
        self._connections.add(connection)
        return connection
