"""What a forwarded packet costs, beside murmur: `python -m tests.benchmarks.forwarder [--seconds N] [--listeners N ...]`.

One speaker to 1, 10, 50, 200 and 1200 listeners, and 120 rooms of five with two talking; 120 bytes a frame, 50 frames a
second. Processor time is the process's own, as the scheduler counts it. A delay goes from the call that sends a packet
to the kernel's stamp on its arrival at a listener. murmur (Debian's mumble-server, where it is installed; its package
starts a service) does the like for one speaker: it opens the packet once and seals it for each listener. So does a bare
loop in Python, which decides nothing (`bare_forwarder`): what that costs, no forwarder in pure Python can go below.
"""

import argparse
import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import msgspec

from tests.benchmarks.forwarder_process import Given, Wanted, WantedPerson
from tests.benchmarks.voice_load import FRAME_BYTES, Listener, Outcome, Speaker, listening_socket, run
from tuichat.protocol.encryption import AES_GCM, XCHACHA, Sealer
from tuichat.protocol.rtp import OPUS, Header, build_header

KEY = bytes(range(32))
ROOMS, ROOM_SIZE, TALKING = 120, 5, 2


class Sender:
    """Makes one person's packets."""

    def __init__(self, ssrc: int, mode: str, key: bytes = KEY) -> None:
        self._ssrc = ssrc
        self._sealer = Sealer(mode, key)
        self._sequence = 0

    def packet(self) -> bytes:
        self._sequence += 1
        header = build_header(Header(OPUS, self._sequence, self._sequence * 960, self._ssrc))
        return self._sealer.seal(header, bytes(FRAME_BYTES))


def is_sound(packet: bytes) -> bool:
    return packet[1] & 0x7F == OPUS


@contextlib.contextmanager
def our_forwarder(people: list[WantedPerson], helper: str | None, module: str) -> Iterator[tuple[int, Given]]:
    """Run it with these people in; yield its process id and what it gave them."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(Wanted(people, helper)) + b"\n")
        process.stdin.flush()
        yield process.pid, msgspec.json.decode(process.stdout.readline(), type=Given)
        process.stdin.close()


def measure_ours(
    rooms: int,
    size: int,
    talking: int,
    *,
    seconds: float,
    mode: str = AES_GCM,
    helper: str | None = None,
    module: str = "forwarder_process",
) -> Outcome:
    sockets = [listening_socket() for _ in range(rooms * size)]
    people = [
        WantedPerson(number // size, KEY.hex(), mode, sock.getsockname()[1]) for number, sock in enumerate(sockets)
    ]
    with our_forwarder(people, helper, module) as (pid, given):
        speakers = [
            Speaker(sockets[number], given.port, Sender(given.ssrcs[number], mode).packet, size - 1)
            for number in range(len(sockets))
            if number % size < talking
        ]
        only = speakers[0] if talking == 1 and rooms == 1 else None
        listeners = [Listener(sock, only if sock is not sockets[0] else None) for sock in sockets]
        outcome = run(pid, speakers, listeners, seconds=seconds, is_sound=is_sound)
    for sock in sockets:
        sock.close()
    return outcome


def tell(what: str, outcome: Outcome) -> None:
    lost = outcome.expected - outcome.received
    load = outcome.cpu_s / outcome.wall_s * 100
    print(
        f"| {what} | {outcome.us_per_packet:.1f} | {load:.1f} | {outcome.delay_ms(0.5):.2f} | "
        f"{outcome.delay_ms(0.99):.2f} | {lost} of {outcome.expected} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--listeners", type=int, nargs="*", default=[1, 10, 50, 200, 1200])
    parser.add_argument("--xchacha", action="store_true", help="the cipher that discord.py has, too")
    parser.add_argument("--no-rooms", action="store_true")
    parser.add_argument("--no-murmur", action="store_true")
    parser.add_argument("--no-helper", action="store_true", help="do without the compiled forwarder")
    parser.add_argument("--no-bare", action="store_true", help="do without the least that Python can do it with")
    options = parser.parse_args()
    print("| | us of CPU a packet out | % of a core | delay p50 ms | p99 ms | lost |\n|---|---|---|---|---|---|")
    helper = None if options.no_helper else tempfile.mkdtemp(prefix="tuichat-forwarder-")
    has_murmur = not options.no_murmur and shutil.which("murmurd", path="/usr/sbin:/usr/bin") is not None
    for listeners in options.listeners:
        for mode in (AES_GCM, XCHACHA) if options.xchacha else (AES_GCM,):
            outcome = measure_ours(1, listeners + 1, 1, mode=mode, seconds=options.seconds)
            tell(f"{listeners} listeners, {mode.split('_')[1]}", outcome)
        if helper is not None:
            outcome = measure_ours(1, listeners + 1, 1, seconds=options.seconds, helper=helper)
            tell(f"{listeners} listeners, compiled helper", outcome)
        if not options.no_bare:
            outcome = measure_ours(1, listeners + 1, 1, seconds=options.seconds, module="bare_forwarder")
            tell(f"{listeners} listeners, bare loop", outcome)
        if has_murmur and listeners <= 200:
            from tests.benchmarks.murmur import measure_murmur

            tell(f"{listeners} listeners, murmur", measure_murmur(listeners, seconds=options.seconds))
    if not options.no_rooms:
        for each in (None,) if helper is None else (None, helper):
            outcome = measure_ours(ROOMS, ROOM_SIZE, TALKING, seconds=options.seconds, helper=each)
            how = "" if each is None else ", compiled helper"
            tell(f"{ROOMS} rooms of {ROOM_SIZE}, {TALKING} talking{how}", outcome)
    if helper is not None:
        shutil.rmtree(helper)


if __name__ == "__main__":
    main()
