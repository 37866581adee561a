"""How each binding last went, kept for `tuichat on --list`."""

import hashlib
import logging
import time
from pathlib import Path

import msgspec

from tuichat.automation.bindings.action import Done
from tuichat.config.binding import MAX_BINDINGS, Binding
from tuichat.config.private_files import PrivateFileError, make_private_dir, write_private
from tuichat.text.safe_text import safe_line

logger = logging.getLogger(__name__)

NAME = "bindings.json"
MAX_SENTENCE = 200


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`when_s` is Unix time; `sentence` says what went wrong, and is empty where nothing did."""

    when_s: int
    is_done: bool
    sentence: str = ""
    count: int = 1


class Results:
    """A binding is known by what it says, so that a file that is edited keeps those that stay. Calls take a moment of disk."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / NAME
        self._known: dict[str, Result] = {}

    def load(self) -> None:
        try:
            self._known = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Result])
        except FileNotFoundError:
            self._known = {}
        except (OSError, msgspec.MsgspecError) as error:
            logger.warning("what bindings did is not known: %s", error)
            self._known = {}

    def get(self, binding: Binding) -> Result | None:
        return self._known.get(_key(binding))

    def put(self, binding: Binding, done: Done) -> None:
        """Keep how it went. A disk that is full costs that, and no more."""
        key = _key(binding)
        before = self._known.pop(key, None)
        self._known[key] = Result(
            when_s=int(time.time()),
            is_done=done.is_done,
            sentence=safe_line(done.sentence)[:MAX_SENTENCE],
            count=1 if before is None else before.count + 1,
        )
        while len(self._known) > 2 * MAX_BINDINGS:
            del self._known[next(iter(self._known))]
        try:
            make_private_dir(self._path.parent)
            write_private(self._path, msgspec.json.encode(self._known))
        except (PrivateFileError, OSError) as error:
            logger.warning("what bindings did is not kept: %s", error)


def _key(binding: Binding) -> str:
    return hashlib.sha256(msgspec.json.encode(binding)).hexdigest()[:16]
