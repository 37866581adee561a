"""A load of voice: speakers that send a packet every 20 ms, and listeners whose packets the kernel stamps as they arrive."""

import math
import multiprocessing as mp
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

FRAME_S = 0.02
FRAME_BYTES = 120  # of Opus at 48 kbit/s
LAST_WAIT_S = 0.3  # for what is still on its way when the last packet is sent
LAST_LIMIT_S = 5.0  # at most, where packets go on coming
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
    waited_s: float = 0.0  # of `wall_s`, for a processor that others had: with much of that, delays are theirs
    late_ms: float = 0.0  # how much later than it was due the latest packet was sent: a burst of them takes longer

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
    return _scheduled_s(pid, 0)


def waited_s(pid: int) -> float:
    """Return how long the threads of a process, all together, waited for a processor that others had."""
    return _scheduled_s(pid, 1)


def _scheduled_s(pid: int, column: int) -> float:
    tasks = Path(f"/proc/{pid}/task")
    return sum(int((task / "schedstat").read_text().split()[column]) for task in tasks.iterdir()) / 1e9


class Arrivals:
    """What came to many sockets, in order: when, as the kernel stamped it, and what `mark` made of each packet."""

    def __init__(self, sockets: Iterable[socket.socket]) -> None:
        self._poll = select.epoll()
        self._by_descriptor = {sock.fileno(): sock for sock in sockets}
        for descriptor in self._by_descriptor:
            self._poll.register(descriptor, select.EPOLLIN)

    def read(self, limit_s: float) -> Iterator[tuple[socket.socket, bytes, int]]:
        """Yield what is there, waiting for the first of it: the socket, the packet, and its time, 0 where there is none."""
        for descriptor, _ in self._poll.poll(max(limit_s, 0), 256):
            sock = self._by_descriptor[descriptor]
            while True:
                try:
                    packet, ancillary, _, _ = sock.recvmsg(2048, 64)
                except BlockingIOError:
                    break
                whole_s, rest_ns = _TIMESPEC.unpack_from(ancillary[0][2]) if ancillary else (0, 0)
                yield sock, packet, whole_s * 1_000_000_000 + rest_ns

    def close(self) -> None:
        self._poll.close()


def talk(speakers: list[Speaker], seconds: float, meanwhile: Callable[[float], None] = time.sleep) -> None:
    """Let everybody talk for so long, their packets spread over each 20 ms; until the next one is due, `meanwhile`."""
    began_s = time.perf_counter()
    for frame in range(round(seconds / FRAME_S)):
        for number, speaker in enumerate(speakers):
            due_s = began_s + (frame + number / len(speakers)) * FRAME_S
            while (left_s := due_s - time.perf_counter()) > 0:
                meanwhile(left_s)
            packet = speaker.make_packet()
            speaker.sent_ns.append(time.time_ns())
            speaker.sock.sendto(packet, ("127.0.0.1", speaker.port))


def run(
    pid: int,
    speakers: list[Speaker],
    listeners: list[Listener],
    *,
    seconds: float,
    is_sound: Callable[[bytes], bool] = lambda _: True,
) -> Outcome:
    """Let everybody talk for so long, and count what arrives."""
    arrivals = Arrivals(listener.sock for listener in listeners)
    by_socket = {listener.sock: listener for listener in listeners}
    delays_ms: list[float] = []

    def read(limit_s: float) -> None:
        for sock, packet, arrived_ns in arrivals.read(limit_s):
            if not is_sound(packet):
                continue
            listener = by_socket[sock]
            speaker = listener.speaker
            if speaker is not None and arrived_ns and listener.received < len(speaker.sent_ns):
                delays_ms.append((arrived_ns - speaker.sent_ns[listener.received]) / 1e6)
            listener.received += 1

    before_s, began_s = cpu_s(pid), time.perf_counter()
    talk(speakers, seconds, read)
    end_s = time.perf_counter() + LAST_WAIT_S
    while time.perf_counter() < end_s:
        read(0.02)
    arrivals.close()
    wall_s = time.perf_counter() - began_s
    sent = sum(len(speaker.sent_ns) for speaker in speakers)
    expected = sum(len(speaker.sent_ns) * speaker.audience for speaker in speakers)
    return Outcome(
        sent, expected, sum(each.received for each in listeners), cpu_s(pid) - before_s, wall_s, sorted(delays_ms)
    )


def run_apart(
    pid: int,
    speakers: dict[int, Speaker],
    sockets: Iterable[socket.socket],
    *,
    seconds: float,
    is_sound: Callable[[bytes], bool] = lambda _: True,
) -> Outcome:
    """The same for many listeners of RTP, which take longer to read than one may wait to speak: a process of its own speaks.

    `speakers` are by SSRC; each packet is known by its sequence number, whatever is lost.
    """
    context = mp.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_talk_apart, args=(theirs, list(speakers.values()), seconds), daemon=True)
    arrivals = Arrivals(sockets)
    came: list[tuple[int, int, int]] = []  # SSRC, sequence number, when
    before_s, waited_before_s, began_s = cpu_s(pid), waited_s(pid), time.perf_counter()
    process.start()
    talked: list[list[int]] | None = None
    quiet_s = limit_s = math.inf
    while time.perf_counter() < min(quiet_s, limit_s):
        count = len(came)
        for _, packet, arrived_ns in arrivals.read(0.02):
            if is_sound(packet):
                came.append((int.from_bytes(packet[8:12]), int.from_bytes(packet[2:4]), arrived_ns))
        if talked is None and ours.poll():
            talked = ours.recv()
            limit_s = time.perf_counter() + LAST_LIMIT_S
        if talked is not None and (len(came) > count or quiet_s == math.inf):
            quiet_s = time.perf_counter() + LAST_WAIT_S
    spent_s, waiting_s, wall_s = cpu_s(pid) - before_s, waited_s(pid) - waited_before_s, time.perf_counter() - began_s
    process.join()
    arrivals.close()
    sent_ns: dict[tuple[int, int], int] = {}
    for (ssrc, speaker), times in zip(speakers.items(), talked or [], strict=True):
        for each in times:
            sequence = int.from_bytes(speaker.make_packet()[2:4])  # the same ones as in the other process
            sent_ns[ssrc, sequence] = each
    delays_ms = [(when - sent_ns[ssrc, seq]) / 1e6 for ssrc, seq, when in came if (ssrc, seq) in sent_ns]
    expected = sum(len(times) * each.audience for each, times in zip(speakers.values(), talked or [], strict=True))
    late_ms = max((_lateness_ms(times) for times in talked or [] if times), default=0.0)
    return Outcome(len(sent_ns), expected, len(delays_ms), spent_s, wall_s, sorted(delays_ms), waiting_s, late_ms)


def _lateness_ms(sent_ns: list[int]) -> float:
    return max(each - sent_ns[0] - number * FRAME_S * 1e9 for number, each in enumerate(sent_ns)) / 1e6


def _talk_apart(pipe: "Connection", speakers: list[Speaker], seconds: float) -> None:
    talk(speakers, seconds)
    pipe.send([speaker.sent_ns for speaker in speakers])
