"""A script that waits for its server says so at a terminal."""

from pathlib import Path

import pytest

from tests.automation.test_progress import Terminal
from tuichat.automation import headless, progress
from tuichat.automation.headless import Headless, NotConnectedError
from tuichat.config.accounts import AccountBook, AccountRecord, UrlAddress
from tuichat.config.credentials import CredentialStore
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.config.secret import Token

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made = Profile()
    AccountBook(made).put(AccountRecord("server", "1", "ada", "Ada", UrlAddress(NOBODY_LISTENS)))
    CredentialStore(made).put("server", "1", Token("no-real-token"))
    return made


async def test_waiting_for_a_server_is_told_and_then_given_up(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(progress, "FIRST_S", 0.0)
    monkeypatch.setattr(headless, "CONNECT_LIMIT_S", 0.3)
    with pytest.raises(NotConnectedError, match="No server could be reached"):
        async with Headless(profile, Settings()):
            pytest.fail("nobody is there")
    assert "Waiting for the server; Ctrl+C ends it." in terminal.getvalue()
