"""Faults in the middle of a talk (line 4.20): each heals within three seconds of the end of its cause."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.client.waiting import until
from tests.server.running import Account
from tests.system.bad_network import BadNetwork, bad_network
from tests.system.fresh_home import FreshHome
from tests.system.rest_account import ChannelObject, register
from tests.system.server_process import ServerProcess
from tests.system.voice_site import VOICE, Person, VoiceSite, person, until_heard, voice_site
from tests.voice.speech import speech_like
from tuichat.client.endpoint import parse_url
from tuichat.protocol.rtp import FRAME_SAMPLES
from tuichat.voice.audio_protocol import AudioReport, AudioState, SpeakingLevels
from tuichat.voice.call_protocol import CallState, MediaPath
from tuichat.voice.codec import Encoder, Samples
from tuichat.voice.engine_state import EngineReady
from tuichat.voice.place_protocol import PlaceReport
from tuichat.voice.supervisor import EngineSupervisor

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(120)]  # they measure, and wait for outages

HEALED_WITHIN_S = 3.0


class Clock:
    def __init__(self) -> None:
        self.start = time.monotonic()

    @property
    def passed_s(self) -> float:
        return time.monotonic() - self.start


async def both_hear(one: Person, two: Person, word: bytes, limit_s: float = 30.0) -> None:
    await until_heard(one, two, b"\x78one " + word, limit_s)
    await until_heard(two, one, b"\x78two " + word, limit_s)


@contextlib.asynccontextmanager
async def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[VoiceSite, BadNetwork]]:
    """Two people talk; `me` is behind a network that may go."""
    async with contextlib.AsyncExitStack() as stack:
        site = await stack.enter_async_context(voice_site(tmp_path, ("other",), more=("me",)))
        await site.people[0].join(site.lounge)  # before the network: its UDP does not go through it
        network = await stack.enter_async_context(bad_network(site.server.port, monkeypatch))
        endpoint = parse_url(f"http://127.0.0.1:{network.port}")
        me = await stack.enter_async_context(person(site.accounts["me"], endpoint, tmp_path / "me"))
        site.people.append(me)
        await me.join(site.lounge)
        await both_hear(me, site.people[0], b"begin")
        yield site, network


@pytest.mark.parametrize("gone_s", [4.0, 30.0])
async def test_a_network_that_was_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone_s: float) -> None:
    async with talk(tmp_path, monkeypatch) as (site, network):
        other, me = site.people
        me.client.voice.set_deafened(True)
        me.client.voice.set_deafened(False)
        network.vanish()
        gone = Clock()
        await until(lambda: me.client.voice.call is not None and me.client.voice.call.state is CallState.REJOINING)
        assert gone.passed_s < 5
        await asyncio.sleep(gone_s - gone.passed_s)  # the cause itself
        network.come_back()
        back = Clock()
        await both_hear(me, other, b"again")
        await until(me.is_connected)
        assert back.passed_s < HEALED_WITHIN_S
        await until(lambda: me.agent._call is not None and me.agent._call._line.is_ready)
        assert back.passed_s < HEALED_WITHIN_S + 1
        assert me.client.voice.is_calling(site.lounge)


async def test_a_voice_websocket_that_breaks_is_not_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with talk(tmp_path, monkeypatch) as (site, _):
        other, me = site.people
        voice_server = site.server.server.voice
        assert voice_server is not None
        for connection in list(voice_server.gateway.connections):
            if connection._websocket is not None:
                connection._websocket.abort()
        cut = Clock()
        await both_hear(me, other, b"still there")
        assert cut.passed_s < 1
        assert me.is_connected()
        await until(lambda: me.agent._call is not None and me.agent._call._line.is_ready)
        assert cut.passed_s < HEALED_WITHIN_S


async def test_udp_that_is_blocked_from_now_on_goes_through_the_websocket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talk(tmp_path, monkeypatch) as (site, network):
        other, me = site.people
        assert me.media._link is not None
        me.media._link._chooser._retry_gap_ms = 200
        network.blocks_udp = True
        await until(lambda: me.client.voice.call is not None and me.client.voice.call.path is MediaPath.WEBSOCKET)
        await both_hear(me, other, b"through tcp")
        network.blocks_udp = False
        await until(lambda: me.client.voice.call is not None and me.client.voice.call.path is MediaPath.UDP)
        await both_hear(me, other, b"by udp again")


async def test_udp_blocked_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with voice_site(tmp_path, ("other",), more=("me",)) as site:
        await site.people[0].join(site.lounge)
        async with bad_network(site.server.port, monkeypatch) as network:
            network.blocks_udp = True
            endpoint = parse_url(f"http://127.0.0.1:{network.port}")
            async with person(site.accounts["me"], endpoint, tmp_path / "me") as me:
                joining = Clock()
                await me.join(site.lounge)
                assert joining.passed_s < 4
                assert me.client.voice.call is not None
                assert "UDP is blocked" in me.client.voice.call.sentence
                await both_hear(me, site.people[0], b"through tcp")


async def test_a_gateway_session_that_is_lost_takes_the_place_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with talk(tmp_path, monkeypatch) as (site, network):
        other, me = site.people
        me.client.voice.set_muted(True)
        await until(lambda: me.audio.is_muted)
        before = me.client.state.session_id
        machine = me.client._gateway._machine
        assert machine is not None
        machine._session.drop()  # so that it cannot be resumed
        network.cut()
        lost = Clock()
        await until(lambda: me.client.state.session_id != before)
        await until(me.is_connected)
        assert me.audio.is_muted
        me.client.voice.set_muted(False)
        await both_hear(me, other, b"again")
        assert lost.passed_s < HEALED_WITHIN_S


async def test_a_server_that_was_killed(tmp_path: Path) -> None:
    with FreshHome() as home, ServerProcess(home, "--registration", "open", "--no-rate-limits") as server:
        server.port = int(server.base_url.rpartition(":")[2])
        async with aiohttp.ClientSession() as http, contextlib.AsyncExitStack() as stack:
            accounts: dict[str, Account] = {}
            for name in ("me", "other"):
                made = await register(http, server.api_url, name)
                accounts[name] = Account(http, server.api_url, made.authorization)
                accounts[name].user_id = (await made.me()).id
            guild = await accounts["me"].create_guild("Team")
            await accounts["other"].join(await accounts["me"].invite((await accounts["me"].text_channel(guild.id)).id))
            body = {"name": "lounge", "type": VOICE}
            lounge = await accounts["me"].call("POST", f"/guilds/{guild.id}/channels", ChannelObject, body)
            endpoint = parse_url(server.base_url)
            people = [
                await stack.enter_async_context(person(account, endpoint, tmp_path / name))
                for name, account in accounts.items()
            ]
            for somebody in people:
                await somebody.join(int(lounge.id))
            me, other = people
            other.client.voice.set_deafened(True)
            await until(lambda: other.audio.is_deafened)
            server.kill()
            await until(lambda: not me.is_connected() and not other.is_connected())
            await asyncio.to_thread(server.start)
            started = Clock()
            await until(lambda: me.is_connected() and other.is_connected(), 30)
            assert other.audio.is_deafened
            other.client.voice.set_deafened(False)
            await both_hear(me, other, b"again")
            assert started.passed_s < HEALED_WITHIN_S


async def test_an_engine_that_was_killed(tmp_path: Path) -> None:
    encoder = Encoder()
    spoken = [encoder.encode(frame) for frame in speech_frames()]
    reports: list[AudioReport | PlaceReport] = []
    async with voice_site(tmp_path) as site:
        me, other = site.people
        await me.join(site.lounge)

        def is_heard() -> bool:
            """Have `me` speak on, and say whether the other one's engine plays it."""
            me.speak(spoken[len(reports) % len(spoken)])
            return any(isinstance(each, SpeakingLevels) and me.id in each.levels_db for each in reports)

        async with EngineSupervisor(on_report=reports.append) as engine:
            other.client.voice.link = engine.calls
            await other.join(site.lounge)
            other.client.voice.set_muted(True)
            await until(lambda: any(isinstance(each, AudioState) and each.is_muted for each in reports))
            await until(is_heard)
            ready = await engine.wait_until(lambda state: isinstance(state, EngineReady), 20)
            assert isinstance(ready, EngineReady)
            os.kill(ready.pid, signal.SIGKILL)
            await until(lambda: not other.is_connected())
            killed = Clock()
            reports.clear()
            assert other.client.voice.call is not None
            assert other.client.voice.call.state is CallState.REJOINING
            await until(other.is_connected)
            await until(is_heard)
            assert killed.passed_s < HEALED_WITHIN_S
            states = [each for each in reports if isinstance(each, AudioState)]
            assert states
            assert states[-1].is_muted
            other.client.voice.leave()


def speech_frames() -> list[Samples]:
    sound = speech_like(1.0)
    return [sound[at : at + FRAME_SAMPLES] for at in range(0, sound.size - FRAME_SAMPLES, FRAME_SAMPLES)]
