"""Signing in to other servers: the form, certificates in words, removing accounts."""

from dataclasses import dataclass

import pytest
from textual.widgets import Input

from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.samples import TOWNHALL, FakeAccounts, FakeClient, sample_state
from tests.tui.screens import NARROW, WIDE, Shown, running_accounts
from tuichat.client.errors import CertificateError, ClientError
from tuichat.client.session import ServerProbe

pytestmark = pytest.mark.slow  # whole screens by their keys


FINGERPRINT = "ab" * 32


FOUND = ServerProbe("https://chat.example.org", "s9", "0.1.0", registration="invite")


@dataclass
class Network:
    """What the servers elsewhere answer."""

    probe: ServerProbe | ClientError = FOUND
    refusal: ClientError | None = None


class NetworkedAccounts(FakeAccounts):
    def __init__(self, network: Network, *clients: FakeClient) -> None:
        super().__init__(*clients)
        self.network = network
        self.asked: list[tuple[str | None, ...]] = []

    async def probe(self, url: str, fingerprint: str | None = None) -> ServerProbe:
        self.asked.append(("probe", url, fingerprint))
        if isinstance(self.network.probe, ClientError):
            raise self.network.probe
        if fingerprint is not None and self.network.probe.certificate_problem:
            return ServerProbe(url, "s9", "0.1.0", registration="invite")
        return self.network.probe

    async def sign_in(self, url: str, login: str, password: str, fingerprint: str | None = None) -> FakeClient:
        self.asked.append(("sign in", url, login, password, fingerprint))
        return self._admit()

    async def invited_to(self, url: str, invite: str, fingerprint: str | None = None) -> int | None:
        return TOWNHALL

    async def register(
        self, url: str, username: str, password: str, invite: str | None = None, fingerprint: str | None = None
    ) -> FakeClient:
        self.asked.append(("register", url, username, password, invite, fingerprint))
        return self._admit()

    def _admit(self) -> FakeClient:
        if self.network.refusal is not None:
            raise self.network.refusal
        client = FakeClient(sample_state(), key="s9/7", username="grace")
        self.clients[client.key] = client
        self.tell()
        return client

    async def remove(self, key: str) -> None:
        self.asked.append(("remove", key))
        del self.clients[key]
        self.tell()


def accounts(network: Network | None = None) -> NetworkedAccounts:
    return NetworkedAccounts(network or Network(), FakeClient(sample_state()))


async def fill(shown: Shown, *values: str) -> None:
    """Type the values into the fields, each ended by Enter."""
    for value in values:
        await shown.type(value + "\n")


async def test_signing_in_by_key() -> None:
    fake = accounts()
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org")
        await shown.until("an account needs an invite")
        await fill(shown, "grace", "correct horse")
        await shown.settle()
        assert ("sign in", "chat.example.org", "grace", "correct horse", None) in fake.asked
        assert shown.chat.chosen.account_key == "s9/7"


async def test_registering_with_an_invite_by_mouse() -> None:
    fake = accounts()
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await shown.click("make an account")
        for label, text in (("address, such", "chat.example.org"), ("where the server asks", "kT9mPq2x")):
            await shown.click(label)
            await shown.type(text)
        shown.app.screen.query_one("#login").focus()
        await shown.type("grace")
        shown.app.screen.query_one("#password").focus()
        await shown.type("correct horse")
        assert "correct horse" not in shown.text
        await shown.click(" make it ")
        assert ("register", "chat.example.org", "grace", "correct horse", "kT9mPq2x", None) in fake.asked
        await shown.settle()
        assert shown.chat.chosen.channel_id == TOWNHALL  # where the invite leads


async def test_a_refusal_is_told_and_the_form_stays() -> None:
    fake = accounts(Network(refusal=ClientError("Name or password is wrong.")))
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org", "grace", "wrong")
        await shown.until("Name or password is wrong.")
        assert "Servers and accounts" in shown.text


async def test_a_bad_certificate_is_told_in_words_and_pinned_only_when_asked() -> None:
    problem = ServerProbe(
        "https://x", certificate_problem="The certificate is signed by itself.", fingerprint=FINGERPRINT
    )
    fake = accounts(Network(probe=problem))
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org")
        await shown.until("signed by itself")
        assert "AB:AB:AB" in shown.text
        assert all(call[-1] is None for call in fake.asked)
        await shown.click("pin this certificate")
        await shown.settle()
        assert ("probe", "chat.example.org", FINGERPRINT) in fake.asked
        await fill(shown, "grace", "correct horse")
        assert ("sign in", "chat.example.org", "grace", "correct horse", FINGERPRINT) in fake.asked


async def test_a_pin_is_forgotten_with_the_address_it_was_for() -> None:
    problem = ServerProbe("https://x", certificate_problem="It is out of date.", fingerprint=FINGERPRINT)
    fake = accounts(Network(probe=problem))
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org")
        await shown.until("out of date")
        await shown.click("pin this certificate")
        shown.app.screen.query_one("#url").focus()
        await shown.press("end", "x", "tab")
        await shown.settle()
        assert fake.asked[-1] == ("probe", "chat.example.orgx", None)


