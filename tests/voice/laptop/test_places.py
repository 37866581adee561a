"""Where the sound is, with laptops at real sockets and this machine's devices as a plain object."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.voice.laptop.fake_laptop import FakeLaptop, laptop
from tuichat.voice import audio_protocol
from tuichat.voice.audio_protocol import (
    AudioState,
    ChooseInput,
    Level,
    PlaySound,
    Problem,
    SetMeter,
    SetVolume,
    StartTest,
)
from tuichat.voice.device import AudioDevice
from tuichat.voice.engine_protocol import Devices, DevicesRequest, EngineError
from tuichat.voice.laptop.finder import SessionFinder
from tuichat.voice.laptop.places import Places
from tuichat.voice.media_protocol import EndMedia, MediaOffer, MediaState, TakePart
from tuichat.voice.place_protocol import (
    HERE,
    ChoosePlace,
    PlaceReport,
    PlacesChanged,
    PlaceState,
    TryWays,
    WaysTried,
)
from tuichat.voice.sound import SoundReport, SoundRequest

OFFER = MediaOffer(session=1, user_id=2, ssrc=3, ip="127.0.0.1", port=9, mode="aead_aes256_gcm_rtpsize")
MICROPHONE = AudioDevice(0, "Microphone", "ALSA", 1, 48000.0, is_default=True, key="mic")
DEVICES = Devices((MICROPHONE,), ())


class FakeHere:
    """This machine's devices."""

    def __init__(self) -> None:
        self.asked: list[SoundRequest] = []
        self.is_closed = False

    def receive(self, request: SoundRequest) -> None:
        self.asked.append(request)

    def close(self) -> None:
        self.is_closed = True


