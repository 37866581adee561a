"""What is heard of a call besides voices: ringing, people who come and go, the soundboard."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable

from tuichat.client import change
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.soundboard import samples_of
from tuichat.client.voice_desk import Stage, VoiceView
from tuichat.voice.audio_protocol import AudioRequest, PlaySamples, PlaySound, Sound, StopSound

logger = logging.getLogger(__name__)

MAX_HEARING = 4  # taste: sounds of the soundboard that are fetched at once; more are noise
MAX_KEPT = 16  # decoded sounds: half a megabyte each at most


class DeskSounds:
    """`ask` hands a request to the engine, `wake` starts one."""

    def __init__(self, ask: Callable[[AudioRequest], None], wake: Callable[[], None]) -> None:
        self._ask = ask
        self._wake = wake
        self._ringing: Sound | None = None
        self._hearing: set[asyncio.Task[None]] = set()
        self._decoded: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def play(self, sound: Sound) -> None:
        self._ask(PlaySound(sound))

    def engine_ready(self) -> None:
        """Ring on: what was asked of an engine that was still starting is lost."""
        if self._ringing is not None:
            self.play(self._ringing)

    def view_changed(self, before: VoiceView, now: VoiceView, *, rings_elsewhere: bool) -> None:
        """Play what tells of the change: somebody came or went, a call rings here, or elsewhere for who calls."""
        self._ring("ring" if now.incoming else "calling" if rings_elsewhere else None)
        if now.stage is not Stage.CONNECTED or now.channel_id != before.channel_id:
            if before.is_in_call and not now.is_in_call:
                self.play("ended" if now.stage is Stage.FAILED else "leave")
            return
        there = {each.user_id for each in now.people}
        known = {each.user_id for each in before.people}
        if before.stage is Stage.CONNECTING or there - known:
            self.play("join")
        elif known - there:
            self.play("leave")

    def _ring(self, wanted: Sound | None) -> None:
        if wanted == self._ringing:
            return
        if self._ringing is not None:
            self._ask(StopSound())
        self._ringing = wanted
        if wanted is not None:
            self._wake()  # a call rings aloud, also before the first one of this run
            self.play(wanted)

    # The soundboard.

    def hear(self, client: Client, played: change.SoundPlayed, percent: int, *, is_wanted: Callable[[], bool]) -> None:
        """Fetch and play what somebody played, if it is still wanted then, and unless too many are on their way."""
        if is_wanted() and len(self._hearing) < MAX_HEARING:
            task = asyncio.create_task(self._hear(client, played, percent, is_wanted), name="soundboard")
            self._hearing.add(task)
            task.add_done_callback(self._hearing.discard)

    async def _hear(
        self, client: Client, played: change.SoundPlayed, percent: int, is_wanted: Callable[[], bool]
    ) -> None:
        try:
            samples = await self._samples(client, played.sound_id)
        except (ClientError, OSError) as error:
            logger.info("a sound of the soundboard was not heard: %s", error)
            return
        if is_wanted():
            self._ask(PlaySamples(samples, round(min(200, played.volume * percent))))

    async def _samples(self, client: Client, sound_id: int) -> bytes:
        """Return a sound's samples; a sound's file never changes."""
        key = (client.key, sound_id)
        if key not in self._decoded:
            file = await client.downloads.fetch(f"/soundboard-sounds/{sound_id}")
            self._decoded[key] = await samples_of(file)
        self._decoded.move_to_end(key)
        while len(self._decoded) > MAX_KEPT:
            self._decoded.popitem(last=False)
        return self._decoded[key]

    async def heard(self) -> None:
        """Wait until what is on its way was played, or not."""
        await asyncio.gather(*self._hearing)

    def close(self) -> None:
        for task in tuple(self._hearing):
            task.cancel()
