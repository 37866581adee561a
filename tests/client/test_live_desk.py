"""The desk composes what accounts and engine tell, and hands on what the user did."""

import asyncio
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, cast

import pytest

from tests.client.waiting import until
from tests.tui.samples import GENERAL, GRACE, GUILD, LINUS, ME, STANDUP, FakeClient, sample_state
from tuichat.client.change import CallsChanged, MutedByHost, SoundPlayed, VoiceStatesChanged
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.live_desk import LiveDesk
from tuichat.client.sound_hold import HOLD_S
from tuichat.client.state import CallInfo
from tuichat.client.voice_desk import Rung, SoundTest, Stage, VoicePerson
from tuichat.client.voice_way import VoiceWay, Way
from tuichat.client.volume_book import VolumeBook
from tuichat.config.paths import Profile
from tuichat.config.schema import VoiceSettings
from tuichat.local.ssh_session import SshSession
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.snowflake import Snowflake
from tuichat.voice import audio_protocol
from tuichat.voice.audio_protocol import (
    AudioRequest,
    ChooseInput,
    Level,
    MutedTalking,
    PlaySamples,
    PlaySound,
    SetGate,
    SetMuteStyle,
    SetSounds,
    SetVolume,
    SpeakingLevels,
    StartTest,
    Talk,
)
from tuichat.voice.call_line import CallLine
from tuichat.voice.call_protocol import (
    CallChanged,
    CallRequest,
    CallState,
    CallStatistics,
    MediaPath,
    PersonStatistics,
    Speaking,
)
from tuichat.voice.engine_state import EngineFailed, EngineReady, EngineStarting, EngineState
from tuichat.voice.place_protocol import ChoosePlace, PlaceRequest, PlacesChanged, PlaceState, SoundPlace
from tuichat.voice.standing_requests import StandingRequests

KEY, PRIVATE_CALL = "s1/101", 9102


class FakeSupervisor:
    """An engine that hears everything and says what a test lets it say."""

    made: ClassVar[list["FakeSupervisor"]] = []

    def __init__(self, on_change: object, *, on_report: object) -> None:
        self.on_change, self.on_report = on_change, on_report
        self.state: EngineState = EngineStarting()
        self._standing = StandingRequests()
        self.asked: list[AudioRequest | PlaceRequest] = []
        self.call_requests: list[CallRequest] = []
        self.calls = CallLine(self.call_requests.append, lambda: None)
        FakeSupervisor.made.append(self)

    def start(self) -> None:
        pass

    def retry(self) -> None:
        pass

    def ask(self, request: AudioRequest | PlaceRequest) -> None:
        """As the real one: what lasts is repeated to the engine that comes, the rest is lost until there is one."""
        self._standing.note(request)
        if isinstance(self.state, EngineReady):
            self.asked.append(request)

    def ready(self) -> None:
        self.state = EngineReady(1, "tuichat", 2, (), {})
        self.asked += self._standing.all()
        self.on_change(self.state)  # type: ignore[operator]  # the desk's

    async def refresh_devices(self) -> None:
        pass

    async def close(self) -> None:
        pass

    def tell(self, report: object) -> None:
        self.on_report(report)  # type: ignore[operator]  # the desk's