class Site:
    """Places, what they reported, and how often the sound moved."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "tuichat"
        self.here = FakeHere()
        self.reports: list[SoundReport | PlaceReport] = []
        self.moves = 0
        self.places = Places(
            self.here,
            self.reports.append,
            on_moved=self._moved,
            finder=SessionFinder({"XDG_RUNTIME_DIR": str(home)}),
            look_s=0.02,
            ping_s=0.02,
        )

    def _moved(self) -> None:
        self.moves += 1

    @property
    def told(self) -> PlacesChanged:
        return next((each for each in reversed(self.reports) if isinstance(each, PlacesChanged)), PlacesChanged())

    async def until_at(self, key: str, state: PlaceState = PlaceState.READY) -> None:
        await until(lambda: (self.told.key, self.told.state) == (key, state))

    def of(self, *kinds: type[object]) -> list[SoundReport | PlaceReport]:
        return [each for each in self.reports if isinstance(each, kinds)]


@contextlib.asynccontextmanager
async def site(home: Path) -> AsyncIterator[Site]:
    made = Site(home)
    try:
        yield made
    finally:
        made.places.close()
        await made.places.closed()


async def test_without_a_laptop_all_is_here(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.places.receive(SetMeter(is_on=True))
        at.places.take_local(Level(-20.0, True))
        await until(lambda: at.of(PlacesChanged))
        assert at.told == PlacesChanged()
        assert at.here.asked == [SetMeter(is_on=True)]
        assert Level(-20.0, True) in at.reports
        assert not at.places.is_remote
        assert at.moves == 0
    assert at.here.is_closed


async def test_devices_are_told_when_it_is_known_whose_they_are(tmp_path: Path) -> None:
    lacking = Devices(problem="no sound devices")
    async with site(tmp_path) as at:
        at.places.take_local(lacking)
        assert not at.reports
        await until(lambda: at.reports == [PlacesChanged(), lacking])
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        at.places.take_local(lacking)
        await at.until_at(fake.session.key)
        assert lacking not in at.reports


async def test_a_laptop_is_found_told_what_holds_and_listened_to(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        at.places.receive(ChooseInput("mic"))
        at.places.receive(SetVolume(7, 50))
        at.places.receive(PlaySound("join"))
        await at.until_at(fake.session.key)
        assert at.places.is_remote
        assert at.told.places[0].name == "mobile"
        assert at.moves == 1
        await until(lambda: fake.asked == [ChooseInput("mic"), SetVolume(7, 50)])
        fake.tell(AudioState(input_name="Built-in"))
        await until(lambda: AudioState(input_name="Built-in") in at.reports)
        at.places.take_local(Level(-20.0, True))
        assert Level(-20.0, True) not in at.reports, "nobody hears of this machine while the sound is elsewhere"
        await until(lambda: at.told.rtt_ms is not None)


async def test_a_login_from_a_laptop_that_comes_later_is_found_as_well_and_its_end(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        await until(lambda: at.of(PlacesChanged))
        async with laptop(tmp_path / "tuichat") as fake:
            await at.until_at(fake.session.key)
        await at.until_at(HERE)
        assert at.told == PlacesChanged()
        assert DevicesRequest() in at.here.asked, "the devices are this machine's again"
        assert not at.places.is_remote


async def test_a_call_that_loses_its_laptop_waits_for_it_and_opens_nothing_here(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        await at.until_at(fake.session.key)
        at.places.receive(OFFER)
        fake.tell(Problem("input", "No microphone."))
        await until(lambda: Problem("input", "No microphone.") in at.reports)
        await fake.stop()
        await at.until_at(fake.session.key, PlaceState.LOST)
        assert "mobile" in at.told.sentence
        assert Problem("input", None) in at.reports
        await until(lambda: not at.told.places)
        assert at.told.state is PlaceState.LOST
        at.places.receive(TakePart(is_muted=True))
        assert not [each for each in at.here.asked if isinstance(each, MediaOffer | TakePart)]
        async with laptop(tmp_path / "tuichat", "mobile", fake.session.began_s + 60) as again:
            await at.until_at(again.session.key)


async def test_a_connection_that_drops_is_made_again_and_the_call_begins_anew(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        await at.until_at(fake.session.key)
        at.places.receive(SetMeter(is_on=True))
        at.places.receive(OFFER)
        await until(lambda: fake.asked_of(MediaOffer))
        fake.asked.clear()
        fake.tell(EngineError("The voice engine on your laptop was killed by SIGKILL.", is_fatal=True))
        await until(lambda: at.moves == 2)
        states = [each.state for each in at.of(PlacesChanged) if isinstance(each, PlacesChanged)]
        assert [state for state, _ in itertools.groupby(states)][-2:] == [PlaceState.LOST, PlaceState.READY]
        await until(lambda: fake.asked_of(SetMeter) == [SetMeter(is_on=True)])
        assert not at.told.sentence


async def test_the_end_of_a_call_whose_laptop_has_gone_leads_back_here(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        await at.until_at(fake.session.key)
        at.places.receive(OFFER)
        await fake.stop()
        await until(lambda: not at.told.places and at.told.state is PlaceState.LOST)
        at.places.receive(EndMedia())
        await at.until_at(HERE)


async def test_without_a_call_a_laptop_that_does_not_come_back_is_waited_for_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.voice.laptop.laptop_sound.LONG_LOST_MS", 50.0)
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        await at.until_at(fake.session.key)
        fake.hangs_up = True
        fake.drop()
        await at.until_at(fake.session.key, PlaceState.LOST)
        await at.until_at(HERE)
        await until(lambda: "mobile" in at.told.sentence)
        fake.hangs_up = False
        await at.until_at(fake.session.key)


async def test_with_two_laptops_the_newest_is_told_and_has_the_sound_when_chosen(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat", "old") as old, site(tmp_path) as at:
        await at.until_at(old.session.key)
        at.places.receive(OFFER)
        async with laptop(tmp_path / "tuichat", "new", old.session.began_s + 60) as new:
            await until(lambda: [place.name for place in at.told.places] == ["new", "old"])
            assert at.told.key == old.session.key, "nothing moves by itself"
            await until(lambda: old.asked_of(MediaOffer))
            at.places.choose(ChoosePlace(new.session.key))
            await at.until_at(new.session.key)
            assert at.told.chosen == new.session.key
            assert at.moves == 2
            await until(lambda: old.asked_of(EndMedia))
            at.places.choose(ChoosePlace(HERE))
            await at.until_at(HERE)
            assert (at.moves, at.told.chosen) == (3, HERE)
            at.places.choose(ChoosePlace(""))
            await at.until_at(new.session.key)


async def test_a_laptop_that_one_came_back_from_takes_over_from_the_lost_one(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat", "train") as train, site(tmp_path) as at:
        await at.until_at(train.session.key)
        at.places.receive(OFFER)
        async with laptop(tmp_path / "tuichat", "home", train.session.began_s + 60) as home:
            await train.stop()
            await at.until_at(home.session.key)


async def test_a_laptop_left_at_home_does_not_listen_since_another_was_lost(tmp_path: Path) -> None:
    async with (
        laptop(tmp_path / "tuichat", "home") as home,
        laptop(tmp_path / "tuichat", "train", home.session.began_s + 60) as train,
        site(tmp_path) as at,
    ):
        await at.until_at(train.session.key)
        at.places.receive(OFFER)
        await train.stop()
        await at.until_at(train.session.key, PlaceState.LOST)
        await until(lambda: len(at.told.places) == 1)
        assert at.told.key == train.session.key
        assert not home.connections
        at.places.receive(EndMedia())
        await at.until_at(home.session.key)


async def test_a_later_laptop_takes_over_from_one_that_says_nothing_for_long(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat", "train") as train, site(tmp_path) as at:
        await at.until_at(train.session.key)
        at.places.receive(OFFER)
        async with laptop(tmp_path / "tuichat", "home", train.session.began_s + 60) as home:
            await until(lambda: len(at.told.places) == 2)
            train.may_hear.clear()
            await at.until_at(train.session.key, PlaceState.STALLED)
            await at.until_at(home.session.key)


async def test_another_login_from_a_stalled_laptop_takes_over_at_once(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat") as first, site(tmp_path) as at:
        await at.until_at(first.session.key)
        at.places.receive(OFFER)
        first.may_hear.clear()
        await at.until_at(first.session.key, PlaceState.STALLED)
        async with laptop(tmp_path / "tuichat", "mobile", first.session.began_s + 60) as second:
            await at.until_at(second.session.key)


async def test_a_laptop_of_the_same_name_is_another_one(tmp_path: Path) -> None:
    """It does not begin to listen since the first was lost; another login from that one is found by its number."""
    async with (
        laptop(tmp_path / "tuichat", "debian", number="b" * 16) as other,
        laptop(tmp_path / "tuichat", "debian", other.session.began_s + 60, number="a" * 16) as lost,
        site(tmp_path) as at,
    ):
        await at.until_at(lost.session.key)
        at.places.receive(OFFER)
        await lost.stop()
        await at.until_at(lost.session.key, PlaceState.LOST)
        await until(lambda: len(at.told.places) == 1)
        assert at.told.key == lost.session.key
        assert not other.connections
        async with laptop(tmp_path / "tuichat", "renamed", other.session.began_s + 30, number="a" * 16) as again:
            await at.until_at(again.session.key)


async def test_a_no_is_told_and_the_sound_stays_here_until_a_call_or_a_choice_asks_again(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        fake.refusal = "You said no there."
        await until(lambda: "You said no there." in at.told.sentence)
        assert (at.told.key, at.told.state) == (HERE, PlaceState.READY)
        fake.refusal = ""
        asked = len(fake.hosts)
        await until(lambda: at.places._coming is None)
        assert len(fake.hosts) == asked, "it is not asked again and again"
        at.places.receive(OFFER)
        await at.until_at(fake.session.key)
        assert not at.told.sentence


async def test_a_chosen_laptop_that_says_no_is_asked_again_by_the_next_choice(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        fake.refusal = "You said no there."
        at.places.choose(ChoosePlace(fake.session.key))
        await until(lambda: "You said no there." in at.told.sentence)
        fake.refusal = ""
        at.places.choose(ChoosePlace(fake.session.key))
        await at.until_at(fake.session.key)


async def test_the_question_at_the_laptop_is_told(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat") as fake:
        fake.question = "Your laptop asks: run this there."
        async with site(tmp_path) as at:
            await at.until_at(fake.session.key, PlaceState.ASKING)
            at.places.take_local(Devices(problem="no sound devices"))
            assert at.of(Devices) == [Devices()], "what this machine lacks is no problem of the laptop's"
            assert at.told.sentence == "Your laptop asks: run this there."
            assert not at.places.is_remote
            fake.answered.set()
            await at.until_at(fake.session.key)


async def test_a_call_that_is_heard_goes_on_while_a_laptop_asks(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.places.take_local(DEVICES)
        at.places.receive(OFFER)
        async with laptop(tmp_path / "tuichat") as fake:
            fake.question = "Your laptop asks: run this there."
            await until(lambda: at.told.places)
            at.places.choose(ChoosePlace(fake.session.key))
            await until(lambda: at.told.sentence == "Your laptop asks: run this there.")
            assert (at.told.key, at.told.state) == (HERE, PlaceState.READY)
            fake.answered.set()
            await at.until_at(fake.session.key)


async def test_a_question_that_stays_unanswered_is_asked_on_and_all_else_goes_on_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.voice.laptop_opening.ASK_TIMEOUT_S", 0.05)
    async with laptop(tmp_path / "tuichat") as fake:
        fake.question = "Your laptop asks: run this there."
        async with site(tmp_path) as at:
            await until(lambda: len(fake.hosts) >= 3)
            states = {each.state for each in at.of(PlacesChanged) if isinstance(each, PlacesChanged)}
            assert states <= {PlaceState.READY, PlaceState.CONNECTING, PlaceState.ASKING}
            at.places.receive(PlaySound("join"))
            assert PlaySound("join") in at.here.asked
            fake.answered.set()
            await at.until_at(fake.session.key)


async def test_a_session_that_was_left_behind_is_swept_and_another_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.voice.laptop.laptop_sound.SWEEP_WAIT_S", 0.02)
    stale = FakeLaptop(tmp_path / "tuichat", "gone", 1_790_000_060.0)
    await stale.start()
    await stale.stop(is_swept=False)
    async with laptop(tmp_path / "tuichat", "there") as fake, site(tmp_path) as at:
        await at.until_at(fake.session.key)
        at.places.choose(ChoosePlace(stale.session.key))
        await until(lambda: not stale.socket.exists() and not stale.file.exists())
        await until(lambda: [place.name for place in at.told.places] == ["there"])
        assert at.told.key == fake.session.key
        assert fake.socket.exists()


async def test_a_call_with_devices_here_goes_on_here_when_a_laptop_comes(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.places.take_local(DEVICES)
        at.places.receive(OFFER)
        async with laptop(tmp_path / "tuichat") as fake:
            await until(lambda: at.told.places)
            assert at.told.key == HERE
            at.places.receive(EndMedia())
            await at.until_at(fake.session.key)
            assert at.here.asked[0] == OFFER


async def test_a_call_here_that_moves_to_a_laptop_closes_the_devices_here(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.places.take_local(DEVICES)
        at.places.receive(OFFER)
        async with laptop(tmp_path / "tuichat") as fake:
            await until(lambda: at.told.places)
            at.places.choose(ChoosePlace(fake.session.key))
            await at.until_at(fake.session.key)
            assert EndMedia() in at.here.asked
            at.places.take_local(MediaState(session=1))
            assert MediaState(session=1) not in at.reports


async def test_who_waits_for_an_answer_gets_one_without_a_connection(tmp_path: Path) -> None:
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        await at.until_at(fake.session.key)
        at.places.receive(OFFER)
        await fake.stop()
        await at.until_at(fake.session.key, PlaceState.LOST)
        at.places.receive(DevicesRequest())
        at.places.receive(StartTest())
        (listed,) = at.of(Devices)
        assert isinstance(listed, Devices)
        assert "mobile" in (listed.problem or "")
        (result,) = at.of(audio_protocol.TestResult)
        assert isinstance(result, audio_protocol.TestResult)
        assert not result.is_good


async def test_the_ways_are_measured_from_both_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answered(_host: str, _port: int, _ssrc: int) -> float:
        await asyncio.sleep(0)
        return 12.0

    monkeypatch.setattr("tuichat.voice.ways.udp_round_trip_ms", answered)
    async with laptop(tmp_path / "tuichat") as fake, site(tmp_path) as at:
        at.places.try_ways(TryWays("198.51.100.7", 50_000, 3))
        await until(lambda: at.of(WaysTried) == [WaysTried(direct_ms=12.0)])
        await at.until_at(fake.session.key)
        await until(lambda: at.told.rtt_ms is not None)
        at.places.try_ways(TryWays("198.51.100.7", 50_000, 3))
        await until(lambda: fake.asked_of(TryWays))
        fake.tell(WaysTried(direct_ms=34.0))
        await until(lambda: len(at.of(WaysTried)) == 2)
        found = at.of(WaysTried)[-1]
        assert isinstance(found, WaysTried)
        assert found.direct_ms == 34.0
        assert found.ssh_ms is not None
        at.places.try_ways(TryWays("198.51.100.7", 50_000, 3))
        await until(lambda: len(fake.asked_of(TryWays)) == 2)
        fake.tell(WaysTried())
        await until(lambda: len(at.of(WaysTried)) == 3)
        found = at.of(WaysTried)[-1]
        assert isinstance(found, WaysTried)
        assert found.direct_ms is None, "nobody takes the way from this machine for the laptop's"


async def test_a_call_that_expects_its_laptop_never_opens_this_machines_microphone(tmp_path: Path) -> None:
    async with site(tmp_path) as at:
        at.places.take_local(DEVICES)
        at.places.choose(ChoosePlace("0123456789abcdef"))
        at.places.receive(TakePart())
        at.places.receive(OFFER)
        await at.until_at("0123456789abcdef", PlaceState.LOST)
        assert not [request for request in at.here.asked if isinstance(request, MediaOffer | TakePart)]
        at.places.receive(EndMedia())
        await at.until_at(HERE)
        at.places.receive(OFFER)
        assert OFFER in at.here.asked
