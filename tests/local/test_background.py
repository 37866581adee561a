"""One background server for everybody: starting, sharing, replacing, stopping, and failures in words."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tuichat.local import background
from tuichat.local.background import ServerStatus, ensure_server, find_server, status, stop, take_over
from tuichat.local.data_lock import DataLock, find_holder_pid
from tuichat.local.errors import DataInUse, LocalError, NewerServer, ServerDidNotStart, ServerDidNotStop, ServerStopped
from tuichat.local.runtime import server_socket_path
from tuichat.local.server_record import ServerRecord, ServerState

FAKE = Path(__file__).with_name("fake_server.py")
ROOT = FAKE.parent.parent.parent
LIMIT_S = 30.0


class Machine:
    """A data folder, the fake servers that tests start on it, and what they noted."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.journal = data.parent / "journal"

    def command(self, *more: str) -> list[str]:
        return [sys.executable, str(FAKE), "--data", str(self.data), "--journal", str(self.journal), *more]

    def noted(self, word: str) -> list[int]:
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return [int(line.split()[1]) for line in lines if line.startswith(word)]


@pytest.fixture
async def machine(home: Path) -> AsyncIterator[Machine]:
    machine = Machine(home / "data")
    yield machine
    for pid in set(machine.noted("spawned")):
        if find_holder_pid(machine.data) == pid:
            os.kill(pid, signal.SIGKILL)
    await until(lambda: find_holder_pid(machine.data) in (None, os.getpid()))


async def until(condition: object, limit_s: float = LIMIT_S) -> None:
    assert callable(condition)
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


async def test_first_caller_starts_a_server_and_is_told_what_happens(machine: Machine) -> None:
    said: list[str] = []
    address = await ensure_server(data=machine.data, command=machine.command(), progress=said.append)
    assert (address.server_id, address.tcp_port) == ("fake", 1)
    await until(lambda: machine.noted("served") == [address.pid])
    assert said[0] == "Starting your server..."
    assert len(said) == len(set(said))


async def test_second_caller_uses_the_first_ones_server(machine: Machine) -> None:
    first = await ensure_server(data=machine.data, command=machine.command())
    second = await ensure_server(data=machine.data, command=machine.command())
    assert second == first
    assert len(machine.noted("spawned")) == 1
    assert await find_server(machine.data) == first


async def test_callers_at_the_same_instant_make_one_server(machine: Machine) -> None:
    command = machine.command("--open-s", "0.2")
    addresses = await asyncio.gather(*(ensure_server(data=machine.data, command=command) for _ in range(8)))
    assert len({address.pid for address in addresses}) == 1
    await until(lambda: machine.noted("served"))
    assert len(machine.noted("served")) == 1


async def test_programs_at_the_same_instant_make_one_server(machine: Machine) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path; from tuichat.local.background import ensure_server;"
        "print(asyncio.run(ensure_server(data=Path(sys.argv[1]), command=sys.argv[2:])).pid)"
    )
    programs = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script, str(machine.data), *machine.command()), stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]
    answers = [(await program.communicate())[0] for program in programs]
    assert len(set(answers)) == 1
    await until(lambda: machine.noted("served") == [int(answers[0])])


async def test_servers_started_without_the_start_lock_still_make_one(machine: Machine) -> None:
    programs = [await asyncio.create_subprocess_exec(*machine.command()) for _ in range(3)]
    await until(lambda: len(machine.noted("served")) == 1)
    losers = [program for program in programs if program.pid != machine.noted("served")[0]]
    assert [await program.wait() for program in losers] == [background.EXIT_DATA_IN_USE] * 2
    winner = next(program for program in programs if program not in losers)
    winner.terminate()
    assert await winner.wait() == 0


async def test_server_is_its_own_session_and_inherits_nothing(machine: Machine) -> None:
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    address = await ensure_server(data=machine.data, command=machine.command())
    os.close(write_end)
    os.set_blocking(read_end, False)
    assert os.read(read_end, 1) == b"", "the server keeps the pipe open"
    os.close(read_end)
    assert os.getsid(address.pid) == address.pid


