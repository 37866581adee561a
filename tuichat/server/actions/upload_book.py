"""The uploads that wait for their message: what came of each, kept in memory beside the rows."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tuichat.server.files.draft import Draft
from tuichat.server.files.file_store import FileStore
from tuichat.server.store.message_rows import AttachmentRow
from tuichat.server.store.rows import UploadRow

KEY_CHARACTERS = 32  # of hex


class Upload:
    """One file on its way. `lock` is held by whoever sends or takes it."""

    def __init__(self, row: UploadRow, draft: Draft) -> None:
        self.row = row
        self.draft = draft
        self.lock = asyncio.Lock()
        self.stored: AttachmentRow | None = None  # once a message took it

    @property
    def received_bytes(self) -> int:
        return self.draft.size_bytes

    @property
    def is_complete(self) -> bool:
        return self.received_bytes == self.row.size_bytes

    @property
    def name(self) -> str:
        """What a message calls it."""
        return f"{self.row.key}-{self.row.filename}"


class UploadBook:
    """All uploads, by key."""

    def __init__(self, files: FileStore) -> None:
        self._files = files
        self._by_key: dict[str, Upload] = {}
        self._count: Counter[int] = Counter()  # by user

    def __len__(self) -> int:
        return len(self._by_key)

    def load(self, rows: Iterable[UploadRow]) -> None:
        """Take over what an earlier run left, as far as its bytes came; drafts without a row go."""
        for row in rows:
            self.add(row).draft.resume()
        for path in self._files.drafts_folder.iterdir():
            if len(path.name) == KEY_CHARACTERS and path.name not in self._by_key:
                _unlink(path)

    def add(self, row: UploadRow) -> Upload:
        upload = self._by_key[row.key] = Upload(row, self._files.draft(row.size_bytes, row.key))
        self._count[row.user_id] += 1
        return upload

    def get(self, key: str) -> Upload | None:
        return self._by_key.get(key)

    def find(self, name: str) -> Upload | None:
        """Find one by what messages call it."""
        upload = self._by_key.get(name[:KEY_CHARACTERS])
        return upload if upload is not None and upload.name == name else None

    def count_of(self, user_id: int) -> int:
        return self._count[user_id]

    async def remove(self, upload: Upload) -> None:
        """Forget one, and its bytes unless a message has them."""
        if self._by_key.pop(upload.row.key, None) is None:
            return
        self._count[upload.row.user_id] -= 1
        if not self._count[upload.row.user_id]:
            del self._count[upload.row.user_id]
        async with upload.lock:
            await upload.draft.discard()

    def older_than(self, time_ms: int) -> list[Upload]:
        return [upload for upload in self._by_key.values() if upload.row.created_ms < time_ms]


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
