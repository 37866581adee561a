"""Messages call the user who looks elsewhere, and nobody else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest
from textual import events

from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.samples import (
    GENERAL,
    GRACE,
    GUILD,
    LINUS,
    ME,
    NOW,
    RANDOM,
    REVIEWS,
    FakeClient,
    message,
    sample_state,
)
from tests.tui.screens import Shown, running
from tuichat.client.change import MessageArrived, RoomCall, RoomCalled
from tuichat.config.schema import NotificationSettings, Settings
from tuichat.protocol.guild_settings import ChannelOverride, UserGuildSettings
from tuichat.protocol.message import Message, MessageType
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.notice_text import Notice
from tuichat.tui.notice_gatherer import GATHER_MS
from tuichat.tui.notifier import Notifier


class KeepingNotifier(Notifier):
    """Keeps what it is told to show."""

    def __init__(self) -> None:
        super().__init__(lambda text: None, environment={})
        self.shown: list[Notice] = []

    def show(self, notice: Notice, settings: Settings) -> None:
        self.shown.append(notice)


@asynccontextmanager
async def listening(**settings: object) -> AsyncIterator[tuple[Shown, KeepingNotifier]]:
    wanted = NotificationSettings(**settings)  # type: ignore[arg-type]  # fields of any type
    async with running(FakeClient(sample_state()), settings=Settings(notifications=wanted)) as shown:
        notifier = KeepingNotifier()
        shown.chat.use_notifier(notifier)
        yield shown, notifier


async def hear(shown: Shown, *items: Message, is_late: bool = False) -> None:
    for item in items:
        shown.client.emit(MessageArrived(item.channel_id, item, is_late))
    await shown.settle()


def bodies(notifier: KeepingNotifier) -> list[str]:
    return [notice.body for notice in notifier.shown]


async def test_message_elsewhere_calls() -> None:
    async with listening() as (shown, notifier):
        await hear(shown, message(GRACE, 0, "**done**, see ||the plan||", channel=RANDOM))
        assert [(each.title, each.body) for each in notifier.shown] == [
            ("grace · #random, Textual Labs", "done, see ▒▒▒")
        ]


async def test_a_room_that_begins_says_what_it_is_about() -> None:
    async with listening() as (shown, notifier):
        began = msgspec.structs.replace(message(GRACE, 0, "News", channel=RANDOM), type=MessageType.STAGE_START)
        await hear(shown, began)
        assert bodies(notifier) == ["began a room: News"]


async def test_what_a_room_wants_of_one_is_told_here_and_outside_while_nobody_looks() -> None:
    async with listening() as (shown, notifier):
        told = RoomCalled(
            guild_id=GUILD, channel_id=RANDOM, call=RoomCall.ASKED_UP, channel_name="weekly", guild_name="Labs"
        )
        shown.client.emit(told)
        await shown.until("/room accept")
        assert not notifier.shown
        shown.app.post_message(events.AppBlur())
        await shown.settle()
        shown.client.emit(told)
        await shown.settle()
        assert [(each.title, each.place) for each in notifier.shown] == [("#weekly, Labs", (shown.client.key, RANDOM))]
        shown.client.emit(msgspec.structs.replace(told, call=RoomCall.BEGAN))
        await shown.settle()
        assert len(notifier.shown) == 1


async def test_who_wants_no_notices_is_not_asked_into_rooms() -> None:
    async with listening(do_not_disturb=True) as (shown, notifier):
        shown.client.emit(RoomCalled(guild_id=GUILD, channel_id=RANDOM, call=RoomCall.INVITED, topic="News"))
        await shown.settle()
        assert not notifier.shown
        assert "News" not in shown.text


async def test_channel_in_focus_calls_nobody() -> None:
    async with listening() as (shown, notifier):
        await hear(shown, message(GRACE, 0, "hello", mentions=[ME]))
        assert not notifier.shown


async def test_channel_in_view_calls_when_the_terminal_is_not_looked_at() -> None:
    async with listening() as (shown, notifier):
        shown.app.post_message(events.AppBlur())
        await shown.settle()
        await hear(shown, message(GRACE, 0, "hello"))
        assert bodies(notifier) == ["hello"]


async def test_channel_scrolled_up_calls() -> None:
    async with listening() as (shown, notifier):
        for number in range(60):
            shown.client.receive(message(GRACE, 0, f"line {number}", number=100 + number))
        await shown.settle()
        await shown.press("pageup")
        await hear(shown, message(GRACE, 0, "below", number=300))
        assert "below" in bodies(notifier)


async def test_coming_back_before_it_was_told_tells_nothing() -> None:
    async with listening() as (shown, notifier):
        await hear(shown, message(GRACE, 0, "one", channel=RANDOM))
        await hear(shown, message(GRACE, 0, "two", channel=RANDOM), message(GRACE, 0, "three", channel=RANDOM))
        assert bodies(notifier) == ["one"], "what follows soon is gathered"
        await shown.press("ctrl+k", *"random", "enter")
        shown.client.time_ms += GATHER_MS
        shown.chat._tell()
        assert bodies(notifier) == ["one"]


async def test_burst_is_gathered() -> None:
    async with listening() as (shown, notifier):
        for _ in range(6):
            await hear(shown, message(GRACE, 0, "hm", channel=RANDOM))
        shown.client.time_ms += GATHER_MS
        shown.chat._tell()
        assert bodies(notifier) == ["hm", "5 messages in #random"]


async def test_reconnection_makes_no_storm() -> None:
    async with listening() as (shown, notifier):
        items = [message(GRACE, 0, "hm", channel=place) for place in (RANDOM, REVIEWS) for _ in range(200)]
        await hear(shown, *items, is_late=True)
        assert bodies(notifier) == ["400 messages in 2 channels, while you were disconnected"]


@pytest.mark.parametrize(
    "settings", [{"do_not_disturb": True}, {"quiet_hours": "00:00-23:59"}], ids=["do not disturb", "quiet hours"]
)
async def test_quiet_is_quiet(settings: dict[str, object]) -> None:
    async with listening(**settings) as (shown, notifier):
        await hear(shown, message(GRACE, 0, "hello", channel=RANDOM, mentions=[ME]))
        assert not notifier.shown


async def test_hours_that_begin_silence_what_was_gathered() -> None:
    begin = (NOW + timedelta(minutes=1)).strftime("%H:%M")
    async with listening(quiet_hours=f"{begin}-23:59") as (shown, notifier):
        await hear(shown, message(GRACE, 0, "one", channel=RANDOM))
        await hear(shown, message(GRACE, 0, "two", channel=RANDOM))
        shown.chat._now = lambda: NOW + timedelta(minutes=2)
        shown.client.time_ms += GATHER_MS
        shown.chat._tell()
        assert bodies(notifier) == ["one"]


async def test_text_stays_out_when_it_is_not_to_be_shown() -> None:
    async with listening(show_text=False) as (shown, notifier):
        await hear(shown, message(GRACE, 0, "the secret", channel=RANDOM))
        assert bodies(notifier) == ["wrote a message"]


async def test_muted_channel_is_dim_and_quiet_and_its_mention_is_shown() -> None:
    async with listening() as (shown, notifier):
        state = shown.client.state
        override = ChannelOverride(channel_id=Snowflake(REVIEWS), muted=True)
        state.guild_settings[GUILD] = UserGuildSettings(guild_id=Snowflake(GUILD), channel_overrides=[override])
        shown.client.restructure()
        await shown.settle()
        assert "reviews" in next(line for line in shown.lines() if "⊘" in line)
        await hear(shown, message(LINUS, 0, "hello", channel=REVIEWS, mentions=[ME]))
        assert not notifier.shown
        read = state.read_states[REVIEWS]
        state.read_states[REVIEWS] = msgspec.structs.replace(read, mention_count=1)
        shown.client.restructure()
        await shown.settle()
        row = next(line for line in shown.lines() if "reviews" in line)
        assert " 1 " in row


async def test_title_tells_mentions_then_news() -> None:
    async with listening() as (shown, _):
        assert shown.app.title == "(3) tuichat — Textual Labs / #general"
        for channel_id, read in shown.client.state.read_states.items():
            shown.client.state.read_states[channel_id] = msgspec.structs.replace(read, mention_count=0)
        shown.client.restructure()
        await shown.settle()
        assert shown.app.title == "• tuichat — Textual Labs / #general"
        for channel_id in list(shown.client.state.read_states):
            await shown.client.mark_read(channel_id)
        await shown.settle()
        assert shown.app.title == "tuichat — Textual Labs / #general"


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
async def test_what_a_stranger_wrote_commands_nothing(text: str) -> None:
    async with listening() as (shown, notifier):
        await hear(shown, message(GRACE, 0, text, channel=RANDOM))
        for notice in notifier.shown:
            assert not FORBIDDEN & set(notice.title + notice.body)
        assert shown.client.state.channels[GENERAL], "and the screen goes on"
