"""Making a server from the composer."""

import pytest

from tests.commands.fake_client import MADE_GENERAL, FakeClient, FakeScreen, context
from tuichat.client import arrival
from tuichat.client.errors import RefusedError
from tuichat.commands.context import Outcome
from tuichat.commands.engine import Engine
from tuichat.commands.screen import Severity


async def submit(client: FakeClient, line: str, screen: FakeScreen | None = None) -> Outcome:
    return await Engine().submit(line, context(client, None, screen))


async def test_create_makes_a_server_and_opens_it() -> None:
    client, screen = FakeClient(), FakeScreen()
    outcome = await submit(client, "/create The  Lab", screen)
    assert client.made == ["The  Lab"]
    assert screen.opened == [(client.key, MADE_GENERAL)]
    assert "The  Lab" in outcome.text
    assert "/invite" in outcome.text


async def test_server_that_is_made_and_not_here_yet_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrival, "LIMIT_S", 0.01)
    client, screen = FakeClient(), FakeScreen()
    client.is_told = False
    outcome = await submit(client, "/create Lab", screen)
    assert outcome.severity is Severity.WARNING
    assert "You made Lab" in outcome.text
    assert screen.opened == []


async def test_refusal_and_missing_name_keep_the_line() -> None:
    client = FakeClient()
    missing = await submit(client, "/create")
    assert not missing.is_done
    assert "NAME is missing" in missing.text
    client.refusal = RefusedError("Too many servers.")
    assert await submit(client, "/create Lab") == Outcome(False, "Too many servers.", Severity.ERROR)


async def test_a_bare_refusal_says_whom_to_ask() -> None:
    client = FakeClient()
    client.refusal = RefusedError("Missing Permissions.", status=403, code=50013)
    outcome = await submit(client, "/create Lab")
    assert not outcome.is_mistake
    assert "Ask somebody who runs the server" in outcome.text
    client.refusal = RefusedError("You are timed out.", status=403, code=50013)
    assert (await submit(client, "/create Lab")).text == "You are timed out."