@pytest.fixture
def supervised(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("tuichat.voice.supervisor.EngineSupervisor", FakeSupervisor)
    monkeypatch.setattr("tuichat.client.live_desk.TOLD_EVERY_S", 0.0)
    FakeSupervisor.made.clear()
    yield
    FakeSupervisor.made.clear()


def engine() -> FakeSupervisor:
    return FakeSupervisor.made[-1]


async def told() -> None:
    """Let the desk tell its view."""
    for _ in range(3):
        await asyncio.sleep(0)


def voice_state(user_id: int, channel_id: int = STANDUP) -> VoiceState:
    return VoiceState(channel_id=Snowflake(channel_id), user_id=Snowflake(user_id), session_id="x")


def desk_of(*clients: FakeClient, settings: VoiceSettings | None = None) -> LiveDesk:
    desk = LiveDesk(settings or VoiceSettings(), name_channel=lambda channel: f"♪ {channel.name}")
    desk.use_clients({client.key: cast(Client, client) for client in clients})
    return desk


def be_in(client: FakeClient, *user_ids: int) -> None:
    client.state.guilds[GUILD].voice_states = {user_id: voice_state(user_id) for user_id in user_ids}
    client.emit(VoiceStatesChanged(GUILD))


def connect(client: FakeClient) -> None:
    """Have the agent say that the call is there."""
    call_id = client.voice._call_id
    client.voice.take_report(CallChanged(call_id=call_id, state=CallState.CONNECTED, path=MediaPath.UDP, mode="aes"))


async def in_call(client: FakeClient, *, settings: VoiceSettings | None = None) -> LiveDesk:
    desk = desk_of(client, settings=settings)
    desk.join(KEY, STANDUP)
    engine().ready()
    connect(client)
    be_in(client, ME, GRACE)
    await told()
    return desk


@pytest.fixture
def client() -> FakeClient:
    return FakeClient(sample_state())


@pytest.mark.usefixtures("supervised")
async def test_joining_starts_the_engine_and_asks_the_gateway(client: FakeClient) -> None:
    desk = desk_of(client)
    assert not FakeSupervisor.made  # nothing is started before it is needed
    desk.join(KEY, STANDUP)
    await told()
    assert desk.view.stage is Stage.CONNECTING
    assert desk.view.title == "♪ standup"
    assert client.commands


@pytest.mark.usefixtures("supervised")
async def test_settings_reach_the_engine_at_its_start_and_when_they_change(client: FakeClient) -> None:
    desk = await in_call(client, settings=VoiceSettings(input="headset", threshold_db=-40))
    assert ChooseInput("headset") in engine().asked
    assert SetGate("voice", -40.0) in engine().asked
    assert SetMuteStyle("close") in engine().asked
    desk.use_settings(VoiceSettings(gate="push_to_talk", mute="instant"))
    assert SetGate("push_to_talk", None) in engine().asked
    assert SetMuteStyle("instant") in engine().asked


@pytest.mark.usefixtures("supervised")
async def test_who_speaks_and_how_loud_is_told(client: FakeClient) -> None:
    desk = await in_call(client)
    client.voice.take_report(Speaking(call_id=client.voice._call_id, user_id=GRACE, is_speaking=True, is_priority=True))
    engine().tell(SpeakingLevels({GRACE: -12.0}))
    engine().tell(Level(input_db=-20.0, is_open=True, threshold_db=-45.0))
    await told()
    grace, me = desk.view.person(GRACE), desk.view.person(ME)
    assert grace is not None
    assert (grace.is_speaking, grace.is_priority, grace.level_db) == (True, True, -12.0)
    assert me is not None
    assert me.is_me
    assert (desk.view.input_db, desk.view.threshold_db, desk.view.is_sending) == (-20.0, -45.0, True)


@pytest.mark.usefixtures("supervised")
async def test_statistics_are_kept_second_by_second_in_all_and_by_person(client: FakeClient) -> None:
    desk = await in_call(client)
    for second in range(70):
        person = PersonStatistics(user_id=GRACE, loss=second / 100)
        client.voice.take_report(
            CallStatistics(
                call_id=client.voice._call_id,
                rtt_ms=float(second),
                loss=0.01,
                latest_tick_ms=second / 10,
                underruns=second // 30,
                people=(person,),
            )
        )
        await told()
    assert desk.view.rtt_ms == 69.0
    assert [moment.rtt_ms for moment in desk.view.moments] == [float(second) for second in range(10, 70)]
    assert (desk.view.moments[-1].late_ms, desk.view.underruns) == (6.9, 2)
    grace = desk.view.person(GRACE)
    assert grace is not None
    assert grace.moments[-1].loss == 0.69
    desk.leave()
    await told()
    assert desk.view.moments == ()


@pytest.mark.usefixtures("supervised")
async def test_sounds_tell_who_comes_and_goes_and_the_engine_knows_whether_they_are_on(client: FakeClient) -> None:
    desk = await in_call(client, settings=VoiceSettings(sounds=False))
    assert SetSounds(is_on=False) in engine().asked  # the engine keeps them back
    engine().asked.clear()
    be_in(client, ME, GRACE, LINUS)
    await told()
    be_in(client, ME)
    await told()
    assert [each.name for each in engine().asked if isinstance(each, PlaySound)] == ["join", "leave"]
    desk.use_settings(VoiceSettings())
    assert SetSounds(is_on=True) in engine().asked


@pytest.mark.usefixtures("supervised")
async def test_a_call_that_rings_is_told_and_heard_until_it_ends(client: FakeClient) -> None:
    client.state.channels[PRIVATE_CALL] = Channel(id=Snowflake(PRIVATE_CALL), type=ChannelType.DM, name="grace")
    desk = desk_of(client)
    desk.start()
    engine().ready()
    client.state.calls[PRIVATE_CALL] = CallInfo(frozenset({ME}), {GRACE: voice_state(GRACE, PRIVATE_CALL)})
    client.emit(CallsChanged(PRIVATE_CALL))
    await told()
    (incoming,) = desk.view.incoming
    assert (incoming.channel_id, incoming.names) == (PRIVATE_CALL, ("grace",))
    assert PlaySound("ring") in engine().asked
    client.state.calls[PRIVATE_CALL].ringing_ids = frozenset()
    client.emit(CallsChanged(PRIVATE_CALL))
    await told()
    assert desk.view.incoming == ()
    assert type(engine().asked[-1]).__name__ == "StopSound"


@pytest.mark.usefixtures("supervised")
async def test_a_test_begins_as_soon_as_an_engine_is_there_and_again_with_the_next_one(client: FakeClient) -> None:
    desk = desk_of(client)
    desk.start_test()
    assert engine().asked == []
    engine().ready()
    assert [each for each in engine().asked if isinstance(each, StartTest)] == [StartTest()]
    engine().on_change(EngineStarting())  # type: ignore[operator]  # the desk's
    await told()
    assert desk.view.test == SoundTest()
    engine().ready()
    assert [each for each in engine().asked if isinstance(each, StartTest)] == [StartTest()] * 2
    engine().tell(audio_protocol.TestResult(is_good=True, verdict="Microphone and speaker work."))
    engine().on_change(EngineStarting())  # type: ignore[operator]
    engine().ready()
    assert [each for each in engine().asked if isinstance(each, StartTest)] == [StartTest()] * 2


@pytest.mark.usefixtures("supervised")
async def test_a_test_without_any_engine_ends_with_what_is_wrong(client: FakeClient) -> None:
    desk = desk_of(client)
    desk.start_test()
    failed = EngineFailed(reason="stopped 5 times")
    engine().on_change(failed)  # type: ignore[operator]  # the desk's
    await told()
    assert desk.view.test is not None
    assert desk.view.test.verdict == failed.sentence


@pytest.mark.usefixtures("supervised")
async def test_whom_ones_own_call_rings_is_seen(client: FakeClient) -> None:
    client.state.channels[PRIVATE_CALL] = Channel(id=Snowflake(PRIVATE_CALL), type=ChannelType.DM, name="grace")
    desk = desk_of(client)
    desk.join(KEY, PRIVATE_CALL)
    client.state.calls[PRIVATE_CALL] = CallInfo(frozenset({GRACE}), {ME: voice_state(ME, PRIVATE_CALL)})
    client.emit(CallsChanged(PRIVATE_CALL))
    await told()
    assert desk.view.ringing == (Rung(GRACE, "grace"),)
    client.state.calls[PRIVATE_CALL].ringing_ids = frozenset()
    client.emit(CallsChanged(PRIVATE_CALL))
    await told()
    assert not desk.view.ringing


@pytest.mark.usefixtures("supervised")
async def test_a_call_rings_aloud_as_soon_as_an_engine_is_there(client: FakeClient) -> None:
    client.state.channels[PRIVATE_CALL] = Channel(id=Snowflake(PRIVATE_CALL), type=ChannelType.DM, name="grace")
    desk = desk_of(client)
    client.state.calls[PRIVATE_CALL] = CallInfo(frozenset({ME}), {GRACE: voice_state(GRACE, PRIVATE_CALL)})
    client.emit(CallsChanged(PRIVATE_CALL))
    await told()
    assert engine().asked == []  # nobody hears yet
    engine().ready()
    assert [each for each in engine().asked if isinstance(each, PlaySound)] == [PlaySound("ring")]
    desk._engine_changed(engine().state)  # its devices were listed
    assert [each for each in engine().asked if isinstance(each, PlaySound)] == [PlaySound("ring")]


@pytest.mark.usefixtures("supervised")
async def test_a_second_account_takes_the_call_from_the_first(client: FakeClient) -> None:
    other = FakeClient(sample_state(), key="s2/101")
    desk = desk_of(client, other)
    desk.join(client.key, STANDUP)
    desk.join(other.key, STANDUP)
    await told()
    assert desk.view.account_key == other.key
    assert not client.voice.is_in_call


@pytest.mark.usefixtures("supervised")
async def test_a_call_that_failed_says_why_until_it_is_left(client: FakeClient) -> None:
    desk = await in_call(client)
    client.voice.take_report(
        CallChanged(call_id=client.voice._call_id, state=CallState.FAILED, sentence="The voice server refused.")
    )
    await told()
    assert (desk.view.stage, desk.view.sentence) == (Stage.FAILED, "The voice server refused.")
    desk.leave()
    await told()
    assert desk.view.stage is Stage.OUT


@pytest.mark.usefixtures("supervised")
async def test_mute_talk_and_the_hint_of_a_muted_one(client: FakeClient) -> None:
    desk = await in_call(client)
    desk.talk(is_pressed=True)
    desk.talk(is_pressed=True)
    assert [each for each in engine().asked if isinstance(each, Talk)] == [Talk(is_pressed=True)]
    desk.set_muted(is_muted=True)
    engine().tell(MutedTalking())
    await told()
    assert desk.view.is_muted
    assert desk.view.is_muted_talking
    assert PlaySound("mute") in engine().asked
    desk.set_muted(is_muted=False)
    await told()
    assert not desk.view.is_muted_talking
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_who_is_muted_by_a_host_is_muted_until_it_unmutes_itself(client: FakeClient) -> None:
    desk = await in_call(client)
    client.emit(MutedByHost())
    await told()
    assert desk.view.is_muted
    assert PlaySound("mute") in engine().asked
    desk.set_muted(is_muted=False)
    await told()
    assert not desk.view.is_muted
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_volumes_reach_the_engine_and_the_next_start(
    client: FakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    profile = Profile("default")
    desk = LiveDesk(VoiceSettings(), volumes=VolumeBook(profile))
    desk.use_clients({client.key: cast(Client, client)})
    desk.join(KEY, STANDUP)
    engine().ready()
    connect(client)
    await told()
    desk.set_volume(KEY, GRACE, 150)
    assert engine().asked[-1] == SetVolume(GRACE, 150)
    await desk.close()
    kept = VolumeBook(profile)
    kept.load()
    assert kept.percent(KEY, GRACE) == 150
    assert kept.of(KEY) == {GRACE: 150}
    assert kept.percent("s2/101", GRACE) == 100


class FakeDownloads:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.asked: list[str] = []

    async def fetch(self, url: str) -> Path:
        self.asked.append(url)
        return self.file


@pytest.mark.usefixtures("supervised")
async def test_a_sound_of_the_soundboard_is_fetched_and_played_as_loud_as_its_player(
    client: FakeClient, tmp_path: Path
) -> None:
    file = tmp_path / "chime.ogg"
    file.write_bytes(files("tuichat.server").joinpath("sounds", "chime.ogg").read_bytes())
    downloads = FakeDownloads(file)
    client.downloads = downloads  # type: ignore[attr-defined]  # it has none by itself
    desk = await in_call(client)
    desk.set_volume(KEY, GRACE, 50)
    client.emit(SoundPlayed(STANDUP, GRACE, 7, 1.0), SoundPlayed(STANDUP + 1, GRACE, 8, 1.0))
    await desk._sounds.heard()
    played = [each for each in engine().asked if isinstance(each, PlaySamples)]
    assert downloads.asked == ["/soundboard-sounds/7"]
    assert [each.volume_percent for each in played] == [50]
    assert any(played[0].pcm)
    desk.set_deafened(is_deafened=True)
    await told()
    engine().asked.clear()
    client.emit(SoundPlayed(STANDUP, GRACE, 7, 1.0))
    await desk._sounds.heard()
    assert engine().asked == []
    desk.set_deafened(is_deafened=False)
    await told()
    client.emit(SoundPlayed(STANDUP, GRACE, 7, 1.0))
    await desk._sounds.heard()
    assert downloads.asked == ["/soundboard-sounds/7"]  # it is decoded already
    client.emit(SoundPlayed(STANDUP, GRACE, 9, 1.0))
    desk.leave()
    await told()
    engine().asked.clear()
    await desk._sounds.heard()
    assert engine().asked == []  # one has left meanwhile
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_a_test_goes_step_by_step_to_its_verdict(client: FakeClient) -> None:
    desk = desk_of(client)
    desk.start_test()
    engine().ready()
    engine().tell(audio_protocol.TestProgress("recording", 0.5))
    await told()
    assert desk.view.test is not None
    assert (desk.view.test.step, desk.view.test.verdict) == ("recording", "")
    engine().tell(audio_protocol.TestResult(is_good=False, verdict="Raise the microphone.", delay_ms=84))
    await told()
    assert desk.view.test.verdict == "Raise the microphone."
    desk.stop_test()
    await told()
    assert desk.view.test is None


@pytest.mark.usefixtures("supervised")
async def test_a_test_finds_the_way_of_voice_too(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    found = VoiceWay(way=Way.UDP, host="192.0.2.7", port=50000, round_trip_ms=3.0)

    async def find() -> VoiceWay:
        return found

    monkeypatch.setattr(client.voice.way, "find", find)
    desk = desk_of(client)
    desk.start_test()
    await until(lambda: desk.view.way == found)
    desk.stop_test()
    await until(lambda: desk.view.way is None)
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_an_engine_that_is_gone_is_told_with_the_way_back(client: FakeClient) -> None:
    desk = await in_call(client)
    engine().tell(Level(input_db=-20.0, is_open=True))
    engine().state = EngineFailed(reason="stopped 5 times within 60 s")
    desk._engine_changed(engine().state)
    await told()
    assert desk.view.engine.can_retry
    assert desk.view.engine.is_failed
    assert desk.view.input_db is None


async def test_where_voice_is_off_joining_says_so_and_nothing_starts(client: FakeClient) -> None:
    desk = desk_of(client, settings=VoiceSettings(enabled=False))
    with pytest.raises(ClientError, match="off"):
        desk.join(KEY, STANDUP)
    with pytest.raises(ClientError, match="signed in"):
        desk.join("s9/1", STANDUP)


@pytest.mark.usefixtures("supervised")
async def test_leaving_lets_go_of_the_talk_key_for_the_next_call(client: FakeClient) -> None:
    desk = await in_call(client, settings=VoiceSettings(gate="push_to_talk"))
    desk.talk(is_pressed=True)
    desk.leave()
    assert [each for each in engine().asked if isinstance(each, Talk)] == [
        Talk(is_pressed=True),
        Talk(is_pressed=False),
    ]
    desk.join(KEY, STANDUP)
    await told()
    assert not desk.view.is_talking


@pytest.mark.usefixtures("supervised")
async def test_an_account_that_comes_later_takes_part_as_one_decided(client: FakeClient) -> None:
    desk = desk_of(client)
    desk.set_muted(is_muted=True)
    later = FakeClient(sample_state(), key="s2/101")
    desk.use_clients({each.key: cast(Client, each) for each in (client, later)})
    assert later.voice.own.is_muted
    desk.set_deafened(is_deafened=True)
    assert (later.voice.own.is_muted, later.voice.own.is_deafened) == (True, True)
    desk.set_muted(is_muted=False)
    assert (client.voice.own.is_muted, client.voice.own.is_deafened) == (False, False)


@pytest.mark.usefixtures("supervised")
async def test_a_join_that_cannot_be_ends_no_other_call(client: FakeClient) -> None:
    other = FakeClient(sample_state(), key="s2/101")
    desk = desk_of(client, other)
    desk.join(client.key, STANDUP)
    with pytest.raises(ClientError, match="no voice"):
        desk.join(other.key, GENERAL)
    assert client.voice.is_in_call


@pytest.mark.usefixtures("supervised")
async def test_volumes_of_another_account_are_taken_back(client: FakeClient) -> None:
    other = FakeClient(sample_state(), key="s2/101")
    desk = desk_of(client, other)
    desk.set_volume(client.key, GRACE, 30)
    desk.set_volume(other.key, LINUS, 170)
    desk.join(client.key, STANDUP)
    engine().ready()
    await told()
    assert SetVolume(GRACE, 30) in engine().asked
    engine().asked.clear()
    desk.join(other.key, STANDUP)
    await told()
    assert [each for each in engine().asked if isinstance(each, SetVolume)] == [
        SetVolume(GRACE, 100),
        SetVolume(LINUS, 170),
    ]
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_one_is_heard_only_while_connected_and_not_testing(client: FakeClient) -> None:
    desk = await in_call(client)
    engine().tell(Level(input_db=-10.0, is_open=True))
    await told()
    assert desk.view.is_sending
    desk.start_test()
    await told()
    assert not desk.view.is_sending
    desk.stop_test()
    client.voice.take_report(CallChanged(call_id=client.voice._call_id, state=CallState.REJOINING, sentence="gone"))
    await told()
    assert not desk.view.is_sending


LAPTOP = SoundPlace(key="0123456789abcdef", name="ada's laptop", began_s=1.0)
NEWER = SoundPlace(key="fedcba9876543210", name="tablet", began_s=2.0)


def placed(state: PlaceState, sentence: str = "", *, newer: bool = False) -> PlacesChanged:
    places = (NEWER, LAPTOP) if newer else (LAPTOP,)
    return PlacesChanged(places=places, key=LAPTOP.key, state=state, sentence=sentence, rtt_ms=23.0)


@pytest.mark.usefixtures("supervised")
async def test_a_laptop_that_has_the_sound_is_shown_and_what_this_machine_lacks_is_not(client: FakeClient) -> None:
    desk = await in_call(client)
    engine().state = EngineReady(1, "tuichat", 3, (), {}, problems=("PyAudio is not installed",))
    engine().on_change(engine().state)  # type: ignore[operator]  # the desk's
    await told()
    assert desk.view.engine.advice == ("PyAudio is not installed",)
    engine().tell(placed(PlaceState.READY, newer=True))
    await told()
    place = desk.view.place
    assert (place.name, place.state, place.rtt_ms) == (LAPTOP.name, PlaceState.READY, 23.0)
    assert desk.view.path is MediaPath.UDP
    assert place.newer == NEWER
    assert not desk.view.engine.advice
    desk.choose_place(NEWER.key)
    assert engine().asked[-1] == ChoosePlace(NEWER.key)
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_laptops_are_looked_for_before_there_is_an_engine_which_starts_for_them(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions: list[SshSession] = []
    monkeypatch.setattr("tuichat.client.live_desk.find_sessions", lambda: sessions)
    desk = desk_of(client)
    assert list(await desk.look_for_laptops()) == []
    assert not FakeSupervisor.made
    for place in (NEWER, LAPTOP):
        sessions.append(
            SshSession(key=place.key, folder=Path("/"), laptop=place.name, began_s=place.began_s, secret=bytes(32))
        )
    assert list(await desk.look_for_laptops()) == [NEWER, LAPTOP]
    assert FakeSupervisor.made
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_what_a_laptop_last_heard_is_not_taken_for_being_heard_while_nothing_comes_from_it(
    client: FakeClient,
) -> None:
    desk = await in_call(client)
    engine().tell(placed(PlaceState.READY))
    engine().tell(Level(input_db=-10.0, is_open=True))
    client.voice.take_report(Speaking(client.voice._call_id, ME, True))
    await told()
    assert desk.view.is_sending
    assert _own(desk).is_speaking
    engine().tell(placed(PlaceState.STALLED, "nothing comes"))
    await told()
    assert not desk.view.is_sending
    assert desk.view.input_db is None
    assert not _own(desk).is_speaking
    engine().tell(placed(PlaceState.READY))
    await told()
    assert desk.view.is_sending
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_no_way_is_told_before_it_is_agreed(client: FakeClient) -> None:
    desk = await in_call(client)
    call_id = client.voice._call_id
    client.voice.take_report(CallChanged(call_id=call_id, state=CallState.REJOINING, path=MediaPath.RELAYED))
    await told()
    assert desk.view.path is MediaPath.NONE
    client.voice.take_report(CallChanged(call_id=call_id, state=CallState.CONNECTED, path=MediaPath.WEBSOCKET))
    await told()
    assert desk.view.is_over_websocket
    await desk.close()


def _own(desk: LiveDesk) -> VoicePerson:
    return next(each for each in desk.view.people if each.is_me)


@pytest.mark.usefixtures("supervised")
async def test_while_the_sound_is_away_one_is_muted_and_then_as_before(client: FakeClient) -> None:
    desk = await in_call(client)
    engine().tell(placed(PlaceState.READY))
    engine().tell(placed(PlaceState.LOST, "gone"))
    await told()
    assert client.voice.own.is_muted
    assert not desk.view.is_muted, "what one decided oneself is kept"
    assert desk.view.place.leaves_in_s == HOLD_S
    engine().tell(placed(PlaceState.READY))
    await told()
    assert not client.voice.own.is_muted
    assert desk.view.place.leaves_in_s is None
    desk.set_muted(True)
    engine().tell(placed(PlaceState.LOST, "gone"))
    engine().tell(placed(PlaceState.READY))
    assert client.voice.own.is_muted
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_an_engine_that_dies_keeps_a_call_on_its_laptop(client: FakeClient) -> None:
    desk = await in_call(client)
    engine().tell(placed(PlaceState.READY))
    engine().state = EngineStarting()
    engine().on_change(engine().state)  # type: ignore[operator]  # the desk's
    await told()
    assert (desk.view.place.key, desk.view.place.state) == (LAPTOP.key, PlaceState.LOST)
    assert client.voice.own.is_muted
    engine().ready()
    assert ChoosePlace(LAPTOP.key) in engine().asked
    engine().tell(placed(PlaceState.READY))
    await told()
    assert not client.voice.own.is_muted
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_who_was_deafened_is_not_heard_for_an_instant_when_the_sound_is_back(client: FakeClient) -> None:
    desk = await in_call(client)
    desk.set_deafened(True)
    engine().tell(placed(PlaceState.READY))
    engine().tell(placed(PlaceState.LOST, "gone"))
    told_before = len(client.commands)
    engine().tell(placed(PlaceState.READY))
    assert client.voice.own.is_deafened
    assert len(client.commands) - told_before <= 1, "one step"
    await desk.close()


@pytest.mark.usefixtures("supervised")
async def test_sound_that_stays_away_ends_the_call_with_a_sentence(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.client.sound_hold.HOLD_S", 0)
    desk = await in_call(client)
    engine().tell(placed(PlaceState.READY))
    engine().tell(placed(PlaceState.LOST, "gone"))
    await until(lambda: not client.voice.is_in_call)
    await told()
    assert desk.view.stage is Stage.FAILED
    assert LAPTOP.name in desk.view.sentence
    assert not client.voice.own.is_muted
    await desk.close()
