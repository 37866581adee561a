"""A bridge for tests, with engines that are real processes and open no sound device."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tuichat.bridge.bridge import Bridge
from tuichat.bridge.capture import Capture
from tuichat.bridge.capture_notice import CaptureNotice
from tuichat.bridge.consent import Consent
from tuichat.local.runtime import runtime_dir

BOX = "ann@box.example.org:22"
SECRET = bytes(range(32))

# An engine that opens a microphone when it is told to, and writes down all that it is told.
FAKE = """
import os, socket, sys
from tuichat.voice.audio_protocol import *
from tuichat.voice.engine_protocol import *
connection = socket.socket(fileno=int(sys.argv[-1]))
reader = request_reader()
while data := connection.recv(65536):
    for request in reader.feed(data):
        print(str(request)[:200], file=open({log!r}, "a"), flush=True)
        match request:
            case Hello():
                connection.sendall(encode(HelloReply(program="an engine", version=3)))
            case Ping(number):
                connection.sendall(encode(Pong(number)))
            case DevicesRequest():
                connection.sendall(encode(Devices(problem="a fake has none")))
            case SetMeter() if refusal := os.environ["TUICHAT_ENGINE_NO_MICROPHONE"]:
                connection.sendall(encode(Problem("input", refusal)))
            case SetMeter(is_on):
                connection.sendall(encode(AudioState(input_name="a microphone" if is_on else None)))
"""


def fake_engine(log: Path) -> tuple[str, ...]:
    return (sys.executable, "-P", "-c", FAKE.format(log=str(log)))


class Laptop:
    """A bridge with what it showed, and what its engines were told."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "box",
        destination: str = BOX,
        command: Sequence[str] = (),
        has_title: bool = True,
        notice: CaptureNotice | None = None,
    ) -> None:
        """`command` is the engine's, a fake one by default."""
        self.log = folder / f"engine-{name}.log"
        self.path = runtime_dir() / f"ssh-{name}.sock"
        self.consent = Consent()
        self.shown: list[Capture] = []
        self.bridge = Bridge(
            destination,
            name,
            SECRET,
            self.path,
            consent=self.consent,
            show=self.shown.append if has_title else None,
            notice=notice,
            command=command or fake_engine(self.log),
        )

    def told(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def pids(self) -> list[int]:
        return [line.engine_pid for line in self.bridge.lines if line.engine_pid is not None]
