"""The audio engine: the process that owns the sound devices, spoken to over a socket it inherits.

`python -m tuichat.voice.engine --socket-fd N` is started by EngineSupervisor. It ends with status 0 when it is
asked to or its parent goes away, and writes nothing but its own failures, to standard error.
"""

import argparse
import asyncio
import contextlib
import faulthandler
import gc
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tuichat import __version__
from tuichat.translation import _
from tuichat.voice.audio import Audio, OnFrame
from tuichat.voice.audio_protocol import AudioRequest
from tuichat.voice.call_protocol import CallRequest
from tuichat.voice.device import AudioBackendError, SoundSystem
from tuichat.voice.engine_protocol import (
    AUDIO_VERSION,
    LANGUAGE,
    Devices,
    DevicesRequest,
    EngineError,
    EngineProtocolError,
    Hello,
    HelloRefused,
    HelloReply,
    Ping,
    Pong,
    Report,
    Request,
    Shutdown,
    UseLanguage,
    agree_on_version,
    encode,
    request_reader,
)
from tuichat.voice.no_audio import NoAudio
from tuichat.voice.opus_library import opus_version
from tuichat.voice.pyaudio_device import NO_DEVICES, NOT_LISTED, PyAudioBackend, not_installed

if TYPE_CHECKING:
    from tuichat.voice.call_agent import CallAgent

READ_BYTES = 65536
SWITCH_INTERVAL_S = 0.0005  # the sound card's thread waits so long for a busy loop; Python's own 5 ms is half a tick
REALTIME_PRIORITY = 4  # one below what PulseAudio gives itself
NICENESS = -11  # as PulseAudio's
LISTING_TIMEOUT_S = 10.0  # of taste: a sound server on a dead network address never answers


class EngineAudio(Audio, Protocol):
    """An Audio that a person's requests go to as well."""

    def handle(self, request: AudioRequest) -> None: ...

    def close(self) -> None: ...


class AudioEngine:
    """Answers one agent, from its Hello to its end."""

    def __init__(
        self,
        send: Callable[[Report], None],
        backend: SoundSystem,
        codec_version: Callable[[], str] = opus_version,
        *,
        listing_timeout_s: float = LISTING_TIMEOUT_S,
        use_language: Callable[[str], None] = lambda language: None,
    ) -> None:
        """`use_language` has this process speak as a setting of the language says."""
        self._send = send
        self._backend = backend
        self._codec_version = codec_version
        self._listing_timeout_s = listing_timeout_s
        self._use_language = use_language
        self._is_greeted = False
        self._version = 0
        self._is_listing = False
        self._listing_timer: asyncio.TimerHandle | None = None
        self._audio: EngineAudio | None = None
        self._agent: CallAgent | None = None
        self.on_frame: OnFrame = _drop_frame
        """Who sends what the microphone gives: the call agent, once there was a call."""
        self.is_finished = False

    def receive(self, request: Request) -> None:
        """Act on one request, raising EngineProtocolError where it is out of order."""
        if isinstance(request, Hello):
            self._greet(request)
            return
        if not self._is_greeted:
            raise EngineProtocolError(f"the first message must be Hello, got {type(request).__name__}")
        match request:
            case DevicesRequest():
                self._list_devices()
            case Ping(number):
                self._send(Pong(number))
            case Shutdown():
                self.is_finished = True
            case UseLanguage(language):
                self._use_language(language)
            case _ if isinstance(request, AudioRequest):
                self._check_version(request)
                self.audio.handle(request)
            case _ if isinstance(request, CallRequest):
                self._check_version(request)
                self.agent.receive(request)

    def _check_version(self, request: Request) -> None:
        if self._version < AUDIO_VERSION:
            raise EngineProtocolError(
                f"{type(request).__name__} came in protocol {self._version}, which has none: it needs {AUDIO_VERSION}"
            )

    @property
    def audio(self) -> "EngineAudio":
        """The audio, made when it is first asked for: what only lists devices loads no codec."""
        if self._audio is None:
            self._audio = self._make_audio()
        return self._audio

    @property
    def agent(self) -> "CallAgent":
        """The call's role in this process, made with the first call."""
        if self._agent is None:
            from tuichat.voice.call_agent import CallAgent

            self._agent = CallAgent(self._send, lambda: self.audio)
            self.on_frame = self._agent.send_frame
        return self._agent

    async def leave_call(self) -> None:
        """Tell the voice server that this is the end, a second or so at most."""
        if self._agent is not None:
            await self._agent.close()

    def close(self) -> None:
        """Give the devices back, and forget the listing that may be under way."""
        self._stop_waiting()
        if self._audio is not None:
            self._audio.close()

    def _stop_waiting(self) -> None:
        if self._listing_timer is not None:
            self._listing_timer.cancel()

    def _make_audio(self) -> "EngineAudio":
        try:
            from tuichat.voice.local_audio import LocalAudio
        except ImportError as error:
            return NoAudio(not_installed(str(error.name)), self._send)
        audio = LocalAudio(self._backend, self._pass_frame, self._send, devices_changed=self._list_devices)
        prepare_for_ticks()
        return audio

    def _pass_frame(self, payload: bytes, timestamp: int, is_speech: bool) -> None:
        self.on_frame(payload, timestamp, is_speech)

    def _greet(self, hello: Hello) -> None:
        if self._is_greeted:
            raise EngineProtocolError("a second Hello came on one connection")
        try:
            version = agree_on_version(hello)
        except EngineProtocolError as error:
            self._send(HelloRefused(reason=str(error)))
            self.is_finished = True
            return
        self._is_greeted = True
        self._use_language(hello.language)
        self._version = version
        libraries: dict[str, str] = {}
        problems: list[str] = []
        for name, ask in (("portaudio", self._backend.version), ("opus", self._codec_version)):
            try:
                libraries[name] = ask()
            except AudioBackendError as error:
                problems.append(str(error))
        features = (
            LANGUAGE,
            *(["devices"] if "portaudio" in libraries else []),
            *(["opus"] if "opus" in libraries else []),
        )
        self._send(
            HelloReply(
                program=f"tuichat {__version__}",
                version=version,
                features=features,
                libraries=libraries,
                problems=tuple(problems),
            )
        )
        self._list_devices()

    def _list_devices(self) -> None:
        """Start a listing on a thread of its own, or join the one under way.

        The sound system may block for ever. A daemon thread may then be left behind; an executor would be
        waited for at exit.
        """
        if self._is_listing:
            return
        self._is_listing = True
        loop = asyncio.get_running_loop()
        self._listing_timer = loop.call_later(self._listing_timeout_s, self._report_stuck_listing)

        def list_and_report() -> None:
            devices = self._devices_now()
            try:
                loop.call_soon_threadsafe(self._report_listing, devices)
            except RuntimeError:  # the loop has ended meanwhile: nobody is left to tell
                return

        threading.Thread(target=list_and_report, name="device-listing", daemon=True).start()

    def _devices_now(self) -> Devices:
        try:
            found = self._backend.list_devices()
        except AudioBackendError as error:
            return Devices(problem=str(error))
        except Exception as error:
            # The thread's outermost place: whatever the library raises, the agent waits for an answer.
            return Devices(problem=_(NOT_LISTED).format(reason=f"{type(error).__name__}: {error}"))
        problem = None if found.inputs or found.outputs else _(NO_DEVICES)
        return Devices(inputs=found.inputs, outputs=found.outputs, problem=problem, server=found.server)

    def _report_listing(self, devices: Devices) -> None:
        self._is_listing = False
        self._stop_waiting()
        self._send(devices)

    def _report_stuck_listing(self) -> None:
        # _is_listing stays: PortAudio is not thread-safe, and its late answer is still sent when it comes.
        self._send(
            Devices(
                problem=_("the sound system has not answered for {seconds} s; still waiting").format(
                    seconds=f"{self._listing_timeout_s:g}"
                )
            )
        )


