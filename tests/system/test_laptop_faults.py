"""What ends in the middle of a call over ssh: the session, ssh, an engine, the host's voice process; and a laptop that takes over."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import ROOT, needs_sshd, ssh_host
from tests.ssh.lent_sound import sessions
from tests.ssh.tcp_sockets import sets_nodelay
from tests.system.laptop_talk import Talk, is_alive, laptop_talk, login
from tests.voice.libraries import needs_opus
from tuichat.voice.place_protocol import HERE, ChoosePlace, PlaceState

pytestmark = [*needs_opus, *needs_sshd, pytest.mark.slow, pytest.mark.timeout(120)]

HEALED_S = 5.0

LISTENING = """
import asyncio
from tuichat.voice.audio_protocol import AudioState, SetMeter
from tuichat.voice.supervisor import EngineSupervisor

def tell(report):
    if isinstance(report, AudioState) and report.input_name:
        print("the microphone is open", flush=True)

async def main():
    async with EngineSupervisor(on_report=tell) as supervisor:
        while True:  # as a screen whose user looks at the meter
            supervisor.ask(SetMeter(is_on=True))
            await asyncio.sleep(0.5)

asyncio.run(main())
"""


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    async with laptop_talk(tmp_path) as running:
        yield running


async def joined(talk: Talk) -> None:
    """Be in the call with the sound on the laptop that is logged in."""
    await until(lambda: talk.places.key != HERE and talk.places.state is PlaceState.READY)
    await talk.room.join_all()
    await talk.until_both_hear()


async def test_the_session_of_tuichat_ssh_has_tcp_nodelay(talk: Talk) -> None:
    with talk.login():
        await joined(talk)
        assert sets_nodelay(talk.host.login_processes(), talk.host.port) == [True]


async def test_ssh_that_is_killed_keeps_the_place_in_the_room(talk: Talk) -> None:
    with talk.login() as login:
        await joined(talk)
        engines = login.engines()
        login.kill_ssh()
        await until(lambda: talk.places.state is PlaceState.LOST)
        assert talk.places.sentence
        assert talk.is_in_call
        assert talk.is_in_room()
        await until(lambda: not any(is_alive(pid) for pid in engines))
        await until(lambda: not sessions(talk.account))
    with talk.login():
        assert await talk.until_both_hear() < HEALED_S
        assert talk.is_in_call


async def test_tuichat_ssh_that_is_killed_closes_the_microphone(talk: Talk) -> None:
    with talk.login() as login:
        await joined(talk)
        engines = login.engines()
        assert engines
        login.kill()
        await until(lambda: not any(is_alive(pid) for pid in engines))
        await until(lambda: not sessions(talk.account))
        assert talk.is_in_room()


async def test_a_dropped_session_and_a_new_one_from_the_same_laptop(talk: Talk) -> None:
    with talk.login():
        await joined(talk)
        first = talk.places.key
    with talk.login():
        await talk.until_both_hear()
        assert talk.places.key != first
        assert talk.is_in_call


async def test_an_engine_that_is_killed_is_followed_by_another(talk: Talk) -> None:
    with talk.login() as login:
        await joined(talk)
        (engine,) = login.engines()
        os.kill(engine, signal.SIGKILL)
        await until(lambda: not is_alive(engine) and login.engines())
        assert await talk.until_both_hear() < HEALED_S
        assert talk.is_in_call
        assert talk.is_in_room()


async def test_a_voice_process_of_the_host_that_is_killed_ends_the_engine_and_comes_back(talk: Talk) -> None:
    with talk.login() as login:
        await joined(talk)
        (engine,) = login.engines()
        os.kill(talk.anna.pid, signal.SIGKILL)
        await until(lambda: not is_alive(engine))
        assert await talk.until_both_hear() < 2 * HEALED_S
        assert talk.is_in_room()


async def test_a_host_whose_tuichat_is_gone_has_no_engine_any_more(talk: Talk) -> None:
    with talk.login() as login:
        await joined(talk)
        engines = login.engines()
        await talk.anna.engine.close()
        await until(lambda: not any(is_alive(pid) for pid in engines))
        assert not login.engines()


async def test_a_tuichat_of_the_host_that_is_killed_closes_the_microphone(tmp_path: Path) -> None:
    """As the user of an account that is not the laptop's, in the host's own namespaces."""
    microphone = tmp_path / "voice.raw"
    microphone.write_bytes(bytes(96_000))
    with ssh_host("zsh") as host, login(host.accounts[0], microphone) as one:
        account = host.accounts[0]
        listening = account.command(sys.executable, "-c", LISTENING, environment={"PYTHONPATH": str(ROOT)})
        process = await asyncio.create_subprocess_exec(*listening, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        assert await process.stdout.readline() == b"the microphone is open\n"
        engines = one.engines()
        assert engines
        tuichat, voice = host.processes_of(account, "python")
        os.kill(tuichat, signal.SIGKILL)
        await process.wait()
        await until(lambda: not any(is_alive(pid) for pid in engines))
        await until(lambda: not is_alive(voice))
        assert sessions(account), "the login is not touched by it"


async def test_a_second_laptop_takes_the_sound_when_it_is_chosen(talk: Talk) -> None:
    with talk.login() as first:
        await joined(talk)
        before = talk.places.key
        with talk.login() as second:
            await until(lambda: len(talk.places.places) == 2)
            assert talk.places.key == before, "a login takes no sound away from where it works"
            talk.anna.engine.ask(ChoosePlace(talk.places.places[0].key))
            await until(lambda: talk.places.key != before and talk.places.state is PlaceState.READY)
            await talk.until_both_hear()
            assert second.engines()
            await until(lambda: not first.engines())


async def test_reattached_from_another_laptop(talk: Talk) -> None:
    """tuichat goes on in a tmux whose environment is that of the first login; the sound is where one is logged in from now."""
    with talk.login():
        await joined(talk)
    await until(lambda: talk.places.state is PlaceState.LOST)
    with talk.login() as other:
        await talk.until_both_hear()
        assert other.engines()
        assert talk.is_in_call
        assert talk.is_in_room()
