"""A WebSocket through a proxy. Importing this imports websockets."""

import asyncio
import ssl

from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from tuichat.tunnel.line import open_tls
from tuichat.tunnel.proxy import Proxy


async def open_websocket(
    proxy: Proxy,
    url: str,
    context: ssl.SSLContext,
    *,
    open_limit_s: float,
    close_timeout_s: float,
    ping_interval_s: float | None,
    max_bytes: int,
    user_agent: str,
) -> ClientConnection:
    """Open a WebSocket, without compression, as websockets' `connect` does it on the direct way.

    Raises what `open_tls` and `connect` do.
    """
    protocol = ClientProtocol(parse_uri(url), max_size=max_bytes)

    def make_connection() -> ClientConnection:
        return ClientConnection(protocol, ping_interval=ping_interval_s, close_timeout=close_timeout_s)

    transport, connection = await open_tls(proxy, protocol.uri.host, protocol.uri.port, context, make_connection)
    try:
        async with asyncio.timeout(open_limit_s):
            await connection.handshake(None, user_agent)
    except BaseException:
        transport.abort()
        raise
    connection.start_keepalive()
    return connection
