"""Names for files that come from strangers: one that every file system takes, and that no file here has yet."""

import os
import re
from pathlib import Path

MAX_NAME_BYTES = 200
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)", re.IGNORECASE)


def safe_file_name(name: str) -> str:
    """Return a stranger's file name without folders, hidden beginnings, and signs that a shell or a system gives a meaning."""
    text = _UNSAFE.sub("_", name).strip(" .")
    if not text:
        text = "file"
    if text.startswith(("-", "~")) or _RESERVED.match(text):
        text = f"_{text}"
    stem, suffix = os.path.splitext(text)
    suffix = suffix if len(suffix.encode()) <= 20 else ""
    while len(f"{stem}{suffix}".encode()) > MAX_NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}{suffix}"


def move_to_free_name(part: Path, folder: Path, name: str) -> Path:
    """Give a file its name in a folder, `name (1).png` where `name.png` is there already. Overwrites nothing.

    Raises OSError.
    """
    safe = safe_file_name(name)
    stem, suffix = os.path.splitext(safe)
    number = 0
    while True:
        path = folder / (safe if number == 0 else f"{stem} ({number}){suffix}")
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            number += 1
            continue
        os.close(descriptor)
        os.replace(part, path)
        return path
