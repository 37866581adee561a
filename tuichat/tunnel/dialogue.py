"""What a client and its proxy say to each other before the proxy is a plain line to the server, without I/O."""

import base64
import ipaddress
import re
from collections.abc import Generator

from tuichat.translation import N_, _
from tuichat.tunnel.errors import LineError, ProxyError
from tuichat.tunnel.proxy import Login, Proxy, ProxyScheme

MAX_HEAD_BYTES = 16 * 1024  # taste: proxies answer a CONNECT with some hundred bytes
MAX_SOCKS_FIELD_BYTES = 255  # RFC 1929, section 2: one byte counts
PROXY_AUTHENTICATION_REQUIRED = 407  # RFC 9110, section 15.5.8
SOCKS_VERSION, CONNECT, RESERVED = 5, 1, 0  # RFC 1928, sections 3 and 4
NO_LOGIN, USER_AND_PASSWORD, NOTHING_ACCEPTABLE = 0, 2, 0xFF  # RFC 1928, section 3
IPV4, NAME, IPV6 = 1, 3, 4  # RFC 1928, section 4: kinds of addresses
NOT_ALLOWED = 2
_SOCKS_REPLIES = {  # RFC 1928, section 6
    1: N_("it failed"),
    3: N_("its network is unreachable"),
    4: N_("the server's host is unreachable, or its name is not known there"),
    5: N_("the server refused the connection"),
    6: N_("the way is too long"),
    7: N_("it knows no such command"),
    8: N_("it knows no such kind of address"),
}

# Yields what is to be sent, is sent what came (at least a byte), and ends when the line is open.
Dialogue = Generator[bytes, bytes, None]


def dialogue_with(proxy: Proxy, host: str, port: int) -> Dialogue:
    """Have a proxy open a line to a server; `host` is a name or an address without brackets.

    The generator raises ProxyError where the proxy says no, and LineError where it may do it another time.
    """
    if proxy.scheme in (ProxyScheme.HTTP, ProxyScheme.HTTPS):
        return _connect(proxy, host, port)
    return _socks5(proxy, host, port)


