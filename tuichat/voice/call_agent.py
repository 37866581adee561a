"""The role of the voice process that is in a call: takes the screen's requests, and holds the one call there can be."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from tuichat.translation import _
from tuichat.voice.call import Call
from tuichat.voice.call_protocol import (
    CallChanged,
    CallReport,
    CallRequest,
    CallState,
    JoinCall,
    LeaveCall,
    NetworkChanged,
    SetCallVoice,
)
from tuichat.voice.media_protocol import MediaReport, MediaRequest
from tuichat.voice.voice_line import OpenSocket
from tuichat.voice.voice_socket import open_voice_socket

logger = logging.getLogger(__name__)


class CallAgent:
    """Owns the call's task: `close` it in the end."""

    def __init__(
        self,
        report: Callable[[CallReport], None],
        ask_media: Callable[[MediaRequest], None],
        *,
        is_remote: Callable[[], bool] = lambda: False,
        open_socket: OpenSocket = open_voice_socket,
    ) -> None:
        """`ask_media` leads to where the ears are, which is another machine where `is_remote`."""
        self._report = report
        self._ask_media = ask_media
        self._is_remote = is_remote
        self._open_socket = open_socket
        self._call: Call | None = None
        self._call_id = 0
        self._sessions = 0  # of all calls: a report names its own
        self._runs: set[asyncio.Task[None]] = set()
        self._run: asyncio.Task[None] | None = None

    def receive(self, request: CallRequest) -> None:
        """Act on one request."""
        match request:
            case JoinCall():
                self._join(request)
            case LeaveCall():
                self._leave()
            case SetCallVoice() if self._call is not None:
                self._call.set_voice(request)
            case NetworkChanged() if self._call is not None:
                self._call.network_changed()

    def take_media(self, report: MediaReport) -> None:
        """Hear from where the ears are."""
        if self._call is not None:
            self._call.take_media(report)

    def renew(self) -> None:
        """The ears are somewhere else now: go on with the call by another voice session."""
        if self._call is not None:
            self._call.renew()

    async def close(self) -> None:
        """Leave, and wait until the voice server was told, as far as it can be reached: a second or so at most."""
        self._leave()
        while self._runs:
            await asyncio.gather(*self._runs, return_exceptions=True)

    def _join(self, request: JoinCall) -> None:
        if (
            self._call is not None
            and request.call_id == self._call_id
            and self._run is not None
            and not self._run.done()
        ):
            self._call.regrant(request)
            return
        self._leave()
        self._call_id = request.call_id
        self._call = Call(
            request,
            self._ask_media,
            self._report,
            session=self._sessions,
            is_remote=self._is_remote,
            open_socket=self._open_socket,
        )
        before = self._run
        self._run = asyncio.create_task(self._hold(self._call, before), name="call")
        self._runs.add(self._run)
        self._run.add_done_callback(self._runs.discard)

    def _leave(self) -> None:
        if self._call is not None:
            self._sessions = self._call.session
        self._call = None
        if self._run is not None:
            self._run.cancel()

    async def _hold(self, call: Call, before: "asyncio.Task[None] | None") -> None:
        if before is not None:  # its end stops the audio, which this call starts
            await asyncio.wait([before])
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await call.run()
            except Exception as error:
                logger.exception("the call failed")
                sentence = _("Something in tuichat failed ({kind}), and the call with it: join again.")
                self._report(
                    CallChanged(
                        call_id=call.call_id,
                        state=CallState.FAILED,
                        sentence=sentence.format(kind=type(error).__name__),
                    )
                )
