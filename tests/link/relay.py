"""The program between two network namespaces: `python -m tests.link.relay NAMESPACE NAMESPACE`.

It makes a TUN device in each, carries packets from one to the other as it is told by lines of JSON on standard input, and answers
each with how much was carried. It ends with its input.
"""

import contextlib
import fcntl
import os
import select
import struct
import sys
import time

import msgspec

from tests.link.namespace import enter_network
from tests.link.way import LinkState, Stall, WayCount, WayOneDirection

DEVICE = "link0"
MAX_PACKET = 65536
_TUNSETIFF = 0x4004_54CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000


class Order(msgspec.Struct, frozen=True):
    """What a line asks for. With neither it is answered alone."""

    state: LinkState | None = None
    stall: Stall | None = None


class Carried(msgspec.Struct, frozen=True):
    """The answer: what the first namespace sent to the second, and the other way."""

    there: WayCount
    back: WayCount


def open_tun(namespace: str) -> int:
    enter_network(namespace)
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH14x", DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
    return descriptor


class Relay:
    def __init__(self, first: int, second: int) -> None:
        self._ways = ((first, second, WayOneDirection(1)), (second, first, WayOneDirection(2)))
        self._input = bytearray()

    def run(self) -> None:
        devices = [source for source, _, _ in self._ways]
        while True:
            due = [next_s for _, _, way in self._ways if (next_s := way.next_s()) is not None]
            wait_s = max(min(due) - time.monotonic(), 0.0) if due else None
            readable, _, _ = select.select([*devices, sys.stdin.fileno()], [], [], wait_s)
            if sys.stdin.fileno() in readable and not self._take_orders():
                return
            for source, target, way in self._ways:
                if source in readable:
                    self._take_packets(source, way)
                for packet in way.arrived(time.monotonic()):
                    with contextlib.suppress(OSError):  # the device is down, or full: a packet lost
                        os.write(target, packet)

    def _take_packets(self, source: int, way: WayOneDirection) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                way.send(os.read(source, MAX_PACKET), time.monotonic())

    def _take_orders(self) -> bool:
        data = os.read(sys.stdin.fileno(), 4096)
        self._input += data
        *lines, rest = bytes(self._input).split(b"\n")
        self._input = bytearray(rest)
        for line in lines:
            order = msgspec.json.decode(line, type=Order)
            for _, _, way in self._ways:
                if order.state is not None:
                    way.set_state(order.state)
                if order.stall is not None:
                    way.stall(order.stall, time.monotonic())
            there, back = (way.count for _, _, way in self._ways)
            os.write(sys.stdout.fileno(), msgspec.json.encode(Carried(there, back)) + b"\n")
        return bool(data)


def main() -> None:
    first, second = (open_tun(namespace) for namespace in sys.argv[1:3])
    os.write(sys.stdout.fileno(), b"ready\n")
    Relay(first, second).run()


if __name__ == "__main__":
    main()
