"""What was begun at the server is carried on when its screen is left before the answer, and what went wrong is told."""

import pytest
from textual.screen import Screen

from tests.tui.bot_scenes import asking
from tests.tui.finding_scenes import reactors
from tests.tui.guild_scenes import channel_overwrite, choose
from tests.tui.samples import GENERAL, GUILD, FakeClient
from tests.tui.screens import Shown, running
from tests.tui.settings.test_guild_menu import client, open_menu, submit
from tests.tui.settings.test_overwrites import point_at
from tests.tui.settings.test_roles import HIGH, made_client, open_roles
from tuichat.client.errors import RefusedError
from tuichat.protocol.guild import Role
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui import keys

pytestmark = pytest.mark.slow

REFUSAL = "That is not yours to do."


async def save_a_name(shown: Shown) -> None:
    await open_menu(shown)
    await shown.press("enter")
    await submit(shown, name="Measured Labs")


async def lift_a_slow_mode(shown: Shown) -> None:
    await shown.chat.run_by_id("chat.channel_settings")
    await shown.settle()
    await choose(shown, "slow", "60")


async def save_the_matrix(shown: Shown) -> None:
    await open_roles(shown, "p")
    await shown.press("enter")
    await shown.pilot.click("#save")
    await shown.settle()


async def save_an_overwrite(shown: Shown) -> None:
    await channel_overwrite(shown)
    await point_at(shown, str(int(Permissions.SEND_MESSAGES)))
    await shown.press("enter")
    await point_at(shown, "save")
    await shown.press("enter")


async def leave_the_server(shown: Shown) -> None:
    await open_menu(shown)
    await shown.press("end", "enter")
    await shown.pilot.click("#yes")
    await shown.settle()


async def ask_in_a_poll(shown: Shown) -> None:
    await asking(shown)
    await shown.press("alt+enter")


async def take_a_reaction_away(shown: Shown) -> None:
    shown.client.rest.may_answer.set()  # first who reacted is loaded
    await reactors(shown)
    shown.client.rest.asked.clear()
    shown.client.rest.may_answer.clear()
    await shown.press("end", keys.BY_ID["who.remove"].keys[0])


WAYS = {
    "form": (save_a_name, ("PATCH", f"/guilds/{GUILD}")),
    "rows": (lift_a_slow_mode, ("PATCH", f"/channels/{GENERAL}")),
    "matrix": (save_the_matrix, ("PATCH", f"/guilds/{GUILD}/roles/")),
    "overwrite": (save_an_overwrite, ("PUT", f"/channels/{GENERAL}/permissions/")),
    "poll": (ask_in_a_poll, ("POST", f"/channels/{GENERAL}/messages")),
    "reactions": (take_a_reaction_away, ("DELETE", f"/channels/{GENERAL}/messages/")),
    "leaving": (leave_the_server, ("DELETE", f"/users/@me/guilds/{GUILD}")),
}


def account(way: str) -> FakeClient:
    if way != "matrix":
        return client()
    made = made_client()
    made.rest.answers["PATCH /guilds/{}/roles/{}"] = Role(id=Snowflake(HIGH), name="maintainers", position=4)
    return made


async def leave(shown: Shown) -> Screen[object]:
    left = shown.app.screen
    await shown.press("escape")
    assert left not in shown.app.screen_stack, "what is under way is no unsaved change"
    return shown.app.screen


@pytest.mark.parametrize("way", WAYS)
async def test_request_goes_on(way: str) -> None:
    begin, request = WAYS[way]
    async with running(account(way)) as shown:
        shown.client.rest.may_answer.clear()
        await begin(shown)
        assert shown.client.rest.asked == []
        behind = await leave(shown)
        shown.client.rest.may_answer.set()
        await shown.settle()
        written = [each for each in shown.client.rest.asked if each[0] != "GET"]
        assert [(method, path.startswith(request[1])) for method, path in written] == [(request[0], True)]
        assert shown.app.screen is behind


@pytest.mark.parametrize("way", WAYS)
async def test_refusal_is_told(way: str) -> None:
    begin, _ = WAYS[way]
    async with running(account(way)) as shown:
        shown.client.rest.may_answer.clear()
        await begin(shown)
        behind = await leave(shown)
        shown.client.rest.fault = RefusedError(REFUSAL)
        shown.client.rest.may_answer.set()
        await shown.until(REFUSAL)
        assert shown.app.screen is behind


async def test_pressing_twice_asks_once() -> None:
    async with running(client()) as shown:
        shown.client.rest.may_answer.clear()
        await save_a_name(shown)
        await submit(shown)
        shown.client.rest.may_answer.set()
        await shown.until("is saved.")
        assert shown.client.rest.asked == [("PATCH", f"/guilds/{GUILD}")]