def _use_language(setting: str) -> None:
    from tuichat.config.language import use_language
    from tuichat.config.paths import config_dir

    use_language(setting, os.environ, config_dir() / "locale")


def _drop_frame(payload: bytes, timestamp: int, is_speech: bool) -> None:
    """Nobody is in a call."""


def prepare_for_ticks() -> None:
    """Keep what may hold up a tick of 10 ms away from this process: long garbage collections, and busy programs.

    What is loaded by now takes part in no later collection. Only some systems let an ordinary user be more urgent than
    others (a limit `rtprio`, as many give to the group audio); elsewhere everything stays as it is.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REALTIME_PRIORITY))
    except (AttributeError, OSError):  # macOS has no such call
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


async def serve(connection: socket.socket, backend: SoundSystem) -> int:
    """Answer the agent at the other end of a socket until it goes, and return the process's status."""
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    messages = request_reader()
    engine = AudioEngine(lambda report: writer.write(encode(report)), backend, use_language=_use_language)
    try:
        while not engine.is_finished:
            data = await reader.read(READ_BYTES)
            if not data:
                return 0
            for request in messages.feed(data):
                engine.receive(request)
                if engine.is_finished:
                    break
            await writer.drain()
        return 0
    except EngineProtocolError as error:
        writer.write(encode(EngineError(reason=str(error), is_fatal=True)))
        print(f"voice engine: {error}", file=sys.stderr)  # noqa: T201 - standard error is its log
        return 1
    except ConnectionError:
        return 0
    finally:
        await engine.leave_call()
        engine.close()
        writer.close()
        with contextlib.suppress(ConnectionError):  # the agent left first
            await writer.wait_closed()


def main(arguments: list[str]) -> int:
    """Run the engine on the inherited socket that `--socket-fd` names."""
    parser = argparse.ArgumentParser(
        prog="python -m tuichat.voice.engine",
        description="The audio engine of tuichat. tuichat starts it; there is nothing to do with it by hand.",
    )
    parser.add_argument("--socket-fd", type=int, required=True, help="file descriptor of the agent's socket")
    options = parser.parse_args(arguments)
    try:
        connection = socket.socket(fileno=options.socket_fd)
    except OSError as error:
        parser.error(f"--socket-fd {options.socket_fd} is no open socket: {error.strerror}")
    connection.set_inheritable(False)
    # A copy, because listing devices turns descriptor 2 away and a crash inside PortAudio must still be told.
    crash_log = os.fdopen(os.dup(2), "w")
    faulthandler.enable(crash_log)
    try:
        return asyncio.run(serve(connection, PyAudioBackend()))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
