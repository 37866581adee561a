"""What can go wrong on this machine, told in sentences."""

from tuichat.errors import TuichatError


class LocalError(TuichatError):
    """Something on this machine is not as it must be: a folder, a lock, a socket, a background server."""


class PeerRefused(LocalError):
    """The process at the other end of a Unix socket runs as another user."""


class DataInUse(LocalError):
    """Another process, or another host, has the data folder open."""


class NewerServer(LocalError):
    """The running server of this data is newer than this program."""


class ServerDidNotStart(LocalError):
    """The background server ended, or said nothing, before it was ready."""


class ServerStopped(LocalError):
    """Somebody stopped the background server on purpose, and nobody has asked for one since."""


class ServerDidNotStop(LocalError):
    """The background server was asked to stop and is still there."""
