"""Of several tuichat of one profile one automates, and the next takes over when that ends."""

from pathlib import Path

import pytest

from tests.client.waiting import until
from tuichat.automation.automation import Automation
from tuichat.automation.site import RunningSite
from tuichat.client.session import Accounts
from tuichat.commands.context import CommandContext
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings


class FakePart:
    def __init__(self, log: list[str], name: str, *, fails: bool = False) -> None:
        self._log = log
        self._name = name
        self._fails = fails

    async def start(self) -> None:
        self._log.append(f"{self._name} starts")
        if self._fails:
            raise RuntimeError("for this test")

    async def close(self) -> None:
        self._log.append(f"{self._name} closes")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunningSite:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    settings = Settings()
    return RunningSite(Accounts(Profile(), settings), lambda: settings, None, CommandContext)


async def test_the_second_takes_over_when_the_first_ends(site: RunningSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuichat.automation.automation.TRY_EVERY_S", 0.01)
    log: list[str] = []
    first = Automation(site, [lambda _site: FakePart(log, "first")])
    second = Automation(site, [lambda _site: FakePart(log, "second")])
    first.start()
    await until(lambda: first.is_active)
    second.start()
    await until(lambda: log == ["first starts"])
    assert not second.is_active
    await first.close()
    await until(lambda: second.is_active)
    await second.close()
    assert log == ["first starts", "first closes", "second starts", "second closes"]


async def test_a_part_that_fails_leaves_the_others_alone(site: RunningSite) -> None:
    log: list[str] = []
    automation = Automation(site, [lambda _site: FakePart(log, "bad", fails=True), lambda _site: FakePart(log, "good")])
    automation.start()
    await until(lambda: len(log) == 2)
    await automation.close()
    assert log == ["bad starts", "good starts", "good closes", "bad closes"]


async def test_one_that_never_began_is_closed_without_harm(site: RunningSite) -> None:
    await Automation(site).close()


def test_a_program_types_into_no_channel_unless_it_names_one(site: RunningSite) -> None:
    assert site.context().is_script
    assert site.context().channel_id is None
    assert site.context(None, 7).channel_id == 7
