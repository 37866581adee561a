"""The compiled forwarder: built or done without, and never another answer than Python's."""

import asyncio
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.running import RunningServer, running_server
from tests.server.voice.people import Town
from tests.server.voice.voice_client import GUILD, VoiceClient, place, voice_client
from tuichat.protocol.encryption import XCHACHA, nonce_of
from tuichat.protocol.rtp import SILENCE
from tuichat.server.voice import fast_forwarder, voice_server
from tuichat.server.voice.fast_forwarder import FastForwarder, NotBuilt, build, load
from tuichat.server.voice.media_port import MediaPort, open_media_port
from tuichat.server.voice.participant import MAX_PACKETS
from tuichat.server.voice.replay_guard import ReplayGuard
from tuichat.server.voice.voice_server import VoiceServer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("helper")
    build(folder)
    return folder


@pytest.fixture
async def pair(folder: Path) -> AsyncIterator[tuple[RunningServer, VoiceClient, VoiceClient]]:
    """Two in a room, of whom the first has been heard: from here on the helper forwards what it says."""
    async with (
        running_server(voice_helper=folder) as running,
        voice_client(running, 1) as first,
        voice_client(running, 2) as second,
    ):
        await first.join()
        await second.join()
        first.say(b"first")
        assert await second.hear() == b"first"
        yield running, first, second


def forwarded(running: RunningServer) -> int:
    assert running.server.voice.helper is not None
    return running.server.voice.helper.forwarded


def test_it_is_built_once_in_a_private_folder(folder: Path) -> None:
    built = build(folder)
    changed_ns = built.stat().st_mtime_ns
    assert build(folder) == built
    assert built.stat().st_mtime_ns == changed_ns
    assert folder.stat().st_mode & 0o077 == 0
    assert [path.suffix for path in folder.iterdir()] == [".so"]


def test_what_cannot_be_built_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.c"
    broken.write_text("int main(void) { return nothing; }")
    monkeypatch.setattr(fast_forwarder, "SOURCE", broken)
    with pytest.raises(NotBuilt, match="nothing"):
        build(tmp_path / "made")
    assert list((tmp_path / "made").iterdir()) == []
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(NotBuilt, match="C compiler"):
        build(tmp_path / "made")


async def test_without_a_compiler_python_forwards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    async with running_server(voice_helper=tmp_path / "none") as running, voice_client(running, 1) as first:
        assert running.server.voice.helper is None
        async with voice_client(running, 2) as second:
            await first.join()
            await second.join()
            first.say(b"heard")
            assert await second.hear() == b"heard"


async def test_a_start_that_is_given_up_while_the_compiler_runs_leaves_the_loop_free_and_the_port_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    has_begun, may_end = threading.Event(), threading.Event()

    def build_slowly(folder: Path) -> Path:
        has_begun.set()
        assert may_end.wait(20), "the loop stood still while the compiler ran"
        raise NotBuilt("too late")

    opened: list[MediaPort] = []

    def open_noting(host: str, port: int) -> MediaPort:
        opened.append(open_media_port(host, port))
        return opened[-1]

    monkeypatch.setattr(voice_server, "build", build_slowly)
    monkeypatch.setattr(voice_server, "open_media_port", open_noting)
    starting = asyncio.create_task(
        VoiceServer.open(host="127.0.0.1", voice_host=None, voice_port=None, has_limits=True, helper_folder=tmp_path)
    )
    assert await asyncio.to_thread(has_begun.wait, 20)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    may_end.set()
    open_media_port("127.0.0.1", opened[0].port).close()


async def test_it_forwards_what_is_common(pair: tuple[RunningServer, VoiceClient, VoiceClient]) -> None:
    running, first, second = pair
    for number in range(100):
        first.say(b"frame %d" % number)
        assert await second.hear() == b"frame %d" % number
    assert forwarded(running) == 100
    assert first.said[-1].op != 5


