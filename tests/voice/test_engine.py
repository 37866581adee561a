"""The audio engine's answers, with a sound system that is a plain object."""

import asyncio
import os
import socket
from pathlib import Path

import msgspec
import pytest

from tests.voice.fake_sound import FakeSound
from tests.voice.laptop.fake_laptop import laptop
from tuichat.voice.device import AudioBackendError, AudioDevice, DeviceList
from tuichat.voice.engine import AudioEngine, serve
from tuichat.voice.engine_protocol import (
    MEDIA_VERSION,
    NEWEST_VERSION,
    OLDEST_VERSION,
    PLACES,
    Devices,
    DevicesRequest,
    EngineError,
    EngineProtocolError,
    Hello,
    HelloRefused,
    HelloReply,
    Ping,
    Pong,
    Report,
    Shutdown,
    UseLanguage,
    encode,
    report_reader,
)
from tuichat.voice.media_protocol import SpeakerMark
from tuichat.voice.place_protocol import HERE, ChoosePlace, PlacesChanged, TryWays, WaysTried
from tuichat.voice.pyaudio_device import NO_DEVICES

HELLO = Hello("a test", OLDEST_VERSION, NEWEST_VERSION)
MICROPHONE = AudioDevice(0, "Built-in \x1b[31mmic", "ALSA", 1, 48000.0, is_default=True)
SPEAKER = AudioDevice(1, "Speaker", "ALSA", 2, 44100.0)


class Conversation:
    """An engine and the reports it sent."""

    def __init__(self, sound: FakeSound, codec_version: str = "1.3.1", listing_timeout_s: float = 10) -> None:
        self.reports: asyncio.Queue[Report] = asyncio.Queue()
        self.engine = AudioEngine(
            self.reports.put_nowait, sound, lambda: codec_version, listing_timeout_s=listing_timeout_s
        )

    async def next(self) -> Report:
        return await asyncio.wait_for(self.reports.get(), 10)


async def test_hello_is_answered_with_version_and_then_devices() -> None:
    talk = Conversation(FakeSound(DeviceList((MICROPHONE,), (SPEAKER,))))
    talk.engine.receive(HELLO)
    reply = await talk.next()
    assert isinstance(reply, HelloReply)
    assert reply.version == NEWEST_VERSION
    assert reply.features == ("language", "devices", "opus")
    assert reply.libraries == {"portaudio": "19.7.0", "opus": "1.3.1"}
    assert await talk.next() == Devices((MICROPHONE,), (SPEAKER,))


async def test_it_speaks_the_language_that_it_is_told_and_changes_to_another() -> None:
    spoken: list[str] = []
    engine = AudioEngine(lambda report: None, FakeSound(DeviceList()), lambda: "1.3.1", use_language=spoken.append)
    engine.receive(Hello("a test", OLDEST_VERSION, NEWEST_VERSION, language="fr"))
    engine.receive(UseLanguage("eo"))
    await engine.close()
    assert spoken == ["fr", "eo"]


async def test_a_missing_library_is_told_and_is_no_feature() -> None:
    missing = AudioBackendError("PyAudio is not installed: do this")
    talk = Conversation(FakeSound(missing, version=missing))
    talk.engine.receive(HELLO)
    reply = await talk.next()
    assert isinstance(reply, HelloReply)
    assert reply.features == ("language", "opus")
    assert reply.problems == ("PyAudio is not installed: do this",)
    assert await talk.next() == Devices(problem="PyAudio is not installed: do this")


async def test_no_devices_says_what_to_do() -> None:
    talk = Conversation(FakeSound(DeviceList()))
    talk.engine.receive(HELLO)
    await talk.next()
    assert await talk.next() == Devices(problem=NO_DEVICES)


async def test_a_library_that_raises_anything_is_answered_for() -> None:
    talk = Conversation(FakeSound(KeyError("hostApi")))
    talk.engine.receive(HELLO)
    await talk.next()
    assert await talk.next() == Devices(problem="the sound devices cannot be listed: KeyError: 'hostApi'")


async def test_a_sound_system_that_hangs_is_told_and_its_late_answer_still_comes() -> None:
    sound = FakeSound(DeviceList((), (SPEAKER,)))
    sound.may_answer.clear()
    talk = Conversation(sound, listing_timeout_s=0.01)
    talk.engine.receive(HELLO)
    await talk.next()
    stuck = await talk.next()
    assert isinstance(stuck, Devices)
    assert stuck.problem == "the sound system has not answered for 0.01 s; still waiting"
    talk.engine.receive(Ping(3))
    assert await talk.next() == Pong(3)
    sound.may_answer.set()
    assert await talk.next() == Devices((), (SPEAKER,))


async def test_devices_are_listed_anew_when_asked() -> None:
    sound = FakeSound(DeviceList((), (SPEAKER,)))
    talk = Conversation(sound)
    talk.engine.receive(HELLO)
    await talk.next()
    assert await talk.next() == Devices((), (SPEAKER,))
    sound.found = DeviceList((MICROPHONE,), (SPEAKER,))
    talk.engine.receive(DevicesRequest())
    assert await talk.next() == Devices((MICROPHONE,), (SPEAKER,))


