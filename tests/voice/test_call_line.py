"""One line for all accounts: who holds it, and what an engine that starts again is told."""

from tuichat.voice.call_line import CallLine
from tuichat.voice.call_protocol import (
    CallChanged,
    CallReport,
    CallRequest,
    CallState,
    JoinCall,
    LeaveCall,
    NetworkChanged,
    SetCallVoice,
    VoiceAddress,
)


class Holder:
    def __init__(self) -> None:
        self.reports: list[CallReport] = []
        self.taken = 0

    def take_report(self, report: CallReport) -> None:
        self.reports.append(report)

    def call_taken(self) -> None:
        self.taken += 1


class Line:
    def __init__(self) -> None:
        self.sent: list[CallRequest] = []
        self.woken = 0
        self.line = CallLine(self.sent.append, self._wake)

    def _wake(self) -> None:
        self.woken += 1


def join(call_id: int = 1) -> JoinCall:
    return JoinCall(
        call_id=call_id,
        address=VoiceAddress("wss://voice.example.org"),
        server_id=1,
        channel_id=2,
        user_id=3,
        session_id="session",
        token="secret-token",
    )


def test_a_join_wakes_the_engine_and_reports_come_back() -> None:
    site, holder = Line(), Holder()
    site.line.join_call(join(), holder)
    assert (site.woken, site.sent, site.line.is_busy) == (1, [join()], True)
    connected = CallChanged(call_id=1, state=CallState.CONNECTED)
    site.line.receive(connected)
    site.line.receive(CallChanged(call_id=7, state=CallState.FAILED))
    assert holder.reports == [connected], "the other one is of an earlier call"


def test_another_account_takes_the_line() -> None:
    site, first, second = Line(), Holder(), Holder()
    site.line.join_call(join(1), first)
    site.line.join_call(join(2), second)
    assert (first.taken, second.taken) == (1, 0)
    site.line.leave_call(first)
    assert site.line.is_busy, "it is not the first one's any more"
    site.line.set_call_voice(SetCallVoice(is_muted=True), first)
    assert site.sent == [join(1), join(2)]
    site.line.leave_call(second)
    assert site.sent[-1] == LeaveCall()
    assert not site.line.is_busy


def test_an_engine_that_starts_again_is_told_of_the_call_as_it_is_now() -> None:
    site, holder = Line(), Holder()
    site.line.engine_ready()
    assert site.sent == [], "nobody is in a call"
    site.line.join_call(join(), holder)
    site.line.set_call_voice(SetCallVoice(is_muted=True, is_deafened=True, bitrate=32_000), holder)
    site.line.engine_lost()
    [told] = holder.reports
    assert isinstance(told, CallChanged)
    assert told.state is CallState.REJOINING
    site.line.engine_ready()
    again = site.sent[-1]
    assert isinstance(again, JoinCall)
    assert (again.is_muted, again.is_deafened, again.bitrate, again.token) == (True, True, 32_000, "secret-token")


def test_an_engine_that_was_given_up_ends_the_call_with_its_sentence() -> None:
    site, holder = Line(), Holder()
    site.line.join_call(join(), holder)
    site.line.engine_given_up("no voice: it stopped five times")
    [told] = holder.reports
    assert isinstance(told, CallChanged)
    assert (told.state, told.sentence) == (CallState.FAILED, "no voice: it stopped five times")


def test_the_network_is_told_of_only_in_a_call() -> None:
    site = Line()
    site.line.network_changed()
    assert site.sent == []
    site.line.join_call(join(), Holder())
    site.line.network_changed()
    assert site.sent[-1] == NetworkChanged()


def test_the_token_is_in_no_repr() -> None:
    assert "secret-token" not in repr(join())
