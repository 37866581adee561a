"""What goes wrong on the way through a proxy, as errors of the client."""

import contextlib
from collections.abc import Iterator

from tuichat.client.errors import ProxyError, UnreachableError
from tuichat.tunnel import errors


@contextlib.contextmanager
def through_proxy() -> Iterator[None]:
    """Raise ProxyError or UnreachableError for what the tunnel raises within."""
    try:
        yield
    except errors.LineError as error:
        raise UnreachableError(str(error), was_sent=False) from error
    except errors.TunnelError as error:
        raise ProxyError(str(error)) from error
