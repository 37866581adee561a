"""Words that were typed and not yet entered, kept for each channel from one start of tuichat to the next."""

import logging

import msgspec

from tuichat.config.paths import Profile
from tuichat.config.private_files import PrivateFileError, locked, write_private

logger = logging.getLogger(__name__)

MAX_DRAFTS = 200  # taste: channels in which somebody has begun to write
MAX_CHARACTERS = 20_000
MAX_FILE_BYTES = 8 * 1024 * 1024


SEND = "send"


class KeptDraft(msgspec.Struct, frozen=True):
    """The words in a channel's composer; `text` is empty where they were sent or wiped out. `changed_ms` is Unix time.

    `purpose` says what Enter was to do ("send", "reply" or "edit") with the message `message_id`; `edited` is what was made of
    it in an edit, while `text` waits for the edit's end.
    """

    account_key: str
    channel_id: int
    text: str
    changed_ms: int
    purpose: str = SEND
    message_id: int | None = None
    edited: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.text.strip() and self.purpose == SEND


class DraftBook:
    """The drafts of a profile. Two clients of one profile share the file: of each channel the newest words win.

    Calls take a few milliseconds of disk; save when a channel is left and at the end, not at each key.
    """

    def __init__(self, profile: Profile) -> None:
        self._folder = profile.state_dir
        self._drafts: dict[tuple[str, int], KeptDraft] = {}

    def load(self) -> None:
        """Read what was kept. A file that cannot be read costs the drafts, no more: it is logged."""
        self._merge(self._read())

    def text(self, account_key: str, channel_id: int) -> str:
        draft = self._drafts.get((account_key, int(channel_id)))
        return draft.text if draft else ""

    def kept(self, account_key: str, channel_id: int) -> KeptDraft:
        """Return what is kept of a channel, empty where nothing is."""
        key = (account_key, int(channel_id))
        return self._drafts.get(key) or KeptDraft(*key, "", 0)

    def channels(self, account_key: str) -> set[int]:
        """Return the channels of an account in which words wait."""
        return {
            channel_id for (key, channel_id), draft in self._drafts.items() if key == account_key and not draft.is_empty
        }

    def put(
        self,
        account_key: str,
        channel_id: int,
        text: str,
        now_ms: int,
        *,
        purpose: str = SEND,
        message_id: int | None = None,
        edited: str = "",
    ) -> bool:
        """Note what stands in a channel's composer now, and say whether it is news; `now_ms` is Unix time."""
        known = self.kept(account_key, channel_id)
        draft = msgspec.structs.replace(
            known,
            text=text[:MAX_CHARACTERS],
            purpose=purpose,
            message_id=None if message_id is None else int(message_id),
            edited=edited[:MAX_CHARACTERS],
        )
        if draft == known:
            return False
        self._drafts[account_key, int(channel_id)] = msgspec.structs.replace(draft, changed_ms=now_ms)
        return True

    def save(self) -> None:
        """Write the drafts, with what another client of this profile has written meanwhile."""
        try:
            with locked(self._folder / "drafts.lock"):
                self._merge(self._read())
                newest = sorted(self._drafts.values(), key=lambda draft: draft.changed_ms)[-MAX_DRAFTS:]
                write_private(self._folder / "drafts.json", msgspec.json.encode(newest))
        except (PrivateFileError, OSError) as error:
            logger.warning("the drafts could not be kept: %s", error)

    def _merge(self, others: list[KeptDraft]) -> None:
        for draft in others:
            key = (draft.account_key, draft.channel_id)
            known = self._drafts.get(key)
            if known is None or known.changed_ms < draft.changed_ms:
                self._drafts[key] = draft

    def _read(self) -> list[KeptDraft]:
        path = self._folder / "drafts.json"
        try:
            if path.stat().st_size > MAX_FILE_BYTES:
                raise ValueError(f"{path.stat().st_size} bytes, the limit is {MAX_FILE_BYTES}")
            return msgspec.json.decode(path.read_bytes(), type=list[KeptDraft])
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            logger.warning("%s holds no drafts: %s", path, error)
            return []
