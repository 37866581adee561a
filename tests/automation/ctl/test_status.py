"""The status says how the call is, and since when."""

from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec
import pytest

from tests.commands.fake_client import GENERAL, VOICE, FakeClient
from tests.tui.fake_desk import CALL, FakeDesk
from tuichat.automation.ctl.status import StatusMaker
from tuichat.automation.site import RunningSite
from tuichat.client.client import Client
from tuichat.client.session import Accounts
from tuichat.client.voice_desk import Stage, VoicePlace
from tuichat.commands.context import CommandContext
from tuichat.config.paths import Profile
from tuichat.config.schema import NotificationSettings, Settings
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.place_protocol import PlaceState

BEGIN = datetime(2026, 11, 27, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


def maker_of(desk: FakeDesk, clock: Clock, settings: Settings) -> StatusMaker:
    client = cast(Client, FakeClient())
    accounts = Accounts(Profile(), settings)
    accounts.clients[client.key] = client
    typed = CommandContext(client, GENERAL, clients=accounts.clients, desk=desk)
    maker = StatusMaker(RunningSite(accounts, lambda: settings, desk, lambda: typed), clock)
    desk.subscribe(maker.look)
    return maker


def test_call_and_its_beginning(desk: FakeDesk) -> None:
    clock = Clock()
    maker = maker_of(desk, clock, Settings())
    found = maker.make()
    assert found.call is None
    assert found.channel is not None
    assert found.channel.id == str(GENERAL)
    (account,) = found.accounts
    desk.show(msgspec.structs.replace(CALL, account_key="server/1000", channel_id=VOICE, stage=Stage.CONNECTING))
    clock.now += timedelta(minutes=5)
    desk.change(stage=Stage.CONNECTED, is_muted=True)
    call = maker.make().call
    assert call is not None
    assert (call.account, call.channel.id, call.stage) == (account.account, str(VOICE), "connected")
    assert datetime.fromisoformat(call.since) == BEGIN
    assert (call.is_muted, call.is_heard, call.people, call.speaking) == (True, False, 5, ("grace", "margaret"))
    desk.leave()
    assert maker.make().call is None


def test_the_laptop_that_has_the_sound(desk: FakeDesk) -> None:
    maker = maker_of(desk, Clock(), Settings())
    assert maker.make().sound is None
    desk.change(place=VoicePlace(key="0123456789abcdef", name="mobile", state=PlaceState.LOST, sentence="gone\x1b[2J"))
    sound = maker.make().sound
    assert sound is not None
    assert (sound.laptop, sound.state, sound.way) == ("mobile", "lost", None)
    assert sound.text.startswith("gone")
    assert "\x1b" not in sound.text


@pytest.mark.parametrize(
    ("path", "way"),
    [
        (MediaPath.NONE, None),
        (MediaPath.UDP, "direct"),
        (MediaPath.RELAYED, "ssh"),
        (MediaPath.WEBSOCKET, "websocket"),
    ],
)
def test_the_way_of_a_call_from_the_laptop(desk: FakeDesk, path: MediaPath, way: str | None) -> None:
    desk.show(msgspec.structs.replace(CALL, place=VoicePlace(key="0123456789abcdef", name="mobile"), path=path))
    sound = maker_of(desk, Clock(), Settings()).make().sound
    assert sound is not None
    assert sound.way == way


@pytest.mark.parametrize(
    ("settings", "is_quiet"),
    [
        (NotificationSettings(), False),
        (NotificationSettings(do_not_disturb=True), True),
        (NotificationSettings(quiet_hours="11:00-13:00"), True),
        (NotificationSettings(quiet_hours="13:00-14:00"), False),
    ],
)
def test_do_not_disturb(desk: FakeDesk, settings: NotificationSettings, *, is_quiet: bool) -> None:
    assert maker_of(desk, Clock(), Settings(notifications=settings)).make().do_not_disturb is is_quiet