def _connect(proxy: Proxy, host: str, port: int) -> Dialogue:
    """RFC 9110, section 9.3.6."""
    head = yield _connect_request(proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    while b"\r\n\r\n" not in head:
        if len(head) > MAX_HEAD_BYTES or not head.startswith(b"HTTP/"[: len(head)]):
            raise _not_understood(proxy)
        head += yield b""
    head, _end, rest = head.partition(b"\r\n\r\n")
    status_line = head.split(b"\r\n")[0]
    status = re.fullmatch(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: .*)?", status_line)
    if status is None:
        raise _not_understood(proxy)
    code = int(status[1])
    if code == PROXY_AUTHENTICATION_REQUIRED:
        raise _unknown_login(proxy)
    if code >= 500:
        raise LineError(
            _(
                "The proxy {proxy} ({variable}) did not get through to {host} port {port}: it answered with "
                "HTTP status {code}."
            ).format(proxy=proxy, variable=proxy.variable, host=host, port=port, code=code)
        )
    if not 200 <= code < 300:
        raise _refused(proxy, host, port, _("it answered with HTTP status {code}").format(code=code))
    if rest:
        raise _not_understood(proxy)  # the server's turn comes after ours


def _socks5(proxy: Proxy, host: str, port: int) -> Dialogue:
    """RFC 1928, with the login of RFC 1929."""
    came = bytearray()
    methods = bytes([NO_LOGIN]) if proxy.login is None else bytes([NO_LOGIN, USER_AND_PASSWORD])
    came += yield bytes([SOCKS_VERSION, len(methods)]) + methods
    version, method = yield from _take(came, 2)
    if version != SOCKS_VERSION:
        raise _not_understood(proxy)
    if method == USER_AND_PASSWORD and proxy.login is not None:
        if not proxy.login.fits(MAX_SOCKS_FIELD_BYTES):
            raise ProxyError(
                _(
                    "The user or the password in {variable} is longer than the {max_socks_field_bytes} bytes of "
                    "SOCKS. Correct it and start tuichat again."
                ).format(variable=proxy.variable, max_socks_field_bytes=MAX_SOCKS_FIELD_BYTES)
            )
        came += yield _socks_login(proxy.login)
        _version, status = yield from _take(came, 2)
        if status != 0:
            raise _unknown_login(proxy)
    elif method == NOTHING_ACCEPTABLE:
        raise _unknown_login(proxy)
    elif method != NO_LOGIN:
        raise _not_understood(proxy)
    came += yield bytes([SOCKS_VERSION, CONNECT, RESERVED]) + _address(proxy, host) + port.to_bytes(2, "big")
    # A proxy that says no may leave away what comes behind these two.
    version, reply = yield from _take(came, 2)
    if version != SOCKS_VERSION:
        raise _not_understood(proxy)
    if reply == NOT_ALLOWED:
        raise _refused(proxy, host, port, _("its rules do not allow it"))
    if reply != 0:
        reason = _(_SOCKS_REPLIES.get(reply, "")) or _("it answered {reply}").format(reply=reply)
        raise LineError(
            _("The proxy {proxy} ({variable}) did not get through to {host} port {port}: {reason}.").format(
                proxy=proxy, variable=proxy.variable, host=host, port=port, reason=reason
            )
        )
    _reserved, kind = yield from _take(came, 2)
    length = {IPV4: 4, IPV6: 16}.get(kind)
    if kind == NAME:
        (length,) = yield from _take(came, 1)
    if length is None:
        raise _not_understood(proxy)
    yield from _take(came, length + 2)  # where the proxy's own end is
    if came:
        raise _not_understood(proxy)


# These two return at once: what holds a secret is no local of a frame that an error can show.
def _connect_request(proxy: Proxy, target: str) -> bytes:
    request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n"
    if proxy.login is not None:
        login = f"{proxy.login.user}:{proxy.login.password.reveal()}".encode()
        request += f"Proxy-Authorization: Basic {base64.b64encode(login).decode()}\r\n"  # RFC 7617
    return f"{request}\r\n".encode("ascii")


def _socks_login(login: Login) -> bytes:
    user, password = login.user.encode(), login.password.reveal().encode()
    return bytes([1, len(user)]) + user + bytes([len(password)]) + password


def _take(came: bytearray, count: int) -> Generator[bytes, bytes, bytes]:
    """Return the next bytes of what came, as soon as they are there."""
    while len(came) < count:
        came += yield b""
    taken = bytes(came[:count])
    del came[:count]
    return taken


def _address(proxy: Proxy, host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        name = host.encode()
        if len(name) > MAX_SOCKS_FIELD_BYTES:
            raise ProxyError(_("The server's name is too long for the proxy {proxy}.").format(proxy=proxy)) from None
        return bytes([NAME, len(name)]) + name
    return bytes([IPV4 if address.version == 4 else IPV6]) + address.packed


def _unknown_login(proxy: Proxy) -> ProxyError:
    if proxy.login is None:
        return ProxyError(
            _(
                "The proxy {proxy} asks for a user and a password. Write them into {variable}, as {replace}, "
                "and start tuichat again."
            ).format(proxy=proxy, variable=proxy.variable, replace=str(proxy).replace("://", "://USER:PASSWORD@"))
        )
    return ProxyError(
        _(
            "The proxy {proxy} does not accept the user and the password that stand in {variable}. "
            "Correct them (a sign such as @, : or / is written in percent, as %40) and start tuichat "
            "again."
        ).format(proxy=proxy, variable=proxy.variable)
    )


def _refused(proxy: Proxy, host: str, port: int, reason: str) -> ProxyError:
    return ProxyError(
        _(
            "The proxy {proxy} ({variable}) lets nobody through to {host} port {port}: {reason}. Ask who "
            "runs it, or name {host} in NO_PROXY to go there directly, and start tuichat again."
        ).format(proxy=proxy, variable=proxy.variable, host=host, port=port, reason=reason)
    )


def _not_understood(proxy: Proxy) -> ProxyError:
    return ProxyError(
        _("What answers at {proxy} is no {value} proxy. Correct {variable} and start tuichat again.").format(
            proxy=proxy, value="SOCKS5" if "socks" in proxy.scheme.value else "HTTP", variable=proxy.variable
        )
    )
