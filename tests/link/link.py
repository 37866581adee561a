"""A line between a laptop and a host that has the round trip, loss, rate and stalls of a test's choice."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import TypeVar

import msgspec

from tests.link.namespace import Namespace, network_namespace
from tests.link.relay import DEVICE, Carried, Order
from tests.link.way import LinkState, Stall, WayCount
from tests.ssh.host import ROOT
from tests.voice.pulse import URGENT

HOST_ADDRESS, LAPTOP_ADDRESS = "10.77.0.1", "10.77.0.2"
MTU = 1500

AnswerT = TypeVar("AnswerT")


class Link:
    """`laptop` and `host` are the two networks; each knows the other by its address alone."""

    def __init__(self, laptop: Namespace, host: Namespace, relay: "subprocess.Popen[bytes]") -> None:
        self.laptop = laptop
        self.host = host
        self._relay = relay

    def set_state(
        self, *, rtt_ms: float = 0.0, loss: float = 0.0, rate_bits_s: int = 0, blocks_udp: bool = False
    ) -> None:
        """Be like this from now on, in both directions."""
        self._ask(Order(state=LinkState(rtt_ms=rtt_ms, loss=loss, rate_bits_s=rate_bits_s, blocks_udp=blocks_udp)))

    def stall(self, seconds: float, *, is_lost: bool) -> None:
        """Have nothing arrive for so long, from now on: it is lost, or comes at the end all at once."""
        self._ask(Order(stall=Stall(seconds=seconds, is_lost=is_lost)))

    @property
    def carried(self) -> Carried:
        """What the laptop sent (`there`) and the host (`back`)."""
        return self._ask(Order())

    def _ask(self, order: Order) -> Carried:
        assert self._relay.stdin is not None
        assert self._relay.stdout is not None
        self._relay.stdin.write(msgspec.json.encode(order) + b"\n")
        self._relay.stdin.flush()
        return msgspec.json.decode(self._relay.stdout.readline(), type=Carried)


def difference(later: WayCount, earlier: WayCount) -> WayCount:
    return WayCount(
        packets=later.packets - earlier.packets,
        sent_bytes=later.sent_bytes - earlier.sent_bytes,
        lost_packets=later.lost_packets - earlier.lost_packets,
    )


@contextlib.contextmanager
def emulated_link() -> Iterator[Link]:
    """Lay a line that is perfect until it is told otherwise."""
    with network_namespace() as laptop, network_namespace() as host:
        relay = subprocess.Popen(
            [*URGENT, sys.executable, "-m", "tests.link.relay", laptop.path, host.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        try:
            assert relay.stdout is not None
            assert relay.stdout.readline() == b"ready\n", "the relay did not begin"
            for end, own, other in (
                (laptop, LAPTOP_ADDRESS, HOST_ADDRESS),
                (host, HOST_ADDRESS, LAPTOP_ADDRESS),
            ):
                end.run("ip", "address", "add", own, "peer", other, "dev", DEVICE)
                end.run("ip", "link", "set", DEVICE, "mtu", str(MTU), "up")
            yield Link(laptop, host, relay)
        finally:
            relay.kill()
            relay.communicate()
