"""Passwords and tokens: what opens, what does not, and what reaches neither disk nor loop."""

import asyncio
import base64
import threading
import time
import typing
from collections.abc import AsyncIterator
from pathlib import Path

import argon2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.snowflake import Snowflake
from tuichat.server import accounts
from tuichat.server.accounts import Accounts, Actor, HashingBusy, peer_key
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import ApplicationRow, PasswordRow, UserRow
from tuichat.server.store.sqlite import SQLiteStore

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Books:
    def __init__(self, store: SQLiteStore) -> None:
        self.store = store
        self.accounts = Accounts(store, now_ms=lambda: 1_800_000_000_000, hasher=CHEAP)
        self.ada, self.bot = (store.next_id(1_800_000_000_000) for _ in range(2))


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    store = await SQLiteStore.open(tmp_path / DATABASE_NAME, publish=lambda event: None)
    opened = Books(store)
    await store.write(
        [
            Put(UserRow(id=opened.ada, username="ada", name_key="ada")),
            Put(UserRow(id=opened.bot, username="bot", name_key="bot", is_bot=True)),
            Put(ApplicationRow(id=opened.bot, owner_id=opened.ada, name="bot", flags=1 << 18)),
        ]
    )
    yield opened
    await store.close()
    opened.accounts.close()


async def test_a_token_says_who_it_is_and_only_its_hash_is_kept(books: Books, tmp_path: Path) -> None:
    token = await books.accounts.issue_token(books.ada)
    first, second, secret = token.split(".")
    assert base64.b64decode(first + "==") == str(books.ada).encode()
    actor = await books.accounts.authenticate(token)
    assert actor == Actor(books.ada, is_bot=False, token_id=Snowflake(base64.b64decode(second + "==")))
    await books.store.close()
    for path in tmp_path.iterdir():
        assert secret.encode() not in path.read_bytes()


async def test_bots_come_with_bot_and_people_without(books: Books) -> None:
    human, bot = await books.accounts.issue_token(books.ada), await books.accounts.issue_token(books.bot)
    header = books.accounts.authenticate_header
    assert await header(human) is not None
    assert await header(f"Bot {human}") is None
    assert await header(bot) is None
    found = await header(f"bot {bot}")
    assert found is not None
    assert (found.is_bot, found.application_flags) == (True, 1 << 18)
    assert await books.accounts.authenticate(bot) == found  # IDENTIFY has no scheme


@pytest.mark.parametrize(
    "change", ["", "x", ".", "..", "a.b.c", "Bot ", "Bot", "MQ.MQ.MQ", "é.é.é", "x" * 100_000, "-1.-1.x"]
)
async def test_what_is_no_token_opens_nothing(books: Books, change: str) -> None:
    assert await books.accounts.authenticate(change) is None
    assert await books.accounts.authenticate_header(change) is None


async def test_every_part_of_a_token_counts(books: Books) -> None:
    ada, bot = await books.accounts.issue_token(books.ada), await books.accounts.issue_token(books.bot)
    a, b = ada.split("."), bot.split(".")
    for forged in (
        [b[0], a[1], a[2]],
        [a[0], b[1], a[2]],
        [a[0], a[1], b[2]],
        [a[0], a[1], a[2][:-1]],
        [a[0], a[1], ""],
    ):
        assert await books.accounts.authenticate(".".join(forged)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    text=st.text(max_size=80)
    | st.lists(st.sampled_from(["MQ", "MTI=", "=", ".", "/", "+", "\0", "9" * 30]), max_size=9).map("".join)
)
def test_any_text_in_place_of_a_token_is_answered(text: str) -> None:
    class NoTokens:
        async def read_token(self, token_id: int) -> None:
            assert 0 <= token_id < 2**63

    found = asyncio.run(Accounts(NoTokens(), now_ms=lambda: 0, hasher=CHEAP).authenticate(text))  # type: ignore[arg-type]  # all it asks
    assert found is None


async def test_revoked_is_revoked_at_once(books: Books) -> None:
    tokens = [await books.accounts.issue_token(books.ada) for _ in range(3)]
    actors = [await books.accounts.authenticate(token) for token in tokens]
    told: list[tuple[int, int | None]] = []
    books.accounts.on_revoked(lambda user_id, token_id: told.append((user_id, token_id)))
    assert actors[0] is not None
    await books.accounts.revoke(actors[0])
    assert [await books.accounts.authenticate(token) is None for token in tokens] == [True, False, False]
    await books.accounts.revoke_all(books.ada)
    assert [await books.accounts.authenticate(token) is None for token in tokens] == [True, True, True]
    assert told == [(books.ada, actors[0].token_id), (books.ada, None)]


