"""Every line ends in an outcome: carried out, or kept with a sentence that says why."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.client.builders import GUILD, OTHER
from tests.commands.fake_client import GENERAL, NOTES, OTHER_GENERAL, FakeClient, FakeScreen, context
from tuichat.client.errors import RefusedError
from tuichat.client.state import Connection
from tuichat.commands.command import Registry, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.commands.screen import Severity


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen()


async def submit(client: FakeClient, line: str, screen: FakeScreen | None = None) -> Outcome:
    return await Engine().submit(line, context(client, screen=screen))


async def test_plain_text_is_a_message_of_the_current_channel(client: FakeClient) -> None:
    outcome = await submit(client, "hello /there")
    assert outcome == Outcome(entry_key="n1")
    await submit(client, "//usr/bin is a path")
    assert client.sent == [(GENERAL, "hello /there", None), (GENERAL, "/usr/bin is a path", None)]


async def test_text_without_a_channel_is_kept() -> None:
    outcome = await Engine().submit("hello", CommandContext())
    assert not outcome.is_done
    assert outcome.text


async def test_refusal_of_the_server_keeps_the_line(client: FakeClient) -> None:
    client.refusal = RefusedError("Not here.")
    assert await submit(client, "hello") == Outcome(False, "Not here.", Severity.ERROR)


async def test_unknown_command_suggests_the_nearest(client: FakeClient) -> None:
    outcome = await submit(client, "/jion #general")
    assert not outcome.is_done
    assert "/join" in outcome.text
    assert "//" in outcome.text
    assert outcome.argument == (0, 5)
    assert client.sent == []


async def test_help_lists_every_command_and_tells_about_one(client: FakeClient, screen: FakeScreen) -> None:
    await submit(client, "/help", screen)
    assert all(f"/{command.name}" in screen.texts[0][1] for command in registry.all())
    await submit(client, "/help /msg", screen)
    assert screen.texts[1][0] == "/msg"
    assert "TO TEXT..." in screen.texts[1][1]
    assert "/help" in (await submit(client, "/help hepl", screen)).text


async def test_join_opens_a_channel_by_name(client: FakeClient, screen: FakeScreen) -> None:
    assert (await submit(client, "/join #notes", screen)).is_done
    assert (await submit(client, "/join #plans", screen)).is_done
    assert (await submit(client, "/join #general", screen)).is_done
    assert screen.opened == [("server/1000", NOTES), ("server/1000", 41), ("server/1000", GENERAL)]


async def test_join_takes_invites_as_codes_and_links(client: FakeClient, screen: FakeScreen) -> None:
    for typed in ("k3Xw9aQ2", "https://chat.example.org/invite/k3Xw9aQ2"):
        assert "guild 2" in (await submit(client, f"/join {typed}", screen)).text
    assert client.joined == ["k3Xw9aQ2", "k3Xw9aQ2"]
    assert screen.opened == [("server/1000", OTHER_GENERAL)] * 2


async def test_unknown_invite_that_is_a_channels_name_says_so(client: FakeClient, screen: FakeScreen) -> None:
    client.refusal = RefusedError("Unknown Invite", status=404, code=10006)
    outcome = await submit(client, "/join notes", screen)
    assert not outcome.is_done
    assert "/join #notes" in outcome.text


async def test_msg_reaches_channels_and_people(client: FakeClient) -> None:
    assert (await submit(client, "/msg #plans see  you\nthere")).is_done
    assert (await submit(client, '/msg @bob "quoted" words')).is_done
    assert client.sent == [(41, "see  you\nthere", None), (1_000_000 + OTHER, '"quoted" words', None)]


async def test_a_group_is_begun_with_friends_and_opened(client: FakeClient, screen: FakeScreen) -> None:
    assert (await submit(client, "/group @bob @carol @bob", screen)).is_done
    assert client.grouped == [[OTHER, 8]]
    assert screen.opened[-1] == (client.key, 2_000_000)
    assert not (await submit(client, "/group @bob", screen)).is_done
    client.refusal = RefusedError("Invalid Recipient(s)", status=400, code=50033)
    outcome = await submit(client, "/group @bob @carol", screen)
    assert not outcome.is_done
    assert "Friends alone" in outcome.text


async def test_user_name_goes_before_a_display_name_that_imitates_it(client: FakeClient) -> None:
    await submit(client, "/msg @bob hi")
    await submit(client, "/msg @Bob hi")
    assert [channel_id - 1_000_000 for channel_id, _, _ in client.sent] == [OTHER, 7]


async def test_ambiguous_name_lists_the_candidates(client: FakeClient) -> None:
    outcome = await submit(client, "/msg @BOB hi")
    assert not outcome.is_done
    assert "@bob" in outcome.text
    assert "@Bob" in outcome.text
    elsewhere = await Engine().submit("/msg #general hi", context(client, None))
    assert not elsewhere.is_done
    assert "#10" in elsewhere.text
    assert "#40" in elsewhere.text
    assert (await submit(client, "/msg #40 hi")).is_done


async def test_wrong_argument_is_named_marked_and_kept(client: FakeClient) -> None:
    outcome = await submit(client, "/msg #nots hi")
    assert not outcome.is_done
    assert outcome.text.startswith("TO: ")
    assert "#notes" in outcome.text
    assert outcome.argument == (5, 10)
    assert "TEXT is missing" in (await submit(client, "/msg #notes")).text
    assert "one argument too many" in (await submit(client, "/join #notes now")).text


async def test_name_without_its_sign_is_told_with_it(client: FakeClient) -> None:
    assert "write #plans" in (await submit(client, "/msg plans hi")).text
    assert "write @carol" in (await submit(client, "/msg carol hi")).text
    assert "Neither" in (await submit(client, "/msg nothing hi")).text


async def test_server_without_private_messages_says_so(client: FakeClient) -> None:
    client.refusal = RefusedError("404: Not Found", status=404)
    outcome = await submit(client, "/msg @bob hi")
    assert not outcome.is_done
    assert "no private messages" in outcome.text


async def test_nick_is_per_guild_and_outside_of_one_the_display_name(client: FakeClient) -> None:
    await submit(client, "/nick Doctor Who")
    await submit(client, "/nick")
    assert client.nicks == [(GUILD, "Doctor Who"), (GUILD, None)]
    await Engine().submit("/nick Me Myself", context(client, None))
    assert client.names == ["Me Myself"]


async def test_invite_tells_how_to_use_it(client: FakeClient) -> None:
    outcome = await submit(client, "/invite")
    assert "/join newcode" in outcome.text
    assert "this machine" in outcome.text


async def test_quit_needs_a_screen(client: FakeClient, screen: FakeScreen) -> None:
    assert "needs a screen" in (await submit(client, "/quit")).text
    assert (await submit(client, "/quit", screen)).is_done
    assert screen.has_quit


async def test_fault_of_ours_keeps_the_line(client: FakeClient, caplog: pytest.LogCaptureFixture) -> None:
    client.refusal = ZeroDivisionError()  # type: ignore[assignment]  # what no client raises
    outcome = await submit(client, "hello")
    assert not outcome.is_done
    assert "tuichat logs" in outcome.text
    assert "ZeroDivisionError" in caplog.text


def test_unfinished_commands_are_completed() -> None:
    def suggest(line: str) -> list[str]:
        return [each.text for each in Engine().suggest(line, CommandContext())]

    assert suggest("/jo") == ["/join "]
    assert {*suggest("/")} >= {"/help ", "/join ", "/msg ", "/nick ", "/quit"}
    assert suggest("/join x") == suggest("//") == suggest("hello") == []


def test_two_commands_of_one_name_are_refused() -> None:
    async def twice(context: CommandContext) -> Outcome:
        """Do nothing."""
        return Outcome()

    commands = Registry()
    commands.command(twice)
    with pytest.raises(ValueError, match="twice"):
        commands.command(twice)


WORDS = st.sampled_from(
    ["/msg", "/join", "/nick", "/help", "/invite", "/quit", "#general", "@bob", '"', "//", "<#10>", "<@!7>", "#", "@"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.lists(WORDS | st.text(max_size=8)).map(" ".join))
async def test_any_line_ends_in_an_outcome(caplog: pytest.LogCaptureFixture, line: str) -> None:
    caplog.clear()
    outcome = await Engine().submit(line, context(FakeClient(), screen=FakeScreen()))
    assert outcome.is_done or outcome.text
    assert not caplog.records, "nothing but documented errors"


async def test_reconnect_hurries_only_who_is_cut_off(client: FakeClient) -> None:
    client.state.connection = Connection.READY
    assert (await submit(client, "/reconnect")).text == "You are connected."
    client.state.connection = Connection.REFUSED
    assert (await submit(client, "/reconnect")).text == "Connecting me again..."
    assert client.reconnects == 1
