"""Who of those one follows goes live is told on the screen and outside of it, and a click comes in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import events

from tests.client.rooms_found import found
from tests.tui.fake_desk import FakeDesk
from tests.tui.hallway_samples import BEES, GRACE_USER, LINUS_USER, hallway_client, rooms
from tests.tui.samples import GRACE, GUILD
from tests.tui.screens import Shown, running
from tests.tui.test_notices import KeepingNotifier
from tests.tui.voice_scenes import use_desk
from tuichat.client.change import FollowedWentLive
from tuichat.client.voice_desk import Stage, VoiceView
from tuichat.config.schema import NotificationSettings, Settings, VoiceSettings
from tuichat.protocol.guild_settings import UserGuildSettings
from tuichat.protocol.snowflake import Snowflake

STARTED = FollowedWentLive(rooms()[0], "started", GRACE_USER)


@asynccontextmanager
async def followed(**settings: object) -> AsyncIterator[tuple[Shown, KeepingNotifier, FakeDesk]]:
    wanted = NotificationSettings(**settings)  # type: ignore[arg-type]  # fields of any type
    chosen = Settings(notifications=wanted, voice=VoiceSettings(enabled=False))
    async with running(hallway_client(), settings=chosen) as shown:
        desk, notifier = use_desk(shown), KeepingNotifier()
        shown.chat.use_notifier(notifier)
        yield shown, notifier, desk


async def hear(shown: Shown, *told: FollowedWentLive) -> None:
    shown.client.emit(*told)
    await shown.settle()


async def test_a_room_is_told_and_a_click_comes_in() -> None:
    async with followed() as (shown, notifier, desk):
        await hear(shown, STARTED)
        await shown.until("Grace Hopper started “Bees in winter")
        assert [(each.title, each.place) for each in notifier.shown] == [("Grace Hopper", ("s1/101", BEES))]
        await shown.click("Come in")
        assert shown.chat.chosen.channel_id == BEES
        assert ("join", "s1/101", BEES) in desk.asked


async def test_keys_come_into_the_room_that_was_told_of_last() -> None:
    async with followed() as (shown, _, desk):
        await shown.press("ctrl+g", "L")
        await shown.until("Nobody whom you follow went live yet.")
        await hear(shown, FollowedWentLive(found(4711), "speaks", LINUS_USER), STARTED)
        await shown.press("ctrl+g", "L")
        assert ("join", "s1/101", BEES) in desk.asked


async def test_a_club_is_told_by_its_name() -> None:
    async with followed() as (shown, notifier, _):
        await hear(shown, FollowedWentLive(rooms()[0], "club"))
        await shown.until("Bee Club has a room")
        assert [each.title for each in notifier.shown] == ["Bee Club"]


async def test_a_terminal_that_is_looked_at_shows_it_alone() -> None:
    async with followed() as (shown, notifier, _):
        shown.app.post_message(events.AppBlur())
        shown.app.post_message(events.AppFocus())
        await shown.settle()
        await hear(shown, STARTED)
        await shown.until("Grace Hopper started")
        assert notifier.shown == []


async def test_settings_keep_it_quiet() -> None:
    async with followed(do_not_disturb=True) as (shown, notifier, _):
        await hear(shown, STARTED)
        assert "Grace Hopper started" not in shown.text
        assert notifier.shown == []
    async with followed(show_text=False) as (shown, notifier, _):
        await hear(shown, STARTED)
        await shown.until("Grace Hopper is live.")
        assert "Bees in winter" not in shown.text


async def test_muted_servers_blocked_people_and_the_room_one_is_in_do_not_call() -> None:
    async with followed() as (shown, notifier, desk):
        state = shown.client.state
        state.guild_settings[GUILD] = UserGuildSettings(guild_id=Snowflake(GUILD), muted=True)
        await hear(shown, STARTED)
        state.guild_settings.clear()
        state.unheard_ids.add(GRACE)
        await hear(shown, STARTED)
        state.unheard_ids.clear()
        desk.show(VoiceView(stage=Stage.CONNECTED, account_key="s1/101", guild_id=GUILD, channel_id=BEES))
        await hear(shown, STARTED)
        assert notifier.shown == []
        assert "Come in" not in shown.text


async def test_many_at_once_are_told_as_one() -> None:
    async with followed() as (shown, _, _desk):
        many = [FollowedWentLive(found(5000 + number), "started", GRACE_USER) for number in range(10)]
        await hear(shown, *many)
        await shown.until("More of those whom you follow are live: alt+h")
        assert 1 <= shown.text.count("Come in") <= 3


async def test_what_strangers_wrote_is_no_button() -> None:
    async with followed() as (shown, _, _desk):
        topic = "[@click=app.quit]free honey[/] \\[bold]"
        await hear(shown, FollowedWentLive(found(BEES, {"topic": topic}), "started", GRACE_USER))
        await shown.until("free honey")
        await shown.click("free honey")
        assert shown.chat.chosen.channel_id == BEES
        assert shown.app.is_running
