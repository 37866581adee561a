"""discord.py's voice conformance: `python -m tests.conformance.dpy_voice`, told by environment.py what to test.

It plays Opus that our own peer (the second bot) receives, hears the peer, moves, leaves and joins again. Needs libopus.
"""

import asyncio
import contextlib
import itertools
import math
import struct
import sys
import time
from collections.abc import Callable

import discord

from tests.conformance.environment import Environment
from tests.conformance.main import run_checks
from tests.conformance.other_account import gateway_url
from tests.conformance.player import play_to_end
from tests.conformance.redirect import redirect, use_plain_voice
from tests.conformance.report import Report
from tests.conformance.voice_peer import AES_GCM, SILENCE, XCHACHA, Peer, unseal

FRAME_SAMPLES = 960
PLAYED_FRAMES = 150  # 3 s
SILENT_FRAMES = 5  # that end what a library says


class Tone(discord.AudioSource):
    """A tone of 440 Hz; it encodes itself, so that the bytes of each frame are known."""

    def __init__(self, frames: int = PLAYED_FRAMES) -> None:
        self._encoder = discord.opus.Encoder()
        self._left = frames
        self._at = 0
        self.sent: list[bytes] = []

    def is_opus(self) -> bool:
        return True

    def read(self) -> bytes:
        if not self._left:
            return b""
        self._left -= 1
        levels = (int(9000 * math.sin(2 * math.pi * 440 * (self._at + i) / 48_000)) for i in range(FRAME_SAMPLES))
        pcm = b"".join(struct.pack("<hh", level, level) for level in levels)
        self._at += FRAME_SAMPLES
        self.sent.append(self._encoder.encode(pcm, FRAME_SAMPLES))
        return self.sent[-1]


class VoiceRun:
    """A discord.py client, our peer, and the report on them."""

    def __init__(self, environment: Environment, report: Report) -> None:
        self.environment = environment
        self.report = report
        self.client = discord.Client(intents=discord.Intents.all(), guild_ready_timeout=1.0)
        self.peer = Peer(environment)
        self.ready = asyncio.Event()

        @self.client.event
        async def on_ready() -> None:
            self.ready.set()

    @property
    def guild(self) -> discord.Guild:
        guild = self.client.get_guild(self.environment.guild_id)
        assert guild is not None
        return guild

    @property
    def user_id(self) -> int:
        assert self.client.user is not None
        return self.client.user.id

    def own_channel_id(self) -> int | None:
        """The channel that the library's own voice state names."""
        voice = self.guild.me.voice
        return None if voice is None or voice.channel is None else voice.channel.id


async def check_all(environment: Environment, report: Report) -> None:
    if not discord.opus.is_loaded():
        discord.opus._load_default()
    redirect(environment.api, await gateway_url(environment))
    if environment.is_voice_plain:
        use_plain_voice()
    run = VoiceRun(environment, report)
    await run.client.login(environment.bot_token)
    runner = asyncio.create_task(run.client.connect())
    try:
        if await report.did("on_ready", run.ready.wait(), 30):
            await check_voice(run)
    finally:
        await report.did("close", run.client.close())
        with contextlib.suppress(TimeoutError, discord.DiscordException):
            await asyncio.wait_for(runner, 5)


async def check_voice(run: VoiceRun) -> None:
    report, environment = run.report, run.environment
    first, second = (run.guild.get_channel(each) for each in (environment.voice_id, environment.second_voice_id))
    are_cached = isinstance(first, discord.VoiceChannel) and isinstance(second, discord.VoiceChannel)
    if not report.check("voice channels are cached", are_cached):
        return
    assert isinstance(first, discord.VoiceChannel)
    assert isinstance(second, discord.VoiceChannel)
    joined = run.peer.start(environment.voice_id)
    try:
        if not await report.did("peer joins (gateway, voice ws, UDP discovery, session description)", joined):
            return
        report.check("dave_protocol_version is present", run.peer.dave is not None)
        report.check("both required modes are offered", {AES_GCM, XCHACHA} <= set(run.peer.modes), str(run.peer.modes))
        voice = await report.step("discord.py joins", join(first, reconnect=False))
        if voice is None:
            return
        await check_joined(run, voice, first)
        frame = await check_playing(run, voice)
        await check_hearing(run, voice, frame)
        await check_move(run, voice, second)
        await check_leaving(run, voice, first)
    finally:
        await run.peer.stop()


async def check_joined(run: VoiceRun, voice: discord.VoiceClient, channel: discord.VoiceChannel) -> None:
    report, state = run.report, voice._connection
    report.check("mode chosen by discord.py", state.mode == XCHACHA, str(state.mode))
    is_off = state.dave_protocol_version == 0
    report.check("DAVE is off when a peer cannot do it", is_off, str(state.dave_protocol_version))
    await asyncio.sleep(0.5)
    report.check("own voice state is cached", run.own_channel_id() == channel.id)
    members = {member.id for member in channel.members}
    report.check("members in channel", members == {run.user_id, int(run.peer.user_id)}, str(channel.members))
    report.check("peer got CLIENTS_CONNECT (op 11)", str(run.user_id) in run.peer.connected)