async def test_a_token_revoked_while_it_is_looked_up_does_not_stay_known(books: Books) -> None:
    token = await books.accounts.issue_token(books.ada)
    looking = asyncio.create_task(books.accounts.authenticate(token))
    await asyncio.sleep(0)
    await books.accounts.revoke_all(books.ada)
    await looking
    assert await books.accounts.authenticate(token) is None


async def test_the_oldest_of_too_many_tokens_is_revoked(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MAX_TOKENS", 2)
    other = await books.accounts.issue_token(books.bot)
    tokens = []
    for _ in range(3):
        tokens.append(await books.accounts.issue_token(books.ada))
        assert await books.accounts.authenticate(tokens[-1]) is not None
    known = [await books.accounts.authenticate(token) is not None for token in (*tokens, other)]
    assert known == [False, True, True, True]


async def test_a_password_opens_its_account_alone(books: Books) -> None:
    await books.accounts.set_password(books.ada, "pässwörd \U0001f600")
    verify = books.accounts.verify_password
    assert await verify(books.ada, "pässwörd \U0001f600")
    for user_id, password in ((books.ada, "pässwörd"), (books.bot, "pässwörd \U0001f600"), (None, ""), (5, "x")):
        assert not await verify(user_id, password)


async def test_a_damaged_hash_opens_nothing(books: Books) -> None:
    await books.store.write([Put(PasswordRow(user_id=books.ada, password_hash="not a hash"))])
    assert not await books.accounts.verify_password(books.ada, "not a hash")


async def test_passwords_are_hashed_with_argon2id_off_the_loop(books: Books) -> None:
    threads: list[int] = []

    class Watched(argon2.PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            threads.append(threading.get_ident())
            return super().hash(password, salt=salt)

    watched = Accounts(books.store, now_ms=lambda: 0, hasher=Watched(1, 8, 1))
    assert (await watched.hash_password("x")).startswith("$argon2id$")
    assert threading.get_ident() not in threads
    assert Accounts(books.store, now_ms=lambda: 0)._hasher.memory_cost >= 65_536  # RFC 9106, second choice, in KiB


@pytest.mark.slow
async def test_unknown_accounts_take_the_time_of_known_ones(books: Books) -> None:
    slow = Accounts(books.store, now_ms=lambda: 0, hasher=argon2.PasswordHasher(4, 32_768, 1))
    await books.store.write([Put(PasswordRow(user_id=books.ada, password_hash=await slow.hash_password("right")))])

    async def seconds(user_id: int | None) -> float:
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            await slow.verify_password(user_id, "wrong")
            times.append(time.perf_counter() - begin)
        return min(times)

    known, unknown = await seconds(books.ada), await seconds(None)
    assert 0.3 < known / unknown < 3  # without a decoy it is over 20


async def test_the_first_unknown_account_costs_one_check_like_all_others(books: Books) -> None:
    done: list[argon2.Parameters] = []

    class Counted(argon2.PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            made = super().hash(password, salt=salt)
            done.append(argon2.extract_parameters(made))
            return made

        def verify(self, hash: str | bytes, password: str | bytes) -> typing.Literal[True]:
            done.append(argon2.extract_parameters(str(hash)))
            return super().verify(hash, password)

    fresh = Accounts(books.store, now_ms=lambda: 0, hasher=Counted(1, 8, 1))
    assert not await fresh.verify_password(None, "wrong")
    unknown = done.copy()
    await fresh.set_password(books.ada, "right")
    done.clear()
    assert not await fresh.verify_password(books.ada, "wrong")
    assert unknown == done  # as many, of the same cost
    assert len(done) == 1
    fresh.close()


async def test_too_many_passwords_at_once_are_refused(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MAX_WAITING_HASHES", 3)
    results = await asyncio.gather(*(books.accounts.hash_password("x") for _ in range(5)), return_exceptions=True)
    assert [type(result) for result in results].count(HashingBusy) == 2
    await books.accounts.hash_password("x")


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_one_peer_is_one_address_or_one_network(address: str, key: str) -> None:
    assert peer_key(address) == key
