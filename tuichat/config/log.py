"""The log of a program: private, rotated, and without the secrets that passed through the program."""

import logging
import os
import re
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import IO

from tuichat.config.private_files import PRIVATE_FILE_MODE, make_private_dir
from tuichat.config.secret import REDACTED, known_secrets

MAX_LOG_BYTES = 1_000_000
KEPT_LOGS = 3

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_SECRET_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    # An Authorization header, with or without its scheme, as a header line, in a dict or in JSON.
    (
        re.compile(r"(?i)(authorization\W{1,6})(?:(bot|bearer|basic)\s+)?[^\s'\",)}\]]+"),
        rf"\1{REDACTED}",
    ),
    # "token": "...", password='...', new_password=..., and what JSON and dicts make of them.
    (
        re.compile(
            r"(?i)((?:password|passwd|passphrase|token|secret|ticket)[\"']?\s*[:=]\s*)"
            r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s,;&)}\]'\"]+)"
        ),
        rf"\1{REDACTED}",
    ),
    # Discord's token shape: base64 of an id, a time, a signature. WIRE: hikari insists on the first part.
    (re.compile(r"\b[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{16,}"), REDACTED),
    # user:password@ in a URL.
    (re.compile(r"(://[^/\s:@]+:)[^/\s@]+@"), rf"\1{REDACTED}@"),
)


def redact(text: str) -> str:
    """Return `text` without tokens and passwords: those this process knows, and what looks like one."""
    for secret in known_secrets():
        if secret in text:
            text = text.replace(secret, REDACTED)
    for shape, replacement in _SECRET_SHAPES:
        text = shape.sub(replacement, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Formats a record, its traceback included, and then takes the secrets out."""

    def __init__(self) -> None:
        super().__init__(_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record))
        # A log is read in a terminal: what a stranger sent must not move its cursor.
        return "".join(c if c in "\n\t" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)


class PrivateRotatingHandler(RotatingFileHandler):
    """A rotating log file with mode 0600 that several programs of one profile may write to."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, maxBytes=MAX_LOG_BYTES, backupCount=KEPT_LOGS, encoding="utf-8", errors="backslashreplace"
        )

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        descriptor = os.open(self.baseFilename, flags, PRIVATE_FILE_MODE)
        os.fchmod(descriptor, PRIVATE_FILE_MODE)
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802  # the standard library's name
        if self.stream is not None and self._was_rotated_by_another(self.stream):
            self.stream.close()
            self.stream = self._open()
        return bool(super().shouldRollover(record))

    def _was_rotated_by_another(self, stream: IO[str]) -> bool:
        try:
            there = os.stat(self.baseFilename)
        except FileNotFoundError:
            return True
        ours = os.fstat(stream.fileno())
        return (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)


def start_logging(program: str, folder: Path, level: str) -> Path:
    """Send this process's log to `folder/PROGRAM.log`; return its path.

    `level` is one of `log.level`'s values. Whatever was set up before is replaced.
    """
    make_private_dir(folder)
    path = folder / f"{program}.log"
    _install(PrivateRotatingHandler(path), level)
    return path


def start_logging_to_stderr(level: str) -> None:
    """Send this process's log, without secrets, to standard error: a service manager keeps it."""
    _install(logging.StreamHandler(sys.stderr), level)


def _install(handler: logging.Handler, level: str) -> None:
    handler.setFormatter(RedactingFormatter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.upper())
    # Libraries below warning name every frame and request, message texts included.
    for library in ("websockets", "aiohttp", "uvicorn", "asyncio", "keyring", "PIL", "markdown_it"):
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))
    logging.raiseExceptions = False  # a full disk must not print into the screen
