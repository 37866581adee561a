"""The members of a server on the screen, its bans, and giving it away."""

import msgspec
import pytest

from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.samples import GRACE, GUILD, LINUS, MARGARET, NAMES, FakeClient, member
from tests.tui.screens import WIDE, Shown, running
from tests.tui.settings.test_guild_menu import open_menu, submit
from tests.tui.settings.test_roles import LOW, MIDDLE, asked, made_client
from tests.tui.snapshot import compare
from tuichat.client import guild_people
from tuichat.client.change import GuildChanged, MembersChanged
from tuichat.client.errors import RefusedError
from tuichat.protocol.ban import Ban, BanRequest
from tuichat.protocol.guild import Member
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.tui.screens.chat.screen import ChatScreen
from tuichat.tui.screens.settings import members
from tuichat.tui.screens.settings.member import MemberPage
from tuichat.tui.screens.settings.member_roles import MemberRolesPage
from tuichat.tui.screens.settings.members import MembersPage
from tuichat.tui.screens.settings.menu import GuildMenu
from tuichat.tui.widgets.choice_rows import ChoiceRows

pytestmark = pytest.mark.slow  # whole screens by their keys


SIZES = {"120x36": WIDE, "60x20": (60, 20)}
LIST, SEARCH, BANS = "GET /guilds/{}/members", "GET /guilds/{}/members/search", "GET /guilds/{}/bans"


def people_client(*, is_owner: bool = True) -> FakeClient:
    made = made_client(is_owner=is_owner)
    known = made.state.guilds[GUILD].members
    made.rest.answers[LIST] = [known[user_id] for user_id in NAMES]
    made.rest.answers[BANS] = [
        Ban(user=User(id=Snowflake(900), username="mallory"), reason="spam in every channel"),
        Ban(user=User(id=Snowflake(901), username="trudy")),
    ]
    return made


async def open_page(shown: Shown, name: str, *then: str) -> None:
    await open_menu(shown)
    await shown.click(name)
    await shown.press(*then)


async def open_member(shown: Shown, name: str = "linus") -> None:
    await open_page(shown, "Members")
    shown.app.screen.query_one(ChoiceRows).move_cursor_to(str(next(key for key, each in NAMES.items() if each == name)))
    await shown.press("enter")
    assert isinstance(shown.app.screen, MemberPage)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["members", "member", "member-roles", "ban", "bans", "giving-away"])
async def test_screen(name: str, size: str) -> None:
    async with running(people_client(is_owner=name in ("giving-away", "ban", "bans")), size=SIZES[size]) as shown:
        if name in ("bans", "giving-away"):
            await open_page(shown, "Bans" if name == "bans" else "Give the server away")
            if name == "giving-away":
                await shown.press("down", "enter")
        elif name == "members":
            await open_page(shown, "Members")
        else:
            await open_member(shown, "grace")
            await shown.press(*{"member-roles": ("enter",), "ban": ("end", "up", "enter")}.get(name, ()))
        await shown.pilot.pause(0.05)
        compare(f"guild-{name}-{size}", shown.strips())


async def test_the_next_page_comes_as_one_scrolls_near_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made = people_client()
    monkeypatch.setattr(guild_people, "PAGE", 9)
    monkeypatch.setattr(members, "PAGE", 9)
    monkeypatch.setattr(members, "NEAR_THE_END", 2)
    async with running(made, size=(80, 24)) as shown:
        await open_page(shown, "Members")
        assert "more …" not in shown.text  # far below
        more = [Member(user=User(id=Snowflake(2000 + number), username=f"user{number}")) for number in range(3)]
        made.rest.answers[LIST] = more
        await shown.press("end")
        await shown.press("end")
        assert "user2" in shown.text
        assert "more …" not in shown.text
        assert len([each for each in made.rest.asked if each[1] == f"/guilds/{GUILD}/members"]) == 2


async def test_somebody_far_away_is_found_by_the_beginning_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "ASK_AFTER_S", 0.01)
    made = people_client()
    made.rest.answers[SEARCH] = [Member(user=User(id=Snowflake(5000), username="zelda"))]
    async with running(made) as shown:
        await open_page(shown, "Members", "slash", *"zel")
        await shown.until("zelda")
        await shown.press("enter")
        assert isinstance(shown.app.screen, MemberPage)
        assert "zelda" in shown.text


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_roles_are_given_and_taken(way: str) -> None:
    made = people_client()
    async with running(made) as shown:
        await open_member(shown)
        await shown.press("home", "enter")
        assert isinstance(shown.app.screen, MemberRolesPage)
        if way == "keys":
            await shown.press("home", "down", "space", "end", "enter")
        else:
            await shown.click("[x] moderators")
            await shown.click("[ ] testers")
        path = f"/guilds/{GUILD}/members/{LINUS}/roles"
        assert asked(shown) == [("DELETE", f"{path}/{MIDDLE}"), ("PUT", f"{path}/{LOW}")]
        known = made.state.guilds[GUILD].members
        known[LINUS] = msgspec.structs.replace(known[LINUS], roles=[Snowflake(LOW)])
        made.emit(MembersChanged(GUILD))
        await shown.settle()
        assert "[x] testers" in shown.text
        assert "[ ] moderators" in shown.text


