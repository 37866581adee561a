"""The audio engine: the process that owns the sound devices, spoken to over a socket it inherits.

`python -m tuichat.voice.engine --socket-fd N` is started by EngineSupervisor. It ends with status 0 when it is
asked to or its parent goes away, and writes nothing but its own failures, to standard error.
"""

import argparse
import asyncio
import contextlib
import faulthandler
import os
import socket
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tuichat import __version__
from tuichat.voice.audio_protocol import AudioRequest
from tuichat.voice.call_protocol import CallRequest
from tuichat.voice.device import AudioBackendError, SoundSystem
from tuichat.voice.engine_process import LEASH_VARIABLE, NO_MICROPHONE_VARIABLE
from tuichat.voice.engine_protocol import (
    AUDIO_VERSION,
    LANGUAGE,
    MEDIA_VERSION,
    PLACES,
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
    request_reader,
)
from tuichat.voice.listening_only import ListeningOnly
from tuichat.voice.local_sound import LISTING_TIMEOUT_S, LocalSound
from tuichat.voice.media_protocol import MediaReport, MediaRequest
from tuichat.voice.opus_library import opus_version
from tuichat.voice.place_protocol import ChoosePlace, PlaceReport, PlaceRequest, TryWays
from tuichat.voice.pyaudio_device import PyAudioBackend
from tuichat.voice.report_outbox import ReportOutbox
from tuichat.voice.sound import Sound, SoundReport
from tuichat.voice.ways import try_from_here

if TYPE_CHECKING:
    from tuichat.voice.call_agent import CallAgent
    from tuichat.voice.laptop.places import Places

READ_BYTES = 65536


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
        self._use_language = use_language
        self._is_greeted = False
        self._version = 0
        self._sound: Sound = LocalSound(self._take_local, backend, listing_timeout_s=listing_timeout_s)
        self._places: Places | None = None  # where this process may have its sound elsewhere
        self._agent: CallAgent | None = None
        self._trials: set[asyncio.Task[None]] = set()
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
                self._sound.receive(request)
            case Ping(number):
                self._send(Pong(number))
            case Shutdown():
                self.is_finished = True
            case UseLanguage(language):
                self._use_language(language)
                self._sound.receive(request)
            case _ if isinstance(request, AudioRequest):
                self._check_version(request, AUDIO_VERSION)
                self._sound.receive(request)
            case _ if isinstance(request, CallRequest):
                self._check_version(request, AUDIO_VERSION)
                self.agent.receive(request)
            case _ if isinstance(request, MediaRequest):
                self._check_version(request, MEDIA_VERSION)
                if self._agent is not None:
                    raise EngineProtocolError(
                        f"{type(request).__name__} came from outside into a call that is held here"
                    )
                self._sound.receive(request)
            case _ if isinstance(request, PlaceRequest):
                self._check_version(request, MEDIA_VERSION)
                self._take_place(request)

    def _check_version(self, request: Request, needed: int) -> None:
        if self._version < needed:
            raise EngineProtocolError(
                f"{type(request).__name__} came in protocol {self._version}, which has none: it needs {needed}"
            )

    def _take_local(self, report: SoundReport) -> None:
        """What this machine's sound reports."""
        if self._places is not None:
            self._places.take_local(report)
        else:
            self._take_report(report)

    def _take_place(self, request: PlaceRequest) -> None:
        match request:
            case ChoosePlace() if self._places is not None:
                self._places.choose(request)
            case TryWays() if self._places is not None:
                self._places.try_ways(request)
            case TryWays() if not self._trials:  # one at a time
                trial = asyncio.create_task(self._try_ways(request), name="ways")
                self._trials.add(trial)
                trial.add_done_callback(self._trials.discard)

    async def _try_ways(self, request: TryWays) -> None:
        self._send(await try_from_here(request))

    def _take_report(self, report: SoundReport | PlaceReport) -> None:
        """What is said of a call's media is for its agent, which is here or at the other end."""
        if isinstance(report, MediaReport) and (self._agent is not None or self._places is not None):
            if self._agent is not None:
                self._agent.take_media(report)
        else:
            self._send(report)

    @property
    def agent(self) -> "CallAgent":
        """The call's role in this process, made with the first call."""
        if self._agent is None:
            from tuichat.voice.call_agent import CallAgent

            self._agent = CallAgent(self._send, self._ask_media, is_remote=self._is_remote)
        return self._agent

    def _ask_media(self, request: MediaRequest) -> None:
        self._sound.receive(request)

    def _is_remote(self) -> bool:
        return self._places is not None and self._places.is_remote

    def _renew_call(self) -> None:
        if self._agent is not None:
            self._agent.renew()

    async def leave_call(self) -> None:
        """Tell the voice server that this is the end, a second or so at most."""
        if self._agent is not None:
            await self._agent.close()

    async def close(self) -> None:
        """Give the devices back, or the laptop."""
        self._sound.close()
        for trial in self._trials:
            trial.cancel()
        if self._places is not None:
            await self._places.closed()

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
        self._sound.receive(DevicesRequest())
        if PLACES in hello.features and version >= MEDIA_VERSION:
            from tuichat.voice.laptop.places import Places

            self._sound = self._places = Places(self._sound, self._take_report, on_moved=self._renew_call)


def _use_language(setting: str) -> None:
    from tuichat.config.language import use_language
    from tuichat.config.paths import config_dir

    use_language(setting, os.environ, config_dir() / "locale")


async def serve(connection: socket.socket, backend: SoundSystem, *, leash_s: float | None = None) -> int:
    """Answer the agent at the other end of a socket until it goes, and return the process's status.

    With a `leash_s`, also until nothing has come for so long: who watches over the microphone may have been stopped.
    """
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    messages = request_reader()
    outgoing = ReportOutbox(writer)
    engine = AudioEngine(outgoing.send, backend, use_language=_use_language)
    try:
        while not engine.is_finished:
            try:
                async with asyncio.timeout(leash_s):
                    data = await reader.read(READ_BYTES)
            except TimeoutError:
                return 0
            if not data:
                return 0
            for request in messages.feed(data):
                engine.receive(request)
                if engine.is_finished:
                    break
            await writer.drain()
        return 0
    except EngineProtocolError as error:
        outgoing.send(EngineError(reason=str(error)[:1000], is_fatal=True))
        print(f"voice engine: {error}", file=sys.stderr)  # noqa: T201 - standard error is its log
        return 1
    except ConnectionError:
        return 0
    finally:
        await engine.leave_call()
        await engine.close()
        outgoing.flush()
        writer.close()
        with contextlib.suppress(ConnectionError):  # the agent left first
            await writer.wait_closed()


def _leash_s(environ: Mapping[str, str]) -> float | None:
    given = environ.get(LEASH_VARIABLE, "")
    return float(given) if given.isdigit() and int(given) else None


def sound_system(environ: Mapping[str, str]) -> SoundSystem:
    """Return the devices that an engine with this environment may open."""
    refusal = environ.get(NO_MICROPHONE_VARIABLE, "")
    return ListeningOnly(PyAudioBackend(), refusal) if refusal else PyAudioBackend()


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
        return asyncio.run(serve(connection, sound_system(os.environ), leash_s=_leash_s(os.environ)))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