async def test_record_of_a_dead_server_is_nothing(machine: Machine) -> None:
    first = await ensure_server(data=machine.data, command=machine.command())
    os.kill(first.pid, signal.SIGKILL)
    await until(lambda: find_holder_pid(machine.data) is None)
    assert ServerRecord.read(machine.data) is not None
    assert await find_server(machine.data) is None
    assert "No server" in (await status(machine.data)).sentence
    second = await ensure_server(data=machine.data, command=machine.command())
    assert second.pid != first.pid


async def test_pid_that_lives_on_as_another_process_is_not_taken_for_the_server(machine: Machine) -> None:
    machine.data.mkdir(mode=0o700)
    stranger = await asyncio.create_subprocess_exec("sleep", "60")
    record = ServerRecord.of_this_process(server_socket_path(machine.data), is_personal=True)
    record = record.ready(server_id="old", tcp_host="127.0.0.1", tcp_port=1)
    msgspec.structs.replace(record, pid=stranger.pid).write(machine.data)
    assert await find_server(machine.data) is None
    assert await stop(machine.data) is False
    address = await ensure_server(data=machine.data, command=machine.command())
    assert address.server_id == "fake"
    assert stranger.returncode is None
    stranger.kill()
    await stranger.wait()


async def test_stopping_server_is_waited_for_and_followed_by_the_next(machine: Machine) -> None:
    first = await ensure_server(data=machine.data, command=machine.command("--drain-s", "0.5"))
    os.kill(first.pid, signal.SIGTERM)
    await until(lambda: (r := ServerRecord.read(machine.data)) and r.state is ServerState.STOPPING)
    said: list[str] = []
    second = await ensure_server(data=machine.data, command=machine.command(), progress=said.append)
    assert machine.noted("stopped") == [first.pid]
    assert second.pid != first.pid
    assert any("stopping" in sentence for sentence in said)


async def test_older_server_is_drained_and_replaced(machine: Machine) -> None:
    old = await asyncio.create_subprocess_exec(*machine.command("--version", "0.0.9", "--drain-s", "0.2"))
    await until(lambda: machine.noted("served"))
    said: list[str] = []
    address = await ensure_server(data=machine.data, command=machine.command(), progress=said.append)
    assert await old.wait() == 0
    assert machine.noted("stopped") == [old.pid]
    assert address.pid != old.pid
    assert any("Replacing" in sentence and "0.0.9" in sentence for sentence in said)


async def test_newer_server_is_refused_and_left_alone(machine: Machine) -> None:
    new = await ensure_server_of_version(machine, "99.0")
    with pytest.raises(NewerServer, match=r"tuichat 99\.0.*Update tuichat"):
        await ensure_server(data=machine.data, command=machine.command())
    assert find_holder_pid(machine.data) == new.pid
    new.terminate()
    await new.wait()


