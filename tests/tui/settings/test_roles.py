"""The roles of a server on the screen: their order, making, changing and deleting them, and what each allows."""

import msgspec
import pytest
from textual.widgets import Input

from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.samples import GRACE, GUILD, LINUS, ME, FakeClient
from tests.tui.screens import WIDE, Shown, running
from tests.tui.settings.test_guild_menu import client, open_menu, submit
from tests.tui.snapshot import compare
from tuichat.client.change import GuildChanged
from tuichat.client.errors import RefusedError
from tuichat.protocol.guild import Role
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.rest.guild import RolePosition, RoleRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui.screens.settings.matrix import MatrixDialog
from tuichat.tui.screens.settings.matrix_rows import MatrixRows
from tuichat.tui.screens.settings.roles import RolesDialog

pytestmark = pytest.mark.slow  # whole screens by their keys


SIZES = {"200x50": (200, 50), "120x36": WIDE, "80x24": (80, 24), "60x20": (60, 20)}
LOW, MIDDLE, HIGH, BOTS = 3002, 3003, 3001, 3004


def made_client(*, is_owner: bool = True) -> FakeClient:
    """A server with five roles, whose third highest is the user's own where the user does not own it."""
    made = client(is_owner=is_owner)
    guild = made.state.guilds[GUILD]
    everyone = Permissions.VIEW_CHANNEL | Permissions.SEND_MESSAGES | Permissions.READ_MESSAGE_HISTORY
    listed = [
        Role(id=Snowflake(GUILD), name="@everyone", permissions=everyone),
        Role(id=Snowflake(LOW), name="testers", position=1, color=0x2ECC71, mentionable=True),
        Role(id=Snowflake(BOTS), name="buildbot", position=2, managed=True, permissions=Permissions.MANAGE_WEBHOOKS),
        Role(
            id=Snowflake(MIDDLE),
            name="moderators",
            position=3,
            color=0xE67E22,
            hoist=True,
            permissions=Permissions.MANAGE_ROLES | Permissions.KICK_MEMBERS,
        ),
        Role(
            id=Snowflake(HIGH),
            name="maintainers",
            position=4,
            color=0xC6A0F6,
            hoist=True,
            permissions=Permissions.ADMINISTRATOR,
        ),
    ]
    guild.roles = {int(role.id): role for role in listed}
    for user_id, role_id in ((ME, MIDDLE), (GRACE, LOW), (LINUS, MIDDLE)):
        guild.members[user_id] = msgspec.structs.replace(guild.members[user_id], roles=[Snowflake(role_id)])
    made.rest.answers["GET /guilds/{}/roles/member-counts"] = {
        Snowflake(role_id): count for role_id, count in ((LOW, 1), (MIDDLE, 2), (HIGH, 1), (BOTS, 1))
    }
    return made


async def open_roles(shown: Shown, *then: str) -> None:
    await open_menu(shown)
    await shown.click("Roles and permissions")
    await shown.press(*then)


def asked(shown: Shown) -> list[tuple[str, str]]:
    return [each for each in shown.client.rest.asked if each[0] != "GET"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["list", "form", "colours", "matrix"])
async def test_screen(name: str, size: str) -> None:
    async with running(made_client(is_owner=name != "matrix"), size=SIZES[size]) as shown:
        await open_roles(shown, *{"form": ("down", "enter"), "colours": ("n",), "matrix": ("p",)}.get(name, ()))
        if name == "colours":
            await shown.click("Choose a colour")
        if name == "matrix":
            await shown.press("end", "home", "right", "right", "right", *["down"] * 4, "space")
        await shown.pilot.pause(0.05)
        compare(f"guild-roles-{name}-{size}", shown.strips())


async def test_the_matrix_opens_at_the_heading_of_its_first_group() -> None:
    async with running(made_client()) as shown:
        await open_roles(shown, "p")
        row = shown.app.screen.query_one(MatrixRows).content_region.y
        assert shown.lines()[row].strip("│ ▐").startswith("EVERYTHING"), shown.text
        assert "› " in shown.lines()[row + 1]


