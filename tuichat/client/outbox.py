"""Messages that were written and not yet acknowledged, kept on disk so that a restart of the client loses none."""

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tuichat.client.uploads import OutgoingFile
from tuichat.config.private_files import PrivateFileError, make_private_dir, write_private

logger = logging.getLogger(__name__)

MAX_UNSENT = 500  # taste: more than anybody types while a server is away
MAX_FILE_BYTES = 64 * 1024
MAX_AGE_MS = 30 * 24 * 3600 * 1000
# A repeat within this time is sent by itself; an older one asks first, since nobody expects last night's words to go out now.
RESEND_AGE_MS = 15 * 60 * 1000


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way. `written_ms` is Unix time; `refusal` is the server's sentence where it said no."""

    channel_id: int
    nonce: str
    content: str
    reply_to: int | None = None
    written_ms: int
    refusal: str = ""
    files: tuple[OutgoingFile, ...] = ()


class Outbox:
    """One account's drafts, a small private file each, so that two clients of a profile do not overwrite each other's."""

    def __init__(self, state_dir: Path, account_key: str) -> None:
        # The key holds what a server says of itself; its hash is always a good file name.
        self.name = hashlib.sha256(account_key.encode()).hexdigest()[:32]
        self._folder = state_dir / "outbox" / self.name

    def put(self, draft: Draft) -> None:
        """Keep a draft. A disk that is full costs the safety net, not the message: it is logged."""
        try:
            make_private_dir(self._folder.parent)
            make_private_dir(self._folder)
            path = self._path(draft.nonce)
            if path.exists() or len(list(self._files())) < MAX_UNSENT:
                write_private(path, msgspec.json.encode(draft))
        except (PrivateFileError, OSError) as error:
            logger.warning("an unsent message could not be kept on disk: %s", error)

    def remove(self, nonce: str) -> None:
        with contextlib.suppress(OSError):
            self._path(nonce).unlink()

    def load(self, now_ms: int) -> list[Draft]:
        """Return the drafts in the order of writing; those that nobody has cared for in a month are dropped."""
        drafts: list[Draft] = []
        for path in self._files():
            try:
                if path.stat().st_size > MAX_FILE_BYTES:
                    continue
                draft = msgspec.json.decode(path.read_bytes(), type=Draft)
            except (OSError, msgspec.MsgspecError) as error:
                logger.warning("%s is no draft: %s", path, error)
                continue
            if now_ms - draft.written_ms > MAX_AGE_MS:
                self.remove(draft.nonce)
            elif self._path(draft.nonce) == path:
                drafts.append(draft)
        return sorted(drafts, key=lambda draft: (draft.written_ms, draft.nonce))

    def _files(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from sorted(self._folder.glob("[0-9]*.json"))[:MAX_UNSENT]

    def _path(self, nonce: str) -> Path:
        return self._folder / f"{nonce}.json"
