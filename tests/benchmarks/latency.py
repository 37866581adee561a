"""From Enter in one terminal to the other's screen: `python -m tests.benchmarks.latency [--messages N]`.

Two people at two pseudo-terminals write in turn, one message at a time, at random distances. The clock runs
from the key press to the read that brings the message's text out of the other terminal.
"""

import argparse
import random
import statistics

from tests.benchmarks.people import ENTER, open_screen, shows, signed_in_homes
from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle


def exchange(writer: PtyTerminal, reader: PtyTerminal, text: str) -> float:
    """Return the milliseconds from Enter at the writer to the text at the reader."""
    both = [writer, reader]
    before = len(writer.received)
    writer.press(text)
    pump(both, lambda: text.encode() in writer.text_since(before), f"echo of {text}")
    settle(both, random.uniform(0.15, 0.3), 1.0)
    start = len(reader.received)
    pressed_s = writer.press(ENTER)
    # The text is one run of one style, so it comes unbroken; to parse the screen here would cost milliseconds.
    arrived_s = pump(both, lambda: text.encode() in reader.received[start:], f"{text} at the reader", 10)
    return (arrived_s - pressed_s) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100)
    options = parser.parse_args()
    with signed_in_homes("alice", "bob") as home, open_screen(home, "alice") as alice, open_screen(home, "bob") as bob:
        pair = [alice, bob]
        pump(pair, lambda: shows(alice, "general") and shows(bob, "general"), "both in the channel")
        settle(pair, 1.0, 3.0)
        times_ms = []
        for number in range(options.messages):
            writer, reader = pair if number % 2 == 0 else pair[::-1]
            times_ms.append(exchange(writer, reader, f"q{random.randrange(10**9):09d}z"))
    ranked = sorted(times_ms)
    p99 = ranked[min(len(ranked) - 1, int(len(ranked) * 0.99))]
    print("| key in one terminal to the other screen | p50 ms | p90 ms | p99 ms | max ms |")
    print("|---|---|---|---|---|")
    p90 = ranked[int(len(ranked) * 0.9)]
    print(f"| {len(ranked)} messages | {statistics.median(ranked):.1f} | {p90:.1f} | {p99:.1f} | {ranked[-1]:.1f} |")


if __name__ == "__main__":
    main()
