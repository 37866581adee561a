"""Commands of those who run a server, its channels, roles, invites, emojis and sounds, over a real server."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.site import Site
from tests.client.waiting import until
from tests.commands.fake_client import FakeScreen
from tests.commands.typing_people import Team, Typist, team
from tuichat.client.overwrite_draft import overwrites_of
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.permission_name import find_permission
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.guild import Role
from tuichat.protocol.permissions import Permissions

pytestmark = pytest.mark.slow  # real clients on a real server

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
async def people(site: Site, tmp_path: Path) -> AsyncIterator[Team]:
    async with team(site, tmp_path) as made:
        yield made


def channel(typist: Typist, name: str) -> Channel | None:
    return next((each for each in typist.client.state.channels.values() if each.name == name), None)


def role(typist: Typist, name: str) -> Role | None:
    return next((each for each in typist.guild.roles.values() if each.name == name), None)


async def test_a_server_is_named_described_and_told(people: Team) -> None:
    owner = people.owner
    await owner.do("/guild rename The Team")
    await until(lambda: owner.guild.guild.name == "The Team")
    await owner.do("/guild describe We build things")
    await until(lambda: owner.guild.guild.description == "We build things")
    told = await people.member.do("/guild info")
    assert "We build things" in told
    assert "Owner: @other" in told
    assert (await owner.fail("/guild rename")).is_mistake
    assert "rename NAME" in (await owner.fail("/guild paint")).text


async def test_a_server_is_given_away_left_and_deleted(people: Team) -> None:
    owner, member = people.owner, people.member
    assert "is yours: give it" in (await owner.fail("/guild leave")).text
    assert "is not yours" in (await member.fail("/guild delete Team")).text
    assert (await owner.fail("/guild delete")).is_mistake  # which one is always said
    assert "There is no server Other" in (await owner.fail("/guild delete Other")).text
    screen = FakeScreen()
    screen.is_sure = False
    assert await owner.do("/guild delete Team", screen) == "Nothing was done."
    await owner.do("/guild give @me")
    await until(lambda: owner.guild.guild.owner_id == member.id)
    await owner.do("/guild leave")
    await until(lambda: not owner.client.state.guilds)
    await member.do("/guild delete Team")
    await until(lambda: not member.client.state.guilds)


async def test_channels_are_made_changed_and_deleted(people: Team) -> None:
    owner = people.owner
    await owner.do("/channel create builds")
    await owner.do("/channel create-voice Lounge")
    await owner.do("/channel create-category Work")
    await until(lambda: channel(owner, "builds") and channel(owner, "Lounge") and channel(owner, "Work"))
    lounge = channel(owner, "Lounge")
    assert lounge is not None
    assert lounge.type == ChannelType.VOICE
    await owner.do("/channel topic #builds what the machines say")
    await until(lambda: getattr(channel(owner, "builds"), "topic", "") == "what the machines say")
    await owner.do("/channel slowmode #builds 10s")
    await until(lambda: getattr(channel(owner, "builds"), "rate_limit_per_user", 0) == 10)
    await owner.do("/channel slowmode #builds off")
    await until(lambda: getattr(channel(owner, "builds"), "rate_limit_per_user", 0) == 0)
    await owner.do("/channel category #builds Work")
    await until(lambda: getattr(channel(owner, "builds"), "parent_id", 0) == getattr(channel(owner, "Work"), "id", 1))
    await owner.do("/channel category #builds none")
    await owner.do("/channel limit #Lounge 5")
    await until(lambda: getattr(channel(owner, "Lounge"), "user_limit", 0) == 5)
    await owner.do("/channel rename #builds ci")
    await until(lambda: channel(owner, "ci"))
    await owner.do("/channel move #ci up")
    await owner.do("/channel delete #ci")
    await until(lambda: channel(owner, "ci") is None)
    for wrong in (
        "slowmode #general soon",
        "slowmode #general 7h",
        "limit #Lounge 100",
        "move #general left",
        "create",
    ):
        assert (await owner.fail(f"/channel {wrong}")).is_mistake
    assert "no voice channel" in (await owner.fail("/channel limit 3")).text


async def test_who_may_do_what_in_a_channel_is_decided_and_told(people: Team) -> None:
    owner = people.owner
    here = owner.client.state.channels[owner.channel_id]
    assert "everybody may do what their roles allow" in await owner.do("/channel permissions")
    await owner.do("/channel deny @everyone send messages")
    await until(lambda: overwrites_of(owner.client.state.channels[here.id]))
    assert "Send messages" in await owner.do("/channel permissions")
    await owner.do("/channel allow @me SEND_MESSAGES")
    await until(lambda: len(overwrites_of(owner.client.state.channels[here.id])) == 2)
    assert people.member.client.state.permissions(people.member.channel_id) & Permissions.SEND_MESSAGES
    await owner.do("/channel neutral @me send-messages")
    await owner.do("/channel neutral @everyone")
    await until(
        lambda: not any(each.deny or each.allow for each in overwrites_of(owner.client.state.channels[here.id]))
    )
    assert "No permission is called fly" in (await owner.fail("/channel allow @me fly")).text
    assert "Neither a role nor a person" in (await owner.fail("/channel allow @nobody SPEAK")).text


async def test_roles_are_made_given_changed_and_deleted(people: Team) -> None:
    owner, member = people.owner, people.member
    await owner.do("/role create The Builders")
    await until(lambda: role(owner, "The Builders"))
    await owner.do('/role give "The Builders" @me')
    await until(lambda: bool(owner.guild.members[member.id].roles))
    await owner.do('/role colour "The Builders" #c6a0f6')
    await until(lambda: getattr(role(owner, "The Builders"), "color", 0) == 0xC6A0F6)
    await owner.do('/role allow "The Builders" kick members')
    await until(lambda: member.client.state.guild_permissions(int(owner.guild.guild.id)) & Permissions.KICK_MEMBERS)
    assert "The Builders: 1 member; " in await owner.do("/role list")
    await owner.do('/role deny "The Builders" kick members')
    await owner.do('/role apart "The Builders" on')
    await until(lambda: getattr(role(owner, "The Builders"), "hoist", False))
    await owner.do('/role mention "The Builders" on')
    await owner.do('/role rename "The Builders" builders')
    await until(lambda: role(owner, "builders"))
    await owner.do("/role create others")
    await until(lambda: role(owner, "others"))
    await owner.do("/role up others")
    await owner.do("/role take builders @me")
    await until(lambda: not owner.guild.members[member.id].roles)
    assert "did not have" in await owner.do("/role take builders @me")
    await owner.do("/role delete builders")
    await until(lambda: role(owner, "builders") is None)
    for wrong in (
        "give others",
        "colour others red",
        "apart others perhaps",
        f"create {'x' * 101}",
        "give nothing @me",
    ):
        assert (await owner.fail(f"/role {wrong}")).is_mistake
    assert "everybody has it" in (await owner.fail("/role delete everyone")).text


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("/guild rename Ours", "Manage the server"),
        ("/auditlog", "View the audit log"),
        ("/channel create new", "Manage channels"),
        ("/channel topic Ours", "Manage channels"),
        ("/channel deny @everyone send messages", "Manage roles"),
        ("/role create ours", "Manage roles"),
        ("/invites list", "Manage the server"),
        ("/emoji add dot /tmp/dot.png", "Make emoji and sounds"),
        ("/soundboard add dot /tmp/dot.ogg", "Make emoji and sounds"),
    ],
)
async def test_who_may_not_is_told_what_it_takes(people: Team, line: str, needed: str) -> None:
    outcome = await people.member.fail(line)
    assert needed.casefold() in outcome.text.casefold()
    assert "Ask somebody who runs the server" in outcome.text
    assert not outcome.is_mistake


async def test_what_was_done_is_told(people: Team) -> None:
    await people.owner.do("/channel create builds")
    assert "made the channel #builds" in await people.owner.do("/auditlog")
    assert await people.owner.do("/auditlog @me") == "Nothing was done yet."


async def test_invites_are_made_listed_and_deleted(people: Team) -> None:
    owner = people.owner
    code = (await owner.do("/invites create 1h 5")).rpartition(" ")[2]
    listed = await owner.do("/invites list")
    assert f"{code}: #general, 0 uses, of 5 at most, by @other" in listed
    await owner.do("/invites create never")
    await owner.do(f"/invites delete {code}")
    assert code not in await owner.do("/invites list")
    for wrong in ("create soon", "create 8d", "create 1h 0", "delete", "burn"):
        assert (await owner.fail(f"/invites {wrong}")).is_mistake


async def test_emojis_are_made_renamed_and_deleted(people: Team, tmp_path: Path) -> None:
    owner = people.owner
    (tmp_path / "dot.png").write_bytes(base64.b64decode(PIXEL))
    assert "has no emojis" in await owner.do("/emoji list")
    await owner.do(f"/emoji add dot {tmp_path}/dot.png")
    await until(lambda: owner.guild.guild.emojis)
    assert await owner.do("/emoji list") == ":dot:"
    await owner.do("/emoji rename dot point")
    await until(lambda: owner.guild.guild.emojis[0].name == "point")
    assert (await owner.fail("/emoji delete dot")).is_mistake
    await owner.do("/emoji delete point")
    await until(lambda: not owner.guild.guild.emojis)


async def test_sounds_are_listed_and_a_wrong_one_is_told(people: Team, tmp_path: Path) -> None:
    assert "%" in await people.owner.do("/soundboard list")
    assert (await people.owner.fail("/soundboard rename nothing else")).is_mistake
    (tmp_path / "no.ogg").write_bytes(b"no sound")
    assert not (await people.owner.fail(f"/soundboard add no {tmp_path}/no.ogg")).is_mistake
    assert "running tuichat" in (await people.owner.fail("/soundboard play airhorn")).text


@pytest.mark.parametrize("text", ["SEND_MESSAGES", "send messages", "Send-Messages"])
def test_a_permission_has_several_spellings(text: str) -> None:
    assert find_permission(text) == Permissions.SEND_MESSAGES


def test_a_wrong_permission_brings_near_ones() -> None:
    with pytest.raises(CommandError, match="Send messages"):
        find_permission("send mesages")
