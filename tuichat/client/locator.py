"""Finds the server of an account, and makes sure that it is that server before a token goes there."""

import contextlib
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from tuichat.client import routes
from tuichat.client.endpoint import Endpoint, is_loopback, personal_endpoint
from tuichat.client.errors import NotPermittedHereError, RefusedError, UnreachableError
from tuichat.client.gateway import Target
from tuichat.client.rest import Rest
from tuichat.errors import TuichatError
from tuichat.local import background
from tuichat.local.errors import NewerServer, PeerRefused
from tuichat.local.server_record import ServerAddress
from tuichat.protocol.json import printable
from tuichat.protocol.rest.server import GatewayResponse, TuichatInfo
from tuichat.translation import _

NOT_OURS = (401, 403, 404, 405)  # how a server answers that does not know the route
FOREIGN_PREFIX = "host:"
MAX_SERVER_ID_CHARACTERS = 128  # ours has 32


class Locator(Protocol):
    """Says where an account's server is now. Raises ClientError; a transient one is worth another try."""

    async def find(self) -> Target: ...


class PersonalLocator:
    """The personal server of this machine, started again by the client that meets it missing.

    Until it is found, whoever opened tuichat wants it; later it stays away if somebody stopped it on purpose.
    """

    def __init__(self, server_id: str | None, progress: Callable[[str], None]) -> None:
        self._server_id = server_id
        self._progress = progress
        self._has_found = False

    async def find(self) -> Target:
        address = await find_personal(self._progress, unless_stopped=self._has_found)
        self._has_found = True
        if self._server_id is not None and address.server_id != self._server_id:
            raise RefusedError(
                _(
                    "Your server's data is not the one that this account is on (server {server_id}, the account "
                    "is on {own_id}). Bring the old data back, or remove this account."
                ).format(server_id=printable(address.server_id), own_id=printable(self._server_id))
            )
        endpoint = personal_endpoint(address.socket_path)
        info = await server_info(endpoint)
        features = frozenset(info.features if info else ())
        limit = info.max_upload_bytes if info else 0
        return Target(endpoint, endpoint.gateway_url, address.pid, features, limit)


class UrlLocator:
    """A server elsewhere."""

    def __init__(self, endpoint: Endpoint, server_id: str) -> None:
        self._endpoint = endpoint
        self._server_id = server_id

    async def find(self) -> Target:
        info = await server_info(self._endpoint)
        if info is None:
            return await self._find_foreign()
        if info.server_id != self._server_id:
            raise RefusedError(
                _(
                    "{host} is another server now (it says {server_id}, this account is on {own_id}). "
                    "Nothing was sent; sign in again if that is meant."
                ).format(
                    host=self._endpoint.host, server_id=printable(info.server_id), own_id=printable(self._server_id)
                )
            )
        return Target(self._endpoint, self._endpoint.gateway_url, 0, frozenset(info.features), info.max_upload_bytes)

    async def _find_foreign(self) -> Target:
        if self._server_id != foreign_server_id(self._endpoint):
            raise UnreachableError(
                _("{host} does not answer as a tuichat server just now.").format(host=self._endpoint.host)
            )
        async with contextlib.aclosing(Rest(self._endpoint)) as rest:
            answer = await rest.get(routes.gateway(), GatewayResponse)
        return Target(gateway_endpoint(self._endpoint, answer.url), answer.url)


async def find_personal(progress: Callable[[str], None], *, unless_stopped: bool = False) -> ServerAddress:
    """Return the personal server, started if it was not running (as `ensure_server` has it). Raises ClientError."""
    try:
        return await background.ensure_server(progress=progress, unless_stopped=unless_stopped)
    except (NewerServer, PeerRefused) as error:
        raise NotPermittedHereError(str(error)) from error
    except TuichatError as error:  # a folder that is not as it must be, a server that did not start: it may be mended
        raise UnreachableError(str(error), was_sent=False) from error
    except OSError as error:
        reason = printable(str(error))
        raise UnreachableError(
            _("Your server cannot be reached or started: {reason}.").format(reason=reason), was_sent=False
        ) from error


async def server_info(endpoint: Endpoint) -> TuichatInfo | None:
    """Ask a server who it is, without a token; None for one that is not a tuichat server."""
    async with contextlib.aclosing(Rest(endpoint)) as rest:
        try:
            info = await rest.get(routes.server_info(), TuichatInfo)
        except RefusedError as error:
            if error.status is None or error.status in NOT_OURS:
                return None
            raise
    if not 0 < len(info.server_id) <= MAX_SERVER_ID_CHARACTERS or not info.server_id.isprintable():
        raise RefusedError(
            _("{host} names itself in a way that no server does; nothing was sent.").format(host=endpoint.host)
        )
    return info


def foreign_server_id(endpoint: Endpoint) -> str:
    """Name a server that has no id of its own."""
    return FOREIGN_PREFIX + urlsplit(endpoint.url).netloc


def gateway_endpoint(endpoint: Endpoint, gateway_url: str) -> Endpoint:
    """Return the endpoint of a gateway that a foreign server named. Raises NotPermittedHereError for an unsafe one."""
    try:
        parts = urlsplit(gateway_url)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("ws", "wss") or parts.username is not None:
        raise NotPermittedHereError(
            _("{host} names a gateway that is no WebSocket URL: {gateway_url}.").format(
                host=endpoint.host, gateway_url=printable(gateway_url)
            )
        )
    if parts.scheme == "ws" and (endpoint.is_encrypted or not is_loopback(host)):
        raise NotPermittedHereError(
            _("{host} wants the token sent in the clear, to {gateway_url}; it was not sent.").format(
                host=endpoint.host, gateway_url=printable(gateway_url)
            )
        )
    scheme = "https" if parts.scheme == "wss" else "http"
    return Endpoint(f"{scheme}://{parts.netloc}", endpoint.socket_path, endpoint.pinned_sha256)