async def test_a_role_above_ones_own_is_not_given() -> None:
    async with running(people_client(is_owner=False)) as shown:
        await open_member(shown)
        await shown.press("home", "enter", "home", "enter")
        await shown.until("This cannot be done: not below your highest role.")
        assert asked(shown) == []


async def test_a_member_is_renamed_and_timed_out_and_a_refusal_is_told() -> None:
    async with running(people_client()) as shown:
        await open_member(shown)
        await shown.click("Change the name here")
        await shown.press(*"lin", "enter")
        assert shown.client.rest.bodies[-1] == EditMemberRequest(nick="lin")
        await shown.click("Time out")
        await shown.press("enter")
        body = shown.client.rest.bodies[-1]
        assert isinstance(body, EditMemberRequest)
        assert body.communication_disabled_until
        shown.client.rest.fault = RefusedError("Missing Permissions")
        await shown.click("Change the name here")
        await shown.press(*"x", "enter")
        await shown.until("Missing Permissions")


async def test_a_ban_tells_its_reason_and_takes_what_was_written() -> None:
    made = people_client()
    async with running(made) as shown:
        await open_member(shown)
        await shown.click("Ban from")
        await shown.click("What they wrote")
        assert "delete that of the last hour" in shown.text
        await submit(shown, reason="spam")
        assert asked(shown) == [("PUT", f"/guilds/{GUILD}/bans/{LINUS}")]
        assert BanRequest(delete_message_seconds=3600) in made.rest.bodies
        assert "spam" in made.rest.reasons
        del made.state.guilds[GUILD].members[LINUS]
        made.emit(MembersChanged(GUILD))
        await shown.settle()
        assert isinstance(shown.app.screen, MembersPage)
        assert "linus" not in [row.label for row in shown.app.screen.query_one(ChoiceRows).rows]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("linus", "their highest role is not below yours"), ("margaret", "the server is theirs"), ("ada", "that is you")],
)
async def test_what_cannot_be_done_with_somebody_says_why(name: str, reason: str) -> None:
    made = people_client(is_owner=False)
    async with running(made) as shown:
        await open_member(shown, name)
        assert reason in shown.text
        assert "needs “Ban members”" in shown.text
        await shown.click("Kick from")
        await shown.until("This cannot be done")
        assert asked(shown) == []


async def test_a_ban_is_lifted_when_that_is_confirmed() -> None:
    made = people_client()
    async with running(made) as shown:
        await open_page(shown, "Bans")
        assert "spam in every channel" in shown.text
        await shown.click("mallory")
        assert "Lift the ban of mallory?" in shown.text
        assert asked(shown) == []
        made.rest.answers[BANS] = []
        await shown.press("y")
        assert asked(shown) == [("DELETE", f"/guilds/{GUILD}/bans/900")]
        await shown.until("NOBODY IS BANNED.")


async def test_a_server_is_given_away_to_a_member_by_its_name() -> None:
    made = people_client()
    async with running(made) as shown:
        await open_page(shown, "Give the server away")
        assert "buildbot" not in [row.label for row in shown.app.screen.query_one(ChoiceRows).rows]
        await shown.click("  margaret ")
        await submit(shown, name="my server")
        assert "Type the server's name" in shown.text
        assert asked(shown) == []
        await submit(shown, name="Textual Labs")
        assert asked(shown) == [("PATCH", f"/guilds/{GUILD}")]
        assert EditGuildRequest(owner_id=Snowflake(MARGARET)) in made.rest.bodies
        guild = made.state.guilds[GUILD]
        guild.guild = msgspec.structs.replace(guild.guild, owner_id=Snowflake(MARGARET))
        made.emit(GuildChanged(GUILD))
        await shown.settle()
        assert isinstance(shown.app.screen, GuildMenu)


async def test_only_the_owner_gives_a_server_away_and_bans_need_their_permission() -> None:
    async with running(people_client(is_owner=False)) as shown:
        await open_page(shown, "Give the server away")
        assert isinstance(shown.app.screen, GuildMenu)
        assert "its owner alone does" in shown.text
        assert "needs “Ban members”" in shown.text


async def test_hostile_names_and_reasons_are_text() -> None:
    made = people_client()
    known = made.state.guilds[GUILD].members
    texts = [text.encode("utf-8", "replace").decode()[:200] for text in HOSTILE.values()]
    made.rest.answers[LIST] = [
        msgspec.structs.replace(member(GRACE), user=User(id=Snowflake(7000 + number), username=text), nick=text)
        for number, text in enumerate(texts)
    ]
    made.rest.answers[BANS] = [
        Ban(user=User(id=Snowflake(900 + number), username=text), reason=text) for number, text in enumerate(texts)
    ]
    async with running(made, size=(80, 24)) as shown:
        await open_menu(shown)
        for name in ("Members", "Bans"):
            await shown.click(name)
            for key in (*["pagedown"] * 12, "enter", "escape", "escape"):
                await shown.press(key)
                assert not FORBIDDEN & set("".join(shown.lines()))
                assert all(strip.cell_length == 80 for strip in shown.strips())
        await shown.press("escape")
        assert isinstance(shown.app.screen, ChatScreen)
    assert len(known) > len(texts)
