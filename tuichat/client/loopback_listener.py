"""Who holds the other end of a TCP connection to this machine: a port that a dead server left may be taken by another user."""

import os
import sys
from pathlib import Path

from tuichat.client.errors import NotPermittedHereError, UnreachableError
from tuichat.local.tcp_owner import Address, server_uids
from tuichat.translation import _

ROOT_UID = 0


def check_server(server: Address, own: Address, tables: Path = Path("/proc/net")) -> None:
    """Raise NotPermittedHereError unless the open connection from `own` leads to a program of this user or of root,
    UnreachableError when there is nobody at its other end.

    Plain http has no certificate to prove who answers, so the kernel is asked. Call it before anything secret is sent.
    """
    owners = server_uids(server, own, tables)
    if owners is None:
        raise NotPermittedHereError(
            _(
                "Who listens at {host} port {port} cannot be told on {platform}, so no password or token is "
                "sent there over plain http. Use https://, a self-signed certificate can be pinned."
            ).format(host=server.host, port=server.port, platform=sys.platform)
        )
    if not owners:
        raise UnreachableError(
            _("Nobody listens at {host} port {port} any more.").format(host=server.host, port=server.port),
            was_sent=False,
        )
    strangers = owners - {os.getuid(), ROOT_UID}
    if strangers:
        raise NotPermittedHereError(
            _(
                "Port {port} of {host} is held by user {strangers}, not by you ({me}). Plain http cannot "
                "prove who that is, so nothing was sent. Use the server's https:// address."
            ).format(port=server.port, host=server.host, strangers=min(strangers), me=os.getuid())
        )
