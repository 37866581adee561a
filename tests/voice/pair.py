"""Two audio engines on virtual devices, joined by a wire that neither loses nor delays."""

import asyncio
import time

from tests.voice.pulse import PulseServer
from tuichat.protocol.rtp import OPUS, Header
from tuichat.voice.audio_protocol import (
    AudioReport,
    AudioState,
    ChooseInput,
    ChooseOutput,
    SetGate,
)
from tuichat.voice.local_audio import LocalAudio
from tuichat.voice.pyaudio_device import PyAudioBackend

DEADLINE_S = 15.0


class Person:
    """One at a machine of their own: a virtual microphone and a virtual speaker named after them."""

    def __init__(self, server: PulseServer, name: str, user_id: int) -> None:
        self.name = name
        self.user_id = user_id
        self.modules = [server.add_sink(f"{name}-mouth"), server.add_sink(f"{name}-ear")]
        self.reports: list[AudioReport] = []
        self.happened = asyncio.Event()
        self.listeners: list[Person] = []
        self.frames: list[tuple[bytes, int, bool]] = []
        self._sequence = 0
        self.audio = LocalAudio(PyAudioBackend(), self._send, self._take)
        self.audio.handle(ChooseInput(f"{name}-mouth.monitor"))
        self.audio.handle(ChooseOutput(f"{name}-ear"))
        self.audio.handle(SetGate("open"))

    @property
    def state(self) -> AudioState:
        return next((report for report in reversed(self.reports) if isinstance(report, AudioState)), AudioState())

    async def until_open(self, *, microphone: bool = True) -> None:
        """Wait until both devices are in use."""

        def is_open() -> bool:
            return self.state.output_name is not None and (self.state.input_name is not None) == microphone

        async with asyncio.timeout(DEADLINE_S):
            while not is_open():
                self.happened.clear()
                await self.happened.wait()

    def _take(self, report: AudioReport) -> None:
        self.reports.append(report)
        self.happened.set()

    def _send(self, payload: bytes, timestamp: int, is_speech: bool) -> None:
        self.frames.append((payload, timestamp, is_speech))
        header = Header(OPUS, self._sequence, timestamp, self.user_id, False)
        self._sequence = (self._sequence + 1) % 2**16
        for listener in self.listeners:
            listener.audio.receive(self.user_id, header, payload, time.monotonic() * 1000)


def introduce(*people: Person) -> None:
    """Let everyone hear everyone else."""
    for person in people:
        person.listeners = [other for other in people if other is not person]
