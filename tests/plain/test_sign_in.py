"""Tests of `tuichat.plain.sign_in`: the questions, and what becomes of the answers."""

import io

from tests.plain.talking import Answers
from tests.tui.samples import FakeAccounts, FakeClient, sample_state
from tuichat.client.client import Client
from tuichat.client.errors import RefusedError
from tuichat.client.session import ServerProbe
from tuichat.config.paths import Profile
from tuichat.plain.printer import Printer
from tuichat.plain.sign_in import SignIn

URL = "chat.example.org"


class Door(FakeAccounts):
    """Accounts that say who came in, and how."""

    def __init__(self, *probes: ServerProbe) -> None:
        super().__init__()
        self.profile = Profile("ada")
        self.probes = list(probes)
        self.came: list[tuple[object, ...]] = []
        self.refusals: list[str] = []

    async def probe(self, url: str, fingerprint: str | None = None) -> ServerProbe:
        self.came.append(("probe", url, fingerprint))
        return self.probes.pop(0)

    async def _come(self, *how: object) -> FakeClient:
        if self.refusals:
            raise RefusedError(self.refusals.pop(0))
        self.came.append(how)
        return FakeClient(sample_state())

    async def sign_in(self, url: str, login: str, password: str, fingerprint: str | None = None) -> FakeClient:
        return await self._come("sign in", url, login, password, fingerprint)

    async def register(
        self, url: str, username: str, password: str, invite: str | None = None, fingerprint: str | None = None
    ) -> FakeClient:
        return await self._come("register", url, username, password, invite, fingerprint)

    async def sign_in_personal(self, name: str, progress: object) -> FakeClient:
        return await self._come("own", name)


async def answer(door: Door, *lines: str) -> tuple[Client | None, list[str]]:
    """Return who is signed in after these answers, and what was said meanwhile."""
    answers, written = Answers(), io.StringIO()
    answers.lines = list(lines)
    client = await SignIn(door.as_accounts(), answers, Printer(written, written)).welcome()
    assert answers.lines == []
    return client, written.getvalue().splitlines()


async def test_a_server_of_ones_own_takes_a_name() -> None:
    door = Door()
    assert (await answer(door, "1", "Ada"))[0] is not None
    assert (await answer(door, "1", ""))[0] is not None
    assert door.came == [("own", "Ada"), ("own", "ada")]


async def test_signing_in_asks_for_address_name_and_password() -> None:
    door = Door(ServerProbe(URL, "s"))
    assert (await answer(door, "2", URL, "grace", " secret "))[0] is not None
    assert door.came == [("probe", URL, None), ("sign in", URL, "grace", " secret ", None)]


async def test_an_account_is_made_with_an_invite_where_one_is_wanted() -> None:
    door = Door(ServerProbe(URL, "s", registration="invite"), ServerProbe(URL, "s", registration="open"))
    await answer(door, "3", URL, "grace", "secret", "secret", "https://chat.example.org/invite/abc")
    await answer(door, "3", URL, "grace", "secret", "secret")
    assert [each for each in door.came if each[0] == "register"] == [
        ("register", URL, "grace", "secret", "https://chat.example.org/invite/abc", None),
        ("register", URL, "grace", "secret", None, None),
    ]


async def test_what_fails_is_told_and_asked_again() -> None:
    door = Door(*[ServerProbe(URL, "s", registration="open")] * 3)
    door.refusals = ["The password is wrong."]
    client, said = await answer(
        door, "9", "2", URL, "grace", "wrong", "3", URL, "grace", "one", "other", "2", URL, "grace", "right"
    )
    assert client is not None
    again = "Once more, or an empty line to leave."
    assert [line for line in said if line.endswith(again)] == [
        f"That is none of the numbers. {again}",
        f"The password is wrong. {again}",
        f"The two passwords differ. {again}",
    ]
    assert not any("wrong" in line and "password is" not in line for line in said)


async def test_a_server_that_takes_nobody_new_says_so() -> None:
    client, said = await answer(Door(ServerProbe(URL, "s", registration="closed")), "3", URL, "")
    assert client is None
    assert said[-1] == "Nobody was signed in."
    assert any(line.startswith("This server takes nobody new.") for line in said)


async def test_a_certificate_is_trusted_on_purpose_alone() -> None:
    bad = ServerProbe(URL, certificate_problem="It is its own authority.", fingerprint="ab" * 32)
    door = Door(bad, bad, ServerProbe(URL, "s"))
    client, said = await answer(door, "2", URL, "", "2", URL, "trust", "grace", "secret")
    assert client is not None
    assert "It is its own authority." in said
    assert any("AB:AB:AB" in line for line in said)
    assert any(line.startswith("It was not trusted.") for line in said)
    assert door.came[-2:] == [("probe", URL, "ab" * 32), ("sign in", URL, "grace", "secret", "ab" * 32)]


async def test_the_end_of_the_input_ends_the_questions() -> None:
    assert (await answer(Door(), "2"))[0] is None
    assert (await answer(Door()))[0] is None
