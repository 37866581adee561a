"""The accounts of a profile, and two programs that change them at once."""

import stat
import threading

import pytest

from tuichat.config.accounts import (
    AccountBook,
    AccountRecord,
    AccountsError,
    PersonalAddress,
    UrlAddress,
)
from tuichat.config.paths import Profile


def account(user_id: str, *, name: str = "alice", server_id: str = "home") -> AccountRecord:
    return AccountRecord(server_id, user_id, name, name.title(), PersonalAddress())


@pytest.fixture
def book() -> AccountBook:
    return AccountBook(Profile("bob"))


def test_new_profile_has_no_accounts(book: AccountBook) -> None:
    assert book.list() == ()


def test_accounts_keep_their_order_and_their_addresses(book: AccountBook) -> None:
    work = AccountRecord("work", "7", "al", "Al", UrlAddress("https://chat.example", "ab" * 32))
    book.put(account("1"), now_ms=5)
    book.put(work, now_ms=6)
    book.put(account("1", name="alicia"), now_ms=7)
    assert [(a.key, a.username) for a in book.list()] == [(("home", "1"), "alicia"), (("work", "7"), "al")]
    assert book.list()[1].address == UrlAddress("https://chat.example", "ab" * 32)
    assert book.get("work", "8") is None


def test_same_user_id_on_another_server_is_another_account(book: AccountBook) -> None:
    book.put(account("1"))
    book.put(account("1", server_id="work"))
    assert len(book.list()) == 2


def test_newest_write_stands(book: AccountBook) -> None:
    book.put(account("1", name="new"), now_ms=20)
    assert book.put(account("1", name="old"), now_ms=10).username == "new"
    assert [a.username for a in book.list()] == ["new"]


def test_older_write_does_not_bring_a_removed_account_back(book: AccountBook) -> None:
    book.put(account("1"), now_ms=10)
    book.remove("home", "1", now_ms=20)
    book.put(account("1"), now_ms=15)
    assert book.list() == ()
    book.put(account("1"), now_ms=30)
    assert len(book.list()) == 1


def test_writers_at_the_same_instant_lose_nothing(book: AccountBook) -> None:
    start = threading.Barrier(4)

    def write(writer: int) -> None:
        own = AccountBook(Profile("bob"))
        start.wait()
        for number in range(10):
            own.put(account(f"{writer}-{number}"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(book.list()) == 40


def test_file_is_private(book: AccountBook) -> None:
    book.put(account("1"))
    assert stat.S_IMODE(book.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(book.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"accounts":[{}]}', b"\xff", b'{"accounts":3}'])
def test_damaged_file_is_told_and_kept(book: AccountBook, content: bytes) -> None:
    book.put(account("1"))
    book.path.write_bytes(content)
    with pytest.raises(AccountsError, match="damaged"):
        book.put(account("2"))
    assert book.path.read_bytes() == content
