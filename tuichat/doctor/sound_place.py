"""Where the doctor finds the sound: on this machine, or on the laptop that one logs in from, which may ask its owner first."""

import asyncio
import contextlib
from collections.abc import Callable

from tuichat.text.safe_text import safe_line, safe_name
from tuichat.voice.place_protocol import (
    HERE,
    PlaceReport,
    PlaceRequest,
    PlacesChanged,
    PlaceState,
    TryWays,
    WaysTried,
)

ANSWER_TIMEOUT_S = 10.0  # of a laptop that is there
CONSENT_TIMEOUT_S = 60.0  # taste: somebody has to read a question, at another window
WAYS_TIMEOUT_S = 12.0  # above what a voice process gives a laptop, and then itself
COMING = (PlaceState.CONNECTING, PlaceState.ASKING)


class SoundPlace:
    """Is given what the voice process says of places, and waits for it."""

    def __init__(self, ask: Callable[[PlaceRequest], None]) -> None:
        self._ask = ask
        self._changed = asyncio.Event()
        self._tried: asyncio.Future[WaysTried] | None = None
        self._one_at_a_time = asyncio.Lock()  # an answer does not say to which question
        self.now: PlacesChanged | None = None

    def take(self, report: PlaceReport) -> None:
        match report:
            case PlacesChanged():
                self.now = report
                self._changed.set()
            case WaysTried() if self._tried is not None and not self._tried.done():
                self._tried.set_result(report)

    @property
    def is_laptop(self) -> bool:
        return self.now is not None and self.now.key != HERE

    @property
    def is_ready(self) -> bool:
        return self.now is not None and self.now.state is PlaceState.READY

    @property
    def name(self) -> str:
        """What the laptop is called, as safe text."""
        if self.now is None:
            return ""
        return next((safe_name(place.name) for place in self.now.places if place.key == self.now.key), "")

    async def settle(self, show: Callable[[str], None]) -> None:
        """Wait until it is known where the sound is and how far, or that a laptop does not answer. `show` is told why it waits."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await self._until_known(lambda now: now.state is not PlaceState.CONNECTING)
        if self.now is not None and self.now.state is PlaceState.ASKING:
            show(safe_line(self.now.sentence))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CONSENT_TIMEOUT_S):
                    await self._until_known(lambda now: now.state not in COMING)
        if self.is_laptop and self.is_ready:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    await self._until_known(lambda now: now.rtt_ms is not None or now.state is not PlaceState.READY)

    async def try_ways(self, request: TryWays) -> WaysTried:
        """Return what was measured, nothing where no answer came in time."""
        async with self._one_at_a_time:
            self._tried = asyncio.get_running_loop().create_future()
            self._ask(request)
            try:
                return await asyncio.wait_for(self._tried, WAYS_TIMEOUT_S)
            except TimeoutError:
                return WaysTried(ssh_ms=None if self.now is None else self.now.rtt_ms)

    async def _until_known(self, is_known: Callable[[PlacesChanged], bool]) -> None:
        while self.now is None or not is_known(self.now):
            self._changed.clear()
            await self._changed.wait()
