"""A connection to a laptop over a real Unix socket: who is let in, what is dropped, how it ends."""

import asyncio
import logging
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.voice.laptop.fake_laptop import FakeLaptop, laptop
from tuichat.local.ssh_session import SshSession
from tuichat.protocol import discovery, rtp
from tuichat.voice.audio_protocol import AudioState, Level, PlaySamples, SetMeter
from tuichat.voice.call_protocol import CallChanged, CallState
from tuichat.voice.engine_protocol import (
    MEDIA_VERSION,
    EngineError,
    EngineProtocolError,
    HelloRefused,
    HelloReply,
    Pong,
    Report,
    encode,
)
from tuichat.voice.laptop import connection as module
from tuichat.voice.laptop.connection import (
    REPORT_UNITS,
    LaptopAwayError,
    LaptopConnection,
    LaptopRefusedError,
    LaptopReport,
    SessionOverError,
    connect,
)
from tuichat.voice.media_protocol import Datagram, Way
from tuichat.voice.monotonic import now_ms, stamp_ms
from tuichat.voice.pace import BURST_S, Pace
from tuichat.voice.place_protocol import PlacesChanged

PING_S = 0.02


class Held:
    """A connection that runs, and what came by it."""

    def __init__(self, connection: LaptopConnection) -> None:
        self.connection = connection
        self.reports: list[LaptopReport] = []
        self.stalls: list[bool] = []
        self.run = asyncio.create_task(connection.run(self.reports.append, self._stalled))

    def _stalled(self) -> None:
        self.stalls.append(self.connection.is_stalled)


async def held(fake: FakeLaptop) -> Held:
    return Held(await connect(fake.session, ping_s=PING_S))


async def test_requests_go_and_reports_come(tmp_path: Path) -> None:
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        line.connection.send(SetMeter(is_on=True))
        await until(lambda: fake.asked == [SetMeter(is_on=True)])
        fake.tell(AudioState(input_name="Built-in"))
        await until(lambda: line.reports == [AudioState(input_name="Built-in")])
        await until(lambda: line.connection.rtt_ms is not None)
        assert line.connection.rtt_ms is not None
        assert line.connection.rtt_ms < 1000
        fake.drop()
        assert await asyncio.wait_for(line.run, 10) == ""
        (host,) = fake.hosts
        assert host.user
        assert host.host


async def test_the_person_at_the_laptop_may_be_asked_first(tmp_path: Path) -> None:
    async with laptop(tmp_path) as fake:
        fake.question = "Your laptop asks."
        asking: list[str] = []
        connecting = asyncio.create_task(connect(fake.session, on_asking=asking.append, ping_s=PING_S))
        await until(lambda: asking == ["Your laptop asks."])
        fake.answered.set()
        (await connecting).close()


async def test_a_no_is_told_in_the_laptops_words(tmp_path: Path) -> None:
    async with laptop(tmp_path) as fake:
        fake.refusal = "Not today."
        with pytest.raises(LaptopRefusedError, match="Not today"):
            await connect(fake.session)


async def test_who_does_not_know_the_secret_is_no_laptop(tmp_path: Path) -> None:
    async with laptop(tmp_path) as fake:
        session = SshSession(key=fake.session.key, folder=tmp_path, laptop="mobile", began_s=0.0, secret=bytes(32))
        with pytest.raises(LaptopRefusedError, match="is not your laptop"):
            await connect(session)
        assert not fake.connections


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (HelloReply(program="tuichat 0.9", version=MEDIA_VERSION - 1), "tuichat 0.9 on your laptop is too old"),
        (HelloReply(program="tuichat 99", version=99), "answered in protocol 99"),
        (HelloRefused("this voice engine speaks protocol 1 to 2: update the older of the two"), "update the older"),
        (AudioState(), "before HelloReply"),
    ],
)
async def test_a_laptop_of_another_time_is_refused_with_a_sentence(tmp_path: Path, reply: Report, words: str) -> None:
    async with laptop(tmp_path) as fake:
        fake.reply = reply
        with pytest.raises(LaptopRefusedError, match=words):
            await connect(fake.session)


async def test_where_nobody_listens_the_session_is_over(tmp_path: Path) -> None:
    fake = FakeLaptop(tmp_path)
    await fake.start()
    await fake.stop(is_swept=False)
    with pytest.raises(SessionOverError):
        await connect(fake.session)