async def test_its_nonces_are_its_own(pair: tuple[RunningServer, VoiceClient, VoiceClient]) -> None:
    running, first, second = pair
    before = forwarded(running)
    nonces = []
    for _ in range(3):
        first.say(b"x")
        packet = await second.datagram()
        while packet[1] & 0x7F != 120:
            packet = await second.datagram()
        nonces.append(nonce_of(packet))
    assert nonces == [0xC0000000 + before + number for number in range(3)]


async def test_a_packet_is_heard_once_whoever_forwards_it(
    pair: tuple[RunningServer, VoiceClient, VoiceClient],
) -> None:
    running, first, second = pair
    packets = [first.packet(b"frame %d" % number) for number in range(4)]
    for number in (0, 0, 1, 0):
        first.udp.sendto(packets[number], first.media)
    assert [await second.hear() for _ in range(2)] == [b"frame 0", b"frame 1"]
    async with voice_client(running, 3) as third:
        third.mode = XCHACHA  # Python seals for it, and so for everybody
        await third.join()
        before = forwarded(running)
        for number in (0, 1, 2, 2):
            first.udp.sendto(packets[number], first.media)
        assert await third.hear() == await second.hear() == b"frame 2"
        assert forwarded(running) == before
    for number in (0, 1, 2, 3):
        first.udp.sendto(packets[number], first.media)
    assert await second.hear() == b"frame 3"
    assert forwarded(running) == before + 1


async def test_forged_packets_and_floods_come_to_nobody(
    pair: tuple[RunningServer, VoiceClient, VoiceClient],
) -> None:
    running, first, second = pair
    before = forwarded(running)
    packet = bytearray(first.packet(b"good"))
    for at in range(len(packet)):
        forged = packet.copy()
        forged[at] ^= 1
        first.udp.sendto(forged, first.media)
    first.udp.sendto(packet, first.media)
    assert await second.hear() == b"good"
    for number in range(MAX_PACKETS * 2):
        first.say(b"%d" % number)
    assert await second.hear() == b"0"
    first.running.server.voice.rooms.update(place(1))  # a call that waits until the helper has taken what came
    assert forwarded(running) - before <= MAX_PACKETS * 2


async def test_rights_hold(pair: tuple[RunningServer, VoiceClient, VoiceClient]) -> None:
    running, first, second = pair
    rooms = running.server.voice.rooms
    rooms.update(place(2, is_deaf=True))
    before = forwarded(running)
    first.say(b"to the deaf")
    second.say(b"from the deaf")
    assert await first.hear() == b"from the deaf"
    rooms.update(place(2))
    first.say(b"to all")
    assert await second.hear() == b"to all"
    assert forwarded(running) == before + 1
    rooms.update(place(1, may_speak=False))
    muted = first.packet(b"muted")
    first.udp.sendto(muted, first.media)
    second.say(b"after")
    assert await first.hear() == b"after"
    rooms.update(place(1))
    first.udp.sendto(muted, first.media)
    first.say(b"again")
    assert await second.hear() == b"again"


async def test_somebody_who_comes_from_another_address_is_followed(
    pair: tuple[RunningServer, VoiceClient, VoiceClient],
) -> None:
    running, first, second = pair
    before = forwarded(running)
    second.udp.close()
    second.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    second.udp.bind(("127.0.0.1", 0))
    second.udp.setblocking(False)
    second.say(b"from elsewhere")
    assert await first.hear() == b"from elsewhere"
    first.say(b"found")
    assert await second.hear() == b"found"
    second.say(b"from here again")
    assert await first.hear() == b"from here again"
    assert forwarded(running) == before + 2


async def test_who_was_heard_through_it_is_not_quiet(pair: tuple[RunningServer, VoiceClient, VoiceClient]) -> None:
    running, first, second = pair
    rooms = running.server.voice.rooms
    participant = rooms.by_ssrc[first.ssrc]
    participant.heard_ms = 0
    first.say(SILENCE)
    assert await second.hear() == SILENCE
    assert (rooms.quiet_ms(GUILD, 1) or 0) > 10_000
    first.say(b"sound")
    assert await second.hear() == b"sound"
    assert 0 <= (rooms.quiet_ms(GUILD, 1) or 0) < 5_000


