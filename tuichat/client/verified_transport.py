"""Proves that an open connection leads to the server that is meant, before a token goes over it."""

import asyncio
import socket
import ssl

from tuichat.client.certificate import check_pinned
from tuichat.client.endpoint import Endpoint
from tuichat.client.errors import NotPermittedHereError, UnreachableError
from tuichat.client.loopback_listener import check_server
from tuichat.local import unix_socket
from tuichat.local.errors import LocalError
from tuichat.local.tcp_owner import Address
from tuichat.translation import _


def check_transport(transport: asyncio.BaseTransport, endpoint: Endpoint) -> None:
    """Raise CertificateError or NotPermittedHereError unless the other end is the server of `endpoint`.

    Over a Unix socket it must run as this user; over TLS it must show the pinned certificate, or one that the context
    has verified; over plain http it must be a program of this user, or of root, on this machine.
    """
    if endpoint.socket_path is not None:
        try:
            unix_socket.check_peer(_socket_of(transport))
        except LocalError as error:
            raise NotPermittedHereError(str(error)) from error
        return
    if endpoint.is_encrypted:
        if endpoint.pinned_sha256 is not None:
            tls = transport.get_extra_info("ssl_object")
            check_pinned(tls.getpeercert(binary_form=True) if tls else None, endpoint.pinned_sha256, endpoint.host)
        return
    server, own = (transport.get_extra_info(name) for name in ("peername", "sockname"))
    if not server or not own:
        raise UnreachableError(_("{host} closed the connection at once.").format(host=endpoint.host), was_sent=False)
    check_server(Address(str(server[0]), int(server[1])), Address(str(own[0]), int(own[1])))


def tls_context(endpoint: Endpoint) -> ssl.SSLContext | None:
    """Return what TLS to use: none for http, one that trusts this machine's authorities, or one for a pinned certificate."""
    if not endpoint.is_encrypted or endpoint.socket_path is not None:
        return None
    context = ssl.create_default_context()
    if endpoint.pinned_sha256 is not None:
        # The pin says more than any authority: check_transport compares the certificate before a byte is sent.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _socket_of(transport: asyncio.BaseTransport) -> socket.socket:
    connection: socket.socket = transport.get_extra_info("socket")
    return connection