async def check_playing(run: VoiceRun, voice: discord.VoiceClient) -> bytes:
    """Let discord.py speak, and return a frame of it."""
    report, peer, source = run.report, run.peer, Tone()
    await report.did("play 3 s of Opus, and the player has no error", play_to_end(voice.play, source), 10)
    await asyncio.sleep(0.6)
    sound = [frame for frame in peer.frames if frame.payload != SILENCE]
    silent = [frame for frame in peer.frames if frame.payload == SILENCE]
    enough = len(source.sent) * 98 // 100
    report.check("peer received at least 98 % of the frames", len(sound) >= enough, f"{len(sound)} frames")
    payloads = [frame.payload for frame in sound]
    report.check("payloads are byte-equal", payloads == source.sent or set(payloads) <= set(source.sent))
    are_known = bool(sound) and all(frame.user_id == str(run.user_id) for frame in sound)
    report.check("SSRC maps to the user (op 5 before audio)", are_known)
    are_kept = bool(sound) and all(
        (after.sequence - before.sequence) & 0xFFFF == (after.timestamp - before.timestamp) // FRAME_SAMPLES
        for before, after in itertools.pairwise(sound)
    )
    report.check("RTP seq/timestamp are kept", are_kept)
    report.check("5 silence frames at the end", len(silent) == SILENT_FRAMES, str(len(silent)))
    report.check("no packet failed to decrypt", not peer.errors, str(peer.errors[:2]))
    return source.sent[10]


async def check_hearing(run: VoiceRun, voice: discord.VoiceClient, frame: bytes) -> None:
    """discord.py cannot receive; what it offers is a hook on its socket."""
    packets: list[bytes] = []
    voice._connection.add_socket_listener(packets.append)
    for number in range(25):
        run.peer.send(frame, has_extension=number % 2 == 1)
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)
    sound = [packet for packet in packets if len(packet) > 12 and packet[0] >> 6 == 2 and packet[1] & 0x7F == 0x78]
    good = 0
    for packet in sound:
        with contextlib.suppress(Exception):  # whatever the cipher raises is a packet that is not good
            good += unseal(voice.mode, bytes(voice.secret_key), packet) == frame
    what = "discord.py socket receives and can decrypt (with and without header extension)"
    run.report.check(what, good == 25, f"{len(sound)} packets, {good} good")
    voice._connection.remove_socket_listener(packets.append)
    if run.environment.may_wake:
        # Its reader may sleep on the old socket for 30 s, and miss the answer on the next one: a packet wakes it.
        run.peer.send(frame)
        await asyncio.sleep(0.1)


async def check_move(run: VoiceRun, voice: discord.VoiceClient, channel: discord.VoiceChannel) -> None:
    report, peer = run.report, run.peer
    report.check("voice websocket latency known", await becomes(lambda: math.isfinite(voice.latency), 8))
    began_s = time.monotonic()
    await report.did("move_to another channel", voice.move_to(channel, timeout=40), 45)
    took_s = time.monotonic() - began_s
    report.check("the move took less than 5 s", took_s < 5, f"{took_s:.1f} s")
    await asyncio.sleep(0.5)
    report.check("moved", run.own_channel_id() == channel.id and voice.channel.id == channel.id)
    report.check("connected after the move", voice.is_connected())
    report.check("old channel peer got op 13", str(run.user_id) in peer.gone)
    before = len(peer.frames)
    await report.did("plays after the move", play_to_end(voice.play, Tone(25)), 10)
    await asyncio.sleep(0.3)
    leaked = len(peer.frames) - before
    report.check("the old channel hears nothing", leaked == 0, f"{leaked} frames leaked")


async def check_leaving(run: VoiceRun, voice: discord.VoiceClient, channel: discord.VoiceChannel) -> None:
    report = run.report
    await report.did("disconnect", voice.disconnect(), 10)
    await asyncio.sleep(0.5)
    report.check("voice state is gone", run.own_channel_id() is None)
    again = await report.step("joins again after disconnect", join(channel, reconnect=True))
    if again is None:
        return
    before = len(run.peer.frames)
    await report.did("plays after rejoin", play_to_end(again.play, Tone(25)), 10)
    await asyncio.sleep(0.3)
    heard = len(run.peer.frames) - before
    report.check("audio after rejoin", heard >= 24, str(heard))
    await again.disconnect()


async def join(channel: discord.VoiceChannel, *, reconnect: bool) -> discord.VoiceClient:
    return await channel.connect(cls=discord.VoiceClient, timeout=15, reconnect=reconnect)


async def becomes(holds: Callable[[], bool], limit_s: float) -> bool:
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        if holds():
            return True
        await asyncio.sleep(0.1)
    return holds()


if __name__ == "__main__":
    sys.exit(run_checks("dpy_voice", check_all))
