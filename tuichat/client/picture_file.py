"""Pictures as requests carry them: a file of this computer as a data URI."""

import asyncio
import base64
from pathlib import Path

from msgspec import UNSET, UnsetType

from tuichat.client.errors import RefusedError
from tuichat.translation import _

MAX_PICTURE_BYTES = 4 * 1024 * 1024  # what our server takes
NONE = "none"  # what is typed to take a picture away
_KINDS = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"RIFF", "webp"))


def read_picture(path: Path, max_bytes: int = MAX_PICTURE_BYTES) -> str:
    """Return a picture's file as a data URI; takes some disk. Raises RefusedError with the reason."""
    try:
        with path.expanduser().open("rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else _("that is no path")
        raise RefusedError(_("The picture cannot be read: {reason}.").format(reason=reason)) from error
    if len(data) > max_bytes:
        words = _("The picture has more than {limit} KiB, which is the most: make it smaller.")
        raise RefusedError(words.format(limit=max_bytes // 1024))
    kind = next((kind for begin, kind in _KINDS if data.startswith(begin)), None)
    if kind is None:
        raise RefusedError(_("A picture is a PNG, JPEG, GIF or WebP file; this one is none of them."))
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


async def picture_edit(typed: str) -> str | UnsetType | None:
    """Return what an edit says of a picture: UNSET where nothing was typed, None to take it away. Raises RefusedError."""
    if not typed:
        return UNSET
    return None if typed == NONE else await asyncio.to_thread(read_picture, Path(typed))
