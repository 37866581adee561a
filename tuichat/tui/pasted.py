"""What was pasted: the paths of files, a text too long to be read in a chat, or words like any others."""

import os
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

MAX_PASTED_PATHS = 10
MANY_LINES, MANY_CHARACTERS = 10, 2000
MAX_PATH_CHARACTERS = 4096


def pasted_paths(text: str) -> list[Path]:
    """Return the files that a text names and nothing else: a path, or file:// URLs, as terminals write what is dropped."""
    if not text.strip() or len(text) > MAX_PASTED_PATHS * MAX_PATH_CHARACTERS:
        return []
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    words = lines if all(_is_file(line) for line in lines) else _split(text)
    if not 1 <= len(words) <= MAX_PASTED_PATHS or not all(_is_file(word) for word in words):
        return []
    return [_path(word) for word in words]


def is_long(text: str) -> bool:
    return len(text) > MANY_CHARACTERS or text.count("\n") >= MANY_LINES


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _path(word: str) -> Path:
    if word.startswith("file://"):
        return Path(unquote(urlsplit(word).path))
    return Path(os.path.expanduser(word))


def _is_file(word: str) -> bool:
    if not word.startswith(("/", "~/", "file:///", "file://localhost/")) or len(word) > MAX_PATH_CHARACTERS:
        return False
    try:
        return _path(word).is_file()
    except (OSError, ValueError):
        return False
