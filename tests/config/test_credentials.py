"""Tokens at rest: which place they go to, who may read it, and what happens when a keyring misbehaves."""

import stat
import threading
from collections.abc import Iterator

import pytest

from tuichat.config import credentials
from tuichat.config.credentials import CredentialError, CredentialStore, KeyringTooSlow, within_time_limit
from tuichat.config.paths import Profile
from tuichat.config.secret import Token

TOKEN = Token("MTIz.abcdef.very-secret-part")


class FakeKeyring:
    """Keeps passwords in memory, or fails or waits as told."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.failure: Exception | None = None
        self.gate: threading.Event | None = None
        self.calls = 0

    def _answer(self) -> None:
        self.calls += 1
        if self.gate is not None:
            self.gate.wait(30)
        if self.failure is not None:
            raise self.failure

    def get_password(self, service: str, username: str) -> str | None:
        self._answer()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._answer()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._answer()
        del self.kept[service, username]


@pytest.fixture
def profile() -> Profile:
    return Profile("bob")


@pytest.fixture
def keyring() -> Iterator[FakeKeyring]:
    fake = FakeKeyring()
    yield fake
    if fake.gate is not None:
        fake.gate.set()


def test_file_keeps_tokens_by_server_and_user(profile: Profile) -> None:
    store = CredentialStore(profile)
    store.put("home", "1", TOKEN)
    store.put("work", "1", Token("another-token"))
    again = CredentialStore(profile)
    assert again.get("home", "1") == TOKEN
    assert again.get("work", "1") == Token("another-token")
    assert again.get("home", "2") is None
    again.delete("home", "1")
    assert store.get("home", "1") is None
    assert store.get("work", "1") is not None


def test_profiles_do_not_share_tokens(profile: Profile) -> None:
    CredentialStore(profile).put("home", "1", TOKEN)
    assert CredentialStore(Profile("carol")).get("home", "1") is None


def test_only_the_owner_can_read_the_file(profile: Profile) -> None:
    store = CredentialStore(profile)
    store.put("home", "1", TOKEN)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


def test_file_that_others_can_read_is_refused_and_not_changed(profile: Profile) -> None:
    store = CredentialStore(profile)
    store.put("home", "1", TOKEN)
    before = store.path.read_bytes()
    store.path.chmod(0o644)
    with pytest.raises(CredentialError, match="chmod 600"):
        store.get("home", "1")
    with pytest.raises(CredentialError, match="chmod 600"):
        store.put("home", "2", TOKEN)
    assert store.path.read_bytes() == before


def test_damaged_file_is_told_without_its_content(profile: Profile) -> None:
    store = CredentialStore(profile)
    store.put("home", "1", TOKEN)
    store.path.write_bytes(b'{"home/1": "MTIz.abcdef.very-secret-part", 3')
    with pytest.raises(CredentialError, match="damaged") as caught:
        store.get("home", "1")
    assert "very-secret" not in repr((caught.value, caught.value.__cause__, caught.value.__context__))


def test_keyring_that_works_is_used_and_the_file_stays_empty(profile: Profile, keyring: FakeKeyring) -> None:
    CredentialStore(profile).put("home", "1", Token("older-token"))
    store = CredentialStore(profile, keyring=keyring)
    store.put("home", "1", TOKEN)
    assert b"token" not in store.path.read_bytes()
    assert keyring.kept == {("tuichat", "bob/home/1"): TOKEN.reveal()}
    assert store.get("home", "1") == TOKEN
    store.delete("home", "1")
    assert keyring.kept == {}


def test_keyring_that_fails_means_the_file(profile: Profile, keyring: FakeKeyring) -> None:
    keyring.failure = RuntimeError("locked")
    store = CredentialStore(profile, keyring=keyring)
    store.put("home", "1", TOKEN)
    assert CredentialStore(profile).get("home", "1") == TOKEN


def test_keyring_that_forgets_what_it_was_given_means_the_file(profile: Profile, keyring: FakeKeyring) -> None:
    class Forgetful(FakeKeyring):
        def set_password(self, service: str, username: str, password: str) -> None:
            pass

    CredentialStore(profile, keyring=Forgetful()).put("home", "1", TOKEN)
    assert CredentialStore(profile).get("home", "1") == TOKEN


def test_keyring_that_waits_for_somebody_is_left_alone(
    profile: Profile, keyring: FakeKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "KEYRING_TIME_LIMIT_S", 0.05)
    keyring.gate = threading.Event()
    store = CredentialStore(profile, keyring=keyring)
    store.put("home", "1", TOKEN)
    assert store.get("home", "1") == TOKEN
    assert store.get("home", "2") is None
    assert keyring.calls == 1


def test_time_limit_passes_results_and_failures_on() -> None:
    assert within_time_limit(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        within_time_limit(lambda: 1 // 0)
    gate = threading.Event()
    with pytest.raises(KeyringTooSlow):
        within_time_limit(gate.wait, 0.02)
    gate.set()
