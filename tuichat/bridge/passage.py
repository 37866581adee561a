"""What of another machine's requests reaches this laptop's engine, what is answered without one, and what is refused."""

import msgspec

from tuichat import __version__
from tuichat.bridge.targets import Targets
from tuichat.voice.audio_protocol import AudioRequest, PlaySamples, PlaySound, SetGate, SetMeter, StartTest
from tuichat.voice.engine_protocol import (
    LANGUAGE,
    MEDIA_VERSION,
    SQUEEZE,
    DevicesRequest,
    EngineProtocolError,
    Hello,
    HelloRefused,
    HelloReply,
    Ping,
    Pong,
    Report,
    Request,
    UseLanguage,
    agree_on_version,
)
from tuichat.voice.media_protocol import EndMedia, MediaAgreed, MediaOffer, MediaRequest, ReopenMedia, TakePart
from tuichat.voice.place_protocol import TryWays, WaysTried
from tuichat.voice.standing_requests import StandingRequests

# What costs an engine much: a call needs one in a second at most, so each counts for many.
HEAVY = (MediaOffer, MediaAgreed, ReopenMedia, DevicesRequest, StartTest, TryWays)
HEAVY_MESSAGES = 100


class Passed(msgspec.Struct, frozen=True):
    """What follows from one request: `answers` go back, `requests` go on to the engine if there is one, or `wakes_engine`."""

    answers: tuple[Report, ...] = ()
    requests: tuple[Request, ...] = ()
    wakes_engine: bool = False
    is_over: bool = False


class Passage:
    """Takes what one connection brings, in order. An engine that starts is told what still holds by `opening`."""

    def __init__(self, targets: Targets | None = None) -> None:
        self._targets = targets or Targets()
        self._hello: Hello | None = None
        self._version = 0
        self._language: str | None = None
        self._standing = StandingRequests()
        self._part: TakePart | None = None
        self._gate: SetGate | None = None
        self.is_in_call = False

    @property
    def restores_headers(self) -> bool:
        """Whether the other machine takes squeezed packets."""
        return self._hello is not None and SQUEEZE in self._hello.features

    @property
    def is_push_to_talk(self) -> bool:
        return self._gate is not None and self._gate.mode == "push_to_talk"

    @property
    def part(self) -> TakePart | None:
        """How the other machine wants its user to take part, None where it has not said."""
        return self._part

    @property
    def is_muted(self) -> bool:
        return self._part is not None and (self._part.is_muted or self._part.is_deafened)

    def take(self, request: Request) -> Passed:
        """Say what becomes of a request, raising EngineProtocolError where it is none that another machine may make."""
        if isinstance(request, Hello):
            return self._greet(request)
        if self._hello is None:
            raise EngineProtocolError(f"the first message must be Hello, got {type(request).__name__}")
        match request:
            case Ping(number):
                return Passed(answers=(Pong(number),))
            case DevicesRequest():
                return Passed(requests=(request,), wakes_engine=True)
            case UseLanguage(language):
                self._language = language
                return Passed(requests=(request,))
            case _ if isinstance(request, AudioRequest):
                self._standing.note(request)
                if isinstance(request, SetGate):
                    self._gate = request
                return Passed(requests=(request,), wakes_engine=_sounds(request))
            case _ if isinstance(request, MediaRequest):
                return self._take_media(request)
            case TryWays(ip, port):
                if not self._targets.allow(ip, port):
                    return Passed(answers=(WaysTried(),))
                return Passed(requests=(request,), wakes_engine=True)
        # Calls, the choice of the place and the end of the engine's process are this laptop's own matters.
        raise EngineProtocolError(f"a {type(request).__name__} is not for a laptop")

    def opening(self) -> tuple[Request, ...]:
        """Return what an engine is told that starts now."""
        assert self._hello is not None
        hello = msgspec.structs.replace(
            self._hello,
            newest_version=self._version,
            features=(),  # what the other machine can do is no matter of the engine's, least of all where it looks for sound
            language=self._hello.language if self._language is None else self._language,
        )
        part = () if self._part is None else (self._part,)
        return (hello, *self._standing.all(), *part)

    def _greet(self, hello: Hello) -> Passed:
        if self._hello is not None:
            raise EngineProtocolError("a second Hello came on one connection")
        try:
            self._version = agree_on_version(hello)
            if self._version < MEDIA_VERSION:
                raise EngineProtocolError(
                    f"voice over ssh needs protocol {MEDIA_VERSION}, {hello.program[:100]} speaks {hello.newest_version}: "
                    "update it"
                )
        except EngineProtocolError as error:
            return Passed(answers=(HelloRefused(str(error)),), is_over=True)
        self._hello = hello
        reply = HelloReply(program=f"tuichat {__version__}", version=self._version, features=(LANGUAGE, SQUEEZE))
        return Passed(answers=(reply,))

    def _take_media(self, request: MediaRequest) -> Passed:
        match request:
            case MediaOffer():
                self.is_in_call = True
                return Passed(requests=(self._harmless(request),), wakes_engine=True)
            case EndMedia():
                self.is_in_call = False
            case TakePart():
                self._part = request
        return Passed(requests=(request,))

    def _harmless(self, offer: MediaOffer) -> MediaOffer:
        """Return an offer by which this laptop sends to nobody that it should not."""
        is_direct = offer.may_use_udp and offer.can_go_direct and self._targets.allow(offer.ip, offer.port)
        return msgspec.structs.replace(offer, can_go_direct=is_direct)


def weight(request: Request) -> int:
    """Return for how many messages a request counts, where they are paced."""
    return HEAVY_MESSAGES if isinstance(request, HEAVY) else 1


def _sounds(request: AudioRequest) -> bool:
    return isinstance(request, PlaySound | PlaySamples | StartTest) or request == SetMeter(is_on=True)
