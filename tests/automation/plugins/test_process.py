"""A plugin that hangs, floods or dies costs tuichat nothing, and leaves nothing behind; one that behaves can work."""

import asyncio
import contextlib
import json
import os
import sys
import time
from pathlib import Path

import pytest

from tests.automation.plugins.cells import ROOT, CellMaker, require
from tests.client.waiting import until
from tuichat.automation.plugins import process
from tuichat.automation.plugins.confinement import Confinement
from tuichat.automation.plugins.process import MAX_IN_FLIGHT
from tuichat.config.paths import Profile

KINDS = [Confinement.BUBBLEWRAP, Confinement.LANDLOCK, Confinement.NONE]
HELD_LIMIT_S = 0.25  # a machine under test is busy; what held the loop would do so for seconds


@pytest.fixture
def maker(profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CellMaker:
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")  # without the shims of version managers
    monkeypatch.setattr(process, "END_LIMIT_S", 0.3)
    return CellMaker(profile, tmp_path / "made")


WORKING = """
import json, os, pathlib, ssl, subprocess, sys, tempfile
from tuichat import plugin
told = {
    "own": "plugin.toml" in os.listdir(),
    "child": subprocess.run(["sh", "-c", "echo a child"], capture_output=True, text=True).stdout,
    "hello": sys.stdin.readline(),
    "protocol": plugin.PROTOCOL,
}
(pathlib.Path.home() / "notes").write_text("kept")
with tempfile.NamedTemporaryFile("w+") as file:
    file.write("temporary")
print(json.dumps(told), flush=True)
print("said on standard error", file=sys.stderr)
"""


@pytest.mark.system
@pytest.mark.parametrize("kind", KINDS)
async def test_a_plugin_works_in_its_folders(maker: CellMaker, kind: Confinement) -> None:
    require(kind)
    made = maker.plugin("worker", WORKING)
    written = await maker.run(kind, made, b'{"type":"hello"}\n')
    assert (written.reason, json.loads(written.lines[0])) == (
        "",
        {"own": True, "child": "a child\n", "hello": '{"type":"hello"}\n', "protocol": 1},
    ), written.log
    assert (made[1].home / "notes").read_text() == "kept"
    assert "worker: said on standard error" in written.log


@pytest.mark.system
@pytest.mark.parametrize("kind", KINDS)
async def test_a_program_in_any_language_runs(maker: CellMaker, kind: Confinement) -> None:
    require(kind)
    written = await maker.run(kind, maker.plugin("shell", "read hello; echo $hello", run="sh"), b'{"a":1}\n')
    assert (written.reason, written.lines) == ("", [b'{"a":1}\n'])


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("exit 3", "it ended with exit code 3"),
        ("kill -SEGV $$", "SIGSEGV ended it"),
        ("yes", "it wrote more than 200 lines at once, and 50 a second"),
        ("head -c 70000 /dev/zero; cat", "it wrote a line of more than 65536 bytes"),
        ("exec 1>&- 0<&-; exit 0", ""),
    ],
)
async def test_each_end_has_a_reason(maker: CellMaker, program: str, reason: str) -> None:
    assert (await maker.run(Confinement.NONE, maker.plugin("bad", program, run="sh"))).reason == reason


@pytest.mark.system
@pytest.mark.parametrize("kind", KINDS)
async def test_a_program_that_is_not_there_is_told(maker: CellMaker, kind: Confinement) -> None:
    require(kind)
    written = await maker.run(kind, maker.plugin("absent", "", run="no-such-program"))
    assert written.reason != ""
    assert "no-such-program" in written.log


async def test_it_cannot_have_more_memory_than_its_limit(maker: CellMaker) -> None:
    written = await maker.run(Confinement.NONE, maker.plugin("large", "bytearray(600 * 1024 * 1024)"))
    assert written.reason == "it ended with exit code 1"
    assert "MemoryError" in written.log


async def test_the_loop_is_not_held_by_a_flood_of_errors(maker: CellMaker) -> None:
    """Short lines are the dearest: each is one of the log."""
    held_s = 0.0

    async def watch() -> None:
        nonlocal held_s
        while True:
            begun_s = time.monotonic()
            await asyncio.sleep(0.01)
            held_s = max(held_s, time.monotonic() - begun_s)

    watching = asyncio.create_task(watch())
    written = await maker.run(Confinement.NONE, maker.plugin("loud", "yes 1>&2 & sleep 1; kill $!", run="sh"))
    watching.cancel()
    assert "short lines were left out" in written.log
    assert len(written.log) < 1_000_000
    assert held_s < HELD_LIMIT_S


