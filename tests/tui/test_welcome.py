"""The first start: what is asked while the personal server starts, and what happens when it does not."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from tests.tui.samples import GENERAL, FakeAccounts, FakeClient, sample_state
from tests.tui.screens import Shown, running_accounts
from tuichat.config.accounts import UrlAddress
from tuichat.errors import TuichatError
from tuichat.tui.screens.welcome import WelcomeScreen

pytestmark = pytest.mark.slow  # whole screens by their keys


class PersonalAccounts(FakeAccounts):
    def __init__(self, *faults: TuichatError) -> None:
        self.personal = FakeClient(sample_state())
        super().__init__(self.personal)
        self.names: list[str | None] = []
        self._faults = list(faults)

    async def sign_in_personal(self, display_name: str | None, progress: Callable[[str], None]) -> FakeClient:
        self.names.append(display_name)
        if self._faults:
            raise self._faults.pop(0)
        self.clients[self.personal.key] = self.personal
        return self.personal


class Starting:
    """A server that starts when the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.may_end = asyncio.Event()
        self.fault: TuichatError | None = None
        monkeypatch.setattr("tuichat.local.background.ensure_server", self.ensure_server)

    async def ensure_server(self, *, progress: Callable[[str], None]) -> None:
        progress("Starting your server...")
        await self.may_end.wait()
        if self.fault is not None:
            raise self.fault


@pytest.fixture
def starting(monkeypatch: pytest.MonkeyPatch) -> Starting:
    return Starting(monkeypatch)


async def welcome(shown: Shown, accounts: PersonalAccounts) -> list[str | None]:
    answers: list[str | None] = []
    screen = WelcomeScreen("ada")
    await shown.app.push_screen(screen, answers.append)
    screen.attach(accounts.as_accounts())
    await shown.settle()
    return answers


async def test_enter_takes_the_name_that_is_offered(starting: Starting) -> None:
    accounts = PersonalAccounts()
    async with running_accounts(accounts) as shown:
        answers = await welcome(shown, accounts)
        assert "Starting your server..." in shown.text
        starting.may_end.set()
        await shown.until("Ready: press Enter.")
        await shown.press("enter")
        assert accounts.names == ["ada"]
        assert answers == ["s1/101"]


async def test_a_name_given_before_the_server_is_there_is_used_when_it_is(starting: Starting) -> None:
    accounts = PersonalAccounts()
    async with running_accounts(accounts) as shown:
        answers = await welcome(shown, accounts)
        await shown.press("ctrl+u", *"Bob", "enter", "enter")
        assert accounts.names == []
        starting.may_end.set()
        await shown.settle()
        await shown.settle()
        assert accounts.names == ["Bob"]
        assert answers == ["s1/101"]


async def test_a_fault_is_told_and_enter_tries_again(starting: Starting) -> None:
    accounts = PersonalAccounts(TuichatError("The data folder is in use."))
    async with running_accounts(accounts) as shown:
        answers = await welcome(shown, accounts)
        starting.fault = TuichatError("The disk is full. " + "x" * 2000)
        starting.may_end.set()
        await shown.until("The disk is full.")
        await shown.press("enter")
        await shown.until("The data folder is in use. Enter tries again.")
        await shown.press("enter")
        assert answers == ["s1/101"]


async def test_a_name_is_needed(starting: Starting) -> None:
    accounts = PersonalAccounts()
    async with running_accounts(accounts) as shown:
        await welcome(shown, accounts)
        await shown.press("ctrl+u", "enter")
        await shown.until("A name, please")
        assert accounts.names == []


async def test_another_server_can_be_wanted(starting: Starting) -> None:
    accounts = PersonalAccounts()
    async with running_accounts(accounts) as shown:
        answers = await welcome(shown, accounts)
        await shown.click("another server")
        assert answers == [""]


async def test_who_began_with_another_server_can_start_their_own(starting: Starting) -> None:
    remote = FakeClient(sample_state(), key="s9/7", username="grace")
    remote.account = msgspec.structs.replace(remote.account, address=UrlAddress("https://chat.example.org"))
    accounts = PersonalAccounts()
    accounts.clients = {remote.key: remote}
    async with running_accounts(accounts) as shown:
        await shown.press("f5")
        await shown.click("start my own server")
        starting.may_end.set()
        await shown.until("Ready: press Enter.")
        await shown.press("ctrl+u", *"Ada", "enter")
        assert accounts.names == ["Ada"]
        assert (shown.chat.chosen.account_key, shown.chat.chosen.channel_id) == ("s1/101", GENERAL)
        await shown.press("f5")
        assert "start my own server" not in shown.text


async def test_escape_leads_from_the_welcome_to_other_servers(starting: Starting) -> None:
    accounts = PersonalAccounts()
    async with running_accounts(accounts) as shown:
        answers = await welcome(shown, accounts)
        await shown.press("escape")
        assert answers == [""]
