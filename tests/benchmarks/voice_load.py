"""A load of voice: speakers that send a packet every 20 ms, and listeners whose packets the kernel stamps as they arrive."""

import select
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

FRAME_S = 0.02
FRAME_BYTES = 120  # of Opus at 48 kbit/s
LAST_WAIT_S = 0.3  # for what is still on its way when the last packet is sent
RECEIVE_BUFFER_BYTES = 1 << 20
_SO_TIMESTAMPNS = 35  # linux/socket.h; Python does not name it
_TIMESPEC = struct.Struct("@qq")


class Outcome(msgspec.Struct, frozen=True):
    """What one run cost and brought."""

    sent: int
    expected: int
    received: int
    cpu_s: float
    wall_s: float
    delays_ms: list[float]  # of each packet whose sending is known, sorted

    @property
    def us_per_packet(self) -> float:
        return self.cpu_s * 1e6 / max(self.received, 1)

    def delay_ms(self, share: float) -> float:
        return self.delays_ms[min(len(self.delays_ms) - 1, int(len(self.delays_ms) * share))] if self.delays_ms else 0.0


class Speaker(msgspec.Struct):
    """Somebody who talks: `make_packet` gives the next packet to `port`."""

    sock: socket.socket
    port: int
    make_packet: Callable[[], bytes]
    audience: int
    sent_ns: list[int] = []


class Listener(msgspec.Struct):
    """A socket that is listened at; with one speaker in the room the n-th packet that comes is the n-th that was sent."""

    sock: socket.socket
    speaker: Speaker | None = None
    received: int = 0


def listening_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.setblocking(False)
    sock.bind(("127.0.0.1", 0))
    return sock


def cpu_s(pid: int) -> float:
    """Return the processor time of a process, all its threads together, as the scheduler counts it."""
    tasks = Path(f"/proc/{pid}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9


def run(
    pid: int,
    speakers: list[Speaker],
    listeners: list[Listener],
    *,
    seconds: float,
    is_sound: Callable[[bytes], bool] = lambda _: True,
) -> Outcome:
    """Let everybody talk for so long, their packets spread over each 20 ms, and count what arrives."""
    poll = select.epoll()
    by_descriptor = {listener.sock.fileno(): listener for listener in listeners}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.EPOLLIN)
    delays_ms: list[float] = []

    def read(limit_s: float) -> None:
        for descriptor, _ in poll.poll(max(limit_s, 0), 256):
            listener = by_descriptor[descriptor]
            while True:
                try:
                    packet, ancillary, _, _ = listener.sock.recvmsg(2048, 64)
                except BlockingIOError:
                    break
                if not is_sound(packet):
                    continue
                speaker = listener.speaker
                if speaker is not None and ancillary and listener.received < len(speaker.sent_ns):
                    whole_s, rest_ns = _TIMESPEC.unpack_from(ancillary[0][2])
                    arrived_ns = whole_s * 1_000_000_000 + rest_ns
                    delays_ms.append((arrived_ns - speaker.sent_ns[listener.received]) / 1e6)
                listener.received += 1

    before_s, began_s = cpu_s(pid), time.perf_counter()
    sent = expected = 0
    for frame in range(round(seconds / FRAME_S)):
        for number, speaker in enumerate(speakers):
            due_s = began_s + (frame + number / len(speakers)) * FRAME_S
            while (left_s := due_s - time.perf_counter()) > 0:
                read(left_s)
            packet = speaker.make_packet()
            speaker.sent_ns.append(time.time_ns())
            speaker.sock.sendto(packet, ("127.0.0.1", speaker.port))
            sent += 1
            expected += speaker.audience
    end_s = time.perf_counter() + LAST_WAIT_S
    while time.perf_counter() < end_s:
        read(0.02)
    wall_s = time.perf_counter() - began_s
    return Outcome(
        sent, expected, sum(each.received for each in listeners), cpu_s(pid) - before_s, wall_s, sorted(delays_ms)
    )