async def ensure_server_of_version(machine: Machine, version: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(*machine.command("--version", version))
    await until(lambda: machine.noted("served"))
    return process


async def test_failing_start_says_why_and_where_the_log_is(machine: Machine) -> None:
    with pytest.raises(ServerDidNotStart) as caught:
        await ensure_server(data=machine.data, command=machine.command("--die", "the disk is on fire"))
    text = str(caught.value)
    assert "exit 3" in text
    assert "the disk is on fire" in text
    assert "server.log" in text


async def test_failing_start_leaves_the_way_free_for_the_next(machine: Machine) -> None:
    with pytest.raises(ServerDidNotStart):
        await ensure_server(data=machine.data, command=machine.command("--die", "once"))
    assert (await ensure_server(data=machine.data, command=machine.command())).server_id == "fake"


async def test_program_that_is_not_there_is_named(machine: Machine) -> None:
    with pytest.raises(ServerDidNotStart, match=r"/no/such/program: No such file"):
        await ensure_server(data=machine.data, command=["/no/such/program"])


async def test_server_that_never_gets_ready_is_not_waited_for_for_ever(machine: Machine) -> None:
    with pytest.raises(ServerDidNotStart, match="still starting"):
        await ensure_server(data=machine.data, command=machine.command("--open-s", "50"), limit_s=1.5)


async def test_server_whose_socket_is_gone_is_restarted(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "UNREACHABLE_GRACE_S", 0.1)
    lost = await asyncio.create_subprocess_exec(*machine.command("--no-socket"))
    await until(lambda: machine.noted("served"))
    assert "does not answer" in (await status(machine.data)).sentence
    address = await ensure_server(data=machine.data, command=machine.command())
    assert await lost.wait() == 0
    assert address.pid != lost.pid


async def test_stop_waits_until_the_data_is_free(machine: Machine) -> None:
    await ensure_server(data=machine.data, command=machine.command("--drain-s", "0.3"))
    assert await stop(machine.data) is True
    assert find_holder_pid(machine.data) is None
    assert await stop(machine.data) is False


async def test_server_that_does_not_stop_is_told(machine: Machine) -> None:
    address = await ensure_server(data=machine.data, command=machine.command("--drain-s", "50"))
    with pytest.raises(ServerDidNotStop, match=rf"process {address.pid}.*kill -9"):
        await stop(machine.data, limit_s=0.2)


async def test_status_says_where_the_server_is(machine: Machine) -> None:
    assert await status(machine.data) == ServerStatus(f"No server is running for {machine.data}.", False)
    address = await ensure_server(data=machine.data, command=machine.command())
    told = await status(machine.data)
    assert told.is_ready
    assert f"process {address.pid}" in told.sentence
    assert "http://127.0.0.1:1" in told.sentence


async def test_status_of_a_server_that_hangs_says_so(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "ANSWER_LIMIT_S", 0.2)
    address = await ensure_server(data=machine.data, command=machine.command())
    os.kill(address.pid, signal.SIGSTOP)
    try:
        told = await status(machine.data)
    finally:
        os.kill(address.pid, signal.SIGCONT)
    assert not told.is_ready
    assert "does not answer" in told.sentence
    assert f"kill -9 {address.pid}" in told.sentence
    monkeypatch.undo()
    assert (await status(machine.data)).is_ready


async def test_server_that_was_stopped_on_purpose_is_started_by_those_who_ask_alone(machine: Machine) -> None:
    command = machine.command("--drain-s", "0.3")
    first = await ensure_server(data=machine.data, command=command)
    stopping = asyncio.create_task(stop(machine.data))
    await until(lambda: (r := ServerRecord.read(machine.data)) and r.state is ServerState.STOPPING)
    with pytest.raises(ServerStopped, match=r"stopped on request.*tuichat server restart"):  # met it while draining
        await ensure_server(data=machine.data, command=command, unless_stopped=True)
    assert await stopping
    with pytest.raises(ServerStopped):
        await ensure_server(data=machine.data, command=command, unless_stopped=True)
    assert "stopped on request" in (await status(machine.data)).sentence
    second = await ensure_server(data=machine.data, command=command)
    assert await ensure_server(data=machine.data, command=command, unless_stopped=True) == second
    os.kill(second.pid, signal.SIGKILL)
    await until(lambda: find_holder_pid(machine.data) is None)
    third = await ensure_server(data=machine.data, command=command, unless_stopped=True)  # nobody stopped that one
    assert len({first.pid, second.pid, third.pid}) == 3


async def test_stop_leaves_no_mark_in_a_folder_that_is_no_servers(tmp_path: Path) -> None:
    assert await stop(tmp_path) is False
    assert list(tmp_path.iterdir()) == []


async def test_a_team_takes_over_from_the_personal_server_before_any_client_restarts_it(machine: Machine) -> None:
    command = machine.command("--drain-s", "0.3")
    personal = await ensure_server(data=machine.data, command=command)
    said: list[str] = []
    taking = asyncio.create_task(take_over(machine.data, progress=said.append))
    await until(lambda: (r := ServerRecord.read(machine.data)) and r.state is ServerState.STOPPING)
    client = asyncio.create_task(ensure_server(data=machine.data, command=command, unless_stopped=True, limit_s=1))
    with await taking:
        assert find_holder_pid(machine.data) == os.getpid()
        assert f"process {personal.pid}" in said[0]
        with pytest.raises(ServerDidNotStart):
            await client  # it waits for the new holder, which says nothing here
    assert machine.noted("spawned") == [personal.pid]


async def test_a_teams_server_is_not_taken_over(machine: Machine) -> None:
    team = await asyncio.create_subprocess_exec(*machine.command("--team"))
    await until(lambda: machine.noted("served"))
    with pytest.raises(DataInUse, match=f"process {team.pid}"):
        await take_over(machine.data)
    assert await stop(machine.data) is True
    assert await team.wait() == 0


async def test_data_open_in_this_process_is_not_waited_for(machine: Machine) -> None:
    with DataLock.acquire(machine.data), pytest.raises(LocalError, match="this very process"):
        await stop(machine.data)


async def test_squatter_on_the_socket_path_is_not_believed(machine: Machine) -> None:
    """A listener without the data lock, with a record it forged, is no server."""
    path = server_socket_path(machine.data)
    machine.data.mkdir(mode=0o700)
    squatter = await asyncio.start_unix_server(lambda _r, w: w.close(), path)
    record = ServerRecord.of_this_process(path, is_personal=True).ready(
        server_id="evil", tcp_host="127.0.0.1", tcp_port=1
    )
    record.write(machine.data)
    assert await find_server(machine.data) is None
    address = await ensure_server(data=machine.data, command=machine.command())
    assert address.server_id == "fake"
    squatter.close()


async def test_record_that_others_could_write_is_not_trusted(machine: Machine) -> None:
    address = await ensure_server(data=machine.data, command=machine.command())
    (machine.data / "server.json").chmod(0o666)
    with pytest.raises(LocalError, match="Not trusting"):
        await find_server(machine.data)
    os.kill(address.pid, signal.SIGTERM)


async def test_team_server_is_used_but_never_replaced(machine: Machine) -> None:
    team = await asyncio.create_subprocess_exec(*machine.command("--team"))
    await until(lambda: machine.noted("served"))
    assert (await ensure_server(data=machine.data, command=machine.command())).pid == team.pid
    with pytest.raises(LocalError, match="tuichat serve"):
        await background.restart(machine.data)
    assert await stop(machine.data) is True
    assert await team.wait() == 0


async def test_older_team_server_is_told_and_left_alone(machine: Machine) -> None:
    team = await asyncio.create_subprocess_exec(*machine.command("--team", "--version", "0.0.1"))
    await until(lambda: machine.noted("served"))
    with pytest.raises(LocalError, match=r"is tuichat 0\.0\.1.*restart it there"):
        await ensure_server(data=machine.data, command=machine.command())
    assert find_holder_pid(machine.data) == team.pid
    team.terminate()
    await team.wait()


async def test_data_that_another_machine_has_open_is_told_in_the_servers_words(machine: Machine) -> None:
    away = machine.command("--die", "the data is open on otherhost", "--exit-code", str(background.EXIT_DATA_IN_USE))
    with pytest.raises(ServerDidNotStart) as caught:
        await ensure_server(data=machine.data, command=away)
    assert str(caught.value) == "the data is open on otherhost"


async def test_holder_in_another_container_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "find_holder_pid", lambda _data: 0)
    with pytest.raises(DataInUse, match="cannot be seen from here"):
        await ensure_server(data=machine.data, command=machine.command())
    with pytest.raises(ServerDidNotStop, match="cannot be seen from here"):
        await stop(machine.data)


async def test_file_in_place_of_the_data_is_told_in_a_sentence(machine: Machine) -> None:
    machine.data.write_text("in the way")
    assert await find_server(machine.data) is None
    with pytest.raises(LocalError, match="must be a folder"):
        await ensure_server(data=machine.data, command=machine.command())
    assert await stop(machine.data) is False


@pytest.mark.parametrize("name", ["lock", "start.lock"])
async def test_folder_in_place_of_a_lock_is_told_in_a_sentence(machine: Machine, name: str) -> None:
    (machine.data / name).mkdir(parents=True)
    machine.data.chmod(0o700)
    with pytest.raises(LocalError, match=f"Cannot open {machine.data / name}: Is a directory"):
        await ensure_server(data=machine.data, command=machine.command())
    (machine.data / name).rmdir()