async def test_an_end_that_hangs_up_is_away(tmp_path: Path) -> None:
    fake = FakeLaptop(tmp_path)

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_unix_server(hang_up, path=fake.socket)
    with pytest.raises(LaptopAwayError, match="does not answer"):
        await connect(fake.session)
    server.close()


async def test_an_end_that_says_nothing_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuichat.voice.laptop_opening.STEP_TIMEOUT_S", 0.05)
    fake = FakeLaptop(tmp_path)
    met: list[asyncio.StreamWriter] = []

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(writer)

    server = await asyncio.start_unix_server(say_nothing, path=fake.socket)
    with pytest.raises(LaptopAwayError, match="did not answer within"):
        await connect(fake.session)
    for writer in met:
        writer.close()
    server.close()


async def test_a_folder_that_is_open_to_others_is_refused(tmp_path: Path) -> None:
    async with laptop(tmp_path / "sessions") as fake:
        fake.session.folder.chmod(0o755)
        with pytest.raises(LaptopRefusedError, match="open to others"):
            await connect(fake.session)


async def test_a_stall_is_told_and_its_end(tmp_path: Path) -> None:
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        await until(lambda: line.connection.rtt_ms is not None)
        fake.may_hear.clear()
        await until(lambda: line.stalls == [True])
        fake.may_hear.set()
        await until(lambda: line.stalls == [True, False])
        fake.drop()
        await line.run


async def test_datagrams_are_dropped_while_nothing_arrives_and_requests_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BEHIND_MS", 40.0)
    monkeypatch.setattr(module, "DEAD_PINGS", 10_000)
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        await until(lambda: line.connection.rtt_ms is not None)
        fake.may_hear.clear()
        await until(lambda: line.stalls == [True])
        await until(lambda: line.connection._is_behind(now_ms()))
        for number in range(50):
            line.connection.send(Datagram(Way.UDP, number, b"late"))
        line.connection.send(SetMeter(is_on=True))
        assert line.connection.dropped == 50
        fake.may_hear.set()
        await until(lambda: fake.asked_of(SetMeter))
        assert not fake.asked_of(Datagram)
        await until(lambda: not line.connection._is_behind(now_ms()))
        line.connection.send(Datagram(Way.UDP, 51, b"in time"))
        await until(lambda: fake.asked_of(Datagram) == [Datagram(Way.UDP, 51, b"in time")])
        fake.drop()
        await line.run


async def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEAD_PINGS", 10_000)
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        fake.may_hear.clear()
        for _ in range(8):
            line.connection.send(PlaySamples(bytes(480_000)))
        assert await asyncio.wait_for(line.run, 10) == "Your laptop does not read what it is told."


async def test_a_connection_without_a_sign_of_life_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEAD_PINGS", 5)
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        fake.may_hear.clear()
        assert "Nothing came from your laptop" in await asyncio.wait_for(line.run, 10)


async def test_what_a_stall_held_up_goes_no_further(tmp_path: Path) -> None:
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        now = stamp_ms()
        voice = rtp.build_header(rtp.Header(rtp.OPUS, 1, 2, 3, False))
        keep_alive = discovery.keep_alive(1)
        fake.tell(Datagram(Way.UDP, now, voice + b"first"))
        fake.tell(Datagram(Way.UDP, (now - 4000) & 0xFFFF, voice + b"four seconds old"))
        fake.tell(Datagram(Way.UDP, (now - 4000) & 0xFFFF, keep_alive))
        fake.tell(Datagram(Way.UDP, (now + 1) & 0xFFFF, voice + b"last"))
        await until(lambda: len(line.reports) == 3)
        datagrams = [each.data for each in line.reports if isinstance(each, Datagram)]
        assert datagrams == [voice + b"first", keep_alive, voice + b"last"]
        fake.drop()
        await line.run


async def test_the_last_words_of_a_laptop_are_its_end(tmp_path: Path) -> None:
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        fake.tell(EngineError("The sound was stopped on your laptop.", is_fatal=True))
        assert await asyncio.wait_for(line.run, 10) == "The sound was stopped on your laptop."