Numbers = tuple[int, int, int]  # sequence, timestamp and nonce, or steps of them
_FOLDER = Path(tempfile.gettempdir()) / f"tuichat-helper-{os.getuid()}"  # hypothesis runs a test many times


STEPS = st.one_of(st.integers(-3, 3), st.integers(-300, 300), st.integers(-(1 << 31), (1 << 31) - 1))


@settings(max_examples=60, deadline=None)
@given(
    start=st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF), st.integers(0, 0xFFFF_FFFF)),
    steps=st.lists(st.tuples(STEPS, STEPS.map(lambda step: step * 960), STEPS), max_size=200),
)
async def test_it_knows_a_packet_again_as_python_does(start: Numbers, steps: list[Numbers]) -> None:
    helper = FastForwarder(load(build(_FOLDER)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        helper.start(sock.fileno(), lambda packet, address, now_ms: None)
        town = Town()
        town.rooms.helper = helper
        ssrc = town.join(1).participant.ssrc
        guard, (sequence, timestamp, nonce) = ReplayGuard(), start
        for ahead, later, on in [(0, 0, 0), *steps]:
            sequence = sequence + ahead & 0xFFFF
            timestamp, nonce = timestamp + later & 0xFFFF_FFFF, nonce + on & 0xFFFF_FFFF
            assert helper.accept(ssrc, sequence, timestamp, nonce) == guard.accept(sequence, timestamp, nonce)
        assert helper.accept(ssrc ^ 1, 0, 0, 0) is None
        helper.close()


async def test_a_crowd_comes_and_goes(folder: Path) -> None:
    voice = await VoiceServer.open(
        host="127.0.0.1", voice_host=None, voice_port=None, has_limits=True, helper_folder=folder
    )
    town = Town()
    town.rooms.helper = voice.helper
    people = [town.join(user_id, 200 + user_id % 7) for user_id in range(1, 400)]
    for person in people[::2]:
        town.rooms.leave(person.participant)
    for person in people[1::2]:
        town.rooms.bind(person.participant, ("127.0.0.1", 9))
        town.rooms.update(town.place(person.user_id, 200 + person.user_id % 7, is_deaf=True))
        town.rooms.leave(person.participant)
    assert voice.helper is not None
    assert voice.helper.accept(people[0].participant.ssrc, 1, 960, 1) is None
    voice.close()


async def test_python_waits_for_one_datagram_at_most(folder: Path) -> None:
    """While a hundred in a room speak at once, what Python asks is answered between their packets.

    They are asked for once all were sent: held over the 64 that are read at once, the helper would give four answers.
    """
    helper = FastForwarder(load(build(folder)))
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as everybody,
    ):
        for sock in (server, everybody):
            sock.bind(("127.0.0.1", 0))
        helper.start(server.fileno(), lambda packet, address, now_ms: None)
        town = Town()
        town.rooms.helper = helper
        people = [town.join(user_id) for user_id in range(1, 101)]
        for person in people:
            person.participant.address = everybody.getsockname()
            person.participant.announced = 0
            helper.set(person.participant)
        most_answers = 0
        for burst in range(1, 21):  # on a busy machine this process may sleep through one
            for packet in [person.packet() for person in people]:
                everybody.sendto(packet, server.getsockname())
            answers = set[int]()
            deadline_s = time.monotonic() + 20
            while helper.forwarded < burst * 100 * 99 and time.monotonic() < deadline_s:
                answers.add(helper.forwarded)
            assert helper.forwarded == burst * 100 * 99
            most_answers = max(most_answers, len(answers))
            if most_answers > 8:
                break
        helper.close()
    assert most_answers > 8, "who asked waited until all that had come was sent on"
