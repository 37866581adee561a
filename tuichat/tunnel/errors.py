"""What goes wrong between this machine and the end of a proxy's line, told in sentences."""

from tuichat.errors import TuichatError


class TunnelError(TuichatError):
    """There is no line to the server; nothing was sent there."""


class ProxyError(TunnelError):
    """The proxy cannot be used as it is set."""


class LineError(TunnelError):
    """The proxy opened no line just now: it may another time."""
