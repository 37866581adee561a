"""The accounts of a profile: which people on which servers this profile signs in as."""

import time
from pathlib import Path

import msgspec

from tuichat.config.paths import Profile
from tuichat.config.private_files import locked, write_private
from tuichat.errors import TuichatError
from tuichat.translation import _

TOMBSTONE_LIFE_MS = 30 * 24 * 3600 * 1000  # taste: no process of a profile sleeps longer than a month


class AccountsError(TuichatError):
    """The file of a profile's accounts cannot be read."""


class PersonalAddress(msgspec.Struct, frozen=True, tag="personal", tag_field="kind"):
    """The personal server of this machine, found through `tuichat.local.background`."""


class UrlAddress(msgspec.Struct, frozen=True, tag="url", tag_field="kind"):
    """A server elsewhere."""

    url: str  # scheme, host and port, no path: "https://chat.example.org"
    pinned_sha256: str | None = None  # 64 lower-case hex digits of the certificate's DER bytes


Address = PersonalAddress | UrlAddress


class AccountRecord(msgspec.Struct, frozen=True):
    """One person on one server; (server_id, user_id) is its identity, never the address."""

    server_id: str
    user_id: str  # snowflake, as on the wire
    username: str
    display_name: str
    address: Address
    updated_ms: int = 0  # Unix time, given by `AccountBook.put`

    @property
    def key(self) -> tuple[str, str]:
        return (self.server_id, self.user_id)


class _Removal(msgspec.Struct, frozen=True):
    server_id: str
    user_id: str
    removed_ms: int


class _Book(msgspec.Struct, frozen=True):
    accounts: tuple[AccountRecord, ...] = ()
    removed: tuple[_Removal, ...] = ()


class AccountBook:
    """A profile's accounts on disk; every call reads the file, so two programs of a profile agree."""

    def __init__(self, profile: Profile) -> None:
        self._folder = profile.state_dir

    @property
    def path(self) -> Path:
        return self._folder / "accounts.json"

    def list(self) -> tuple[AccountRecord, ...]:
        """Return the accounts in the order in which they were first added."""
        return self._read().accounts

    def get(self, server_id: str, user_id: str) -> AccountRecord | None:
        return next((a for a in self.list() if a.key == (server_id, user_id)), None)

    def put(self, account: AccountRecord, *, now_ms: int | None = None) -> AccountRecord:
        """Add `account`, or replace the one with its key unless the file's is newer; return what stands."""
        stamped = msgspec.structs.replace(account, updated_ms=_now_ms() if now_ms is None else now_ms)
        with locked(self._folder / "accounts.lock"):
            book = self._read()
            removed_ms = max((r.removed_ms for r in book.removed if _key(r) == account.key), default=-1)
            if removed_ms > stamped.updated_ms:
                return stamped
            accounts = list(book.accounts)
            for position, present in enumerate(accounts):
                if present.key == account.key:
                    if present.updated_ms > stamped.updated_ms:
                        return present
                    accounts[position] = stamped
                    break
            else:
                accounts.append(stamped)
            removed = tuple(r for r in book.removed if _key(r) != account.key)
            self._write(_Book(tuple(accounts), removed))
        return stamped

    def remove(self, server_id: str, user_id: str, *, now_ms: int | None = None) -> None:
        """Forget the account; its token is `CredentialStore.delete`'s matter."""
        stamp_ms = _now_ms() if now_ms is None else now_ms
        with locked(self._folder / "accounts.lock"):
            book = self._read()
            accounts = tuple(a for a in book.accounts if a.key != (server_id, user_id))
            recent = tuple(
                r
                for r in book.removed
                if _key(r) != (server_id, user_id) and r.removed_ms > stamp_ms - TOMBSTONE_LIFE_MS
            )
            self._write(_Book(accounts, (*recent, _Removal(server_id, user_id, stamp_ms))))

    def _read(self) -> _Book:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return _Book()
        except OSError as error:
            raise AccountsError(
                _("Cannot read {path}: {reason}.").format(path=self.path, reason=error.strerror)
            ) from error
        try:
            return msgspec.json.decode(content, type=_Book)
        except msgspec.MsgspecError as error:
            raise AccountsError(
                _("{path} is damaged ({error}); move it away and sign in again, nothing else is lost.").format(
                    path=self.path, error=error
                )
            ) from error

    def _write(self, book: _Book) -> None:
        write_private(self.path, msgspec.json.format(msgspec.json.encode(book)))


def _key(removal: _Removal) -> tuple[str, str]:
    return (removal.server_id, removal.user_id)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