async def test_a_certificate_that_fails_while_signing_in_is_offered_too() -> None:
    error = CertificateError("No.", problem="The certificate names another host.", fingerprint=FINGERPRINT)
    fake = accounts(Network(refusal=error))
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org", "grace", "pw")
        await shown.until("names another host")
        assert "pin this certificate" in shown.text


async def test_what_is_missing_is_named() -> None:
    async with running_accounts(accounts()) as shown:
        await shown.press("f5")
        await shown.click(" sign in ")
        await shown.until("Fill in the address and a user name and a password.")


async def test_an_account_is_removed_after_asking() -> None:
    fake = accounts()
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await shown.click(" remove ")
        assert "Remove ada from this profile?" in shown.text
        await shown.press("escape")
        assert ("remove", "s1/101") not in fake.asked
        await shown.click(" remove ")
        await shown.press("y")
        await shown.until("No account yet.")
        await shown.press("escape")
        await shown.until("No account in this profile yet.")


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_form_fits_or_scrolls(size: tuple[int, int]) -> None:
    async with running_accounts(accounts(), size=size) as shown:
        await shown.press("f5")
        await shown.click("make an account")
        shown.app.screen.query_one("#submit").focus()
        await shown.settle()
        assert "make it" in shown.text


async def test_hostile_answers_are_text() -> None:
    fake = accounts()
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        for text in list(HOSTILE.values())[::3]:
            fake.network.probe = ServerProbe("https://x", "s", text, registration=text)
            await shown.press("end", "x")
            shown.app.screen.query_one("#login").focus()
            await shown.settle()
            assert not FORBIDDEN & set("".join(shown.lines()))
            fake.network.probe = ServerProbe("https://x", certificate_problem=text, fingerprint=FINGERPRINT)
            shown.app.screen.query_one("#url").focus()
            await shown.press("end", "x")
            shown.app.screen.query_one("#login").focus()
            await shown.settle()
            assert not FORBIDDEN & set("".join(shown.lines()))
            shown.app.screen.query_one("#url").focus()


UNTRUSTED = ServerProbe(
    "https://x",
    certificate_problem="The certificate is self-signed: nobody but the server itself vouches for it.",
    fingerprint=FINGERPRINT,
)


async def test_what_is_wrong_with_a_certificate_and_what_can_be_done_are_in_view_on_a_small_terminal() -> None:
    async with running_accounts(accounts(Network(probe=UNTRUSTED)), size=NARROW) as shown:
        await shown.press("f5")
        await shown.click("make an account")
        await fill(shown, "chat.example.org")
        await shown.until("self-signed")
        for words in ("Pin it only if", "pin this certificate", "I have an account", "make it", "Invite code"):
            assert words in shown.text
        assert all(not line.strip().startswith(":") for line in shown.lines())


async def test_with_many_accounts_the_buttons_are_scrolled_to() -> None:
    clients = [FakeClient(sample_state(), key=f"s{number}/101") for number in range(1, 9)]
    fake = NetworkedAccounts(Network(probe=UNTRUSTED), *clients)
    async with running_accounts(fake, size=NARROW) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org")
        await shown.until("pin this certificate")
        assert "Pin it only if" in shown.text


async def test_making_an_account_goes_to_what_is_still_to_be_filled_in() -> None:
    async with running_accounts(accounts()) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org", "grace")
        await shown.type("correct horse")
        await shown.click("make an account")
        assert "I have an account" in shown.text
        await shown.type("kT9mPq2x")
        assert shown.app.screen.query_one("#invite", Input).value == "kT9mPq2x"


async def test_a_pin_is_confirmed_and_enter_signs_in() -> None:
    fake = accounts(Network(probe=UNTRUSTED))
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org", "grace")
        await shown.type("correct horse")
        await shown.until("self-signed")
        await shown.click("pin this certificate")
        await shown.until("Certificate pinned. tuichat 0.1.0")
        await shown.press("enter")
        assert ("sign in", "chat.example.org", "grace", "correct horse", FINGERPRINT) in fake.asked


async def test_a_pin_outlives_the_form_but_not_for_another_address() -> None:
    fake = accounts(Network(probe=UNTRUSTED))
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org")
        await shown.until("self-signed")
        await shown.click("pin this certificate")
        await shown.until("Certificate pinned")
        await shown.press("escape", "f5")
        await fill(shown, "chat.example.org")
        await shown.until("Certificate pinned")
        assert fake.asked.count(("probe", "chat.example.org", FINGERPRINT)) == 2
        shown.app.screen.query_one("#url").focus()
        await shown.press("end", "x", "tab")
        await shown.until("self-signed")
        assert fake.asked[-1] == ("probe", "chat.example.orgx", None)


async def test_after_a_refusal_by_the_button_the_password_is_typed_anew() -> None:
    fake = accounts(Network(refusal=ClientError("Name or password is wrong.")))
    async with running_accounts(fake) as shown:
        await shown.press("f5")
        await fill(shown, "chat.example.org", "grace")
        await shown.type("wrong")
        await shown.click(" sign in ")
        await shown.until("Name or password is wrong.")
        await shown.type("right\n")
        assert ("sign in", "chat.example.org", "grace", "right", None) in fake.asked
