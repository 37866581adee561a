"""Commands of moderators, over a real server: what they do, and what those are told who may not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.client.site import Site
from tests.client.waiting import until
from tests.commands.fake_client import FakeScreen
from tests.commands.typing_people import Team, team
from tuichat.commands.context import CommandContext
from tuichat.commands.engine import Engine
from tuichat.protocol.relationship import RelationshipType

pytestmark = pytest.mark.slow  # real clients on a real server


@pytest.fixture
async def people(site: Site, tmp_path: Path) -> AsyncIterator[Team]:
    async with team(site, tmp_path) as made:
        yield made


async def test_somebody_is_banned_listed_and_let_in_again(people: Team) -> None:
    owner, member = people.owner, people.member
    await member.type("spam")
    assert "is banned" in await owner.do("/ban @me it was spam")
    await until(lambda: not member.client.state.guilds)
    assert await owner.do("/bans") == f"@me ({member.id}): it was spam"
    assert "Nobody called eve is banned" in (await owner.fail("/unban @eve")).text
    assert "is lifted" in await owner.do("/unban @me")
    assert "Nobody is banned" in await owner.do("/bans")


async def test_a_ban_is_asked_about_at_a_screen_and_not_in_a_script(people: Team) -> None:
    screen = FakeScreen()
    screen.is_sure = False
    assert await people.owner.do("/ban @me", screen) == "Nothing was done."
    assert screen.questions == [("Ban @me from Team?", "They cannot come back until the ban is lifted.", "ban")]
    assert people.member.id in people.owner.guild.members


async def test_somebody_is_kicked(people: Team) -> None:
    assert "is kicked" in await people.owner.do("/kick @me")
    await until(lambda: not people.member.client.state.guilds)


async def test_a_time_out_is_given_and_ended(people: Team) -> None:
    owner, member = people.owner, people.member
    assert "for 2 hours" in await owner.do("/timeout @me 2h too much noise")
    assert "too much noise" in await owner.do("/auditlog")
    await until(lambda: owner.guild.members[member.id].communication_disabled_until is not None)
    await owner.do("/untimeout @me")
    await until(lambda: owner.guild.members[member.id].communication_disabled_until is None)
    for wrong in ("soon", "29d", "30s", "0m", "5"):
        assert (await owner.fail(f"/timeout @me {wrong}")).is_mistake


async def test_somebody_is_called_otherwise(people: Team) -> None:
    owner, member = people.owner, people.member
    await owner.do("/rename @me The Tester")
    await until(lambda: owner.guild.members[member.id].nick == "The Tester")
    await owner.do("/rename @me")
    await until(lambda: owner.guild.members[member.id].nick is None)
    await member.do("/rename @me Myself")
    await until(lambda: owner.guild.members[member.id].nick == "Myself")
    assert (await owner.fail(f"/rename @me {'x' * 33}")).is_mistake


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("/ban @other", "Ban members"),
        ("/unban @other", "Ban members"),
        ("/bans", "Ban members"),
        ("/kick @other", "Kick members"),
        ("/timeout @other 1h", "Time members out"),
        ("/rename @other x", "Change names"),
    ],
)
async def test_who_may_not_is_told_what_it_takes(people: Team, line: str, needed: str) -> None:
    outcome = await people.member.fail(line)
    assert needed.casefold() in outcome.text.casefold()
    assert "Ask somebody who runs the server" in outcome.text
    assert not outcome.is_mistake  # the line is right: exit code 1, not 2


async def test_nobody_does_it_to_the_owner_or_to_oneself(people: Team) -> None:
    assert "that is you" in (await people.owner.fail("/kick @other")).text


async def test_members_are_listed_and_looked_for(people: Team) -> None:
    assert await people.owner.do("/members") == "@me, online\n@other, online"
    assert await people.owner.do("/members m") == "@me, online"
    assert await people.owner.do("/members zz") == "No name begins so."


async def test_friends_are_asked_for_and_agreed_to(people: Team) -> None:
    owner, member = people.owner, people.member
    assert "no friends here yet" in await owner.do("/friend list")
    await owner.do("/friend add @me")
    await until(lambda: owner.id in member.client.state.relations)
    assert "asked you" in await member.do("/friend list")
    assert "are friends" in await member.do("/friend accept @other")
    await until(lambda: owner.client.people.relation(member.id) is RelationshipType.FRIEND)
    await until(lambda: member.client.people.relation(owner.id) is RelationshipType.FRIEND)
    assert "are friends already" in await member.do("/friend add @other")
    await owner.do("/friend remove @me")
    await until(lambda: owner.id not in member.client.state.relations)
    assert (await owner.fail("/friend remove @me")).is_mistake
    assert (await owner.fail("/friend accept @me")).is_mistake
    assert (await owner.fail("/friend marry @me")).is_mistake


async def test_somebody_is_blocked_and_no_more(people: Team) -> None:
    await people.owner.do("/block @me")
    await until(lambda: people.member.id in people.owner.client.state.relations)
    await people.owner.do("/unblock @me")
    await until(lambda: people.member.id not in people.owner.client.state.relations)
    assert (await people.owner.fail("/unblock @me")).is_mistake


async def test_a_note_is_kept_read_and_taken_away(people: Team) -> None:
    assert "no note" in await people.owner.do("/note @me")
    await people.owner.do("/note @me knows Rust")
    assert await people.owner.do("/note @me") == "knows Rust"
    await people.owner.do("/note @me none")
    assert "no note" in await people.owner.do("/note @me")


async def test_a_profile_is_changed_and_shown(people: Team) -> None:
    await people.member.do("/profile bio I test things")
    await people.member.do("/profile pronouns they")
    await people.member.do("/profile name Tester")
    shown = await people.owner.do("/profile @me")
    assert "Tester (@me), online" in shown
    assert "I test things" in shown
    assert "Servers you share: Team" in shown
    await people.member.do("/profile bio none")
    assert "I test things" not in await people.member.do("/profile")
    assert (await people.member.fail("/profile bio")).is_mistake
    assert "cannot be read" in (await people.member.fail("/profile avatar /nowhere.png")).text


async def test_a_script_says_in_which_server(people: Team) -> None:
    client = people.owner.client
    await client.places.create_guild("Other")
    await until(lambda: len(client.state.guilds) == 2)
    nowhere = CommandContext(client, clients={client.key: client}, is_script=True)
    engine = Engine()
    outcome = await engine.submit("/members", nowhere)
    assert outcome.is_mistake
    assert "In which server?" in outcome.text
    assert "Team" in outcome.text
    assert "Other" in outcome.text
    assert "@me" in (await engine.submit("/members server=Team", nowhere)).text
    assert "@me" in (await engine.submit("/members", replace(nowhere, default_guild="team"))).text
    assert (await engine.submit("/ban server=Team delete=1h @me spam", nowhere)).is_done
    assert "no server Nowhere" in (await engine.submit("/bans server=Nowhere", nowhere)).text


async def test_people_are_offered_while_a_command_is_written(people: Team) -> None:
    client = people.owner.client
    context = CommandContext(client, people.owner.channel_id, clients={client.key: client})
    assert [each.text for each in Engine().suggest("/ban @m", context)] == ["/ban @me "]