async def test_an_agent_of_no_common_version_is_refused() -> None:
    talk = Conversation(FakeSound(DeviceList()))
    talk.engine.receive(Hello("tuichat 99.0", NEWEST_VERSION + 1, NEWEST_VERSION + 1))
    refused = await talk.next()
    assert isinstance(refused, HelloRefused)
    assert "tuichat 99.0" in refused.reason
    assert talk.engine.is_finished


@pytest.mark.parametrize("early", [DevicesRequest(), Ping(1), Shutdown()])
async def test_anything_before_hello_is_an_error(early: DevicesRequest | Ping | Shutdown) -> None:
    talk = Conversation(FakeSound(DeviceList()))
    with pytest.raises(EngineProtocolError, match="the first message must be Hello"):
        talk.engine.receive(early)


async def test_what_a_laptop_says_of_a_call_that_there_is_not_goes_nowhere() -> None:
    talk = Conversation(FakeSound(DeviceList()))
    talk.engine.receive(Hello("a test", OLDEST_VERSION, NEWEST_VERSION, ("places",)))
    await talk.next()
    talk.engine._take_report(SpeakerMark(1, 2, True))
    talk.engine.receive(Ping(7))
    while (report := await talk.next()) != Pong(7):
        assert not isinstance(report, SpeakerMark)
    await talk.engine.close()


async def test_a_second_hello_is_an_error() -> None:
    talk = Conversation(FakeSound(DeviceList()))
    talk.engine.receive(HELLO)
    with pytest.raises(EngineProtocolError, match="second Hello"):
        talk.engine.receive(HELLO)
    await talk.next()
    await talk.next()


async def test_the_engine_ends_with_0_when_its_agent_goes() -> None:
    ours, theirs = socket.socketpair()
    task = asyncio.create_task(serve(theirs, FakeSound(DeviceList())))
    ours.sendall(encode(HELLO))
    ours.close()
    assert await asyncio.wait_for(task, 10) == 0


async def test_on_a_leash_the_engine_ends_when_nothing_is_said_to_it_any_more() -> None:
    ours, theirs = socket.socketpair()
    task = asyncio.create_task(serve(theirs, FakeSound(DeviceList()), leash_s=0.3))
    for number in range(5):
        ours.sendall(encode(HELLO if number == 0 else Ping(number)))
        await asyncio.sleep(0.1)  # it is time that must pass: longer than the leash in all
    assert not task.done()
    assert await asyncio.wait_for(task, 10) == 0
    ours.close()


async def test_the_engine_tells_of_nonsense_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = socket.socketpair()
    task = asyncio.create_task(serve(theirs, FakeSound(DeviceList())))
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    writer.write(b"\xff" * 64)
    received = report_reader().feed(await asyncio.wait_for(reader.read(), 10))
    assert await asyncio.wait_for(task, 10) == 1
    writer.close()
    assert len(received) == 1
    assert isinstance(received[0], EngineError)
    assert received[0].is_fatal
    assert "4294967295" in capsys.readouterr().err


async def test_an_agent_that_asks_for_places_hears_where_the_sound_is_and_may_choose() -> None:
    talk = Conversation(FakeSound(DeviceList((MICROPHONE,), (SPEAKER,))))
    talk.engine.receive(msgspec.structs.replace(HELLO, features=(PLACES,)))
    assert isinstance(await talk.next(), HelloReply)
    told = [await talk.next(), await talk.next()]
    assert PlacesChanged() in told
    assert Devices((MICROPHONE,), (SPEAKER,)) in told
    talk.engine.receive(ChoosePlace(HERE))
    assert await talk.next() == PlacesChanged(chosen=HERE)
    await talk.engine.close()


async def test_an_engine_that_a_laptop_lends_looks_for_no_laptop(tmp_path: Path) -> None:
    talk = Conversation(FakeSound(DeviceList()))
    async with laptop(Path(os.environ["XDG_RUNTIME_DIR"]) / "tuichat") as fake:
        talk.engine.receive(HELLO)
        talk.engine.receive(ChoosePlace(fake.session.key))
        talk.engine.receive(Ping(1))
        while await talk.next() != Pong(1):
            pass
        assert not fake.hosts
    await talk.engine.close()


async def test_the_ways_are_tried_from_where_the_engine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answered(_host: str, _port: int, _ssrc: int) -> float:
        return 12.0

    monkeypatch.setattr("tuichat.voice.ways.udp_round_trip_ms", answered)
    talk = Conversation(FakeSound(DeviceList()))
    talk.engine.receive(HELLO)
    talk.engine.receive(TryWays("198.51.100.7", 50_000, 3))
    while (told := await talk.next()) != WaysTried(direct_ms=12.0):
        assert isinstance(told, HelloReply | Devices)
    await talk.engine.close()


@pytest.mark.parametrize("request_", [ChoosePlace(HERE), TryWays("198.51.100.7", 50_000, 3)])
async def test_places_are_no_matter_of_an_older_protocol(request_: ChoosePlace | TryWays) -> None:
    talk = Conversation(FakeSound(DeviceList()))
    talk.engine.receive(Hello("a test", OLDEST_VERSION, MEDIA_VERSION - 1, features=(PLACES,)))
    with pytest.raises(EngineProtocolError, match=f"it needs {MEDIA_VERSION}"):
        talk.engine.receive(request_)
    await talk.engine.close()
