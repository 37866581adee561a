"""Where a PostgreSQL database is, and with which password: what nobody is shown."""

from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from tuichat.server.store.errors import StoreError

SCHEMES = ("postgresql", "postgres")


class DatabaseAddress:
    """A URL of a database: `postgresql://user:password@host/name`, or with `?host=/folder` for a Unix socket.

    Its text and its `repr` leave the password out, wherever it stood.
    """

    __slots__ = ("_shown", "_url", "has_password")

    def __init__(self, url: str) -> None:
        """Raises StoreError, with nothing of the URL in it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise StoreError("The address of the database cannot be read: is its port a number?") from None
        if parts.scheme not in SCHEMES:
            raise StoreError("The address of the database has to begin with postgresql://.")
        self._url = url
        self._shown = _without_secrets(parts, port)
        self.has_password = parts.password is not None or any(
            "password" in key for key, _ in parse_qsl(parts.query, keep_blank_values=True)
        )

    def __str__(self) -> str:
        return self._shown

    def __repr__(self) -> str:
        return f"DatabaseAddress({self._shown!r})"

    @property
    def url(self) -> str:
        """The whole address, for the driver alone."""
        return self._url

    @property
    def database(self) -> str:
        """The name of the database; that of the user where the address says none."""
        return urlsplit(self._url).path.removeprefix("/") or (urlsplit(self._url).username or "")

    def of_database(self, name: str) -> "DatabaseAddress":
        """The address of another database of the same server."""
        return DatabaseAddress(urlunsplit(urlsplit(self._url)._replace(path=f"/{name}")))


def _without_secrets(parts: SplitResult, port: int | None) -> str:
    host = parts.hostname or dict(parse_qsl(parts.query)).get("host", "")
    user = f"{parts.username}@" if parts.username else ""
    place: Any = f":{port}" if port is not None else ""
    return f"postgresql://{user}{host}{place}{parts.path}"
