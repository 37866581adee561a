"""Who may do what in a channel, on the screen."""

import pytest

from tests.client.waiting import until
from tests.tui.guild_scenes import PLANS, channel_overwrite, channel_overwrites, choose
from tests.tui.samples import GENERAL, GRACE, GUILD, KEN
from tests.tui.screens import Shown, running
from tests.tui.settings.test_guild_menu import client
from tuichat.client.change import MembersChanged
from tuichat.client.errors import RefusedError
from tuichat.protocol.guild import Member
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import ChannelPosition, PutOverwriteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.tui.screens.settings.overwrites import OverwriteDialog, OverwritesPage
from tuichat.tui.widgets.stance_rows import StanceRows

pytestmark = pytest.mark.slow  # whole screens by their keys


_P = Permissions


async def point_at(shown: Shown, row_id: str) -> None:
    shown.app.screen.query_one(StanceRows).move_cursor_to(row_id)
    await shown.settle()


async def test_roles_and_members_are_listed_with_what_is_said_of_them() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await channel_overwrites(shown)
        lines = [line.strip() for line in shown.lines()]
        assert any(line.startswith("› @everyone") and line.endswith("1 denied") for line in lines)
        assert any(line.startswith("maintainers") and line.endswith("2 allowed") for line in lines)
        assert any(line.startswith("grace") and line.endswith("1 allowed") for line in lines)


async def test_enter_goes_through_the_stances_and_save_sends_all_at_once() -> None:
    async with running(client()) as shown:
        await channel_overwrites(shown)
        await choose(shown, "0-3001")
        await point_at(shown, str(int(_P.MANAGE_CHANNELS)))
        await shown.press("enter", "enter")
        await point_at(shown, str(int(_P.SEND_MESSAGES)))
        await shown.press("enter", "enter")
        assert shown.client.rest.asked == []
        assert "2 changes: the first line saves them" in shown.text
        await point_at(shown, "save")
        await shown.press("enter")
        assert shown.client.rest.asked == [("PUT", f"/channels/{GENERAL}/permissions/3001")]
        sent = PutOverwriteRequest(type=0, allow=_P.PIN_MESSAGES, deny=_P.MANAGE_CHANNELS)
        assert shown.client.rest.bodies == [sent]
        assert isinstance(shown.app.screen, OverwritesPage)


async def test_click_on_a_word_takes_that_stance() -> None:
    async with running(client()) as shown:
        await channel_overwrites(shown)
        await choose(shown, f"1-{GRACE}")
        column, row = shown.find("View channels")
        line = shown.lines()[row]
        await shown.pilot.click(offset=(line.index("deny") + 1, row))
        await shown.settle()
        assert "[deny]" in shown.lines()[row]
        assert column < line.index("deny")


async def test_narrow_terminal_shows_signs() -> None:
    async with running(client(), size=(48, 20)) as shown:
        await channel_overwrites(shown)
        await choose(shown, "0-1000")
        await point_at(shown, str(int(_P.SEND_MESSAGES)))
        assert "[✕]" in shown.text


async def test_member_is_added() -> None:
    async with running(client()) as shown:
        await channel_overwrites(shown)
        await choose(shown, "member")
        assert "grace" not in [line.strip() for line in shown.lines()], "who is there already is not offered"
        await shown.type("ken\n")
        await shown.press("enter")
        await point_at(shown, "save")
        await shown.press("enter")
        assert shown.client.rest.asked == [("PUT", f"/channels/{GENERAL}/permissions/{KEN}")]
        assert shown.client.rest.bodies == [PutOverwriteRequest(type=1, allow=_P.VIEW_CHANNEL, deny=_P(0))]


async def test_member_of_a_large_server_is_asked_for_by_name() -> None:
    fake = client()
    fake.state.guilds[GUILD].is_large = True
    async with running(fake) as shown:
        await channel_overwrites(shown)
        await choose(shown, "member")
        await shown.type("zoe")
        await until(lambda: ("search", GUILD, "zoe") in fake.asked)
        zoe = User(id=Snowflake(777), username="zoe")
        fake.state.guilds[GUILD].members[777] = Member(user=zoe)
        fake.state.users[777] = zoe
        fake.emit(MembersChanged(GUILD))
        await shown.until("› zoe")
        await shown.press("enter")
        assert "zoe in general" in shown.text


async def test_what_is_not_saved_is_thrown_away_only_when_one_is_sure() -> None:
    async with running(client()) as shown:
        await channel_overwrite(shown)
        await shown.press("escape")
        assert "Throw 1 change away?" in shown.text
        await shown.press("n")
        assert isinstance(shown.app.screen, OverwriteDialog)
        await shown.press("escape", "y")
        assert isinstance(shown.app.screen, OverwritesPage)
        assert shown.client.rest.asked == []


async def test_permission_that_one_has_not_stays_as_it_is() -> None:
    may = _P.VIEW_CHANNEL | _P.MANAGE_ROLES
    async with running(client(may=may)) as shown:
        await channel_overwrites(shown)
        await choose(shown, "0-3001")
        await point_at(shown, str(int(_P.MANAGE_WEBHOOKS)))
        await shown.press("enter")
        await shown.until("You have this permission not")
        assert "1 change" not in shown.text


async def test_overwrite_is_removed() -> None:
    async with running(client()) as shown:
        await channel_overwrites(shown)
        await choose(shown, "0-3001")
        await point_at(shown, "remove")
        await shown.press("enter", "y")
        assert shown.client.rest.asked == [("DELETE", f"/channels/{GENERAL}/permissions/3001")]


async def test_refusal_keeps_what_was_chosen() -> None:
    async with running(client()) as shown:
        await channel_overwrite(shown)
        shown.client.rest.fault = RefusedError("Missing Permissions")
        await point_at(shown, "save")
        await shown.press("enter")
        await shown.until("Missing Permissions")
        assert "1 change" in shown.text


async def test_channel_takes_the_permissions_of_its_category() -> None:
    async with running(client()) as shown:
        await channel_overwrites(shown)
        assert "they differ" in shown.text
        await choose(shown, "follow")
        await shown.press("y")
        assert shown.client.rest.asked == [("PATCH", f"/guilds/{GUILD}/channels")]
        place = ChannelPosition(id=Snowflake(GENERAL), parent_id=Snowflake(PLANS), lock_permissions=True)
        assert shown.client.rest.bodies == [[place]]
