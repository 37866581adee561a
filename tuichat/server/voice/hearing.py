"""How one listener heard one speaker lately, as it reported."""

from tuichat.protocol.rtcp import ReceiverReport, VoipMetrics


class Hearing:
    """The blocks of one report; each may be missing. `told_ms` is when it came, `bits_s` the most that is wanted."""

    __slots__ = ("bits_s", "metrics", "report", "told_ms")

    def __init__(
        self, report: ReceiverReport | None, metrics: VoipMetrics | None, bits_s: int | None, told_ms: int
    ) -> None:
        self.report = report
        self.metrics = metrics
        self.bits_s = bits_s
        self.told_ms = told_ms
