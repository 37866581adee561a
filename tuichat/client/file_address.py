"""Which path of its own server a file's URL names: files are asked of the server that the account is on, and of no other."""

from urllib.parse import urlsplit

from tuichat.client.errors import NotPermittedHereError
from tuichat.translation import _

MAX_URL_CHARACTERS = 16_384
_FOLDERS = frozenset(
    {
        "attachments",
        "uploads",
        "external",
        "avatars",
        "icons",
        "banners",
        "emojis",
        "embed",
        "guilds",
        "app-icons",
        "soundboard-sounds",
    }
)


def own_path(url: str) -> str:
    """Return path and query of a URL that the server gave out, whatever host it names there.

    A server behind a tunnel or a Unix socket names itself otherwise than the client reaches it. A stranger's URL could tell
    him who reads, so it is never asked for: NotPermittedHereError.
    """
    try:
        parts = urlsplit(url[:MAX_URL_CHARACTERS])
    except ValueError:
        raise _foreign() from None
    folders = parts.path.split("/")
    is_plain = parts.path.isascii() and parts.path.isprintable() and ".." not in folders
    if len(folders) < 3 or folders[1] not in _FOLDERS or not is_plain:
        raise _foreign()
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def lasting_name(url: str) -> str:
    """Return what stays of a URL when the server signs it anew: its path, and how the picture is drawn."""
    path, _, query = own_path(url).partition("?")
    kept = sorted(part for part in query.split("&") if part.partition("=")[0] in ("width", "height", "format", "size"))
    return f"{path}?{'&'.join(kept)}"


def _foreign() -> NotPermittedHereError:
    return NotPermittedHereError(
        _("This file lies outside of your server, and tuichat does not ask strangers: open its URL in a browser.")
    )
