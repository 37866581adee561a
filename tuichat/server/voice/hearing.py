"""How one listener heard one speaker lately, as it reported."""

from tuichat.protocol.rtcp import ReceiverReport, VoipMetrics


class Hearing:
    """The blocks of one report; either may be missing. `told_ms` is when it came."""

    __slots__ = ("metrics", "report", "told_ms")

    def __init__(self, report: ReceiverReport | None, metrics: VoipMetrics | None, told_ms: int) -> None:
        self.report = report
        self.metrics = metrics
        self.told_ms = told_ms