async def test_a_role_is_made_with_a_colour_that_is_chosen() -> None:
    async with running(made_client()) as shown:
        made = Role(id=Snowflake(3009), name="guards", color=0x2ECC71, position=1)
        shown.client.rest.answers["POST /guilds/{}/roles"] = made
        await open_roles(shown, "n")
        await shown.click("Choose a colour")
        await shown.click("■■■■ green")
        await shown.click("Members listed apart")
        await submit(shown, name="guards")
        assert asked(shown) == [("POST", f"/guilds/{GUILD}/roles")]
        assert shown.client.rest.bodies[-1] == RoleRequest(name="guards", color=0x2ECC71, hoist=True)
        assert isinstance(shown.app.screen, RolesDialog)
        assert "› ■ guards" in shown.text


async def test_only_what_was_changed_of_a_role_is_sent() -> None:
    async with running(made_client()) as shown:
        shown.client.rest.answers["PATCH /guilds/{}/roles/{}"] = Role(id=Snowflake(HIGH), name="keepers", position=4)
        await open_roles(shown, "home", "enter")
        await shown.click("Everybody may mention it")
        await submit(shown, colour="")
        assert asked(shown) == [("PATCH", f"/guilds/{GUILD}/roles/{HIGH}")]
        assert shown.client.rest.bodies[-1] == RoleRequest(color=0, mentionable=True)
        assert "keepers" in shown.text


async def test_a_refusal_keeps_what_was_typed() -> None:
    async with running(made_client()) as shown:
        await open_roles(shown, "home", "enter")
        shown.client.rest.fault = RefusedError("Missing Permissions")
        await submit(shown, name="keepers", colour="green")
        assert "A colour is written as six digits" in shown.text
        await submit(shown, colour="#00ff00")
        assert "Missing Permissions" in shown.text
        assert shown.app.screen.query_one("#name", Input).value == "keepers"


@pytest.mark.parametrize("way", ["keys", "mouse"])
async def test_a_role_is_moved_down(way: str) -> None:
    async with running(made_client()) as shown:
        shown.client.rest.answers["PATCH /guilds/{}/roles"] = []
        await open_roles(shown, "home")
        if way == "keys":
            await shown.press("shift+down")
        else:
            await shown.click("▼")
        assert asked(shown) == [("PATCH", f"/guilds/{GUILD}/roles")]
        moves = [RolePosition(Snowflake(HIGH), 3), RolePosition(Snowflake(MIDDLE), 4)]
        assert shown.client.rest.bodies[-1] in (moves, moves[::-1])


async def test_a_role_is_deleted_when_that_is_confirmed() -> None:
    async with running(made_client()) as shown:
        await open_roles(shown, "home", "down", "d")
        assert "Delete the role moderators?" in shown.text
        assert asked(shown) == []
        await shown.press("y")
        assert asked(shown) == [("DELETE", f"/guilds/{GUILD}/roles/{MIDDLE}")]
        del shown.client.state.guilds[GUILD].roles[MIDDLE]
        shown.client.emit(GuildChanged(GUILD))
        await shown.settle()
        assert "moderators" not in shown.text


@pytest.mark.parametrize(
    ("steps", "key", "reason"),
    [
        (0, "enter", "not below your highest role"),
        (1, "d", "not below your highest role"),
        (2, "d", "it belongs to a bot"),
        (4, "d", "everybody has it"),
    ],
)
async def test_what_cannot_be_done_says_why(steps: int, key: str, reason: str) -> None:
    async with running(made_client(is_owner=False)) as shown:
        await open_roles(shown, "home", *["down"] * steps, key)
        assert isinstance(shown.app.screen, RolesDialog)
        await shown.until(f"This cannot be done: {reason}")
        assert asked(shown) == []


