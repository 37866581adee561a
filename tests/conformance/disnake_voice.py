"""disnake's voice conformance: `python -m tests.conformance.disnake_voice`, told by environment.py what to test.

It plays Opus that our own peer (the second bot) receives, moves, and leaves. Needs libopus, and dave.py, which disnake asks for.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable

import disnake

from tests.conformance.environment import Environment
from tests.conformance.main import run_checks
from tests.conformance.player import play_to_end
from tests.conformance.report import Report
from tests.conformance.voice_peer import SILENCE, Peer

FRAMES = 50  # a second
MOVE_LIMIT_S = 20.0


class KnownFrames(disnake.AudioSource):
    """Frames of Opus that are told apart by their bytes."""

    def __init__(self, seed: int) -> None:
        self.sent = [bytes([0xFC, seed, number, *([number] * 60)]) for number in range(FRAMES)]
        self._left = list(self.sent)

    def is_opus(self) -> bool:
        return True

    def read(self) -> bytes:
        return self._left.pop(0) if self._left else b""


class VoiceRun:
    """A disnake client, our peer, and the report on them."""

    def __init__(self, environment: Environment, report: Report) -> None:
        self.environment = environment
        self.report = report
        self.client = disnake.Client(intents=disnake.Intents.all())
        self.peer = Peer(environment)
        self.ready = asyncio.Event()

        @self.client.event
        async def on_ready() -> None:
            self.ready.set()

    def channel(self, channel_id: int) -> disnake.VoiceChannel:
        channel = self.client.get_channel(channel_id)
        assert isinstance(channel, disnake.VoiceChannel)
        return channel

    async def play(self, voice: disnake.VoiceClient, source: KnownFrames) -> None:
        """Play a source to its end, and give its last packets time to arrive."""
        await play_to_end(voice.play, source)
        await asyncio.sleep(0.3)

    def heard(self) -> list[bytes]:
        """What the peer has heard since the last call, without silence."""
        payloads = [frame.payload for frame in self.peer.frames if frame.payload != SILENCE]
        self.peer.frames.clear()
        return payloads


async def check_speech(run: VoiceRun, voice: disnake.VoiceClient, what: str, seed: int) -> None:
    source = KnownFrames(seed)
    run.heard()
    await run.report.did(f"{what}: plays", run.play(voice, source), 10)
    heard = run.heard()
    run.report.check(f"{what}: nearly all frames arrive", len(heard) >= FRAMES * 98 // 100, str(len(heard)))
    run.report.check(f"{what}: byte for byte", set(heard) <= set(source.sent))


async def check_voice(run: VoiceRun) -> None:
    report, environment = run.report, run.environment
    if not await report.did("peer joins", run.peer.start(environment.voice_id)):
        return
    first, second = run.channel(environment.voice_id), run.channel(environment.second_voice_id)
    voice = await report.step("disnake joins", join(first))
    if voice is None:
        return
    await check_speech(run, voice, "in the first channel", 1)
    report.check("no packet failed to decrypt", not run.peer.errors, str(run.peer.errors[:2]))
    await report.did("moves to another channel", move(voice, second), 40)
    run.heard()
    await report.did("plays after the move", run.play(voice, KnownFrames(2)), 10)
    report.check("the old channel hears nothing", run.heard() == [])
    await report.did("disconnects", voice.disconnect(), 10)
    await asyncio.sleep(0.5)
    report.check("its voice state is gone", first.guild.me.voice is None or first.guild.me.voice.channel is None)
    again = await report.step("joins again", join(first))
    if again is not None:
        await check_speech(run, again, "after joining again", 3)
        await report.did("disconnects again", again.disconnect(), 10)


async def join(channel: disnake.VoiceChannel) -> disnake.VoiceClient:
    return await channel.connect(cls=disnake.VoiceClient, timeout=15, reconnect=True)


async def move(voice: disnake.VoiceClient, channel: disnake.VoiceChannel) -> None:
    """Move, and wait until disnake has come back: it closes its connection, waits a while, leaves and joins."""
    await voice.move_to(channel)
    await becomes(lambda: not voice.is_connected())
    await becomes(lambda: voice.is_connected() and voice.channel.id == channel.id)


async def becomes(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + MOVE_LIMIT_S
    while time.monotonic() < end_s:
        if holds():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError


async def check_all(environment: Environment, report: Report) -> None:
    disnake.http.Route.BASE = environment.api
    disnake.asset.Asset.BASE = environment.api.split("/api/")[0]
    run = VoiceRun(environment, report)
    await run.client.login(environment.bot_token)
    runner = asyncio.create_task(run.client.connect())
    try:
        if await report.did("on_ready", run.ready.wait(), 30):
            await check_voice(run)
    finally:
        await run.peer.stop()
        await report.did("close", run.client.close())
        with contextlib.suppress(TimeoutError, disnake.DiscordException):
            await asyncio.wait_for(runner, 5)


if __name__ == "__main__":
    sys.exit(run_checks("disnake_voice", check_all))
