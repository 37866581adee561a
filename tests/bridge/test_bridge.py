"""The laptop's end of a login, against a host in the test and engines that are real processes."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bridge.host import HELLO, Host, host_at
from tests.bridge.laptop import BOX, SECRET, Laptop
from tests.client.waiting import until
from tests.voice.test_supervisor import children, is_alive
from tuichat.bridge.bridge import MAX_CONNECTIONS, MAX_LINES, MAX_OPENING
from tuichat.bridge.capture import Capture
from tuichat.bridge.capture_notice import CaptureNotice
from tuichat.bridge.consent import Consent
from tuichat.bridge.host_line import STARTS, engine_starts
from tuichat.bridge.targets import ADDRESSES
from tuichat.voice.audio_protocol import AudioState, Problem, SetGate, SetMeter, Talk
from tuichat.voice.bucket import Bucket
from tuichat.voice.engine_protocol import LENGTH, Devices, DevicesRequest, EngineError, Hello, HelloRefused, Ping, Pong
from tuichat.voice.laptop_opening import STEP_TIMEOUT_S, OpeningError
from tuichat.voice.media_protocol import TakePart
from tuichat.voice.place_protocol import TryWays

pytestmark = pytest.mark.slow


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Laptop]:
    laptop = Laptop(tmp_path)
    before = children()
    async with laptop.bridge:
        yield laptop
    assert not laptop.path.exists()
    assert children() <= before, "an engine was left behind"


@pytest.fixture
async def host(laptop: Laptop) -> AsyncIterator[Host]:
    laptop.consent.allow(BOX)
    async with host_at(laptop.path, SECRET) as host:
        yield host


async def test_the_socket_is_closed_to_others(laptop: Laptop) -> None:
    assert laptop.path.stat().st_mode & 0o777 == 0o600


async def test_no_engine_runs_until_a_request_needs_sound(laptop: Laptop, host: Host) -> None:
    host.send(SetGate("push_to_talk"), TakePart(is_muted=True), Ping(5))
    assert (await host.next(Pong)).number == 5
    assert laptop.pids() == []
    host.send(DevicesRequest())
    assert (await host.next(Devices)).problem == "a fake has none"
    (pid,) = laptop.pids()
    assert is_alive(pid)
    first, second, third, *_ = laptop.told().splitlines()
    assert first.startswith("Hello(")
    assert second.startswith("SetGate(")
    assert third.startswith("TakePart(")


async def test_the_engine_ends_with_its_host(laptop: Laptop, host: Host) -> None:
    host.send(DevicesRequest())
    await host.next(Devices)
    (pid,) = laptop.pids()
    host.close()
    await until(lambda: not is_alive(pid) and not laptop.bridge.lines)


async def test_engines_are_not_started_without_end(laptop: Laptop) -> None:
    laptop.consent.allow(BOX)
    laptop.bridge._starts = Bucket(STARTS, 1000.0)
    for _ in range(STARTS):
        async with host_at(laptop.path, SECRET) as host:
            host.send(DevicesRequest())
            await host.next(Devices)
        await until(lambda: not laptop.bridge.lines)
    async with host_at(laptop.path, SECRET) as host:
        host.send(SetGate("open"), Ping(1))
        await host.next(Pong)  # what needs no engine is free
        host.send(DevicesRequest())
        assert re.search(r"begun too often on your laptop; in (1000|9\d\d) s it can be again", await host.end())
        assert laptop.pids() == []
    laptop.bridge._starts = engine_starts()  # as when the time has passed
    async with host_at(laptop.path, SECRET) as host:
        host.send(DevicesRequest())
        await host.next(Devices)


async def test_addresses_are_counted_over_all_connections(laptop: Laptop) -> None:
    laptop.consent.allow(BOX)
    for first in range(0, 2 * ADDRESSES, ADDRESSES // 2):
        async with host_at(laptop.path, SECRET) as host:
            host.send(DevicesRequest())
            await host.next(Devices)
            host.send(*(TryWays(f"203.0.113.{first + number}", 4, 5) for number in range(ADDRESSES // 2)), Ping(1))
            await host.next(Pong)
        await until(lambda: not laptop.bridge.lines)
    assert laptop.told().count("TryWays(") <= ADDRESSES
    await until(lambda: laptop.told().count("TryWays(") == ADDRESSES)


async def test_it_shows_when_the_microphone_opens_and_closes(laptop: Laptop, host: Host) -> None:
    host.send(SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    host.send(SetMeter(is_on=False))
    await until(lambda: len(laptop.shown) == 2)
    opened, closed = laptop.shown
    assert opened == Capture(destination=BOX, name="box", is_open=True, device="a microphone")
    assert closed == Capture(destination=BOX, name="box", is_open=False)


async def test_an_engine_that_dies_with_an_open_microphone_is_shown_closed(laptop: Laptop, host: Host) -> None:
    host.send(SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    os.kill(laptop.pids()[0], 9)
    reason = await host.end()
    assert "SIGKILL" in reason
    assert not laptop.shown[-1].is_open
    async with host_at(laptop.path, SECRET) as again:  # as the host's next try
        again.send(SetMeter(is_on=True))
        await until(lambda: laptop.shown[-1].is_open)


async def test_stop_ends_the_engine_at_once_and_the_host_hears_why(laptop: Laptop, host: Host) -> None:
    host.send(SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    (pid,) = laptop.pids()
    assert laptop.bridge.stop()
    await until(lambda: not is_alive(pid), limit_s=1.0)
    assert "tuichat bridge allow box" in await host.end()
    assert not laptop.shown[-1].is_open


async def test_a_stop_holds_for_sessions_that_begin_later(laptop: Laptop, host: Host) -> None:
    laptop.bridge.stop()
    assert laptop.consent.is_stopped(BOX)
    assert laptop.consent.of(BOX) is True, "what its owner said before is kept"
    assert laptop.bridge.is_stopped
    laptop.consent.allow(BOX)
    assert not laptop.bridge.is_stopped


async def test_a_pause_closes_the_microphone_and_lets_the_host_come_back(laptop: Laptop, host: Host) -> None:
    host.send(SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    (pid,) = laptop.pids()
    laptop.bridge.pause()
    await until(lambda: not is_alive(pid))
    async with host_at(laptop.path, SECRET) as again:
        again.send(Ping(1))
        assert (await again.next(Pong)).number == 1


async def test_after_stop_the_microphone_stays_closed_until_it_is_allowed_anew(laptop: Laptop, host: Host) -> None:
    laptop.bridge.stop()
    await host.end()
    again = Host()
    opening = asyncio.create_task(again.open(laptop.path, SECRET))
    await until(lambda: again.asked)
    assert "was stopped on your laptop" in again.asked[0]
    assert "tuichat bridge allow box" in again.asked[0]
    assert laptop.bridge.is_asking
    laptop.consent.allow(BOX)
    laptop.bridge.allow()
    await opening
    again.send(HELLO, SetMeter(is_on=True))
    await until(lambda: laptop.shown and laptop.shown[-1].is_open)
    await again.leave()


async def test_without_consent_the_host_waits_and_goes_on_when_it_is_given(laptop: Laptop) -> None:
    host = Host()
    opening = asyncio.create_task(host.open(laptop.path, SECRET))
    await until(lambda: host.asked)
    assert "`tuichat bridge allow box`" in host.asked[0]
    Consent().allow(BOX)  # by another program: nobody tells the bridge
    await opening
    host.send(HELLO, Ping(1))
    await host.next(Pong)
    await host.leave()


async def test_a_host_is_asked_to_be_patient_for_as_long_as_it_is(laptop: Laptop) -> None:
    laptop.bridge._ask_again_s = 0.01
    host = Host()
    opening = asyncio.create_task(host.open(laptop.path, SECRET))
    await until(lambda: len(host.asked) >= 3)
    opening.cancel()
    host.close()
    await until(lambda: not laptop.bridge.is_asking)


async def test_a_refusal_is_told(laptop: Laptop) -> None:
    laptop.consent.refuse(BOX)
    with pytest.raises(OpeningError, match="tuichat bridge allow box"):
        await Host().open(laptop.path, SECRET)


async def test_consent_that_is_taken_back_ends_the_sound(laptop: Laptop, host: Host) -> None:
    host.send(SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    laptop.consent.forget(BOX)
    laptop.bridge.look()
    assert "tuichat bridge allow box" in await host.end()
    assert not laptop.shown[-1].is_open


async def test_connections_that_say_nothing_are_bounded_and_a_line_that_is_there_goes_on(
    laptop: Laptop, host: Host
) -> None:
    silent = [await asyncio.open_unix_connection(str(laptop.path)) for _ in range(2 * MAX_OPENING)]
    try:
        await until(lambda: sum(reader.at_eof() for reader, _ in silent) >= MAX_OPENING - MAX_LINES)
        host.send(Ping(1))
        await host.next(Pong)
    finally:
        for _, writer in silent:
            writer.close()


async def test_who_says_nothing_keeps_nobody_out(laptop: Laptop) -> None:
    """Programs of this same user on the other machine that hold every place there is, for as long as they like."""
    laptop.consent.allow(BOX)
    printed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: printed.append(context))
    silent = [await asyncio.open_unix_connection(str(laptop.path)) for _ in range(MAX_CONNECTIONS)]
    try:
        for half in (LENGTH.pack(100), LENGTH.pack(100) + bytes(50)):  # begun, and never ended
            silent[-1][1].write(half)
        await until(lambda: len(laptop.bridge._opening) == MAX_OPENING)
        async with asyncio.timeout(STEP_TIMEOUT_S / 2), host_at(laptop.path, SECRET) as host:
            host.send(Ping(1))
            await host.next(Pong)
            assert len(laptop.bridge._opening) < MAX_OPENING
        assert not printed, "the terminal is the user's"
    finally:
        for _, writer in silent:
            writer.close()


async def test_who_waits_for_the_owner_goes_after_those_who_say_nothing(laptop: Laptop) -> None:
    host = Host()
    opening = asyncio.create_task(host.open(laptop.path, SECRET))
    await until(lambda: host.asked)
    silent = [await asyncio.open_unix_connection(str(laptop.path)) for _ in range(MAX_OPENING - 1)]
    await until(lambda: len(laptop.bridge._opening) == MAX_OPENING)
    silent.append(await asyncio.open_unix_connection(str(laptop.path)))
    await until(lambda: any(reader.at_eof() for reader, _ in silent) or opening.done())
    if opening.done():
        pytest.fail("who had proven itself made room")
    laptop.consent.allow(BOX)
    await opening
    for _, writer in silent:
        writer.close()
    await host.leave()


async def test_another_secret_is_refused_before_anybody_is_asked(laptop: Laptop) -> None:
    host = Host()
    with pytest.raises(OpeningError):
        await host.open(laptop.path, bytes(32))
    assert host.asked == []
    assert not laptop.bridge.is_asking


async def test_a_request_that_is_not_for_a_laptop_ends_the_line(laptop: Laptop, host: Host) -> None:
    from tuichat.voice.call_protocol import LeaveCall

    host.send(LeaveCall())
    assert "not for a laptop" in await host.end()


async def test_a_host_that_speaks_an_older_protocol_is_told(laptop: Laptop) -> None:
    laptop.consent.allow(BOX)
    host = Host()
    await host.open(laptop.path, SECRET)
    host.send(Hello("tuichat 0.9", 1, 2))
    assert "tuichat 0.9" in (await host.next(HelloRefused)).reason
    await host.end()


async def test_a_frame_that_is_too_long_ends_the_line(laptop: Laptop, host: Host) -> None:
    assert host._writer is not None
    host._writer.write(LENGTH.pack(2**31))
    assert await host.end()


async def test_one_machine_has_a_few_lines_at_a_time_and_the_newest_is_served(laptop: Laptop, host: Host) -> None:
    others = [Host() for _ in range(MAX_LINES)]
    for each in others:
        await each.open(laptop.path, SECRET)
        each.send(HELLO, Ping(1))
        await each.next(Pong)
    assert "Another tuichat" in await host.end()
    assert len(laptop.bridge.lines) == MAX_LINES
    for each in others:
        await each.leave()


async def test_it_shows_an_open_microphone_as_long_as_one_program_of_the_machine_listens(
    laptop: Laptop, host: Host
) -> None:
    host.send(SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    async with host_at(laptop.path, SECRET) as other:
        other.send(SetMeter(is_on=True))
        await until(lambda: all(line.capture.is_open for line in laptop.bridge.lines) and len(laptop.bridge.lines) == 2)
    await until(lambda: len(laptop.bridge.lines) == 1)
    assert [capture.is_open for capture in laptop.shown] == [True]
    host.send(SetMeter(is_on=False))
    await until(lambda: not laptop.shown[-1].is_open)


async def test_the_end_of_the_session_is_told_and_ends_the_engine(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path)
    laptop.consent.allow(BOX)
    host = Host()
    async with laptop.bridge:
        await host.open(laptop.path, SECRET)
        host.send(HELLO, SetMeter(is_on=True))
        await until(lambda: laptop.shown)
        (pid,) = laptop.pids()
    assert not is_alive(pid)
    assert host.of(EngineError) or await host.end()
    await host.leave()


async def test_a_key_of_the_laptop_reaches_the_engine(laptop: Laptop, host: Host) -> None:
    host.send(DevicesRequest())
    await host.next(Devices)
    (line,) = laptop.bridge.lines
    line.talk(is_pressed=True)
    await until(lambda: str(Talk(True)) in laptop.told())


async def test_where_nothing_shows_it_the_machine_has_no_microphone_and_hears_why(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path, has_title=False, notice=desktop(tmp_path, DISPLAY=""))
    laptop.consent.allow(BOX)
    async with laptop.bridge, host_at(laptop.path, SECRET) as host:
        host.send(SetMeter(is_on=True))
        problem = await host.next(Problem)
        assert problem.place == "input"
        assert "`tuichat bridge allow --unseen box`" in (problem.sentence or "")
        assert laptop.bridge.status().lacks_microphone
        host.send(DevicesRequest())
        await host.next(Devices)
        laptop.bridge.allow(unseen=True)
        assert await host.end()
        async with host_at(laptop.path, SECRET) as again:
            again.send(SetMeter(is_on=True))
            await again.next(AudioState, lambda state: state.input_name is not None)
            laptop.bridge.allow()
            assert "--unseen" in await again.end()


async def test_a_desktop_shows_it_where_no_title_does(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path, has_title=False, notice=desktop(tmp_path, DISPLAY=":0"))
    laptop.consent.allow(BOX)
    async with laptop.bridge, host_at(laptop.path, SECRET) as host:
        host.send(SetMeter(is_on=True))
        await host.next(AudioState, lambda state: state.input_name is not None)
        await until(lambda: "box hears your microphone" in (tmp_path / "told").read_text())
        host.send(SetMeter(is_on=False))
        await host.next(AudioState, lambda state: state.input_name is None)
    assert "box does not hear your microphone any more" in (tmp_path / "told").read_text()


async def test_a_desktop_that_fails_to_show_it_closes_the_microphone_at_once(tmp_path: Path) -> None:
    laptop = Laptop(tmp_path, has_title=False, notice=desktop(tmp_path, "exit 1", DISPLAY=":0"))
    laptop.consent.allow(BOX)
    async with laptop.bridge:
        async with host_at(laptop.path, SECRET) as host:
            host.send(SetMeter(is_on=True))
            await host.next(AudioState, lambda state: state.input_name is not None)
            assert "--unseen" in await host.end()
        async with host_at(laptop.path, SECRET) as again:
            again.send(SetMeter(is_on=True))
            await again.next(Problem)


async def test_a_desktop_that_failed_once_has_the_microphone_lent_again_when_it_shows_something(tmp_path: Path) -> None:
    notice = desktop(tmp_path, f"test -e {tmp_path}/works", DISPLAY=":0", try_again_s=0.1)
    laptop = Laptop(tmp_path, has_title=False, notice=notice)
    laptop.consent.allow(BOX)
    async with laptop.bridge:
        async with host_at(laptop.path, SECRET) as host:
            host.send(SetMeter(is_on=True))
            assert "--unseen" in await host.end()
        async with host_at(laptop.path, SECRET) as deaf:
            deaf.send(SetMeter(is_on=True))
            await deaf.next(Problem)
            (tmp_path / "works").touch()
            assert "from now on" in await deaf.end()
        async with host_at(laptop.path, SECRET) as again:
            again.send(SetMeter(is_on=True))
            await again.next(AudioState, lambda state: state.input_name is not None)


def desktop(folder: Path, script: str = "", try_again_s: float = 100, **environment: str) -> CaptureNotice:
    """Return the notices of a laptop whose notify-send is a script, by default one that writes down what it was given."""
    program = folder / "notify-send"
    script = script or f'echo "$@" >>{folder}/told'
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    (folder / "told").touch()
    find = {"notify-send": str(program)}.get
    return CaptureNotice(
        stands_alone=True, environment=environment, platform="linux", find=find, try_again_s=try_again_s
    )
