"""The screen's end of the one call there can be: who holds it, and what an engine that starts again has to be told."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from tuichat.translation import N_, _
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

ENGINE_LOST = N_("The voice engine stopped; the call is joined again as soon as it runs.")
ENGINE_GONE = N_("There is no voice engine, so there is no call.")


class CallHolder(Protocol):
    """The account that is in the call. Called on the loop; neither may wait."""

    def take_report(self, report: CallReport) -> None:
        """Hear of one's call; reports of earlier ones do not come."""

    def call_taken(self) -> None:
        """Another account of this program has joined a call: this one's is over."""


class CallLine:
    """There is one microphone: an account that joins takes the line from the one that held it.

    `send` gives a request to the engine, and may lose it while none runs; `wake` starts one.
    """

    def __init__(self, send: Callable[[CallRequest], None], wake: Callable[[], None]) -> None:
        self._send = send
        self._wake = wake
        self._holder: CallHolder | None = None
        self._joined: JoinCall | None = None

    @property
    def is_busy(self) -> bool:
        """Whether somebody is in a call, or on the way into one."""
        return self._joined is not None

    def join_call(self, request: JoinCall, holder: CallHolder) -> None:
        """Begin a call, or go on with it by another grant."""
        earlier, self._holder = self._holder, holder
        self._joined = request
        if earlier is not None and earlier is not holder:
            earlier.call_taken()
        self._wake()
        self._send(request)

    def leave_call(self, holder: CallHolder) -> None:
        """End one's call; nothing where another account holds the line."""
        if holder is self._holder and self._joined is not None:
            self._holder = self._joined = None
            self._send(LeaveCall())

    def set_call_voice(self, request: SetCallVoice, holder: CallHolder) -> None:
        """Mute, deafen and so on, now and after the engine has started again."""
        if holder is not self._holder or self._joined is None:
            return
        self._joined = msgspec.structs.replace(
            self._joined,
            bitrate=request.bitrate,
            is_muted=request.is_muted,
            is_deafened=request.is_deafened,
            is_priority=request.is_priority,
        )
        self._send(request)

    def network_changed(self) -> None:
        """The gateway came back: the call need not wait for its next try."""
        if self._joined is not None:
            self._send(NetworkChanged())

    # The supervisor tells

    def engine_ready(self) -> None:
        """An engine has said Hello: it is told of the call that the one before it was in."""
        if self._joined is not None:
            self._send(self._joined)

    def engine_lost(self) -> None:
        """The engine died and is started again; the place in the channel is kept."""
        if self._joined is not None:
            self._tell(CallState.REJOINING, _(ENGINE_LOST))

    def engine_given_up(self, sentence: str) -> None:
        """No engine comes any more until somebody asks for one."""
        if self._joined is not None:
            self._tell(CallState.FAILED, sentence or _(ENGINE_GONE))

    def receive(self, report: CallReport) -> None:
        """Take what the agent says."""
        if self._holder is not None and self._joined is not None and report.call_id == self._joined.call_id:
            self._holder.take_report(report)

    def _tell(self, state: CallState, sentence: str) -> None:
        assert self._joined is not None
        self.receive(CallChanged(call_id=self._joined.call_id, state=state, sentence=sentence))
