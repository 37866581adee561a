"""What an event costs on the bus, of one process and over NATS: `python -m tests.benchmarks.bus [EVENTS]`.

Each event is that of a message of 700 bytes. Over NATS, publisher, broker and receiver are processes of their own; told are
the processor time of each for an event, how many a second go through, and at a quiet pace how long after publishing the
receiver has one. Needs nats-server.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time

import msgspec

from tests.server.bus.broker import running_broker
from tests.server.bus.town import FakeStore
from tuichat.server.bus import Event, LocalBus
from tuichat.server.bus.nats_address import NatsAddress
from tuichat.server.bus.nats_bus import NatsBus

GUILD = 7
PADDING = b"x" * 680
AT_ONCE = 500  # published between two looks at what the broker took
QUIET_EVENTS, QUIET_PAUSE_S = 400, 0.005
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Received(msgspec.Struct):
    """What the receiver tells at its end."""

    events: int
    cpu_us: float  # an event
    wall_s: float
    p50_ms: float
    p99_ms: float


def stamped(seq: int) -> Event:
    body = b'{"sent":%d,"content":"%s"}' % (time.monotonic_ns(), PADDING)
    return Event(name="MESSAGE_CREATE", body=body, guild_id=GUILD, channel_id=8, author_id=9, seq=seq)


def embedded(count: int) -> float:
    """Microseconds an event."""
    bus, seen = LocalBus(), 0

    def see(event: Event) -> None:
        nonlocal seen
        seen += 1

    bus.subscribe(see)
    events = [stamped(seq) for seq in range(1, count + 1)]
    begin = time.process_time()
    for event in events:
        bus.publish(event)
    took = time.process_time() - begin
    assert seen == count
    return took / count * 1e6


async def receive(url: str, count: int) -> None:
    """Follow the guild, and tell what `count` events cost."""
    bus = await NatsBus.open(NatsAddress.parse(url), "bench", FakeStore().read_events)
    delays_ns: list[int] = []
    done = asyncio.Event()
    begin_s = begin_cpu_s = 0.0

    def see(event: Event) -> None:
        nonlocal begin_s, begin_cpu_s
        if not delays_ns:
            begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
        delays_ns.append(time.monotonic_ns() - int(event.body[8 : event.body.index(b",")]))
        if len(delays_ns) == count:
            done.set()

    bus.subscribe(see)
    bus.follow(GUILD, 0)
    assert await bus.settle()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await done.wait()
    cpu_us = (time.process_time() - begin_cpu_s) / count * 1e6
    wall_s = time.perf_counter() - begin_s
    delays_ms = sorted(delay / 1e6 for delay in delays_ns)
    told = Received(count, cpu_us, wall_s, statistics.median(delays_ms), delays_ms[int(len(delays_ms) * 0.99)])
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()
    await bus.close()


async def publish(url: str, count: int, pause_s: float) -> tuple[float, Received]:
    """Publish, and return the publisher's microseconds an event, and what the receiver told."""
    receiver = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.bus", "--receive", url, str(count)), stdout=subprocess.PIPE
    )
    assert receiver.stdout is not None
    bus = await NatsBus.open(NatsAddress.parse(url), "bench", FakeStore().read_events)
    await bus.own(GUILD, 0)
    assert await receiver.stdout.readline() == b"ready\n"
    events = [] if pause_s else [stamped(seq) for seq in range(1, count + 1)]
    begin = time.process_time()
    for number in range(count):
        bus.publish(events[number] if events else stamped(number + 1))
        if pause_s:
            await asyncio.sleep(pause_s)
        elif number % AT_ONCE == 0:
            await bus.settle()
    await bus.settle()
    took = time.process_time() - begin
    told = msgspec.json.decode(await receiver.stdout.readline(), type=Received)
    await bus.close()
    await receiver.wait()
    return took / count * 1e6, told


def cpu_s(pid: int) -> float:
    """Processor time of another process so far (proc(5))."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("events", nargs="?", type=int, default=50_000)
    parser.add_argument("--receive", nargs=2, metavar=("URL", "EVENTS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.receive:
        asyncio.run(receive(arguments.receive[0], int(arguments.receive[1])))
        return
    print(f"embedded:   {embedded(arguments.events):6.2f} us an event")
    with running_broker() as broker:
        before_s = cpu_s(broker.pid)
        publisher_us, told = asyncio.run(publish(broker.url, arguments.events, 0))
        broker_us = (cpu_s(broker.pid) - before_s) / arguments.events * 1e6
        print(
            f"over NATS:  {publisher_us:6.2f} us the publisher, {broker_us:.2f} the broker, {told.cpu_us:.2f} the receiver"
        )
        print(f"            {told.events / told.wall_s:6.0f} events/s from one node to another")
        _, told = asyncio.run(publish(broker.url, QUIET_EVENTS, QUIET_PAUSE_S))
        print(
            f"at {1 / QUIET_PAUSE_S:.0f}/s:   {told.p50_ms:6.2f} ms from node to node in the middle, p99 {told.p99_ms:.2f}"
        )


if __name__ == "__main__":
    main()