async def test_requests_are_answered_so_many_at_a_time(maker: CellMaker) -> None:
    taken = 0
    hold = asyncio.Event()

    async def take(_line: bytes) -> bytes:
        nonlocal taken
        taken += 1
        await hold.wait()
        return b"{}\n"

    program = f"for i in $(seq {MAX_IN_FLIGHT + 20}); do echo $i; done; read hello; read answer; echo $answer"
    run = maker.process(Confinement.NONE, maker.plugin("eager", program, run="sh"), take)
    run.event(b"{}\n")
    running = asyncio.create_task(run.run())
    await until(lambda: taken == MAX_IN_FLIGHT)
    await asyncio.sleep(0.1)  # what would come has come
    assert taken == MAX_IN_FLIGHT
    hold.set()
    assert await running == ""
    assert taken > MAX_IN_FLIGHT


async def test_one_that_reads_nothing_is_told_how_many_events_it_lost(maker: CellMaker) -> None:
    program = "cat hold >/dev/null; cat"  # a pipe: it waits until somebody opens it
    made = maker.plugin("slow", program, run="sh")
    os.mkfifo(made[1].folder / "hold")
    lines: list[bytes] = []

    async def take(line: bytes) -> bytes:
        lines.append(line)
        return b""

    run = maker.process(Confinement.NONE, made, take)
    running = asyncio.create_task(run.run())
    for number in range(600):
        run.event(json.dumps({"number": number, "text": "x" * 20_000}).encode() + b"\n")
    await asyncio.to_thread((made[1].folder / "hold").write_text, "")
    await until(lambda: any(b'"lost"' in line for line in lines))
    await until(lambda: any(b'"number": 599' in line for line in lines))
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    told = [json.loads(line) for line in lines]
    lost = sum(each.get("count", 0) for each in told)
    numbers = [each["number"] for each in told if "number" in each]
    assert numbers == sorted(numbers)
    assert lost + len(numbers) == 600


STUBBORN = """
import os, signal, subprocess, sys, time
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
print("begun", flush=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        subprocess.run(["sleep", {marker!r}])
    os._exit(0)
time.sleep(1000)
"""


def is_running(marker: str) -> bool:
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and marker.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                return True
    return False


@pytest.mark.system
@pytest.mark.parametrize("kind", KINDS)
async def test_at_the_end_nothing_that_it_started_is_left(maker: CellMaker, kind: Confinement) -> None:
    require(kind)
    marker = f"{1000 + os.getpid() / 1e9 + KINDS.index(kind) / 10:.9f}"
    run = maker.process(kind, maker.plugin("stubborn", STUBBORN.replace("{marker!r}", repr(marker))), nothing)
    run.event(b"{}\n")
    running = asyncio.create_task(run.run())
    await until(lambda: is_running(marker))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not is_running(marker)


async def nothing(_line: bytes) -> bytes:
    return b""


HOST = """
import asyncio, pathlib, sys
from tests.automation.plugins.cells import CellMaker
from tests.automation.plugins.test_process import nothing
from tuichat.automation.plugins.confinement import Confinement
from tuichat.config.paths import Profile
async def main():
    maker = CellMaker(Profile(), pathlib.Path(sys.argv[1]))
    await maker.process(Confinement(sys.argv[3]), maker.plugin("stubborn", sys.argv[2]), nothing).run()
asyncio.run(main())
"""


@pytest.mark.system
@pytest.mark.parametrize("kind", KINDS)
async def test_a_tuichat_that_is_killed_leaves_no_plugin_behind(
    maker: CellMaker, kind: Confinement, tmp_path: Path
) -> None:
    require(kind)
    marker = f"{2000 + os.getpid() / 1e9 + KINDS.index(kind) / 10:.9f}"
    words = [
        sys.executable,
        "-c",
        HOST,
        str(tmp_path / "killed"),
        STUBBORN.replace("{marker!r}", repr(marker)),
        kind.value,
    ]
    host = await asyncio.create_subprocess_exec(*words, env=os.environ | {"PYTHONPATH": str(ROOT)})
    try:
        await until(lambda: is_running(marker))
    finally:
        host.kill()
        await host.wait()
    await until(lambda: not is_running(marker))
