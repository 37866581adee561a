"""What ends in the middle of a call over ssh: the session, ssh, an engine, the host's voice process; and a laptop that takes over."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import needs_sshd
from tests.ssh.lent_sound import sessions
from tests.ssh.tcp_sockets import sets_nodelay
from tests.system.laptop_talk import Talk, is_alive, laptop_talk
from tests.voice.libraries import needs_opus
from tuichat.voice.place_protocol import HERE, ChoosePlace, PlaceState

pytestmark = [*needs_opus, *needs_sshd, pytest.mark.slow, pytest.mark.timeout(120)]

HEALED_S = 5.0


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
    with talk.login("laptop"):
        await joined(talk)
        assert sets_nodelay(talk.host.login_processes(), talk.host.port) == [True]


async def test_ssh_that_is_killed_keeps_the_place_in_the_room(talk: Talk) -> None:
    with talk.login("laptop") as login:
        await joined(talk)
        engines = login.engines()
        login.kill_ssh()
        await until(lambda: talk.places.state is PlaceState.LOST)
        assert talk.places.sentence
        assert talk.is_in_call
        assert talk.is_in_room()
        await until(lambda: not any(is_alive(pid) for pid in engines))
        await until(lambda: not sessions(talk.account))
    with talk.login("laptop"):
        assert await talk.until_both_hear() < HEALED_S
        assert talk.is_in_call


async def test_tuichat_ssh_that_is_killed_closes_the_microphone(talk: Talk) -> None:
    with talk.login("laptop") as login:
        await joined(talk)
        engines = login.engines()
        assert engines
        login.kill()
        await until(lambda: not any(is_alive(pid) for pid in engines))
        await until(lambda: not sessions(talk.account))
        assert talk.is_in_room()


async def test_a_dropped_session_and_a_new_one_from_the_same_laptop(talk: Talk) -> None:
    with talk.login("laptop"):
        await joined(talk)
        first = talk.places.key
    with talk.login("laptop"):
        await talk.until_both_hear()
        assert talk.places.key != first
        assert talk.is_in_call


async def test_an_engine_that_is_killed_is_followed_by_another(talk: Talk) -> None:
    with talk.login("laptop") as login:
        await joined(talk)
        (engine,) = login.engines()
        os.kill(engine, signal.SIGKILL)
        await until(lambda: not is_alive(engine) and login.engines())
        assert await talk.until_both_hear() < HEALED_S
        assert talk.is_in_call
        assert talk.is_in_room()


async def test_a_voice_process_of_the_host_that_is_killed_ends_the_engine_and_comes_back(talk: Talk) -> None:
    with talk.login("laptop") as login:
        await joined(talk)
        (engine,) = login.engines()
        os.kill(talk.anna.pid, signal.SIGKILL)
        await until(lambda: not is_alive(engine))
        assert await talk.until_both_hear() < 2 * HEALED_S
        assert talk.is_in_room()


async def test_a_host_whose_tuichat_is_gone_has_no_engine_any_more(talk: Talk) -> None:
    with talk.login("laptop") as login:
        await joined(talk)
        engines = login.engines()
        await talk.anna.engine.close()
        await until(lambda: not any(is_alive(pid) for pid in engines))
        assert not login.engines()


async def test_a_second_laptop_takes_the_sound_when_it_is_chosen(talk: Talk) -> None:
    with talk.login("laptop") as first:
        await joined(talk)
        before = talk.places.key
        with talk.login("other") as second:
            await until(lambda: len(talk.places.places) == 2)
            assert talk.places.key == before, "a login takes no sound away from where it works"
            talk.anna.engine.ask(ChoosePlace(talk.places.places[0].key))
            await until(lambda: talk.places.key != before and talk.places.state is PlaceState.READY)
            await talk.until_both_hear()
            assert second.engines()
            await until(lambda: not first.engines())


async def test_reattached_from_another_laptop(talk: Talk) -> None:
    """tuichat goes on in a tmux whose environment is that of the first login; the sound is where one is logged in from now."""
    with talk.login("laptop"):
        await joined(talk)
    await until(lambda: talk.places.state is PlaceState.LOST)
    with talk.login("other") as other:
        await talk.until_both_hear()
        assert other.engines()
        assert talk.is_in_call
        assert talk.is_in_room()