async def test_boxes_are_switched_by_keys_and_mouse_and_saved_together() -> None:
    async with running(made_client()) as shown:
        await open_roles(shown, "end", "up", "p")
        assert isinstance(shown.app.screen, MatrixDialog)
        assert "testers: Administrator, not given." in shown.text
        await shown.press("down", "down", "space")  # manage channels
        assert "testers: Manage channels, will be given." in shown.text
        column, _ = shown.find("▸testers")
        _, row = shown.find("Manage the server")
        await shown.pilot.click(offset=(column + 2, row))
        await shown.settle()
        assert "2 changes not saved" in shown.text
        assert "▸[x]*" in shown.text
        both = Permissions.MANAGE_CHANNELS | Permissions.MANAGE_GUILD
        shown.client.rest.answers["PATCH /guilds/{}/roles/{}"] = Role(
            id=Snowflake(LOW), name="testers", permissions=both, position=1
        )
        assert asked(shown) == []
        await shown.press("s")
        assert asked(shown) == [("PATCH", f"/guilds/{GUILD}/roles/{LOW}")]
        assert shown.client.rest.bodies[-1] == RoleRequest(permissions=both)
        assert "What each role allows · 2 changes are saved" in shown.text
        await shown.press("escape")
        assert isinstance(shown.app.screen, RolesDialog)


async def test_what_was_switched_and_not_saved_is_not_lost_by_a_key() -> None:
    async with running(made_client()) as shown:
        await open_roles(shown, "p", "end", "space")
        shown.client.rest.fault = RefusedError("Missing Permissions")
        await shown.press("s")
        assert "Missing Permissions" in shown.text
        assert "1 change not saved" in shown.text
        await shown.press("escape")
        assert "Leave 1 change unsaved?" in shown.text
        await shown.press("escape")
        assert isinstance(shown.app.screen, MatrixDialog)
        await shown.press("escape", "y")
        assert isinstance(shown.app.screen, RolesDialog)


async def test_what_is_not_yours_to_give_stays_and_says_why() -> None:
    async with running(made_client(is_owner=False)) as shown:
        await open_roles(shown, "end", "up", "p", "space")
        assert "You cannot change it: you do not have this permission yourself." in " ".join(shown.text.split())
        assert "not saved" not in shown.lines()[1]
        await shown.press("left", "left", "space")
        assert "moderators: Administrator, not given." in shown.text
        assert "You cannot change it: not below your highest role." in " ".join(shown.text.split())


async def test_roles_out_of_view_are_reached_by_keys_and_by_a_click() -> None:
    async with running(made_client(), size=(60, 20)) as shown:
        guild = shown.client.state.guilds[GUILD]
        for number in range(20):
            guild.roles[4000 + number] = Role(id=Snowflake(4000 + number), name=f"r{number}", permissions=NONE)
        await open_roles(shown, "home", "p")
        assert "1–4 of 25" in shown.text
        await shown.press(*["right"] * 30)
        assert "▸@ever…" in shown.text
        assert "22–25 of 25" in shown.text
        await shown.click("‹ ")
        assert "21–24 of 25" in shown.text


async def test_permissions_are_found_by_a_filter() -> None:
    async with running(made_client()) as shown:
        await open_roles(shown, "p", "slash", *"kick")
        assert "Kick members" in shown.text
        assert "Ban members" not in shown.text


async def test_hostile_names_are_text() -> None:
    made = made_client()
    roles = made.state.guilds[GUILD].roles
    for number, text in enumerate(HOSTILE.values()):
        name = text.encode("utf-8", "replace").decode()[:100]
        roles[5000 + number] = Role(id=Snowflake(5000 + number), name=name, position=10)
    async with running(made, size=(80, 24)) as shown:
        await open_roles(shown, "home")
        for key in (*["pagedown"] * 9, "p", *["right"] * len(HOSTILE), "escape", "home", "enter", "escape", "d"):
            await shown.press(key)
            assert not FORBIDDEN & set("".join(shown.lines()))
            assert all(strip.cell_length == 80 for strip in shown.strips())
        assert "Delete the role" in shown.text