@pytest.mark.parametrize("nonsense", [PlacesChanged(), CallChanged(call_id=1, state=CallState.LEFT)])
async def test_what_is_not_a_laptops_to_say_ends_it(tmp_path: Path, nonsense: PlacesChanged | CallChanged) -> None:
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        await until(lambda: fake.writer)
        fake.tell(nonsense)
        with pytest.raises(EngineProtocolError):
            await asyncio.wait_for(line.run, 10)


async def test_a_burst_is_read_slowly_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As what a stall held up; what waits does so on the laptop's side, and is no stall."""
    monkeypatch.setattr(module, "UNITS_S", 1000.0 * REPORT_UNITS)
    async with laptop(tmp_path) as fake:
        line = Held(await connect(fake.session, ping_s=0.1))
        await until(lambda: fake.writer)
        began_s = asyncio.get_running_loop().time()
        for number in range(3000):
            fake.tell(AudioState(input_name=str(number)))
        await until(lambda: len(line.reports) == 3000)
        assert asyncio.get_running_loop().time() - began_s > 0.5, "the third second's worth waits for its time"
        assert not any(line.stalls)
        assert not line.run.done()
        fake.drop()
        await line.run


@pytest.mark.parametrize("flood", [Level(-20.0, is_open=True), Pong(0), Datagram(Way.UDP, 0, bytes(1200))])
async def test_who_floods_without_end_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flood: Report
) -> None:
    monkeypatch.setattr(module, "FLOOD_S", 0.5)
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        await until(lambda: fake.writer)
        assert fake.writer is not None
        frames = encode(flood) * 100
        writer = fake.writer

        async def tell() -> None:
            while True:
                writer.write(frames)
                await writer.drain()

        flooding = asyncio.create_task(tell())
        assert await asyncio.wait_for(line.run, 20) == "Your laptop sends more than a call can bring."
        flooding.cancel()
        await asyncio.gather(flooding, return_exceptions=True)
        units_s = module.UNITS_S / (REPORT_UNITS if isinstance(flood, Level) else 1)
        assert len(line.reports) < units_s * (BURST_S + 2 * module.FLOOD_S) + module.READ_BYTES / len(encode(flood))


async def test_a_call_with_fifty_people_is_never_slowed(tmp_path: Path) -> None:
    """Ten seconds of an honest laptop's reports: its own voice, levels, statistics, and who speaks."""
    slowed_s = 0.0
    pace = Pace(0.0, messages_s=module.UNITS_S)
    for tick in range(500):
        units = 1 + (4 * REPORT_UNITS if tick % 5 == 0 else 0) + (50 * REPORT_UNITS if tick % 50 == 0 else 0)
        slowed_s += pace.take(200 + 400 * (tick % 5 == 0), units, tick / 50)
    assert slowed_s == 0.0


@pytest.mark.parametrize("figure", [float("nan"), float("inf")])
async def test_a_figure_that_is_none_ends_the_connection(tmp_path: Path, figure: float) -> None:
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        await until(lambda: fake.writer)
        fake.tell(Level(figure, is_open=True))
        with pytest.raises(EngineProtocolError, match="input_db"):
            await asyncio.wait_for(line.run, 10)
        assert not line.reports


async def test_silence_costs_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ten seconds of nothing but pings bring to the socket, with what ssh, TCP and IP add to each."""
    sent: list[bytes] = []
    async with laptop(tmp_path) as fake:
        line = await held(fake)
        monkeypatch.setattr(line.connection._outgoing, "_write", sent.append)
        await until(lambda: len(sent) >= round(10 / module.PING_S))
        fake.drop()
        await line.run
    ssh_and_tcp = 5 + 9 + 15 + 16 + 52  # length and padding's length, channel, padding, MAC; TCP with timestamps and IP
    acknowledgement = 52
    bits_s = sum(len(each) + ssh_and_tcp + acknowledgement for each in sent) * 8 / 10
    assert bits_s < 4_000, "of the 12 kbit/s that silence may take"


async def test_no_secret_is_in_what_is_shown_or_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with laptop(tmp_path) as fake:
        fake.refusal = "no"
        with pytest.raises(LaptopRefusedError) as refused:
            await connect(fake.session)
        for text in (repr(fake.session), str(fake.session), caplog.text, str(refused.getrepr(showlocals=False))):
            assert fake.session.secret.hex() not in text
            assert repr(fake.session.secret) not in text
