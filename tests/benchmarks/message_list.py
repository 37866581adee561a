"""What the message list costs: `python -m tests.benchmarks.message_list [--runs N]`.

CPU milliseconds of this process in a headless screen of 120x36: opening a channel of 1 000 and of 100 000 messages,
appending one message while following the end, prepending a page of 100 while scrolled up, and another width.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

from tests.tui.samples import GENERAL, GRACE, LINUS, NOW, RANDOM, FakeAccounts, FakeClient, message, sample_state
from tuichat.client.change import HistoryLoaded
from tuichat.client.state import Entry
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings, VoiceSettings
from tuichat.protocol.message import Message
from tuichat.tui.app import TuichatApp
from tuichat.tui.rows import Chosen

WORDS = "the jitter buffer holds at **3 frames** now, and `p99` stays below 30 ms on the slow link; see <#2002>. "
SIZE = (120, 36)


def written(count: int, first: int = 0) -> list[Message]:
    return [
        message(GRACE if number % 5 else LINUS, (count - number) / 10, WORDS * (number % 3 + 1), number=first + number)
        for number in range(count)
    ]


async def measure(count: int) -> dict[str, float]:
    client = FakeClient(sample_state(written(count)))
    app = TuichatApp(
        Profile("default"),
        Settings(voice=VoiceSettings(enabled=False)),
        accounts=FakeAccounts(client).as_accounts(),
        now=lambda: NOW,
    )
    found: dict[str, float] = {}
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()

        async def timed(name: str, action: Callable[[], Awaitable[None] | None]) -> None:
            # The pilot's own waiting costs a little as well; it is measured and taken off.
            began = time.process_time()
            await pilot.pause()
            idle = time.process_time() - began
            began = time.process_time()
            result = action()
            if result is not None:
                await result
            await pilot.pause()
            found[name] = max(0.0, time.process_time() - began - idle) * 1000

        key = client.key
        app.chat.go_to(Chosen(key, 1000, RANDOM))
        await pilot.pause()
        await timed("open", lambda: app.chat.go_to(Chosen(key, 1000, GENERAL)))
        await pilot.pause()
        new = message(LINUS, 0, WORDS, number=count + 5)
        await timed("append", lambda: client.receive(new))
        app.chat.messages.action_page_up()
        await pilot.pause(0.2)
        page = [Entry(str(int(item.id)), item) for item in written(100)]

        def prepend() -> None:
            client.state.timeline(GENERAL).confirmed[:0] = page
            client.emit(HistoryLoaded(GENERAL, len(page)))

        await timed("prepend", prepend)
        await pilot.pause(0.2)
        await timed("resize", lambda: pilot.resize_terminal(100, 36))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    for count in (1_000, 100_000):
        results = []
        for _ in range(runs):
            # A draft of whoever runs this would be part of what is measured.
            with tempfile.TemporaryDirectory() as folder:
                os.environ.update({f"XDG_{name}_HOME": folder for name in ("STATE", "DATA", "CONFIG", "CACHE")})
                results.append(asyncio.run(measure(count)))
        line = ", ".join(f"{name} {statistics.median(result[name] for result in results):.1f}" for name in results[0])
        sys.stdout.write(f"{count:>7} messages: {line} (CPU ms, median of {runs})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
