"""Sizes of files in words."""

from tuichat.translation import _


def size_words(size_bytes: int) -> str:
    """Return a size as people say it: `950 B`, `12 KiB`, `1.4 MiB`."""
    if size_bytes < 1024:
        return _("{count} B").format(count=size_bytes)
    if size_bytes < 1024 * 1024:
        return _("{count} KiB").format(count=size_bytes // 1024)
    if size_bytes < 1024**3:
        return _("{count:.1f} MiB").format(count=size_bytes / 1024**2)
    return _("{count:.1f} GiB").format(count=size_bytes / 1024**3)
